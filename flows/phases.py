"""One sub-flow per phase. Ids, paths and counts pass between them, never payloads."""

from __future__ import annotations

from typing import Any

from prefect import flow

from streamdial.counts import Counts
from streamdial.errors import MissingExtraError
from streamdial.pipeline import AgentPair, BaseSettings, RunSettings, ToolUseSettings, open_run, phases, results
from streamdial.tasks import run_task, show_counts, show_files, show_sample


@flow(name="ingest", flow_run_name="ingest-{settings.domain}")
async def ingest(settings: BaseSettings) -> results.Signals:
    """SSI: every recording of the sources, each as a task of its own."""
    return await phases.ingest(open_run(settings), run_task)


@flow(name="personas", flow_run_name="personas-{settings.domain}")
async def build_personas(settings: BaseSettings, recordings: list[results.IngestedRecording]) -> results.Personas:
    """APS: user personas of each language, an agent persona of each account."""
    return await phases.build_personas(open_run(settings), recordings, run_task)


@flow(name="blueprints", flow_run_name="blueprints-{settings.domain}")
async def build_blueprints(settings: BaseSettings, agents: list[results.AgentOfRecordings]) -> results.Blueprints:
    """CB: a checked blueprint of each agent persona, and the agents and plans that were given."""
    return await phases.build_blueprints(open_run(settings), agents, run_task)


@flow(name="dialogues", flow_run_name="dialogues-{settings.domain}")
async def generate_dialogues(settings: RunSettings, users: list[str], agents: list[AgentPair]) -> results.Generated:
    """IDG: the assignments, then the shards of dialogues, as many at a time as keep the model busy."""
    return await phases.generate(open_run(settings), users, agents, run_task)


@flow(name="environments", flow_run_name="environments-{settings.domain}")
async def make_environments(settings: ToolUseSettings, agents: list[AgentPair]) -> results.Blueprints:
    """Make a database with tools of each agent's knowledge; agents whose knowledge names too little are left out."""
    return await phases.make_environments(open_run(settings), agents, run_task)


@flow(name="tool dialogues", flow_run_name="tool-dialogues-{settings.domain}")
async def generate_tool_dialogues(
    settings: ToolUseSettings, users: list[str], agents: list[AgentPair], histories: list[str]
) -> results.Generated:
    """Make the dialogues with tools in shards; of several trials a plan pass^k is told."""
    return await phases.generate_tool_dialogues(open_run(settings), users, agents, histories, run_task)


@flow(name="filter", flow_run_name="filter-{settings.domain}")
async def filter_set(settings: BaseSettings, shards: list[str]) -> results.Filtered:
    """DF: the graph filter over all dialogues of the run."""
    return await phases.filter_run(open_run(settings), shards, run_task)


@flow(name="export", flow_run_name="export-{settings.domain}")
async def export(
    settings: BaseSettings, shards: list[str], counts: list[Counts], participants: results.Participants
) -> results.Exported:
    """Write the data set and the report page."""
    return await phases.export_run(open_run(settings), shards, counts, participants, run_task)


async def finish_run(
    settings: BaseSettings, dialogues: results.Generated, participants: results.Participants
) -> dict[str, Any]:
    """Filter and export the dialogues of a run, write its summary down, show it on the server, and return it.

    Args:
        settings: The run.
        dialogues: What was generated.
        participants: Who took part, with the reports of the phases before.
    """
    run = open_run(settings)
    # Where a run has Dask workers, they compare the parts of a large set.
    filter_flow = with_workers(filter_set, settings)
    filtered = await filter_flow(settings, dialogues.shards)
    counts = [*participants.counts, *dialogues.counts, *filtered.counts]
    written = await export(settings, dialogues.shards, counts, participants)
    summary = phases.write_summary(run, dialogues, written, counts, participants.read)
    await show_counts(settings, summary["counts"])
    await show_sample(run, dialogues.shards)
    await show_files(settings, written.files)
    return summary


def with_workers(phase: Any, settings: BaseSettings) -> Any:  # noqa: ANN401
    """Return the flow of a phase on the run's Dask workers; as it is where the run has none.

    `local` starts a scheduler here with a worker a core.

    Raises:
        MissingExtraError: If prefect-dask is not installed.
    """
    address = settings.scale.dask
    if not address:
        return phase
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise MissingExtraError("prefect-dask", "dask", "making shards on Dask workers") from error
    local: dict[str, Any] = {"cluster_kwargs": {"threads_per_worker": 1, "dashboard_address": None}}
    return phase.with_options(task_runner=DaskTaskRunner(**(local if address == "local" else {"address": address})))
