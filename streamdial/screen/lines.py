"""Lines of text on the screen over time: where each stands, from when to when, and what it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz.fuzz import partial_ratio, ratio

from streamdial.text import fold_text

SAME_TEXT = 86.0
"""Likeness (0 to 100) from which on two readings at one place are the same line, if their figures are the same too."""
SAME_PLACE = 0.3
"""Overlap (`measure_overlap`) from which on two lines stand at one place; rows of a table share less."""
LONGEST_GAP = 3.0
"""Seconds for which a line may be covered and is still the same."""

_FIGURES = re.compile(r"\d+")

Place = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of the picture's width and height."""


class Line(NamedTuple):
    """A line of text on the screen.

    Attributes:
        text: What it says.
        score: Confidence of the reading, 0 to 1.
        place: Where it stands.
        start: Second from which on it was seen; between two looks, the middle.
        end: Second until which it was seen.
        struck: Whether it is struck out.
        looks: Number of frames it was seen in.
    """

    text: str
    score: float
    place: Place
    start: float
    end: float
    struck: bool = False
    looks: int = 1


def choose_reading(readings: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """Return the text that several readings of one line agree on most, with the best confidence it was read with.

    Args:
        readings: Texts with their confidence, 0 to 1.
    """
    votes: Counter[str] = Counter()
    best: dict[str, float] = {}
    for text, score in readings:
        if text:
            votes[text] += score  # type: ignore[assignment]
            best[text] = max(best.get(text, 0.0), score)
    if not votes:
        return "", 0.0
    chosen = max(votes, key=lambda text: (votes[text], len(text)))
    return chosen, best[chosen]


def is_same_text(one: str, other: str) -> bool:
    """Tell whether two readings are of one line: alike, or one a covered part of the other."""
    one, other = fold_text(one).lower(), fold_text(other).lower()
    if _FIGURES.findall(one) != _FIGURES.findall(other):
        return False  # 568 is not a misread 528: the price has changed
    if ratio(one, other) >= SAME_TEXT:
        return True
    shorter = min(len(one), len(other))
    return shorter >= 4 and shorter >= 0.6 * max(len(one), len(other)) and partial_ratio(one, other) >= 95


def is_part(text: str, whole: str) -> bool:
    """Tell whether a reading is what is left of a longer one where something passes over its line.

    A single letter may be, as one Chinese character is; a single digit is rather another figure.
    """
    text, whole = ("".join(fold_text(each).lower().split()) for each in (text, whole))
    return len(text) >= 1 + text.isdigit() and len(text) < len(whole) and text in whole


def measure_overlap(one: Place, other: Place) -> float:
    """Return the area two places share, as a share of the area that either covers."""
    shared = _measure_shared(one, other)
    return shared / (_measure_area(one) + _measure_area(other) - shared) if shared else 0.0


def measure_cover(one: Place, other: Place) -> float:
    """Return the area two places share, as a share of the smaller one."""
    shared = _measure_shared(one, other)
    return shared / min(_measure_area(one), _measure_area(other)) if shared else 0.0


def _measure_shared(one: Place, other: Place) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def _measure_area(place: Place) -> float:
    return (place[2] - place[0]) * (place[3] - place[1])


def is_again(before: Line, line: Line) -> bool:
    """Tell whether a line stands where another one stood and says the same."""
    return measure_overlap(before.place, line.place) > SAME_PLACE and is_same_text(before.text, line.text)


def join_lines(lines: Iterable[Line], longest_gap: float = LONGEST_GAP) -> list[Line]:
    """Return lines in order of time, those of one text at one place that follow each other at once as one.

    A line is cut where something passes over it, and at the borders of the parts a video is read in.

    Args:
        lines: Lines in any order.
        longest_gap: Seconds for which a line may be away.
    """
    joined: list[Line] = []
    open_lines: list[int] = []
    for line in sorted(lines, key=lambda line: (line.start, line.place)):
        open_lines = [number for number in open_lines if joined[number].end >= line.start - longest_gap]
        for number in reversed(open_lines):
            before = joined[number]
            if is_again(before, line):
                joined[number] = _join(before, line)
                break
        else:
            open_lines.append(len(joined))
            joined.append(line)
    return joined


def _join(before: Line, line: Line) -> Line:
    better = max(before, line, key=lambda each: (len(each.text) >= 0.9 * len(before.text), each.score * each.looks))
    return better._replace(
        start=min(before.start, line.start),
        end=max(before.end, line.end),
        looks=before.looks + line.looks,
        struck=before.struck or line.struck,
    )
