"""Figures and values a speaker can know: from the knowledge base, the pack's own phrases or what was said."""

from __future__ import annotations

from collections.abc import Collection

from streamdial.domains import DomainPack
from streamdial.slots import SlotReader, find_numbers

LARGEST_FREE_NUMBER = 10
"""Figures up to this may be said without a source: "two of us", "in 5 minutes"."""


def list_phrases(pack: DomainPack) -> list[str]:
    """Return how a pack names its slots and asks for them: "0-100 km/h time" has figures that claim nothing."""
    slots = pack.slots.values()
    asked = (phrase for slot in slots for phrases in slot.ask.values() for phrase in phrases)
    return [*(name for slot in slots for name in slot.names.values()), *asked]


def find_strange_number(text: str, *known: Collection[float]) -> str:
    """Return the first figure of a text above `LARGEST_FREE_NUMBER` that none of the collections holds, or nothing."""
    for number in find_numbers(text):
        if number.value > LARGEST_FREE_NUMBER and not any(number.value in figures for figures in known):
            return text[number.start : number.end]
    return ""


def find_strange_value(text: str, reader: SlotReader, known: Collection[tuple[str, str]]) -> str:
    """Return the first category an agent's text states that is none of some (slot, value) pairs, or nothing.

    "It comes in diesel too" is such a claim where nothing that is sold is a diesel. Questions claim nothing.
    """
    if "?" in text or "？" in text:
        return ""
    slots = reader.pack.slots
    for mention in reader.find_values(text):
        if slots[mention.slot].values and (mention.slot, mention.value) not in known:
            return mention.surface
    return ""
