"""Reads facts from specification tables: which entity has which value of which slot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from streamdial.domains import DomainPack, Slot
from streamdial.records import Language, Table
from streamdial.slots.numbers import find_numbers, format_number
from streamdial.slots.reader import CURRENCIES
from streamdial.text import find_phrase, fold_text

EVERYTHING = ""
"""Entity of a fact that holds for all the account sells."""

_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
_LONGEST_NAME = 40
_EVERYDAY = frozenset(("km", "min", "s", "weeks", "L", "people", "人", "guests", "nights", "晚"))
"""Units that measure much else than the attribute of a pack that has them."""
_UNIT = re.compile(r"(?:[^\W\d_]|[%°²³/·*]){0,8}")
_EMPTY = {"", "-", "–", "—", "/", "n/a", "tbd", "无", "暂无", "未体现"}


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


def parse_value(
    pack: DomainPack, slot: Slot, text: str, language: Language
) -> tuple[str, float | None, str | None] | None:
    """Return (canonical value, number, unit) of a cell, or None if it does not fit the slot's type.

    The first number of a cell counts: "38,900 (excl. tax)" is 38900.
    """
    clean = fold_text(text)
    lower = clean.lower()
    if lower in _EMPTY:
        return None
    if slot.values:
        spelled = (
            (s.lower(), value) for value, texts in slot.values.items() for group in texts.values() for s in group
        )
        for spelling, value in sorted(spelled, key=lambda pair: -len(pair[0])):
            if find_phrase(lower, spelling) is not None or lower == value:
                return value, None, None
        return None
    if slot.type in ("money", "quantity", "count"):
        numbers = find_numbers(clean)
        if not numbers:
            return None
        number = numbers[0]
        unit = _read_unit(pack, slot, clean, number.end, language)
        return format_number(number.value), number.value, unit
    return clean, None, None


def _read_unit(pack: DomainPack, slot: Slot, text: str, end: int, language: Language) -> str | None:
    if slot.type == "money":
        lower = text.lower()
        for unit, spellings in CURRENCIES.items():
            if any(word in lower for word in spellings):
                return unit
        return "USD" if "$" in text else "CNY" if "¥" in text else pack.currency[language]
    tail = text[end:].lstrip(" -").lower()
    for unit, spellings in slot.units.items():
        if any(tail.startswith(spelling.lower()) for spelling in spellings):
            return unit
    return next(iter(slot.units), None)


def read_table(
    pack: DomainPack, table: Table, language: Language, *, free: bool = False
) -> tuple[list[Fact], Counter[str]]:
    """Return the facts of a table and what was left out, by reason.

    Three shapes are understood: entities as rows, entities as columns, and name-value lists about everything the
    account sells. Reasons: `unknown_attribute`, `value_not_in_schema`, `empty_cell`.

    Args:
        pack: The domain pack.
        table: The table.
        language: Its language.
        free: Whether an attribute that no slot of the pack has is kept, under its own name in lower case, where the
            table has one that a slot has: without any the table may be about anything.
    """
    facts, dropped = _read_shape(pack, table, language)
    known = [fact for fact in facts if fact.slot in pack.slots]
    if free and known:
        return facts, dropped
    if spare := len(facts) - len(known):
        dropped["unknown_attribute"] += spare
    return known, dropped


def _read_shape(pack: DomainPack, table: Table, language: Language) -> tuple[list[Fact], Counter[str]]:
    grid = [list(table.header), *(list(row) for row in table.rows)]
    header_slots = [match_header(pack, cell) for cell in grid[0]]
    column_slots = [match_header(pack, row[0]) if row else None for row in grid]
    if sum(slot is not None for slot in header_slots) > max(1, sum(slot is not None for slot in column_slots[1:])):
        return _read_grid(pack, grid, header_slots, language)
    if max(len(row) for row in grid) > 2 and sum(slot is not None for slot in column_slots[1:]) >= 2:
        turned = [list(cells) for cells in zip(*_pad(grid), strict=True)]
        return _read_grid(pack, turned, [match_header(pack, cell) for cell in turned[0]], language)
    return _read_list(pack, grid, column_slots, language)


def _pad(grid: list[list[str]]) -> list[list[str]]:
    width = max(len(row) for row in grid)
    return [row + [""] * (width - len(row)) for row in grid]


def _read_grid(
    pack: DomainPack, grid: list[list[str]], slots: list[str | None], language: Language
) -> tuple[list[Fact], Counter[str]]:
    """Read a table with one entity per row; the entity's column is the one of the entity slot, else the first."""
    facts: list[Fact] = []
    dropped: Counter[str] = Counter()
    name_column = slots.index(pack.entity_slot) if pack.entity_slot in slots else 0
    slots = _fill_slots(pack, grid, slots, name_column)
    for row in grid[1:]:
        entity = fold_text(row[name_column]) if name_column < len(row) else ""
        if not entity:
            dropped["empty_cell"] += len(row)
            continue
        for column, cell in enumerate(row):
            if column != name_column:
                slot = slots[column] if column < len(slots) else None
                name = grid[0][column] if column < len(grid[0]) else ""
                _add_fact(pack, facts, dropped, entity, slot, name, cell, language)
    return facts, dropped


