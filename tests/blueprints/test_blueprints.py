from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.blueprints import (
    BlueprintRunner,
    check_blueprint,
    draft_blueprint,
    find_failed_checks,
    induce_blueprint,
    list_transitions,
    name_situation,
)
from streamdial.counts import Counts
from streamdial.domains import list_domains, load_pack, load_seeds
from streamdial.errors import BlueprintError, ModelError
from streamdial.records import (
    AgentPersona,
    AgentResponse,
    AgentStyle,
    Blueprint,
    DialogueStrategy,
    FlowPath,
    KeyNode,
    Observed,
    PairScore,
    Provenance,
    QAPair,
    Scenario,
    SeedDialogue,
    Stage,
    Turn,
    UserQuestion,
)
from streamdial.testing import ScriptedChatModel

PACK = load_pack("automotive")
COMMON: dict[str, Any] = {"domain": "automotive", "language": "en", "provenance": Provenance(source_id="stream")}
PERSONA = AgentPersona(
    id="agent",
    account="orchard",
    identity=Observed(text="Orchard Motors, a dealer", evidence=("p",)),
    style=AgentStyle(description="plain"),
    **COMMON,
)
QUESTIONS = {
    "q1": UserQuestion(id="q1", text="how much?", raw_text="how much?", act="ask", asks=("price",), **COMMON),
    "q2": UserQuestion(id="q2", text="too far?", raw_text="too far?", act="object", asks=("range",), **COMMON),
}
RESPONSES = {
    "r1": AgentResponse(id="r1", text="It is $38,900.", raw_text="", tells={"price": "38900"}, **COMMON),
    "r2": AgentResponse(id="r2", text="The heat pump helps.", raw_text="", **COMMON),
}


def observe(response: str, strategy: str, stage: str = "clarification") -> DialogueStrategy:
    return DialogueStrategy(
        id=f"s-{response}", response_id=response, text="t", strategy=strategy, stage=stage, confidence=0.9, **COMMON
    )


def pair(question: str, response: str, total: float) -> QAPair:
    score = PairScore(time=total, meaning=total, entities=0.0, total=total)
    return QAPair(
        id=f"{question}-{response}",
        question_id=question,
        response_id=response,
        question="q",
        answer="a",
        score=score,
        **COMMON,
    )


def turn(number: int, role: str, act: str, stage: str, **more: object) -> Turn:
    return Turn.model_validate(
        {"turn_id": number, "role": role, "utterance": f"{act} {number}", "act": act, "stage": stage, **more}
    )


def make_seed(name: str, outcome: str, *turns: Turn) -> SeedDialogue:
    return SeedDialogue.model_validate(
        {"id": name, "domain": "automotive", "language": "en", "outcome": outcome, "turns": turns}
    )


SEED = make_seed(
    "seed-1",
    "success",
    turn(0, "user", "ask", "clarification", request={"price": "?"}),
    turn(1, "agent", "answer", "clarification", strategy="product_answer"),
    turn(2, "user", "accept", "appointment"),
    turn(3, "agent", "propose", "appointment", strategy="appointment"),
    turn(4, "user", "thank", "closing"),
    turn(5, "agent", "close", "closing", strategy="closing"),
)


