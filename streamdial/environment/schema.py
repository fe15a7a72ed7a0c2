"""The schema of a domain's database: typed columns by the pack's slots, the tables of reservations, and their stock."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Literal

from streamdial.counts import Counts
from streamdial.domains import Slot
from streamdial.environment.hours import DAYS, find_weekday, read_hours
from streamdial.errors import ConfigurationError
from streamdial.personas import Knowledge
from streamdial.records import FrozenModel, KnowledgeRow, Language

ColumnType = Literal["text", "integer", "real"]
Scalar = str | int | float | None
"""A value of a cell."""
Row = dict[str, Scalar]

HOURS_SLOT = "opening_hours"
"""Slot under which a knowledge base says when an account is open."""
STOCK_WEIGHTS = {0: 2, 1: 3, 2: 3, 3: 2}
"""How often an entity has so many units on a day: one day in five is full."""
RESERVED = ("booking_id", "hold_id", "waitlist_id", "status", "day", "units", "free", "limit", "first", "second")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_TYPES: dict[str, ColumnType] = {"money": "real", "quantity": "real", "count": "integer"}


class Column(FrozenModel):
    """A column of the table of entities, or of the bookings."""

    name: str
    """Name of the slot it holds."""
    type: ColumnType
    unit: str | None = None
    """Unit of its numbers; a column has one."""
    bound: Literal["max", "min", "equal"] | None = None
    """How a wish bounds it, see `Slot.constraint`."""
    values: tuple[str, ...] = ()
    """For categories: what the pack allows."""


class DomainSchema(FrozenModel):
    """What a domain's database looks like."""

    domain: str
    language: Language
    entity: str
    """Column that names what is sold: the pack's entity slot."""
    day: str
    """Booking slot that says the day; stock is counted by it."""
    price: str | None
    columns: tuple[Column, ...]
    """Attributes of the entities, without the name."""
    booking: tuple[Column, ...]
    """What a booking consists of beside the entity, the day among it."""
    days: tuple[str, ...]
    """Weekdays that can be booked."""
    closed: tuple[str, ...] = ()
    """Weekdays the account is closed on; they have no stock."""
    opens: float | None = None
    """Hour from which a booking may begin; None where no opening hours are known."""
    closes: float | None = None

    def get_column(self, name: str) -> Column | None:
        """Return a column of entities or bookings, or None."""
        return next((column for column in (*self.columns, *self.booking) if column.name == name), None)

    @property
    def lasting(self) -> frozenset[str]:
        """Wishes that hold for whatever a customer looks at, and are not asked again: the budget, and how many come."""
        return frozenset(column.name for column in self.wished if column.name == self.price or column.type == "integer")

    def list_days_after(self, day: str) -> tuple[str, ...]:
        """Return the days in the order in which they are looked at after one, which stands last."""
        start = self.days.index(day) + 1 if day in self.days else 0
        return (*self.days[start:], *self.days[:start])

    @property
    def wished(self) -> tuple[Column, ...]:
        """Columns a wish can bound."""
        return tuple(column for column in self.columns if column.bound)


class Contents(FrozenModel):
    """What is in a database when a dialogue begins."""

    rows: tuple[Row, ...]
    """One per entity: the name and every column, None where it is not known."""
    stock: tuple[tuple[str, str, int], ...]
    """(entity, day, units)."""


