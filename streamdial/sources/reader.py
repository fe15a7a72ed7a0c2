"""The base class of readers, and how a file finds its reader: by its name and its first bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

from streamdial.counts import Counts
from streamdial.encodings import decode_text
from streamdial.errors import SourceError
from streamdial.models import Transcriber
from streamdial.plugins import list_plugins
from streamdial.privacy import Pseudonymizer
from streamdial.records import Language, Message, Page, Profile, Segment
from streamdial.screen import ScreenReading
from streamdial.sources._files import read_head
from streamdial.sources._json import parse_whole, tell_layout
from streamdial.sources._salvage import DECODER

Gives = Literal["chat", "comments", "transcript", "speech", "page", "profile"]
"""What a file holds. Chat may hold subtitle lines too; speech is read by a recogniser."""
UNKNOWN = "unknown"
HEAD_BYTES = 1 << 16
STRUCTURE = 0.8
"""How sure a reader is that sees what only its files have."""
GUESS = 0.2
"""How sure a reader is that takes a file where no other knows it better."""
SEGMENT_LIST = re.compile(r'"(?:segments|word_segments|transcription)"\s*:\s*\[')
BRACKETED = re.compile(r"\[(?:Script Info\]|\d{1,3}:\d{2}[.:\]]|(?:ti|ar|al|by|offset|length|re|ve):)", re.IGNORECASE)
"""How subtitles in ASS and LRC begin, which are no lists of JSON."""
_MAX_PARSED = 1 << 25


class Head:
    """The beginning of a file.

    Args:
        path: File, gzip or not.

    Raises:
        SourceError: If the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name.lower().removesuffix(".gz")
        self.ending = self.name.rpartition(".")[2] if "." in self.name else ""
        self.raw = read_head(path, HEAD_BYTES)

    @cached_property
    def start(self) -> str:
        """Its text, decoded; without blanks and a byte-order mark at its beginning."""
        # The last character may be cut in two.
        return decode_text(self.raw).text.rstrip("\ufffd").lstrip("\ufeff \t\r\n\0")

    @property
    def form(self) -> Literal["empty", "markup", "json", "other"]:
        """What the first character makes the file."""
        if not self.start:
            return "empty"
        if self.start[0] == "<":
            return "markup"
        return "json" if self.start[0] in "{[" and not BRACKETED.match(self.start) else "other"

    @cached_property
    def layout(self) -> str:
        """How the JSON lies in the file, see `tell_layout`."""
        return tell_layout(self.start)

    @property
    def shows_segments(self) -> bool:
        """Whether this is a JSON object that is longer than the head, in which a list of segments begins."""
        return self._first is None and self.layout == "object" and bool(SEGMENT_LIST.search(self.start))

    @cached_property
    def item(self) -> dict[str, Any]:
        """The first JSON object: of a list, of lines, or the only one; empty where there is none.

        The only one may be longer than the head. Then the file is parsed, up to 32 MiB, unless it shows segments.
        """
        if self.form != "json":
            return {}
        item = self._first
        if item is None and self.layout == "object" and not self.shows_segments:
            item = _read_object(self.path)
        return item if isinstance(item, dict) else {}

    @cached_property
    def _first(self) -> Any:  # noqa: ANN401
        """The first item that is whole within the head; None where there is none."""
        one = self.start[1:] if self.layout == "list" else self.start
        for candidate in self.start.split("\n")[:50] if self.layout == "lines" else [one]:
            try:
                return DECODER.raw_decode(candidate.lstrip())[0]
            except (ValueError, RecursionError):
                continue
        return None


@dataclass(frozen=True)
class ReadContext:
    """What reading needs beside the file.

    Attributes:
        pseudonyms: Gives authors and speakers their pseudonyms.
        counts: Gets what was asked, kept and dropped, and notes.
        allow_private: Whether a URL may lead into the private network.
        transcriber: Recogniser of speech; there is one where speech is read.
        language: Language that is spoken; None lets the recogniser tell.
        screen: How text in pictures is read; None where it is not.
        fetched: Folder in which pages that were fetched are kept; None fetches them anew.
    """

    pseudonyms: Pseudonymizer
    counts: Counts
    allow_private: bool = False
    transcriber: Transcriber | None = None
    language: Language | None = None
    screen: ScreenReading | None = None
    fetched: Path | None = None


class Reader(Protocol):
    """Reads files of one kind. Subclass it for what has a default; its name in the registry is the kind.

    Attributes:
        gives: What its files hold.
        endings: Endings of names (lower case, without `.gz`) that only its files have.
    """

    gives: Gives
    endings: tuple[str, ...] = ()

    def matches(self, head: Head) -> float:
        """Tell how sure it is that a file is of its kind, 0 to 1: see `STRUCTURE` and `GUESS`."""
        ...

    def read(self, source: Path | str, context: ReadContext) -> Iterable[Message | Segment | Page | Profile]:
        """Return what a file holds; a page may be a URL. All text is masked, see `RecordMaker`.

        Raises:
            SourceError: If the file cannot be read, or is not of this kind after all.
        """
        ...

    def find_date(self, path: Path) -> str | None:
        """Return the ISO date of the recording, where files of this kind tell it."""
        return None


def list_readers(*gives: Gives) -> dict[str, Reader]:
    """Return the readers of files that hold this, by kind, in the order of `gives`, then of the registry; or all."""
    readers: dict[str, Reader] = {plugin.name: plugin.load() for plugin in list_plugins("reader")}
    if not gives:
        return readers
    return {kind: reader for each in gives for kind, reader in readers.items() if reader.gives == each}


def detect_kind(path: Path) -> str:
    """Tell what kind of source a file is: the name of the reader it belongs to.

    The ending decides for media and for names that only one tool gives (`.live_chat.json`, `.info.json`); all others
    are told by content, for a `.json` may be chat, comments, a transcript or a profile, and an `.xml` danmaku or timed
    text. The reader that is surest wins, of several the first in the registry. Only the first 64 KiB are looked at,
    except for a JSON object that does not show its kind by then.

    Args:
        path: File, gzip or not.

    Returns:
        The kind, or `unknown` where it is none of them.

    Raises:
        SourceError: If the file cannot be read.
    """
    head = Head(path)
    readers = list_readers()
    for kind, reader in readers.items():
        if reader.endings and head.name.endswith(reader.endings):
            return kind
    sure = {kind: reader.matches(head) for kind, reader in readers.items()}
    best = max(sure, key=lambda kind: sure[kind])
    return best if sure[best] > 0 else UNKNOWN


def _read_object(path: Path) -> Any:  # noqa: ANN401
    if path.stat().st_size > _MAX_PARSED:
        return None
    try:
        return parse_whole(path, Counts("kinds"), "JSON")
    except SourceError:
        return None
