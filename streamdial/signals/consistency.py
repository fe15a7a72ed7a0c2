"""Checks what a host says against what the account's pages say.

What contradicts a page is taken out of the facts, never rewritten: the recording may be newer than the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from streamdial.counts import Counts
from streamdial.records import Correction
from streamdial.slots import Fact, Facts, SlotMention, SlotReader

_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][a-z]{3,}\b")
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
        if known and contradicts(mention, known[0]):
            corrections.append(
                Correction(before=mention.surface, after="", reason="inconsistent", evidence=(known[1],))
            )
        else:
            tells.setdefault(mention.slot, mention.value)
    return Checked(tells, corrections)


def note_unclear(unclear: Counter[str], counts: Counts) -> None:
    """Note how many numbers of a step's texts were left out because they may be two values, by reason."""
    if unclear:
        told = ", ".join(f"{reason} {count}" for reason, count in sorted(unclear.items()))
        counts.note(f"numbers left out of {counts.phase}: {told}")


def contradicts(mention: SlotMention, fact: Fact) -> bool:
    """Tell whether a spoken value and a page's are two facts; figures within two per cent are one, rounded."""
    if fact.number is None:
        return mention.value != fact.value
    if mention.unit and fact.unit and mention.unit != fact.unit:
        return False
    return abs(float(mention.value) - fact.number) > _TOLERANCE * max(abs(fact.number), 1e-9)


def find_renamed_entities(texts: Iterable[str], reader: SlotReader, facts: Facts) -> dict[str, tuple[str, str]]:
    """Find names the recogniser took for another word, by the facts told about them.

    A capitalised word that is no known name, sounds half like exactly one of them, and is told with a figure that
    the pages give for that name alone ("the Verizon costs $36,800"), stands for it in the whole recording.

    Args:
        texts: Sentences of one recording.
        reader: Knows the names.
        facts: What the account's pages say.

    Returns:
        The word heard to (name, id of the page that shows it).
    """
    known = {word.lower() for name in reader.entities for word in name.split()}
    by_figure: dict[tuple[str, str], list[str]] = {}
    for (entity, slot), (fact, _) in facts.items():
        if entity and fact.number is not None:
            by_figure.setdefault((slot, fact.value), []).append(entity)
    found: dict[str, tuple[str, str]] = {}
    for text in texts:
        for heard in set(_NAME.findall(text)) - set(found):
            if heard.lower() in known:
                continue
            for mention in reader.find_values(text):
                owners = by_figure.get((mention.slot, mention.value), [])
                if len(owners) == 1 and _sounds_half_like(heard, owners[0]):
                    found[heard] = (owners[0], facts[owners[0], mention.slot][1])
    return found


def _sounds_half_like(heard: str, name: str) -> bool:
    return Levenshtein.normalized_similarity(heard.lower(), name.lower()) >= 0.6


def rename_entities(text: str, renamed: Mapping[str, tuple[str, str]]) -> tuple[str, list[Correction]]:
    """Return the text with the names of `find_renamed_entities` put right, and each change."""
    corrections = []
    for heard, (name, page) in renamed.items():
        text, count = re.subn(rf"\b{re.escape(heard)}\b", name, text)
        if count:
            corrections.append(Correction(before=heard, after=name, reason="evidence", evidence=(page,)))
    return text, corrections
