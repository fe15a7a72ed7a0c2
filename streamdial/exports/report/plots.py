"""What the report's plots are drawn from, beside what the page counts itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

from streamdial.exports.dataset import DataSet
from streamdial.records import Dialogue, Role
from streamdial.text import measure_length

BARS = 24
"""Maximum number of bars of a histogram; the last one holds all that is longer."""


def collect_plots(data: DataSet) -> dict[str, Any]:
    """Return the figures of the evaluation as they are, and the lengths of turns by language."""
    return {"figures": [astuple(figure) for figure in data.quality], "lengths": count_lengths(data.dialogues)}


def count_lengths(dialogues: Iterable[Dialogue]) -> dict[str, dict[str, Any]]:
    """Return histograms of the lengths of turns by language: words in English, characters in Chinese.

    Returns:
        By language: `width` of a bar, and for each side how many turns each bar has. Bar n holds lengths from
        n times the width on; the last one everything longer, so that a few long turns do not flatten the rest.
    """
    lengths: dict[str, dict[Role, list[int]]] = defaultdict(lambda: {"user": [], "agent": []})
    for dialogue in dialogues:
        for turn in dialogue.turns:
            lengths[dialogue.language][turn.role].append(measure_length(turn.utterance, dialogue.language))
    return {language: _count_bars(sides) for language, sides in sorted(lengths.items()) if any(sides.values())}


def _count_bars(sides: dict[Role, list[int]]) -> dict[str, Any]:
    ordered = sorted(length for found in sides.values() for length in found)
    usual = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    width = usual // BARS + 1
    bars = usual // width + 1
    counted = {role: [0] * bars for role in sides}
    for role, found in sides.items():
        for length in found:
            counted[role][min(bars - 1, length // width)] += 1
    return {"width": width, "more": ordered[-1] >= bars * width, "user": counted["user"], "agent": counted["agent"]}
