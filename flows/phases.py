"""One flow a phase. Between them pass ids, paths and counts, never payloads."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, NamedTuple

from prefect import flow

from streamdial.counts import Counts
from streamdial.dialogues import describe_coverage
from streamdial.errors import NothingLeftError
from streamdial.runs import Ledger, RunSettings, write_json
from streamdial.tasks import (
    count_open,
    export_dataset,
    filter_shards,
    ingest_account,
    list_recordings,
    load_given_experts,
    make_agent_persona,
    make_blueprint,
    make_shard,
    make_user_personas,
    mark_knowledge,
    open_run,
    plan_dialogues,
    show_counts,
    show_files,
    show_sample,
)

logger = logging.getLogger("streamdial.progress")
Report = list[dict[str, Any]]


def merge_counts(reports: Report) -> Report:
    """Return reports with those of the same step added up, in order of first appearance."""
    merged: dict[str, Counts] = {}
    for report in reports:
        counts = Counts.from_dict(report)
        if counts.phase in merged:
            merged[counts.phase].merge(counts)
        else:
            merged[counts.phase] = counts
    return [counts.to_dict() for counts in merged.values()]


def save_counts(settings: RunSettings, phase: str, reports: Report) -> Report:
    """Write down what became of what in a phase, and return it with reports of one step added up."""
    merged = merge_counts(reports)
    write_json(open_run(settings).workspace.counts(phase), merged)
    return merged


def require_kept(reports: Report, phase: str) -> None:
    """Stop with the reasons where a phase kept nothing, or nothing came in to it."""
    counts = next((Counts.from_dict(report) for report in reports if report["phase"] == phase), Counts(phase))
    if not counts.kept:
        raise NothingLeftError(phase, dict(counts.dropped))


@flow(name="ingest", flow_run_name="ingest-{settings.domain}")
async def ingest(settings: RunSettings) -> dict[str, Any]:
    """SSI: every recording of the sources, each as a task of its own.

    Raises:
        NothingLeftError: If no recording belongs to the domain.
    """
    open_run(settings).prepare()
    results = await asyncio.gather(*(ingest_account(settings, files.id) for files in list_recordings(settings)))
    counts = save_counts(settings, "1-signals", [report for result in results for report in result["counts"]])
    require_kept(counts, "screening")
    kept = [result for result in results if result["kept"]]
    require_kept(counts, "questions")
    return {"recordings": kept, "read": [result["recording"] for result in results], "counts": counts}


@flow(name="personas", flow_run_name="personas-{settings.domain}")
async def build_personas(settings: RunSettings, recordings: list[dict[str, Any]]) -> dict[str, Any]:
    """APS: user personas of each language, an agent persona of each account.

    Raises:
        NothingLeftError: If the questions make no persona.
    """
    users: list[str] = []
    reports: Report = []
    for language in sorted({recording["language"] for recording in recordings}):
        accounts = {r["recording"]: r["account"] for r in recordings if r["language"] == language}
        marks = [mark_knowledge(settings, account) for account in sorted(set(accounts.values()))]
        made = await make_user_personas(settings, language, accounts, marks)
        users += made["personas"]
        reports += made["counts"]
    agents = []
    for account in sorted({recording["account"] for recording in recordings}):
        ids = sorted(recording["recording"] for recording in recordings if recording["account"] == account)
        made = make_agent_persona(settings, account, ids, mark_knowledge(settings, account))
        agents.append({"persona": made["persona"], "recordings": ids})
        reports += made["counts"]
    counts = save_counts(settings, "2-personas", reports)
    require_kept(counts, "user personas")
    return {"users": users, "agents": agents, "counts": counts}


@flow(name="blueprints", flow_run_name="blueprints-{settings.domain}")
async def build_blueprints(settings: RunSettings, agents: list[dict[str, Any]]) -> dict[str, Any]:
    """CB: a checked blueprint of each agent persona, and the agents and plans that were given."""
    made = [await make_blueprint(settings, agent["persona"], agent["recordings"]) for agent in agents]
    experts = [[agent["persona"], result["blueprint"]] for agent, result in zip(agents, made, strict=True)]
    reports = [report for result in made for report in result["counts"]]
    if settings.profiles or settings.plans:
        given = load_given_experts(settings, [agent["persona"] for agent in agents])
        experts += given["experts"]
        reports += given["counts"]
    counts = save_counts(settings, "3-blueprints", reports)
    return {"experts": experts, "counts": counts}


@flow(name="dialogues", flow_run_name="dialogues-{settings.domain}")
async def generate_dialogues(settings: RunSettings, users: list[str], experts: list[list[str]]) -> dict[str, Any]:
    """IDG: the assignments, then the shards of dialogues, as many at a time as keep the model busy.

    Once a budget is used up no further shard is begun; what is left is told.

    Raises:
        NothingLeftError: If no dialogue could be used.
    """
    planned = plan_dialogues(settings, users, experts, settings.dialogues)
    made = await make_shards(settings, planned, make_shard)
    told = Counts("dialogues")
    told.note(describe_coverage((cell for result in made.results for cell in result["cells"]), len(users)))
    return report_dialogues(settings, made, [told.to_dict()])


class MadeShards(NamedTuple):
    """What the tasks of all shards answered.

    Attributes:
        results: An answer a shard, those that were begun.
        left: Dialogues a budget no longer allowed.
    """

    results: list[dict[str, Any]]
    left: int


async def make_shards(settings: RunSettings, planned: dict[str, Any], task: Any) -> MadeShards:  # noqa: ANN401
    """Make all shards of a plan, as many at a time as keep the model busy, and take in their dead letters.

    Args:
        settings: The run.
        planned: What `plan_dialogues` or `plan_tool_dialogues` answered.
        task: Makes a shard.
    """
    run = open_run(settings)
    ledger = Ledger(run.workspace.dead_letters)
    # One more than can be busy, so that a shard that ends leaves no gap.
    places = asyncio.Semaphore(1 + max(1, -(-count_open(run) // settings.shard_size)))
    left = 0

    async def make(first: int, stop: int) -> dict[str, Any] | None:
        nonlocal left
        async with places:
            if left:
                left += stop - first
                return None
            attempt = ledger.name_attempt(first, stop, retry=settings.retry_failed)
            arguments = (settings, planned["name"], planned["hash"], first, stop, planned["cast"], attempt)
            made: dict[str, Any]
            if settings.dask:
                future: Any = task.submit(*arguments)
                made = await asyncio.to_thread(future.result)
            else:
                made = await task(*arguments)
            left += made["left"]
            return made

    count = planned["count"]
    firsts = range(0, count, settings.shard_size)
    results = await asyncio.gather(*(make(first, min(first + settings.shard_size, count)) for first in firsts))
    made = [result for result in results if result is not None]
    Ledger(run.workspace.dead_letters).take_in(entry for result in made for entry in result["entries"])
    return MadeShards(made, left)


def report_dialogues(settings: RunSettings, made: MadeShards, told: Report) -> dict[str, Any]:
    """Return what became of the dialogues of all shards; where none could be used, stop with the reasons.

    Raises:
        NothingLeftError: If no dialogue could be used, and none is lost or left.
    """
    reports = [*told, *(report for result in made.results for report in result["counts"])]
    counts = save_counts(settings, "4-dialogues", reports)
    failed = [name for result in made.results for name in result["failed"]]
    if not failed and not made.left:
        require_kept(counts, "dialogues")
    return {
        "shards": [result["name"] for result in made.results],
        "failed": failed,
        "left": made.left,
        "counts": counts,
        "usage": made.results[-1]["usage"] if made.results else {},
    }


@flow(name="filter", flow_run_name="filter-{settings.domain}")
def filter_set(settings: RunSettings, shards: list[str]) -> dict[str, Any]:
    """DF: the graph filter over all dialogues of the run."""
    made = filter_shards(settings, shards)
    return {"kept": made["kept"], "counts": save_counts(settings, "5-filter", made["counts"])}


@flow(name="export", flow_run_name="export-{settings.domain}")
def export(
    settings: RunSettings,
    shards: list[str],
    counts: Report,
    recordings: dict[str, str],
    users: list[str],
    experts: list[list[str]],
) -> dict[str, Any]:
    """Write the data set and the report page."""
    return export_dataset(settings, shards, counts, recordings, users, experts)


async def finish_run(
    settings: RunSettings,
    dialogues: dict[str, Any],
    *,
    counts: Report,
    read: list[str],
    names: dict[str, str],
    users: list[str],
    experts: list[list[str]],
) -> dict[str, Any]:
    """Filter and export the dialogues of a run, write its summary down, show it on the server, and return it.

    Args:
        settings: The run.
        dialogues: What `report_dialogues` answered.
        counts: Reports of the phases before.
        read: Ids of the recordings that were read.
        names: Names of the sources by id.
        users: Ids of the user personas.
        experts: Ids of agent personas and their blueprints.
    """
    run = open_run(settings)
    filtered = filter_set(settings, dialogues["shards"])
    counts = [*counts, *dialogues["counts"], *filtered["counts"]]
    logger.info("writing data set and report")
    written = export(settings, dialogues["shards"], counts, names, users, experts)
    summary = {
        "fingerprint": run.workspace.fingerprint,
        "recordings_read": read,
        "dialogues_asked": settings.dialogues,
        "dialogues_kept": written["dialogues"],
        "failed": dialogues["failed"],
        "left": dialogues["left"],
        "counts": counts,
        "files": written["files"],
        "usage": dialogues["usage"],
        **({"pass_hat": dialogues["pass_hat"]} if "pass_hat" in dialogues else {}),
    }
    write_json(run.workspace.summary, summary)
    run.files.bring(run.workspace.summary)
    await show_counts(settings, counts)
    await show_sample(settings, dialogues["shards"])
    await show_files(settings, written["files"])
    return summary