def _fill_slots(pack: DomainPack, grid: list[list[str]], slots: list[str | None], name_column: int) -> list[str | None]:
    """Return the slots of the columns, those under an unknown header by their values.

    A column of two values or more that all carry the unit of one slot, which no other column has, is that slot's; where
    the unit measures much else, only under no header at all.
    """
    filled = list(slots)
    for column, slot in enumerate(slots):
        cells = [row[column] for row in grid[1:] if column < len(row) and fold_text(row[column]).lower() not in _EMPTY]
        if slot is not None or column == name_column or len(cells) < 2:
            continue
        units = [_name_unit(pack, cell) for cell in cells]
        named = column < len(grid[0]) and any(sign.isalpha() for sign in grid[0][column])
        found = units[0] if len(set(units)) == 1 else None
        if found and found[0] not in filled and not (named and found[1] in _EVERYDAY):
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


def _read_list(
    pack: DomainPack, grid: list[list[str]], slots: list[str | None], language: Language
) -> tuple[list[Fact], Counter[str]]:
    facts: list[Fact] = []
    dropped: Counter[str] = Counter()
    for number, (row, slot) in enumerate(zip(grid, slots, strict=True)):
        if not number and len(row) == 2 and (slot is None or fold_text(row[1]).strip().lower() in _HEADINGS):
            dropped["unknown_attribute"] += 1  # "hotel information | details" names the columns
            continue
        if len(row) == 2:
            _add_fact(pack, facts, dropped, EVERYTHING, slot, row[0], row[1], language)
        elif len(row) > 2:
            dropped["unknown_attribute"] += len(row) - 1  # nothing says which thing a column is about
    return facts, dropped


def _add_fact(
    pack: DomainPack,
    facts: list[Fact],
    dropped: Counter[str],
    entity: str,
    slot_name: str | None,
    header: str,
    cell: str,
    language: Language,
) -> None:
    text = fold_text(cell)
    free = _name_free(header)
    if text.lower() in _EMPTY:
        dropped["empty_cell"] += 1
    elif slot_name is None and free:
        facts.append(Fact(entity, free, text, *_read_free(text), text))
    elif slot_name is None or slot_name == pack.entity_slot:
        dropped["unknown_attribute"] += 1
    elif (parsed := parse_value(pack, pack.slots[slot_name], text, language)) is None:
        dropped["value_not_in_schema"] += 1
    else:
        value, number, unit = parsed
        facts.append(Fact(entity, slot_name, value, number, unit, text))


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


def list_entities(pack: DomainPack, tables: list[Table], language: Language) -> tuple[str, ...]:
    """Return the names of what is sold, as the tables write them, each once, in order."""
    names: dict[str, None] = {}
    for table in tables:
        for fact in read_table(pack, table, language)[0]:
            if fact.entity:
                names.setdefault(fact.entity)
    return tuple(names)
