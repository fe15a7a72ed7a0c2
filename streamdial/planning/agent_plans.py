"""Builds the plans of the agent's turns: facts with their rows, and the strategy the experts follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streamdial.planning.moves import TurnPlan, Value
from streamdial.planning.state import DialogueState
from streamdial.records import KnowledgeRow, Turn


def tell_rows(
    act: str,
    state: DialogueState,
    entity: str,
    rows: Mapping[str, KnowledgeRow],
    *,
    other: str = "",
    other_rows: Mapping[str, KnowledgeRow] | None = None,
) -> TurnPlan:
    """Return a plan that tells rows of knowledge of a thing, and of another one."""
    others = other_rows or {}
    return build_agent_plan(
        act,
        state,
        entity=entity,
        other=other,
        tell={slot: (row.value, row.unit) for slot, row in rows.items()},
        tell_other={slot: (row.value, row.unit) for slot, row in others.items()},
        evidence=tuple(row.id for row in (*rows.values(), *others.values())),
    )


def build_agent_plan(
    act: str,
    state: DialogueState,
    *,
    entity: str = "",
    other: str = "",
    request: tuple[str, ...] = (),
    tell: dict[str, Value] | None = None,
    tell_other: dict[str, Value] | None = None,
    evidence: tuple[str, ...] = (),
) -> TurnPlan:
    """Return a plan of the agent, with the strategy the experts follow here."""
    last = state.last
    strategy, stage, learnt = _find_strategy(act, state, last)
    return TurnPlan(
        role="agent",
        act=act,
        stage=stage,
        strategy=strategy,
        entity=entity,
        other=other,
        request=request,
        tell=tell or {},
        tell_other=tell_other or {},
        evidence=(*evidence, *learnt),
    )


def _find_strategy(act: str, state: DialogueState, last: Turn | None) -> tuple[str, str, tuple[str, ...]]:
    """Return (strategy, stage, evidence): what the blueprint's experts do here, else the pack's first one."""
    if last is not None:
        scenarios = state.runner.find_scenarios(last.act, last.request)
        for scenario in sorted(scenarios, key=lambda s: s.strategy != state.strategy):
            if scenario.act == act and scenario.strategy in state.pack.strategies:
                return scenario.strategy, state.pack.strategies[scenario.strategy].stage, scenario.evidence[:1]
    if name := state.pack.find_strategy(act):
        return name, state.pack.strategies[name].stage, ()
    stages = {"no_answer": "clarification", "confirm": "appointment", "hand_over": "clarification"}
    stages |= {"refuse": "appointment"}
    stage = stages.get(act, state.runner.stage)
    return "", stage if stage in state.pack.stages else state.runner.stage, ()


def choose_rows(state: DialogueState, entity: str, slots: Iterable[str], *, most: int) -> dict[str, KnowledgeRow]:
    """Return the first rows known of some attributes of a thing; whether it is there is told apart."""
    rows: dict[str, KnowledgeRow] = {}
    for slot in slots:
        row = state.knowledge.get(entity, slot)
        if row is not None and slot not in rows and len(rows) < most and not state.pack.slots[slot].stock:
            rows[slot] = row
    return rows
