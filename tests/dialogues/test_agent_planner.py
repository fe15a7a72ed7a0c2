from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material import PACK, build_knowledge, build_state, build_user, say

from streamdial.dialogues import TurnPlan
from streamdial.dialogues.agenda import USER_STAGES
from streamdial.dialogues.agent_planner import AgentPlanner
from streamdial.personas import Knowledge
from streamdial.records import Constraint, Inquiry, Turn


def reply(*turns: Turn, outcome: str = "success", seed: int = 1, requests: int = 0, **more: object) -> TurnPlan:
    state = build_state(outcome=outcome, seed=seed, turns=turns, **more)  # type: ignore[arg-type]
    return AgentPlanner(max_requests=requests).plan(state)


@pytest.mark.parametrize(
    ("turn", "act"),
    [
        (say("user", "inform", inform={"price": "40000"}), "recommend"),
        (say("user", "no_preference", inform={"seats": "dontcare"}), "recommend"),
        (say("user", "ask_offer", inform={"body_type": "suv"}), "recommend"),
        (say("user", "ask", entity="Aster", request={"range": "?"}), "answer"),
        (say("user", "ask", entity="Aster", request={"colour": "?"}), "no_answer"),
        (say("user", "compare", entity="Aster", other="Calder"), "compare"),
        (say("user", "object", entity="Aster", request={"price": "?"}), "handle_objection"),
        (say("user", "negotiate", entity="Aster"), "negotiate"),
        (say("user", "accept", entity="Aster"), "propose"),
        (say("user", "book", inform={"visit_date": "Friday"}), "confirm"),
        (say("user", "defer"), "close"),
        (say("user", "thank"), "close"),
    ],
)
def test_each_act_of_the_user_leads_to_its_act_of_the_agent(turn: Turn, act: str) -> None:
    acts = {reply(turn, seed=seed).act for seed in range(8)}
    # An objection may be met by something better instead.
    assert acts <= {act, "upsell"} if act == "handle_objection" else acts == {act}


def test_a_greeting_is_returned_or_answered_with_a_question() -> None:
    assert {reply(say("user", "greet"), seed=seed).act for seed in range(20)} == {"greet", "request"}
    assert reply().act == "greet"


def test_the_agent_asks_for_wishes_before_it_recommends_and_never_twice() -> None:
    first = reply(say("user", "inform", inform={"energy": "electric"}), requests=2)
    assert (first.act, first.request) == ("request", ("price",))  # the wish this customer has
    turns = (
        say("user", "inform", inform={"energy": "electric"}),
        say("agent", "request", request={"price": "?"}),
        say("user", "inform", inform={"price": "40000"}),
    )
    assert reply(*turns, requests=2).act == "recommend"  # nothing is left that this customer cares about


def test_an_answer_tells_what_k_says_and_rests_on_its_row() -> None:
    plan = reply(say("user", "ask", entity="Aster", request={"range": "?"}))
    assert plan.tell == {"range": ("480", "km")}
    assert "k-Aster-range" in plan.evidence
    assert (plan.stage, plan.strategy) == ("clarification", "product_answer")


def test_what_holds_for_everything_is_told_of_each_thing() -> None:
    plan = reply(say("user", "ask", entity="Calder", request={"warranty": "?"}))
    assert plan.tell == {"warranty": ("eight years on the battery", None)}


def test_a_question_without_a_name_is_about_the_last_thing() -> None:
    told = say("agent", "recommend", entity="Calder")
    assert reply(told, say("user", "ask", request={"range": "?"})).tell == {"range": ("640", "km")}


def test_what_k_does_not_know_is_handed_over_on_that_path_alone() -> None:
    ask = say("user", "ask", entity="Aster", request={"colour": "?"})
    assert reply(ask, outcome="hand_over").act == "hand_over"
    plan = reply(ask)
    assert (plan.act, plan.request, plan.tell) == ("no_answer", ("colour",), {})


def test_a_recommendation_meets_all_wishes_and_prefers_the_dearest_that_does() -> None:
    plan = reply(say("user", "inform", inform={"price": "40000"}), user=build_user(primary_inquiries=()))
    assert (plan.act, plan.entity) == ("recommend", "Calder")
    assert plan.tell["price"] == ("37200", "USD")


def test_a_thing_the_user_named_is_recommended_if_it_fits() -> None:
    assert reply(say("user", "inform", inform={"price": "40000"})).entity == "Aster"
    seven = build_user(primary_inquiries=(Inquiry(text="the Model 7?", entities=("Model 7",), evidence=("q",)),))
    assert reply(say("user", "inform", inform={"price": "40000"}), user=seven).entity == "Calder"


def test_where_nothing_fits_the_nearest_is_named_with_the_wish_it_breaks() -> None:
    turn = say("user", "inform", inform={"price": "30000", "seats": "7"})
    plan = reply(turn, user=build_user(primary_inquiries=()))
    assert plan.act == "recover"
    # The Aster breaks the seats by 2/7, the Model 7 the price by 15900/30000; one wish each, so the Aster is nearer.
    assert plan.entity == "Aster"
    assert next(iter(plan.tell.items())) == ("seats", ("5", "seats"))


