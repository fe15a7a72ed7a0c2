from __future__ import annotations

from dataclasses import replace

import pytest

from streamdial.domains import load_pack
from streamdial.models import CachedEmbedder
from streamdial.records import Language
from streamdial.signals.intents import SecondOpinion, decide_intent, judge_texts
from streamdial.signals.message_kinds import MessageKind
from streamdial.slots import SlotReader


@pytest.mark.parametrize(
    ("domain", "language", "text", "reason", "act"),
    [
        ("automotive", "en", "ISOFIX in the back??", None, "ask"),
        ("automotive", "en", "are you kidding me with that dashboard??", "rhetorical", None),
        ("automotive", "zh", "充电桩谁负责装", None, "ask"),
        ("automotive", "zh", "这也太贵了吧", None, "object"),
        ("automotive", "zh", "谁能拒绝这样的天窗呢", "rhetorical", None),
        ("hotel", "en", "laundry", None, "ask"),
        ("hotel", "en", "that view omg", "reaction", None),
        ("hotel", "zh", "主播你今年多大了", "off_topic", None),
        ("hotel", "zh", "能开发票吗", None, "ask"),
        ("restaurant", "en", "thanks for the answer!", "small_talk", None),
        ("restaurant", "en", "my son is allergic to nuts, five of us on Sunday", None, "inform"),
        ("restaurant", "en", "10% off for students?", None, "negotiate"),
        ("restaurant", "zh", "🤤🤤", "no_text", None),
        ("restaurant", "zh", "吃货小李 关注了主播", "bot", None),
        ("restaurant", "zh", "[USER] 人均多少钱", None, "ask"),
        ("automotive", "en", "Wie viel kostet das Auto?", "other_language", None),
        ("automotive", "zh", "Сколько стоит машина?", "other_language", None),
        ("automotive", "zh", "這台車多少錢", None, "ask"),
        ("hotel", "zh", "有優惠嗎", None, "negotiate"),
    ],
)
def test_a_line_has_an_act_or_a_reason(
    domain: str, language: Language, text: str, reason: str | None, act: str | None
) -> None:
    decision = decide_intent(text, SlotReader(load_pack(domain), language))
    assert (decision.reason, decision.act) == (reason, act)


def test_a_second_opinion_decides_what_rules_leave_open(reader: SlotReader, embedder: CachedEmbedder) -> None:
    texts = ["can my big brother sit in the back", "a poster of the capital of peru", "how much is the Horizon?"]
    alone = [decision.reason for decision in judge_texts(texts, reader)]
    assert alone == ["no_topic", "no_intent", None]
    pack = reader.pack.model_copy(
        update={
            "intents": {
                "ask": {"en": ("can my brother fit in the back", "how much is it")},
                "object": {"en": ("too dear for what it is",)},
                "none": {"en": ("the capital of peru", "a poster of a band")},
            }
        }
    )
    opinion = SecondOpinion(pack, embedder, settled=dict.fromkeys(texts, "question"))
    decisions = judge_texts(texts, reader, opinion)
    assert [decision.reason for decision in decisions] == [None, "no_intent", None]
    assert [decision.act for decision in decisions] == ["ask", None, "ask"]


def test_what_names_nothing_of_the_vertical_must_lean_further(
    reader: SlotReader, monkeypatch: pytest.MonkeyPatch, embedder: CachedEmbedder
) -> None:
    texts = ["it made my neighbour's car look old", "the boss fight was a mess"]
    opinion = SecondOpinion(reader.pack, embedder, settled=dict.fromkeys(texts, "question"))
    monkeypatch.setattr(opinion, "lean", lambda texts: [0.2] * len(texts))
    vertical, nothing = judge_texts(texts, reader, opinion)
    assert vertical.act is not None
    assert (nothing.act, nothing.reason) == (None, "no_intent")


def test_a_line_in_another_language_gets_no_second_opinion(reader: SlotReader, embedder: CachedEmbedder) -> None:
    texts = ["¿cuánto cuesta el coche?", "ราคาเท่าไหร่", "كم سعر السيارة"]
    decisions = judge_texts(texts, reader, SecondOpinion(reader.pack, embedder))
    assert {decision.reason for decision in decisions} == {"other_language"}


def test_traditional_characters_ask_for_the_same_slots_and_names() -> None:
    zh = SlotReader(load_pack("automotive"), "zh", ["啟明L7"])
    price, warranty = judge_texts(["啟明L7多少錢", "保固幾年"], zh)
    assert (price.asks, warranty.asks) == (("price",), ("warranty",))
    assert [mention.value for mention in price.mentions] == ["啟明L7"]


def test_what_leans_clearly_to_the_other_side_is_doubtful(reader: SlotReader, embedder: CachedEmbedder) -> None:
    line = "what seat do you like at the movies"
    pack = reader.pack.model_copy(
        update={"intents": {"ask": {"en": ("warranty", "how much is it")}, "none": {"en": (line, "movies")}}}
    )
    (decision,) = judge_texts(["which seat has heating"], reader, SecondOpinion(pack, embedder))
    assert decision.act == "ask"
    (decision,) = judge_texts(["what range do you like at the movies"], reader, SecondOpinion(pack, embedder))
    assert decision.reason in ("doubtful", "off_topic")


def test_a_pack_without_lines_leaves_the_rules_alone(reader: SlotReader, embedder: CachedEmbedder) -> None:
    texts = ["who is that man", "how much is the Horizon?"]
    pack = reader.pack.model_copy(update={"intents": {}})
    opinion = SecondOpinion(pack, embedder, settled=dict.fromkeys(texts, "question"))
    decisions = [replace(decision, kind=None) for decision in judge_texts(texts, reader, opinion)]
    assert decisions == judge_texts(texts, reader)


@pytest.mark.parametrize(
    ("kind", "live", "text", "reason", "act"),
    [
        ("question", True, "how much is the Horizon?", None, "ask"),
        ("testimony", True, "my old Horizon has 7 seats and does 540 km", "testimony", None),
        ("advice", True, "the Horizon has 7 seats, ask for the long range one", "advice", None),
        ("other", True, "the Horizon has 7 seats", "other_kind", None),
        ("complaint", True, "the Meridian is too expensive for me", None, "object"),
        ("complaint", False, "the Meridian is too expensive for me", None, "object"),
        ("complaint", False, "the Meridian broke down twice and the dealer was rude", "complaint", None),
        ("chatter", True, "that is gorgeous", "reaction", None),
    ],
)
def test_what_is_no_question_and_no_need_is_dropped_by_its_kind(
    reader: SlotReader,
    embedder: CachedEmbedder,
    kind: MessageKind,
    live: bool,
    text: str,
    reason: str | None,
    act: str | None,
) -> None:
    opinion = SecondOpinion(reader.pack, embedder, settled={text: kind})
    (decision,) = judge_texts([text], reader, opinion, live=[live])
    assert (decision.reason, decision.act) == (reason, act)
    assert decision.kind is not None
