"""`streamdial evaluate`: measures a set, alone or against another."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from streamdial.deployments._starting import configure_logging

if TYPE_CHECKING:
    from streamdial.evaluation import Evaluation, EvaluationOptions, HumanEvalOptions


def evaluate_set(options: EvaluationOptions, verbose: bool) -> None:
    """Measure a set of dialogues, alone or against another; ask judges and people on request."""
    from streamdial.evaluation.runner import run_evaluations

    # Judges may take their time.
    configure_logging(verbose)
    for evaluation, files in asyncio.run(run_evaluations(options)):
        print_evaluation(evaluation)
        _tell_files(files)


def export_sheets(options: HumanEvalOptions, verbose: bool) -> None:
    """Write dialogues for people to score: blinded, shuffled, with hidden repeats, and a guide."""
    from streamdial.evaluation import export_human_eval

    _tell_files(export_human_eval(options))
    out = Path(options.out)
    typer.echo(f"Hand out {out / 'for_people'}: a table a person, and the guide. Keep key.json to yourself.")
    typer.echo("Then: streamdial evaluate DIR --answers answers_1.csv --answers answers_2.csv")


def _tell_files(files: list[Path]) -> None:
    for file in files:
        typer.echo(f"written: {file}")


MEDIUM, WIDE = 85, 130
"""Columns of a terminal from which on units, and what a figure rests on, are shown; the Markdown has them always."""


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the tables of an evaluation, why figures are missing, and what there is to say about it."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from streamdial.evaluation import format_apart, format_remark, format_value, group_rows, name_statistic

    console = Console(highlight=False)
    wide = console.width >= WIDE
    console.print("Brackets are 95% intervals, resampled by dialogue. What each measure is: docs/evaluation.md.")
    for section, rows in group_rows(evaluation):
        pair = bool(evaluation.other) and any(row.other for row in rows)
        units = console.width >= MEDIUM + 30 * pair
        table = Table(title=section, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("measure", no_wrap=True)
        table.add_column(escape(evaluation.name), justify="right", no_wrap=True)
        if pair:
            table.add_column(escape(evaluation.other), justify="right", no_wrap=True)
            table.add_column("apart")
        shown = 2 if wide else int(units)
        for name in ("unit", "on what, or why not")[:shown]:
            table.add_column(name, overflow="fold", style="dim")
        for row in rows:
            cells = [name_statistic(row.own), format_value(row.own)]
            if pair:
                cells += [format_value(row.other) if row.other else "", format_apart(row)]
            table.add_row(*map(escape, (*cells, *(row.own.unit, format_remark(row))[:shown])))
        console.print(table)
        figures = [figure for row in rows for figure in (row.own, row.other) if figure and figure.value is None]
        for reason in dict.fromkeys(figure.reason for figure in figures if not wide):
            console.print(f"  n/a: {escape(reason)}", style="dim")
    for note in evaluation.notes:
        console.print(escape(note), style="dim", soft_wrap=True)
