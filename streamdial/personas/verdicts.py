"""Verdicts: what a fact is worth to this customer, and by how much it misses what was wished for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from streamdial.personas.knowledge import Knowledge
from streamdial.records import Constraint, Hardness

VerdictKind = Literal["fits", "better", "over", "short", "other", "gone", "irrelevant"]
MISSES: tuple[VerdictKind, ...] = ("over", "short", "other")
BETTER_BY = 0.12
"""Share of the wished value by which a fact must pass it to be better than hoped."""
GIVE: dict[Hardness, float] = {"must": 0.0, "prefer": 0.12, "flexible": 0.3}
"""How far from a wish, as a share of it, somebody gives it up of their own accord, by how hard the wish is."""
BARGAIN_UP_TO = 0.15
"""How far above a budget a price may lie for bargaining to make sense."""


@dataclass(frozen=True)
class Verdict:
    """What a told fact is to this customer.

    Attributes:
        kind: `over` a maximum, `short` of a minimum, of `other` kind than wished, `gone`: cannot be had; `irrelevant`
            where nothing was wished for.
        value: The fact.
        wish: The wished value; empty where there is none.
        gap: How much it misses the wish by, or passes it, in the slot's unit.
        distance: The gap as a share of the wish; 1 for a category that is another.
        hardness: How hard the wish is.
    """

    kind: VerdictKind
    entity: str
    slot: str
    value: str
    unit: str | None = None
    wish: str = ""
    gap: float = 0.0
    distance: float = 0.0
    hardness: Hardness = "flexible"
    evidence: tuple[str, ...] = ()

    @property
    def misses(self) -> bool:
        """Whether it falls short of a wish."""
        return self.kind in MISSES

    @property
    def can_be_given_up(self) -> bool:
        """Whether somebody gives the wish up for it: what the wish's hardness and the distance allow."""
        if self.kind == "other":
            return self.hardness == "flexible"
        return self.misses and self.distance <= GIVE[self.hardness]

    @property
    def is_bargain(self) -> bool:
        """Whether the price lies so near the bound that asking for less makes sense."""
        return self.kind == "over" and self.distance <= BARGAIN_UP_TO


def judge_fact(
    knowledge: Knowledge, wishes: Mapping[str, Constraint], entity: str, slot: str, value: str, unit: str | None = None
) -> Verdict:
    """Return the verdict on a told fact.

    Args:
        knowledge: Says which way a wish bounds an attribute.
        wishes: The customer's wishes by slot, those that were given up left out.
        entity: What the fact is about.
        slot: The attribute.
        value: Its canonical value.
        unit: Its unit.
    """
    schema = knowledge.pack.slots[slot]
    if schema.stock and value in schema.gone:
        return Verdict("gone", entity, slot, value, unit)
    wish = wishes.get(slot)
    foreign = wish is not None and schema.type == "money" and wish.unit and unit and wish.unit != unit
    if wish is None or schema.constraint is None or foreign:
        return Verdict("irrelevant", entity, slot, value, unit)
    shared = {"wish": wish.value, "hardness": wish.hardness, "evidence": wish.evidence}
    if schema.constraint == "equal":
        kind: VerdictKind = "fits" if value == wish.value else "other"
        return Verdict(kind, entity, slot, value, unit, distance=float(kind == "other"), **shared)  # type: ignore[arg-type]
    try:
        told, wished = float(value), float(wish.value)
    except ValueError:
        return Verdict("irrelevant", entity, slot, value, unit)
    gap = abs(told - wished)
    distance = gap / max(abs(wished), 1e-9)
    bad = told > wished if schema.constraint == "max" else told < wished
    if bad:
        kind = "over" if schema.constraint == "max" else "short"
    else:
        kind = "better" if distance >= BETTER_BY and schema.type != "count" else "fits"
    return Verdict(kind, entity, slot, value, unit, gap=gap, distance=distance, **shared)  # type: ignore[arg-type]
