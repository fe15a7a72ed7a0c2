"""The flow `stream`: sources in, a filtered set of dialogues out."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from streamdial.flows.phases import (
    build_blueprints,
    build_personas,
    finish_run,
    generate_dialogues,
    ingest,
    with_workers,
)
from streamdial.logs import log_about
from streamdial.pipeline import BaseSettings, RunSettings, close_run, open_run, phases, results
from streamdial.tasks import run_task

logger = logging.getLogger("streamdial.progress")


def name_run() -> str:
    """Return what the UI calls a run: domain, how much, and where it goes."""
    return name_run_of(RunSettings, "dialogues")


def name_run_of(kind: type[BaseSettings], what: str) -> str:
    """Return a name of the run that is running: domain, how many of what, and where they go.

    Args:
        kind: The settings of its flow.
        what: What it makes.
    """
    given = flow_run.parameters["settings"]
    settings = given if isinstance(given, kind) else kind.model_validate(given)
    return f"{Path(settings.domain).stem}: {settings.dialogues.count} {what} to {Path(settings.out).name}"


@flow(name="stream", flow_run_name=name_run)
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
        with log_about(run=Path(settings.out).name, domain=settings.domain), open_run(settings).workspace.hold():
            return await _run_phases(settings)
    finally:
        await close_run(settings)


async def _run_phases(settings: RunSettings) -> dict[str, Any]:
    participants = await build_participants(settings)
    logger.info("IDG: making %d dialogues", settings.dialogues.count)
    generate = with_workers(generate_dialogues, settings)
    dialogues = await generate(settings, participants.users, participants.agents)
    return await finish_run(settings, dialogues, participants)


async def build_participants(settings: BaseSettings) -> results.Participants:
    """Build users and agents of the sources: SSI, APS and CB, one after the other."""
    signals = await ingest(settings)
    counts = [*signals.counts]
    if isinstance(settings, RunSettings) and settings.sources.refresh:
        logger.info("SSI: refreshing knowledge")
        counts += (await phases.refresh(open_run(settings), signals.recordings, run_task)).counts
    logger.info("APS: building personas")
    personas = await build_personas(settings, signals.recordings)
    logger.info("CB: building blueprints")
    blueprints = await build_blueprints(settings, personas.agents)
    counts += [*personas.counts, *blueprints.counts]
    return results.Participants(personas.users, blueprints.agents, counts, [], signals.names, signals.read)
