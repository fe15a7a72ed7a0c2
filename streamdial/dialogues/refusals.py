"""Words of a strong model that a check refused: told one by one, and kept beside what was said instead."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from streamdial.privacy import mask_personal_data
from streamdial.records import RefusedWords

logger = logging.getLogger("streamdial.refusals")


class Refusal(NamedTuple):
    """Words that were refused.

    Attributes:
        turn: Number of the turn in its dialogue, from 0.
        attempt: Which try it was, from 0.
        check: The check they failed.
        reason: What the model is told about it, where there is more to say.
        text: The words.
    """

    turn: int
    attempt: int
    check: str
    reason: str
    text: str


def tell_refusal(refusal: Refusal) -> None:
    """Write a refusal into the log of debugging, and to whoever collects them."""
    logger.debug("turn %d, try %d, %s (%s): %s", *refusal, extra={"refusal": refusal})


def keep_refused(number: int, text: str, check: str) -> tuple[RefusedWords, ...]:
    """Return refused words as they are kept with their dialogue, personal data masked; nothing of silence.

    Args:
        number: Number of the turn they were for.
        text: The words, with what code would have put beside them.
        check: The check they broke.
    """
    masked = mask_personal_data(text.strip())
    return (RefusedWords(turn_id=number, text=masked, check=check),) if masked else ()


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Refusal] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what was refused."""
        self.found.append(record.refusal)  # type: ignore[attr-defined]


@contextmanager
def collect_refusals() -> Iterator[list[Refusal]]:
    """Collect what is refused in this process meanwhile, in its order."""
    collector, level = _Collector(), logger.level
    logger.addHandler(collector)
    logger.setLevel(logging.DEBUG)
    try:
        yield collector.found
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)