def induce(
    seeds: Sequence[SeedDialogue] = (SEED,),
    strategies: Sequence[DialogueStrategy] = (observe("r1", "product_answer"), observe("r2", "objection_handling")),
    pairs: Sequence[QAPair] = (pair("q1", "r1", 0.8), pair("q2", "r2", 0.7)),
) -> Blueprint:
    return induce_blueprint(
        PERSONA, PACK, strategies=strategies, questions=QUESTIONS, responses=RESPONSES, pairs=pairs, seeds=seeds
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
    nodes = {node.signal: node for node in induce([SEED, SEED]).nodes}
    assert nodes["ask"].stage == "clarification"
    assert nodes["ask"].meaning == "2/2"
    assert nodes["ask"].evidence == ("seed-1#0", "seed-1#0")
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
    seeds = load_seeds(domain, language)  # type: ignore[arg-type]
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


# Checks


def make_stage(name: str) -> Stage:
    return Stage(name=name, title=name, goal="g", key_result="k")


def make_blueprint(
    stages: Sequence[str] = ("opening", "clarification", "closing"),
    paths: Sequence[Sequence[str]] = (("opening", "clarification", "closing"),),
    nodes: Sequence[KeyNode] = (),
    scenarios: Sequence[Scenario] = (),
) -> Blueprint:
    return Blueprint(
        id="b",
        account="a",
        title="by hand",
        stages=tuple(map(make_stage, stages)),
        nodes=tuple(nodes),
        scenarios=tuple(scenarios),
        paths=tuple(
            FlowPath(name=f"path {number}", outcome="success", stages=tuple(path)) for number, path in enumerate(paths)
        ),
        **COMMON,
    )


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
        (make_blueprint(paths=[("opening", "closing")]), "stage 'clarification' cannot be reached"),
        (make_blueprint(paths=[("opening", "closing")]), "stage 'clarification' leads to no end"),
    ],
)
def test_each_check_fails_when_it_should_and_says_what(blueprint: Blueprint, sentence: str) -> None:
    assert sentence in find_failed_checks(blueprint, PACK)
    with pytest.raises(BlueprintError, match="'by hand' does not pass"):
        check_blueprint(blueprint, PACK)


def test_transitions_are_listed_once_in_order() -> None:
    paths = make_blueprint(
        paths=[("opening", "clarification", "closing"), ("opening", "clarification", "closing")]
    ).paths
    assert list_transitions(paths) == (("opening", "clarification"), ("clarification", "closing"))


# Runner


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


INDUCED = induce(load_seeds("automotive", "en"))
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


# Drafting


def write_draft(**changes: object) -> str:
    stages = ("opening", "clarification", "closing")
    draft = {
        "stages": [{"name": name, "title": name, "goal": "g", "key_result": "k"} for name in stages],
        "nodes": [{"signal": "ask", "meaning": "m", "stage": "clarification"}],
        "scenarios": [{"situation": "ask:price", "act": "answer", "strategy": "product_answer", "wording": "w"}],
        "paths": [{"name": "main", "outcome": "success", "stages": list(stages)}],
    }
    return json.dumps({**draft, **changes})


async def draft(model: ScriptedChatModel) -> tuple[Blueprint, Counts]:
    counts = Counts("blueprints")
    made = await draft_blueprint(
        model, induce(), PERSONA, PACK, strategies=[observe("r1", "product_answer")], seeds=[SEED], counts=counts
    )
    return made, counts


async def test_a_sound_draft_is_taken_with_the_evidence_of_what_it_rests_on() -> None:
    made, counts = await draft(ScriptedChatModel([write_draft()], model_id="strong"))
    assert (made.origin, made.provenance.model_id) == ("drafted", "strong")
    assert made.scenarios[0].evidence == ("q1-r1", "s-r1")
    assert made.provenance.prompt_hash
    assert (counts.asked, counts.made, counts.kept, dict(counts.dropped)) == (1, 1, 1, {})


async def test_a_draft_that_fails_its_checks_is_sent_back_with_them() -> None:
    bad = write_draft(paths=[{"name": "main", "outcome": "success", "stages": ["opening", "clarification"]}])
    model = ScriptedChatModel([bad, write_draft()])
    made, counts = await draft(model)
    assert made.origin == "drafted"
    assert "ends at 'clarification', which is no end" in model.requests[1].messages[-1].content
    assert model.requests[1].messages[-2].content == bad
    assert (counts.made, counts.kept, counts.dropped["draft_failed_checks"]) == (2, 1, 1)


async def test_two_drafts_that_fail_leave_the_induced_blueprint() -> None:
    bad = write_draft(nodes=[{"signal": "ask", "meaning": "m", "stage": "flying"}])
    made, counts = await draft(ScriptedChatModel([bad, bad]))
    assert made == induce()
    assert (counts.kept, counts.dropped["draft_failed_checks"]) == (1, 2)
    assert "the induced blueprint stands in for the draft" in counts.notes


@pytest.mark.parametrize(
    "replies",
    [["I cannot do that", "really not"], [ModelError("down", transient=False, kind="server")]],
)
async def test_answers_that_are_no_draft_leave_the_induced_blueprint(replies: list[str | Exception]) -> None:
    made, counts = await draft(ScriptedChatModel(replies))
    assert made.origin == "induced"
    assert (counts.kept, counts.dropped["draft_unusable"]) == (1, 1)
