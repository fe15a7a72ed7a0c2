"""What a turn says of earlier dialogues, in phrases of the inventory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from streamdial.dialogues.phrase_picking import PhrasePicker
from streamdial.planning import Move, TurnPlan, Value

NAMING = ("put_off", "offered")
"""What is remembered by the name of its thing."""


def names_thing(move: Move) -> bool:
    """Tell whether a move names what the turn is about before the act does."""
    return move.recall is not None and move.kind == "react" and move.recall.kind in NAMING


def greets_by_memory(plan: TurnPlan) -> bool:
    """Tell whether a user's greeting is said by what is remembered alone."""
    return plan.act == "greet" and plan.role == "user" and any(move.recall is not None for move in plan.moves)


def word_recall(
    move: Move,
    plan: TurnPlan,
    picker: PhrasePicker,
    write_facts: Callable[[Mapping[str, Value], PhrasePicker], str],
) -> str:
    """Return what is said of an earlier dialogue; empty where it cannot be said.

    Args:
        move: The move, with what it recalls.
        plan: The turn.
        picker: Picks the phrases.
        write_facts: Writes values as a predicate.
    """
    recall = move.recall
    assert recall is not None
    picker.in_focus = plan.entity == picker.focus or any(names_thing(other) for other in plan.moves)
    texts = picker.texts
    if recall.slot:
        value = (recall.value, picker.find_unit(recall.entity, recall.slot))
        texts |= {"value": picker.write(recall.slot, *value), "need": picker.write_need(recall.slot, recall.value)}
        texts["facts"] = write_facts({recall.slot: plan.tell.get(recall.slot, value)}, picker)
    role, inventory = plan.role, picker.inventory
    listed = inventory.list_moves(role, move.key) or inventory.list_moves(role, f"recall.{recall.kind}")
    return picker.pick(f"{role}.{move.key}", listed, texts)
