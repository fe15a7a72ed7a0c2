"""Which users one person could be: alike in what they came for, and without wishes that contradict each other."""

from __future__ import annotations

from collections.abc import Iterable

from streamdial.ids import make_id
from streamdial.personas import Knowledge
from streamdial.records import Constraint, UserPersona
from streamdial.text import tokenize


def measure_likeness(one: UserPersona, other: UserPersona) -> float:
    """Return how much two users are after the same, 0 to 1: the share of common things, attributes and words."""
    left, right = _list_marks(one), _list_marks(other)
    return len(left & right) / len(left | right) if left | right else 0.0


def find_contradictions(one: Iterable[Constraint], other: Iterable[Constraint], knowledge: Knowledge) -> list[str]:
    """Return the slots of which two people wish different things that no one person wishes.

    Bounds of one attribute go together (at most 300 and at most 250); two kinds of one thing do not, nor do two
    numbers of people. Days and hours are of a visit, not of a person.
    """
    slots = knowledge.pack.slots
    before = {wish.slot: wish for wish in one}
    return [
        wish.slot
        for wish in other
        if wish.slot in before
        and before[wish.slot].value != wish.value
        and not slots[wish.slot].booking
        and not (slots[wish.slot].constraint in ("max", "min") and slots[wish.slot].type != "count")
    ]


def rank_compatible(user: UserPersona, others: Iterable[UserPersona], knowledge: Knowledge) -> list[UserPersona]:
    """Return the users who could be the same person with another need, the most alike first.

    Args:
        user: The one they are compared with.
        others: All there are; who asks for the very same is no other need.
        knowledge: The knowledge base of the account both talk to.
    """
    found = [
        (-measure_likeness(user, other), other.id, other)
        for other in others
        if other.id != user.id
        and other.language == user.language
        and _has_other_need(user, other)
        and not find_contradictions(user.constraints, other.constraints, knowledge)
    ]
    return [other for *_, other in sorted(found, key=lambda entry: entry[:2])]


def combine_users(user: UserPersona, other: UserPersona) -> UserPersona:
    """Return a user with the need of another one and their own way of writing."""
    return other.model_copy(update={"id": name_combined(user.id, other), "style": user.style, "demand": None})


def name_combined(user: str, other: UserPersona) -> str:
    """Return the id of a user with the need of another one."""
    return make_id("combined", user, other.id)


def _has_other_need(user: UserPersona, other: UserPersona) -> bool:
    return _list_needs(user) != _list_needs(other)


def _list_needs(user: UserPersona) -> set[tuple[str, ...]]:
    asked = {("asks", *inquiry.entities, *inquiry.asks) for inquiry in user.primary_inquiries}
    return asked | {("wants", wish.slot, wish.value) for wish in user.constraints}


def _list_marks(user: UserPersona) -> set[str]:
    marks = {name for inquiry in user.primary_inquiries for name in (*inquiry.entities, *inquiry.asks)}
    marks |= {wish.slot for wish in user.constraints}
    return marks | set(tokenize(user.objective.text))
