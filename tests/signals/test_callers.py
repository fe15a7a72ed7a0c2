from __future__ import annotations

from dataclasses import replace

import pytest

from streamdial.counts import Counts
from streamdial.records import Language
from streamdial.signals.callers import list_caller_messages, name_caller, tell_voices_apart
from streamdial.signals.sentences import Sentence


def say(text: str, start: float, *, speaker: str | None = None, length: float = 2.0) -> Sentence:
    return Sentence(text, text, start, start + length, (f"seg-{start:g}",), speaker)


def tell(*sentences: Sentence, language: Language = "en") -> tuple[list[str], list[tuple[str, str]]]:
    voices = tell_voices_apart(sentences, language)
    return [sentence.text for sentence in voices.host], [
        (turn.caller, sentence.text) for turn in voices.callers for sentence in turn.sentences
    ]


def test_whoever_speaks_most_is_the_host() -> None:
    host, callers = tell(
        say("Welcome.", 0, speaker="B", length=9),
        say("Does it tow?", 10, speaker="A"),
        say("It tows two tons.", 13, speaker="B"),
        say("Somebody coughs.", 20),
    )
    assert host == ["Welcome.", "It tows two tons.", "Somebody coughs."]
    assert callers == [("A", "Does it tow?")]


def test_where_nobody_speaks_half_of_the_time_nobody_is_told_apart() -> None:
    sentences = [say("One.", 0, speaker="A"), say("Two.", 3, speaker="B"), say("Three.", 6, speaker="C")]
    assert tell(*sentences) == (["One.", "Two.", "Three."], [])


def test_a_call_is_found_by_how_the_host_opens_and_closes_it() -> None:
    host, callers = tell(
        say("The range is great.", 0),
        say("Let's take a caller, you are on the air.", 5),
        say("Hi, I have two kids and a dog.", 8),
        say("My budget is forty thousand.", 10.1),
        say("Do you need a third row?", 13),
        say("Yes, we do.", 16),
        say("Then the Meridian would be right for you.", 19),
        say("Thanks for calling.", 22),
        say("I drive one too.", 26),
    )
    assert [text for _, text in callers] == [
        "Hi, I have two kids and a dog.",
        "My budget is forty thousand.",
        "Yes, we do.",
    ]
    assert {name for name, _ in callers} == {"caller-1"}
    assert host[-1] == "I drive one too."


def test_a_chinese_call_is_told_apart_too() -> None:
    _, callers = tell(
        say("我们接一位连麦的朋友", 0),
        say("主播你好，我想问下七座的多少钱", 3),
        say("您家里几口人呢，咱们家有三款", 6),
        say("我们家五口人", 9),
        say("谢谢这位连麦的朋友", 12),
        say("我想先喝口水", 15),
        language="zh",
    )
    assert [text for _, text in callers] == ["主播你好，我想问下七座的多少钱", "我们家五口人"]


def test_without_a_call_everything_is_the_hosts() -> None:
    sentences = [say("I want to show you the trunk.", 0), say("What is your budget?", 4)]
    assert tell(*sentences) == (["I want to show you the trunk.", "What is your budget?"], [])


def test_a_call_nobody_closes_ends_with_a_long_silence() -> None:
    _, callers = tell(say("First caller please.", 0), say("Hi, I want a van.", 3), say("I love this colour.", 60))
    assert callers == [("caller-1", "Hi, I want a van.")]


@pytest.mark.parametrize(("language", "joiner"), [("en", " "), ("zh", "")])
def test_neighbouring_sentences_of_a_caller_are_one_message(language: Language, joiner: str) -> None:
    counts = Counts("callers")
    voices = tell_voices_apart(
        [
            say("Host talks long.", 0, speaker="H", length=30),
            say("I have kids.", 31, speaker="A"),
            say("Is it big?", 33.5, speaker="A"),
            say("And the price?", 36, speaker="A"),
        ],
        language,
    )
    messages = list(list_caller_messages(voices, counts, source_id="s", language=language))
    assert [(m.text, m.author, m.time, m.kind) for m in messages] == [
        (f"I have kids.{joiner}Is it big?", name_caller("s", "A"), 31.0, "call"),
        ("And the price?", name_caller("s", "A"), 36.0, "call"),
    ]
    assert (counts.asked, counts.kept) == (2, 2)


def test_the_same_label_is_another_person_in_another_recording() -> None:
    assert name_caller("a", "caller-1") != name_caller("b", "caller-1")
    assert name_caller("a", "caller-1") == name_caller("a", "caller-1")


@pytest.mark.parametrize(
    ("opening", "language"),
    [
        ("这款车有蓝牙，可以直接接电话", "zh"),
        ("有需要的可以直接打电话给我们门店", "zh"),
        ("接下来大家可以打电话咨询", "zh"),
        ("If you are lively you will love it.", "en"),
        ("We are going to get a call from the factory.", "en"),
        ("I'll take the call button for you.", "en"),
    ],
)
def test_talk_about_telephones_opens_no_call(opening: str, language: Language) -> None:
    talk = (
        ["我想说的是这车省油", "我们准备了三年保养"]
        if language == "zh"
        else ["I drive this car every day.", "Is it fast?"]
    )
    sentences = [say(text, 5.0 * place) for place, text in enumerate([opening, *talk * 20])]
    assert tell_voices_apart(sentences, language).callers == []


def test_an_opening_nobody_answers_like_a_caller_opens_no_call() -> None:
    _, callers = tell(say("Next caller please.", 0), say("Our range is great for you.", 3), say("I like it.", 6))
    assert callers == []


def test_a_second_voice_that_talks_like_the_house_is_no_caller() -> None:
    host, callers = tell(
        *(say("It comes with seven seats.", 5.0 * place, speaker="A", length=3) for place in range(4)),
        say("We offer it for you at $30,000.", 30, speaker="B"),
        say("You get a heat pump too.", 33, speaker="B"),
    )
    assert callers == []
    assert len(host) == 6


def test_turns_of_a_caller_are_not_joined_across_the_hosts_words() -> None:
    counts = Counts("callers")
    voices = tell_voices_apart(
        [
            say("Long welcome.", 0, speaker="H", length=60),
            say("I have two kids.", 61, speaker="A"),
            say("Seven seats then?", 64, speaker="H"),
            say("Yes, I want seven.", 67, speaker="A"),
        ],
        "en",
    )
    messages = list(list_caller_messages(voices, counts, source_id="s", language="en"))
    assert [message.text for message in messages] == ["I have two kids.", "Yes, I want seven."]


def test_several_questions_of_one_segment_are_several_messages() -> None:
    counts = Counts("callers")
    sentence = say("What is the price?", 61, speaker="A")
    voices = tell_voices_apart(
        [say("Long welcome.", 0, speaker="H", length=60), sentence, replace(sentence, text="Is it electric?")], "en"
    )
    messages = list(list_caller_messages(voices, counts, source_id="s", language="en"))
    assert len({message.id for message in messages}) == len(messages) == 2
