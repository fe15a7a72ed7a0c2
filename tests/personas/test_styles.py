from __future__ import annotations

from streamdial.domains import load_pack
from streamdial.personas.styles import measure_style
from streamdial.records import Language, UserStyle
from tests.personas.test_constraints import DOMAIN, write


def measure(*texts: str, language: Language = "en") -> UserStyle:
    messages = [write(text, "ask", language, at=10.0 * number) for number, text in enumerate(texts)]
    return measure_style(messages, load_pack(DOMAIN[language]), language)


def list_habits(style: UserStyle) -> dict[str, tuple[str, ...]]:
    return {habit.kind: habit.words for habit in style.habits}


def test_english_habits_are_told_by_what_was_typed() -> None:
    style = measure("hows the range pls??", "price of the meridian :)", "u got awd")
    assert list_habits(style) == {
        "lower_case": (),
        "no_final_punctuation": (),
        "repeated_punctuation": ("??",),
        "kaomoji": (":)",),
        "abbreviations": ("pls", "u"),
    }
    assert style.register_name == "casual"
    assert style.mean_length == 3.67


def test_chinese_habits_are_told_by_what_was_typed() -> None:
    style = measure("望湖大床房多少钱呀", "有wifi吗 哈哈哈", "咋订啊😂", "check in几点", language="zh")
    habits = list_habits(style)
    assert habits["particles"] == ("呀", "啊")
    assert habits["laughter"] == ("哈哈哈",)
    assert habits["emoji"] == ("😂",)
    # Wi-Fi is a word of the pack, "check" is not.
    assert habits["mixed_languages"] == ("check",)
    assert [(habit.kind, habit.words) for habit in style.dialect] == [("northeastern", ("咋",))]


def test_one_message_is_no_habit_and_what_is_not_seen_is_absent() -> None:
    style = measure("Could you tell me the price of the Meridian?")
    assert style.habits == ()
    assert style.dialect == ()
    assert style.impatience is None
    assert style.register_name == "polite"


def test_asking_the_same_again_is_impatience() -> None:
    style = measure("how much is the meridian?", "meridian how much is it")
    assert style.impatience is not None
    assert len(style.impatience.evidence) == 2
    waiting = measure("望湖大床房多少钱", "怎么不回啊", language="zh")
    assert waiting.impatience is not None
    assert waiting.impatience.text == "怎么不回啊"
