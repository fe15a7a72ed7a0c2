from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.errors import BlueprintError
from streamdial.evaluation import measure_adherence
from streamdial.evaluation.metrics.adherence import list_places
from streamdial.records import Blueprint, FlowPath, Transition, Turn
from tests.blueprints.blueprint_material import PACK, make_blueprint, turn

STAGES = ("opening", "recommendation", "clarification", "closing")
BLUEPRINT = make_blueprint(
    STAGES,
    [STAGES],
    transitions=[
        Transition(source="opening", target="recommendation", count=3),
        Transition(source="opening", target="clarification", count=1),
        Transition(source="recommendation", target="clarification", count=4),
        Transition(source="clarification", target="closing", count=4, outcome="success"),
    ],
)


def talk(*stages: str) -> list[Turn]:
    """A dialogue whose agent goes through these stages; the user's turns say nothing about them."""
    turns = []
    for number, stage in enumerate(stages):
        turns += [turn(2 * number, "user", "ask", "opening"), turn(2 * number + 1, "agent", "answer", stage)]
    return turns


def test_a_dialogue_that_follows_the_path_covers_it_in_its_order() -> None:
    found = measure_adherence(talk("opening", "opening", "recommendation", "clarification", "closing"), BLUEPRINT)
    assert (found.coverage, found.order) == (1.0, 1.0)
    # By hand, half added to every count and four stages: 3.5/6, 4.5/6, 4.5/6.
    assert found.likelihood == pytest.approx((math.log(3.5 / 6) + 2 * math.log(4.5 / 6)) / 3)
    assert found.lift is not None and found.lift > 0.5


def test_departures_cost_coverage_and_order() -> None:
    found = measure_adherence(talk("opening", "clarification", "recommendation", "negotiation"), BLUEPRINT)
    assert found.coverage == 3 / 4
    assert found.order == 2 / 4  # opening, then one of the two in the middle
    backwards = measure_adherence(talk(*reversed(STAGES)), BLUEPRINT)
    assert backwards.order == 1 / 4
    assert backwards.lift is not None and backwards.lift < 0


def test_a_dialogue_of_one_stage_or_none_has_no_steps() -> None:
    one = measure_adherence(talk("opening", "opening"), BLUEPRINT)
    assert (one.coverage, one.order, one.likelihood, one.lift) == (1 / 4, 1 / 4, None, None)
    none = measure_adherence([], BLUEPRINT)
    assert (none.coverage, none.order, none.lift) == (0.0, 0.0, None)


def test_the_path_named_counts_else_the_one_followed_best() -> None:
    short = FlowPath(name="short", outcome="drop_out", stages=("opening", "closing"))
    both = BLUEPRINT.model_copy(update={"paths": (*BLUEPRINT.paths, short)})
    turns = talk("opening", "closing")
    assert measure_adherence(turns, both).order == 1.0
    assert measure_adherence(turns, both, path="path 0").order == 0.5


def test_a_given_plan_is_followed_by_what_its_stages_stand_for() -> None:
    """Two stages of one kind cannot be told apart by acts: walking through their kind is walking through both."""
    kinds = {"hello": "opening", "facts": "clarification", "compare": "clarification", "bye": "closing"}
    plan: Blueprint = make_blueprint(tuple(kinds), [tuple(kinds)])
    plan = plan.model_copy(
        update={"stages": tuple(stage.model_copy(update={"kind": kinds[stage.name]}) for stage in plan.stages)}
    )
    found = measure_adherence(talk("opening", "clarification", "closing"), plan)
    assert (found.coverage, found.order) == (1.0, 1.0)
    assert list_places(talk("facts", "negotiation", "bye"), plan) == ("clarification", "negotiation", "closing")


def test_a_path_the_blueprint_does_not_have_is_refused() -> None:
    with pytest.raises(BlueprintError, match="path 'path 9' is not in the blueprint; it has path 0"):
        measure_adherence(talk("opening"), BLUEPRINT, path="path 9")


@given(st.lists(st.sampled_from([*PACK.stages, ""]), max_size=12), st.integers(0, 99))
def test_measures_stay_in_their_range_and_depend_on_the_seed_alone(stages: list[str], seed: int) -> None:
    turns = talk(*stages)
    found = measure_adherence(turns, BLUEPRINT, seed=seed)
    assert 0 <= found.coverage <= 1 and 0 <= found.order <= 1
    assert found.likelihood is None or found.likelihood < 0
    assert found == measure_adherence(turns, BLUEPRINT, seed=seed)
