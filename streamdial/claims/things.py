"""Names of what is sold in an utterance, whole or shortened, and which of them a place in it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streamdial.text import find_phrase

_LEADING = re.compile(r"^(?:[一二两三四五六七八九十\d]+人|[单双多]人)")
_STANDARD_BEFORE = re.compile(
    r"(?:\bthan|\bversus|\bvs\.?|\bcompared (?:to|with)|\bagainst|\bunlike|\bnext to|\bbeats?)"
    r"(?: (?:with|what|for|on))?(?: (?:the|our|an?))?\s*$|(?:比起?|相比|对比)\s*$",
    re.IGNORECASE,
)
_STANDARD_AFTER = re.compile(r"\s*(?:相比|比起来|比(?!较)|对比)")


class Thing(NamedTuple):
    """A name of something sold, at its place; `standard` where something else is compared with it."""

    name: str
    start: int
    end: int
    standard: bool


class Names:
    """Finds the names of an account's things in texts: whole, in plural, or by a part that only one of them has.

    Args:
        names: The names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        whole = {spelling: name for name in self.names for spelling in (name.lower(), name.lower() + "s")}
        short = {part.lower(): name for name in self.names for part in self._shorten(name)}
        # Whole names are looked for first: "the Model" is a part of "the Model 7".
        self._spelled = [
            pair
            for spelled in (whole, short)
            for pair in sorted(spelled.items(), key=lambda pair: (-len(pair[0]), pair[0]))
        ]

    def _shorten(self, name: str) -> list[str]:
        others = [other.lower() for other in self.names if other != name]
        parts: list[str] = []
        if name.isascii():
            words = [word for word in name.split() if word.isalpha() and len(word) > 3]
            parts = [f"the {word}" for word in words] if len(name.split()) > 1 else []
            return [part for part in parts if not any(part[4:].lower() in other for other in others)]
        bare = _LEADING.sub("", name)
        if bare != name and len(bare) > 1:
            parts.append(bare)
        elif len(name) > 4 and not name.isascii():
            parts.append(name[-3:])
        return [part for part in parts if not any(part.lower() in other for other in others)]

    def find(self, text: str) -> list[Thing]:
        """Return the things a text names, in order and without overlaps."""
        lower = text.lower()
        found: list[Thing] = []
        for spelling, name in self._spelled:
            start = 0
            while (place := find_phrase(lower, spelling, start)) is not None:
                end = start = place + len(spelling)
                if not any(thing.start < end and place < thing.end for thing in found):
                    compared = _STANDARD_BEFORE.search(text[:place]) or (
                        text[place - 1 : place] in tuple("和跟与") and _STANDARD_AFTER.match(text, end)
                    )
                    found.append(Thing(name, place, end, bool(compared)))
        return sorted(found, key=lambda thing: thing.start)


def find_subject(things: Sequence[Thing], start: int, end: int, clause: tuple[int, int], focus: str) -> str:
    """Return what a place in a text speaks of: the name before it, one behind it ("$900 for the Twin"), or the focus.

    Args:
        things: The names in the text.
        start: Where the place begins.
        end: Where it ends.
        clause: Begin and end of its clause.
        focus: What the talk is about.
    """
    first, last = clause
    inside = [thing for thing in things if first <= thing.start < last]
    before = [thing for thing in inside if thing.end <= start and not thing.standard]
    if before:
        return before[-1].name
    after = [thing for thing in inside if thing.start >= end and not thing.standard]
    if after:
        return after[0].name
    earlier = [thing for thing in things if thing.end <= first and not thing.standard]
    return earlier[-1].name if earlier else focus
