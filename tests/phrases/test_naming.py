"""Names in lines that were really said go once it is clear what they are about."""

from __future__ import annotations

import pytest

from streamdial.phrases.naming import shorten_name
from streamdial.records import Role


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("The Calder has a heat pump.", "It has a heat pump."),
        ("The range of the Calder is 640 km.", "Its range is 640 km."),
        ("The delivery time on the Calder is three weeks.", "Its delivery time is three weeks."),
        ("Delivery on the Calder takes six weeks.", "Delivery takes six weeks."),
        ("Charging the Calder takes 26 minutes.", "Charging it takes 26 minutes."),
        ("We do not have the Calder in green.", "We do not have it in green."),
        # Not plain enough, or named twice: it stays.
        ("With the Calder, one stop is enough.", "With the Calder, one stop is enough."),
        ("The Calder's boot is big.", "The Calder's boot is big."),
        ("The Calder has it, the Calder does.", "The Calder has it, the Calder does."),
        ("It goes far.", "It goes far."),
    ],
)
def test_an_agents_sentence_names_what_it_is_about_by_a_pronoun(text: str, short: str) -> None:
    assert shorten_name(text, "Calder", "en") == short


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("what does the calder cost", "what does it cost"),
        ("how big is the battery of the Calder?", "how big is its battery?"),
        ("Range of the Calder?", "Range?"),
        ("Any discount on the Calder?", "Any discount on it?"),
        ("Calder colours?", "Calder colours?"),
    ],
)
def test_a_customers_question_asks_of_it(text: str, short: str) -> None:
    assert shorten_name(text, "Calder", "en", "user") == short


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("望湖大床房一晚568。", "一晚568。"),
        ("望湖大床房的早餐在湖边吃。", "早餐在湖边吃。"),
        ("望湖大床房的话，可以。", "望湖大床房的话，可以。"),
        ("望湖大床房和套房都行。", "望湖大床房和套房都行。"),
        ("这间是望湖大床房。", "这间是望湖大床房。"),
    ],
)
@pytest.mark.parametrize("role", ["user", "agent"])
def test_in_chinese_the_name_goes_from_the_beginning(text: str, short: str, role: Role) -> None:
    assert shorten_name(text, "望湖大床房", "zh", role) == short
