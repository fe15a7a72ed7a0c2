"""What is better than what: something dearer that gives more, and in what."""

from __future__ import annotations

from collections.abc import Mapping

from streamdial.personas import Knowledge


def find_upgrade(knowledge: Knowledge, entity: str, wishes: Mapping[str, str]) -> str | None:
    """Return the next dearer thing that is better in something; None without one.

    Of the wishes it may break the budget, and what the first thing does not meet either.
    """
    price = knowledge.pack.price_slot
    own = knowledge.get(entity, price) if price else None
    if price is None or own is None or own.number is None:
        return None
    others = {
        slot: value
        for slot, value in wishes.items()
        if slot != price and knowledge.satisfies(entity, slot, value) is not False
    }
    dearer = []
    for name, broken, _ in knowledge.rank(others):
        row = knowledge.get(name, price)
        if name != entity and not broken and row is not None and row.number is not None and row.number > own.number:
            dearer.append((row.number, name))
    return next((name for _, name in sorted(dearer) if list_advantages(knowledge, name, entity, wishes)), None)


def list_advantages(
    knowledge: Knowledge, entity: str, other: str, wishes: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return the attributes in which one thing is more than another, then those in which it is something else.

    Prices and stock are left out, and room for more people than have to fit in: a set for four is none for two.
    """
    needed = wishes or {}
    more: list[str] = []
    different: list[str] = []
    for slot in dict.fromkeys(knowledge.list_slots(entity)):
        schema = knowledge.pack.slots[slot]
        left, right = knowledge.get(entity, slot), knowledge.get(other, slot)
        if left is None or right is None or left.value == right.value or schema.stock or schema.type == "money":
            continue
        if schema.type == "count" and (slot not in needed or knowledge.satisfies(other, slot, needed[slot])):
            continue
        if left.number is not None and right.number is not None:
            if (left.number < right.number) == (schema.constraint == "max"):
                more.append(slot)
        elif schema.type in ("category", "text"):
            different.append(slot)
    return (*more, *different)