def test_wishes_without_preference_bind_nobody() -> None:
    turns = (
        say("user", "inform", inform={"price": "40000"}),
        say("user", "no_preference", inform={"seats": "dontcare"}),
    )
    assert reply(*turns).act == "recommend"


def test_a_comparison_states_the_same_figures_of_both() -> None:
    plan = reply(say("user", "compare", entity="Aster", other="Calder", request={"range": "?"}))
    assert plan.other == "Calder"
    assert plan.tell["range"] == ("480", "km")
    assert plan.tell_other["range"] == ("640", "km")
    assert set(plan.tell) == set(plan.tell_other)


def test_an_objection_is_met_with_what_was_not_told_yet() -> None:
    plans = [reply(say("user", "object", entity="Aster", request={"price": "?"}), seed=seed) for seed in range(12)]
    met = [plan for plan in plans if plan.act == "handle_objection"]
    assert met
    assert all(len(plan.tell) == 1 and "price" not in plan.tell for plan in met)


def test_an_upsell_is_better_in_what_the_user_worries_about() -> None:
    plans = [reply(say("user", "object", entity="Aster", request={"range": "?"}), seed=seed) for seed in range(12)]
    upsold = [plan for plan in plans if plan.act == "upsell"]
    assert upsold
    assert all((plan.entity, plan.tell["range"]) == ("Calder", ("640", "km")) for plan in upsold)


def test_an_objection_or_a_haggle_about_something_unknown_promises_nothing() -> None:
    empty = Knowledge([row for row in build_knowledge().rows if row.entity == "Aster"], PACK)
    for act in ("object", "negotiate"):
        plan = reply(say("user", act, entity="Zephyr"), knowledge=empty)
        assert (plan.act, plan.tell) == ("no_answer", {})
        assert plan.request


def test_a_haggle_is_met_with_an_offer_not_made_before() -> None:
    plan = reply(say("user", "negotiate", entity="Aster"))
    assert plan.tell == {"warranty": ("eight years on the battery", None)}
    told = say("agent", "answer", entity="Aster", tell={"warranty": "eight years on the battery"})
    assert reply(told, say("user", "negotiate")).tell == {"range": ("480", "km")}


def test_a_booking_is_confirmed_with_its_own_words() -> None:
    turn = say("user", "book", inform={"visit_date": "Friday", "visit_time": "3 pm"})
    assert reply(turn).tell == {"visit_date": ("Friday", None), "visit_time": ("3 pm", None)}


def test_without_knowledge_a_colleague_has_to_help() -> None:
    plan = reply(say("user", "inform", inform={"price": "40000"}), knowledge=Knowledge((), PACK))
    assert plan.act == "hand_over"


SLOTS = st.sampled_from([name for name, slot in PACK.slots.items() if slot.type != "entity"])
NAMES = st.sampled_from(["Aster", "Calder", "Model 7", "Zephyr", ""])
WISHES = st.dictionaries(
    st.sampled_from(["price", "seats", "range"]), st.integers(1, 60_000).map(str), max_size=3
) | st.fixed_dictionaries({"body_type": st.sampled_from(["suv", "sedan", "dontcare"])})


@settings(max_examples=150, deadline=None)
@given(
    act=st.sampled_from(list(USER_STAGES)),
    entity=NAMES,
    other=NAMES,
    slots=st.lists(SLOTS, max_size=3, unique=True),
    inform=WISHES,
    outcome=st.sampled_from(["success", "deferral", "drop_out", "hand_over"]),
    seed=st.integers(0, 50),
)
def test_no_fact_ever_comes_from_outside_k(
    act: str, entity: str, other: str, slots: list[str], inform: dict[str, str], outcome: str, seed: int
) -> None:
    knowledge = build_knowledge()
    turn = say("user", act, entity=entity, other=other, request=dict.fromkeys(slots, "?"), inform=inform)
    plan = reply(
        turn,
        outcome=outcome,
        seed=seed,
        requests=1,
        user=build_user(constraints=(Constraint(slot="seats", value="5", evidence=("q",)),)),
    )
    if plan.act in ("confirm", "hold"):
        assert {slot: value for slot, (value, _) in plan.tell.items()} == inform
        return
    for name, told in ((plan.entity, plan.tell), (plan.other, plan.tell_other)):
        for slot, (value, unit) in told.items():
            row = knowledge.get(name, slot)
            assert row is not None
            assert (row.value, row.unit) == (value, unit)
    assert plan.stage in PACK.stages
    # An act that is all about facts always has one.
    assert plan.tell or plan.act not in (
        "answer",
        "recommend",
        "compare",
        "handle_objection",
        "negotiate",
        "recover",
        "upsell",
        "check_stock",
        "explain_conflict",
    )
