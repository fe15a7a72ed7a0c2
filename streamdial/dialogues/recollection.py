"""What is remembered of earlier dialogues: in words for a model, and whether a turn says it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from streamdial.dialogues.checks import has_value
from streamdial.domains import DomainPack
from streamdial.planning import DialogueState
from streamdial.planning.recalling import UNNAMED
from streamdial.prompts import render_prompt
from streamdial.records import Language, Recall
from streamdial.slots import SlotReader, format_value
from streamdial.text import contains_phrase

_REFERS = re.compile(
    r"\b(?:last time|before|again|i'm back|earlier)\b|上次|上回|之前|又[来是回]|还是我|我回来", re.IGNORECASE
)


def stands_in(recall: Recall, text: str, reader: SlotReader) -> bool:
    """Tell whether a text says what a turn is to recall: its value where it has one of a slot, else its thing.

    What names neither has to refer back in words: "last time", 上次.
    """
    if recall.slot in reader.pack.slots and recall.value:
        return has_value(text, reader.pack, recall.slot, (recall.value, None), reader.language)
    if recall.kind in UNNAMED or not recall.entity:
        return _REFERS.search(text) is not None
    return contains_phrase(text.lower(), recall.entity.lower())


def list_texts(state: DialogueState, *, changed: bool = False) -> tuple[str, ...]:
    """Return the remembered values as they stand in a sentence, which both sides know, or those that have changed."""
    return tuple(
        format_value(state.pack, one.slot, one.value, state.language, find_unit(one, state))
        for one in state.memory
        if one.slot in state.pack.slots and (one.now or not changed)
    )


def find_unit(recall: Recall, state: DialogueState) -> str | None:
    """Return the unit a remembered value is told in."""
    row = state.knowledge.get(recall.entity, recall.slot)
    return row.unit if row is not None else None


def describe_recalls(recalls: Iterable[Recall], state: DialogueState) -> list[dict[str, str]]:
    """Return what is remembered with its values in words, for a prompt."""
    pack: DomainPack = state.pack
    language: Language = state.language
    found = []
    for one in (one for one in recalls if one.kind != "asked"):
        known = one.slot in pack.slots
        unit = find_unit(one, state)
        found.append(
            {
                "kind": one.kind,
                "thing": one.entity,
                "slot": pack.slots[one.slot].names[language] if known else "",
                "value": format_value(pack, one.slot, one.value, language, unit) if known else one.value,
                "now": format_value(pack, one.slot, one.now, language, unit) if known and one.now else "",
            }
        )
    return found


def write_memory(state: DialogueState) -> str:
    """Return what both remember, as a part of a prompt; empty where they meet for the first time."""
    if not state.memory:
        return ""
    return render_prompt("memory", state.language, facts=describe_recalls(state.memory, state))


def join_parts(*parts: str) -> str:
    """Return the parts of a prompt with an empty line between; empty ones are left out."""
    return "\n\n".join(filter(None, parts))
