"""Human rules as a strategy: a user who behaves as people do, in a share of the dialogues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from streamdial.strategies.strategy import PlanningStrategy, StrategyKind


class HumanRulesStrategy(PlanningStrategy):
    """The user follows human rules: small steps, second thoughts, slips put right, silence.

    Users that models play are more regular than people (User LMs). The same as the setting `human_rules`.
    """

    NAME: ClassVar[str] = "human_rules"
    KIND: ClassVar[StrategyKind] = "planner"
    FAMILY: ClassVar[str] = "user simulators"
    PAPERS: ClassVar[tuple[str, ...]] = ("User LMs (arXiv 2510.06552)",)

    def arrange(self, assignment: Any, pool: Sequence[Any]) -> Any:  # noqa: ANN401
        """Return the assignment with a user by human rules."""
        return replace(assignment, human_rules=True)
