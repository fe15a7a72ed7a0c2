"""Reads tables without knowing the vertical: which cells name things, which attributes, and of what type they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import NamedTuple

from streamdial.domains import SlotType
from streamdial.records import Language, Table
from streamdial.slots import find_numbers, read_quantities, split_parts
from streamdial.text import find_phrase, fold_text, measure_length

_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
_UNIT = re.compile(r"\s*((?:[^\W\d_]|[%°²³/])(?:[^\W\d_]|[%°²³/. -]){0,17})\s*")
_DIGITS = re.compile(r"\d")
_PEOPLE = re.compile(r"people|persons?|guests?|adults?|[人位]", re.IGNORECASE)
LACKING = re.compile(r"^(?:no|not|without|none)\b|^(?:不|无|没有|未|非)|不[可含支能]", re.IGNORECASE)
"""How a value begins that means that the thing is without the attribute."""
_GONE = re.compile(
    r"sold out|fully booked|out of stock|unavailable|售罄|订满|满房|缺货|无货|售完|卖完|下架", re.IGNORECASE
)
_FEW = re.compile(r"\bfew\b|nearly|almost|last|low stock|紧张|仅剩|少量|不多", re.IGNORECASE)
_HELD = re.compile(r"in stock|available|bookable|有货|现货|还有|有房|可[订约]", re.IGNORECASE)
_SHARE = 0.8
"""Share of an attribute's cells that must have its form."""
_LONGEST_VALUE: dict[Language, int] = {"en": 4, "zh": 8}
_MOST_VALUES = 8


class Cell(NamedTuple):
    """A value in a table: the thing it is of, empty for all that is sold, and its text."""

    thing: str
    text: str


@dataclass
class Attribute:
    """An attribute of the things sold, or of the account.

    Attributes:
        header: What the tables call it, brackets left out.
        cells: Its values.
        type: What its values are.
        unit: Unit of a number, as the cells write it.
        values: Different values of a category, in order.
        shared: Whether it holds for all that is sold.
        sure: Whether nearly all cells had the form of its type.
    """

    header: str
    cells: list[Cell] = field(default_factory=list)
    type: SlotType = "text"
    unit: str = ""
    values: tuple[str, ...] = ()
    shared: bool = False
    sure: bool = True

    @property
    def stock(self) -> bool:
        """Whether it says what can be had now."""
        kinds = {name_stock(text) for text in self.values}
        return self.type == "category" and None not in kinds and len(kinds) > 1


@dataclass
class Inventory:
    """What the tables of an account hold.

    Attributes:
        things: Names of what is sold, in order.
        entity: What the tables call such a thing: camera, 房型; empty where no table says.
        attributes: By header in lower case.
    """

    things: list[str] = field(default_factory=list)
    entity: str = ""
    attributes: dict[str, Attribute] = field(default_factory=dict)


def name_stock(text: str) -> str | None:
    """Return what a value says of the stock: sold_out, few_left, available; None where it says nothing of it."""
    if _GONE.search(text):
        return "sold_out"
    if _FEW.search(text):
        return "few_left"
    return "available" if _HELD.search(text) else None


def read_attributes(tables: Sequence[Table], told: Sequence[str], language: Language) -> Inventory:
    """Return what the tables hold, whatever the vertical.

    A table of two columns whose first cells are no things is a list about the account, unless the second holds prices
    alone, or figures of one unit. Of any other, things stand in
    the first column or in the first row: where their names are spoken of, and the cells of one attribute are alike.

    Args:
        tables: The tables of an account's pages.
        told: What host and viewers say: things are spoken of.
        language: Language of the recording.
    """
    spoken = "\n".join(told).lower()
    grids = [grid for table in tables if len(grid := _list_rows(table)) > 1]
    wide = [grid for grid in grids if len(grid[0]) > 2]
    turned = [_turn(grid) if _has_things_above(grid, spoken) else grid for grid in wide]
    names: Counter[str] = Counter(row[0] for grid in turned for row in grid[1:] if row[0])
    found = Inventory(list(names))
    corners = Counter(clean_header(grid[0][0]) for grid in turned if grid[0][0])
    found.entity = corners.most_common(1)[0][0] if corners else ""
    for grid in turned:
        _add_grid(found, grid)
    for grid in grids:
        if len(grid[0]) == 2:
            if any(row[0] in names for row in grid[1:]) or _measures_one(grid, language):
                found.things += [row[0] for row in grid[1:] if row[0] and row[0] not in found.things]
                found.entity = found.entity or clean_header(grid[0][0])
                _add_grid(found, grid)
            else:
                _add_list(found, grid)
    for attribute in found.attributes.values():
        _name_type(attribute, language)
    return found


