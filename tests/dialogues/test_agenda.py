from __future__ import annotations

import pytest
from material import TEXTS, build_state, build_user, say

from streamdial.dialogues import DialogueState, TurnPlan
from streamdial.dialogues.agenda import Agenda
from streamdial.records import Constraint, Inquiry, Observed

BOOKING = [Constraint(slot="visit_date", value="Friday", evidence=("b1",))]


def make_agenda(state: DialogueState, *, max_inquiries: int = 5) -> Agenda:
    return Agenda(state.user, BOOKING, max_inquiries=max_inquiries)


def answer(act: str, outcome: str = "success", *, seed: int = 1, **more: object) -> TurnPlan | None:
    """What the user of the material does after one act of the agent."""
    state = build_state(outcome=outcome, seed=seed, turns=(say("agent", act, **more),))
    return make_agenda(state).plan(state)


def test_a_talk_is_opened_with_a_greeting_a_wish_or_a_question_that_names_its_thing() -> None:
    acts = set()
    for seed in range(40):
        state = build_state(seed=seed)
        plan = make_agenda(state).plan(state)
        assert plan is not None
        acts.add(plan.act)
        assert plan.act != "ask" or plan.entity
    assert acts == {"greet", "inform", "ask"}


def test_a_wish_that_was_asked_for_is_told_as_it_was_observed() -> None:
    plan = answer("request", request={"price": "?"})
    assert plan is not None
    assert plan.act == "inform"
    assert plan.inform["price"] == ("40000", None)
    assert plan.evidence[0] == "q0"


def test_what_was_never_observed_is_not_invented() -> None:
    plan = answer("request", request={"seats": "?"})
    assert plan is not None
    assert (plan.act, plan.inform) == ("no_preference", {"seats": ("dontcare", None)})


def test_each_wish_is_told_once() -> None:
    state = build_state(turns=(say("agent", "request", request={"price": "?"}),))
    agenda = make_agenda(state)
    first = agenda.plan(state)
    second = agenda.plan(state)
    assert first is not None and second is not None
    assert (first.act, second.act) == ("inform", "no_preference")


@pytest.mark.parametrize(("act", "expected"), [("confirm", "thank"), ("hand_over", "thank"), ("close", None)])
def test_the_end_of_a_talk_is_answered_politely(act: str, expected: str | None) -> None:
    plan = answer(act)
    assert (plan.act if plan else None) == expected


def test_after_a_recommendation_the_own_questions_come() -> None:
    plan = answer("recommend", entity="Aster")
    assert plan is not None
    assert (plan.act, plan.entity, plan.request) == ("ask", "Aster", ("range",))
    assert (plan.evidence, plan.own_words) == (("q2",), TEXTS["en"]["ask"][0])


def test_a_question_is_about_what_the_talk_is_about() -> None:
    plan = answer("recommend", entity="Calder")
    assert plan is not None
    assert plan.entity == "Calder"


def test_what_was_told_already_is_not_asked() -> None:
    plan = answer("recommend", entity="Aster", tell={"range": "480"})
    assert plan is not None
    assert plan.request == ("warranty",)


def test_questions_run_in_order_and_end_at_their_limit() -> None:
    state = build_state(turns=(say("agent", "recommend", entity="Aster"),))
    agenda = make_agenda(state, max_inquiries=3)
    plans = [agenda.plan(state) for _ in range(4)]
    assert [plan.act if plan else None for plan in plans] == ["ask", "ask", "compare", "accept"]
    assert plans[2] is not None
    assert (plans[2].entity, plans[2].other) == ("Aster", "Calder")


def test_a_comparison_without_names_takes_another_thing_of_k() -> None:
    user = build_user(primary_inquiries=(Inquiry(text="which?", act="compare", evidence=("q",)),))
    state = build_state(user=user, turns=(say("agent", "recommend", entity="Aster"),))
    plan = make_agenda(state).plan(state)
    assert plan is not None
    assert (plan.entity, plan.other) == ("Aster", "Calder")


@pytest.mark.parametrize(
    ("outcome", "act"), [("success", "accept"), ("deferral", "defer"), ("drop_out", "thank"), ("hand_over", "ask")]
)
def test_the_path_decides_how_the_user_comes_to_an_end(outcome: str, act: str) -> None:
    user = build_user(primary_inquiries=(), constraints=())
    state = build_state(outcome=outcome, user=user, turns=(say("agent", "recommend", entity="Aster"),))
    plan = make_agenda(state).plan(state)
    assert plan is not None
    assert plan.act == act
    if act == "ask":  # something K does not know: only a colleague can answer it
        assert state.knowledge.get("Aster", plan.request[0]) is None


def test_a_proposal_is_booked_with_the_own_day_else_with_one_that_others_asked_for() -> None:
    own = (Constraint(slot="visit_time", value="3 pm", evidence=("q9",)),)
    state = build_state(user=build_user(constraints=own), turns=(say("agent", "propose", request={"visit_date": "?"}),))
    plan = make_agenda(state).plan(state)
    assert plan is not None
    assert (plan.act, plan.evidence) == ("book", ("b1", "q9"))
    assert plan.inform == {"visit_date": ("Friday", None), "visit_time": ("3 pm", None)}


def test_a_proposal_on_another_path_is_put_off_and_so_is_one_nobody_has_a_day_for() -> None:
    off = answer("propose", "deferral", request={"visit_date": "?"})
    assert off is not None and off.act == "defer"
    state = build_state(turns=(say("agent", "propose", request={"visit_date": "?"}),))
    plan = Agenda(state.user, [], max_inquiries=3).plan(state)
    assert plan is not None and plan.act == "defer"


def test_own_words_are_reused_only_where_they_say_just_the_same() -> None:
    words = Observed(text="under 40 grand please", evidence=("q0",))
    user = build_user(basic_information=(words,), constraints=build_user().constraints[:1])
    state = build_state(user=user, turns=(say("agent", "request", request={"price": "?"}),))
    plan = make_agenda(state).plan(state)
    assert plan is not None
    assert plan.own_words == "under 40 grand please"
    both = build_user(
        basic_information=(words,),
        constraints=(*user.constraints, Constraint(slot="seats", value="5", evidence=("q0",))),
    )
    state = build_state(user=both, seed=3, turns=(say("agent", "request", request={"price": "?"}),))
    plan = make_agenda(state).plan(state)
    assert plan is not None
    assert set(plan.inform) == {"price", "seats"} or plan.own_words == ""
