"""A dialogue's storyline and plans, kept: followed as they are, whatever today's planners would draw or decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from streamdial.planning.moves import TurnPlan
from streamdial.planning.state import DialogueState
from streamdial.planning.storyline import Storyline


class Planner(Protocol):
    """Decides the next turn of a side."""

    def plan(self, state: DialogueState) -> TurnPlan | None:
        """Return what the side does next, or None where it has left."""
        ...


@dataclass(frozen=True)
class GivenPlan:
    """A storyline with its turns as they were planned once; the planner of both sides.

    Attributes:
        storyline: What the dialogue comes to.
        plans: Its turns from the first one on; without any only the storyline is given, and planners decide.
    """

    storyline: Storyline
    plans: tuple[TurnPlan, ...] = ()

    def plan(self, state: DialogueState) -> TurnPlan | None:
        """Return the plan of the turn that comes next; None where they are over."""
        number = len(state.turns)
        return self.plans[number] if number < len(self.plans) else None
