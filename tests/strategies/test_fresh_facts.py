"""An answer goes on to a fact that was not told, the most different one first, and tells none twice."""

from __future__ import annotations

import pytest

from benchmarks.strategies_inside import count_facts
from streamdial.planning import TurnPlan
from streamdial.planning.obeying import add_fact
from streamdial.planning.talk_view import StateView
from streamdial.records import KnowledgeRow, Language
from streamdial.strategies import open_strategy
from streamdial.strategies.fresh_facts import measure_overlap, rank_facts
from tests.dialogues import material
from tests.dialogues.material import say
from tests.strategies.test_contract import make

KNOWLEDGE = material.build_knowledge()


def find_row(slot: str) -> KnowledgeRow:
    row = KNOWLEDGE.get("Calder", slot)
    assert row is not None
    return row


def test_facts_on_wishes_come_first_then_those_with_fewest_words_in_common() -> None:
    # What customers choose by alone: no stock, no text.
    free = rank_facts("Calder", ["range"], KNOWLEDGE, material.PACK)
    assert "availability" not in free and "range" not in free and "warranty" not in free and "price" in free
    assert rank_facts("Calder", ["range"], KNOWLEDGE, material.PACK, ["energy"])[0] == "energy"
    rows = [find_row("range")]
    overlaps = [measure_overlap(find_row(slot), rows, material.PACK) for slot in free]
    assert overlaps == sorted(overlaps)
    assert measure_overlap(find_row("range"), rows, material.PACK) == 1.0
    assert measure_overlap(find_row("range"), [], material.PACK) == 0.0


def test_an_answer_gets_one_fact_more_and_none_that_was_told() -> None:
    told = say("agent", "answer", entity="Calder", tell={"price": "37200"})
    state = material.build_state(turns=(told,))
    plan = TurnPlan("agent", "answer", "clarification", entity="Calder", tell={"range": ("640", "km")})
    more = add_fact(plan, ["price", "range", "seats", "energy"], state)
    assert more.tell == {"range": ("640", "km"), "seats": ("5", "seats")}
    assert [(move.key, move.tells) for move in more.moves] == [("adds", ()), ("tell", ("seats",))]
    lacking = TurnPlan("agent", "answer", "clarification", entity="Calder", tell={"availability": ("sold_out", None)})
    assert add_fact(lacking, ["price"], state) == lacking
    assert add_fact(plan, ["price"], state) == plan


def test_only_an_answer_about_what_is_talked_of_is_added_to() -> None:
    strategy = open_strategy("fresh_facts", {"rate": 1.0})
    asked = say("user", "ask", request={"range": "?"}, entity="Calder")
    advice = strategy.advise(StateView(material.build_state(turns=(asked,)), "agent"))  # type: ignore[attr-defined]
    assert advice is not None and advice.adds and "range" not in advice.adds
    stated = say("user", "inform", inform={"price": "40000"})
    assert strategy.advise(StateView(material.build_state(turns=(stated,)), "agent")) is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_more_is_told_and_nothing_twice_beside_an_answer(language: Language) -> None:
    with_more, plain = make([open_strategy("fresh_facts", {"rate": 1.0})], language), make([], language)
    knowledge = {made.agent_persona_id: KNOWLEDGE for made in plain}
    assert sum(count_facts(one, knowledge) for one in with_more) > sum(count_facts(one, knowledge) for one in plain)
    for made in with_more:
        told: set[tuple[str, str]] = set()
        for turn in made.turns:
            added = {"bridge:adds", "bridge:tell"} <= {*turn.moves}
            if "fresh_facts" in turn.by:
                assert added and turn.act == "answer" and any((turn.entity, slot) not in told for slot in turn.tell)
            told |= {(turn.entity, slot) for slot in turn.tell}
