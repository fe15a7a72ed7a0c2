"""Bilibili danmaku as its players fetch it: segments of Protobuf (`DmSegMobileReply`), saved as .so, .bin or .pb."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message, Segment
from streamdial.sources._files import iterate_bytes, read_head
from streamdial.sources._lines import RecentKeys
from streamdial.sources._records import RecordMaker
from streamdial.sources.danmaku import Bullet, make_bullet
from streamdial.sources.reader import STRUCTURE, Gives, Head, ReadContext, Reader

FIELDS = {
    "id": (1, "INT64"),
    "progress": (2, "INT32"),
    "mode": (3, "INT32"),
    "fontsize": (4, "INT32"),
    "color": (5, "UINT32"),
    "midHash": (6, "BYTES"),
    "content": (7, "BYTES"),
    "ctime": (8, "INT64"),
    "weight": (9, "INT32"),
    "action": (10, "BYTES"),
    "pool": (11, "INT32"),
    "idStr": (12, "BYTES"),
    "attr": (13, "INT32"),
}
"""Fields of `DanmakuElem` as published; texts are read as bytes, so that one broken character costs no line."""
_ELEMENT = 0x0A
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT = 10
_MAX_ELEMENT = 1 << 16
_LATEST = 1 << 33


class _BrokenError(Exception):
    """What follows cannot be taken apart."""


@cache
def _load_element() -> Any:  # noqa: ANN401
    """Return the message class of a line, made of its fields here: no generated code."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="danmaku.proto", package="streamdial", syntax="proto3")
    element = file.message_type.add(name="DanmakuElem")
    for name, (number, kind) in FIELDS.items():
        field = descriptor_pb2.FieldDescriptorProto
        element.field.add(name=name, number=number, type=getattr(field, f"TYPE_{kind}"), label=field.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("streamdial.DanmakuElem"))


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for step in range(_MAX_VARINT):
        if place + step >= len(data):
            raise _BrokenError
        byte = data[place + step]
        value |= (byte & 0x7F) << 7 * step
        if byte < 0x80:
            return value, place + step + 1
    raise _BrokenError


def _split_elements(data: bytes) -> Iterator[bytes]:
    """Yield the lines of a reply as they lie; other fields are passed over.

    Raises:
        _BrokenError: Where a field ends early or is none; what stood before it has been yielded.
    """
    place = 0
    while place < len(data):
        tag, place = _read_varint(data, place)
        wire = tag & 7
        if wire == _VARINT:
            _, place = _read_varint(data, place)
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(wire, 0)
        if wire == _BYTES:
            size, place = _read_varint(data, place)
        if (not size and wire != _BYTES) or tag < 8 or place + size > len(data):
            raise _BrokenError
        if tag == _ELEMENT:
            yield data[place : place + size]
        place += size


def _parse(raw: bytes) -> Any | None:  # noqa: ANN401
    """Return a line, or None where it cannot be parsed."""
    from google.protobuf.message import DecodeError

    element = _load_element()()
    try:
        element.ParseFromString(raw)
    except DecodeError:
        return None
    return element


def read_danmaku_segments(path: Path, *, pseudonyms: Pseudonymizer, counts: Counts) -> Iterator[Message | Segment]:
    """Yield bullet chat as messages and the subtitle pool (pool 1) as segments, in the file's order.

    `progress` is in milliseconds, `midHash` the sender's hash, `idStr` or `id` the row. Dropped with the reasons of
    `read_danmaku`, and `broken_row`: a line that cannot be parsed, or the rest of a file that ends or breaks in
    the middle, which a note tells; what stood before is kept. A segment is six minutes long and is read whole.

    Args:
        path: File of one or several segments in a row, gzip or not.
        pseudonyms: Gives senders their pseudonyms.
        counts: Gets what was asked, kept and dropped, and notes with file and place.

    Raises:
        SourceError: If the file cannot be read, or does not hold one line.
    """
    maker, recent = RecordMaker(path, pseudonyms, counts), RecentKeys()
    data = b"".join(iterate_bytes(path, counts))
    elements, seen = _split_elements(data), 0
    while True:
        try:
            raw = next(elements, None)
        except _BrokenError:
            if not seen:
                raise SourceError("is no Protobuf of danmaku (DmSegMobileReply).", where=str(path)) from None
            maker.drop("broken_row")
            counts.note(f"{path.name}: breaks off after {seen} lines; the rest is missing.")
            return
        if raw is None:
            break
        seen += 1
        element = _parse(raw)
        if element is None:
            maker.drop("broken_row")
        elif (record := make_bullet(_read_bullet(element), maker, recent)) is not None:
            yield record
    if not seen:
        counts.note(f"{path.name}: holds no chat.")


def _read_bullet(element: Any) -> Bullet:  # noqa: ANN401
    row = element.idStr.decode("ascii", "replace") or (str(element.id) if element.id else None)
    return Bullet(
        element.content.decode("utf-8", "replace"),
        element.progress / 1000,
        element.midHash.decode("utf-8", "replace") or None,
        str(element.mode or 1),
        str(element.pool),
        row,
    )


def _read_first(raw: bytes) -> Any | None:  # noqa: ANN401
    """Return the first line of a file's beginning, or None where it does not begin with one."""
    if not raw or raw[0] != _ELEMENT:
        return None
    try:
        size, place = _read_varint(raw, 1)
    except _BrokenError:
        return None
    if not 0 < size <= min(_MAX_ELEMENT, len(raw) - place):
        return None
    element = _parse(raw[place : place + size])
    if element is None or not element.content or not (element.id or element.idStr or element.midHash):
        return None
    try:
        element.content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return element


class DanmakuSegmentReader(Reader):
    """Bullet chat as Protobuf."""

    gives: Gives = "chat"

    def matches(self, head: Head) -> float:
        """Tell it by its first line: a field 1 of known length, which parses as a line with a text and an id."""
        return STRUCTURE if _read_first(head.raw) is not None else 0.0

    def read(self, source: Path | str, context: ReadContext) -> Iterable[Message | Segment]:
        """Return messages, and the subtitle pool as segments."""
        return read_danmaku_segments(Path(source), pseudonyms=context.pseudonyms, counts=context.counts)

    def find_date(self, path: Path) -> str | None:
        """Return the day (UTC) of the first line."""
        first = _read_first(read_head(path))
        if first is None or not 0 < first.ctime < _LATEST:
            return None
        return datetime.fromtimestamp(first.ctime, UTC).date().isoformat()
