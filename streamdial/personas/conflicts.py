"""Finds contradictions in a persona: between its wishes, with what it asks about, with the knowledge base."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streamdial.domains import DomainPack
from streamdial.personas.constraints import Wishes, find_party
from streamdial.personas.habits import find_words, load_habits
from streamdial.personas.knowledge import Knowledge
from streamdial.records import Conflict, Constraint, KnowledgeRow, Language, UserQuestion
from streamdial.slots import format_value

_POINTED_ACTS = ("ask", "object", "negotiate", "book", "inform")
"""Acts in which naming a thing means to want that thing; a comparison is open on both sides."""


def find_conflicts(
    questions: Sequence[UserQuestion],
    wishes: Wishes,
    knowledge: Sequence[Knowledge],
    pack: DomainPack,
    language: Language,
) -> tuple[Conflict, ...]:
    """Return what does not go together in a persona, each once.

    Kinds: `asked_breaks_wish` (a thing asked about breaks a wish, as the knowledge base tells: the budget against its
    price, the seats against its seats), `party_exceeds_wish` and `party_exceeds_capacity` (more people were told than
    places are wished for, or than the thing asked about has), `nothing_fits` (no entity meets all wishes that are
    musts), `over_budget` (the viewer says so), `two_values` (two values of one slot at once).

    Args:
        questions: The persona's own messages.
        wishes: What they wish for.
        knowledge: The knowledge base of each account they were written to; a conflict must be one with each of them.
            Empty where nothing is known.
        pack: The domain pack.
        language: Language of the persona.
    """
    found = [*wishes.conflicts, *_find_stated(questions, pack, language)]
    party = _measure_party(questions, wishes, pack)
    found += _compare_party(party, wishes.constraints, pack, language)
    by_account = [
        [
            *_compare_asked(questions, wishes.constraints, known, pack, language),
            *_compare_capacity(questions, party, wishes.constraints, known, pack, language),
            *_look_for_fit(wishes.constraints, known, pack, language),
        ]
        for known in knowledge
    ]
    if by_account:
        rest = [{(conflict.kind, conflict.slots) for conflict in part} for part in by_account[1:]]
        found += [c for c in by_account[0] if all((c.kind, c.slots) in part for part in rest)]
    return tuple({(c.kind, c.slots, c.text): c for c in found}.values())


def _find_stated(questions: Sequence[UserQuestion], pack: DomainPack, language: Language) -> Iterable[Conflict]:
    money = pack.price_slot
    for question in questions:
        if money and find_words(question.text, load_habits().over_budget, language):
            yield Conflict(kind="over_budget", text=question.text, slots=(money,), evidence=(question.id,))


def _find_count_slot(pack: DomainPack) -> str | None:
    return next((n for n, s in pack.slots.items() if s.type == "count" and s.constraint == "min" and s.mined), None)


def _measure_party(
    questions: Sequence[UserQuestion], wishes: Wishes, pack: DomainPack
) -> tuple[str, float, tuple[str, ...]] | None:
    """Return the slot that counts places, the number of people told, and the messages that tell it."""
    slot = _find_count_slot(pack)
    if slot is None:
        return None
    told: list[tuple[float, tuple[str, ...]]] = []
    for question in questions:
        if (people := find_party(question.text)) is not None:
            told.append((float(people), (question.id,)))
    told += [wishes.party[slot]] if slot in wishes.party else []
    return (slot, *max(told, key=lambda entry: entry[0])) if told else None


def _compare_party(
    party: tuple[str, float, tuple[str, ...]] | None,
    constraints: Iterable[Constraint],
    pack: DomainPack,
    language: Language,
) -> Iterable[Conflict]:
    for wish in constraints:
        if party and wish.slot == party[0] and wish.value.isdigit() and float(wish.value) < party[1]:
            slot, people, told = party
            wished = format_value(pack, slot, wish.value, language)
            text = (
                f"有{people:g}个人，却只要{wished}"
                if language == "zh"
                else f"{people:g} people, but only {wished} wanted"
            )
            yield Conflict(kind="party_exceeds_wish", text=text, slots=(slot,), evidence=_merge(told, wish.evidence))


def _list_pointed(questions: Sequence[UserQuestion]) -> dict[str, tuple[str, ...]]:
    """Return the things the persona wants, with the messages that name them alone."""
    named: dict[str, list[str]] = {}
    for question in questions:
        if question.act in _POINTED_ACTS and len(question.entities) == 1:
            named.setdefault(question.entities[0], []).append(question.id)
    return {entity: tuple(ids) for entity, ids in named.items()}


def _compare_asked(
    questions: Sequence[UserQuestion],
    constraints: Iterable[Constraint],
    known: Knowledge,
    pack: DomainPack,
    language: Language,
) -> Iterable[Conflict]:
    pointed = _list_pointed(questions)
    for wish in constraints:
        if pack.slots[wish.slot].booking or not pack.slots[wish.slot].constraint:
            continue
        for entity, asked in pointed.items():
            row = known.get(entity, wish.slot)
            if row is not None and known.satisfies(entity, wish.slot, wish.value, wish.unit) is False:
                name = pack.slots[wish.slot].names[language]
                wished = format_value(pack, wish.slot, wish.value, language, wish.unit)
                has = known.describe(row, language)
                text = (
                    f"{name}要求{wished}，却在问{entity}（{has}）"
                    if language == "zh"
                    else f"{name}: wants {wished}, but asks about the {entity} ({has})"
                )
                evidence = _merge(wish.evidence, asked, (row.id,))
                yield Conflict(kind="asked_breaks_wish", text=text, slots=(wish.slot,), evidence=evidence)


def _compare_capacity(
    questions: Sequence[UserQuestion],
    party: tuple[str, float, tuple[str, ...]] | None,
    constraints: Iterable[Constraint],
    known: Knowledge,
    pack: DomainPack,
    language: Language,
) -> Iterable[Conflict]:
    if party is None:
        return
    slot, people, told = party
    if any(wish.slot == slot and wish.value.isdigit() and float(wish.value) >= people for wish in constraints):
        return  # `asked_breaks_wish` says it already
    for entity, asked in _list_pointed(questions).items():
        row = known.get(entity, slot)
        if row is not None and row.number is not None and row.number < people:
            has = known.describe(row, language)
            text = (
                f"有{people:g}个人，却在问{entity}（{has}）"
                if language == "zh"
                else f"{people:g} people, but asks about the {entity} ({has})"
            )
            evidence = _merge(told, asked, (row.id,))
            yield Conflict(kind="party_exceeds_capacity", text=text, slots=(slot,), evidence=evidence)


def _look_for_fit(
    constraints: Iterable[Constraint], known: Knowledge, pack: DomainPack, language: Language
) -> Iterable[Conflict]:
    """Find out whether all musts can be met together; where an attribute is not known, something may meet it."""
    musts = [w for w in constraints if w.hardness == "must" and not pack.slots[w.slot].booking]
    if not musts or not known.entities:
        return
    broken: list[list[tuple[Constraint, KnowledgeRow]]] = []
    for entity in known.entities:
        rows = [
            (wish, row)
            for wish in musts
            if (row := known.get(entity, wish.slot))
            and known.satisfies(entity, wish.slot, wish.value, wish.unit) is False
        ]
        if not rows:
            return
        broken.append(rows)
    wished = [
        f"{pack.slots[wish.slot].names[language]}{'' if language == 'zh' else ' '}"
        f"{format_value(pack, wish.slot, wish.value, language, wish.unit)}"
        for wish in musts
    ]
    text = (
        f"没有同时满足{'、'.join(wished)}的选择" if language == "zh" else f"nothing has {' and '.join(wished)} at once"
    )
    evidence = _merge(*(wish.evidence for wish in musts), tuple(rows[0][1].id for rows in broken))
    yield Conflict(kind="nothing_fits", text=text, slots=tuple(wish.slot for wish in musts), evidence=evidence)


def _merge(*parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for part in parts for source in part))
