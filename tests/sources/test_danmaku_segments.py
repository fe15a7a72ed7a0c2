"""Bullet chat as Bilibili's players fetch it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message, Segment
from streamdial.sources import ReadContext, detect_kind
from streamdial.sources.danmaku_segments import DanmakuSegmentReader, read_danmaku_segments


def write_varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def write_line(text: str | bytes, milliseconds: int, row: int = 1, *, mode: int = 1, pool: int = 0) -> bytes:
    """Write a line byte by byte, with a field the schema does not know."""
    content = text.encode() if isinstance(text, str) else text
    fields = [
        b"\x08" + write_varint(row),
        b"\x10" + write_varint(milliseconds),
        b"\x18" + write_varint(mode),
        b"\x32\x08abcd1234",
        b"\x3a" + write_varint(len(content)) + content,
        b"\x40" + write_varint(1_760_000_000),
        b"\x58" + write_varint(pool),
        b"\xb2\x01\x03xyz",
    ]
    body = b"".join(fields)
    return b"\x0a" + write_varint(len(body)) + body


WHOLE = write_line("多少钱", 1500, 11) + write_line("[PHONE]", 2000, 12) + write_line("七座吗", 61_486, 13)


def read(path: Path, counts: Counts) -> list[Message | Segment]:
    reader = DanmakuSegmentReader()
    return [
        record
        for record in reader.read(path, ReadContext(Pseudonymizer(bytes(32)), counts))
        if isinstance(record, Message | Segment)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "seg.so"


@pytest.mark.parametrize("name", ["seg.so", "list.bin", "1.pb", "whatever", "seg.so.gz"])
def test_it_is_told_by_its_first_line_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(WHOLE) if name.endswith(".gz") else WHOLE)
    assert detect_kind(path) == "danmaku_segments"


@pytest.mark.parametrize("content", [b"", b"\n", b"\nhello there\n", b"\x0a\x05hello", b"\x08\x01", b"{}", bytes(64)])
def test_other_bytes_are_none(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert detect_kind(path) != "danmaku_segments"


def test_lines_are_messages_with_their_time_and_a_pseudonym(path: Path, counts: Counts) -> None:
    path.write_bytes(WHOLE + b"\x10\x00\x1a\x02ai" + write_line("续航呢", 70_000, 14))
    lines = read(path, counts)
    assert [(line.text, line.time) for line in lines if isinstance(line, Message)] == [
        ("多少钱", 1.5),
        ("[PHONE]", 2.0),
        ("七座吗", 61.486),
        ("续航呢", 70.0),
    ]
    assert all(isinstance(line, Message) and (line.author or "").startswith("u_") for line in lines)
    assert DanmakuSegmentReader().find_date(path) == "2025-10-09"
    assert (counts.asked, counts.kept, counts.dropped) == (4, 4, {})


def test_subtitles_programs_and_rows_that_come_twice_are_what_they_are_in_xml(path: Path, counts: Counts) -> None:
    row = 900_000_000_000
    parts = (
        write_line("欢迎", 1000, row, pool=1),
        write_line("code()", 2000, row + 1, mode=8),
        write_line("多少钱", 3000, row + 2),
        write_line("多少钱", 3000, row + 2),
    )
    path.write_bytes(b"".join(parts))
    first, second = read(path, counts)
    assert isinstance(first, Segment) and isinstance(second, Message)
    assert counts.dropped == {"script": 1, "same_id": 1}


@given(cut=st.integers(1, len(WHOLE) - 1))
def test_what_stood_before_the_end_of_a_cut_file_is_kept(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path, counts = tmp_path_factory.mktemp("cut") / "seg.so", Counts("sources")
    path.write_bytes(WHOLE[:cut])
    first = len(write_line("多少钱", 1500, 11))
    if cut < first:
        with pytest.raises(SourceError, match="no Protobuf of danmaku"):
            list(read_danmaku_segments(path, pseudonyms=Pseudonymizer(bytes(32)), counts=counts))
        return
    lines = read(path, counts)
    whole = sum(cut >= end for end in (first, first + len(write_line("[PHONE]", 2000, 12))))
    assert len(lines) == whole
    broken = int(cut not in (first, first + len(write_line("[PHONE]", 2000, 12))))
    assert counts.dropped["broken_row"] == broken == len(counts.notes)


def test_a_broken_line_costs_no_other(path: Path, counts: Counts) -> None:
    broken = b"\x0a\x03\x3a\x7fx"
    path.write_bytes(write_line("多少钱", 1500, 11) + broken + write_line(b"\xff\xfe seven seats", 2000, 12))
    first, second = read(path, counts)
    assert first.text == "多少钱" and "seven seats" in second.text
    assert counts.dropped == {"broken_row": 1}
