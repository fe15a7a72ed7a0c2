"""Writes canonical slot values as they stand in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from streamdial.domains import DomainPack
from streamdial.records import Language
from streamdial.slots.numbers import format_number
from streamdial.text import tokenize

DONT_CARE = "dontcare"
"""Value of a slot the user has no preference for (MultiWOZ's convention)."""

_PARTS = re.compile(r"(?<!\d),(?!\d)|,\s|[，、；;]|\band\b")
"""What stands between the parts of a list in words; a comma inside a number does not."""


def format_money(amount: float, currency: str, language: Language) -> str:
    """Return an amount as people write it: $38,900 in English; 28.5万 or 388元 in Chinese; €30,000, CHF 45,000 in both.

    Other currencies than dollars and yuan are written as CLDR has it for the language, cents only where there are some.
    """
    if currency not in ("USD", "CNY"):
        return _format_foreign(amount, currency, language)
    if language == "zh":
        sign = "元" if currency == "CNY" else "美元"
        if amount >= 10_000:
            return f"{format_number(round(amount / 10_000, 4))}万" + ("" if currency == "CNY" else sign)
        return f"{format_number(amount)}{sign}"
    sign = "$" if currency == "USD" else "¥"
    return f"{sign}{amount:,.0f}" if amount == int(amount) else f"{sign}{amount:,.2f}"


def _format_foreign(amount: float, currency: str, language: Language) -> str:
    from babel.numbers import format_decimal, get_currency_symbol

    sign = get_currency_symbol(currency, locale=language)
    if sign == "¥":
        sign = "JP¥"  # alone it is the yuan here
    written = format_decimal(amount, "#,##0" if amount == int(amount) else "#,##0.00", locale=language)
    return f"{sign} {written}" if sign[-1].isalpha() else f"{sign}{written}"


def format_value(pack: DomainPack, slot: str, value: str, language: Language, unit: str | None = None) -> str:
    """Return a canonical value as it is written in a sentence of the language.

    Args:
        pack: The domain pack.
        slot: Slot of the schema.
        value: Canonical value.
        language: Language of the sentence.
        unit: Canonical unit of the value; the slot's first one by default.
    """
    schema = pack.get_slot(slot)
    if schema.values:
        texts = schema.values.get(value, {})
        return next(iter(texts.get(language, ())), value)
    if schema.type in ("money", "quantity", "count"):
        try:
            number = float(value)
        except ValueError:
            return value
        if schema.type == "money":
            return format_money(number, unit or pack.currency[language], language)
        spelled = _spell_unit(pack, slot, unit, language, number)
        return f"{format_number(number)}{'' if language == 'zh' or spelled == '%' else ' '}{spelled}".strip()
    return value


def format_booking(
    pack: DomainPack, values: Mapping[str, str], language: Language, units: Mapping[str, str | None] | None = None
) -> tuple[str, str]:
    """Return (day and hour, number of people or nights) of a booking as they stand in a sentence.

    Args:
        pack: The domain pack; slots it does not know are left out, and so are numbers nobody cares about.
        values: Slot to canonical value.
        language: Language of the sentence.
        units: Slot to canonical unit of its value; each slot's first one by default.
    """
    kinds = {slot: pack.slots[slot].type for slot in values if slot in pack.slots}
    day = next((values[slot] for slot, kind in kinds.items() if kind == "date"), "")
    time = next((values[slot] for slot, kind in kinds.items() if kind == "time"), "")
    counted = [slot for slot, kind in kinds.items() if kind == "count" and values[slot] != DONT_CARE]
    party = [format_value(pack, slot, values[slot], language, (units or {}).get(slot)) for slot in counted]
    if language == "zh":
        return f"{day}{time}", "、".join(party)
    time = f"at {time}" if time and not time.lower().startswith("at ") else time
    return " ".join(filter(None, (day, time))), " and ".join(party)


def _spell_unit(pack: DomainPack, slot: str, unit: str | None, language: Language, number: float) -> str:
    units = pack.get_slot(slot).units
    if not units:
        return ""
    spellings = [spelling for spelled in ([units[unit]] if unit in units else units.values()) for spelling in spelled]
    if language == "zh":
        everything = [spelling for spelled in units.values() for spelling in spelled]
        return next((s for s in spellings + everything if not s.isascii()), spellings[0])
    everything = [spelling for spelled in units.values() for spelling in spelled]
    latin = [spelling for spelling in spellings + everything if spelling.isascii()]
    if number == 1:
        singles = [s for s in latin if not s.endswith("s")]
        # "person" has its plural among the spellings, "people" is one.
        return next(iter([s for s in singles if f"{s}s" in latin] or singles or latin), spellings[0])
    return next(iter(latin), spellings[0])


def join_phrases(phrases: Iterable[str], language: Language) -> str:
    """Return phrases as one list in prose: "a, b and c", a、b和c."""
    parts = [phrase for phrase in phrases if phrase]
    if len(parts) < 2:
        return "".join(parts)
    if language == "zh":
        return "、".join(parts[:-1]) + "和" + parts[-1]
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def states_parts(text: str, value: str) -> bool:
    """Tell whether a value in words stands in a text: all words of each of its parts, in whatever order.

    "5 stars, 9 airbags" stands in "It got 5 stars and has 9 airbags"; a Chinese part stands there as it is written. A
    word counts once in a part, numbers must be the same, and an empty value stands nowhere.

    Args:
        text: A sentence.
        value: A cell of a page: parts between commas, semicolons, 、 or "and".
    """
    parts = [part for part in split_parts(value) if part]
    lower = text.lower()
    words = set(tokenize(lower))
    return bool(parts) and all(
        part.lower() in lower or (part.isascii() and set(tokenize(part.lower())) <= words) for part in parts
    )


def split_parts(value: str) -> list[str]:
    """Return the parts of a value that is a list in words: "5 stars, 9 airbags", 小院、茶台."""
    return [part.strip() for part in _PARTS.split(value)]
