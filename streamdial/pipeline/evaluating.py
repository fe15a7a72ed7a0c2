"""Evaluation from Python, of a run or a data set by its folder: measures and judges, and a state tracker's worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamdial.evaluation import (
    Evaluation,
    EvaluationOptions,
    Tracking,
    TrackingOptions,
    run_evaluation,
    run_tracking,
)
from streamdial.options import read_settings
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


def evaluate(
    folder: str | Path,
    *,
    against: str | Path | None = None,
    judges: Sequence[str] = (),
    criteria: Sequence[str] | str | Path = (),
    **options: Any,  # noqa: ANN401
) -> Evaluation:
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
    return run_blocking(_evaluate(folder, against=against, judges=judges, criteria=criteria, **options))


async def evaluate_async(folder: str | Path, **options: Any) -> Evaluation:  # noqa: ANN401
    """Measure a set of dialogues, as `evaluate` does."""
    return await run_apart(_evaluate(folder, **options))


async def _track(
    folder: str | Path | None, real: Sequence[str | Path] | str | Path, options: dict[str, Any]
) -> Tracking:
    files = [str(real)] if isinstance(real, str | Path) else [str(file) for file in real]
    given = {**options, "folder": str(folder) if folder else None, "real": files}
    tracking, _ = await run_tracking(read_settings(TrackingOptions, given))
    return tracking


def track(folder: str | Path | None, *, real: Sequence[str | Path] | str | Path, **options: Any) -> Tracking:  # noqa: ANN401
    """Train a state tracker on real dialogues with and without a set, and score it on real ones it has not seen.

    Args:
        folder: A run or an exported data set; None for the real dialogues alone.
        real: Files of MultiWOZ, SGD, CrossWOZ or RiSAWOZ, or of seed dialogues.
        options: Further fields of `TrackingOptions`: `domain`, `test`, `shares`, `seeds`, `train_language`, ...

    Raises:
        ConfigurationError: If a set, a pack or a model cannot be used, or nothing is left to train or score on.
        ModelError: If a model's call fails, or their budget is used up.
    """
    return run_blocking(_track(folder, real, options))


async def track_async(
    folder: str | Path | None,
    *,
    real: Sequence[str | Path] | str | Path,
    **options: Any,  # noqa: ANN401
) -> Tracking:
    """Train and score a state tracker, as `track` does."""
    return await run_apart(_track(folder, real, options))
