"""Queries to the knowledge base as people write them: "seats >= 7 and price <= 300000", 座位数≥7且价格≤30万."""

from __future__ import annotations

import re

from streamdial.domains import DomainPack, Slot
from streamdial.errors import ConfigurationError
from streamdial.records import Condition, Language, Operator
from streamdial.slots import CURRENCY_CODES, match_header, read_cell, read_quantities
from streamdial.text import fold_text

_AND = re.compile(r"\s+and\s+|\s*(?:&&|且|并且|而且|[,;，；、](?!\d))\s*", re.IGNORECASE)
_OPERATORS: tuple[tuple[str, Operator], ...] = (
    (r">=|≥|=>|\bat least\b|至少|不低于|不少于", ">="),
    (r"<=|≤|=<|\bat most\b|至多|最多|不超过|不高于", "<="),
    (r"!=|≠|<>|\bis not\b|不是|不等于", "!="),
    (r">|\b(?:over|above|more than)\b|大于|高于|超过", ">"),
    (r"<|\b(?:under|below|less than)\b|小于|低于", "<"),
    (r"==?|\bis\b|等于|为|是", "="),
)
_ANY = re.compile("|".join(f"({pattern})" for pattern, _ in _OPERATORS), re.IGNORECASE)
_BETWEEN = re.compile(r"(\bbetween\b.+?)\s+and\s+", re.IGNORECASE)
_TO = r"\s*(?:~|-|–|—|到|至|\bto\b)\s*"
_RANGES = (
    # price between 100 and 200, 价格在十万到二十万之间: the words around them tell where the bounds begin and end
    re.compile(
        r"(?P<name>.+?)\s*(?:\bis\b|为|是|=+)?\s*(?:\bbetween\b|\bfrom\b|介于|在|从)\s*(?P<low>.+?)"
        rf"(?:{_TO}|\s*[和与]\s*)(?P<high>.+?)\s*(?:之间)?",
        re.IGNORECASE,
    ),
    # price 100-200: the digits do
    re.compile(
        rf"(?P<name>\D+?)\s*(?:\bis\b|为|是|=+|:)?\s*(?P<low>[$¥€£₹]?\s?\d.*?){_TO}(?P<high>[$¥€£₹]?\s?\d.*?)\s*(?:之间)?",
        re.IGNORECASE,
    ),
)
_BARE = re.compile(r"[^\d]*[\d.,]+")
_MEASURED = ("money", "quantity", "count")


def parse_query(text: str, pack: DomainPack, language: Language) -> tuple[Condition, ...]:
    """Return the typed conditions of a query; all must hold.

    Conditions are joined by "and", 且 or commas. Each is a slot (its key, or its name or header in either language), an
    operator (>= <= > < = !=, their signs, "at least", 不超过, ...) and a value as the pack reads it: 30万 is 300000.
    "price between 100 and 200", 价格在100到200之间 and "price 100-200" are two conditions, both bounds included.

    Args:
        text: The query.
        pack: The domain pack.
        language: Language that tells what a bare amount of money is counted in.

    Raises:
        ConfigurationError: If a condition has no operator, names no slot of the pack, has a value the slot cannot have
            (a negative number, a unit or currency that is not known), or compares what has no order; with the condition
            and what would do.
    """
    parts = [part for part in _AND.split(_BETWEEN.sub(r"\1 ~ ", fold_text(text))) if part]
    if not parts:
        raise ConfigurationError("the query is empty.", fix='write a condition such as "price <= 300000"')
    return tuple(
        condition
        for part in parts
        for condition in _parse_range(part, pack, language) or (_parse_condition(part, pack, language),)
    )


