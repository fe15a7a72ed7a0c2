"""A plan as a turn with its labels, and a plan cut to its first part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from streamdial.planning.moves import TurnPlan
from streamdial.records import Turn


def build_turn(plan: TurnPlan, number: int, utterance: str = "") -> Turn:
    """Return a plan as a turn with its labels; without words where none are given."""
    return Turn(
        turn_id=number,
        role=plan.role,
        utterance=utterance,
        act=plan.act,
        stage=plan.stage,
        strategy=plan.strategy,
        inform={slot: value for slot, (value, _) in plan.inform.items()},
        request=dict.fromkeys(plan.request, "?"),
        tell={slot: value for slot, (value, _) in plan.tell.items()},
        entity=plan.entity,
        other=plan.other,
        tell_other={slot: value for slot, (value, _) in plan.tell_other.items()},
        evidence=plan.evidence,
        moves=plan.move_names,
        recalls=tuple(move.recall for move in plan.moves if move.recall is not None),
    )


def keep_first(plan: TurnPlan) -> TurnPlan:
    """Return a plan with the first of several wishes or questions; the rest is said another time."""
    if plan.act in ("inform", "ask_offer") and len(plan.inform) > 1:
        first: Iterable[str] = list(plan.inform)[:1]
        return replace(plan, inform={slot: plan.inform[slot] for slot in first}, own_words="")
    if plan.act == "ask" and len(plan.request) > 1:
        return replace(plan, request=plan.request[:1], own_words="")
    return plan
