"""The live panel of a run in a terminal: phases, progress, cost, time left, and what was finished last."""

from __future__ import annotations

import logging
import time
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from streamdial.pipeline.progress import ProgressFigures, find_progress

PHASES = {
    "SSI": "signals",
    "APS": "personas",
    "CB": "blueprints",
    "IDG": "dialogues",
    "DF": "filter",
    "export": "files",
}
"""Phases in their order, each with what it makes."""
_SHOWN = 4
"""Lines of the log that stay in sight."""


class LivePanel(logging.Handler):
    """Shows a run while it is made; a handler of the log, from which it learns which phase has begun.

    Args:
        title: Stands at its head.
        console: Where it is drawn.
    """

    def __init__(self, title: str, console: Console) -> None:
        super().__init__(logging.INFO)
        self._title = title
        self._begun = time.monotonic()
        self._phases: dict[str, float] = {}
        self._lines: list[str] = []
        self._live = Live(console=console, refresh_per_second=4, get_renderable=self.render, transient=True)

    def __enter__(self) -> LivePanel:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away again."""
        self.stop()

    def stop(self) -> None:
        """Stop drawing; twice is no error."""
        self._live.stop()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line of the log in; warnings stay above the panel."""
        told = record.getMessage()
        phase = "export" if told.startswith("writing data set") else told.partition(":")[0]
        if phase in PHASES:
            self._phases.setdefault(phase, time.monotonic())
        if record.levelno >= logging.WARNING:
            self._live.console.print(Text(told, style="yellow"))
        elif not told.startswith("IDG: ") or " dialogues done, " not in told:
            # How many are done is drawn as a bar.
            self._lines = [*self._lines, told][-_SHOWN:]

    def render(self) -> Panel:
        """Return what is drawn now."""
        figures = find_progress()
        parts: list[Any] = [self._list_phases()]
        if figures is not None:
            parts += [self._show_progress(figures)]
            if figures.last:
                parts.append(Text(f"last: {figures.last}", overflow="ellipsis", no_wrap=True, style="italic"))
        parts += [Text(line, overflow="ellipsis", no_wrap=True, style="dim") for line in self._lines]
        return Panel(Group(*parts), title=escape(self._title), title_align="left", subtitle=_tell_time(self._passed()))

    def _passed(self) -> float:
        return time.monotonic() - self._begun

    def _list_phases(self) -> Table:
        table = Table.grid(padding=(0, 2))
        cells: list[Any] = []
        begun = [*self._phases]
        for phase, what in PHASES.items():
            if phase not in self._phases:
                cells.append(Text(f"{phase} {what}", style="dim"))
            elif phase != begun[-1]:
                after = begun[begun.index(phase) + 1]
                took = self._phases[after] - self._phases[phase]
                cells.append(Text(f"✓ {phase} {what} {_tell_time(took)}", style="green"))
            else:
                cells.append(Spinner("dots", Text(f"{phase} {what}", style="bold")))
        table.add_row(*cells)
        return table

    def _show_progress(self, figures: ProgressFigures) -> Table:
        table = Table.grid(padding=(0, 2))
        left = f"{_tell_time(figures.seconds_left)} left" if figures.seconds_left else ""
        counts = f"{figures.done:,} of {figures.whole:,} dialogues, {figures.running:,} open, {figures.failed:,} lost"
        table.add_row(
            ProgressBar(figures.whole, figures.done, width=24), counts, f"{figures.per_minute:,.0f} a minute", left
        )
        calls = f"{figures.calls:,} calls ({figures.cached:,} from cache, {figures.retrying:,} wait)"
        table.add_row("", calls, f"{figures.tokens:,} tokens", f"${figures.dollars:,.2f}")
        return table


def _tell_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
