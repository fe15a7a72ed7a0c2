"""The whole job: sources in, a filtered set of dialogues out."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from streamdial.errors import MissingExtraError
from streamdial.flows.phases import build_blueprints, build_personas, finish_run, generate_dialogues, ingest
from streamdial.flows.refresh import refresh_recordings
from streamdial.logs import log_about
from streamdial.runs import RunSettings
from streamdial.tasks import close_run, open_run

logger = logging.getLogger("streamdial.progress")


def build_dask_runner(address: str) -> Any:  # noqa: ANN401
    """Return Prefect's runner on a Dask scheduler; `local` starts one here with a worker a core.

    Raises:
        MissingExtraError: If prefect-dask is not installed.
    """
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise MissingExtraError("prefect-dask", "dask", "making shards on Dask workers") from error
    if address == "local":
        return DaskTaskRunner(cluster_kwargs={"threads_per_worker": 1, "dashboard_address": None})
    return DaskTaskRunner(address=address)


def name_run() -> str:
    """Return what the UI calls a run: domain, how much, and where it goes."""
    return name_run_of(RunSettings, "dialogues")


def name_run_of(kind: type[RunSettings], what: str) -> str:
    """Return a name of the run that is running: domain, how many of what, and where they go.

    Args:
        kind: The settings of its flow.
        what: What it makes.
    """
    given = flow_run.parameters["settings"]
    settings = given if isinstance(given, kind) else kind.model_validate(given)
    return f"{Path(settings.domain).stem}: {settings.dialogues} {what} to {Path(settings.out).name}"


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
    generate = generate_dialogues
    if settings.dask:
        generate = generate.with_options(task_runner=build_dask_runner(settings.dask))
    dialogues = await generate(settings, personas["users"], blueprints["experts"])
    return await finish_run(
        settings,
        dialogues,
        counts=[*signals["counts"], *personas["counts"], *blueprints["counts"]],
        read=signals["read"],
        names={recording["recording"]: recording["name"] for recording in signals["recordings"]},
        users=personas["users"],
        experts=blueprints["experts"],
    )
