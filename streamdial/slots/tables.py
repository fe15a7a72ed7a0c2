"""Reads facts from specification tables: which entity has which value of which slot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from streamdial.domains import DomainPack
from streamdial.records import Language, Table
from streamdial.slots.cells import NO_VALUE, read_cell
from streamdial.slots.figures import NumberStyle, learn_number_style
from streamdial.slots.purposes import measures_much
from streamdial.slots.quantities import find_numbers
from streamdial.text import find_phrase, fold_text

EVERYTHING = ""
"""Entity of a fact that holds for all the account sells."""

_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
_HEADER_UNIT = re.compile(r"[(（\[]\s*((?:[百千万亿]?元|万|[A-Z]{3}|[$€£¥₹₽]|[kK]|[^\W\d]{1,8}|m²|㎡))\s*[)）\]]")
_LONGEST_NAME = 40
_UNIT = re.compile(r"(?:[^\W\d_]|[%°²³/·*]){0,8}")
_FIGURES = re.compile(r"[\d.,'’\s\u00a0\u202f~～–—-]*\d")


class Fact(NamedTuple):
    """One cell of a specification table, normalised: value canonical, text as the page has it."""

    entity: str
    slot: str
    value: str
    number: float | None
    unit: str | None
    text: str


Facts = Mapping[tuple[str, str], tuple[Fact, str]]
"""What an account's pages say: (entity, slot) to the fact and the page's id."""


def match_header(pack: DomainPack, text: str) -> str | None:
    """Return the slot a row or column name stands for, or None.

    Names are compared without case, units in brackets and colons: exact ones win, then the longest contained one.
    """
    name = _BRACKETS.sub("", fold_text(text)).strip(" :*").lower()
    if not name:
        return None
    best: tuple[int, str] | None = None
    for slot_name, slot in pack.slots.items():
        known = {header.lower() for headers in slot.headers.values() for header in headers}
        known |= {called.lower() for called in (*slot.names.values(), *slot.foreign_headers)}
        if name in known or fold_text(text).lower() in known:
            return slot_name
        for header in known:
            if len(header) >= 2 and find_phrase(name, header) is not None and (best is None or len(header) > best[0]):
                best = (len(header), slot_name)
    return best[1] if best else None


def learn_table_style(tables: Iterable[Table], text: str = "") -> NumberStyle | None:
    """Return how a document writes numbers, by its tables and its other text; None where nothing shows it.

    Args:
        tables: The tables of the document.
        text: What else it says.
    """
    cells = (cell for table in tables for row in (table.header, *table.rows) for cell in row)
    return learn_number_style((*cells, text))


def read_table(
    pack: DomainPack, table: Table, language: Language, style: NumberStyle | None = None, *, free: bool = False
) -> tuple[list[Fact], Counter[str]]:
    """Return the facts of a table and what was left out, by reason.

    Three shapes are understood: entities as rows, entities as columns, and name-value lists about everything the
    account sells, or about the one thing of `Table.about`. Where nobody knows that thing, what is not shared by all is
    no fact; an attribute that no slot has is none of a card's. A unit in a header (指导价（万元）) holds for the
    figures below it that have none.
    Reasons: `unknown_attribute`, `empty_cell`, `no_thing`, and those of `read_cell`.

    Args:
        pack: The domain pack.
        table: The table.
        language: Its language.
        style: How its document writes numbers; by default what the table itself shows.
        free: Whether an attribute that no slot of the pack has is kept, under its own name in lower case, where the
            table has one that a slot has: without any the table may be about anything.
    """
    reading = _read(pack, table, language, style)
    known = [fact for fact in reading.facts if fact.slot in pack.slots]
    if free and known:
        return reading.facts, reading.dropped
    if spare := len(reading.facts) - len(known):
        reading.dropped["unknown_attribute"] += spare
    return known, reading.dropped


def list_entities(pack: DomainPack, tables: list[Table], language: Language) -> tuple[str, ...]:
    """Return the names of what is sold, as the tables write them, each once, in order.

    A thing whose cells are of known attributes is one, though its price be a range that is no fact.
    """
    names: dict[str, None] = {}
    for table in tables:
        names |= _read(pack, table, language, None).names
    return tuple(names)


@dataclass
class _Reading:
    """What is read of one table so far."""

    pack: DomainPack
    language: Language
    style: NumberStyle | None
    facts: list[Fact] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    names: dict[str, None] = field(default_factory=dict)

    def add(self, entity: str, slot_name: str | None, cell: str, header: str) -> None:
        """Add a cell as a fact, or count why it is none."""
        text = fold_text(cell)
        if text.lower() in NO_VALUE:
            self.dropped["empty_cell"] += 1
            return
        if slot_name is None and (name := _name_free(header)):
            self.facts.append(Fact(entity, name, text, *_read_free(text), text))
            return
        if slot_name is None or slot_name == self.pack.entity_slot:
            self.dropped["unknown_attribute"] += 1
            return
        slot = self.pack.slots[slot_name]
        parsed = read_cell(self.pack, slot, _complete(cell, header), self.language, self.style)
        if entity and parsed != "value_not_in_schema":
            self.names.setdefault(entity)
        if isinstance(parsed, str):
            self.dropped[parsed] += 1
        else:
            self.facts.append(Fact(entity, slot_name, *parsed, text))


def _read(pack: DomainPack, table: Table, language: Language, style: NumberStyle | None) -> _Reading:
    reading = _Reading(pack, language, style or learn_table_style([table]))
    if table.about is not None:
        _read_card(reading, table)
        return reading
    grid = [list(table.header), *(list(row) for row in table.rows)]
    header_slots = [match_header(pack, cell) for cell in grid[0]]
    column_slots = [match_header(pack, row[0]) if row else None for row in grid]
    if sum(slot is not None for slot in header_slots) > max(1, sum(slot is not None for slot in column_slots[1:])):
        _read_grid(reading, grid, header_slots)
    elif max(len(row) for row in grid) > 2 and sum(slot is not None for slot in column_slots[1:]) >= 2:
        turned = [list(cells) for cells in zip(*_pad(grid), strict=True)]
        _read_grid(reading, turned, [match_header(pack, cell) for cell in turned[0]])
    else:
        _read_list(reading, grid, column_slots)
    return reading


def _read_card(reading: _Reading, table: Table) -> None:
    """Read names and values of a card; the thing it is about is known, or nobody knows it."""
    for name, value in ((row[0], row[1]) for row in table.rows if len(row) > 1):
        slot = match_header(reading.pack, name)
        if slot is None:
            reading.dropped["unknown_attribute"] += 1
        elif not table.about and not reading.pack.slots[slot].shared:
            reading.dropped["no_thing"] += 1
        else:
            reading.add(table.about or EVERYTHING, slot, value, name)


def _pad(grid: list[list[str]]) -> list[list[str]]:
    width = max(len(row) for row in grid)
    return [row + [""] * (width - len(row)) for row in grid]


def _read_grid(reading: _Reading, grid: list[list[str]], slots: list[str | None]) -> None:
    """Read a table with one entity per row; the entity's column is the one of the entity slot, else the first."""
    entity_slot = reading.pack.entity_slot
    name_column = slots.index(entity_slot) if entity_slot in slots else 0
    slots = _fill_slots(reading.pack, grid, slots, name_column)
    for row in grid[1:]:
        entity = fold_text(row[name_column]) if name_column < len(row) else ""
        if not entity:
            reading.dropped["empty_cell"] += len(row)
            continue
        for column, cell in enumerate(row):
            if column != name_column:
                slot = slots[column] if column < len(slots) else None
                header = grid[0][column] if column < len(grid[0]) else ""
                reading.add(entity, slot, cell, header)


