"""Reads one cell of a specification table: the value of a slot, or the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from streamdial.domains import DomainPack, Slot
from streamdial.records import Language
from streamdial.slots.figures import NumberStyle
from streamdial.slots.measures import convert_measure, name_measure
from streamdial.slots.numbers import format_number
from streamdial.slots.quantities import Quantity, read_quantities
from streamdial.text import find_phrase, fold_text

NO_VALUE = {"", "-", "–", "—", "/", "n/a", "tbd", "无", "暂无", "未体现"}
"""What stands in a cell that says nothing, in lower case."""


def choose_bound(slot: Slot, quantity: Quantity) -> float:
    """Return the value that a quantity means for a slot: of a range the end that bounds a wish.

    The upper end of what may be at most so much, the lower end of what must be at least so much. Three or four people
    are four, or one has no seat.

    Args:
        slot: The slot.
        quantity: The quantity, in the slot's unit.
    """
    doubtful = slot.type == "count" and quantity.high - quantity.low == 1
    return quantity.low if slot.constraint == "min" and not doubtful else quantity.high


_COMPARABLE = 0.01


def is_comparable(factor: float) -> bool:
    """Tell whether a unit is read in another one: at most a hundred times as large or small, hours as minutes.

    Args:
        factor: How many of the other unit one is.
    """
    return _COMPARABLE <= factor <= 1 / _COMPARABLE


_GAP = re.compile(r"[\s-]?")

Value = tuple[str, float | None, str | None]
"""Canonical value, its number and its unit."""


def parse_value(
    pack: DomainPack,
    slot: Slot,
    text: str,
    language: Language,
    style: NumberStyle | None = None,
    *,
    wish: bool = False,
) -> Value | None:
    """Return (canonical value, number, unit) of a cell, or None if it does not fit the slot's type.

    The first quantity of a cell that fits counts: "38,900 (excl. tax)" is 38900. A value in another unit is converted
    ("300 miles" to km), money keeps its currency; a range fits only as a wish. `read_cell` says why a cell
    does not fit.
    """
    parsed = read_cell(pack, slot, text, language, style, wish=wish)
    return None if isinstance(parsed, str) else parsed


def read_cell(
    pack: DomainPack,
    slot: Slot,
    text: str,
    language: Language,
    style: NumberStyle | None = None,
    *,
    wish: bool = False,
) -> Value | str:
    """Return (canonical value, number, unit) of a cell, or the reason why it has none.

    Reasons: `value_not_in_schema`; `ambiguous_number` ("1.234" where nothing tells what the dot is, or a sum in kr);
    `range` (a fact has one value, and either end alone would be false); `other_unit` (kilograms or years where
    kilometres or minutes are counted, seats where it is a price); `negative`.

    Args:
        pack: The domain pack.
        slot: The slot it is a value of.
        text: The cell.
        language: Language of the cell; tells what a bare amount of money is counted in.
        style: How the cell's document writes numbers, where that is known.
        wish: Whether it is wished for, so that the end of a range counts that bounds the wish.
    """
    clean = fold_text(text)
    lower = clean.lower()
    if lower in NO_VALUE:
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
    own = tuple(one for one in quantities if not _counts_other(pack, slot, one, lower))
    chosen = _choose_money(own) if slot.type == "money" else _choose_measure(slot, own, clean)
    if chosen is None:
        unclear = any(refusal.reason.startswith("ambiguous") for refusal in refusals)
        return "other_unit" if quantities else "ambiguous_number" if unclear else "value_not_in_schema"
    quantity, unit = chosen
    # What cannot be read may be the value, and what can be read beside it something else.
    if any(refusal.reason.startswith("ambiguous") and refusal.start < quantity.start for refusal in refusals):
        return "ambiguous_number"
    if quantity.is_range and not wish:
        return "range"
    if quantity.low < 0:
        return "negative"
    if slot.type == "money":
        unit = quantity.currency or pack.currency[language]
    number = choose_bound(slot, quantity)
    return format_number(number), number, unit


def _counts_other(pack: DomainPack, slot: Slot, quantity: Quantity, lower: str) -> bool:
    """Tell whether what is counted is of another slot alone: 5座 in a cell of prices."""
    if quantity.currency or quantity.unit:
        return False
    longest: dict[bool, int] = {True: 0, False: 0}
    place = _GAP.match(lower, quantity.numbers[-1].end)
    assert place
    for other in pack.slots.values():
        for spelling in (one.lower() for spellings in other.units.values() for one in spellings):
            after = lower[place.end() + len(spelling) :][:1]
            if lower.startswith(spelling, place.end()) and not (spelling[-1].isascii() and after.isalpha()):
                longest[other is slot] = max(longest[other is slot], len(spelling))
    return longest[False] > longest[True]


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
        elif quantity.unit and measure and (ends := _convert(quantity, measure)) and _is_like(quantity.unit, measure):
            fitting.append((1, ends, default))
        elif quantity.unit is None and quantity.currency is None:
            fitting.append((2, quantity, default))
    return min(fitting, key=lambda row: row[0])[1:] if fitting else None


def _list_spellings(slot: Slot) -> Iterable[str]:
    return (spelling for unit, spellings in slot.units.items() for spelling in (unit, *spellings))


def _is_like(unit: str, measure: str) -> bool:
    factor = convert_measure(1.0, unit, measure)
    # Degrees have two zeros, and no other size to speak of.
    return unit.startswith("°") or (factor is not None and is_comparable(factor))


def _convert(quantity: Quantity, measure: str) -> Quantity | None:
    assert quantity.unit
    low, high = (convert_measure(end, quantity.unit, measure) for end in (quantity.low, quantity.high))
    return None if low is None or high is None else quantity._replace(low=low, high=high, unit=measure)
