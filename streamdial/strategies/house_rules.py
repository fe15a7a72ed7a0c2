"""Rules of the house for what an agent says, and what no dialogue may hold, found by code in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from streamdial.privacy import mask_personal_data
from streamdial.records import Turn
from streamdial.slots import SlotReader

PUTS_FORWARD = ("recommend", "recover", "upsell")
"""Acts of the agent that are about a thing it has to name."""
SETTLING = ("no_answer", "hand_over", "confirm", "hold", "close", "refuse", "request")
"""Acts of the agent that answer a question without telling what was asked."""
MOST_QUESTIONS = 2
PRESSURE = re.compile(
    r"\b(?:hurry|last chance|now or never|before it'?s too late"
    r"|don'?t miss|you(?:'d| would) (?:be (?:a fool|crazy|stupid)|regret)|act (?:now|fast)|buy (?:it )?now"
    r"|you (?:have to|must|need to) (?:decide|book|buy|order) (?:now|today|right away)|everyone (?:else )?is buying"
    r"|what are you waiting for|limited time)\b"
    r"|手慢无|手慢则无|赶紧(?:下单|拍|订|买|抢)|赶快(?:下单|拍|订|买|抢)|马上抢|抢到就是赚|错过(?:就)?(?:没|后悔)|最后(?:一次)?机会"
    r"|再不(?:下单|买|订|抢)|仅剩|只剩(?:最后)?\d|不买(?:就)?(?:后悔|亏)|今天不(?:买|订|定)|还(?:在)?(?:等|犹豫)什么|过了这(?:个)?村",
    re.IGNORECASE,
)
"""Words that press somebody to decide."""
UNSAFE = re.compile(
    r"\b(?:kill (?:yourself|myself|him|her|them|you)|suicide|self[- ]harm|hurt (?:yourself|myself)"
    r"|(?:make|build|buy) (?:a |an )?(?:bomb|explosives?|gun)|cocaine|heroin|meth(?:amphetamine)?\b|child porn\w*"
    r"|(?:fake|forged) (?:id|passport|invoice)s?|money laundering|launder money|rape|terroris[mt])\b"
    r"|自杀|自残|轻生|杀了(?:你|他|她|自己)|弄死|炸弹|炸药|枪支|冰毒|海洛因|可卡因|摇头丸|贩毒|吸毒|强奸|儿童色情|假(?:身份证|护照|发票)|洗钱|恐怖袭击"
    r"|去死(?:吧)?",
    re.IGNORECASE,
)
"""Words of harm that no talk about goods needs."""


def find_unprincipled(turns: Sequence[Turn], reader: SlotReader) -> Iterator[tuple[int, str]]:
    """Yield the agent's turns that go against a rule, as (number, name of the rule).

    `no_pressure`; `answers_what_was_asked`: neither tells, asks back nor says that it cannot; `names_the_thing`: puts
    forward what neither this turn nor the two before it name; `one_question_at_a_time`.

    Args:
        turns: A dialogue.
        reader: Knows the names of everything the account sells.
    """
    for before, turn in pairwise((None, *turns)):
        if turn is None or turn.role != "agent":
            continue
        asked = set(before.request) if before is not None and before.role == "user" and before.act == "ask" else set()
        told = {*turn.tell, *turn.tell_other, *turn.request}
        place = turn.turn_id
        if PRESSURE.search(turn.utterance):
            yield place, "no_pressure"
        elif asked and not asked & told and turn.act not in SETTLING:
            yield place, "answers_what_was_asked"
        elif turn.act in PUTS_FORWARD and not _is_named(turn, turns[max(place - 2, 0) : place + 1], reader):
            yield place, "names_the_thing"
        elif len(re.findall(r"[?？]", turn.utterance)) > MOST_QUESTIONS:
            yield place, "one_question_at_a_time"


def _is_named(turn: Turn, said: Sequence[Turn], reader: SlotReader) -> bool:
    name = reader.pack.entity_slot
    return any(
        turn.entity.lower() in one.utterance.lower()
        or any(value.slot == name and value.value == turn.entity for value in reader.find_values(one.utterance))
        for one in said
    )


def open_reader(state: Any) -> SlotReader:  # noqa: ANN401
    """Return a reader that knows the names of a dialogue's agent."""
    return SlotReader(state.pack, state.language, state.knowledge.entities)


REASONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "no_pressure": "It presses the customer; leave the decision to them.",
        "answers_what_was_asked": "It does not answer what was asked; answer that first.",
        "names_the_thing": "It does not say what is put forward; name it.",
        "one_question_at_a_time": "It asks too much at once; ask one thing.",
    },
    "zh": {
        "no_pressure": "这句在催促顾客；把决定留给顾客。",
        "answers_what_was_asked": "这句没有回答所问；先回答问题。",
        "names_the_thing": "这句没有说推荐的是什么；说出名字。",
        "one_question_at_a_time": "这句一次问得太多；只问一件事。",
    },
}
"""What a model is told of a rule that was broken, by language."""


def find_unfit(turns: Sequence[Turn]) -> tuple[int, str] | None:
    """Return the first turn of a dialogue that nobody should learn from, as (number, reason), or None.

    Reasons: `unsafe`, `personal_data` (of the user: an agent tells number and address of the shop), `pressure` (of the
    agent).
    """
    for turn in turns:
        if UNSAFE.search(turn.utterance):
            return turn.turn_id, "unsafe"
        if turn.role == "user" and mask_personal_data(turn.utterance) != turn.utterance:
            return turn.turn_id, "personal_data"
        if turn.role == "agent" and PRESSURE.search(turn.utterance):
            return turn.turn_id, "pressure"
    return None
