from __future__ import annotations

import pytest

from streamdial.blueprints import find_failed_checks, induce_blueprint, name_situation
from streamdial.counts import Counts
from streamdial.domains import list_domains, load_pack, load_seeds
from streamdial.records import AgentResponse, QAPair, Transition, UserQuestion
from tests.blueprints.blueprint_material import (
    COMMON,
    PACK,
    PERSONA,
    QUESTIONS,
    RESPONSES,
    SEED,
    induce,
    make_seed,
    observe,
    pair,
    turn,
)


def test_paths_are_the_stages_seeds_went_through() -> None:
    paths = {path.outcome: path for path in induce().paths}
    # The seed begins in the middle; every talk starts at the pack's first stage all the same.
    assert paths["success"].stages == ("opening", "clarification", "appointment", "closing")
    assert paths["success"].name == "Success"
    # No seed ended so; the pack's usual way stands in.
    assert paths["hand_over"].stages == ("opening", "clarification", "closing")
    assert set(paths) == {"success", "deferral", "drop_out", "hand_over"}


def test_the_most_frequent_paths_of_an_outcome_come_first_and_two_are_kept() -> None:
    short = make_seed("b", "success", turn(0, "agent", "close", "closing"))
    other = make_seed(
        "c",
        "success",
        turn(0, "agent", "greet", "opening"),
        turn(1, "agent", "recommend", "recommendation"),
        turn(2, "agent", "close", "closing"),
    )
    paths = [path for path in induce([SEED, short, short, other, other, other]).paths if path.outcome == "success"]
    assert [(path.name, path.stages) for path in paths] == [
        ("Success", ("opening", "recommendation", "closing")),
        ("Success 2", ("opening", "closing")),
    ]


def test_triggers_are_counted_from_what_followed() -> None:
    nodes = {node.signal: node for node in induce([SEED]).nodes}
    assert nodes["ask"].stage == "clarification"
    assert nodes["ask"].meaning == "the thing itself is being weighed up (2/2)"
    assert nodes["ask"].value.startswith("medium")
    assert nodes["ask"].evidence == ("seed-1#1", "s-r1")
    assert nodes["thank"].stage == "closing"


def test_scenarios_pair_a_real_situation_with_the_strategy_and_its_wording() -> None:
    scenarios = {scenario.situation: scenario for scenario in induce().scenarios}
    asked = scenarios["ask:price"]
    assert (asked.act, asked.strategy, asked.wording, asked.selling_point) == (
        "answer",
        "product_answer",
        "It is $38,900.",
        "price",
    )
    assert asked.evidence == ("q1-r1", "s-r1")
    assert scenarios["object:range"].act == "handle_objection"
    assert scenarios["accept"].evidence == ("seed-1#3",)  # no pair knows it: the seed does


def test_the_better_pair_gives_the_wording() -> None:
    strategies = [observe("r1", "product_answer"), observe("r2", "product_answer")]
    found = induce(strategies=strategies, pairs=[pair("q1", "r2", 0.5), pair("q1", "r1", 0.9)]).scenarios
    assert next(s for s in found if s.situation == "ask:price").wording == "It is $38,900."


def test_a_response_of_no_known_strategy_makes_no_scenario() -> None:
    found = induce(strategies=[observe("r1", "other")], pairs=[pair("q1", "r1", 0.9)], seeds=())
    assert found.scenarios == ()


def test_the_same_material_gives_the_same_blueprint_and_other_material_another() -> None:
    assert induce().id == induce().id
    assert induce(pairs=()).id != induce().id


@pytest.mark.parametrize("domain", list_domains())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_blueprints_of_all_packages_seeds_pass_their_checks(domain: str, language: str) -> None:
    persona = PERSONA.model_copy(update={"domain": domain, "language": language})
    seeds = load_seeds(load_pack(domain), language)  # type: ignore[arg-type]
    blueprint = induce_blueprint(
        persona, load_pack(domain), strategies=(), questions={}, responses={}, pairs=(), seeds=seeds
    )
    assert find_failed_checks(blueprint, load_pack(domain)) == []
    assert {path.outcome for path in blueprint.paths} == {"success", "deferral", "drop_out", "hand_over"}


@pytest.mark.parametrize(
    ("act", "slots", "name"),
    [("ask", ("price", "range"), "ask:price"), ("ask", (), "ask"), ("object", ("range",), "object:range")],
)
def test_a_situation_is_an_act_with_its_first_slot(act: str, slots: tuple[str, ...], name: str) -> None:
    assert name_situation(act, slots) == name


