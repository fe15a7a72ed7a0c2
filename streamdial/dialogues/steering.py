"""Which behaviours a dialogue is to show: those persona and knowledge make possible, by their wanted shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from streamdial.blueprints import BehaviourPlan
from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.planning import find_upgrade
from streamdial.records import Behaviour, Constraint, Inquiry, Outcome, UserPersona

_RIVALS: tuple[frozenset[Behaviour], ...] = (
    frozenset({"constraint_conflict", "recovery"}),
    frozenset({"recovery", "upselling"}),
    frozenset({"constraint_conflict", "upselling"}),
    frozenset({"inventory_check", "upselling"}),
)
"""Behaviours that exclude each other: two ways out of the same wishes; and a dialogue that has to make do with what is
left has nothing better to offer."""


@dataclass(frozen=True)
class Borrowed:
    """What other viewers of the same domain and language said, taken where a persona said nothing of the kind.

    Attributes:
        wishes: Their wishes.
        bookings: Days, hours and numbers they booked for.
        inquiries: Their questions, doubts and bargaining.
    """

    wishes: tuple[Constraint, ...] = ()
    bookings: tuple[Constraint, ...] = ()
    inquiries: tuple[Inquiry, ...] = ()


def borrow(people: Iterable[UserPersona], pack: DomainPack) -> Borrowed:
    """Return what the personas of one language can lend each other, each wish and question once."""
    people = list(people)
    constraints = {(c.slot, c.value): c for persona in people for c in persona.constraints}
    inquiries = {inquiry.text: inquiry for persona in people for inquiry in persona.primary_inquiries}
    return Borrowed(
        wishes=tuple(c for c in constraints.values() if not pack.slots[c.slot].booking),
        bookings=tuple(c for c in constraints.values() if pack.slots[c.slot].booking),
        inquiries=tuple(inquiries.values()),
    )


def find_conflict(user: UserPersona, knowledge: Knowledge) -> tuple[Constraint, ...]:
    """Return the fewest wishes of a user that nothing in the knowledge base meets together; empty where there are none.

    Nothing is borrowed: a conflict is the persona's own.

    Args:
        user: Whose wishes.
        knowledge: What there is.
    """
    slots = knowledge.pack.slots
    own = [wish for wish in user.constraints if not slots[wish.slot].booking and slots[wish.slot].constraint]
    return _shrink(own, knowledge)


def _list_there(knowledge: Knowledge) -> list[str]:
    """Return what can be had."""
    slot = knowledge.pack.stock_slot
    gone = knowledge.pack.slots[slot].gone if slot else ()
    rows = {name: knowledge.get(name, slot) if slot else None for name in knowledge.entities}
    return [name for name, row in rows.items() if row is None or row.value not in gone]


def _clash(wishes: Sequence[Constraint], knowledge: Knowledge) -> bool:
    there = set(_list_there(knowledge))
    ranked = [
        broken
        for name, broken, _ in knowledge.rank({w.slot: w.value for w in wishes if knowledge.compares(w)})
        if name in there
    ]
    return bool(ranked and ranked[0])


def _shrink(wishes: Sequence[Constraint], knowledge: Knowledge) -> tuple[Constraint, ...]:
    """Return the wishes that are left when none can be taken away without ending the conflict."""
    if not wishes or not _clash(wishes, knowledge):
        return ()
    left = list(wishes)
    for wish in wishes:
        fewer = [other for other in left if other is not wish]
        if fewer and _clash(fewer, knowledge):
            left = fewer
    return tuple(left)


def has_stock(knowledge: Knowledge) -> bool:
    """Tell whether the knowledge base says of everything whether it can be had."""
    slot = knowledge.pack.stock_slot
    return bool(slot and knowledge.entities) and all(knowledge.get(name, slot or "") for name in knowledge.entities)


def _has_upgrade(user: UserPersona, knowledge: Knowledge) -> bool:
    """Tell whether there is something dearer and better than something that meets the user's wishes."""
    slots = knowledge.pack.slots
    wanted = (wish for wish in user.constraints if slots[wish.slot].constraint and knowledge.compares(wish))
    wishes = {wish.slot: wish.value for wish in wanted}
    there = set(_list_there(knowledge))
    fitting = [entity for entity, broken, _ in knowledge.rank(wishes) if not broken and entity in there]
    return any(find_upgrade(knowledge, entity, wishes) in there for entity in fitting)


