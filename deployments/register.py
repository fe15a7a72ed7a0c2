"""Makes work pool, limits and deployments on the server PREFECT_API_URL names: `python -m deployments.register`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import typer

ROOT = Path(__file__).resolve().parents[1]
POOL = "streamdial"
RUNS = 8
"""Runs at once over all workers."""
LIMITS = {"streamdial-account": 2, "streamdial-shard": 8}
"""Tasks at once over all processes, by tag: recordings that are read, shards of dialogues that are made."""


def register() -> None:
    """Make what is missing and bring deployments up to date; doing it again changes nothing.

    Raises:
        RuntimeError: If the server refuses something.
    """
    _run("work-pool", "create", POOL, "--type", "process", "--overwrite")
    _run("work-pool", "set-concurrency-limit", POOL, str(RUNS))
    for tag, at_once in LIMITS.items():
        _run("concurrency-limit", "create", tag, str(at_once))
    _run("--no-prompt", "deploy", "--all", "--prefect-file", "deployments/prefect.yaml")


def _run(*arguments: str) -> None:
    command = [str(Path(sys.executable).parent / "prefect"), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise RuntimeError(f"prefect {arguments[0]} failed: {' '.join(told)[:1000]}")


if __name__ == "__main__":
    try:
        register()
    except RuntimeError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
