"""Brings K up to date without listening to anything again."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow

from streamdial.flows.phases import ingest, merge_counts
from streamdial.runs import RunSettings
from streamdial.tasks import close_run, refresh_knowledge_of

logger = logging.getLogger("streamdial.progress")


@flow(name="refresh-knowledge", flow_run_name="refresh-knowledge-{settings.domain}")
async def refresh_knowledge(settings: RunSettings) -> dict[str, Any]:
    """Read the pages of all recordings anew: newer facts replace older ones, both are kept.

    Made for a schedule. What was learnt from speech and chat is taken from the run's store; a recording that is new to
    the run is ingested first. The next run with the same settings builds personas and dialogues on the new K.

    Args:
        settings: As for `stream`.

    Returns:
        The facts that changed, by account, and the report.
    """
    try:
        signals = await ingest(settings)
        return await refresh_recordings(settings, signals["recordings"])
    finally:
        await close_run(settings)


async def refresh_recordings(settings: RunSettings, recordings: list[dict[str, Any]]) -> dict[str, Any]:
    """Refresh the K of ingested recordings inside a flow that closes the run itself."""
    changes: dict[str, list[str]] = {}
    reports = []
    # One after the other: two recordings may be of one account.
    for recording in recordings:
        refreshed = await refresh_knowledge_of(settings, recording["recording"], recording["language"])
        changes.setdefault(refreshed["account"], []).extend(refreshed["changes"])
        reports += refreshed["counts"]
        for change in refreshed["changes"]:
            logger.info("K: %s", change)
    return {"changes": changes, "counts": merge_counts(reports)}
