"""Plans of tasks: what may be in one, and a plan while it is drafted."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator

from streamdial.environment.tools import Purpose
from streamdial.records import FrozenModel
from streamdial.tooluse.records import TaskKind, ToolTask

Shape = Literal["book", "hold", "named", "nearest", "waitlist"]
ALLOWED: dict[TaskKind, tuple[Purpose, ...]] = {
    "find": ("search", "details", "availability"),
    "compare": ("search", "details", "compare"),
    "details": ("search", "details"),
    "availability": ("search", "details", "availability"),
    "book": ("search", "details", "availability", "list", "book"),
    "hold": ("search", "details", "availability", "hold"),
    "change": ("search", "details", "availability", "list", "change"),
    "cancel": ("list", "cancel"),
}
"""Tools that may be called for a task, by what they are for."""
OPENINGS: dict[str, TaskKind] = {
    "ask_offer": "find",
    "compare": "compare",
    "ask": "details",
    "ask_free": "availability",
    "book": "book",
    "ask_hold": "hold",
    "change": "change",
    "cancel": "cancel",
}
"""Acts a user takes up a task with, and the kind of the task."""
REQUIRED: dict[TaskKind, tuple[Purpose, ...]] = {
    "find": ("search",),
    "compare": (),
    "details": (),
    "availability": ("availability",),
    "book": ("book",),
    "hold": ("hold",),
    "change": ("change",),
    "cancel": ("cancel",),
}
"""Tools of which a call must succeed."""


class TaskOptions(FrozenModel):
    """Which tasks are made, and how often each shape of a dialogue."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    shapes: dict[Shape, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(
        default={"book": 0.4, "hold": 0.15, "named": 0.15, "nearest": 0.15, "waitlist": 0.15}
    )
    """Weights of the shapes of dialogues; `nearest` and `waitlist` cannot be met and must end in recovery."""
    follow_ups: int = Field(default=4, ge=0)
    """Maximum number of tasks that may come up beside the first two."""

    @field_validator("shapes")
    @classmethod
    def require_weight(cls, value: dict[Shape, float]) -> dict[Shape, float]:
        """Refuse weights of which none is more than 0: nothing could be drawn by them."""
        if not sum(value.values()) > 0:
            raise ValueError("the weights of the shapes are all 0; give one at least")
        return value


class TaskPlan(FrozenModel):
    """The tasks of one dialogue, in an order in which each comes after what it depends on."""

    tasks: tuple[ToolTask, ...] = Field(min_length=1)
    base: tuple[str, ...]
    """Ids of those the dialogue is about; the others are follow-ups that a user may take up."""

    def select(self, ids: Sequence[str]) -> tuple[ToolTask, ...]:
        """Return the tasks of some ids, in the plan's order."""
        return tuple(task for task in self.tasks if task.wish.id in ids)


@dataclass
class Draft:
    """A plan while it is made."""

    rng: random.Random
    seed: int
    tasks: list[ToolTask] = field(default_factory=list)
    base: list[str] = field(default_factory=list)
    fits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Task to the things it may be about."""
    wishes: dict[str, dict[str, str]] = field(default_factory=dict)
    booking: dict[str, str] = field(default_factory=dict)
    """What the persona said of a booking."""
    days: set[str] = field(default_factory=set)
    """Days that are taken: another booking on one of them might find nothing left, or use up a hold."""
    taken: set[str] = field(default_factory=set)
    """Things that are booked or kept: nobody books the same one twice."""
    bookings: int = 0
    holds: int = 0

    def list_wishes(self, task: str) -> dict[str, str]:
        """Return the wishes of a task and of all it depends on."""
        known = next((entry.wish for entry in self.tasks if entry.wish.id == task), None)
        return {**self.list_wishes(known.after), **known.wishes} if known is not None else {}
