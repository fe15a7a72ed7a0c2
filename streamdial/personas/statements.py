"""Sentences of pages that say something of one thing in words: "The third row of the Aster folds flat."."""

from __future__ import annotations

import re
from collections.abc import Iterator

from streamdial.ids import hash_text
from streamdial.personas.prose_facts import ProseReader, split_prose
from streamdial.personas.prose_guards import find_clause_trap, find_sentence_trap, finds_condition, finds_offer
from streamdial.records import KnowledgeRow, Language
from streamdial.slots import find_numbers
from streamdial.text import measure_length

STATEMENT = "statement "
"""What the slot of a statement begins with; a mark of its text follows, so that each is an attribute of its own."""
SHORTEST: dict[Language, int] = {"en": 5, "zh": 8}
LONGEST: dict[Language, int] = {"en": 30, "zh": 60}
"""Words or characters."""
_ENDS = re.compile(r"[.!。！]$")
_BACK = re.compile(
    r"^(?:it|they|this|that|these|those|he|she|here|there|and|but|so|also|then|however)\b|^(?:它|这|那|而且|但|所以|还|也|另外|其中)",
    re.IGNORECASE,
)
"""What makes a sentence one that cannot stand without the sentence before it."""


def list_statements(text: str, reader: ProseReader) -> Iterator[tuple[str, int, int]]:
    """Yield the thing and the place, in characters, of each sentence that states something of one thing in words.

    Without values, numbers and traps; what refers to the sentence before is none.

    Args:
        text: A paragraph.
        reader: Knows the names and the pack.
    """
    language = reader.language
    for start, end in split_prose(text):
        sentence = text[start:end].strip()
        if not _ENDS.search(sentence) or _BACK.match(sentence) or find_numbers(sentence):
            continue
        mentions = reader.reader.find_values(sentence)
        named = {mention.value for mention in mentions if mention.slot == reader.pack.entity_slot}
        if len(named) != 1 or any(mention.slot != reader.pack.entity_slot for mention in mentions):
            continue
        trapped = find_sentence_trap(sentence, language) or find_clause_trap(sentence, sentence, language)
        if trapped or finds_condition(sentence, language) or finds_offer(sentence):
            continue
        if SHORTEST[language] <= measure_length(sentence, language) <= LONGEST[language]:
            yield named.pop(), start, end


def name_statement(sentence: str) -> str:
    """Return the slot a statement is kept under."""
    return f"{STATEMENT}{hash_text(sentence)[:8]}"


def is_statement(row: KnowledgeRow) -> bool:
    """Tell whether a row is a statement rather than an attribute."""
    return row.slot.startswith(STATEMENT)
