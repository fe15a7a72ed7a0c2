"""How phrases become one text: gaps and articles, commas and capitals, names and what stands for them."""

from __future__ import annotations

from random import Random

import pytest

from streamdial.phrases import Inventory, Phrase, join_clauses, name_possessive, name_thing
from streamdial.phrases.composing import lower_first, tidy
from streamdial.phrases.naming import write_name
from streamdial.records import Language

ENGLISH, CHINESE = Inventory({}, {}, "en"), Inventory({}, {"it": ["这款", "这车"]}, "zh")


@pytest.mark.parametrize(
    ("clauses", "text"),
    [
        (["Good.", "How far does it go?"], "Good. How far does it go?"),
        (["Oh nice,", "How far does it go?"], "Oh nice, how far does it go?"),
        (["Oh nice,", "I'd take it."], "Oh nice, I'd take it."),
        (["Oh nice,", "SUVs are fine."], "Oh nice, SUVs are fine."),
        (["Sure,", "Model 7 has it."], "Sure, Model 7 has it."),
        (["No full stop", "Another one."], "No full stop. Another one."),
        (["  Good.  ", "", "  ", "Yes."], "Good. Yes."),
        (["it has that.", "and a boot."], "It has that. And a boot."),
        (["It costs $40,000 .", "OK ?"], "It costs $40,000. OK?"),
        ([], ""),
    ],
)
def test_english_clauses_are_joined_as_sentences(clauses: list[str], text: str) -> None:
    assert join_clauses(clauses, "en", ["Model 7"]) == text


@pytest.mark.parametrize(
    ("clauses", "text"),
    [
        (["不错。", "续航多少？"], "不错。续航多少？"),
        (["那不错，", "续航多少？"], "那不错，续航多少？"),
        (["不错", "续航多少？"], "不错，续航多少？"),
        (["，续航多少？"], "续航多少？"),
        (["的续航呢？"], "续航呢？"),
        (["明白了。", "，那行。"], "明白了。那行。"),
        (["嗯~", "那行。"], "嗯~那行。"),
    ],
)
def test_chinese_clauses_need_no_space_and_an_empty_name_leaves_nothing_behind(clauses: list[str], text: str) -> None:
    assert join_clauses(clauses, "zh") == text


def test_a_small_letter_stands_behind_a_comma_unless_it_is_a_name() -> None:
    assert lower_first("How far?") == "how far?"
    assert [lower_first(text, ["Aster"]) for text in ("I see", "I'm in", "AWD", "iPhone", "Aster")] == [
        "I see",
        "I'm in",
        "AWD",
        "iPhone",
        "Aster",
    ]
    assert lower_first("") == ""


def test_what_empty_gaps_leave_behind_is_put_right() -> None:
    assert tidy("so  , it is   here .", "en") == "So, it is here."
    assert tidy("，，这款，。", "zh") == "这款。"


@pytest.mark.parametrize(
    ("text", "value", "filled"),
    [
        ("You want a {value}.", "SUV", "You want an SUV."),
        ("You want an {value}.", "sedan", "You want a sedan."),
        ("A {value} it is.", "electric one", "An electric one it is."),
        ("That is a {value} jump.", "$11,000", "That is an $11,000 jump."),
        ("It is a {value} one.", "8-seater", "It is an 8-seater one."),
        ("With the {value} you get it.", "SUV", "With the SUV you get it."),
        ("Banana {value}", "SUV", "Banana SUV"),
    ],
)
def test_an_article_before_a_gap_fits_what_is_put_into_it(text: str, value: str, filled: str) -> None:
    assert Phrase(text).fill({"value": value}) == filled


def test_all_gaps_of_a_phrase_are_filled() -> None:
    phrase = Phrase("{it} has {value}, {wish} was asked for; {it}?")
    assert phrase.gaps == {"it", "value", "wish"}
    assert phrase.fill({"it": "It", "value": "5", "wish": "7"}) == "It has 5, 7 was asked for; It?"
    with pytest.raises(KeyError):
        phrase.fill({"it": "It"})


@pytest.mark.parametrize(
    ("name", "language", "written"),
    [
        ("Meridian", "en", "the Meridian"),
        ("The Meridian", "en", "The Meridian"),
        ("A La Carte", "en", "A La Carte"),
        ("启程", "zh", "启程"),
        ("", "en", ""),
    ],
)
def test_an_english_name_has_its_article(name: str, language: Language, written: str) -> None:
    assert write_name(name, language) == written


def test_a_thing_is_named_once_and_then_stood_for() -> None:
    rng = Random(1)
    assert name_thing("Meridian", in_focus=False, inventory=ENGLISH, rng=rng) == "the Meridian"
    assert name_thing("Meridian", in_focus=True, inventory=ENGLISH, rng=rng) == "it"
    assert name_thing("启程", in_focus=False, inventory=CHINESE, rng=rng) == "启程"
    assert {name_thing("启程", in_focus=True, inventory=CHINESE, rng=rng) for _ in range(40)} == {"这款", "这车", ""}
    bare = Inventory({}, {}, "zh")
    assert name_thing("启程", in_focus=True, inventory=bare, rng=rng) == ""


def test_so_is_what_belongs_to_it() -> None:
    assert name_possessive("Meridian", in_focus=False, inventory=ENGLISH) == "the Meridian's"
    assert name_possessive("Shoals", in_focus=False, inventory=ENGLISH) == "the Shoals'"
    assert name_possessive("Meridian", in_focus=True, inventory=ENGLISH) == "its"
    assert name_possessive("启程", in_focus=False, inventory=CHINESE) == "启程的"
    assert name_possessive("启程", in_focus=True, inventory=CHINESE) == ""


@pytest.mark.parametrize(
    "line",
    [
        *(
            "can't wait to see it",
            "what an amazing deal",
            "have fun everyone",
            "when I get paid I will buy it",
            "how cute",
        ),
        *("do come by", "will do"),
    ],
)
def test_a_line_that_asks_nothing_ends_as_a_sentence(line: str) -> None:
    assert join_clauses([line, "Tell me more."], "en").endswith(". Tell me more.")


@pytest.mark.parametrize("line", ["没多久就能到货", "我还在看呢", "有没有都行", "不知道多少钱都可以", "挺不错的"])
def test_a_chinese_line_that_asks_nothing_goes_on(line: str) -> None:
    assert join_clauses([line, "再说说。"], "zh") == f"{line}，再说说。"


@pytest.mark.parametrize(
    ("language", "line", "mark"),
    [
        ("en", "what does it cost", "?"),
        ("en", "is there a pool", "?"),
        ("zh", "有多大", "？"),
        ("zh", "能停车吗", "？"),
    ],
)
def test_a_question_without_a_mark_gets_one_before_the_next_sentence(language: Language, line: str, mark: str) -> None:
    assert mark in join_clauses([line, "Good." if language == "en" else "谢谢。"], language)
