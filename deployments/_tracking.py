"""`streamdial track`: trains a state tracker with and without a set, and scores it on real dialogues."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streamdial.evaluation import Tracking


def track_states(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A run, an exported data set, or a public set to train on beside the real ones."),
    ] = None,
    real: Annotated[list[Path], typer.Option(help="File or folder of a public set with states; several times.")] = [],  # noqa: B006
    test: Annotated[list[Path] | None, typer.Option(help="Such files to score on; else a share is held back.")] = None,
    test_share: Annotated[
        float, typer.Option(help="Share of the real dialogues that is held back.", min=0.05, max=0.95)
    ] = 0.3,
    share: Annotated[
        list[float] | None, typer.Option(help="Shares of the real ones to train on; 0.01, 0.05, 0.1 and 1 by default.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Times each mixture is trained.", min=1)] = 3,
    model: Annotated[
        list[str] | None, typer.Option(help="Language model that tracks by prompt; several times.")
    ] = None,
    shots: Annotated[list[int] | None, typer.Option(help="Examples it is shown; 0 and 4 by default.")] = None,
    most: Annotated[int | None, typer.Option(help="Dialogues that are scored on, at most.", min=1)] = None,
    api_base: Annotated[str | None, typer.Option(help="Address of the model's endpoint.")] = None,
    json: Annotated[
        Path | None, typer.Option(help="File for the figures; a table in Markdown is written beside.")
    ] = None,
    embedder: Annotated[str, typer.Option(help="use-multilingual, or a sentence-transformers model.")] = (
        "use-multilingual"
    ),
    domain: Annotated[str | None, typer.Option(help="Pack whose slots are tracked; that of DIR by default.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Token budget of the models.")] = None,
    max_cost: Annotated[float | None, typer.Option(help="Money budget of the models in US dollars.")] = None,
) -> None:
    """Train a state tracker with and without a set of dialogues, and score it on real ones it has not seen."""
    from streamdial.errors import ConfigurationError
    from streamdial.evaluation import TrackingOptions, run_tracking

    if not real:
        raise ConfigurationError(
            "no real dialogues were named, so there is nothing to score on.",
            fix="--real with a file or folder of MultiWOZ, SGD, CrossWOZ or RiSAWOZ",
        )
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("streamdial.progress").setLevel(logging.INFO)
    given = {"shares": tuple(share or ()), "shots": tuple(shots or ())}
    options = TrackingOptions(
        folder=str(folder) if folder else None,
        real=tuple(map(str, real)),
        test=tuple(map(str, test or ())),
        test_share=test_share,
        seeds=tuple(range(seeds)),
        models=tuple(model or ()),
        most=most,
        api_base=api_base,
        json_path=str(json) if json else None,
        embedder=embedder,
        domain=domain,
        max_tokens=max_tokens,
        max_cost=max_cost,
        **{name: values for name, values in given.items() if values},
    )
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
