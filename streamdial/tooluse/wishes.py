"""Wishes over the rows of a database: drawn, loosened, tightened, and what fits them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from math import floor, log10

from pydantic import JsonValue

from streamdial.domains import DomainPack, Slot
from streamdial.environment.matching import is_met, rank_rows, read_value, write_cell
from streamdial.environment.schema import Column, DomainSchema, Row
from streamdial.records import Language, UserPersona
from streamdial.slots import format_number

TIMES: dict[Language, tuple[str, ...]] = {"en": ("2 pm", "3 pm", "6 pm"), "zh": ("下午2点", "下午3点", "下午6点")}
NEAREST = 2
"""How far a number is from what a user wanted of it before, and how many there are to choose from."""
MAX_TRIES = 40
"""Wishes drawn before it is given up that they be impossible together."""


class Unsuited(Exception):
    """What was drawn cannot become a task."""


class WishMaker:
    """Draws wishes that rows of one database meet, or that none meets.

    Args:
        schema: The database's schema.
        rows: Its entities.
        pack: The domain pack; a wish must have words in it.
    """

    def __init__(self, schema: DomainSchema, rows: Iterable[Row], pack: DomainPack) -> None:
        self.schema = schema
        self.pack = pack
        self._rows = {str(row[schema.entity]): row for row in rows}

    def list_fitting(self, wishes: Mapping[str, str]) -> tuple[str, ...]:
        """Return the things that meet all wishes, cheapest first, as a search does."""
        columns = {column.name: column for column in self.schema.wished}
        fitting = [
            name
            for name, row in self._rows.items()
            if all(is_met(columns[slot], row[slot], value) for slot, value in wishes.items())
        ]
        return tuple(sorted(fitting, key=lambda name: (self._price(name), name)))

    def _price(self, name: str) -> float:
        value = self._rows[name][self.schema.price] if self.schema.price else 0
        # SQLite puts NULL first.
        return float(value) if isinstance(value, int | float) else float("-inf")

    def list_nearest(self, wishes: Mapping[str, str]) -> tuple[str, ...]:
        """Return the things that come nearest to wishes nothing meets; several where they come equally near."""
        ranked = rank_rows(self.schema, self._rows.values(), wishes)
        best = (len(ranked[0].broken), ranked[0].miss)
        names = [str(entry.row[self.schema.entity]) for entry in ranked if (len(entry.broken), entry.miss) == best]
        return tuple(sorted(names, key=lambda name: (self._price(name), name)))

    def take_wishes(self, persona: UserPersona | None) -> dict[str, str]:
        """Return a persona's wishes that the database knows of; none without a persona."""
        columns = {column.name: column for column in self.schema.wished}
        return {
            wish.slot: wish.value
            for wish in (persona.constraints if persona else ())
            if wish.slot in columns and read_value(columns[wish.slot], wish.value) is not None
        }

    def take_booking(self, persona: UserPersona | None) -> dict[str, str]:
        """Return what a persona said a booking of its is to be, the day left out; none without a persona."""
        columns = {column.name: column for column in self.schema.booking if column.name != self.schema.day}
        return {
            wish.slot: wish.value
            for wish in (persona.constraints if persona else ())
            if wish.slot in columns and read_value(columns[wish.slot], wish.value) is not None
        }

    def draw_wishes(self, rng: random.Random) -> dict[str, str]:
        """Return two to four wishes that at least one thing meets.

        Raises:
            Unsuited: If the thing drawn has fewer than two attributes to be wished for.
        """
        row = self._rows[rng.choice(list(self._rows))]
        columns = [column for column in self.schema.wished if self._may_wish(column, row)]
        if len(columns) < 2:
            raise Unsuited
        rng.shuffle(columns)
        # What experts ask for is what customers mostly want.
        columns.sort(key=lambda column: not self.pack.slots[column.name].mined)
        count = rng.choice([2, 3, 3, 4])
        chosen = [*columns[:1], *rng.sample(columns[1:], k=min(count - 1, len(columns) - 1))]
        return {column.name: _loosen(column, row) for column in chosen}

    def _may_wish(self, column: Column, row: Row) -> bool:
        """Tell whether people wish for what a row has: nobody looks for what is without something."""
        known = self.pack.slots[column.name]
        worded = bool(known.need.get(self.schema.language))
        return worded and row[column.name] is not None and write_cell(row[column.name]) not in known.lacks

    def tighten(self, rng: random.Random, wishes: Mapping[str, str]) -> dict[str, str]:
        """Return wishes made impossible together, each of them ordinary by itself: one gets the value of another thing.

        Raises:
            Unsuited: If no such change makes them impossible.
        """
        if not self.list_fitting(wishes):
            return dict(wishes)
        columns = {column.name: column for column in self.schema.wished}
        for _ in range(MAX_TRIES):
            slot = rng.choice(list(wishes))
            row = self._rows[rng.choice(list(self._rows))]
            if not self._may_wish(columns[slot], row):
                continue
            changed = {**wishes, slot: _loosen(columns[slot], row)}
            if not self.list_fitting(changed):
                return changed
        raise Unsuited

    def draw_first(self, rng: random.Random, wishes: Mapping[str, str]) -> dict[str, str]:
        """Return another value of one wish, which the user may have in mind before; of a number one near it."""
        slot = rng.choice(list(wishes))
        if slot == self.schema.day:
            return {slot: rng.choice([day for day in self.schema.days if day != wishes[slot]])}
        column = next(column for column in self.schema.wished if column.name == slot)
        values = {_loosen(column, row) for row in self._rows.values() if row[slot] is not None} - {wishes[slot]}
        if column.type == "integer":
            # Two guests do not become eight.
            near = sorted(values, key=lambda value: (abs(int(value) - int(wishes[slot])), value))[:NEAREST]
            values = {value for value in near if abs(int(value) - int(wishes[slot])) <= NEAREST}
        return {slot: rng.choice(sorted(values))} if values else {}

    def draw_booking(self, rng: random.Random, wishes: Mapping[str, str], rows: Sequence[Row] = ()) -> dict[str, str]:
        """Return what a booking needs beside the day.

        A number counted in the unit of a wish is that wish: who looked for a menu for six comes with six. Nobody who
        said none books a menu for eight for two.

        Args:
            rng: Draws the rest.
            wishes: What the thing was looked for by, and what the persona said of the booking itself.
            rows: The things the booking may be of.

        Raises:
            Unsuited: If it needs something nobody can draw a value for.
        """
        slots = self.pack.slots
        values: dict[str, str] = {}
        for column in self.schema.booking:
            if column.name == self.schema.day:
                continue
            if column.name in wishes:
                values[column.name] = wishes[column.name]
            elif column.type == "integer":
                same = find_party(slots[column.name], wishes, slots)
                held = self._find_capacity(column.name, rows)
                values[column.name] = same or str(rng.choice([max(1, held - 1), held, held] if held else [1, 2, 3]))
            elif slots[column.name].type == "time":
                values[column.name] = rng.choice(TIMES[self.schema.language])
            else:
                raise Unsuited
        return values

    def draw_other_count(self, name: str, values: Mapping[str, str], rows: Sequence[Row]) -> str:
        """Return another number for a booking: one more, or one less where no more go in.

        Raises:
            Unsuited: If it is the only number that goes in.
        """
        count, held = int(values[name]), self._find_capacity(name, rows)
        if held and count >= held:
            if count < 2:
                raise Unsuited
            return str(count - 1)
        return str(count + 1)

    def _find_capacity(self, name: str, rows: Sequence[Row]) -> int:
        """Return the largest number that goes into each of some things; 0 where none of them tells."""
        slots = self.pack.slots
        told = [find_party(slots[name], {slot: write_cell(cell) for slot, cell in row.items()}, slots) for row in rows]
        return min((int(size) for size in told if size), default=0)

    def type_values(self, values: Mapping[str, str]) -> dict[str, JsonValue]:
        """Return a booking's values as its columns hold them."""
        columns = {column.name: column for column in self.schema.booking}
        return {name: read_value(columns[name], value) for name, value in values.items()}


def find_party(counted: Slot, wishes: Mapping[str, str], slots: Mapping[str, Slot]) -> str:
    """Return the number that a wish tells of what a booking counts; empty where none does."""
    told = (v for s, v in wishes.items() if s in slots and slots[s].counts_as(counted) and v.isdigit())
    return next(told, "")


def _loosen(column: Column, row: Row) -> str:
    """Return a wish a row meets, as people say it: a budget rounded up to two figures, a size rounded down."""
    value = row[column.name]
    if not isinstance(value, int | float) or column.bound not in ("max", "min") or column.type == "integer":
        return write_cell(value)
    if value <= 0:
        return write_cell(value)
    step = 10.0 ** (floor(log10(value)) - 1)
    rounded = floor(value / step) * step
    if column.bound == "max" and rounded < value:
        rounded += step
    return format_number(round(rounded, 6))
