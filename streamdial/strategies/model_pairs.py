"""User and agent of a dialogue are played by two models, drawn over pairs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from streamdial.strategies.strategy import PlanningStrategy, StrategyKind, StrategyOptions


class ModelPairsOptions(StrategyOptions):
    """Options of `model_pairs`."""

    pairs: tuple[tuple[str, str], ...] = Field(
        default=(("", ""),),
        min_length=1,
        description="Names of the models of user and agent, as --model takes them; empty for the run's own.",
    )


class ModelPairs(PlanningStrategy):
    """Each dialogue is held between two models of a list of pairs, so that no one model's manner fills the set.

    DeepDialogue has 65,600 dialogues between pairs of nine models and keeps 40,150 of them; pairs of different models
    hold out longer. What played whom stands in `Dialogue.models`. Left out: emotions, and speech.
    """

    NAME: ClassVar[str] = "model_pairs"
    KIND: ClassVar[StrategyKind] = "planner"
    FAMILY: ClassVar[str] = "self-play"
    PAPERS: ClassVar[tuple[str, ...]] = ("DeepDialogue (arXiv 2505.19978)",)
    OFFLINE: ClassVar[bool] = False
    Options = ModelPairsOptions

    def arrange(self, assignment: Any, pool: Sequence[Any]) -> Any:  # noqa: ANN401
        """Return the assignment with the models of its two sides."""
        pair = random.Random(f"{assignment.seed}/{self.NAME}").choice(self.options.pairs)
        return replace(assignment, models=pair)
