"""Reads facts from specification tables: which entity has which value of which slot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from streamdial.domains import DomainPack, Slot
from streamdial.records import Language, Table
from streamdial.slots.figures import NumberStyle, learn_number_style
from streamdial.slots.measures import convert_measure, name_measure
from streamdial.slots.numbers import format_number
from streamdial.slots.quantities import Quantity, read_quantities
from streamdial.text import find_phrase, fold_text

EVERYTHING = ""
"""Entity of a fact that holds for all the account sells."""

_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
_HEADER_UNIT = re.compile(r"[(（\[]\s*((?:[百千万亿]?元|万|[A-Z]{3}|[$€£¥₹₽]|[kK]|[^\W\d]{1,8}|m²|㎡))\s*[)）\]]")
_FIGURES = re.compile(r"[\d.,'’\s\u00a0\u202f~～–—-]*\d")
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
        known |= {called.lower() for called in slot.names.values()}
        if name in known or fold_text(text).lower() in known:
            return slot_name
        for header in known:
            if len(header) >= 2 and find_phrase(name, header) is not None and (best is None or len(header) > best[0]):
                best = (len(header), slot_name)
    return best[1] if best else None


Value = tuple[str, float | None, str | None]
"""Canonical value, its number and its unit."""


def parse_value(
    pack: DomainPack, slot: Slot, text: str, language: Language, style: NumberStyle | None = None
) -> Value | None:
    """Return (canonical value, number, unit) of a cell, or None if it does not fit the slot's type.

    The first quantity of a cell that fits counts: "38,900 (excl. tax)" is 38900. A value in another unit is converted
    ("300 miles" to km), money keeps its currency. `read_cell` says why a cell does not fit.
    """
    parsed = read_cell(pack, slot, text, language, style)
    return None if isinstance(parsed, str) else parsed


def read_cell(
    pack: DomainPack, slot: Slot, text: str, language: Language, style: NumberStyle | None = None
) -> Value | str:
    """Return (canonical value, number, unit) of a cell, or the reason why it has none.

    Reasons: `value_not_in_schema`; `ambiguous_number` ("1.234" where nothing tells what the dot is); `range` (a fact has
    one value, and either end alone would be false); `other_unit` (kilograms where kilometres are counted); `negative`.

    Args:
        pack: The domain pack.
        slot: The slot it is a value of.
        text: The cell.
        language: Language of the cell; tells what a bare amount of money is counted in.
        style: How the cell's document writes numbers, where that is known.
    """
    clean = fold_text(text)
    lower = clean.lower()
    if lower in _EMPTY:
        return "value_not_in_schema"
    if slot.values:
        spelled = (
            (s.lower(), value) for value, texts in slot.values.items() for group in texts.values() for s in group
        )
        for spelling, value in sorted(spelled, key=lambda pair: -len(pair[0])):
            if find_phrase(lower, spelling) is not None or lower == value:
                return value, None, None
        return "value_not_in_schema"
    if slot.type not in ("money", "quantity", "count"):
        return clean, None, None
    quantities, refusals = read_quantities(clean, language=language, style=style, money=slot.type == "money")
    chosen = _choose_money(quantities) if slot.type == "money" else _choose_measure(slot, quantities, clean)
    if chosen is None:
        unclear = any(refusal.reason == "ambiguous_number" for refusal in refusals)
        return "other_unit" if quantities else "ambiguous_number" if unclear else "value_not_in_schema"
    quantity, unit = chosen
    # What cannot be read may be the value, and what can be read beside it something else.
    if any(refusal.reason == "ambiguous_number" and refusal.start < quantity.start for refusal in refusals):
        return "ambiguous_number"
    if quantity.is_range:
        return "range"
    if quantity.low < 0:
        return "negative"
    if slot.type == "money":
        unit = quantity.currency or pack.currency[language]
    return format_number(quantity.low), quantity.low, unit


def _choose_money(quantities: tuple[Quantity, ...]) -> tuple[Quantity, str | None] | None:
    amounts = [quantity for quantity in quantities if quantity.unit is None]
    named = [quantity for quantity in amounts if quantity.currency]
    return ((named or amounts)[0], None) if amounts else None


def _choose_measure(slot: Slot, quantities: tuple[Quantity, ...], text: str) -> tuple[Quantity, str | None] | None:
    """Return the quantity that fits a slot, in the slot's unit: one in its own unit, else a converted or bare one."""
    default = next(iter(slot.units), None)
    measure = name_measure(default) if default else None
    fitting: list[tuple[int, Quantity, str | None]] = []
    for quantity in quantities:
        tail = text[quantity.numbers[-1].end :].lstrip(" -").lower()
        own = [
            (len(spelling), unit)
            for unit, spellings in slot.units.items()
            for spelling in spellings
            if tail.startswith(spelling.lower())
        ]
        same = quantity.unit is None or any(name_measure(s) == quantity.unit for s in _list_spellings(slot))
        if own and same and quantity.currency is None:
            fitting.append((0, quantity, max(own)[1]))
        elif quantity.unit and measure and (ends := _convert(quantity, measure)):
            fitting.append((1, ends, default))
        elif quantity.unit is None and quantity.currency is None:
            fitting.append((2, quantity, default))
    return min(fitting, key=lambda row: row[0])[1:] if fitting else None


def _list_spellings(slot: Slot) -> Iterable[str]:
    return (spelling for unit, spellings in slot.units.items() for spelling in (unit, *spellings))


