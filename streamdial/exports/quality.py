"""The figures of an evaluation, as data card and report show them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamdial.errors import ConfigurationError

PLACES = ("evaluation/evaluation.json", "evaluation.json", "dataset/evaluation.json")
"""Where the figures lie below the folder of a run or data set, the first that is there."""


@dataclass(frozen=True)
class QualityStatistic:
    """One figure.

    Attributes:
        key: Name of the figure, `distinct_2_en`.
        value: The figure; None where there was nothing to measure.
        low: Lower end of its 95% interval.
        high: Upper end.
        unit: What it counts in.
        note: What it rests on, or why there is no value.
        section: Heading it stands under.
    """

    key: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    note: str = ""
    section: str = ""


def read_quality(folder: Path) -> tuple[QualityStatistic, ...]:
    """Return the figures `streamdial evaluate` left in a folder; none where it was not run.

    Args:
        folder: Folder of a run or of a data set.

    Raises:
        ConfigurationError: If the file is there and cannot be read.
    """
    path = next((folder / place for place in PLACES if (folder / place).is_file()), None)
    if path is None:
        return ()
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        figures: Mapping[str, Any] = body.get("figures", body)
        return tuple(_read_statistic(key, figure) for key, figure in figures.items())
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"the figures cannot be read ({error}).", fix="evaluate again: streamdial evaluate DIR", where=str(path)
        ) from error


def _read_statistic(key: str, figure: Any) -> QualityStatistic:  # noqa: ANN401
    if not isinstance(figure, Mapping):
        return QualityStatistic(key, None if figure is None else float(figure))
    note = figure.get("reason") or figure.get("note") or figure.get("basis")
    if not note and figure.get("n") is not None:
        note = f"n = {figure['n']}"
    value, low, high = (None if figure.get(end) is None else float(figure[end]) for end in ("value", "low", "high"))
    texts = (str(text or "") for text in (figure.get("unit"), note, figure.get("section")))
    return QualityStatistic(key, value, low, high, *texts)


def group_sections(figures: Sequence[QualityStatistic]) -> dict[str, list[QualityStatistic]]:
    """Return figures by their headings, in the order they came."""
    sections: dict[str, list[QualityStatistic]] = {}
    for figure in figures:
        sections.setdefault(figure.section, []).append(figure)
    return sections


def write_number(value: float | None) -> str:
    """Return a number with three digits that count, `n/a` for none."""
    if value is None:
        return "n/a"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
