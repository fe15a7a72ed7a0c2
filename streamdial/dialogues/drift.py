"""Checks that a paraphrase still says what its line said."""

from __future__ import annotations

import re

from streamdial.dialogues.bank import LineBank
from streamdial.planning import TurnPlan
from streamdial.slots import SlotReader
from streamdial.text import find_phrase, measure_length

MIN_LIKENESS = 0.65
"""Minimum cosine between a line and its paraphrase."""
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b(?!I\b|I'|SUV\b|EV\b)[A-Z][A-Za-z-]+|启程")


_ADDRESS = re.compile(r"\b(?:you|your|yours)\b|[您你]", re.IGNORECASE)
_ASKS_OF = re.compile(
    r"\b(?:(?:could|can|do|would|will|have|are|thank|see) you|if you)\b|(?:您|你)(?:们|家|这)|谢谢?[您你]",
    re.IGNORECASE,
)
"""How a customer may address whoever sells."""
_NEGATION = re.compile(r"\b(?:no|not|never|without|only|can't|cannot|don't|won't)\b|不|没|无|只", re.IGNORECASE)


def _find_names(text: str) -> set[str]:
    """Return the capitalised words inside a text, and the name the prompt's own examples are about."""
    return {name.lower() for name in _NAME.findall(text)}


async def find_drift(
    base: str, text: str, plan: TurnPlan, focus: str, reader: SlotReader, bank: LineBank
) -> str | None:
    """Return how a paraphrase says something else than its line, or None.

    Checks: `missing_entity`, `wordy`, `became_question`, `invented_negation`, `invented_name`, `lost_question`,
    `other_address` (a customer's line about itself became one about the listener), `other_meaning`.

    Args:
        base: The line as it was.
        text: The paraphrase.
        plan: What it must say.
        focus: What the dialogue is about.
        reader: Reads slots of the domain.
        bank: Compares texts.
    """
    name = plan.entity.lower() if plan.entity != focus else ""
    if name and find_phrase(base.lower(), name) is not None and find_phrase(text.lower(), name) is None:
        return "missing_entity"
    language = reader.language
    if measure_length(text, language) > 1.25 * measure_length(base, language) + 3:
        return "wordy"
    asked = set(reader.find_asks(base)) & set(plan.request)
    if "?" not in base and "？" not in base and ("?" in text or "？" in text):
        return "became_question"
    if _NEGATION.search(text) and not _NEGATION.search(base):
        return "invented_negation"
    if plan.role == "user" and _ADDRESS.search(_ASKS_OF.sub(" ", text)) and not _ADDRESS.search(base):
        return "other_address"
    if _find_names(text) - {word.lower() for word in _WORD.findall(base)}:
        return "invented_name"
    if plan.role == "user" and asked and not asked <= set(reader.find_asks(text)):
        return "lost_question"
    if await bank.compare(base, text) < MIN_LIKENESS:
        return "other_meaning"
    return None
