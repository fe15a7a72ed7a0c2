"""A pack wins over the shared lists: what stands in them and in its own words is taken out of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streamdial.text import PhraseIndex, find_phrase, split_words

_CONTAINING = ("off_topic",)
"""Word classes a phrase leaves where it contains a term: "what camera" is no chat about the host for cameras."""
_EQUAL = ("reaction", "rhetorical", "advertisement", "contact_baiting")
"""Word classes a phrase leaves where it is a term: "dream car" stays a reaction, 加油 is none for cars."""


def list_terms(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the words a pack calls its own, in lower case.

    They are its topics and keywords, what its slots are asked by and their values. Single characters are none.

    Args:
        body: The pack as it is written, without what it inherits.
    """
    slots = body.get("slots")
    own = [slot for slot in slots.values() if isinstance(slot, Mapping)] if isinstance(slots, Mapping) else []
    screening = body.get("screening")
    parts = [body.get("topics"), screening.get("keywords") if isinstance(screening, Mapping) else None]
    parts += [slot.get(key) for slot in own for key in ("ask", "values")]
    return frozenset(text.lower() for part in parts for text in flatten_texts(part) if len(text) > 1)


def flatten_texts(part: object) -> Iterator[str]:
    """Yield the texts of a part of a pack, however deep they lie."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from flatten_texts(value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from flatten_texts(value)


def drop_taken(
    shared: Mapping[str, Mapping[str, list[str]]], terms: frozenset[str]
) -> tuple[dict[str, dict[str, list[str]]], dict[str, list[str]]]:
    """Return the word classes of chat without what the pack calls its own, and what was dropped, by class.

    A term that the shared lists themselves call a topic of any vertical is nobody's own: a car has a colour, and "hair
    colour" stays off topic.

    Args:
        shared: Word class to language to phrases.
        terms: What `list_terms` returns.
    """
    mine = terms - {text.lower() for text in flatten_texts(shared.get("topic"))}
    kept: dict[str, dict[str, list[str]]] = {}
    dropped: dict[str, list[str]] = {}
    for name, texts in shared.items():
        taken = {phrase for phrase in flatten_texts(texts) if _is_taken(name, phrase.lower(), mine)}
        if taken:
            dropped[name] = sorted(taken)
        kept[name] = {key: [phrase for phrase in phrases if phrase not in taken] for key, phrases in texts.items()}
    return kept, dropped


def drop_lines(lines: Mapping[str, list[str]], terms: frozenset[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return lines of no intent, by language, without those that name what the pack calls its own; and these.

    Args:
        lines: Language to lines of general chat.
        terms: What `list_terms` returns.
    """
    index = PhraseIndex({"term": terms})
    gone = {line for texts in lines.values() for line in texts if index.find(split_words(line))}
    kept = {language: [line for line in texts if line not in gone] for language, texts in lines.items()}
    return kept, sorted(gone)


def _is_taken(name: str, phrase: str, terms: frozenset[str]) -> bool:
    if name in _CONTAINING:
        return any(find_phrase(phrase, term) is not None for term in terms)
    return name in _EQUAL and phrase in terms
