"""What a side can know: figures and values that stand in K, in the pack's own phrases or in what was said."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from streamdial.dialogues.state import DialogueState
from streamdial.personas import Knowledge
from streamdial.slots import SlotReader, find_numbers

LARGEST_FREE_NUMBER = 10
"""Figures up to this may be said without a source: "two of us", "in 5 minutes"."""


@lru_cache(maxsize=512)
def _list_figures(knowledge: Knowledge) -> frozenset[float]:
    sources = [f"{row.value} {row.text}" for row in knowledge.rows]
    sources += knowledge.entities
    for slot in knowledge.pack.slots.values():
        sources += [*slot.names.values(), *(phrase for phrases in slot.ask.values() for phrase in phrases)]
    return frozenset(number.value for source in sources for number in find_numbers(source))


@lru_cache(maxsize=512)
def _list_values(knowledge: Knowledge) -> frozenset[tuple[str, str]]:
    return frozenset((row.slot, row.value) for row in knowledge.rows)


def find_unknown_number(text: str, state: DialogueState, more: Iterable[str] = ()) -> str:
    """Return the first figure of a text that stands nowhere its speaker could know it from, or nothing.

    Args:
        text: What is about to be said.
        state: The talk so far; what was said in it is known.
        more: Other texts the speaker knows.
    """
    stated = [number for number in find_numbers(text) if number.value > LARGEST_FREE_NUMBER]
    stated = [
        number
        for number in stated
        if number.value not in state.figures and number.value not in _list_figures(state.knowledge)
    ]
    if not stated:
        return ""
    known = {number.value for source in more for number in find_numbers(source)}
    return next((text[number.start : number.end] for number in stated if number.value not in known), "")


def find_unknown_value(text: str, state: DialogueState, reader: SlotReader) -> str:
    """Return the first category an agent's text states that neither K nor the customer named, or nothing.

    "It comes in diesel too" is such a claim where nothing in K is a diesel. Questions claim nothing.
    """
    if "?" in text or "？" in text:
        return ""
    slots = state.pack.slots
    for mention in reader.find_values(text):
        if not slots[mention.slot].values or (mention.slot, mention.value) in _list_values(state.knowledge):
            continue
        if all(mention.value != turn.inform.get(mention.slot) for turn in state.turns):
            return mention.surface
    return ""
