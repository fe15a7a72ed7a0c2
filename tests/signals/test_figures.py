from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.records import Language
from streamdial.signals.numerals import NumeralContext, write_numerals

CAR_PRICES = {"Borealis": (28_900.0,), "Meridian": (46_900.0,), "Grand": (249_900.0,)}


def write(text: str, language: Language = "zh", prices: dict[str, tuple[float, ...]] | None = None) -> str:
    return write_numerals(text, NumeralContext(load_pack("automotive"), language, prices or {}))[0]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("指导价二十八万九", "指导价28.9万"),
        ("十七万九千八就能开走", "17.98万就能开走"),
        ("补贴五千块", "补贴5000元"),
        ("八月十二号开业", "8月12日开业"),
        ("周六晚六点半到店", "周六18:30到店"),
        ("下午两点开始", "14:00开始"),
        ("今晚十二点截止", "今晚24:00截止"),
        ("电池七十五千瓦时", "电池75千瓦时"),
    ],
)
def test_what_is_said_in_chinese_is_written_as_pages_write_it(said: str, written: str) -> None:
    assert write(said) == written


@pytest.mark.parametrize(
    "text",
    [
        "九万多块吧",
        "两百不到",
        "十二万出头",
        "还剩三台",
        "晚上一点声音没有",
        "便宜一点",
        "零百四秒",
        "我们一块去",
        "四号口出来",
    ],
)
def test_what_is_vague_or_merely_counted_stays_as_it_was_said(text: str) -> None:
    assert write(text) == text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("it starts at twenty-eight nine", "it starts at $28,900"),
        ("the price is two forty nine nine", "the price is $249,900"),
        ("that's 200 and 49,900 all in", "that's $249,900 all in"),
        ("twenty dollars more", "$20 more"),
        ("open at three p m", "open at 3:00 PM"),
        ("come on october third", "come on October 3"),
        ("the twelfth of august", "August 12"),
        ("half past six in the evening", "6:30 PM"),
    ],
)
def test_what_is_said_in_english_is_written_as_pages_write_it(said: str, written: str) -> None:
    assert write(said, "en", CAR_PRICES) == written


@pytest.mark.parametrize(
    "text",
    [
        "room for forty people",
        "come at ten thirty",
        "six seats and two doors",
        "at 5:30 pm",
        "it's thirty six degrees",
    ],
)
def test_english_counts_and_clock_times_are_no_prices(text: str) -> None:
    assert write(text, "en", CAR_PRICES) == text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("it is thirty to forty thousand dollars", "it is $30,000 to $40,000"),
        ("twenty to thirty minutes", "20 to 30 minutes"),
        ("three or four people", "three or four people"),
    ],
)
def test_both_ends_of_a_range_are_written_or_none(said: str, written: str) -> None:
    assert write(said, "en", CAR_PRICES) == written


def test_among_several_readings_the_known_price_of_what_is_named_comes_first() -> None:
    context = NumeralContext(load_pack("restaurant"), "en", {"Set": (128.0,), "Hall": (1_280.0,)})
    assert write_numerals("the set is one twenty-eight", context, named=["Set"])[0] == "the set is $128"
    assert write_numerals("it is nineteen fifty", NumeralContext(load_pack("restaurant"), "en", {"Soup": (19.5,)}))[
        0
    ] == ("it is $19.50")


def test_each_change_is_told_with_both_texts() -> None:
    _, changes = write_numerals("八月十二号二十八万九", NumeralContext(load_pack("automotive"), "zh"))
    assert [(change.before, change.after, change.reason) for change in changes] == [
        ("八月十二号", "8月12日", "figure"),
        ("二十八万九", "28.9万", "figure"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "三点式安全带",
        "八点档的节目",
        "配了三块屏",
        "大概两块八",
        "十五六万的车",
        "二三十万都有",
        "等十一二周",
        "上次是一千零九十九个",
    ],
)
def test_ranges_and_other_things_than_figures_are_left_alone(text: str) -> None:
    assert write(text) == text


@pytest.mark.parametrize("text", ["it is ten", "we march two by two", "I was nineteen ninety five"])
def test_english_numbers_without_a_plausible_price_are_left_alone(text: str) -> None:
    assert write(text, "en", CAR_PRICES) == text
