"""Broken JSON read as far as it goes: the entries before and after a break, where it can be told where they begin."""

from __future__ import annotations

import json
import re
from typing import Any

DECODER = json.JSONDecoder(strict=False)
"""Reads a value from a place on, also one with raw control characters in its strings."""
BETWEEN = re.compile(r"[\s,\ufeff\x00]*")
"""What may stand between two values."""
_KEY = re.compile(r'"((?:[^"\\]|\\.){0,200})"\s*:\s*')
_NEXT_KEY = re.compile(r'[,\n]\s*(?="(?:[^"\\\n]|\\.){1,80}"\s*:)')
_NEXT_ITEM = re.compile(r"(?:[}\],]|\n)\s*(?=\{)")
_ALIKE = 0.6
_MOST_TRIES = 1_000
_DEEPEST = 5


def salvage_json(text: str) -> tuple[Any, list[int]]:
    """Return what can be read of one broken JSON object or list, and the places where it is broken.

    After a break an object goes on at the next key, a list of objects at the next object with most keys of the ones
    before it. Cut text ends at the cut.

    Args:
        text: The text, which begins with `{` or `[`.
    """
    breaks: list[int] = []
    value, _ = _read_value(text, 0, breaks, 0)
    return value, breaks


def find_next_item(text: str, place: int, keys: frozenset[str]) -> tuple[Any, int, int] | None:
    """Return the next whole object of a list after a break, with its begin and end, or None.

    Args:
        text: The text.
        place: Where the broken item begins.
        keys: Keys of an object before the break; the next one has most of them. Empty where there was none.
    """
    for tries, match in enumerate(_NEXT_ITEM.finditer(text, place + 1)):
        if tries > _MOST_TRIES:
            return None
        try:
            value, end = DECODER.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and len(keys & set(value)) >= _ALIKE * len(keys):
            return value, match.end(), end
    return None


def _skip(text: str, place: int) -> int:
    match = BETWEEN.match(text, place)
    return match.end() if match else place


def _read_value(text: str, place: int, breaks: list[int], depth: int) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, place)
    except (ValueError, RecursionError):
        if depth < _DEEPEST and text.startswith("{", place):
            return _read_object(text, place + 1, breaks, depth)
        if depth < _DEEPEST and text.startswith("[", place):
            return _read_list(text, place + 1, breaks, depth)
        raise


def _read_object(text: str, place: int, breaks: list[int], depth: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    while True:
        place = _skip(text, place)
        if text.startswith("}", place):
            return members, place + 1
        if key := _KEY.match(text, place):
            try:
                members[key[1]], place = _read_value(text, key.end(), breaks, depth + 1)
                continue
            except (ValueError, RecursionError):
                place = key.end()
        breaks.append(place)
        following = _NEXT_KEY.search(text, place)
        if following is None:
            return members, len(text)
        place = following.end()


def _read_list(text: str, place: int, breaks: list[int], depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    keys: frozenset[str] = frozenset()
    while True:
        place = _skip(text, place)
        if text.startswith("]", place):
            return items, place + 1
        try:
            item, place = DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            breaks.append(place)
            found = find_next_item(text, place, keys)
            if found is None:
                return items, place
            item, _, place = found
        items.append(item)
        keys = frozenset(item) if isinstance(item, dict) else keys
