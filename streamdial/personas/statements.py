"""Sentences that say something of one thing in words: of pages, and what viewers tell of their own experience."""

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
TESTIMONY = "testimony "
"""The same for what a viewer told: it is of a lesser rank, and said as a viewer's experience."""
SHORTEST: dict[Language, int] = {"en": 5, "zh": 8}
LONGEST: dict[Language, int] = {"en": 30, "zh": 60}
"""Words or characters."""
_MASKED = re.compile(r"[<\[【][A-Z_]{3,}")
"""Where personal data stood: nobody repeats such a sentence."""
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


def name_statement(sentence: str, kind: str = STATEMENT) -> str:
    """Return the slot a statement or testimony is kept under."""
    return f"{kind}{hash_text(sentence)[:8]}"


def list_experiences(text: str, reader: ProseReader, about: str = "") -> Iterator[tuple[str, str, int, int]]:
    """Yield thing, sentence and place, in characters, of what a viewer tells of one thing in words.

    Values are left out, for what an attribute is the account's own sources say; so are questions, suppositions, numbers
    and what refers to a sentence before.

    Args:
        text: A message, masked.
        reader: Knows the names and the pack.
        about: The one thing the recording is about, where a sentence names none.
    """
    language = reader.language
    for start, end in split_prose(text):
        sentence = text[start:end].strip()
        if _BACK.match(sentence) or find_numbers(sentence) or _MASKED.search(sentence):
            continue
        mentions = reader.reader.find_values(sentence)
        named = {mention.value for mention in mentions if mention.slot == reader.pack.entity_slot} or {about}
        if len(named) != 1 or any(mention.slot != reader.pack.entity_slot for mention in mentions):
            continue
        if find_sentence_trap(sentence, language) in ("question", "supposition"):
            continue
        if (thing := named.pop()) and SHORTEST[language] <= measure_length(sentence, language) <= LONGEST[language]:
            yield thing, sentence.rstrip(".。!！~ "), start, end


def word_testimony(row: KnowledgeRow) -> str:
    """Return what a viewer told as a sentence of somebody else: 'A viewer tells of the Aster: "..."'."""
    if row.language == "zh":
        return f"有观众谈到{row.entity}时说：“{row.text}”。"
    return f'A viewer tells of the {row.entity.removeprefix("The ")}: "{row.text}".'


def is_testimony(row: KnowledgeRow) -> bool:
    """Tell whether a row is what a viewer told of a thing in words."""
    return row.slot.startswith(TESTIMONY)


def is_statement(row: KnowledgeRow) -> bool:
    """Tell whether a row is a statement rather than an attribute."""
    return row.slot.startswith(STATEMENT)