def build_schema(knowledge: Knowledge, language: Language) -> DomainSchema:
    """Return the schema of an account's database: a column for each slot its knowledge base has of what is sold.

    The slot that says whether a thing can be had now is none of them: the table of stock takes its place.

    Args:
        knowledge: The account's knowledge base.
        language: Language of its values, and of the names of the days.

    Raises:
        ConfigurationError: If the knowledge base has no entity, the pack no booking slot for the day, or a slot's name
            is no plain identifier or one of the tables' own columns.
    """
    pack = knowledge.pack
    if not knowledge.entities:
        raise ConfigurationError(
            f"the knowledge of this account names nothing that is sold ({len(knowledge.rows)} rows).",
            fix="give pages or a file with a row for each thing that is sold",
        )
    day = next((name for name in pack.list_slots(booking=True) if pack.slots[name].type == "date"), None)
    if day is None:
        raise ConfigurationError(
            f"the {pack.id} pack has no booking slot of type date.", fix="add one; stock is counted by the day"
        )
    known = {row.slot for row in knowledge.rows}
    columns = tuple(
        _build_column(name, slot, [row for row in knowledge.rows if row.slot == name])
        for name, slot in pack.slots.items()
        if name in known and name != pack.entity_slot and not slot.booking and not slot.stock
    )
    booking = tuple(_build_column(name, pack.slots[name], []) for name in pack.list_slots(booking=True))
    for name in (pack.entity_slot, *(column.name for column in (*columns, *booking))):
        if not _IDENTIFIER.fullmatch(name) or name in RESERVED:
            raise ConfigurationError(
                f"slot {name!r} cannot be a column.",
                fix=f"use lower-case letters, digits and _, and none of {', '.join(RESERVED)}",
            )
    price = next((column.name for column in columns if column.name == pack.price_slot), None)
    hours = read_hours(row.text for row in knowledge.rows if row.slot == HOURS_SLOT)
    closed = tuple(name for name in DAYS[language] if find_weekday(name) in hours.closed)
    return DomainSchema(
        domain=pack.id,
        language=language,
        entity=pack.entity_slot,
        day=day,
        price=price,
        columns=columns,
        booking=booking,
        days=tuple(name for name in DAYS[language] if name not in closed),
        closed=closed,
        opens=hours.opens if hours.known else None,
        closes=hours.closes if hours.known else None,
    )


def fill_schema(schema: DomainSchema, knowledge: Knowledge, seed: int, counts: Counts) -> Contents:
    """Return the rows of a database and its stock.

    The knowledge base has no number of rooms or cars by the day, so the stock is drawn: none of what is gone, else
    `STOCK_WEIGHTS`.

    Args:
        schema: The schema of the same knowledge base.
        knowledge: The account's knowledge base.
        seed: Decides the stock.
        counts: Gets `asked` (cells), `made`, `kept` and the drop `other_unit`: a number in another unit than its
            column's.
    """
    rows: list[Row] = []
    for entity in knowledge.entities:
        row: Row = {schema.entity: entity}
        for column in schema.columns:
            fact = knowledge.get(entity, column.name)
            counts.asked += fact is not None
            counts.made += fact is not None
            row[column.name] = _read_cell(fact, column) if fact is not None else None
            if fact is not None and row[column.name] is None:
                counts.drop("other_unit")
        counts.kept += sum(value is not None for name, value in row.items() if name != schema.entity)
        rows.append(row)
    return Contents(rows=tuple(rows), stock=tuple(_draw_stock(schema, knowledge, seed)))


def _draw_stock(schema: DomainSchema, knowledge: Knowledge, seed: int) -> list[tuple[str, str, int]]:
    slot = knowledge.pack.stock_slot
    gone = knowledge.pack.slots[slot].gone if slot else ()
    drawn: list[tuple[str, str, int]] = []
    for entity in knowledge.entities:
        row = knowledge.get(entity, slot) if slot else None
        rng = random.Random(f"{seed}:{entity}")
        units = rng.choices(list(STOCK_WEIGHTS), list(STOCK_WEIGHTS.values()), k=len(schema.days))
        if row is not None and row.value in gone:
            units = [0] * len(schema.days)
        drawn += [(entity, day, count) for day, count in zip(schema.days, units, strict=True)]
    return drawn


def _build_column(name: str, slot: Slot, rows: list[KnowledgeRow]) -> Column:
    kind = _TYPES.get(slot.type, "text")
    units = Counter(row.unit for row in rows)
    first = next(iter(slot.units), None)
    return Column(
        name=name,
        type=kind,
        unit=(units.most_common(1)[0][0] if units else first) if kind != "text" else None,
        bound=slot.constraint,
        values=tuple(slot.values),
    )


def _read_cell(fact: KnowledgeRow, column: Column) -> Scalar:
    if column.type == "text":
        return fact.value
    if fact.number is None or fact.unit != column.unit:
        return None
    return int(fact.number) if column.type == "integer" else float(fact.number)
