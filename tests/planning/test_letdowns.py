"""A letdown is taken as one before the customer goes on."""

from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.personas import Knowledge
from streamdial.planning import DialogueState, MinedAnswer, MinedAnswers, Storyline, UserPlanner
from streamdial.planning.letdowns import find_letdown, is_lacking
from streamdial.records import Constraint, Inquiry, KnowledgeRow, UserPersona
from tests.dialogues.material import build_state, build_user, say, share

RESTAURANT = load_pack("restaurant")
BARE = build_user(constraints=(), primary_inquiries=())


def hear(value: str = "not_available", *, user: UserPersona = BARE, asked: str = "private_room") -> DialogueState:
    """The dialogue once a user has asked for a private room and heard about it."""
    state = build_state(
        user=user,
        turns=(
            say("agent", "recommend", entity="Calder"),
            say("user", "ask", entity="Calder", request={asked: "?"}),
            say("agent", "answer", entity="Calder", tell={"private_room": value}),
        ),
    )
    row = KnowledgeRow(id="k", entity="Calder", slot="private_room", value=value, text=value, **share("en"))
    state.pack, state.knowledge = RESTAURANT, Knowledge((row,), RESTAURANT)
    state.storyline = Storyline("success", booking={"visit_date": "Friday"})
    return state


def test_that_a_thing_is_without_what_was_asked_for_is_a_letdown() -> None:
    assert is_lacking(RESTAURANT, "private_room", "not_available")
    assert not is_lacking(RESTAURANT, "spice", "none")  # a kind of dish, and nothing missing
    assert find_letdown(hear()) == "lacks"
    assert find_letdown(hear("available")) is None
    assert find_letdown(hear(asked="price")) is None


def test_what_a_wish_judges_is_no_letdown_beside_the_verdict() -> None:
    for value in ("available", "not_available"):
        wish = Constraint(slot="private_room", value=value, evidence=("w",))
        assert find_letdown(hear(user=build_user(constraints=(wish,), primary_inquiries=()))) is None


def test_nobody_accepts_behind_a_letdown_without_a_word_about_it() -> None:
    state = hear()
    for seed in range(20):
        state.storyline = Storyline("success", seed=str(seed))
        plan = UserPlanner(state.user, state.storyline).plan(state)
        assert plan is not None and plan.act == "accept"
        assert plan.moves[0].key == "react.lacks"


@pytest.mark.parametrize(
    ("question", "answer", "letdown"),
    [
        ("can we sit outside?", "No, the terrace is closed this year.", "lacks"),
        ("do you use msg?", "We do not use msg, the broth cooks half a day.", None),
        ("is there a lift?", "There is no lift, but a ramp leads in.", "lacks"),
        ("is there a dress code", "There is no dress code, come in what you wore to work.", None),
        ("can we walk in?", "At lunch you can walk in.", None),
        ("how is it on hills?", "Honestly it gets slow uphill with two people.", "drawback"),
        ("is it loud?", "It is never loud, we checked.", None),
        ("可以带狗吗", "不好意思，店里不能带宠物。", "lacks"),
        ("爬坡怎么样", "两个人骑的话爬坡会慢一点，确实有点慢。", "drawback"),
    ],
)
def test_the_accounts_own_words_let_down_by_a_no_to_a_request_or_by_a_drawback(
    question: str, answer: str, letdown: str | None
) -> None:
    asks = Inquiry(text=question, evidence=("q1",))
    state = build_state(
        user=build_user(constraints=(), primary_inquiries=(asks,)),
        turns=(
            say("user", "ask", entity="Calder", evidence=("q1",)),
            say("agent", "answer", entity="Calder", evidence=("r1", "p1")),
        ),
    )
    state.answers = MinedAnswers({"q1": MinedAnswer(answer, (), (), ("r1", "p1"))})
    assert find_letdown(state) == letdown
    state.turns[-1] = say("agent", "answer", entity="Calder", evidence=("other",))
    assert find_letdown(state) is None  # it was answered by something else
