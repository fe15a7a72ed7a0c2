"""Evaluation from Python, of a run or a data set by its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamdial.evaluation import Evaluation, EvaluationOptions, run_evaluation
from streamdial.pipeline.background import run_apart, run_blocking


async def _evaluate(
    folder: str | Path,
    *,
    against: str | Path | None = None,
    judges: Sequence[str] = (),
    criteria: Sequence[str] | str | Path = (),
    **options: Any,  # noqa: ANN401
) -> Evaluation:
    own = isinstance(criteria, Path) or (isinstance(criteria, str) and criteria.endswith((".yaml", ".yml")))
    named = (criteria,) if isinstance(criteria, str) else () if isinstance(criteria, Path) else tuple(criteria)
    chosen = EvaluationOptions(
        folder=str(folder),
        against=str(against) if against else None,
        judges=tuple(judges),
        criteria=() if own else named,
        criteria_file=str(criteria) if own else None,
        **options,
    )
    evaluation, _ = await run_evaluation(chosen)
    return evaluation


def evaluate(folder: str | Path, **options: Any) -> Evaluation:  # noqa: ANN401
    """Measure a set of dialogues, alone or against another; ask judges on request.

    Args:
        folder: A run, an exported data set, or dialogues of a public set.
        against: Another set, compared point by point.
        judges: Models that score a sample; several are a panel.
        criteria: What they score, by name; or a YAML file of criteria of one's own.
        options: Further fields of `EvaluationOptions`.

    Raises:
        ConfigurationError: If a set, a model or a criterion cannot be used.
        ModelError: If the budget of the judges is used up.
    """
    return run_blocking(_evaluate(folder, **options))


async def evaluate_async(folder: str | Path, **options: Any) -> Evaluation:  # noqa: ANN401
    """Measure a set of dialogues, as `evaluate` does."""
    return await run_apart(_evaluate(folder, **options))
