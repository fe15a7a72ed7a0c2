"""A walk over a graph of house policies decides how hard a dialogue is for its agent."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from streamdial.blueprints import BehaviourPlan
from streamdial.records import Behaviour
from streamdial.strategies.strategy import PlanningStrategy, StrategyKind, StrategyOptions

CHALLENGE: dict[Behaviour, int] = {
    "requirement_mining": 1,
    "inventory_check": 2,
    "upselling": 2,
    "reservation_holding": 3,
    "objection_handling": 3,
    "negotiation": 4,
    "recovery": 4,
    "constraint_conflict": 5,
}
"""How hard a policy is to keep, 1 to 5."""
EDGES: dict[frozenset[Behaviour], float] = {
    frozenset({"requirement_mining", "upselling"}): 3.0,
    frozenset({"requirement_mining", "inventory_check"}): 2.0,
    frozenset({"requirement_mining", "objection_handling"}): 2.0,
    frozenset({"inventory_check", "reservation_holding"}): 3.0,
    frozenset({"inventory_check", "recovery"}): 2.0,
    frozenset({"objection_handling", "negotiation"}): 3.0,
    frozenset({"constraint_conflict", "recovery"}): 3.0,
    frozenset({"constraint_conflict", "negotiation"}): 1.0,
    frozenset({"upselling", "objection_handling"}): 1.0,
    frozenset({"negotiation", "reservation_holding"}): 1.0,
}
"""How likely two policies come up in one dialogue; a pair that is not named does rarely."""
RARE = 0.2


class PolicyGraphOptions(StrategyOptions):
    """Options of `policy_graph`."""

    challenge: int = Field(default=7, ge=1, le=24, description="Sum of challenge at which the walk ends.")


class PolicyGraph(PlanningStrategy):
    """The behaviours a dialogue is to show are a walk over a weighted graph until their challenge is reached.

    IntellAgent weighs each policy 1 to 5 by its challenge, joins policies that come up together, and walks until the
    sum passes a threshold. Here the policies are the behaviours experts are trained in; weights are set by hand.
    """

    NAME: ClassVar[str] = "policy_graph"
    KIND: ClassVar[StrategyKind] = "planner"
    FAMILY: ClassVar[str] = "tools and policies"
    PAPERS: ClassVar[tuple[str, ...]] = ("IntellAgent (arXiv 2501.11067)",)
    Options = PolicyGraphOptions

    def arrange(self, assignment: Any, pool: Sequence[Any]) -> Any:  # noqa: ANN401
        """Return the assignment with the behaviours of the walk planned; what it avoids is left out of the walk."""
        avoided = assignment.behaviours.avoided
        walk = self.walk(random.Random(f"{assignment.seed}/{self.NAME}"), avoided)
        planned = frozenset((*assignment.behaviours.planned, *walk)) - avoided
        return replace(assignment, behaviours=BehaviourPlan(planned, avoided))

    def walk(self, rng: random.Random, avoided: frozenset[Behaviour] = frozenset()) -> tuple[Behaviour, ...]:
        """Return policies in the order of a weighted walk; it ends at the challenge, or where none is left."""
        free = [name for name in CHALLENGE if name not in avoided]
        walk: list[Behaviour] = []
        while free and sum(CHALLENGE[name] for name in walk) < self.options.challenge:
            weights = [EDGES.get(frozenset({walk[-1], name}), RARE) if walk else 1.0 for name in free]
            walk.append(free.pop(free.index(rng.choices(free, weights)[0])))
        return tuple(walk)
