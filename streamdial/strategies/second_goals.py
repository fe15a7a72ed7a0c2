"""A dialogue goes on with a second goal: what another viewer wanted who asked about similar things."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from streamdial.records import Outcome, UserPersona
from streamdial.strategies.strategy import PlanningStrategy, StrategyKind

CONTINUED: tuple[Outcome, ...] = ("success", "hand_over")
"""Outcomes a dialogue can go on after; who puts a decision off or drops out says goodbye."""


@dataclass(frozen=True)
class Goal:
    """What a dialogue is about: whose wishes and questions, along which path of the blueprint."""

    user: UserPersona
    path: str


class SecondGoals(PlanningStrategy):
    """Where its first goal is settled a dialogue goes on with that of another viewer, and is made as one.

    The public corpora of task-oriented dialogues have several goals in one dialogue. The same as the setting
    `second_goals`; unlike `join` it plans both goals before a word is said. Left out: goals that depend on each other.
    """

    NAME: ClassVar[str] = "second_goals"
    KIND: ClassVar[StrategyKind] = "planner"
    FAMILY: ClassVar[str] = "recombination"
    PAPERS: ClassVar[tuple[str, ...]] = ("MultiWOZ (arXiv 1810.00278)", "CrossWOZ (arXiv 2002.11893)")

    def arrange(self, assignment: Any, pool: Sequence[Any]) -> Any:  # noqa: ANN401
        """Return the assignment with a second goal; as it is where its path ends in a goodbye."""
        user = assignment.user
        ends = {path.name: path.outcome for path in assignment.paths}
        others = [other for other in pool if other.id != user.id and other.language == user.language]
        if not others or ends.get(assignment.path) not in CONTINUED:
            return assignment
        rng = random.Random(f"{assignment.seed}/{self.NAME}")
        named = {name for inquiry in user.primary_inquiries for name in inquiry.entities}
        near = [o for o in others if named & {name for inquiry in o.primary_inquiries for name in inquiry.entities}]
        goal = Goal(rng.choice(near or others), rng.choice(assignment.paths).name)
        return replace(assignment, then=(*assignment.then, goal))