def _fill_slots(pack: DomainPack, grid: list[list[str]], slots: list[str | None], name_column: int) -> list[str | None]:
    """Return the slots of the columns, those under an unknown header by their values.

    A column of two values or more that all carry the unit of one slot, which no other column has, is that slot's; where
    the unit measures much else, only under no header at all.
    """
    filled = list(slots)
    for column, slot in enumerate(slots):
        cells = [
            row[column] for row in grid[1:] if column < len(row) and fold_text(row[column]).lower() not in NO_VALUE
        ]
        if slot is not None or column == name_column or len(cells) < 2:
            continue
        units = [_name_unit(pack, cell) for cell in cells]
        named = column < len(grid[0]) and any(sign.isalpha() for sign in grid[0][column])
        found = units[0] if len(set(units)) == 1 else None
        if found and found[0] not in filled and not (named and measures_much(found[1])):
            filled[column] = found[0]
    return filled


def _name_unit(pack: DomainPack, cell: str) -> tuple[str, str] | None:
    """Return the slot and the unit of a cell that is a number with a unit only one slot has; None for any other."""
    number, written = _read_free(fold_text(cell))
    if number is None or not written:
        return None
    found = {
        (name, unit)
        for name, slot in pack.slots.items()
        if not slot.booking
        for unit, spellings in slot.units.items()
        if written.lower() in {spelling.lower() for spelling in (unit, *spellings)}
    }
    return next(iter(found)) if len(found) == 1 else None


_HEADINGS = ("details", "description", "information", "value", "notes", "说明", "内容", "详情", "信息", "数值", "备注")
"""What stands above the second column of a name-value list that has a heading."""


def _read_list(reading: _Reading, grid: list[list[str]], slots: list[str | None]) -> None:
    for number, (row, slot) in enumerate(zip(grid, slots, strict=True)):
        if not number and len(row) == 2 and (slot is None or fold_text(row[1]).strip().lower() in _HEADINGS):
            reading.dropped["unknown_attribute"] += 1  # "hotel information | details" names the columns
            continue
        if len(row) == 2:
            reading.add(EVERYTHING, slot, row[1], row[0])
        elif len(row) > 2:
            reading.dropped["unknown_attribute"] += len(row) - 1  # nothing says which thing a column is about


def _complete(cell: str, header: str) -> str:
    """Return a cell of bare figures with the unit that stands in brackets in its header: 12.98 below 价格（万元）."""
    unit = _HEADER_UNIT.search(header)
    return f"{cell.strip()} {unit[1]}" if unit and _FIGURES.fullmatch(cell.strip()) else cell


def _name_free(header: str) -> str:
    """Return the name an attribute that no slot has is kept under; empty where the header is no name of one."""
    name = _BRACKETS.sub("", fold_text(header)).strip(" :*").lower()
    return name if 2 <= len(name) <= _LONGEST_NAME and any(sign.isalpha() for sign in name) else ""


def _read_free(text: str) -> tuple[float | None, str | None]:
    """Return the number and the unit of a cell that is nothing else: "180 mm" is 180 in mm, "2 keys, red" no number."""
    numbers = find_numbers(text)
    if len(numbers) != 1 or numbers[0].start > 1:
        return None, None
    sign, unit = text[: numbers[0].start].strip(), text[numbers[0].end :].strip()
    if not _UNIT.fullmatch(unit) or (sign and sign not in "$¥€£"):
        return None, None
    return numbers[0].value, sign or unit or None