def _parse_range(text: str, pack: DomainPack, language: Language) -> tuple[Condition, ...]:
    """Return the two conditions of a range, or none where a text is not one about a slot that is measured."""
    for pattern in _RANGES:
        match = pattern.fullmatch(text)
        slot = _find_slot(match["name"], pack) if match else None
        if match is None or slot is None or pack.slots[slot].type not in _MEASURED:
            continue
        low, high = match["low"].strip(), match["high"].strip()
        top = _make_condition(slot, "<=", high, pack, language)
        bottom = _make_condition(slot, ">=", low, pack, language)
        # 10到20万 starts at 10万, as "30-40k" does at 30k.
        if _BARE.fullmatch(low) and (scale := _BARE.sub("", high, count=1)):
            scaled = _make_condition(slot, ">=", f"{low}{scale}", pack, language)
            if (scaled.number or 0.0) <= (top.number or 0.0):
                bottom = scaled
        if (bottom.number or 0.0) > (top.number or 0.0):
            raise ConfigurationError(
                f"the range {text!r} ends at {high} before it begins at {low}.", fix="write the smaller number first"
            )
        unit = top.unit or bottom.unit
        return tuple(bound.model_copy(update={"unit": bound.unit or unit}) for bound in (bottom, top))
    return ()


def _parse_condition(text: str, pack: DomainPack, language: Language) -> Condition:
    match = _ANY.search(text)
    if match is None:
        raise ConfigurationError(
            f"the condition {text!r} has no operator.",
            fix='write a slot, one of >= <= > < = != and a value, or a range such as "price between 100 and 200"',
        )
    operator = next(sign for group, (_, sign) in zip(match.groups(), _OPERATORS, strict=True) if group)
    name, told = text[: match.start()].strip(), text[match.end() :].strip()
    slot = _find_slot(name, pack)
    if slot is None:
        known = ", ".join(pack.slots)
        raise ConfigurationError(f"the condition {text!r} names no attribute of the pack.", fix=f"use one of {known}")
    return _make_condition(slot, operator, told, pack, language)


def _find_slot(name: str, pack: DomainPack) -> str | None:
    return name if name in pack.slots else match_header(pack, name)


def _make_condition(slot: str, operator: Operator, told: str, pack: DomainPack, language: Language) -> Condition:
    schema = pack.slots[slot]
    parsed = (told, None, None) if told in schema.values else read_cell(pack, schema, told, language)
    if parsed == "negative":
        raise ConfigurationError(f"{told!r} is negative, and {slot!r} counts from 0 up.", fix="leave the minus out")
    if isinstance(parsed, str) or (parsed[1] is not None and not _is_all(schema, told, language)):
        known = ", ".join(schema.values) or f"a number in {', '.join(_list_units(schema))}".removesuffix(" in ")
        raise ConfigurationError(f"{told!r} is no value of {slot!r}.", fix=f"write {known}")
    value, number, _ = parsed
    if operator in (">=", "<=", ">", "<") and number is None:
        raise ConfigurationError(f"{slot!r} has no order to compare by {operator}.", fix="use = or !=")
    # An amount that names no currency is counted in the rows' own.
    unit = read_quantities(told, language=language, money=True)[0][0].currency if schema.type == "money" else None
    return Condition(slot=slot, operator=operator, value=value, number=number, unit=unit)


def _list_units(schema: Slot) -> list[str]:
    if schema.type == "money":
        return list(CURRENCY_CODES)
    return list(dict.fromkeys(spelling for unit, spellings in schema.units.items() for spelling in (unit, *spellings)))


def _is_all(schema: Slot, told: str, language: Language) -> bool:
    """Tell whether a value is one quantity in the slot's unit, or in one of its kind, and nothing else."""
    quantities, refusals = read_quantities(told, language=language, money=schema.type == "money")
    if len(quantities) != 1 or refusals:
        return False
    quantity = quantities[0]
    known = {"", *(unit.lower() for unit in _list_units(schema))}
    return not told[: quantity.start].strip() and (
        told[quantity.end :].strip(" -").lower() in known
        or told[quantity.numbers[-1].end :].strip(" -").lower() in known
    )


def fulfils(condition: Condition, *, value: str, number: float | None, unit: str | None) -> bool:
    """Tell whether a row of knowledge fulfils a condition; one in another currency or without a number does not."""
    if condition.unit is not None and unit != condition.unit:
        return False
    if condition.operator in ("=", "!="):
        same = number == condition.number if None not in (number, condition.number) else value == condition.value
        return same is (condition.operator == "=")
    if number is None or condition.number is None:
        return False
    match condition.operator:
        case ">=":
            return number >= condition.number
        case "<=":
            return number <= condition.number
        case ">":
            return number > condition.number
        case _:
            return number < condition.number
