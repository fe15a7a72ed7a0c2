"""Normalises slot values, so that two spellings of one value compare as equal."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import resources

from streamdial.domains import DomainPack
from streamdial.files import load_yaml
from streamdial.records import Language
from streamdial.slots import DONT_CARE, find_numbers, format_number, parse_value
from streamdial.text import fold_text, simplify_chinese

Normaliser = Callable[[str, str], str]
"""(slot, value) to the form in which values of the slot are compared."""

_DONT_CARE = {"dontcare", "dont care", "do n't care", "don't care", "do not care", "any", "不限", "无所谓", "都可以"}
_SPACE_BY_PUNCTUATION = re.compile(r"\s*([-–~:/(),，、（）])\s*")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY_MONTH = re.compile(rf"^(?:the )?(\d+)(?: of)? {_MONTH}$")
_MONTH_DAY = re.compile(rf"^{_MONTH} (?:the )?(\d+)$")
_DAY_ALONE = re.compile(r"^(?:the )?(\d+)(?: of (?:this|the) month)$|^the (\d+)$")
_CLOCK = re.compile(
    r"^(?:at |by |around )?(?:(?P<before>morning|afternoon|evening|night) (?:at )?)?"
    r"(?P<half>half past |quarter past |quarter to )?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?(?: o'?clock)?"
    r" ?(?P<half_day>am|pm|a\.m\.?|p\.m\.?)?(?: (?:in the|at) (?P<after>morning|afternoon|evening|night))?$"
)
_EVALUATOR_TIME = re.compile(r"^(?:by|after|afer) ")
_HALF_DAY = re.compile(r"^(.*?)\s*(?:(am|a\.m\.)|(pm|p\.m\.))$")


def normalise_value(slot: str, value: str) -> str:
    """Return a value of any set in a plain form: case, width, spaces, numbers in words, clock times, days of a month.

    "four" → 4, "half past 4 in the evening" → 16:30, "the 2nd of March" → mar 2, "100 - 150元" → 100-150元. A time
    without a half of the day is taken as it stands. The words of a value are not read any further.
    """
    text = _SPACE_BY_PUNCTUATION.sub(r"\1", simplify_chinese(fold_text(value)).lower())
    if text in _DONT_CARE:
        return DONT_CARE
    text = _ORDINAL.sub(r"\1", text)
    if clock := _CLOCK.match(text):
        return _write_clock(clock, text)
    if day := _DAY_MONTH.match(text):
        return f"{day[2]} {int(day[1])}"
    if day := _MONTH_DAY.match(text):
        return f"{day[1]} {int(day[2])}"
    if day := _DAY_ALONE.match(text):
        return f"day {int(day[1] or day[2])}"
    return _read_number(text)


def _write_clock(clock: re.Match[str], text: str) -> str:
    told = clock["half_day"] or clock["before"] or clock["after"] or clock["half"] or clock["minute"]
    if not told:
        return str(int(clock["hour"])) if clock["hour"] == text else text
    hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    half = (clock["half"] or "").split()
    if half:
        minute = 30 if half[0] == "half" else 15 if half[1] == "past" else 45
        hour -= half[-1] == "to"
    later = (clock["half_day"] or "").startswith("p") or {clock["before"], clock["after"]} & {
        "afternoon",
        "evening",
        "night",
    }
    early = (clock["half_day"] or "").startswith("a") or "morning" in (clock["before"], clock["after"])
    if later and hour < 12:
        hour += 12
    elif early and hour == 12:
        hour = 0
    return f"{hour:02d}:{minute:02d}"


def _read_number(text: str) -> str:
    numbers = find_numbers(text)
    whole = len(numbers) == 1 and (numbers[0].start, numbers[0].end) == (0, len(text))
    return format_number(numbers[0].value) if whole else text


@lru_cache(maxsize=1)
def _load_multiwoz() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    text = resources.files("streamdial.evaluation.dst").joinpath("multiwoz_values.yaml").read_text(encoding="utf-8")
    tables = load_yaml(text)
    kinds = {slot: kind for kind, slots in tables.pop("slots").items() for slot in slots}
    return kinds, {
        kind: {spelling: main for main, spellings in table.items() for spelling in spellings}
        for kind, table in tables.items()
    }


def normalise_multiwoz(slot: str, value: str) -> str:
    """Return a value of MultiWOZ as its evaluator compares it (Nekvinda & Dušek 2021, normalisation of states).

    Names of venues, food and types that differ in spelling are made one, times are HH:MM, `free` parking is `yes`.
    Unlike there, 12:30 pm is 12:30, and half a dozen whole phrases for a time ("six fourty five") stay as they are.

    Args:
        slot: Slot with or without its domain: `restaurant-booktime`, `arriveby`.
        value: The value.
    """
    kinds, tables = _load_multiwoz()
    kind = kinds.get(slot.rpartition("-")[2].lower().replace(" ", ""))
    text = value.strip().lower()
    if text in _DONT_CARE:
        return DONT_CARE
    if kind is None:
        return text
    if kind == "name":
        text = text.replace(" & ", " and ").replace("&", " and ").replace(" '", "'")
    if text in tables[kind]:
        return tables[kind][text]
    return _read_evaluator_time(text) if kind == "time" else text


def _read_evaluator_time(text: str) -> str:
    text = _EVALUATOR_TIME.sub("", text).strip(" .,?")
    half = _HALF_DAY.match(text + "." if text.endswith((".m", "a.m", "p.m")) else text)
    if half:
        text = half[1].strip()
    text = text.replace(" ", "") if ":" in text else text
    hour, colon, minute = text.partition(":")
    if not colon and text.isdigit() and len(text) == 4:
        hour, minute = text[:2], text[2:]
    if not hour.isdigit() or not (minute.isdigit() or not minute):
        return text
    late = bool(half and half[3]) and int(hour) < 12
    return f"{int(hour) + 12 * late:02d}:{minute or '00'}"


def normalise_by_pack(pack: DomainPack, language: Language) -> Normaliser:
    """Return the normaliser of a pack: values are read by its slot schema, what does not fit stays in its plain form.

    Args:
        pack: The domain pack.
        language: Language of the values; decides what a bare amount is counted in.
    """

    def normalise(slot: str, value: str) -> str:
        plain = normalise_value(slot, value)
        if slot not in pack.slots or plain == DONT_CARE or plain in pack.slots[slot].values:
            return plain
        schema = pack.slots[slot]
        parsed = (
            None if schema.type in ("entity", "text", "date", "time") else parse_value(pack, schema, value, language)
        )
        return parsed[0] if parsed else plain

    return normalise
