"""The flow `refresh_knowledge`: brings knowledge up to date without listening to anything again."""

from __future__ import annotations

from typing import Any

from prefect import flow

from streamdial.flows.phases import ingest
from streamdial.pipeline import RunSettings, close_run, open_run, phases
from streamdial.pipeline.results import dump_counts
from streamdial.tasks import run_task


@flow(name="refresh-knowledge", flow_run_name="refresh-knowledge-{settings.domain}")
async def refresh_knowledge(settings: RunSettings) -> dict[str, Any]:
    """Read the pages of all recordings anew: newer facts replace older ones, both are kept.

    Made for a schedule. What was learnt from speech and chat is taken from the run's store; a recording that is new to
    the run is ingested first. The next run with the same settings builds personas and dialogues on the new knowledge.

    Args:
        settings: As for `stream`.

    Returns:
        The facts that changed, by account, and the report.
    """
    try:
        signals = await ingest(settings)
        refreshed = await phases.refresh(open_run(settings), signals.recordings, run_task)
        return {"changes": refreshed.changes, "counts": dump_counts(refreshed.counts)}
    finally:
        await close_run(settings)
