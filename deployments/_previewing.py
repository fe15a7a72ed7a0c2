"""`streamdial run --preview N` and `--dry-run`: a few dialogues to look at, and what the whole run would take."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from streamdial.pipeline import RunSettings
    from streamdial.pipeline.door import Preview

logger = logging.getLogger("streamdial.progress")
LEARNT_FROM, LEARNT_FROM_CODE = 2, 16
"""Dialogues an estimate is learnt from: by a model, which costs money, and by code, which takes its time to begin."""
_PANEL = "This command"
OPTIONS: dict[str, Any] = {
    "preview": Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            "--preview",
            min=1,
            metavar="N",
            help="Make the first N dialogues in the folder, print them and what the whole run would take. The same "
            "command without it goes on from there: no answer of a model is paid for twice.",
            rich_help_panel=_PANEL,
        ),
    ],
    "dry_run": Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option(
            "--dry-run",
            help=f"Make {LEARNT_FROM} dialogues ({LEARNT_FROM_CODE} where code makes them), throw them away and print "
            "what the run would take: calls, tokens, money and time by phase. A hosted model is asked for them.",
            rich_help_panel=_PANEL,
        ),
    ],
}
"""Options of `run` that are no settings."""


def show_preview(settings: RunSettings, dialogues: int) -> None:
    """Make the first dialogues of a run in its folder, print them and an estimate of the whole.

    Raises:
        StreamDialError: If something is missing that the run needs.
    """
    from rich.console import Console

    from streamdial.deployments._printing import print_turns

    shown, console = _make(settings, dialogues), Console(highlight=False, soft_wrap=True)
    for dialogue in shown.dialogues:
        print_turns(console, dialogue)
    typer.echo(f"\n{shown.estimate()}")
    typer.echo(f"\nTo go on, give the same command without --preview. Report: {settings.out}/report/index.html")


def show_estimate(settings: RunSettings) -> None:
    """Print what a run would take; nothing is left behind.

    Raises:
        StreamDialError: If something is missing that the run needs.
    """
    from streamdial.pipeline.run import words_turns

    few = LEARNT_FROM if words_turns(settings) else LEARNT_FROM_CODE
    with tempfile.TemporaryDirectory(prefix="streamdial-") as folder:
        shown = _make(settings.replace(out=str(Path(folder) / "run")), few)
    typer.echo(f"{shown.estimate()}")


def _make(settings: RunSettings, dialogues: int) -> Preview:
    from streamdial.deployments._starting import require_ready
    from streamdial.pipeline.background import run_blocking
    from streamdial.pipeline.door import preview_run

    settings.sources.require_here()
    logger.info("Making %d dialogues to learn from", dialogues)
    require_ready(settings)
    return run_blocking(preview_run(settings, dialogues))
