"""Counts of people and likes as tools and platforms write them."""

from __future__ import annotations

import re
import unicodedata

_COUNT = re.compile(r"\s*(\d{1,16}(?:\.\d{1,4})?)\s*(亿|万|千|[wWkKmM])?\+?")
_THOUSANDS = re.compile(r"(?<=\d)[,，'’\u00a0\u202f](?=\d{3}(?!\d))")
# One dot before three digits and no unit parts thousands too: nobody has a thousandth of a like.
_DOTTED = re.compile(r"\s*\d{1,3}(?:\.\d{3})+\s*")
_SCALE = {"亿": 10**8, "万": 10**4, "w": 10**4, "k": 10**3, "千": 10**3, "m": 10**6, "": 1}


def read_count(value: object, *, whole: bool = True) -> int | None:
    """Read a count: 12345, "12,345", "12.345", "1.2万", "35.6w", "2.1M"; None where it is none.

    Args:
        value: What a file holds.
        whole: Whether nothing else may stand behind the number.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return int(value) if 0 <= value < 1e12 else None
    if not isinstance(value, str):
        return None
    text = _THOUSANDS.sub("", unicodedata.normalize("NFKC", value))
    text = text.replace(".", "") if _DOTTED.fullmatch(text) else text
    match = _COUNT.match(text)
    if match is None or (whole and text[match.end() :].strip()):
        return None
    return round(float(match[1]) * _SCALE[(match[2] or "").lower()])
