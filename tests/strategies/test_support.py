"""Who is let down is heard first: a label of support that was said, and none that was not."""

from __future__ import annotations

import pytest

from benchmarks.strategies_inside import measure_support
from streamdial.planning import Move, TurnPlan, find_directive
from streamdial.planning.obeying import add_moves
from streamdial.planning.talk_view import StateView, mark_turn
from streamdial.records import Language, Turn
from streamdial.strategies import open_strategy
from streamdial.strategies.support import NOTES, list_labels
from tests.dialogues import material
from tests.dialogues.material import say
from tests.strategies.test_contract import make

OFFER = say("agent", "recommend", entity="Model 7", tell={"price": "45900"})
DOUBT = say("user", "object", entity="Model 7", request={"price": "?"}, inform={"price": "40000"})


@pytest.mark.parametrize(
    ("turn", "letdown", "stated", "labels"),
    [
        (DOUBT, "", True, {"reflection", "affirmation", "self_disclosure", "restatement", "question"}),
        (DOUBT, "", False, {"reflection", "affirmation", "self_disclosure"}),
        (say("user", "negotiate"), "", True, set()),
        (say("user", "negotiate"), "dear", False, {"reflection", "affirmation", "self_disclosure"}),
        (say("user", "ask_offer", entity="Aster"), "gone", False, {"reflection", "suggestions"}),
        (say("user", "ask", request={"range": "?"}), "unanswered", False, {"reflection", "information"}),
        (say("user", "ask", request={"range": "?"}), "", False, set()),
        (say("user", "accept"), "dear", False, set()),
    ],
)
def test_labels_fit_what_the_customer_does(turn: Turn, letdown: str, stated: bool, labels: set[str]) -> None:
    assert set(list_labels(turn, letdown, stated=stated)) == labels


def test_a_label_stands_in_the_turn_where_it_was_said_and_only_there() -> None:
    state = material.build_state(turns=(OFFER, DOUBT))
    state.advisers = (open_strategy("support"),)  # type: ignore[assignment]
    directive = find_directive(state, "agent")
    assert directive is not None
    (move,) = directive.moves
    label = move.removeprefix("react.support.")
    said = say("agent", "handle_objection", moves=(f"react:{move}", "act:handle_objection"), realisation="phrase")
    assert mark_turn(said, directive, state).inner == {"support": label}
    unsaid = said.model_copy(update={"moves": ("act:handle_objection",)})
    assert not mark_turn(unsaid, directive, state).inner and not mark_turn(unsaid, directive, state).by
    told = unsaid.model_copy(update={"realisation": "model"})
    assert mark_turn(told, directive, state).inner == {"support": label}


def test_a_word_of_support_takes_the_place_of_a_reaction_that_says_less() -> None:
    state = material.build_state(turns=(OFFER, DOUBT))
    plain = TurnPlan("agent", "handle_objection", "negotiation", moves=(Move("react", "react.objection.over"),))
    (move,) = add_moves(plain, ["react.support.restatement"], state, {"price": "40000"}).moves
    assert (move.key, move.need) == ("react.support.restatement", ("price", "40000"))
    greeting = TurnPlan("agent", "close", "closing")
    assert add_moves(greeting, ["react.support.reflection"], state) == greeting


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_label_is_said_twice_while_others_fit(language: Language) -> None:
    strategy = open_strategy("support")
    first = say("agent", "handle_objection", moves=("react:react.support.reflection",), inner={"support": "reflection"})
    for seed in range(8):
        state = material.build_state(language, turns=(OFFER, DOUBT, first, DOUBT), seed=seed)
        advice = strategy.advise(StateView(state, "agent"))  # type: ignore[attr-defined]
        assert advice is not None and advice.moves != ("react.support.reflection",)
        assert advice.note in NOTES[language].values()


def test_the_share_of_complaints_that_are_taken_up_is_counted() -> None:
    (made,) = make([])[:1]
    answer = say("agent", "handle_objection", moves=("react:react.support.reflection", "act:handle_objection"))
    turns = (OFFER, DOUBT, answer, DOUBT, say("agent", "recommend"), say("user", "ask"), say("agent", "answer"))
    knowledge = {made.agent_persona_id: material.build_knowledge()}
    assert measure_support(made.model_copy(update={"turns": turns}), knowledge) == 0.5
    assert measure_support(made.model_copy(update={"turns": turns[-2:]}), knowledge) is None
