from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.records import Message
from streamdial.signals.denoising import CleanMessage
from streamdial.signals.intents import judge_text
from streamdial.signals.questions import count_echoes, extract_questions
from streamdial.slots import SlotReader


def classify(reader: SlotReader, text: str) -> str | None:
    return judge_text(text, reader).act


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("how much is the Meridian?", "ask"),
        ("horizon price pls", "ask"),
        ("looking for an electric SUV under $42,000", "ask_offer"),
        ("we are 6 people, budget is 48000 dollars", "inform"),
        ("the Meridian is too expensive for me", "object"),
        ("any discount on the Meridian?", "negotiate"),
        ("difference between Horizon and Cascade?", "compare"),
        ("can i test drive the Meridian on Saturday?", "book"),
        ("silver is the best color", None),
        ("what a nice evening everybody", None),
        ("team hybrid", None),
    ],
)
def test_acts_of_english_chat(reader: SlotReader, text: str, act: str | None) -> None:
    assert classify(reader, text) == act


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("启明L7落地价多少", "ask"),
        ("预算30万以内，想要七座", "ask_offer"),
        ("有点贵啊", "object"),
        ("还能优惠吗", "negotiate"),
        ("周六可以试驾吗", "book"),
        ("主播真好看", None),
    ],
)
def test_acts_of_chinese_chat(text: str, act: str | None) -> None:
    assert classify(SlotReader(load_pack("automotive"), "zh", ["启明L7"]), text) == act


def test_a_question_keeps_slots_entities_and_its_second(
    reader: SlotReader, make_message: Callable[..., Message]
) -> None:
    message = make_message("looking for 7 seats and at most $45,000, is the Meridian ok?", 12.5)
    counts = Counts("questions")
    (question,) = extract_questions([CleanMessage(message, message.text)], reader, counts, source_id="rec")
    assert question.slots == {"seats": "7", "price": "45000"}
    assert question.entities == ("Meridian",)
    assert question.provenance.start == 12.5
    assert question.provenance.derived_from == (message.id,)
    assert counts.kept == 1


def test_every_drop_has_its_reason(reader: SlotReader, make_message: Callable[..., Message]) -> None:
    texts = {
        "by_host": make_message("the price is $46,900", by_host=True),
        "other_language": make_message("いくらですか"),
        "too_long": make_message("how much " * 40),
        "no_intent": make_message("on the left"),
        "small_talk": make_message("thanks"),
        "reaction": make_message("that is gorgeous"),
        "rhetorical": make_message("who wouldn't drive that"),
        "off_topic": make_message("what song is playing"),
        "no_topic": make_message("who is that man"),
    }
    counts = Counts("questions")
    messages = [CleanMessage(message, message.text) for message in texts.values()]
    assert not list(extract_questions(messages, reader, counts, source_id="rec"))
    assert counts.dropped == dict.fromkeys(texts, 1)


def test_the_same_message_twice_is_one_id(reader: SlotReader, make_message: Callable[..., Message]) -> None:
    message = CleanMessage(make_message("how much is the Meridian?"), "how much is the Meridian?")
    first, second = extract_questions([message, message], reader, Counts("q"), source_id="rec")
    assert first.id == second.id


def test_a_reply_in_a_thread_keeps_its_parent(reader: SlotReader, make_message: Callable[..., Message]) -> None:
    message = make_message("how much is the Meridian?").model_copy(update={"parent": "above"})
    (question,) = extract_questions([CleanMessage(message, message.text)], reader, Counts("q"), source_id="rec")
    assert question.provenance.derived_from == (message.id, "above")


def test_what_others_asked_again_is_counted_with_the_first(
    reader: SlotReader, make_message: Callable[..., Message]
) -> None:
    messages = [make_message(text) for text in ("how much is the Meridian?", "warranty?")]
    clean = [CleanMessage(message, message.text) for message in messages]
    counts = Counts("questions")
    questions = count_echoes(
        extract_questions(clean, reader, counts, source_id="rec"), Counter({messages[0].id: 3}), counts
    )
    assert [question.echoes for question in questions] == [3, 0]
    assert counts.notes == ["asked again by other viewers: 1 of the questions, 3 times in all"]