def _has_doubt(user: UserPersona, knowledge: Knowledge) -> bool:
    """Tell whether something the user asks about, or would be offered for one wish, misses another wish of theirs."""
    slots = knowledge.pack.slots
    wanted = [wish for wish in user.constraints if slots[wish.slot].constraint and not slots[wish.slot].booking]
    wishes = [wish for wish in wanted if knowledge.compares(wish)]
    there = _list_there(knowledge)
    heard = {name for inquiry in user.primary_inquiries for name in inquiry.entities if name in there}
    for wish in wishes:
        heard |= set([name for name, _, _ in knowledge.rank({wish.slot: wish.value}) if name in there][:1])
    return any(
        knowledge.satisfies(name, wish.slot, wish.value, wish.unit) is False for name in heard for wish in wishes
    )


def list_feasible(
    user: UserPersona, knowledge: Knowledge, outcome: Outcome, borrowed: Borrowed, *, conflict: bool
) -> frozenset[Behaviour]:
    """Return the behaviours a dialogue of a user, an agent and an outcome can show without inventing anything.

    Args:
        user: Who asks.
        knowledge: The agent's knowledge base.
        outcome: Outcome of the path that is planned.
        borrowed: What other viewers said.
        conflict: Whether `find_conflict` finds wishes that do not go together.
    """
    slots = knowledge.pack.slots
    found: set[Behaviour] = set()
    if any(slots[wish.slot].mined for wish in user.constraints):
        found.add("requirement_mining")
    if outcome != "hand_over" and conflict:
        found |= {"constraint_conflict", "recovery"}
    if knowledge.entities:
        found.add("negotiation")
        if _has_doubt(user, knowledge):
            found.add("objection_handling")
    if has_stock(knowledge):
        found.add("inventory_check")
    times = (wish for wish in (*user.constraints, *borrowed.bookings) if slots[wish.slot].booking)
    # Nobody has something kept that misses a wish.
    if outcome == "deferral" and not conflict and any(slots[wish.slot].type in ("date", "time") for wish in times):
        found.add("reservation_holding")
    if outcome == "success" and _has_upgrade(user, knowledge):
        found.add("upselling")
    return frozenset(found)


class BehaviourQuotas:
    """Plans behaviours over many dialogues, so that each comes to its share of them.

    A behaviour is planned where it is possible and fewer dialogues than its share of those so far have it: the first
    dialogues of a larger number are those of a smaller one. A behaviour with a share that is not planned is avoided;
    one without a share comes about where the dialogue leads to it.

    Args:
        shares: Behaviour -> share of the dialogues, 0 to 1.
    """

    def __init__(self, shares: Mapping[Behaviour, float]) -> None:
        self._shares = dict(shares)
        self._seen = 0
        self._planned = dict.fromkeys(self._shares, 0)

    def plan(self, feasible: Iterable[Behaviour]) -> BehaviourPlan:
        """Return what the next dialogue is to show, given what it can show."""
        self._seen += 1
        possible = set(feasible) & set(self._shares)
        missing = {
            behaviour: share * self._seen - self._planned[behaviour] for behaviour, share in self._shares.items()
        }
        chosen: set[Behaviour] = set()
        # What lags most, for its share, is served first.
        for behaviour in sorted(possible, key=lambda name: (-missing[name] / (self._shares[name] or 1), name)):
            rivals = {other for pair in _RIVALS if behaviour in pair for other in pair}
            if missing[behaviour] > 0 and not rivals & chosen:
                self._planned[behaviour] += 1
                chosen.add(behaviour)
        return BehaviourPlan(planned=frozenset(chosen), avoided=frozenset(set(self._shares) - chosen))
