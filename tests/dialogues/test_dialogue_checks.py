from __future__ import annotations

from typing import Any

import pytest
from material import PACK, build_reader, plan

from streamdial.claims import find_confusion
from streamdial.dialogues import TurnPlan
from streamdial.dialogues.checks import check_wording, clean_wording, has_value
from streamdial.records import Language

RANGE = {"range": ("480", "km")}
TELL = plan("agent", "answer", entity="Aster", tell=RANGE)
ASK = plan("user", "ask", entity="Aster", request=("range",))


def check(text: str, what: TurnPlan, language: Language = "en", earlier: tuple[str, ...] = ()) -> str | None:
    return check_wording(text, what, pack=PACK, language=language, reader=build_reader(language), earlier=earlier)


@pytest.mark.parametrize(
    ("text", "what", "language"),
    [
        ("The Aster goes 480 km.", TELL, "en"),
        ("It does 480 km on a charge, one of the best.", TELL, "en"),
        ("How far does the Aster go?", ASK, "en"),
        ("the range of the aster", ASK, "en"),
        ("I need an SUV", plan("user", "inform", inform={"body_type": ("suv", None)}), "en"),
        ("crossover, please", plan("user", "inform", inform={"body_type": ("suv", None)}), "en"),
        ("no idea about that", plan("user", "no_preference", inform={"seats": ("dontcare", None)}), "en"),
        ("is it electric?", plan("user", "ask", request=("energy",)), "en"),
        ("晨曦续航510公里呢", plan("agent", "answer", entity="晨曦", tell={"range": ("510", "km")}), "zh"),
        ("预算25万以内吧", plan("user", "inform", inform={"price": ("250000", None)}), "zh"),
        # Numbers in names, in names of slots and in spellings are no facts.
        ("The Model 7 goes 180 km.", plan("agent", "answer", entity="Model 7", tell={"range": ("180", "km")}), "en"),
        (
            "Could you tell me the 0-100 km/h time for the Aster?",
            plan("user", "ask", entity="Aster", request=("acceleration",)),
            "en",
        ),
        ("青岚是四驱的。", plan("agent", "answer", entity="青岚", tell={"drive": ("awd", None)}), "zh"),
        ("零百多少秒？", plan("user", "ask", entity="青岚", request=("acceleration",)), "zh"),
        ("有第三排吗？", plan("user", "ask", entity="鹿鸣7", request=("seats",)), "zh"),
    ],
)
def test_a_wording_that_says_its_plan_passes(text: str, what: TurnPlan, language: Language) -> None:
    assert check(text, what, language) is None


COMPARE = plan("agent", "compare", entity="Aster", other="Calder", tell=RANGE, tell_other={"range": ("640", "km")})


@pytest.mark.parametrize(
    ("name", "text", "what", "language"),
    [
        ("empty", " ...", TELL, "en"),
        ("label", "Answer: it goes 480 km", TELL, "en"),
        ("label", "Here is the rewritten line", TELL, "en"),
        ("label", "it goes {range}", TELL, "en"),
        ("label", "«480 km»", TELL, "en"),
        ("too_long", "it goes 480 km " + "and on " * 40, TELL, "en"),
        ("language", "它续航480公里呢", TELL, "en"),
        ("language", "it goes 510 km on a single charge", plan("agent", "answer", tell={"range": ("510", "km")}), "zh"),
        ("missing_value", "The Aster goes far.", TELL, "en"),
        ("missing_value", "The Aster goes 481 km.", TELL, "en"),
        ("missing_entity", "The Aster goes 480 km, that one 640 km.", COMPARE, "en"),
        ("wrong_entity", "The Calder goes 480 km.", TELL, "en"),
        ("invented_number", "The Aster goes 480 km and costs $20,000.", TELL, "en"),
        ("invented_number", "It goes 480 km, in seven colours.", TELL, "en"),
        ("invented_value", "The Aster is a sedan and goes 480 km.", TELL, "en"),
        ("invented_value", "来辆四驱的轿车", plan("user", "inform", inform={"drive": ("awd", None)}), "zh"),
        ("role_confusion", "Welcome to our store, how far does it go?", ASK, "en"),
        ("role_confusion", "My budget is fine, it goes 480 km.", TELL, "en"),
        ("role_confusion", "我的预算够，续航510公里", plan("agent", "answer", tell={"range": ("510", "km")}), "zh"),
        ("no_question", "the Aster looks nice", ASK, "en"),
        ("personal_data", "It goes 480 km, write to ann@example.org.", TELL, "en"),
    ],
)
def test_each_check_fails_by_name(name: str, text: str, what: TurnPlan, language: Language) -> None:
    assert check(text, what, language) == name


def test_a_comparison_names_and_states_both() -> None:
    assert check("The Aster goes 480 km, the Calder 640 km.", COMPARE) is None
    assert check("The Aster goes 480 km, the Calder more.", COMPARE) == "missing_value"


def test_what_was_said_before_is_a_repetition_whatever_its_punctuation() -> None:
    assert check("The Aster goes 480 km!", TELL, earlier=("the aster goes 480 km",)) == "repetition"


def test_small_words_of_number_are_idioms_and_digits_are_not() -> None:
    assert check("One of the two, it goes 480 km.", TELL) is None
    assert check("1 of them goes 480 km.", TELL) == "invented_number"


@pytest.mark.parametrize(
    ("text", "slot", "value", "there"),
    [
        ("$38,900", "price", "38900", True),
        ("38.9k", "price", "38900", True),
        ("thirty eight nine hundred", "price", "38900", True),
        ("38,000", "price", "38900", False),
        ("17 seats", "seats", "7", False),
        ("seven seats", "seats", "7", True),
        ("a saloon", "body_type", "sedan", True),
        ("eight years on the battery", "warranty", "Eight years on the battery", True),
        ("around 30k or so", "price", "around 30k", True),  # a model's value need not be canonical
        ("cheap", "price", "not a number", False),
    ],
)
def test_a_value_is_found_in_any_spelling(text: str, slot: str, value: str, there: bool) -> None:
    assert has_value(text, PACK, slot, (value, None), "en") is there


def test_who_speaks_like_the_other_side_is_noticed() -> None:
    assert find_confusion("user", "I'd recommend the Aster")
    assert find_confusion("user", "You want it to be an SUV.")
    assert find_confusion("user", "A sedan seems to be your choice.")
    assert not find_confusion("user", "do you want a deposit?")
    assert not find_confusion("agent", "I'd recommend the Aster")
    assert find_confusion("agent", "我想买一辆")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('"It goes 480 km."', "It goes 480 km."),
        ("\n\n Answer: «It goes 480 km.»\nAnswer: or this", "It goes 480 km."),
        ("改写：“续航510公里”", "续航510公里"),
        ("Customer: Expert: hi", "hi"),
        ("", ""),
        ("\n", ""),
    ],
)
def test_a_models_line_is_cleaned(text: str, clean: str) -> None:
    assert clean_wording(text) == clean


def test_names_are_no_reason_to_think_of_another_language() -> None:
    what: Any = plan("agent", "answer", entity="晨曦", tell=RANGE)
    assert check("晨曦晨曦 goes 480 km", what) is None