def _convert(quantity: Quantity, measure: str) -> Quantity | None:
    assert quantity.unit
    low, high = (convert_measure(end, quantity.unit, measure) for end in (quantity.low, quantity.high))
    return None if low is None or high is None else quantity._replace(low=low, high=high, unit=measure)


def learn_table_style(tables: Iterable[Table], text: str = "") -> NumberStyle | None:
    """Return how a document writes numbers, by its tables and its other text; None where nothing shows it.

    Args:
        tables: The tables of the document.
        text: What else it says.
    """
    cells = (cell for table in tables for row in (table.header, *table.rows) for cell in row)
    return learn_number_style((*cells, text))


def read_table(
    pack: DomainPack, table: Table, language: Language, style: NumberStyle | None = None
) -> tuple[list[Fact], Counter[str]]:
    """Return the facts of a table and what was left out, by reason.

    Three shapes are understood: entities as rows, entities as columns, and name-value lists about everything the
    account sells. A unit in a header (指导价（万元）) holds for the figures below it that have none.
    Reasons: `unknown_attribute`, `empty_cell`, and those of `read_cell`.

    Args:
        pack: The domain pack.
        table: The table.
        language: Its language.
        style: How its document writes numbers; by default what the table itself shows.
    """
    style = style or learn_table_style([table])
    grid = [list(table.header), *(list(row) for row in table.rows)]
    header_slots = [match_header(pack, cell) for cell in grid[0]]
    column_slots = [match_header(pack, row[0]) if row else None for row in grid]
    if sum(slot is not None for slot in header_slots) > max(1, sum(slot is not None for slot in column_slots[1:])):
        return _read_grid(pack, grid, header_slots, language, style)
    if max(len(row) for row in grid) > 2 and sum(slot is not None for slot in column_slots[1:]) >= 2:
        turned = [list(cells) for cells in zip(*_pad(grid), strict=True)]
        return _read_grid(pack, turned, [match_header(pack, cell) for cell in turned[0]], language, style)
    return _read_list(pack, grid, column_slots, language, style)


def _pad(grid: list[list[str]]) -> list[list[str]]:
    width = max(len(row) for row in grid)
    return [row + [""] * (width - len(row)) for row in grid]


def _read_grid(
    pack: DomainPack,
    grid: list[list[str]],
    slots: list[str | None],
    language: Language,
    style: NumberStyle | None,
) -> tuple[list[Fact], Counter[str]]:
    """Read a table with one entity per row; the entity's column is the one of the entity slot, else the first."""
    facts: list[Fact] = []
    dropped: Counter[str] = Counter()
    name_column = slots.index(pack.entity_slot) if pack.entity_slot in slots else 0
    for row in grid[1:]:
        entity = fold_text(row[name_column]) if name_column < len(row) else ""
        if not entity:
            dropped["empty_cell"] += len(row)
            continue
        for column, cell in enumerate(row):
            if column != name_column:
                slot = slots[column] if column < len(slots) else None
                value = _complete(cell, grid[0][column] if column < len(grid[0]) else "")
                _add_fact(pack, facts, dropped, entity, slot, cell, value, language, style)
    return facts, dropped


_HEADINGS = ("details", "description", "information", "value", "notes", "说明", "内容", "详情", "信息", "数值", "备注")
"""What stands above the second column of a name-value list that has a heading."""


def _read_list(
    pack: DomainPack,
    grid: list[list[str]],
    slots: list[str | None],
    language: Language,
    style: NumberStyle | None,
) -> tuple[list[Fact], Counter[str]]:
    facts: list[Fact] = []
    dropped: Counter[str] = Counter()
    for number, (row, slot) in enumerate(zip(grid, slots, strict=True)):
        if not number and len(row) == 2 and fold_text(row[1]).strip().lower() in _HEADINGS:
            dropped["unknown_attribute"] += 1  # "hotel information | details" names the columns
            continue
        if len(row) == 2:
            _add_fact(pack, facts, dropped, EVERYTHING, slot, row[1], _complete(row[1], row[0]), language, style)
        elif len(row) > 2:
            dropped["unknown_attribute"] += len(row) - 1  # nothing says which thing a column is about
    return facts, dropped


def _complete(cell: str, header: str) -> str:
    """Return a cell of bare figures with the unit that stands in brackets in its header: 12.98 below 价格（万元）."""
    unit = _HEADER_UNIT.search(header)
    return f"{cell.strip()} {unit[1]}" if unit and _FIGURES.fullmatch(cell.strip()) else cell


def _add_fact(
    pack: DomainPack,
    facts: list[Fact],
    dropped: Counter[str],
    entity: str,
    slot_name: str | None,
    cell: str,
    completed: str,
    language: Language,
    style: NumberStyle | None,
) -> None:
    text = fold_text(cell)
    if text.lower() in _EMPTY:
        dropped["empty_cell"] += 1
    elif slot_name is None or slot_name == pack.entity_slot:
        dropped["unknown_attribute"] += 1
    elif isinstance(parsed := read_cell(pack, pack.slots[slot_name], completed, language, style), str):
        dropped[parsed] += 1
    else:
        value, number, unit = parsed
        facts.append(Fact(entity, slot_name, value, number, unit, text))


def list_entities(pack: DomainPack, tables: list[Table], language: Language) -> tuple[str, ...]:
    """Return the names of what is sold, as the tables write them, each once, in order."""
    names: dict[str, None] = {}
    for table in tables:
        for fact in read_table(pack, table, language)[0]:
            if fact.entity:
                names.setdefault(fact.entity)
    return tuple(names)
