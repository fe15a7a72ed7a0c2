"""Each told fact has its reason, from what the user said and nothing else; the words stay as they are."""

from __future__ import annotations

import pytest

from benchmarks.strategies_inside import compare_reasons
from streamdial.planning.talk_view import mark_turn
from streamdial.records import Language, Turn
from streamdial.strategies import open_strategy
from streamdial.strategies.rationale import SENTENCES, find_reasons
from tests.dialogues import material
from tests.dialogues.material import say
from tests.strategies.test_contract import make, make_with_tools

ASKED = say("user", "ask", request={"range": "?"}, entity="Calder")
TOLD = say("agent", "answer", entity="Calder", tell={"range": "640"})


@pytest.mark.parametrize(
    ("before", "turn", "informed", "reasons"),
    [
        ((ASKED,), TOLD, {}, {"range": "asked"}),
        ((say("user", "object", request={"range": "?"}),), TOLD, {}, {"range": "doubted"}),
        ((), say("agent", "recommend", entity="Calder", tell={"price": "37200"}), {"price": "40000"}, {"price": "met"}),
        ((), say("agent", "recommend", entity="A", tell={"price": "45900"}), {"price": "40000"}, {"price": "missed"}),
        ((), say("agent", "recommend", entity="A", tell={"price": "45900"}), {}, {"price": "offered"}),
        ((), say("agent", "compare", entity="A", other="B", tell={"range": "480"}), {}, {"range": "compared"}),
        ((), say("agent", "answer", entity="A", tell={"warranty": "eight years"}), {}, {"warranty": "added"}),
        ((), say("agent", "confirm", tell={"date": "Sunday"}), {}, {}),
        ((), say("user", "inform", inform={"price": "40000"}), {}, {}),
    ],
)
def test_a_fact_is_told_for_one_reason(
    before: tuple[Turn, ...], turn: Turn, informed: dict[str, str], reasons: dict[str, str]
) -> None:
    assert find_reasons(turn, before, informed, material.PACK) == reasons


def test_reasons_stand_in_the_turn_in_words_and_by_name() -> None:
    state = material.build_state(turns=(ASKED,))
    state.advisers = (open_strategy("rationale"),)  # type: ignore[assignment]
    marked = mark_turn(TOLD, None, state)
    assert marked.by == ("rationale",)
    assert marked.inner == {"rationale": "range: they asked for it.", "rationale_of": "range=asked"}
    assert mark_turn(say("agent", "greet"), None, state) == say("agent", "greet")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_that_is_said_changes(language: Language) -> None:
    strategy = open_strategy("rationale")
    reasoned, plain = make([strategy], language), make([], language)
    for made, before in zip(reasoned, plain, strict=True):
        assert [turn.utterance for turn in made.turns] == [turn.utterance for turn in before.turns]
        for turn in made.turns:
            assert ("rationale" in turn.inner) == ("rationale" in turn.by)
            assert turn.role == "agent" or not turn.inner
    texts = [turn.inner["rationale"] for made in reasoned for turn in made.turns if turn.inner]
    assert texts and not any("{" in text for text in texts)
    assert SENTENCES["en"].keys() == SENTENCES["zh"].keys()
    knowledge = {made.agent_persona_id: material.build_knowledge(language) for made in reasoned}
    pairs = compare_reasons(reasoned, knowledge)
    assert pairs and sum(on for on, _ in pairs) > sum(off for _, off in pairs)


def test_turns_with_tools_are_explained_too() -> None:
    made = make_with_tools([open_strategy("rationale")])
    inner = [turn.inner["rationale_of"] for one in made for turn in one.turns if "rationale" in turn.by]
    assert any("=asked" in named for named in inner) and any("=met" in named for named in inner)
