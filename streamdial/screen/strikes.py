"""Lines that are struck out: a price with a stroke through it is what a thing cost before."""

from __future__ import annotations

import numpy as np

from streamdial.models import Picture

_MIDDLE = (0.3, 0.72)
"""Part of a line's height in which a stroke through it runs."""
_LEAST_SHARE = 0.3
"""Share of a line's width the stroke has at least."""
_THICKEST = 0.22
"""Share of a line's height above which it is no stroke but a bar."""


def find_strike(picture: Picture) -> tuple[float, float] | None:
    """Return from where to where a line is struck out, as shares of its width; None where it is not.

    A stroke is a thin run of one colour, unlike the ground, that goes on in the gaps between letters; letters alone
    leave gaps in every row.

    Args:
        picture: The line.
    """
    height, width = picture.shape[:2]
    if height < 8 or width < height:
        return None
    ink = _find_ink(picture)
    columns = np.flatnonzero(ink.any(axis=0))
    if len(columns) < height:
        return None
    first, last = int(columns[0]), int(columns[-1]) + 1
    top, bottom = (int(share * height) for share in _MIDDLE)
    best: tuple[int, int] | None = None
    for row in range(top, bottom):
        run = _find_longest_run(ink[row, first:last])
        run = _keep_one_colour(picture[row, first:last], run)
        if best is None or run[1] - run[0] > best[1] - best[0]:
            best, at = run, row
    if best is None or best[1] - best[0] < max(_LEAST_SHARE * (last - first), 1.5 * height):
        return None
    left, right = best[0] + first, best[1] + first
    # Above and below a stroke there is ground again, at least between the letters.
    thick = max(2, round(_THICKEST * height))
    around = [ink[row, left:right].mean() for row in (at - thick, at + thick) if 0 <= row < height]
    if not around or max(around) > 0.8:
        return None
    return (left - first) / (last - first), (right - first) / (last - first)


def cut_struck(text: str, strike: tuple[float, float]) -> str:
    """Return what of a line is not struck out; Chinese letters count as twice as wide as others.

    Args:
        text: The line.
        strike: From where to where it is struck out, as shares of its width.
    """
    widths = [1.0 if sign > "\u2e7f" else 0.5 for sign in text]
    whole = sum(widths) or 1.0
    kept, place = [], 0.0
    for sign, width in zip(text, widths, strict=True):
        middle = (place + width / 2) / whole
        place += width
        if not strike[0] <= middle <= strike[1]:
            kept.append(sign)
    rest = "".join(kept).strip()
    return rest if len(rest) >= 2 else ""


def strike_out(text: str, strike: tuple[float, float] | None) -> tuple[str, bool]:
    """Return what of a line is not struck out, and False; or all of it, and True where nothing else is left.

    Args:
        text: The line.
        strike: As `find_strike` found it.
    """
    if strike is None:
        return text, False
    rest = cut_struck(text, strike)
    return rest or text, not rest


def _find_ink(picture: Picture) -> np.ndarray:
    """Return where a line is unlike its ground: the colour that is most frequent in it."""
    flat = picture.reshape(-1, 3)
    codes = (flat >> 5).astype(np.int32) @ np.array([64, 8, 1])
    ground = np.median(flat[codes == np.bincount(codes).argmax()], axis=0)
    distance = np.abs(picture.astype(np.int16) - ground).max(axis=2)
    return np.asarray(distance > 40)


def _keep_one_colour(row: np.ndarray, run: tuple[int, int]) -> tuple[int, int]:
    """Return the longest part of a run that is of one colour: letters with an outline are of two."""
    start, end = run
    if end - start < 2:
        return run
    colours = row[start:end].astype(np.int16)
    alike = np.abs(colours - np.median(colours, axis=0)).max(axis=1) <= 45
    left, right = _find_longest_run(alike)
    return start + left, start + right


def _find_longest_run(row: np.ndarray) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])
