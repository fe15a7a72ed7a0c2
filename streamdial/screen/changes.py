"""What is cheap to see in a picture: where letters stand, which of them are new, and which of them move."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamdial.models import Box, Picture

Grey = NDArray[np.uint8]
"""A picture in shades of grey, shape (height, width)."""

BLOCK = 16
"""Pixels of the side of a block that is looked at as one."""
_EDGE = 56
"""Difference of brightness of neighbouring pixels from which on there is an edge: letters stand out, cloth does not."""
_LEAST_INK = 0.10
"""Share of a block that has to be edges for it to hold text."""
_NEW = 14.0
"""Mean difference of brightness from which on a block is not what it was."""
_MOVES = 7.0
"""Mean difference to the next frame from which on a block moves; noise and compression stay below."""
_SAME = 0.7
"""Correlation of a cell with what stood there from which on it is the same text on whatever ground."""
_STILL = 0.65
"""Correlation with the next frame from which on letters stand still, whatever moves behind them."""
_FLAT = 9.0
"""Standard deviation of brightness below which a cell holds no letter."""


class Shades(NamedTuple):
    """A frame and the frame just after it in shades of grey."""

    now: Grey
    after: Grey


def shade(picture: Picture, after: Picture) -> Shades:
    """Return a frame and the one after it in shades of grey."""
    import cv2

    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    if after is picture:
        return Shades(grey, grey)
    return Shades(grey, np.asarray(cv2.cvtColor(after, cv2.COLOR_BGR2GRAY), dtype=np.uint8))


def find_new_rows(shades: Shades, known: Grey) -> list[tuple[int, int]]:
    """Return the stretches of rows in which text stands still that was not there before, in pixels from the top.

    Args:
        shades: The frame.
        known: What stood there when it was last read.
    """
    import cv2

    edges = cv2.morphologyEx(shades.now, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > _EDGE
    dense = _average_blocks(edges) >= _LEAST_INK
    new = dense & (_average_blocks(cv2.absdiff(shades.now, known)) > _NEW) & ~find_moving_blocks(shades)
    # A block alone is a speck: letters stand side by side.
    beside = np.zeros_like(new)
    beside[:, 1:] |= new[:, :-1]
    beside[:, :-1] |= new[:, 1:]
    rows = np.flatnonzero((new & beside).any(axis=1))
    return join_rows([(int(row) * BLOCK, int(row + 1) * BLOCK) for row in rows], BLOCK, shades.now.shape[0])


def find_moving_blocks(shades: Shades) -> NDArray[np.bool_]:
    """Return which blocks of a frame are otherwise in the next one."""
    import cv2

    return np.asarray(_average_blocks(cv2.absdiff(shades.now, shades.after)) > _MOVES)


def join_rows(stretches: list[tuple[int, int]], margin: int, height: int) -> list[tuple[int, int]]:
    """Return stretches of rows widened by a margin, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for top, bottom in sorted((max(top - margin, 0), min(bottom + margin, height)) for top, bottom in stretches):
        if joined and top <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], bottom))
        else:
            joined.append((top, bottom))
    return joined


def remember_still(shades: Shades, known: Grey) -> Grey:
    """Return what is known after a frame was read: the frame where it stands still, what was known where it moves."""
    moving = np.kron(find_moving_blocks(shades), np.ones((BLOCK, BLOCK), bool))
    height, width = known.shape
    moving = np.pad(moving, ((0, height - moving.shape[0]), (0, width - moving.shape[1])))
    return np.where(moving, known, shades.now).astype(np.uint8)


class Compared(NamedTuple):
    """What has become of a line, in cells as wide as it is high.

    Attributes:
        same: Cells that look as before.
        changed: Cells that look otherwise and stand still.
        covered: Cells that look otherwise and move: something passes over them.
    """

    same: int
    changed: int
    covered: int


def compare_line(shades: Shades, box: Box, before: Grey) -> Compared:
    """Compare what stands in a box with what stood there.

    Args:
        shades: The frame.
        box: The line's box.
        before: The line when it was read.
    """
    same = changed = covered = 0
    cells = zip(_cut(before), _cut(_crop(shades.now, box)), _cut(_crop(shades.after, box)), strict=True)
    for then, now, after in cells:
        if then.std() < _FLAT and now.std() < _FLAT:
            continue
        if _correlate(then, now) >= _SAME:
            same += 1
        elif _correlate(now, after) < _STILL:
            covered += 1
        else:
            changed += 1
    return Compared(same, changed, covered)


def is_moving(shades: Shades, box: Box) -> bool:
    """Tell whether what stands in a box is elsewhere in the next frame, in a fourth of the box at least."""
    cells = [
        (now, after)
        for now, after in zip(_cut(_crop(shades.now, box)), _cut(_crop(shades.after, box)), strict=True)
        if now.std() >= _FLAT or after.std() >= _FLAT
    ]
    return bool(cells) and 4 * sum(_correlate(now, after) < _STILL for now, after in cells) >= len(cells)


def paint_out(picture: Picture, box: Box) -> None:
    """Fill a box with the colour that is around it.

    Args:
        picture: The picture, which is changed.
        box: May reach beyond it.
    """
    height, width = picture.shape[:2]
    left, right = max(box[0], 0), min(box[2], width)
    top, bottom = max(box[1], 0), min(box[3], height)
    if left >= right or top >= bottom:
        return
    around = np.concatenate([picture[max(top - 1, 0), left:right], picture[min(bottom, height - 1), left:right]])
    picture[top:bottom, left:right] = np.median(around, axis=0).astype(np.uint8)


def _crop(grey: Grey, box: Box) -> Grey:
    left, top, right, bottom = box
    return grey[top:bottom, left:right]


def _cut(area: Grey) -> list[Grey]:
    height, width = area.shape
    return np.array_split(area, max(1, round(width / max(height, 1))), axis=1)


def _correlate(one: Grey, other: Grey) -> float:
    first, second = (np.asarray(cell, dtype=np.float32) - cell.mean() for cell in (one, other))
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / size if size > 1e-3 else 0.0


def _average_blocks(values: NDArray[Any]) -> NDArray[np.float32]:
    height, width = (side // BLOCK * BLOCK for side in values.shape)
    blocks = values[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)