def test_steps_are_counted_with_what_brought_them_about_and_how_the_talk_ended() -> None:
    steps = induce([SEED, SEED], strategies=(), pairs=()).transitions
    assert steps == (
        Transition(source="opening", target="clarification", trigger="ask", count=2, evidence=("seed-1#1",)),
        Transition(source="clarification", target="appointment", trigger="accept", count=2, evidence=("seed-1#3",)),
        Transition(
            source="appointment", target="closing", trigger="thank", outcome="success", count=2, evidence=("seed-1#5",)
        ),
    )


def answer(name: str, start: float) -> AgentResponse:
    return AgentResponse(id=name, text=name, raw_text=name, start=start, end=start + 5, **COMMON)


def ask(name: str, asker: str, act: str = "ask") -> UserQuestion:
    return UserQuestion(id=name, text=name, raw_text=name, act=act, asker=asker, **COMMON)


def test_a_stream_alone_gives_the_steps_its_viewers_were_led_through() -> None:
    """One viewer asks, doubts and books; nobody's end is seen, so the last steps are the usual ones."""
    questions = {"a": ask("a", "kim"), "b": ask("b", "kim", "object"), "c": ask("c", "lee")}
    responses = {name: answer(name, start) for name, start in (("r1", 0.0), ("r2", 100.0), ("r3", 200.0))}
    strategies = [
        observe("r1", "recommendation", "recommendation"),
        observe("r2", "objection_handling", "negotiation"),
        observe("r3", "product_answer"),
    ]
    pairs = [pair("b", "r2", 0.8), pair("a", "r1", 0.9), pair("c", "r3", 0.9)]
    found = induce_blueprint(
        PERSONA, PACK, strategies=strategies, questions=questions, responses=responses, pairs=pairs, seeds=()
    )
    # The host's own lines are 95 s apart: they are no talk.
    assert [(step.source, step.target, step.trigger) for step in found.transitions] == [
        ("recommendation", "negotiation", "object")
    ]
    assert found.transitions[0].evidence == ("s-r2",)
    assert find_failed_checks(found, PACK) == []
    assert not any(path.evidence for path in found.paths)


@pytest.mark.parametrize(("parent", "steps"), [("m-r2", [("recommendation", "negotiation", "object")]), ("m-a", [])])
def test_replies_without_a_clock_stand_in_the_order_of_their_thread_or_alone(
    parent: str, steps: list[tuple[str, str, str]]
) -> None:
    """Ids say nothing of order: r9 came first. Two replies to the same comment have no order at all."""

    def write(name: str, above: str) -> dict[str, object]:
        where = COMMON["provenance"].model_copy(update={"derived_from": (f"m-{name}", *([above] if above else []))})
        return {"provenance": where}

    questions = {
        "a": ask("a", "kim").model_copy(update=write("a", "")),
        "b": ask("b", "kim", "object").model_copy(update=write("b", parent.replace("r2", "r9"))),
    }
    responses = {
        name: answer(name, 0.0).model_copy(
            update={"start": None, "end": None, "channel": "reply", **write(name, f"m-{above}")}
        )
        for name, above in (("r1", "b" if steps else "a"), ("r9", "a"))
    }
    strategies = [
        observe("r9", "recommendation", "recommendation"),
        observe("r1", "objection_handling", "negotiation"),
    ]
    found = induce_blueprint(
        PERSONA,
        PACK,
        strategies=strategies,
        questions=questions,
        responses=responses,
        pairs=[pair("a", "r9", 0.9), pair("b", "r1", 0.9)],
        seeds=(),
    )
    assert [(step.source, step.target, step.trigger) for step in found.transitions] == steps


def test_lines_of_a_host_in_one_go_are_a_talk_and_its_goodbye_to_all_is_none() -> None:
    responses = {name: answer(name, start) for name, start in (("r1", 0.0), ("r2", 10.0), ("r3", 20.0))}
    strategies = [
        observe("r1", "product_answer"),
        observe("r2", "lead_capture", "appointment"),
        observe("r3", "closing", "closing"),
    ]
    found = induce_blueprint(
        PERSONA, PACK, strategies=strategies, questions={}, responses=responses, pairs=(), seeds=()
    )
    assert [(step.source, step.target) for step in found.transitions] == [("clarification", "appointment")]


def test_a_scenario_whose_stage_was_never_reached_is_counted() -> None:
    counts = Counts("blueprints")
    urgent = [observe("r1", "urgency", "negotiation")]
    pairs: list[QAPair] = [pair("q1", "r1", 0.9)]
    found = induce_blueprint(
        PERSONA,
        PACK.model_copy(update={"stages": {k: v for k, v in PACK.stages.items() if k != "negotiation"}}),
        strategies=urgent,
        questions=QUESTIONS,
        responses=RESPONSES,
        pairs=pairs,
        seeds=(SEED,),
        counts=counts,
    )
    assert counts.dropped == {"stage_not_reached": 1}
    assert all(scenario.strategy != "urgency" for scenario in found.scenarios)
