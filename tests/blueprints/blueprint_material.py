"""A small blueprint's material by hand: questions, answers, a seed dialogue, and blueprints made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamdial.blueprints import induce_blueprint
from streamdial.domains import load_pack
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
    Transition,
    Turn,
    UserQuestion,
)

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


def make_stage(name: str) -> Stage:
    return Stage(name=name, title=name, goal="g", key_result="k")


def make_blueprint(
    stages: Sequence[str] = ("opening", "clarification", "closing"),
    paths: Sequence[Sequence[str]] = (("opening", "clarification", "closing"),),
    nodes: Sequence[KeyNode] = (),
    scenarios: Sequence[Scenario] = (),
    transitions: Sequence[Transition] = (),
) -> Blueprint:
    return Blueprint(
        id="b",
        account="a",
        title="by hand",
        stages=tuple(map(make_stage, stages)),
        nodes=tuple(nodes),
        scenarios=tuple(scenarios),
        transitions=tuple(transitions),
        paths=tuple(
            FlowPath(name=f"path {number}", outcome="success", stages=tuple(path)) for number, path in enumerate(paths)
        ),
        **COMMON,
    )
