"""The whole job: sources in, a filtered set of dialogues out."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow

from flows.phases import build_blueprints, build_personas, export, filter_set, generate_dialogues, ingest
from flows.refresh import refresh_recordings
from streamdial.runs import RunSettings, write_json
from tasks import close_run, open_run

logger = logging.getLogger("streamdial.progress")


@flow(name="stream", flow_run_name="stream-{settings.domain}")
async def stream(settings: RunSettings) -> dict[str, Any]:
    """Run all phases on the sources: SSI, APS, CB, IDG, DF, export.

    A run that was killed takes up where it was: finished tasks are cached, finished dialogues journalled, finished
    model calls kept.

    Args:
        settings: What to do.

    Returns:
        The summary that is also written to `summary.json`: counts by phase, files, failed dialogues, model usage.

    Raises:
        NothingLeftError: If a phase kept nothing; it names the phase and the reasons.
    """
    try:
        return await _run_phases(settings)
    finally:
        await close_run(settings)


async def _run_phases(settings: RunSettings) -> dict[str, Any]:
    workspace = open_run(settings).workspace
    signals = await ingest(settings)
    if settings.refresh:
        logger.info("SSI: refreshing K")
        refreshed = await refresh_recordings(settings, signals["recordings"])
        signals["counts"] = [*signals["counts"], *refreshed["counts"]]
    logger.info("APS: building personas")
    personas = await build_personas(settings, signals["recordings"])
    logger.info("CB: building blueprints")
    blueprints = await build_blueprints(settings, personas["agents"])
    logger.info("IDG: making %d dialogues", settings.dialogues)
    dialogues = await generate_dialogues(settings, personas["users"], blueprints["experts"])
    filtered = filter_set(settings, dialogues["shards"])
    counts = [
        *signals["counts"],
        *personas["counts"],
        *blueprints["counts"],
        *dialogues["counts"],
        *filtered["counts"],
    ]
    names = {recording["recording"]: recording["name"] for recording in signals["recordings"]}
    logger.info("writing data set and report")
    written = export(settings, dialogues["shards"], counts, names, personas["users"], blueprints["experts"])
    summary = {
        "fingerprint": workspace.fingerprint,
        "recordings_read": signals["read"],
        "dialogues_asked": settings.dialogues,
        "dialogues_kept": written["dialogues"],
        "failed": dialogues["failed"],
        "left": dialogues["left"],
        "counts": counts,
        "files": written["files"],
        "usage": dialogues["usage"],
    }
    write_json(workspace.summary, summary)
    return summary
