"""Evaluation as a task: a set measured, judged and written down."""

from __future__ import annotations

from typing import Any

from prefect import task

from streamdial.evaluation import EvaluationOptions, run_evaluation
from streamdial.tasks._caching import RETRIED


@task(name="evaluate set", version="1", **RETRIED)
async def evaluate_set(options: EvaluationOptions) -> dict[str, Any]:
    """Evaluate a set; calls to judges that are done are not made again when it is tried once more.

    Args:
        options: What to do.

    Returns:
        The files written, how many figures have a value, and the notes.
    """
    evaluation, files = await run_evaluation(options)
    return {
        "files": [str(path) for path in files],
        "figures": sum(row.own.value is not None for row in evaluation.rows),
        "notes": list(evaluation.notes),
    }
