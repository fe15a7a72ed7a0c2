"""The eight behaviours experts are trained in: recognised in a dialogue's turns, or planned on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import get_args

from streamdial.records import Behaviour, Turn
from streamdial.slots import DONT_CARE

BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)
_SHOWN_BY: dict[str, Behaviour] = {
    "explain_conflict": "constraint_conflict",
    "recover": "recovery",
    "check_stock": "inventory_check",
    "hold": "reservation_holding",
    "upsell": "upselling",
}
"""Agent acts that show a behaviour by themselves."""
_ANSWERED_BY: dict[tuple[str, str], Behaviour] = {
    ("negotiate", "negotiate"): "negotiation",
    ("object", "handle_objection"): "objection_handling",
    ("object", "upsell"): "objection_handling",
    ("object", "recommend"): "objection_handling",
}
"""Pairs of a user's act and the agent's answer that show one together."""


@dataclass(frozen=True)
class BehaviourPlan:
    """The behaviours one dialogue is to show, and those it is to avoid.

    A behaviour that is in neither list may still occur where the dialogue leads to it.
    """

    planned: frozenset[Behaviour] = frozenset()
    avoided: frozenset[Behaviour] = frozenset()


def find_behaviours(turns: Sequence[Turn]) -> tuple[Behaviour, ...]:
    """Return the behaviours a dialogue shows, in the order of `BEHAVIOURS`.

    Requirement mining is a question of the agent that the user answered with a wish; negotiation and objection
    handling take the user's turn and the agent's answer to it; an offer of something else that can be had, where
    what was asked for is gone, is recovery too. The others are acts of the agent.
    """
    found: set[Behaviour] = {_SHOWN_BY[turn.act] for turn in turns if turn.role == "agent" and turn.act in _SHOWN_BY}
    if any(turn.act == "check_stock" and turn.other for turn in turns):
        found.add("recovery")
    for before, after in pairwise(turns):
        if before.role == "user" and after.role == "agent" and (before.act, after.act) in _ANSWERED_BY:
            found.add(_ANSWERED_BY[before.act, after.act])
        asked = before.request if before.role == "agent" and before.act == "request" else {}
        if after.role == "user" and any(after.inform.get(slot, DONT_CARE) != DONT_CARE for slot in asked):
            found.add("requirement_mining")
    return tuple(behaviour for behaviour in BEHAVIOURS if behaviour in found)
