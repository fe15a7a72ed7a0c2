"""How a line is written is read off it, and a text is brought near to it without a change of what it says."""

from __future__ import annotations

import random

import pytest

from streamdial.policies import bring_near, count_traits, draw_line, measure_distance, read_manner
from streamdial.policies.manner import Manner
from streamdial.records import Language


@pytest.mark.parametrize(
    ("text", "language", "manner"),
    [
        ("how far does it go", "en", Manner(5, "", True, "", False, False)),
        ("Could you tell me??", "en", Manner(4, "??", False, "", True, False)),
        ("gonna take it!", "en", Manner(3, "!", True, "", False, True)),
        ("请问续航多少呀？", "zh", Manner(7, "?", False, "呀", True, False)),
        ("有没有纯电的", "zh", Manner(6, "", False, "", False, False)),
        ("咋这么贵呢", "zh", Manner(5, "", False, "呢", False, True)),
    ],
)
def test_the_way_a_line_is_written_is_read_off_it(text: str, language: Language, manner: Manner) -> None:
    assert read_manner(text, language) == manner


def test_what_is_written_alike_is_near() -> None:
    short, also, long = (
        read_manner(text, "en") for text in ("how much", "how far", "Could you tell me how much it is?")
    )
    assert measure_distance(short, also) == 0 < measure_distance(short, long)
    assert measure_distance(short, long) == measure_distance(long, short)


def test_a_question_is_written_after_a_question_where_the_writer_asked_one() -> None:
    lines = ["hi there", "how much is it", "ok"]
    drawn = {draw_line(lines, True, random.Random(seed)) for seed in range(20)}
    assert drawn == {"how much is it"}
    assert {draw_line(lines, False, random.Random(seed)) for seed in range(20)} == {"hi there", "ok"}
    assert draw_line(["ok"], True, random.Random(1)) == "ok"


@pytest.mark.parametrize(
    ("text", "line", "language", "near"),
    [
        ("How far does the Calder go?", "any electric ones", "en", "how far does the Calder go"),
        ("How far does the Calder go?", "Any electric ones??", "en", "How far does the Calder go??"),
        ("I'd like to book it.", "ok cool!", "en", "i'd like to book it!"),
        ("How far does it go?", "Nice one.", "en", "How far does it go?"),  # a question ends in no full stop
        ("质保怎么样？", "请问续航多少呀", "zh", "请问质保怎么样呀"),
        ("想换纯电车。", "好哒哈", "zh", "想换纯电车哈"),
        ("想换纯电车。", "主播好呀", "zh", "想换纯电车"),  # 呀 behind a wish is not said
        ("有大床吗？", "多少钱呀？", "zh", "有大床吗？"),  # 吗 takes no other particle
        ("没问题。质保怎么样？", "请问多少钱呀", "zh", "没问题。质保怎么样"),  # of two sentences neither is softened
    ],
)
def test_a_text_is_ended_spelt_and_softened_as_a_line_is(text: str, line: str, language: Language, near: str) -> None:
    assert bring_near(text, line, language, lambda changed: True, ["Calder"]) == near


def test_a_change_that_may_not_be_said_is_left_out() -> None:
    assert bring_near("How far?", "ok cool", "en", lambda changed: changed.endswith("?")) == "how far?"
    assert bring_near("How far?", "ok cool", "en", lambda changed: False) == "How far?"


def test_traits_of_lines_are_counted_one_by_one() -> None:
    counted = count_traits(["how much", "how far", "Thank you!"], "en")
    assert (counted["lower", True], counted["lower", False], counted["tone", True, False]) == (2, 1, 1)
    assert sum(counted.values()) == 15
