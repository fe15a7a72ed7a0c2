"""Makes many dialogues concurrently: model calls are limited, not dialogues, and one that fails harms no other."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from streamdial.errors import ModelError, StoreError

logger = logging.getLogger(__name__)
Job = TypeVar("Job")
RARELY = 100_000
"""New objects between two looks for cycles."""


@dataclass
class Tally:
    """Progress of many dialogues that are being made.

    Attributes:
        whole: Dialogues asked for.
        done: Finished ones, those of an earlier try included.
        running: Begun and not finished.
        failed: Given up, each with a dead letter.
        left: Not made, because a budget was used up or the account has no more to spend.
        end: What ended it then: its kind, and what was said of it.
    """

    whole: int
    done: int = 0
    running: int = 0
    failed: int = 0
    left: int = 0
    end: tuple[str, str] = ("", "")


async def produce(
    jobs: Iterable[Job],
    make: Callable[[Job], Awaitable[object]],
    fail: Callable[[Job, str, str], object],
    *,
    tally: Tally,
    open_at_once: int,
) -> None:
    """Make every dialogue; more are open than calls are in flight, so that a waiting dialogue holds no place.

    Once a budget is used up, or the endpoint says that no call will be answered any more (the account's quota, the
    key), nothing new is begun: what could not be made is counted as left and is no failure.

    Args:
        jobs: The dialogues to make, taken one by one.
        make: Makes one and keeps it.
        fail: Told of a dialogue that cannot be made: the job, the kind of failure and what was said of it.
        tally: Kept up to date.
        open_at_once: Maximum number of dialogues begun and not finished; it bounds the memory.

    Raises:
        StoreError: If what was made cannot be kept; then nothing more is begun.
    """
    waiting = iter(jobs)

    async def work() -> None:
        for job in waiting:
            if tally.end[0]:
                tally.left += 1
                continue
            tally.running += 1
            try:
                await make(job)
                tally.done += 1
            except ModelError as error:
                if error.ends:
                    tally.end = (error.kind, str(error))
                    tally.left += 1
                else:
                    tally.failed += 1
                    fail(job, error.kind, error.what)
            except StoreError:
                raise
            except Exception as error:
                # A fault of ours in one dialogue is no reason to lose the others.
                logger.exception("a dialogue could not be made")
                tally.failed += 1
                fail(job, "error", f"{type(error).__name__}: {error}")
            finally:
                tally.running -= 1

    try:
        with collect_rarely():
            async with asyncio.TaskGroup() as group:
                for _ in range(max(1, min(open_at_once, tally.whole))):
                    group.create_task(work())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


@contextmanager
def collect_rarely() -> Iterator[None]:
    """Let Python look for cycles more rarely inside the block; thousands of open dialogues make each look long."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], RARELY), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
