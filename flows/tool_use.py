"""The second generator: accounts become databases, and users talk to agents with tools over them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from prefect import flow

from streamdial.counts import Counts
from streamdial.flows.phases import (
    build_blueprints,
    build_personas,
    finish_run,
    ingest,
    make_shards,
    report_dialogues,
    require_kept,
    save_counts,
)
from streamdial.flows.stream import build_dask_runner, name_run_of
from streamdial.logs import log_about
from streamdial.runs import ToolUseSettings, collect_parts, load_manners
from streamdial.tasks import (
    close_run,
    load_base,
    make_table_account,
    make_tool_shard,
    make_world,
    open_run,
    plan_tool_dialogues,
)
from streamdial.tooluse import measure_pass_hat

logger = logging.getLogger("streamdial.progress")


def name_run() -> str:
    """Return what the UI calls a run: domain, how much, and where it goes."""
    return name_run_of(ToolUseSettings, "dialogues with tools")


@flow(name="tool_use", flow_run_name=name_run)
async def tool_use(settings: ToolUseSettings) -> dict[str, Any]:
    """Make user-oriented dialogues with executable tools, verify them, filter and export them.

    A run that was killed takes up where it was, as `stream` does.

    Args:
        settings: What to do.

    Returns:
        The summary that is also written to `summary.json`.

    Raises:
        NothingLeftError: If a phase kept nothing; it names the phase and the reasons.
    """
    try:
        with log_about(run=Path(settings.out).name, domain=settings.domain), open_run(settings).workspace.hold():
            return await _run_in(settings)
    finally:
        await close_run(settings)


async def _run_in(settings: ToolUseSettings) -> dict[str, Any]:
    run = open_run(settings)
    # Shards need these files nowhere, so that they are there and can be used is found out here.
    collect_parts(settings)
    load_manners(settings, run.pack, run.realisation)
    cast = await _find_cast(settings)
    logger.info("databases: %d agents", len(cast["experts"]))
    worlds = await make_worlds(settings, cast["experts"])
    logger.info("making %d dialogues with tools", settings.dialogues)
    generate = generate_tool_dialogues
    if settings.dask:
        generate = generate.with_options(task_runner=build_dask_runner(settings.dask))
    dialogues = await generate(settings, cast["users"], worlds["experts"], cast["histories"])
    return await finish_run(
        settings,
        dialogues,
        counts=[*cast["counts"], *worlds["counts"]],
        read=cast["read"],
        names=cast["names"],
        users=cast["users"],
        experts=worlds["experts"],
    )


async def _find_cast(settings: ToolUseSettings) -> dict[str, Any]:
    """Return users and experts of the sources, of a table or of the base run.

    Raises:
        NothingLeftError: If there is nobody who asks.
    """
    if settings.sources:
        signals = await ingest(settings)
        logger.info("APS: building personas")
        personas = await build_personas(settings, signals["recordings"])
        logger.info("CB: building blueprints")
        blueprints = await build_blueprints(settings, personas["agents"])
        return {
            "users": personas["users"],
            "experts": blueprints["experts"],
            "histories": [],
            "names": {recording["recording"]: recording["name"] for recording in signals["recordings"]},
            "read": signals["read"],
            "counts": [*signals["counts"], *personas["counts"], *blueprints["counts"]],
        }
    open_run(settings).prepare()
    made = load_base(settings) if settings.base else make_table_account(settings)
    counts = save_counts(settings, "2-personas", made["counts"])
    require_kept(counts, "base run" if settings.base else "user personas")
    return {"histories": [], "read": [], **made, "counts": counts}


@flow(name="worlds", flow_run_name="worlds-{settings.domain}")
async def make_worlds(settings: ToolUseSettings, experts: list[list[str]]) -> dict[str, Any]:
    """Make a database with tools of each agent's K; agents whose K names too little are left out.

    Raises:
        NothingLeftError: If no agent has one.
    """
    made = {agent: await make_world(settings, agent) for agent in dict.fromkeys(agent for agent, _ in experts)}
    counts = save_counts(settings, "3-worlds", [report for result in made.values() for report in result["counts"]])
    require_kept(counts, "databases")
    return {"experts": [pair for pair in experts if made[pair[0]]["world"]], "counts": counts}


@flow(name="tool dialogues", flow_run_name="tool-dialogues-{settings.domain}")
async def generate_tool_dialogues(
    settings: ToolUseSettings, users: list[str], experts: list[list[str]], histories: list[str]
) -> dict[str, Any]:
    """Make the dialogues in shards; of several trials a plan the chance that all pass is told as pass^k.

    Raises:
        NothingLeftError: If no dialogue could be used.
    """
    planned = plan_tool_dialogues(settings, users, experts, histories, settings.dialogues)
    made = await make_shards(settings, planned, make_tool_shard)
    passes = _measure_passes(settings, [pair for result in made.results for pair in result["trials"]])
    told = Counts("dialogues")
    if settings.trials > 1:
        told.note(", ".join(f"pass^{k} {value:.3f}" for k, value in passes.items()))
    return {**report_dialogues(settings, made, [*planned["counts"], told.to_dict()]), "pass_hat": passes}


def _measure_passes(settings: ToolUseSettings, verdicts: list[list[Any]]) -> dict[str, float]:
    """Return pass^k for each k up to the trials, over the tasks that were tried so often."""
    tried: dict[str, list[bool]] = {}
    for task, passed in verdicts:
        tried.setdefault(task, []).append(passed)
    whole = {task: passed for task, passed in tried.items() if len(passed) >= settings.trials}
    return {str(k): round(measure_pass_hat(whole, k), 4) for k in range(1, settings.trials + 1)} if whole else {}
