"""Matches wishes with rows: what meets them, and what comes nearest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from streamdial.environment.schema import Column, DomainSchema, Scalar
from streamdial.slots import DONT_CARE, format_number


class Ranked(NamedTuple):
    """A row with the wishes it breaks and how far it is from them."""

    row: Mapping[str, JsonValue]
    broken: tuple[str, ...]
    miss: float


def write_cell(value: JsonValue) -> str:
    """Return a cell as a canonical slot value; empty for what is not known."""
    if value is None:
        return ""
    return format_number(value) if isinstance(value, int | float) else str(value)


def read_value(column: Column, value: str) -> Scalar:
    """Return a canonical slot value as the column holds it, or None where it does not fit the column."""
    if column.type == "text":
        return value if not column.values or value in column.values else None
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if column.type == "integer" else number


def is_met(column: Column, value: JsonValue, wished: str) -> bool:
    """Tell whether a cell meets a wish; one that is not known does not, as in a search."""
    wish = read_value(column, wished)
    if value is None or wish is None:
        return False
    if isinstance(value, int | float) and isinstance(wish, int | float) and column.bound in ("max", "min"):
        return value <= wish if column.bound == "max" else value >= wish
    return value == wish


def name_filter(column: Column) -> str:
    """Return the name of the search parameter that bounds a column: `price_max`, `guests_min`, `bed_type`."""
    return column.name if column.bound == "equal" else f"{column.name}_{column.bound}"


def build_filters(schema: DomainSchema, wishes: Mapping[str, str]) -> dict[str, JsonValue]:
    """Return the arguments of a search for some wishes; those no column can be searched by are left out."""
    filters: dict[str, JsonValue] = {}
    for column in schema.wished:
        wished = wishes.get(column.name, DONT_CARE)
        value = read_value(column, wished) if wished != DONT_CARE else None
        if value is not None:
            filters[name_filter(column)] = value
    return filters


def rank_rows(schema: DomainSchema, rows: Iterable[Mapping[str, JsonValue]], wishes: Mapping[str, str]) -> list[Ranked]:
    """Return rows, best first: fewest broken wishes, then the smallest miss, then as they came (cheapest first).

    The miss of a number is its distance from the wish in parts of the wish, that of anything else 1; a place too few
    for people misses by 1 more, as in `Knowledge.rank`.
    """
    wished = [
        (column, wishes[column.name]) for column in schema.wished if wishes.get(column.name, DONT_CARE) != DONT_CARE
    ]
    ranked = []
    for row in rows:
        broken = [(column, value) for column, value in wished if not is_met(column, row.get(column.name), value)]
        miss = sum(_measure_miss(column, row.get(column.name), value) for column, value in broken)
        ranked.append(Ranked(row, tuple(column.name for column, _ in broken), round(miss, 6)))
    return sorted(ranked, key=lambda entry: (len(entry.broken), entry.miss))


def _measure_miss(column: Column, value: JsonValue, wished: str) -> float:
    wish = read_value(column, wished)
    if isinstance(value, int | float) and isinstance(wish, int | float):
        counted = column.type == "integer" and column.bound == "min"
        return abs(value - wish) / max(abs(wish), 1e-9) + (1.0 if counted else 0.0)
    return 1.0