def clean_header(text: str) -> str:
    """Return a header without brackets and colons."""
    return _BRACKETS.sub("", fold_text(text)).strip(" :：*")


def _list_rows(table: Table) -> list[list[str]]:
    rows = [list(table.header), *(list(row) for row in table.rows)]
    width = max(len(row) for row in rows)
    return [[fold_text(cell) for cell in row] + [""] * (width - len(row)) for row in rows]


def _turn(grid: list[list[str]]) -> list[list[str]]:
    return [list(cells) for cells in zip(*grid, strict=True)]


def _has_things_above(grid: list[list[str]], spoken: str) -> bool:
    """Tell whether the first row names the things, not the attributes."""
    above, beside = (_count_spoken(names, spoken) for names in (grid[0][1:], [row[0] for row in grid[1:]]))
    return (above, _measure_likeness(grid[1:])) > (beside, _measure_likeness(_turn(grid)[1:]))


def _count_spoken(names: Sequence[str], spoken: str) -> float:
    """Return the share of names that are spoken of, and hold more than a plain attribute would."""
    found = [name for name in names if name and find_phrase(spoken, name.lower()) is not None]
    return len(found) / max(1, len(names))


def _measure_likeness(rows: list[list[str]]) -> float:
    """Return how alike the cells of rows are: the share of the commonest form in each, on average."""
    shares = []
    for row in rows:
        forms = Counter(_name_form(cell) for cell in row[1:] if cell)
        if forms:
            shares.append(forms.most_common(1)[0][1] / forms.total())
    return mean(shares) if shares else 0.0


def _name_form(cell: str) -> str:
    return _DIGITS.sub("#", cell).strip("#,. ") if _DIGITS.search(cell) else "words"


def _measures_one(grid: list[list[str]], language: Language) -> bool:
    """Tell whether the second column of a table holds one attribute: nothing but prices, or figures of one unit."""
    cells = [row[1] for row in grid[1:] if row[1]]
    units = {read_unit(cell) for cell in cells}
    alike = all(_is_money(cell, language) for cell in cells) or (len(units) == 1 and "" not in units)
    return len(cells) > 1 and alike


def _add_grid(found: Inventory, grid: list[list[str]]) -> None:
    for column, header in enumerate(grid[0][1:], start=1):
        name = clean_header(header)
        if name:
            attribute = found.attributes.setdefault(name.lower(), Attribute(name))
            attribute.cells += [Cell(row[0], row[column]) for row in grid[1:] if row[0] and row[column]]


def _add_list(found: Inventory, grid: list[list[str]]) -> None:
    # The first row of a list names its columns: "The shop | Details".
    for row in grid[1:]:
        name = clean_header(row[0])
        if name and row[1]:
            attribute = found.attributes.setdefault(name.lower(), Attribute(name, shared=True))
            attribute.cells.append(Cell("", row[1]))


def _name_type(attribute: Attribute, language: Language) -> None:
    texts = [cell.text for cell in attribute.cells]
    different = tuple(dict.fromkeys(texts))
    money = [text for text in texts if _is_money(text, language)]
    if len(money) >= _SHARE * len(texts) and not attribute.shared:
        attribute.type, attribute.sure = "money", len(money) == len(texts)
        return
    units = Counter(unit for text in texts if (unit := read_unit(text)))
    if units and units.most_common(1)[0][1] >= _SHARE * len(texts) and not attribute.shared:
        attribute.unit = units.most_common(1)[0][0]
        attribute.type = "count" if _PEOPLE.fullmatch(attribute.unit) else "quantity"
        attribute.sure = units.total() == len(texts)
        return
    short = [text for text in different if measure_length(text, language) <= _LONGEST_VALUE[language]]
    listed = [text for text in different if len(split_parts(text)) > 1]
    if 1 < len(different) <= _MOST_VALUES and len(short) == len(different) and not listed and not attribute.shared:
        repeated = len(different) < len(texts) or all(map(name_stock, different))
        if repeated or any(LACKING.search(text) for text in different):
            attribute.type, attribute.values = "category", different
            attribute.sure = len(different) <= len(texts) / 2 or any(LACKING.search(text) for text in different)


def _is_money(text: str, language: Language) -> bool:
    found = read_quantities(text, language=language)[0]
    return len(found) == 1 and found[0].currency is not None and len(text) - found[0].end < 4


def read_unit(text: str) -> str:
    """Return the unit of a cell that is one number with a unit: "310 shots" has shots; empty for any other."""
    numbers = find_numbers(text)
    if len(numbers) != 1 or numbers[0].start > 0:
        return ""
    match = _UNIT.fullmatch(text, numbers[0].end)
    return match[1].strip() if match else ""
