"""Small pictures of cards, as evidence: without personal data, and without what others wrote over them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from streamdial.models import Box, Picture, PictureReader
from streamdial.privacy import find_personal_data
from streamdial.screen.lines import Line, Place

LONGEST_SIDE = 560
"""Pixels of the longer side of a crop."""
_QUALITY = 58
_EDGE = 0.02
"""Room around a card, as a share of the picture."""
_PLACEHOLDER = re.compile(r"\[[A-Z_]{2,12}\]")


def crop_card(picture: Picture, lines: Sequence[Line], place: Place, reader: PictureReader) -> bytes | None:
    """Return a small JPEG of a card; None where nothing is left of it.

    The crop is read once more: a line that holds personal data is covered, and so is one that is none of the card's
    (bullet chat that flies over it is somebody's words).

    Args:
        picture: The frame it is seen in.
        lines: The card's lines.
        place: Where it stands.
        reader: Reads text in pictures.
    """
    import cv2

    height, width = picture.shape[:2]
    left, top = int(max(place[0] - _EDGE, 0) * width), int(max(place[1] - _EDGE, 0) * height)
    right, bottom = int(min(place[2] + _EDGE, 1) * width), int(min(place[3] + _EDGE, 1) * height)
    if right - left < 8 or bottom - top < 8:
        return None
    crop = np.ascontiguousarray(picture[top:bottom, left:right]).copy()
    own = [_shift(line.place, (left, top), (width, height)) for line in lines]
    for line, box in zip(lines, own, strict=True):
        if is_personal(line.text):
            _cover(crop, box)
    for box in reader.find_lines(crop):
        area = np.ascontiguousarray(crop[box[1] : box[3], box[0] : box[2]])
        if not any(_holds(box, other) for other in own) or is_personal(reader.read_lines([area])[0][0]):
            _cover(crop, box)
    scale = min(1.0, LONGEST_SIDE / max(crop.shape[:2]))
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else crop
    made, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(data) if made else None


def is_personal(text: str) -> bool:
    """Tell whether a line on the screen holds personal data, or held some that was masked."""
    return bool(_PLACEHOLDER.search(text) or find_personal_data(text, keep_public_addresses=True))


def _shift(place: Place, corner: tuple[int, int], size: tuple[int, int]) -> Box:
    left, top, right, bottom = place
    return (
        int(left * size[0]) - corner[0],
        int(top * size[1]) - corner[1],
        int(right * size[0]) - corner[0],
        int(bottom * size[1]) - corner[1],
    )


def _holds(box: Box, line: Box) -> bool:
    """Tell whether a line of the card lies in a box that was found: its middle does, or the box's in it."""
    return any(
        one[0] <= (other[0] + other[2]) / 2 <= one[2] and one[1] <= (other[1] + other[3]) / 2 <= one[3]
        for one, other in ((box, line), (line, box))
    )


def _cover(crop: Picture, box: Box) -> None:
    left, top, right, bottom = box
    crop[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = 128
