"""Text of unknown origin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.delimited import read_rows, sniff_separator
from streamdial.encodings import decode_text, detect_encoding


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("轴距三米，后排很宽敞", "gb18030"),
        ("价格", "gb18030"),
        ("軸距三米，後排很寬敞，這個顏色要加錢", "big5"),
        ("多少錢", "big5"),
        ("Zimmer Süd;90 €\nMöwe;80 €", "cp1252"),
        ("Crème brûlée for two", "cp1252"),
        ("后排很宽敞 — crème", "utf-8"),
        ("后排很宽敞", "utf-16"),
        ("plain", "ascii"),
    ],
)
def test_the_encoding_is_told_by_what_fits(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    assert decode_text(data).text == text
    assert decode_text(data).replaced == 0
    assert data.decode(detect_encoding([data])).removeprefix("\ufeff") == text


def test_a_damaged_byte_costs_a_character_and_no_more() -> None:
    for encoding in ("gb18030", "utf-8"):
        data = ("后排很宽敞，颜色要加钱\n" * 3).encode(encoding)
        broken = decode_text(data + b"\xff\n")
        assert broken.text.startswith("后排很宽敞")
        assert broken.encoding == encoding
        assert broken.replaced == 1


def test_a_declaration_holds_with_damage_and_not_where_it_is_wrong() -> None:
    data = "後排很寬敞".encode("big5")
    assert decode_text(data + b"\xff", "big5").text.startswith("後排很寬敞")
    wrong = "轴距三米，后排很宽敞".encode("gb18030")
    assert decode_text(wrong, "utf-8").text == wrong.decode("gb18030")
    assert decode_text(wrong, "no such code").text == wrong.decode("gb18030")


@given(st.binary(max_size=200), st.sampled_from([None, "gbk", "utf-16", "x"]))
def test_no_bytes_are_refused(data: bytes, declared: str | None) -> None:
    assert isinstance(decode_text(data, declared).text, str)
    assert isinstance(detect_encoding([data]), str)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a;b\r\n1,5;2,5\r\n", [["a", "b"], ["1,5", "2,5"]]),
        ("a\tb\n1, 2\t3\n", [["a", "b"], ["1, 2", "3"]]),
        ("sep=;\na;b,c\n1;2\n", [["a", "b,c"], ["1", "2"]]),
        ('\ufeffa;b\n"x\ny";2\n;\n', [["a", "b"], ["x\ny", "2"]]),
        ("only\nwords, here\n", [["only"], ["words", " here"]]),
        ("", []),
    ],
)
def test_rows_are_read_whatever_parts_them(text: str, rows: list[list[str]]) -> None:
    assert list(read_rows(text)) == rows


def test_a_heading_without_a_separator_takes_a_comma() -> None:
    assert sniff_separator(["words\n", "more words\n"]) == ","
