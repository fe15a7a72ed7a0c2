from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.blueprints import BehaviourPlan, BlueprintRunner
from streamdial.domains import load_pack, load_seeds
from streamdial.errors import BlueprintError
from streamdial.records import FlowPath, KeyNode, Scenario
from tests.blueprints.blueprint_material import PACK, induce, make_blueprint, turn


def test_a_runner_moves_forward_and_ends_with_the_agents_closing_turn() -> None:
    nodes = [
        KeyNode(signal="ask", meaning="m", stage="clarification"),
        KeyNode(signal="thank", meaning="m", stage="closing"),
    ]
    runner = BlueprintRunner(make_blueprint(nodes=nodes), "path 0", PACK)
    assert (runner.stage, runner.ended) == ("opening", False)
    assert runner.observe(turn(0, "user", "ask", "clarification")) == nodes[0]
    assert runner.stage == "clarification"
    runner.observe(turn(1, "agent", "greet", "opening"))
    assert runner.stage == "clarification"  # never back
    assert runner.observe(turn(2, "user", "thank", "closing")) == nodes[1]
    assert not runner.ended  # the user alone does not end it
    runner.observe(turn(3, "agent", "recommend", "recommendation"))
    assert runner.stage == "clarification"  # not on this path
    runner.observe(turn(4, "agent", "close", "closing"))
    assert runner.ended
    assert runner.fired == nodes


def test_a_stated_slot_fires_its_own_trigger() -> None:
    node = KeyNode(signal="slot:price", meaning="knows the budget", stage="clarification")
    runner = BlueprintRunner(make_blueprint(nodes=[node]), "path 0", PACK)
    assert runner.observe(turn(0, "user", "inform", "", inform={"seats": "5"})) is None
    assert runner.observe(turn(1, "user", "inform", "", inform={"price": "30000"})) == node


def test_a_path_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(BlueprintError, match="it has path 0"):
        BlueprintRunner(make_blueprint(), "path 9", PACK)


def test_the_closest_situation_comes_first() -> None:
    scenarios = [
        Scenario(situation=name, act="answer", strategy="s") for name in ("ask", "ask:range", "ask:price", "object")
    ]
    runner = BlueprintRunner(make_blueprint(scenarios=scenarios), "path 0", PACK)
    assert [s.situation for s in runner.find_scenarios("ask", ("price", "range"))] == ["ask:price", "ask"]
    assert [s.situation for s in runner.find_scenarios("ask")] == ["ask"]
    assert runner.includes("closing") and not runner.includes("negotiation")


INDUCED = induce(load_seeds(load_pack("automotive"), "en"))
ACTS = ["greet", "inform", "ask", "object", "accept", "book", "defer", "thank", "unheard of"]


@given(
    path=st.sampled_from(INDUCED.paths),
    steps=st.lists(
        st.tuples(st.booleans(), st.sampled_from(ACTS), st.sampled_from([*PACK.stages, "flying", ""])), max_size=30
    ),
)
def test_a_runner_never_moves_back_and_ends_when_the_agent_follows_the_path(
    path: FlowPath, steps: list[tuple[bool, str, str]]
) -> None:
    runner = BlueprintRunner(INDUCED, path.name, PACK)
    at = [path.stages.index(runner.stage)]
    for number, (by_user, act, stage) in enumerate(steps):
        runner.observe(turn(number, "user" if by_user else "agent", act, stage))
        at.append(path.stages.index(runner.stage))
        assert by_user is False or not runner.ended or at[-1] == at[-2]  # users end nothing
    for stage in path.stages:
        runner.observe(turn(99, "agent", "say", stage))
        at.append(path.stages.index(runner.stage))
    assert at == sorted(at)
    assert runner.ended


def test_a_runner_says_where_the_talk_is_and_what_comes_next() -> None:
    scenarios = [
        Scenario(situation="ask", act="answer", strategy="product_answer"),
        Scenario(situation="ask:price", act="negotiate", strategy="product_answer"),
        Scenario(situation="object", act="handle_objection", strategy="objection_handling"),
    ]
    plan = BehaviourPlan(planned=frozenset({"upselling", "inventory_check"}))
    runner = BlueprintRunner(make_blueprint(scenarios=scenarios), "path 0", PACK, plan)
    before = runner.advise()
    assert (before.place, before.next_place, before.scenarios, before.ended) == ("opening", "clarification", (), False)
    runner.observe(turn(0, "user", "ask", "clarification", request={"price": "?"}))
    advice = runner.advise()
    assert advice.acts == ("negotiate", "answer")
    assert advice.wanted == ("inventory_check", "upselling")
    runner.observe(turn(1, "agent", "check_stock", "clarification"))
    assert runner.advise().wanted == ("upselling",)
    assert not runner.wants("inventory_check") and runner.wants("upselling")
    runner.observe(turn(2, "agent", "close", "closing"))
    assert (runner.advise().next_place, runner.advise().ended) == ("", True)


def test_a_given_plans_own_stages_are_followed_by_what_they_stand_for() -> None:
    plan = make_blueprint(
        stages=("opening", "find out", "compare", "goodbye"), paths=[("opening", "find out", "compare", "goodbye")]
    )
    kinds = {"find out": "needs_mining", "compare": "clarification", "goodbye": "closing"}
    plan = plan.model_copy(
        update={"stages": tuple(s.model_copy(update={"kind": kinds.get(s.name, "")}) for s in plan.stages)}
    )
    runner = BlueprintRunner(plan, "path 0", PACK)
    runner.observe(turn(0, "agent", "answer", "clarification"))
    assert (runner.place, runner.stage) == ("compare", "clarification")
    assert runner.includes("needs_mining") and not runner.includes("negotiation")
    runner.observe(turn(1, "agent", "close", "closing"))
    assert runner.ended


def test_a_situation_fires_before_its_act() -> None:
    nodes = [
        KeyNode(signal="ask", meaning="m", stage="clarification"),
        KeyNode(signal="ask:price", meaning="m", stage="closing"),
    ]
    runner = BlueprintRunner(make_blueprint(nodes=nodes), "path 0", PACK)
    assert runner.observe(turn(0, "user", "ask", "", request={"price": "?"})) == nodes[1]
    assert runner.observe(turn(1, "user", "ask", "", request={"range": "?"})) == nodes[0]
