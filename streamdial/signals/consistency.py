"""Holds what a host says against what the account's pages say.

What contradicts a page is taken out of the facts, never rewritten: the recording may be newer than the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streamdial.records import Correction
from streamdial.signals.correction import Facts
from streamdial.slots import Fact, SlotMention

_TOLERANCE = 0.02
"""Two figures closer than this share are the same fact, rounded."""


class Checked(NamedTuple):
    """What a response may be held to: the facts that stand, and what was taken out of them."""

    tells: dict[str, str]
    corrections: list[Correction]


def check_against_facts(mentions: Iterable[SlotMention], entities: Sequence[str], facts: Facts) -> Checked:
    """Keep the slot values of a response that do not contradict the account's pages.

    Args:
        mentions: Slot values the response states.
        entities: What the response talks about; with none or several nothing can be contradicted.
        facts: (entity, slot) to the page's fact and the page's id.
    """
    tells: dict[str, str] = {}
    corrections: list[Correction] = []
    for mention in mentions:
        known = facts.get((entities[0], mention.slot)) if len(entities) == 1 else None
        if known and _contradicts(mention, known[0]):
            corrections.append(
                Correction(before=mention.surface, after="", reason="inconsistent", evidence=(known[1],))
            )
        else:
            tells.setdefault(mention.slot, mention.value)
    return Checked(tells, corrections)


def _contradicts(mention: SlotMention, fact: Fact) -> bool:
    if fact.number is None:
        return mention.value != fact.value
    if mention.unit and fact.unit and mention.unit != fact.unit:
        return False
    return abs(float(mention.value) - fact.number) > _TOLERANCE * max(abs(fact.number), 1e-9)
