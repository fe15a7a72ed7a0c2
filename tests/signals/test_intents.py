from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.models import CachedEmbedder
from streamdial.records import Language
from streamdial.signals.intents import SecondOpinion, decide_intent, judge_texts
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
                "clear": {"en": ("can my brother fit in the back", "how much is it")},
                "none": {"en": ("the capital of peru", "a poster of a band")},
            }
        }
    )
    decisions = judge_texts(texts, reader, SecondOpinion(pack, embedder))
    assert [decision.reason for decision in decisions] == [None, "no_intent", None]
    assert [decision.act for decision in decisions] == ["ask", None, "ask"]


def test_what_leans_clearly_to_the_other_side_is_doubtful(reader: SlotReader, embedder: CachedEmbedder) -> None:
    line = "what seat do you like at the movies"
    pack = reader.pack.model_copy(
        update={"intents": {"clear": {"en": ("warranty", "how much is it")}, "none": {"en": (line, "movies")}}}
    )
    (decision,) = judge_texts(["which seat has heating"], reader, SecondOpinion(pack, embedder))
    assert decision.act == "ask"
    (decision,) = judge_texts(["what range do you like at the movies"], reader, SecondOpinion(pack, embedder))
    assert decision.reason in ("doubtful", "off_topic")


def test_a_pack_without_lines_leaves_the_rules_alone(reader: SlotReader, embedder: CachedEmbedder) -> None:
    opinion = SecondOpinion(reader.pack.model_copy(update={"intents": {}}), embedder)
    texts = ["who is that man", "how much is the Horizon?"]
    assert judge_texts(texts, reader, opinion) == judge_texts(texts, reader)
