"""Creates work pool, limits and deployments on the server PREFECT_API_URL names.

Run it as `python -m streamdial.deployments.register`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import typer

PREFECT_FILE = Path(__file__).parent / "prefect.yaml"
POOL = "streamdial"
RUNS = 8
"""Runs at once over all workers."""
LIMITS = {"streamdial-account": 2, "streamdial-shard": 8}
"""Tasks at once over all processes, by tag: recordings that are read, shards of dialogues that are made."""


def register(file: Path = PREFECT_FILE) -> None:
    """Make what is missing and bring deployments up to date.

    Limits that are there stay as somebody set them, and so does whether a schedule is on. Relative paths of the
    deployments are taken from `STREAMDIAL_ROOT`, or from where this is called.

    Args:
        file: The deployments.

    Raises:
        RuntimeError: If the server refuses something.
    """
    asyncio.run(_make_limits())
    switched_on = asyncio.run(_list_switched_on())
    _run("--no-prompt", "deploy", "--all", "--prefect-file", str(file.resolve()))
    asyncio.run(_switch_on(switched_on))


async def _make_limits() -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    async with get_client() as client:
        try:
            await client.read_work_pool(POOL)
        except ObjectNotFound:
            _run("work-pool", "create", POOL, "--type", "process")
            _run("work-pool", "set-concurrency-limit", POOL, str(RUNS))
        for tag, at_once in LIMITS.items():
            try:
                await client.read_concurrency_limit_by_tag(tag)
            except ObjectNotFound:
                await client.create_concurrency_limit(tag, at_once)


async def _list_switched_on() -> set[str]:
    """Return the names of deployments with a schedule that is on."""
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        return {d.name for d in await client.read_deployments() if any(s.active for s in d.schedules)}


async def _switch_on(names: set[str]) -> None:
    from prefect.client.orchestration import get_client

    from streamdial.flows.reap import TAG

    async with get_client() as client:
        for deployment in await client.read_deployments():
            for schedule in deployment.schedules if deployment.name in names and TAG in deployment.tags else ():
                await client.update_deployment_schedule(deployment.id, schedule.id, active=True)


def _run(*arguments: str) -> None:
    command = [str(Path(sys.executable).parent / "prefect"), *arguments]
    root = os.environ.get("STREAMDIAL_ROOT") or os.getcwd()
    environment = {**os.environ, "STREAMDIAL_ROOT": root}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise RuntimeError(f"prefect {arguments[0]} failed: {' '.join(told)[:1000]}")


if __name__ == "__main__":
    try:
        register(*map(Path, sys.argv[1:2]))
    except RuntimeError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
