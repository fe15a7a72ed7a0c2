"""Beliefs: what a viewer knows, takes for granted and does not know, as far as the messages show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streamdial.domains import DomainPack
from streamdial.personas.constraints import WISHING_ACTS
from streamdial.personas.habits import find_words, load_habits
from streamdial.personas.knowledge import Knowledge
from streamdial.personas.statements import is_testimony
from streamdial.records import Language, Observed, UserQuestion
from streamdial.slots import format_value

MOST_HEARD = 2
"""Experiences of others that a viewer carries along."""


def list_known(questions: Sequence[UserQuestion], pack: DomainPack, language: Language) -> tuple[Observed, ...]:
    """Return what a viewer knows: things named, facts and experiences told, values taken for granted.

    Args:
        questions: The viewer's messages in order of time.
        pack: The domain pack.
        language: Language of the persona.
    """
    habits = load_habits()
    known: dict[str, list[str]] = {}
    for question in questions:
        for entity in question.entities:
            text = f"知道{entity}" if language == "zh" else f"has heard of the {entity}"
            known.setdefault(text, []).append(question.id)
    for question in questions:
        told = find_words(question.text, habits.known, language)
        if told:
            known.setdefault(question.text, []).append(question.id)
        elif _takes_for_granted(question, language):
            known.setdefault(_word_belief(question, pack, language), []).append(question.id)
    return tuple(Observed(text=text, evidence=tuple(dict.fromkeys(ids))) for text, ids in known.items())


def list_heard(
    questions: Sequence[UserQuestion], knowledge: Iterable[Knowledge], language: Language
) -> tuple[Observed, ...]:
    """Return what other viewers told of the things a viewer asks about: background, nothing that is wished for.

    Args:
        questions: The viewer's messages.
        knowledge: The knowledge bases of the accounts that were asked, with what viewers told.
        language: Language of the persona.
    """
    about = {entity for question in questions for entity in question.entities}
    told = (row for known in knowledge for row in known.free if is_testimony(row) and row.language == language)
    rows = [row for row in told if row.entity in about][:MOST_HEARD]
    lead = "看到其他观众说：" if language == "zh" else "has read of another viewer: "
    return tuple(Observed(text=f"{lead}{row.text}", evidence=(row.id,)) for row in rows)


def _takes_for_granted(question: UserQuestion, language: Language) -> bool:
    """Tell whether values are stated as facts: in an objection, or with "right?" behind them."""
    if not question.slots or question.act in WISHING_ACTS:
        return False
    tagged = find_words(question.text[-12:], load_habits().tags, language)
    return question.act == "object" or bool(tagged)


def _word_belief(question: UserQuestion, pack: DomainPack, language: Language) -> str:
    gap = "" if language == "zh" else " "
    facts = [
        f"{pack.slots[slot].names[language]}{gap}{format_value(pack, slot, value, language)}"
        for slot, value in question.slots.items()
        if slot in pack.slots
    ]
    about = ("、" if language == "zh" else " / ").join(question.entities)
    if language == "zh":
        return f"以为{about}{'，'.join(facts)}"
    return f"takes for granted{f' of the {about}' if about else ''}: {', '.join(facts)}"


def list_unknown(questions: Sequence[UserQuestion], pack: DomainPack, language: Language) -> tuple[Observed, ...]:
    """Return what a viewer does not know: each attribute asked for, with the thing it was asked of where one is named.

    Args:
        questions: The viewer's messages in order of time.
        pack: The domain pack.
        language: Language of the persona.
    """
    unknown: dict[str, list[str]] = {}
    for question in questions:
        if question.act in WISHING_ACTS:
            continue
        for slot in question.asks:
            name = pack.slots[slot].names[language] if slot in pack.slots else slot
            for entity in question.entities or ("",):
                if language == "zh":
                    text = f"{entity}的{name}" if entity else name
                else:
                    text = f"{name} of the {entity}" if entity else name
                unknown.setdefault(text, []).append(question.id)
    return tuple(Observed(text=text, evidence=tuple(dict.fromkeys(ids))) for text, ids in unknown.items())
