"""`streamdial evaluate`: what a set is worth, alone or against another."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from streamdial.evaluation import Evaluation


def evaluate_set(
    folder: Annotated[
        Path, typer.Argument(help="A run, an exported data set, or dialogues of a public set.", metavar="DIR")
    ],
    against: Annotated[Path | None, typer.Option(help="Another set, compared point by point.")] = None,
    judge: Annotated[list[str] | None, typer.Option(help="Model that scores a sample; several are a panel.")] = None,
    judged: Annotated[int, typer.Option(help="Dialogues of each set that judges read.", min=1)] = 20,
    criterion: Annotated[list[str] | None, typer.Option(help="What judges score; all by default.")] = None,
    criteria: Annotated[Path | None, typer.Option(help="YAML file of criteria of your own.")] = None,
    combine: Annotated[Literal["mean", "median"], typer.Option(help="How a panel's scores become one.")] = "median",
    requirements: Annotated[
        bool, typer.Option("--requirements", help="Judges also check what each persona and path asks for.")
    ] = False,
    guide: Annotated[
        Path | None, typer.Option(help="Real dialogues; judges see one with each rating, as a measure.")
    ] = None,
    api_base: Annotated[str | None, typer.Option(help="Address of the judges' endpoint.")] = None,
    json: Annotated[
        Path | None, typer.Option(help="File for the figures; a table in Markdown is written beside.")
    ] = None,
    embedder: Annotated[
        str, typer.Option(help="use-multilingual, a sentence-transformers model, or none.")
    ] = "use-multilingual",
    domain: Annotated[str | None, typer.Option(help="Path of the pack, where it was one of your own.")] = None,
    export_people: Annotated[
        Path | None, typer.Option(help="Write dialogues for people to score into this folder, and stop.")
    ] = None,
    people: Annotated[int, typer.Option(help="Dialogues that people score.", min=1)] = 50,
    annotators: Annotated[int, typer.Option(help="People who score them.", min=1)] = 2,
    import_people: Annotated[
        list[Path] | None, typer.Option(help="Answers of people; may be given several times.")
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Token budget of the judges.")] = None,
    max_cost: Annotated[float | None, typer.Option(help="Money budget of the judges in US dollars.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of samples and resamples.")] = 7,
) -> None:
    """Measure a set of dialogues, alone or against another; ask judges and people on request."""
    from streamdial.evaluation import EvaluationOptions, export_human_eval, run_evaluation

    if export_people:
        chosen: dict[str, Any] = {"count": people, "annotators": annotators, "criteria": criterion or (), "seed": seed}
        _tell_files(export_human_eval(folder, against, export_people, **chosen))
        typer.echo(
            f"Hand out {export_people / 'for_people'}: a table a person, and the guide. Keep key.json to yourself."
        )
        typer.echo("Then: streamdial evaluate DIR --import-people answers_1.csv --import-people answers_2.csv")
        return
    # Judges may take their time.
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("streamdial.progress").setLevel(logging.INFO)
    options = EvaluationOptions(
        folder=str(folder),
        against=str(against) if against else None,
        judges=tuple(judge or ()),
        judged=judged,
        criteria=tuple(criterion or ()),
        criteria_file=str(criteria) if criteria else None,
        combine=combine,
        requirements=requirements,
        guide=str(guide) if guide else None,
        api_base=api_base,
        json_path=str(json) if json else None,
        embedder=embedder,
        domain=domain,
        answers=tuple(str(file) for file in import_people or ()),
        max_tokens=max_tokens,
        max_cost=max_cost,
        seed=seed,
    )
    evaluation, files = asyncio.run(run_evaluation(options))
    print_evaluation(evaluation)
    _tell_files(files)


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
