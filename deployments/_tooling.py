"""`streamdial tooluse`: user-oriented dialogues with executable tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from streamdial.deployments._starting import build_settings, carry_out, configure_logging


def make_tool_dialogues(
    domain: Annotated[str, typer.Option(help="automotive, hotel, restaurant, or the path of a pack of your own.")],
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    source: Annotated[
        list[str] | None, typer.Option(help="Recordings, as for `run`; may be given several times.")
    ] = None,
    table: Annotated[Path | None, typer.Option(help="CSV, TSV, Parquet or SQLite: a row for each thing sold.")] = None,
    base: Annotated[Path | None, typer.Option(help="Folder of a finished run: its people, K and dialogues.")] = None,
    table_language: Annotated[str, typer.Option(help="Language of the table's values, en or zh.")] = "en",
    continued: Annotated[float, typer.Option(help="Share of dialogues that go on from one of the base's.")] = 0.0,
    dialogues: Annotated[int, typer.Option(help="Dialogues to make.")] = 16,
    mode: Annotated[str, typer.Option(help="user-oriented, or task-oriented: the baseline.")] = "user-oriented",
    user_rules: Annotated[Path | None, typer.Option(help="YAML file of the user's human rules.")] = None,
    follow_ups: Annotated[int, typer.Option(help="Tasks that may come up beside the first two.")] = 4,
    trials: Annotated[int, typer.Option(help="Dialogues made of each plan of tasks, for pass^k.")] = 1,
    error_rate: Annotated[float, typer.Option(help="How often a call fails.")] = 0.03,
    timeout_rate: Annotated[float, typer.Option(help="How often a call times out.")] = 0.02,
    empty_rate: Annotated[float, typer.Option(help="How often a search comes back empty.")] = 0.02,
    tools: Annotated[str, typer.Option(help="templates, or model: a model proposes further tools.")] = "templates",
    simulated_tools: Annotated[Path | None, typer.Option(help="YAML file of tools a model answers for.")] = None,
    model: Annotated[
        str, typer.Option(help="local/NAME, a .gguf file, or a litellm name.")
    ] = "local/qwen2.5-coder-1.5b",
    api_base: Annotated[str | None, typer.Option(help="Address of the model's endpoint.")] = None,
    user_model: Annotated[str | None, typer.Option(help="Model of the user's side; the same by default.")] = None,
    realisation: Annotated[
        str, typer.Option(help="planned: an agenda decides, the model words. direct: the model decides. auto.")
    ] = "auto",
    embedder: Annotated[
        str, typer.Option(help="use-multilingual, or a sentence-transformers model.")
    ] = "use-multilingual",
    source_language: Annotated[str | None, typer.Option(help="en or zh; found out by default.")] = None,
    seeds: Annotated[Path | None, typer.Option(help="Seed dialogues: our own, or a public set's.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 7,
    most_turns: Annotated[int, typer.Option(help="Longer dialogues are cut.")] = 120,
    keep_ratio: Annotated[float, typer.Option(help="Share kept of dialogues that repeat each other.")] = 0.5,
    concurrency: Annotated[int | None, typer.Option(help="Model calls at once.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Token budget of the run.")] = None,
    max_cost: Annotated[float | None, typer.Option(help="Money budget in US dollars.")] = None,
    qdrant_url: Annotated[str | None, typer.Option(help="Qdrant server; embedded by default.")] = None,
    retry_failed: Annotated[bool, typer.Option(help="Take up dead-letter dialogues again.")] = False,
    verbose: Annotated[bool, typer.Option(help="Show Prefect's log too.")] = False,
) -> None:
    """Make dialogues of users with agents that have executable tools, each task verified by execution."""
    given: dict[str, Any] = {
        name: value for name, value in locals().items() if name not in ("source", "verbose", *_NESTED)
    }
    nested = {
        "tasks": {"follow_ups": follow_ups},
        "faults": {"error": error_rate, "timeout": timeout_rate, "empty": empty_rate},
    }
    given = {name: str(value.resolve()) if isinstance(value, Path) else value for name, value in given.items()}
    configure_logging(verbose)
    settings = build_settings({**given, **nested, "sources": tuple(source or ())}, tools=True)
    carry_out(settings, "tool_use")


_NESTED = ("follow_ups", "error_rate", "timeout_rate", "empty_rate")
