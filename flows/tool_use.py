"""The flow `tool_use`: accounts become databases, and users talk to agents with tools over them."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from prefect import flow

from streamdial.flows.phases import finish_run, generate_tool_dialogues, make_environments, with_workers
from streamdial.flows.stream import build_participants, name_run_of
from streamdial.logs import log_about
from streamdial.pipeline import ToolUseSettings, close_run, open_run, phases
from streamdial.tasks import run_task

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
            return await _run_phases(settings)
    finally:
        await close_run(settings)


async def _run_phases(settings: ToolUseSettings) -> dict[str, Any]:
    run = open_run(settings)
    phases.check_given_files(run)
    from_sources = settings.sources.given
    found = await (build_participants(settings) if from_sources else phases.find_participants(run, run_task))
    logger.info("databases: %d agents", len(found.agents))
    environments = await make_environments(settings, found.agents)
    found = replace(found, agents=environments.agents, counts=[*found.counts, *environments.counts])
    logger.info("making %d dialogues with tools", settings.dialogues.count)
    generate = with_workers(generate_tool_dialogues, settings)
    dialogues = await generate(settings, found.users, found.agents, found.histories)
    return await finish_run(settings, dialogues, found)
