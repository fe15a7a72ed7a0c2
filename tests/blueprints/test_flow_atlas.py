from __future__ import annotations

from streamdial.blueprints import build_graph, enumerate_paths, list_steps
from streamdial.blueprints.graph import rank_paths
from streamdial.records import FlowPath, Transition
from tests.blueprints.blueprint_material import PACK, make_blueprint

STAGES = ("opening", "recommendation", "clarification", "closing")


def step(source: str, target: str, count: int = 1, **more: object) -> Transition:
    return Transition.model_validate({"source": source, "target": target, "count": count, **more})


TRANSITIONS = (
    step("opening", "recommendation", 3, trigger="inform"),
    step("opening", "recommendation", 1, trigger="ask_offer"),
    step("opening", "clarification", 1, trigger="ask"),
    step("recommendation", "clarification", 4, trigger="ask"),
    step("clarification", "recommendation", 1, trigger="object"),
    step("clarification", "closing", 3, trigger="thank", outcome="success"),
    step("recommendation", "closing", 1, trigger="defer", outcome="deferral"),
    step("clarification", "closing", 1, trigger="defer", outcome="deferral"),
)
BLUEPRINT = make_blueprint(STAGES, [("opening", "recommendation", "clarification", "closing")], transitions=TRANSITIONS)


def test_steps_are_those_of_the_paths_then_those_observed_beside_them_once() -> None:
    assert list_steps(BLUEPRINT) == (
        ("opening", "recommendation"),
        ("recommendation", "clarification"),
        ("clarification", "closing"),
        ("opening", "clarification"),
        ("clarification", "recommendation"),
        ("recommendation", "closing"),
    )


def test_the_graph_carries_how_often_a_step_was_seen_and_its_triggers() -> None:
    graph = build_graph(BLUEPRINT)
    assert graph.vs["name"] == list(STAGES)
    edge = graph.es[graph.get_eid(0, 1)]
    assert (edge["count"], edge["triggers"]) == (4, ("inform", "ask_offer"))
    assert graph.es[graph.get_eid(2, 3)]["triggers"] == ("thank", "defer")


def test_ways_are_enumerated_by_how_talks_ended_that_took_their_last_step() -> None:
    ways = enumerate_paths(BLUEPRINT, PACK)
    assert set(ways["success"]) == {
        ("opening", "recommendation", "clarification", "closing"),
        ("opening", "clarification", "closing"),
    }
    assert set(ways["deferral"]) == {
        ("opening", "recommendation", "clarification", "closing"),
        ("opening", "clarification", "closing"),
        ("opening", "recommendation", "closing"),
        ("opening", "clarification", "recommendation", "closing"),
    }
    assert ways["drop_out"] == ways["hand_over"] == ()


def test_a_way_that_a_path_names_has_that_paths_outcome() -> None:
    by_hand = BLUEPRINT.model_copy(
        update={"transitions": (), "paths": (FlowPath(name="p", outcome="hand_over", stages=("opening", "closing")),)}
    )
    assert enumerate_paths(by_hand, PACK)["hand_over"] == (("opening", "closing"),)


def test_ways_seen_whole_come_first_then_those_of_likely_steps() -> None:
    whole = {("deferral", ("opening", "clarification", "closing")): 1}
    ranked = rank_paths(TRANSITIONS, "opening", {"closing"}, whole)  # type: ignore[arg-type]
    assert ranked["deferral"][0] == ("opening", "clarification", "closing")
    # By hand, mean log probability: opening>recommendation 4/5, recommendation>clarification 4/4, the last step 1/1:
    # (ln .8 + 0 + 0) / 3 = -0.07; opening>clarification 1/5: (ln .2 + 0) / 2 = -0.80.
    assert ranked["success"] == [
        ("opening", "recommendation", "clarification", "closing"),
        ("opening", "clarification", "closing"),
    ]


def test_a_graph_of_many_stages_that_all_lead_to_each_other_is_enumerated_up_to_a_bound() -> None:
    names = [f"s{number}" for number in range(18)]
    steps = [step(a, b) for a in names for b in names if a != b]
    blueprint = make_blueprint([*names, "closing"], [(*names, "closing")], transitions=steps)
    last = [step(name, "closing", outcome="success") for name in names]
    ways = enumerate_paths(blueprint.model_copy(update={"transitions": (*steps, *last)}), PACK)
    assert 1 < len(ways["success"]) <= 10_001
