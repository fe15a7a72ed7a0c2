"""Prints the summary of a run on the command line."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from streamdial.files import read_lines
from streamdial.pipeline import BaseSettings
from streamdial.records import Dialogue

if TYPE_CHECKING:
    from polars import DataFrame

MAX_READ = 50
"""Dialogues of which one is shown."""


def print_summary(settings: BaseSettings, summary: dict[str, Any]) -> None:
    """Print counts per phase, one finished dialogue, and where everything is."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(_build_table(summary["counts"]))
    for note in (note for report in summary["counts"] for note in report["notes"]):
        console.print(f"  {escape(note)}", style="dim")
    if summary.get("pass_hat"):
        _print_tool_dialogue(console, settings)
    else:
        _print_dialogue(console, settings)
    console.print(f"\n{summary['dialogues_kept']} dialogues kept of {summary['dialogues_asked']} asked for.")
    files = [Path(file) for file in summary["files"]]
    report = next((file for file in files if file.name == "index.html"), None)
    console.print(f"data set: {Path(settings.out) / 'dataset'}")
    console.print(f"report:   {report}")
    # What is to be done comes last, where it is seen.
    if summary["failed"]:
        console.print(
            f"{len(summary['failed'])} dialogues were lost to {Path(settings.out) / 'dead_letters.jsonl'}; "
            "run the same command with --retry-failed."
        )
    if summary["left"]:
        console.print(_tell_left(settings, summary["left"]))


def print_screening(summary: DataFrame, report: dict[str, Any], files: list[Path]) -> None:
    """Print what became of the candidates, by kind and reason, and where the lists are."""
    console = Console(highlight=False, soft_wrap=True)
    table = Table(title="What became of the candidates", title_justify="left")
    for name in ("kind", "decision", "reason", "count"):
        table.add_column(name, justify="right" if name == "count" else "left")
    for kind, decision, reason, count in summary.iter_rows():
        table.add_row(escape(kind), decision, reason.replace("_", " "), f"{count:,}")
    console.print(table)
    for note in report["notes"]:
        console.print(f"  {escape(note)}", style="dim")
    console.print(f"{report['kept']:,} of {report['asked']:,} candidates kept.")
    for file in files:
        console.print(f"{file.stem + ':':9} {file}")


def _tell_left(settings: BaseSettings, left: int) -> str:
    """Return why dialogues were left and what to do about it."""
    entries = [entry for entry in read_lines(Path(settings.out) / "dead_letters.jsonl") if entry["kind"] == "left"]
    reason, message = (entries[-1].get("reason"), entries[-1].get("message")) if entries else ("", "")
    if message and reason != "budget":
        return escape(f"{left} dialogues are left: {message}")
    return (
        f"The budget is used up: {left} dialogues are left. Raise --max-tokens or --max-cost and run "
        "the same command again; what is done stays."
    )


def _build_table(reports: list[dict[str, Any]]) -> Table:
    table = Table(title="What became of what", title_justify="left")
    for name in ("phase", "asked", "made", "kept", "dropped by reason"):
        table.add_column(name, justify="right" if name in ("asked", "made", "kept") else "left", overflow="fold")
    for report in reports:
        dropped = sorted(report["dropped"].items(), key=lambda item: -item[1])
        told = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in dropped)
        table.add_row(report["phase"], *(f"{report[name]:,}" for name in ("asked", "made", "kept")), told)
    return table


MAX_SHOWN = 3
"""Rows of a result that are printed."""


def _print_tool_dialogue(console: Console, settings: BaseSettings) -> None:
    """Print one dialogue with what was thought and called before the agent spoke."""
    path = Path(settings.out) / "dataset" / "tools" / "dialogues.jsonl"
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        made = [json.loads(line) for _, line in zip(range(50), file, strict=False)]
    if not made:
        return
    dialogue = max(made, key=_count_kinds)
    kinds = ", ".join(verdict["kind"] for verdict in dialogue["verdicts"])
    console.print(f"\nOne dialogue ({kinds}; {len(dialogue['turns'])} turns):\n", style="bold")
    for turn in dialogue["turns"]:
        for step in turn["steps"]:
            result = step["result"]
            arguments = ", ".join(f"{name}={value!r}" for name, value in step["call"]["arguments"].items())
            rows = [json.dumps(row, ensure_ascii=False) for row in result["rows"][:MAX_SHOWN]]
            more = len(result["rows"]) - len(rows)
            told = result["failure"]["kind"] if result["failure"] else "; ".join(rows) or "nothing"
            console.print(f"        {escape(step['reasoning'])}", style="dim")
            console.print(f"        {step['call']['name']}({escape(arguments)})", style="cyan")
            console.print(f"        -> {escape(told)}{f' and {more} more' if more > 0 else ''}", style="dim")
        who = "user " if turn["role"] == "user" else "agent"
        acts = " ".join(act["act"] for act in turn["acts"])
        console.print(f"  {who} | {escape(turn['utterance'])}  [dim]{escape(acts)}[/dim]")


def _count_kinds(dialogue: dict[str, Any]) -> int:
    return len({verdict["kind"] for verdict in dialogue["verdicts"]})


def _print_dialogue(console: Console, settings: BaseSettings) -> None:
    """Print the longest of the first dialogues that reached what was wanted."""
    from streamdial.evaluation.reading import list_sessions

    lines = itertools.chain.from_iterable(map(read_lines, list_sessions(Path(settings.out) / "dataset")))
    dialogues = [Dialogue.model_validate(line["dialogue"]) for line in itertools.islice(lines, MAX_READ)]
    if not dialogues:
        return
    print_turns(console, max(dialogues, key=lambda made: (made.outcome == "success", len(made.turns))))


def print_turns(console: Console, dialogue: Dialogue) -> None:
    """Print a dialogue, each turn with its act and what is told, asked and wished in it."""
    console.print(f"\nOne dialogue ({escape(dialogue.path)}, {len(dialogue.turns)} turns):\n", style="bold")
    for turn in dialogue.turns:
        who = "user " if turn.role == "user" else "agent"
        facts = {**turn.inform, **turn.tell, **turn.request}
        told = ", ".join(f"{slot}={value}" for slot, value in facts.items())
        console.print(f"  {who} | {escape(turn.utterance)}  [dim]{escape(f'{turn.act} {told}'.strip())}[/dim]")
