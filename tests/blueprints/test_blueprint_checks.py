from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.blueprints import check_blueprint, enumerate_paths, find_failed_checks, list_ends
from streamdial.blueprints.checks import USER_ACTS
from streamdial.errors import BlueprintError
from streamdial.planning import USER_STAGES
from streamdial.records import Blueprint, KeyNode, Scenario, Stage, Transition
from tests.blueprints.blueprint_material import PACK, make_blueprint


def test_a_sound_blueprint_passes() -> None:
    assert find_failed_checks(make_blueprint(), PACK) == []
    assert check_blueprint(make_blueprint(), PACK) == make_blueprint()


@pytest.mark.parametrize(
    ("blueprint", "sentence"),
    [
        (
            make_blueprint(stages=("opening", "clarification", "clarification", "closing")),
            "stage 'clarification' stands twice",
        ),
        (make_blueprint(stages=("opening",), paths=[("opening",)]), "no stage ends the talk"),
        (
            make_blueprint(paths=[("opening", "clarification", "closing"), ("clarification", "closing")]),
            "paths start at different stages: clarification, opening",
        ),
        (
            make_blueprint(paths=[("opening", "clarification", "flying", "closing")]),
            "path 'path 0' names the stage 'flying', which does not exist",
        ),
        (
            make_blueprint(paths=[("opening", "clarification", "closing"), ("opening", "clarification")]),
            "path 'path 1' ends at 'clarification', which is no end",
        ),
        (
            make_blueprint(paths=[("opening", "clarification", "clarification", "closing")]),
            "path 'path 0' stays at one stage twice",
        ),
        (
            make_blueprint(nodes=[KeyNode(signal="ask", meaning="m", stage="flying")]),
            "trigger 'ask' leads to 'flying', which does not exist",
        ),
        (
            make_blueprint(scenarios=[Scenario(situation="ask:price", act="", strategy="s")]),
            "scenario 'ask:price' names no act",
        ),
        (
            make_blueprint(nodes=[KeyNode(signal="fly:price", meaning="m", stage="clarification")]),
            "trigger 'fly:price' can never fire: 'fly' is no user act",
        ),
        (
            make_blueprint(nodes=[KeyNode(signal="slot:wings", meaning="m", stage="clarification")]),
            "trigger 'slot:wings' can never fire: 'wings' is no slot of the pack",
        ),
        (
            make_blueprint(scenarios=[Scenario(situation="ask", act="answer", strategy="flying")]),
            "scenario 'ask' follows 'flying', which is no strategy of the pack",
        ),
        (
            make_blueprint(transitions=[Transition(source="opening", target="flying")]),
            "the step from 'opening' to 'flying' names a stage that does not exist",
        ),
        (
            make_blueprint(scenarios=[Scenario(situation="object", act="negotiate", strategy="price_negotiation")]),
            "scenario 'object' cannot be reached: its strategy 'price_negotiation' belongs to the stage 'negotiation', "
            "which the blueprint does not have",
        ),
        (
            make_blueprint(stages=("opening", "clarification", "chat", "closing")),
            "stage 'chat' is none of the pack's, which are opening, needs_mining, recommendation, clarification, "
            "negotiation, appointment, closing",
        ),
        (
            make_blueprint(paths=[("opening", "closing", "clarification", "closing")]),
            "path 'path 0' goes on after 'closing', which is an end",
        ),
        (
            make_blueprint(
                stages=("opening", "clarification", "recommendation", "closing"),
                paths=[("opening", "closing")],
                transitions=[
                    Transition(source="opening", target="clarification"),
                    Transition(source="clarification", target="recommendation"),
                    Transition(source="recommendation", target="clarification"),
                ],
            ),
            "the stages 'clarification', 'recommendation' form a loop without a way out",
        ),
        (make_blueprint(paths=[("opening", "closing")]), "stage 'clarification' cannot be reached"),
        (make_blueprint(paths=[("opening", "closing")]), "stage 'clarification' leads to no end"),
    ],
)
def test_each_check_fails_when_it_should_and_says_what(blueprint: Blueprint, sentence: str) -> None:
    assert sentence in find_failed_checks(blueprint, PACK)
    with pytest.raises(BlueprintError, match="'by hand' does not pass"):
        check_blueprint(blueprint, PACK)


def test_a_stage_of_a_given_plan_may_have_any_name_that_stands_for_one_of_the_packs() -> None:
    plan = make_blueprint(
        stages=("opening", "clarification", "goodbye"), paths=[("opening", "clarification", "goodbye")]
    )
    named = plan.model_copy(
        update={"stages": (*plan.stages[:2], plan.stages[2].model_copy(update={"kind": "closing"}))}
    )
    assert find_failed_checks(plan, PACK) != []
    assert find_failed_checks(named, PACK) == []
    assert list_ends(named, PACK) == ("goodbye",)


STAGES = [*PACK.stages, "flying"]


@st.composite
def any_blueprint(draw: st.DrawFn) -> Blueprint:
    stages = draw(st.lists(st.sampled_from(STAGES), min_size=1, max_size=6))
    pick = st.sampled_from(STAGES)
    paths = draw(st.lists(st.lists(pick, min_size=1, max_size=5), min_size=1, max_size=3))
    nodes = [KeyNode(signal="ask", meaning="m", stage=stage) for stage in draw(st.lists(pick, max_size=2))]
    steps = [Transition(source=a, target=b) for a, b in draw(st.lists(st.tuples(pick, pick), max_size=4))]
    return make_blueprint(stages, paths, nodes, transitions=steps)


@given(any_blueprint())
def test_any_blueprint_passes_or_is_refused_with_the_failing_check_named(blueprint: Blueprint) -> None:
    failed = find_failed_checks(blueprint, PACK)
    if failed:
        with pytest.raises(BlueprintError) as refused:
            check_blueprint(blueprint, PACK)
        assert all(sentence in str(refused.value) for sentence in failed)
        return
    # What passes can be followed: every stage is on the way from the opening to an end.
    names = {stage.name for stage in blueprint.stages}
    ends = list_ends(blueprint, PACK)
    assert ends
    for ways in enumerate_paths(blueprint, PACK).values():
        for stages in ways:
            assert set(stages) <= names
            assert stages[-1] in ends and not set(stages[:-1]) & set(ends)


def test_a_stage_that_stands_for_nothing_is_named() -> None:
    odd = Stage(name="x", title="x", goal="", key_result="", kind="flying")
    plan = make_blueprint()
    assert any(
        "stage 'x' is none of the pack's" in s
        for s in find_failed_checks(plan.model_copy(update={"stages": (*plan.stages, odd)}), PACK)
    )


def test_acts_a_trigger_can_fire_on_are_those_a_user_has() -> None:
    assert {*USER_ACTS, "silence"} == set(USER_STAGES)
