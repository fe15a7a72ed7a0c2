"""The flow `evaluate`: measures a finished set, on a schedule or after a run."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow

from streamdial.evaluation import EvaluationOptions
from streamdial.tasks import evaluate_set

logger = logging.getLogger("streamdial.progress")


@flow(name="evaluate")
async def evaluate(options: EvaluationOptions) -> dict[str, Any]:
    """Evaluate a set of dialogues, alone or against another, as `streamdial evaluate` does.

    Args:
        options: The set and what to do with it.

    Returns:
        The files written, how many figures have a value, and the notes.
    """
    done = await evaluate_set(options)
    for note in done["notes"]:
        logger.info("evaluation: %s", note)
    return done
