"""A worry no slot holds, answered by what is known in words near it: "batteries dying" by the battery's warranty."""

from __future__ import annotations

from streamdial.planning.sentences import list_stems
from streamdial.planning.state import DialogueState
from streamdial.records import KnowledgeRow, Turn

COMMON = 2
"""Texts of different attributes that may share a word; one that more have says nothing."""


def find_related(state: DialogueState, entity: str, last: Turn) -> KnowledgeRow | None:
    """Return the text known of a thing that shares a telling word with what the user asked or worried about.

    The user's words are those of the question the turn rests on: a simulated turn has none of its own. A word counts
    where few attributes of the thing have it; what was told already is no news.
    """
    asked = set(last.evidence)
    words = " ".join(one.text for one in state.user.primary_inquiries if asked & set(one.evidence))
    stems = list_stems(words, state.language) - list_stems(entity, state.language)
    rows = [row for row in state.knowledge.list_rows(entity) if state.pack.slots[row.slot].type == "text"]
    texts = {row.slot: list_stems(row.value, state.language) for row in rows}
    rare = {stem for stem in stems if 0 < sum(stem in known for known in texts.values()) <= COMMON}
    near = [row for row in rows if texts[row.slot] & rare and (entity, row.slot) not in state.told]
    return max(near, key=lambda row: len(texts[row.slot] & rare), default=None)
