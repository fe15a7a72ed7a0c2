"""Lines of chat on their way from any tool's file to messages: timed, told once, and gone where they were deleted."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from streamdial.errors import SourceError
from streamdial.records import Message
from streamdial.sources._files import MIN_SECONDS, is_believable, parse_seconds
from streamdial.sources._records import RecordMaker

REMEMBERED = 1 << 16
"""Ids of messages remembered to tell one that is written again; tools repeat what they wrote last."""


class Line(NamedTuple):
    """A chat line as a file tells it; the key is its id there."""

    text: str
    time: float | None
    author: str | None
    kind: str = "chat"
    by_host: bool = False
    key: str | None = None


class Dropped(NamedTuple):
    """An item that is no message, and why."""

    reason: str


class Clock:
    """Turns times of day into seconds from the first of them."""

    def __init__(self) -> None:
        self.first: float | None = None

    def read(self, value: object) -> float | None:
        """Return seconds since the first time that was read.

        Args:
            value: Unix time in seconds, milliseconds or microseconds, told apart by their size.
        """
        seconds = parse_seconds(value)
        if seconds is None or seconds < 0:
            return None
        while seconds > 1e11:
            seconds /= 1000
        if self.first is None:
            self.first = seconds
        return seconds - self.first


class Deleted(NamedTuple):
    """What a file says was deleted: ids of messages, and authors all of whose messages are gone."""

    keys: Collection[str] = frozenset()
    authors: Collection[str] = frozenset()

    def holds(self, line: Line) -> bool:
        """Tell whether a line was deleted."""
        return line.key in self.keys or line.author in self.authors


class RecentKeys:
    """The last ids of messages, in bounded memory."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._order: deque[str] = deque()
        self._known: set[str] = set()
        self._size = size

    def is_known(self, key: str | None, text: str) -> bool:
        """Tell whether this message came among the last ones, by id and text, and remember it."""
        if key is None:
            return False
        # Some tools write one id for all messages.
        key = f"{key} {text}"
        if key in self._known:
            return True
        self._known.add(key)
        self._order.append(key)
        if len(self._order) > self._size:
            self._known.discard(self._order.popleft())
        return False


def make_messages(
    lines: Iterable[Line | Dropped], maker: RecordMaker, clock: Clock, *, deleted: Deleted, expected: SourceError
) -> Iterator[Message]:
    """Yield the messages of lines; the others are counted with their reasons.

    Args:
        lines: What a file holds, in its order.
        maker: Makes the records and counts.
        clock: Clock of the lines; where it was used, that is noted.
        deleted: What the file says was deleted.
        expected: Raised where nothing in the file is a line.
    """
    known = unknown = 0
    recent = RecentKeys()
    for line in lines:
        isolated = isinstance(line, Dropped) and line.reason == "unknown_item"
        known += not isolated
        unknown += isolated
        message = make_message(line, maker, recent, deleted)
        if message is not None:
            yield message
    if unknown and not known:
        raise expected
    if clock.first is not None:
        maker.counts.note(f"{maker.place}: has no offsets; its times count from its first message.")
    if not known:
        maker.counts.note(f"{maker.place}: holds no chat.")


def make_message(
    line: Line | Dropped, maker: RecordMaker, recent: RecentKeys, deleted: Deleted | None = None
) -> Message | None:
    """Make a line a message, or count why not."""
    if isinstance(line, Dropped):
        maker.drop(line.reason)
    elif deleted is not None and deleted.holds(line):
        maker.drop("deleted")
    elif recent.is_known(line.key, line.text):
        maker.drop("same_id")
    elif line.time is None or not is_believable(line.time, earliest=MIN_SECONDS):
        maker.drop("bad_time")
    else:
        return maker.make_message(line.text, time=line.time, author=line.author, kind=line.kind, by_host=line.by_host)
    return None


def dig(value: object, *keys: str) -> Any:  # noqa: ANN401
    """Return what lies under keys of nested objects, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def read_name(value: object) -> str | None:
    """Return a name or number as text; anything else is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
