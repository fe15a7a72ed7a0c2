"""Carries out a run for the command line: logging, readiness, the flow, the summary."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from streamdial.errors import StreamDialError

if TYPE_CHECKING:
    from streamdial.deployments._stopping import Stopper
    from streamdial.pipeline import BaseSettings

logger = logging.getLogger("streamdial.progress")
EXIT_LOST = 4
"""Exit code of a run that finished but lost dialogues to the dead-letter file."""
_PORT_TAKEN = 3
"""Exit code of uvicorn where it cannot start."""
MIN_WIDTH, MIN_HEIGHT = 60, 14
"""Columns and lines of a terminal in which the live panel is drawn."""


def configure_logging(verbose: bool) -> None:
    """Log progress to the terminal, in JSON lines where `STREAMDIAL_LOG` is `json`.

    Args:
        verbose: Whether Prefect's own log is shown, too.
    """
    from rich.logging import RichHandler

    from streamdial.logs import JsonFormatter, guard_logs

    guard_logs()
    handler: logging.Handler
    if os.environ.get("STREAMDIAL_LOG") == "json":
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
    elif sys.stderr.isatty():
        handler = RichHandler(console=Console(stderr=True), show_path=False, show_level=False, markup=False)
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    for name in ("streamdial", "streamdial.progress"):
        logging.getLogger(name).setLevel(logging.INFO)
    root = logging.getLogger("streamdial")
    root.handlers[:] = [handler]
    root.propagate = False
    # Prefect's queues have names of their own and log past its level.
    for name in ("EventsWorker", "APILogWorker"):
        logging.getLogger(name).setLevel(logging.NOTSET if verbose else logging.CRITICAL)
    if verbose:
        os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
        os.environ.setdefault("PREFECT_LOGGING_SERVER_LEVEL", "WARNING")


def carry_out(settings: BaseSettings, flow: str) -> None:
    """Carry a run out and print what became of it; one that is finished costs nothing.

    Ctrl-C and SIGTERM end the process with 130 and 143. So does, with 1, a Prefect server that this process started and
    that ends, killed for its memory for example: every task would wait for it without an end.

    Args:
        settings: What to do.
        flow: Name of the flow in `flows`.

    Raises:
        StreamDialError: If something is missing that the run needs.
        typer.Exit: With `EXIT_LOST`, if dialogues were lost or left.
    """
    from streamdial.deployments._stopping import Stopper

    settings.sources.require_here()
    _tell_start(settings)
    told = f"Stopped. What is finished is kept in {settings.out}; the same command goes on from there."
    with Stopper(told, _find_ended_server) as stopper, _show_live(settings, stopper):
        from streamdial.deployments._printing import print_summary

        summary = _find_or_make(settings, flow, stopper)
    print_summary(settings, summary)
    if summary["failed"] or summary["left"]:
        raise typer.Exit(EXIT_LOST)


@contextmanager
def _show_live(settings: BaseSettings, stopper: Stopper) -> Iterator[None]:
    """Draw the live panel while a run is made, in a terminal that is wide and high enough; else the log has lines."""
    console, root = Console(stderr=True), logging.getLogger("streamdial")
    lines = root.handlers[:]
    plain = os.environ.get("STREAMDIAL_LOG", "") in ("json", "lines") or not any(map(_draws, lines))
    if plain or not console.is_terminal or console.width < MIN_WIDTH or console.height < MIN_HEIGHT:
        yield
        return
    from streamdial.deployments._panel import LivePanel

    title = f"{Path(settings.domain).stem}: {settings.dialogues.count} dialogues to {settings.out}"
    with LivePanel(title, console) as panel:
        root.handlers[:] = [panel]
        stopper.quiet = panel.stop
        try:
            yield
        finally:
            root.handlers[:] = lines


def _draws(handler: logging.Handler) -> bool:
    from rich.logging import RichHandler

    return isinstance(handler, RichHandler)


def _find_or_make(settings: BaseSettings, flow: str, stopper: Stopper) -> dict[str, Any]:
    """Return the summary of a run that is finished, or is now."""
    from streamdial.pipeline import write_manifest

    refreshed = getattr(settings.sources, "refresh", False)
    summary = None if refreshed else _find_finished(settings)
    if summary is not None:
        typer.echo("This run is finished; nothing was left to do.", err=True)
        return summary
    require_ready(settings)
    _end_leftovers()
    from streamdial import flows

    made: dict[str, Any] = stopper.run(getattr(flows, flow)(write_manifest(settings)))
    return made


def _find_ended_server() -> StreamDialError | None:
    """Return what to tell if Prefect's temporary server, which this process started, has ended."""
    # Its module is there, and complete, as soon as one is started.
    servers = getattr(sys.modules.get("prefect.server.api.server"), "SubprocessASGIServer", None)
    process = servers().server_process if servers else None
    code = process.poll() if process else None
    # Where its port was taken in the meantime Prefect starts it again with another one.
    if code is None or code == _PORT_TAKEN:
        return None
    how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
    return StreamDialError(
        f"the run's temporary Prefect server has ended ({how}), and nothing goes on without it",
        fix="run the same command again, which goes on with what is finished; if it ends again, give the machine more "
        "memory or use a server of your own (PREFECT_API_URL)",
    )


def _tell_start(settings: BaseSettings) -> None:
    """Say at once that the run has begun: a Prefect server takes seconds, and so may what is taken as it was."""
    begun = (Path(settings.out) / "run.json").is_file()
    logger.info("Going on in %s with what is finished" if begun else "Beginning in %s", settings.out)


def _end_leftovers() -> None:
    """End what runs that were killed have left running."""
    from streamdial.deployments._leftovers import end_leftovers, mark_children

    left = end_leftovers()
    if left:
        logger.info("ended what runs that were killed have left running: %d", left)
    mark_children()


def _find_finished(settings: BaseSettings) -> dict[str, Any] | None:
    """Return the summary of the run if it is finished; sources are compared by content."""
    from streamdial.counts import Counts
    from streamdial.pipeline import find_finished
    from streamdial.sources import open_recordings

    if not (Path(settings.out) / "summary.json").is_file():
        return None
    sources = settings.sources
    if getattr(sources, "candidates", None):
        # The run itself knows whether its table is the one it was begun with.
        return None
    if not sources.given:
        return find_finished(settings, [])
    salt = Path(settings.out) / "salt"
    found = open_recordings(
        sources.list_paths(), salt=salt.read_bytes(), counts=Counts("sources"), allow_private=sources.allow_private
    )
    return find_finished(settings, [files.id for files in found])


def require_ready(settings: BaseSettings) -> None:
    """Fail early, in one line, on what would otherwise fail after minutes.

    Raises:
        StreamDialError: The first thing that is missing.
    """
    from streamdial.deployments._readiness import list_problems

    problems = list_problems(settings)
    if problems:
        raise problems[0]
