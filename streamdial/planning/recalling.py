"""What of earlier dialogues a planned turn refers back to: a move each, and what has changed since is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from streamdial.planning.moves import Move, MoveKind, TurnPlan
from streamdial.planning.state import DialogueState
from streamdial.records import Recall

OPENS = ("greet", "ask_offer")
"""Acts of a user that may come to speak of a thing by what is remembered of it."""
UNNAMED = ("booked", "left")
"""What is referred to without naming a thing: another need comes after it."""
TAKEN_UP = ("ask", "accept", "object", "negotiate")
"""Acts before which a user refers to what was told."""
MOST_MOVES = 2
"""Moves a turn may have beside what it refers back to."""
CHANGES_IN = ("answer", "recommend", "propose", "check_stock", "no_answer", "greet", "handle_objection")
"""Acts of the agent beside which it can tell what has changed."""


def add_recalls(plan: TurnPlan, recalls: Iterable[Recall], state: DialogueState) -> TurnPlan:
    """Return a plan that refers back to earlier dialogues, as far as it speaks of the same thing or of none yet.

    Args:
        plan: The plan; one in real words that are said as they are takes none up.
        recalls: What it is to refer to.
        state: The dialogue so far.
    """
    for recall in recalls:
        plan = _add_recall(plan, recall, state)
    return plan


def _add_recall(plan: TurnPlan, recall: Recall, state: DialogueState) -> TurnPlan:
    about = "" if recall.kind in UNNAMED else recall.entity
    if about and plan.entity and plan.entity != about:
        return plan
    if recall.kind == "told" and plan.role == "user" and plan.act not in TAKEN_UP:
        return plan
    if plan.other or (recall.slot in plan.tell and not recall.now):
        return plan
    kind: MoveKind = "bridge" if recall.now and plan.role == "agent" else "react"
    need = (recall.slot, recall.value) if recall.slot in state.pack.slots else None
    move = Move(kind, _name_move(recall, plan, state), slot=recall.slot, need=need, recall=recall)
    if recall.now and plan.role == "agent":
        row = state.knowledge.get(recall.entity, recall.slot)
        if plan.act not in CHANGES_IN or row is None:
            return plan
        if recall.slot not in plan.tell:
            told = {**plan.tell, recall.slot: (row.value, row.unit)}
            evidence = tuple(dict.fromkeys((*plan.evidence, row.id)))
            plan = replace(plan, entity=plan.entity or recall.entity, tell=told, evidence=evidence)
            move = replace(move, tells=(recall.slot,), evidence=(row.id,))
    elif not plan.entity and plan.act in OPENS:
        plan = replace(plan, entity=about)
    kept = tuple(
        other for other in plan.moves if other.kind != kind or other.tells or other.text or other.key == "need"
    )
    if plan.act == "greet" and plan.role == "agent":
        return replace(plan, moves=(*plan.moves, move))
    return replace(plan, moves=(move, *kept[:MOST_MOVES]))


def _name_move(recall: Recall, plan: TurnPlan, state: DialogueState) -> str:
    """Return the key of a move: what happened then, or how a fact is another one now."""
    if recall.now and plan.role == "agent":
        gone = recall.slot == state.pack.stock_slot and state.world.is_gone(recall.entity)
        if recall.slot in plan.tell:
            return "recall.was"
        return "recall.gone" if gone else "recall.changed"
    if recall.kind == "put_off":
        return f"recall.put_off.{recall.value}" if recall.value else "recall.put_off"
    return f"recall.{recall.kind}"
