"""`streamdial status`: which runs there are, how far they are, what they cost, and what was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer


def show_status(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of runs; those in `runs` by default.", metavar="[DIR]...")
    ] = None,
    server: Annotated[bool, typer.Option(help="Ask the Prefect server too, where PREFECT_API_URL names one.")] = True,
) -> None:
    """Show the runs in folders, and those of the Prefect server where there is one."""
    import os

    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    found = [path for path in folders or sorted(Path("runs").glob("*")) if (path / "run.json").is_file()]
    table = Table("run", "state", "dialogues", "left", "lost", "calls", "tokens", "cost", "last change")
    for row in map(describe_run, found):
        table.add_row(*row)
    console.print(table if found else "no runs in these folders")
    if server and os.environ.get("PREFECT_API_URL"):
        for line in asyncio.run(describe_server()):
            console.print(line, markup=False)


def describe_run(folder: Path) -> list[str]:
    """Return the cells of a run's row, read from its files alone; a run in progress can be looked at."""
    from streamdial.files import read_json, read_lines
    from streamdial.models import CallCache
    from streamdial.pipeline import DeadLetters

    journals = list((folder / "dialogues").glob("*.journal"))
    done = sum(1 for journal in journals for _ in read_lines(journal))
    assigned = sorted((folder / "cast").glob("assignments-*.json"), key=lambda path: path.stat().st_mtime)
    asked = int(assigned[-1].stem.rpartition("-")[2]) if assigned else 0
    letters = DeadLetters(folder / "dead_letters.jsonl")
    finished = (folder / "summary.json").is_file()
    left = read_json(folder / "summary.json")["left"] if finished else max(asked - done - len(letters.lost), 0)
    calls = tokens = 0
    dollars = 0.0
    if (folder / "cache" / "calls.sqlite").is_file():
        cache = CallCache(folder / "cache" / "calls.sqlite")
        calls = len(cache)
        costs = cache.sum_costs().values()
        tokens, dollars = sum(cost.tokens for cost in costs), sum(cost.dollars for cost in costs)
        cache.close()
    changed = max((path.stat().st_mtime for path in (folder / "run.json", *journals)), default=0.0)
    ago = timedelta(seconds=round(datetime.now(UTC).timestamp() - changed))
    state = "finished" if finished and not left else "begun" if not asked else "under way"
    counted = [f"{done} of {asked}", str(left), str(len(letters.lost)), f"{calls:,}", f"{tokens:,}", f"${dollars:.2f}"]
    return [folder.name, state, *counted, f"{ago} ago"]


async def describe_server() -> Iterable[str]:
    """Return what runs and waits on the Prefect server, with the last progress of each run."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        ArtifactFilter,
        ArtifactFilterFlowRunId,
        DeploymentFilter,
        DeploymentFilterTags,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    from streamdial.flows.reap import TAG

    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    now = datetime.now(UTC)

    async def read(*types: StateType) -> list[Any]:
        chosen = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types))))
        return list(await client.read_flow_runs(flow_run_filter=chosen, deployment_filter=tagged))

    async with get_client() as client:
        running = await read(StateType.RUNNING, StateType.CANCELLING)
        waiting = await read(StateType.SCHEDULED, StateType.PENDING)
        late = [run for run in waiting if run.expected_start_time and run.expected_start_time < now]
        lines = [f"server: {len(running)} running, {len(late)} due and waiting, {len(waiting) - len(late)} scheduled"]
        for run in running:
            shown = await client.read_artifacts(
                artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
            )
            told = next((artifact.description for artifact in shown if artifact.type == "progress"), "")
            since = timedelta(seconds=round((now - (run.start_time or now)).total_seconds()))
            lines.append(f"  {run.name}: {run.state_name}, for {since}. {told or ''}".rstrip())
        return lines
