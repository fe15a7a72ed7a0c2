"""The material a pack is drafted from: what host, viewers, pages and profile of an account say."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

from streamdial.counts import Counts
from streamdial.domains import get_shared
from streamdial.errors import ConfigurationError
from streamdial.models import Transcriber
from streamdial.records import Language, Message, Page, Profile, Segment, Table
from streamdial.signals import _cues
from streamdial.signals.denoising import fold_message, is_bot_line
from streamdial.signals.echoes import EchoWindow
from streamdial.sources import open_recordings, read_recording
from streamdial.text import PhraseIndex, detect_language, measure_length, split_words

_NOISE = ("advertisement", "contact_baiting")
_LONGEST = {"en": 40, "zh": 60}
"""A viewer's line longer than this asks nothing in passing."""


Item = TypeVar("Item")


@dataclass(frozen=True)
class Material:
    """What is known of an account before it has a pack.

    Attributes:
        language: Language of most of it.
        segments: What the host says, in order.
        messages: What viewers write, each text once, as they wrote it.
        pages: Its pages.
        profiles: Its profiles.
        counts: What was read and what was left out.
    """

    language: Language
    segments: tuple[Segment, ...]
    messages: tuple[Message, ...]
    pages: tuple[Page, ...]
    profiles: tuple[Profile, ...]
    counts: Counts

    @property
    def tables(self) -> list[Table]:
        """The tables of the pages."""
        return [table for page in self.pages for table in page.tables]

    @property
    def told(self) -> list[str]:
        """What host and pages say, sentence by sentence or line by line; rows of tables are left out."""
        lines = [line for page in self.pages for line in page.text.splitlines() if line.strip() and "|" not in line]
        return [*(segment.text for segment in self.segments), *lines]

    @cached_property
    def questions(self) -> list[Message]:
        """Lines of viewers that ask or wish something by their form; which of them belong here is not known yet."""
        return [message for message in self.messages if _may_ask(fold_message(message.text), self.language)]


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Return some of many items, evenly apart: at most so many, all where there are no more."""
    return list(items[:: max(1, -(-len(items) // most))])


@cache
def _build_noise() -> PhraseIndex:
    chat = get_shared()["chat"]
    return PhraseIndex({name: [phrase for texts in chat[name].values() for phrase in texts] for name in _NOISE})


def _may_ask(text: str, language: Language) -> bool:
    if (
        is_bot_line(text)
        or _build_noise().find(split_words(text))
        or detect_language(text) == "other"
        or measure_length(text, language) > _LONGEST[language]
    ):
        return False
    asks = _cues.MARK.search(text) or _cues.ASKING.search(text) or _cues.PLEASE.search(text)
    wishes = _cues.FIRST_PERSON.search(text) and _cues.FIGURE.search(text)
    return bool((asks or wishes) and not _cues.PERSONAL.search(text))


def read_material(
    sources: Sequence[str | Path], *, language: Language | None = None, transcriber: Transcriber | None = None
) -> Material:
    """Read all recordings of some sources as the material of one vertical.

    Personal data is masked as in a run; pseudonyms are salted anew and kept nowhere.

    Args:
        sources: Folders, files and URLs.
        language: Language of the material; most of it by default.
        transcriber: Recogniser for audio without a transcript; what is said there is left out without one.

    Raises:
        SourceError: If nothing can be read.
        ConfigurationError: If it holds neither a table nor a line of a viewer.
    """
    counts, salt = Counts("material"), secrets.token_bytes(32)
    recordings = [
        read_recording(files, transcriber=transcriber, language=language, salt=salt, counts=counts)
        for files in open_recordings(list(sources), salt=salt, counts=counts)
    ]
    written = Counter(recording.language for recording in recordings)
    spoken = language or written.most_common(1)[0][0]
    kept = [recording for recording in recordings if recording.language == spoken]
    if left := len(recordings) - len(kept):
        counts.drop("other_language", left)
    messages: list[Message] = []
    for recording in kept:
        window = EchoWindow()
        messages += [
            message
            for message in recording.iterate_messages()
            if not message.by_host and window.find_echo(message, fold_message(message.text)) is None
        ]
    material = Material(
        spoken,
        tuple(segment for recording in kept for segment in recording.segments),
        tuple(messages),
        tuple(page for recording in kept for page in recording.pages),
        tuple(recording.profile for recording in kept if recording.profile is not None),
        counts,
    )
    if not material.tables and not material.messages:
        raise ConfigurationError(
            "the sources hold neither a table nor a line of a viewer; no pack can be drafted from them.",
            fix="add a page with a table of what is sold, or the chat of a stream, as --source",
        )
    return material
