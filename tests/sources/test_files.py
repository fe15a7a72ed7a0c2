"""Encodings, lines and times."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.errors import SourceError
from streamdial.sources._files import (
    CHUNK_BYTES,
    clean_text,
    detect_encoding,
    iterate_lines,
    parse_clock,
    parse_seconds,
    read_text,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:02:03.5", 3723.5),
        ("00:00:01,250", 1.25),
        ("75:10", 4510.0),
        ("-0:45", -45.0),
        ("0:60", None),
        ("1:60:00", None),
        ("12", None),
        ("soon", None),
        ("", None),
    ],
)
def test_clocks_are_read(text: str, seconds: float | None) -> None:
    assert parse_clock(text) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (3, 3.0),
        ("3.5", 3.5),
        ("3.5s", 3.5),
        ("1:30", 90.0),
        (True, None),
        (None, None),
        ("NaN", None),
        ([], None),
        ("inf", None),
        (float("inf"), None),
        (10**400, None),
        ("1e400", None),
        ("1_0", None),
        ("٣", None),
    ],
)
def test_times_in_any_form_are_read_or_refused(value: object, seconds: float | None) -> None:
    assert parse_seconds(value) == seconds


def test_a_scale_turns_milliseconds_into_seconds() -> None:
    assert parse_seconds("1500", scale=0.001) == 1.5


@given(st.text(max_size=30))
def test_no_text_breaks_the_readers_of_times(text: str) -> None:
    for seconds in (parse_seconds(text), parse_clock(text)):
        assert seconds is None or seconds == seconds  # a time or none, never NaN


def test_a_late_first_character_decides_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * (CHUNK_BYTES + 5) + "续航".encode("gb18030"))
    assert detect_encoding(path) == "gb18030"
    assert read_text(path).endswith("a续航")


def test_a_character_across_two_chunks_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * (CHUNK_BYTES - 1) + "续\r\n航".encode())
    assert [line[-1] for _, line in iterate_lines(path)] == ["续", "航"]


def test_a_binary_file_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\x7fELF\x00\x01\x00\x00\x02" * 50)
    with pytest.raises(SourceError, match="not a text file"):
        read_text(path)


def test_utf_16_without_a_mark_is_known_by_its_zeros(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("hello world".encode("utf-16-le"))
    assert read_text(path) == "hello world"


def test_text_is_cleaned() -> None:
    assert clean_text(" a\u3000\x07b\n\n c\ud83d ") == "a b c"
