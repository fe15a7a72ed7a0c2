"""Answers out of attributes that no slot of the pack has: "What about the ground clearance?" by the page's own name."""

from __future__ import annotations

from streamdial.personas import Knowledge
from streamdial.records import KnowledgeRow, UserQuestion
from streamdial.slots import EVERYTHING
from streamdial.text import find_phrase

LONGEST = 60
"""Characters of a value that is said as a whole in one sentence."""


def find_free_row(question: UserQuestion, knowledge: Knowledge) -> KnowledgeRow | None:
    """Return the row that answers a question no slot holds; None where none does.

    The question has to write the attribute's name, the longest one counts. One that names a thing is answered of that
    thing, else of everything the account sells; one that names nothing only of the latter; one that names several not.
    """
    if question.act != "ask" or question.asks or len(question.entities) > 1:
        return None
    text = question.text.lower()
    about = (*question.entities, EVERYTHING)
    rows = [
        row
        for row in knowledge.free
        if row.language == question.language
        and row.entity in about
        and len(row.text) <= LONGEST
        and find_phrase(text, row.slot) is not None
    ]
    return min(rows, key=lambda row: (-len(row.slot), about.index(row.entity)), default=None)


def word_free_row(row: KnowledgeRow) -> str:
    """Return a row as a sentence: "The ground clearance of the Aster is 180 mm."."""
    if row.language == "zh":
        return f"{row.entity}的{row.slot}是{row.text}。" if row.entity else f"{row.slot}：{row.text}。"
    if row.entity:
        return f"The {row.slot} of the {row.entity.removeprefix('The ')} is {row.text.rstrip('.')}."
    return f"{row.slot[0].upper()}{row.slot[1:]}: {row.text.rstrip('.')}."
