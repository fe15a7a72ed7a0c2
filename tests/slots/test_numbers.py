from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamdial.slots import (
    find_numbers,
    format_money,
    format_number,
    parse_chinese_number,
    parse_english_number,
)

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def write_english(value: int) -> str:
    """A number in words, written by another hand than the parser's."""
    if value < 20:
        return _ONES[value]
    if value < 100:
        return _TENS[value // 10 - 2] + (f"-{_ONES[value % 10]}" if value % 10 else "")
    if value < 1000:
        rest = f" and {write_english(value % 100)}" if value % 100 else ""
        return f"{_ONES[value // 100]} hundred{rest}"
    for unit, name in ((1_000_000, "million"), (1000, "thousand")):
        if value >= unit:
            rest = value % unit
            joint = " and " if 0 < rest < 100 else " "
            return f"{write_english(value // unit)} {name}" + (f"{joint}{write_english(rest)}" if rest else "")
    raise AssertionError


def write_chinese(value: int) -> str:
    digits = "零一二三四五六七八九"
    if value < 10:
        return digits[value]
    if value >= 10_000:
        rest = value % 10_000
        gap = "零" if rest and rest < 1000 else ""
        return write_chinese(value // 10_000) + "万" + gap + (write_chinese(rest) if rest else "")
    text, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            text += ("零" if zero and text else "") + digits[digit] + name
            zero = False
        else:
            zero = True
    return text


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("seven", 7),
        ("thirty-eight", 38),
        ("three hundred and ninety", 390),
        ("six hundred twenty", 620),
        ("thirty eight thousand nine hundred", 38_900),
        ("thirty eight nine hundred", 38_900),
        ("nineteen ninety nine", 1_999),
        ("two million", 2_000_000),
        ("one hundred and five thousand", 105_000),
        ("three point nine", 3.9),
        ("zero", 0),
        ("hundred", 100),
    ],
)
def test_english_words_are_read(words: str, value: float) -> None:
    assert parse_english_number(words) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("七", 7),
        ("十五", 15),
        ("两百", 200),
        ("三百八", 380),
        ("一百零八", 108),
        ("两千三", 2_300),
        ("三万零五百", 30_500),
        ("二十八万九", 289_000),
        ("二十八万", 280_000),
        ("三点九", 3.9),
        ("三点九万", 39_000),
        ("十九点九八万", 199_800),
        ("二〇二六", 2_026),
        ("一亿二千万", 120_000_000),
        ("三万亿", 3_000_000_000_000),
        ("五六", 6),
    ],
)
def test_chinese_words_are_read(text: str, value: float) -> None:
    assert parse_chinese_number(text) == value


@given(st.integers(0, 9_999_999))
def test_every_english_number_in_words_is_read_back(value: int) -> None:
    # "nineteen hundred" and the like are not written by write_english, so one wording has one value.
    assert parse_english_number(write_english(value)) == value


@given(st.integers(0, 99_999_999))
def test_every_chinese_number_in_words_is_read_back(value: int) -> None:
    assert parse_chinese_number(write_chinese(value)) == value


@settings(deadline=None)  # the first call reads the tables of units and currencies
@given(st.integers(0, 9_999_999))
def test_a_number_in_words_is_found_whole_within_a_sentence(value: int) -> None:
    found = find_numbers(f"it costs {write_english(value)} in all")
    assert [number.value for number in found] == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("$38,900", [38_900]),
        ("38.9k", [38_900]),
        ("under 40 k please", [40_000]),
        ("28.8万", [288_000]),
        ("19.98万", [199_800]),
        ("28万5", [285_000]),
        ("20万5座的", [200_000, 5]),
        ("预算30万7座", [300_000, 7]),
        ("25w以内", [250_000]),
        ("5千", [5_000]),
        ("1.2亿", [120_000_000]),
        ("thirty eight thousand nine hundred dollars", [38_900]),
        ("30 thousand", [30_000]),
        ("620公里，快充28分钟", [620, 28]),
        ("500千米", [500]),
        ("电池82千瓦时", [82]),
        ("charges at 11 kW", [11]),
        ("an 82 kWh battery", [82]),
        ("4.8 m long", [4.8]),
        ("$2m", [2_000_000]),
        ("35 m²", [35]),
        ("10-80%", [10, 80]),
        ("between five and six seats", [5, 6]),
        ("three hundred and ninety", [390]),
        ("五六个人", [6]),
        ("SU7 and A6", []),
        ("千万不要", []),
        ("no numbers at all", []),
    ],
)
def test_numbers_are_found_in_texts(text: str, values: list[float]) -> None:
    assert [number.value for number in find_numbers(text)] == values


def test_a_mention_covers_its_digits_and_its_scale() -> None:
    (number,) = find_numbers("大概 28.8万 吧")
    assert ("大概 28.8万 吧"[number.start : number.end], number.scaled) == ("28.8万", True)
    (plain,) = find_numbers("7 seats")
    assert (plain.start, plain.end, plain.scaled) == (0, 1, False)


@given(st.text(max_size=60))
def test_mentions_are_in_order_without_overlap_in_any_text(text: str) -> None:
    found = find_numbers(text)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all(0 <= number.start < number.end <= len(text) for number in found)


@pytest.mark.parametrize(
    ("value", "text"), [(38900.0, "38900"), (3.9, "3.9"), (0.5, "0.5"), (1e7, "10000000"), (2.50, "2.5"), (0.0, "0")]
)
def test_canonical_numbers_have_no_exponent_and_no_trailing_zeros(value: float, text: str) -> None:
    assert format_number(value) == text


@given(st.integers(0, 10**9).map(lambda value: value / 100))
def test_a_formatted_number_is_found_again(value: float) -> None:
    assert [number.value for number in find_numbers(f"({format_number(value)})")] == [pytest.approx(value)]


@given(st.integers(1, 99_999_999), st.sampled_from(["zh", "en"]), st.sampled_from(["CNY", "USD"]))
def test_a_formatted_amount_is_found_again(amount: int, language: str, currency: str) -> None:
    text = format_money(float(amount), currency, language)  # type: ignore[arg-type]
    assert [number.value for number in find_numbers(text)] == [pytest.approx(amount)]
