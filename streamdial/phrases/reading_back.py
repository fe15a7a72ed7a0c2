"""Reads a phrase back: its gaps are those of its key, it states nothing of its own, and the slot reader agrees."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from streamdial.domains import DomainPack, Slot
from streamdial.phrases.inventory import Phrase
from streamdial.records import Language
from streamdial.slots import SlotReader, format_value
from streamdial.text import detect_language, measure_length, tokenize

SLOT_KEYS = ("ask", "tell", "predicate", "wish", "wish_short", "need", "request")
"""Keys of a slot whose phrases must be read as that slot."""
STATING = ("tell", "predicate", "wish", "wish_short", "need")
MAX_LENGTH: dict[Language, int] = {"en": 30, "zh": 45}
ALIKE = 0.9
"""Likeness from which on two phrases are one."""
_SAMPLE = {"en": "Meridian", "zh": "启程"}
_PLAIN = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d")
_BRACES = re.compile(r"\{\w+\}")


def find_fault(phrase: Phrase, slot: str, key: str, allowed: Iterable[str], reader: SlotReader) -> str | None:
    """Return what is wrong with a phrase, or None.

    Faults: `empty`, `too_long`, `unknown_gap`, `digits`, `language`, `value_missing` (a phrase that states a slot
    without a gap for its value), `not_read` (the slot reader reads another slot, another value or none).

    Args:
        phrase: The phrase.
        slot: Slot it belongs to; empty for a move.
        key: Its key.
        allowed: Gaps the key has.
        reader: Reads slots of the vertical in the phrase's language.
    """
    language, text = reader.language, phrase.text
    bare = _BRACES.sub(" ", text)
    if not tokenize(bare) and "{" not in text:
        return "empty"
    if measure_length(text, language) > MAX_LENGTH[language]:
        return "too_long"
    if phrase.gaps - set(allowed) or "{" in bare or "}" in bare:
        return "unknown_gap"
    if _NUMBER.search(bare):
        return "digits"
    if len(tokenize(bare)) > 3 and detect_language(bare) != language:
        return "language"
    if slot and key in STATING and text.count("{value}") != (0 if phrase.value else 1):
        return "value_missing"
    return None if not slot or key not in SLOT_KEYS or _is_read(phrase, slot, key, reader) else "not_read"


def list_samples(pack: DomainPack, slot: str, language: Language) -> list[tuple[str, str | None]]:
    """Return values of a slot to fill a phrase with, each with its unit; none for free text."""
    schema = pack.slots[slot]
    if schema.values:
        return [(value, None) for value in schema.values]
    if schema.type == "money":
        return [("46900", pack.currency[language])]
    if schema.type in ("quantity", "count"):
        return [("7" if schema.type == "count" else "30", _find_unit(schema, language))]
    return []


def _find_unit(schema: Slot, language: Language) -> str | None:
    """Return the unit that is spelled in a language, else the first."""
    own = [unit for unit in schema.units if unit.isascii() == (language == "en")]
    return next(iter(own or schema.units), None)


def _is_read(phrase: Phrase, slot: str, key: str, reader: SlotReader) -> bool:
    pack, language = reader.pack, reader.language
    names = {"it": _SAMPLE[language], "its": _SAMPLE[language], "entity": _SAMPLE[language]}
    if key in ("ask", "request"):
        return slot in reader.find_asks(phrase.fill(names | dict.fromkeys(phrase.gaps - set(names), "")))
    for value, unit in list_samples(pack, slot, language):
        if phrase.value not in ("", value):
            continue
        texts = names | {"value": format_value(pack, slot, value, language, unit)}
        mentions = reader.find_values(phrase.fill(texts))
        if {(m.slot, m.value) for m in mentions if m.slot != pack.entity_slot} != {(slot, value)}:
            return False
    return True


def is_alike(text: str, others: Iterable[str]) -> bool:
    """Tell whether a phrase is, but for a word, one that is there already."""
    plain = _flatten(text)
    return any(
        plain == other or SequenceMatcher(None, plain, other).ratio() >= ALIKE for other in map(_flatten, others)
    )


def _flatten(text: str) -> str:
    return _PLAIN.sub("", _BRACES.sub("#", text).lower())
