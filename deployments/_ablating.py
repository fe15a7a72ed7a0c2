"""`streamdial ablate`: the same run without one of its parts, and baselines, in one table."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from streamdial.deployments._starting import configure_logging

if TYPE_CHECKING:
    from streamdial.pipeline import AblationSettings


def ablate_run(settings: AblationSettings, verbose: bool) -> None:
    """Make the same run without one of its parts at a time, and baselines, and measure them side by side."""
    from streamdial.pipeline import run_ablation

    configure_logging(verbose)
    result, files = asyncio.run(run_ablation(settings))
    typer.echo(result.render())
    for file in files:
        typer.echo(f"written: {file}")
