"""The live panel: which phase is under way, how far the dialogues are, and what was last said."""

from __future__ import annotations

import io
import logging

import pytest
from rich.console import Console

from streamdial.deployments import _panel
from streamdial.deployments._panel import LivePanel
from streamdial.pipeline.progress import ProgressFigures

FIGURES = ProgressFigures(
    whole=200, done=50, running=16, failed=1, left=0, calls=420, cached=7, retried=2, retrying=1, tokens=91_000,
    dollars=1.25, per_minute=30.0, seconds_left=298.0, last="See you on Friday then.",
)  # fmt: skip


def draw(panel: LivePanel) -> str:
    page = Console(file=io.StringIO(), width=110)
    page.print(panel.render())
    return page.file.getvalue()  # type: ignore[attr-defined]


def tell(panel: LivePanel, text: str, level: int = logging.INFO) -> None:
    panel.emit(logging.LogRecord("streamdial.progress", level, "", 0, text, None, None))


def test_phases_are_ticked_off_as_the_log_names_them() -> None:
    panel = LivePanel("hotel: 200 dialogues to runs/[a]", Console(file=io.StringIO()))
    tell(panel, "Beginning in runs/a")
    assert "✓" not in draw(panel)
    tell(panel, "SSI: reading monday")
    tell(panel, "APS: building personas")
    shown = draw(panel)
    assert "✓ SSI signals 0:00" in shown
    assert "✓ APS" not in shown
    assert "runs/[a]" in shown
    assert "SSI: reading monday" in shown


def test_dialogues_under_way_are_told_with_cost_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_panel, "find_progress", lambda: FIGURES)
    panel = LivePanel("hotel", Console(file=io.StringIO()))
    shown = draw(panel)
    for told in (
        "50 of 200 dialogues, 16 open, 1 lost",
        "30 a minute",
        "4:58 left",
        "420 calls (7 from cache, 1 wait)",
    ):
        assert told in shown
    assert "91,000 tokens" in shown
    assert "$1.25" in shown
    assert "last: See you on Friday then." in shown


def test_only_the_last_lines_stay_and_warnings_stand_above() -> None:
    above = Console(file=io.StringIO(), width=110)
    panel = LivePanel("hotel", above)
    for number in range(9):
        tell(panel, f"SSI: line {number}")
    tell(panel, "SSI: monday: few words of the domain", logging.WARNING)
    assert "few words of the domain" in above.file.getvalue()  # type: ignore[attr-defined]
    shown = draw(panel)
    assert "line 8" in shown
    assert "line 4" not in shown
