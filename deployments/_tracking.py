"""`streamdial track`: trains a state tracker with and without a set, and scores it on real dialogues."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from streamdial.deployments._starting import configure_logging

if TYPE_CHECKING:
    from streamdial.evaluation import Tracking, TrackingOptions


def track_states(options: TrackingOptions, verbose: bool) -> None:
    """Train a state tracker with and without a set of dialogues, and score it on real ones it has not seen."""
    from streamdial.evaluation import run_tracking

    configure_logging(verbose)
    tracking, files = asyncio.run(run_tracking(options))
    print_tracking(tracking)
    for file in files:
        typer.echo(f"written: {file}")


WIDE = 120
"""Columns of a terminal from which on all measures are shown; the Markdown has them always."""
NARROW = ("jga", "jga_changing", "f1")


def print_tracking(tracking: Tracking) -> None:
    """Print the table of the protocol and what there is to say about it."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from streamdial.evaluation import list_cells

    console = Console(highlight=False)
    console.print(escape(tracking.describe()))
    console.print(
        "Percent, mean ± deviation over seeds. JGA: turns whose whole state is right, of all and of those that change"
        " it. f1: pairs of slot and value.\n"
    )
    wide = console.width >= WIDE
    heads, *rows = list_cells(tracking.trials) if wide else list_cells(tracking.trials, NARROW)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)
    for note in tracking.notes:
        console.print(escape(note), style="dim", soft_wrap=True)
