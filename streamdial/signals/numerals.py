"""Writes prices, dates, times and measures that were said in words the way pages write them.

二十八万九 becomes 28.9万, "twenty-eight nine" with a car's price in context $28,900,
八月十二号 8月12日, "three p m" 3:00 PM.
What is only about right (九万多, 两百不到) and what is merely counted (三台) stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import NamedTuple

from streamdial.domains import DomainPack
from streamdial.records import Correction, Language
from streamdial.slots import (
    Quantity,
    find_numbers,
    format_number,
    list_readings,
    read_quantities,
    spell_number_pattern,
)

_CN_DIGIT = "零〇一二两三四五六七八九十"
_VAGUE_ZH = re.compile(r"[多来几余]|\s*(?:不到|出头|上下|左右|以上|以内)")
_RANGE_ZH = re.compile(
    r"[零〇一二两三四五六七八九](?=[一二三四五六七八九][十百千万亿])|[一二三四五六七八九]{2}(?=[十百千万亿])"
)
_TERM_AFTER_TIME_ZH = re.compile(r"[式档名]|后[排轮]")
_VAGUE_BEFORE_ZH = re.compile(r"(?:近|将近|接近|快|差不多|大概|几)$")
_PIECE_AFTER_ZH = re.compile(r"[屏板肉蛋饼布地砖玻电冰手石一二三四五六七八九]")
_UNIT_ZH = re.compile(r"\s?(元|块钱|块|人民币)")
_CUE_ZH = re.compile(
    r"(?:价|售价|指导价|卖|只要|只需|才|仅|一晚|每晚|一份|一位|人均|一只|一桌|原价|现价|到手|优惠|补|减|付|要|收)\s*(?:是|为|要|才|只)?$"
)
_AFTER_ZH = re.compile(r"(?:一晚|一份|一位|带走|拿下|开走|起(?!码)|一只|一桌|真的值|就能)")
_MEASURE_AFTER_ZH = re.compile(r"\s?[台个位座辆间桌份人次天周年月号日点楼层分秒晚顿层种款站路条张口家]")
_DATE_ZH = re.compile(rf"([{_CN_DIGIT}]{{1,2}}|\d{{1,2}})月([{_CN_DIGIT}]{{1,3}}|\d{{1,2}})[号日]")
_PART_ZH = "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|今晚|明晚|晚|早"
_TIME_ZH = re.compile(
    rf"(?P<part>{_PART_ZH})?(?P<hour>[{_CN_DIGIT}]{{1,3}}|\d{{1,2}})点(?:钟|整)?"
    rf"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>[{_CN_DIGIT}]{{1,3}}|\d{{1,2}})分?)?"
    r"(?![万亿秒升度米公折儿零〇一二三四五六七八九])"
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_ORDINAL = (
    rf"(?:(?:twenty|thirty)[\s-](?:{'|'.join(_ORDINALS)})|{'|'.join(sorted(_ORDINALS, key=len, reverse=True))}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)|{spell_number_pattern()})"
)
_DATE_EN = re.compile(
    rf"\b(?:(?P<month>{'|'.join(_MONTHS)})\s+(?:the\s+)?(?P<day>{_ORDINAL})"
    rf"|(?:the\s+)?(?P<day2>{_ORDINAL})\s+of\s+(?P<month2>{'|'.join(_MONTHS)}))\b",
    re.IGNORECASE,
)
_CLOCK = rf"(?P<hour>{spell_number_pattern()}|\d{{1,2}})"
_TIME_EN = re.compile(
    rf"\b(?:(?P<half>half\s+past|quarter\s+past|quarter\s+to)\s+)?{_CLOCK}"
    rf"(?:[\s:]+(?P<minute>(?:oh\s+)?{spell_number_pattern()}|\d{{2}}))?"
    r"(?:\s+o'?clock)?\s*(?P<part>[ap]m\b|[ap]\.\s?m\.|[ap]\s+m\b"
    r"|in the morning|in the afternoon|in the evening|at night)",
    re.IGNORECASE,
)
_SPOKEN_EN = re.compile(
    rf"(?<![\w$€£,.])\$?(?:{spell_number_pattern()}|hundred|thousand|grand)"
    rf"(?:[\s-]+(?:and[\s-]+)?(?:{spell_number_pattern()}|hundred|thousand|grand))*\b(?!\s*(?:point|percent|%))",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"(?<![\w$,.])\$?([1-9]00),?\s+(?:and\s+)?(?:for\s+the\s+)?\$?(\d{1,2}),(\d{3})(?![\d,])")
_DOLLARS = re.compile(r"\s*(?:dollars?|bucks)\b", re.IGNORECASE)
_CENTS = re.compile(r"\s+and\s+(?P<cents>[\w-]+(?:\s\w+)?)\s+cents\b", re.IGNORECASE)
_CUE_EN = re.compile(
    r"(?:\b(?:price|priced|list|lists|costs?|is|it's|that's|was|at|for|from|to|only|just|around|pay|runs|under|be|you)"
    r"\s+(?:is\s+|at\s+|for\s+|you\s+|just\s+|only\s+|around\s+)?)$",
    re.IGNORECASE,
)
_AFTER_EN = re.compile(
    r"\s*(?:$|[,.;!?]|(?:a|per|each|the)\s+(?:night|person|head|couple|table|set|plate|month)|flat|before|after"
    r"|with|plus|all in|out the door|on the road|if|and\s+(?:that|it)|for\s+(?:two|three|four|the)|tonight|today"
    r"|including)",
    re.IGNORECASE,
)
_PER_EN = re.compile(r"\s*(?:a|per|each)\s+(?:night|person|head|couple|table|set|plate|month)|\s*flat", re.IGNORECASE)
_MEASURES_EN = re.compile(
    r"[\s-]*(?:minutes?|hours?|days?|weeks?|months?|years?|nights?|people|guests|seats?|seater|doors?|percent|miles?"
    r"|kilomet|km|kwh|kilowatt|hp|horse|lit(?:er|re)s?|inch|feet|foot|metres?|meters?|blocks?|steps?|rooms?|beds?"
    r"|courses?|pieces?|owners?|stars?|cars?|kids?|of\s+(?:us|them|you)|more|left|times?|or\s)",
    re.IGNORECASE,
)
_COUNTED_EN = re.compile(r"\s+(?!plus|was|is|this|bucks|dollars|its)[a-z]{3,}s\b")
_CLOCK_BEFORE = re.compile(r"\b(?:at|around|by|until|till|before|after|from|to)\s+$", re.IGNORECASE)
_NIGHT = ("晚上", "今晚", "明晚", "晚")
_AFTERNOON = ("下午", "傍晚", *_NIGHT)


@dataclass(frozen=True)
class NumeralContext:
    """What figures are read against.

    Attributes:
        pack: The domain pack.
        language: Language of the texts.
        prices: What things are known to cost, by name; "" for what holds for everything.
    """

    pack: DomainPack
    language: Language
    prices: dict[str, tuple[float, ...]] = field(default_factory=dict)

    @cached_property
    def known(self) -> tuple[float, ...]:
        """All known prices."""
        return tuple(price for prices in self.prices.values() for price in prices)

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Spellings of the pack's units of measure in lower case, the longest first."""
        spellings = {
            spelling.lower()
            for slot in self.pack.slots.values()
            if slot.type == "quantity"
            for unit in slot.units.values()
            for spelling in unit
            if len(spelling) > 1 or not spelling.isascii()
        }
        return tuple(sorted(spellings, key=lambda spelling: (-len(spelling), spelling)))


class _Change(NamedTuple):
    start: int
    end: int
    after: str


def write_numerals(text: str, context: NumeralContext, *, named: Sequence[str] = ()) -> tuple[str, list[Correction]]:
    """Return a text with its figures in written form, and each change.

    Args:
        text: A sentence.
        context: Domain, language and known prices.
        named: What the sentence is about; among several readings of a price the known one of these comes first.
    """
    changes: list[_Change] = []
    finders = (
        (_find_dates_zh, _find_times_zh, _find_prices_zh, _find_measures)
        if context.language == "zh"
        else (_find_dates_en, _find_times_en, _find_prices_en, _find_measures)
    )
    for find in finders:
        for change in find(text, context, named):
            if all(change.end <= other.start or other.end <= change.start for other in changes):
                changes.append(change)
    corrections = []
    for start, end, after in sorted(changes, reverse=True):
        before = text[start:end]
        if before != after:
            corrections.append(Correction(before=before, after=after, reason="figure"))
            text = text[:start] + after + text[end:]
    return text, corrections[::-1]


def read_prices(text: str, context: NumeralContext) -> Iterator[float]:
    """Yield every amount a text may tell as a price, all readings of what is said in groups."""
    for number in find_numbers(text):
        yield number.value
    if context.language == "en":
        for match in _SPOKEN_EN.finditer(text):
            yield from list_readings(match[0].lstrip("$"))
        for match in _BROKEN.finditer(text):
            yield float(int(match[1]) * 1000 + int(match[2] + match[3]))


def _read_zh(text: str) -> int:
    return int(find_numbers(text)[0].value) if text else 0


def _find_dates_zh(text: str, context: NumeralContext, named: Sequence[str]) -> Iterator[_Change]:
    for match in _DATE_ZH.finditer(text):
        month, day = _read_zh(match[1]), _read_zh(match[2])
        if 1 <= month <= 12 and 1 <= day <= 31 and not match[0][0].isdigit():
            yield _Change(match.start(), match.end(), f"{month}月{day}日")


def _find_times_zh(text: str, context: NumeralContext, named: Sequence[str]) -> Iterator[_Change]:
    for match in _TIME_ZH.finditer(text):
        part, hour = match["part"] or "", _read_zh(match["hour"])
        exact = match["half"] or match["quarter"] or match["minute"] or match[0].endswith(("钟", "整"))
        if match["hour"].isdigit() or (hour == 1 and not exact) or (not part and match["minute"] and hour < 10):
            continue  # 一点 is "a bit", 三点九 a decimal
        minute = 30 if match["half"] else 15 * _read_zh(match["quarter"]) if match["quarter"] else 0
        minute = _read_zh(match["minute"]) if match["minute"] else minute
        if hour < 12 and (part in _AFTERNOON or (part == "中午" and hour < 4)):
            hour += 12
        if hour == 12 and part in _NIGHT:
            hour = 24
        if hour <= 24 and minute < 60 and not _TERM_AFTER_TIME_ZH.match(text, match.end()):
            shown = part if part in ("今晚", "明晚") else ""
            yield _Change(match.start(), match.end(), f"{shown}{hour:02d}:{minute:02d}")


def _find_prices_zh(text: str, context: NumeralContext, named: Sequence[str]) -> Iterator[_Change]:
    for number in find_numbers(text):
        before, surface = text[: number.start], text[number.start : number.end]
        unit = _UNIT_ZH.match(text, number.end)
        if _VAGUE_ZH.match(text, unit.end() if unit else number.end) or _VAGUE_ZH.match(text, number.end):
            continue
        if _VAGUE_BEFORE_ZH.search(before):
            continue
        spelled = not surface.replace(",", "").replace(".", "").removesuffix("万").isdigit()
        if surface.startswith("零百") or _RANGE_ZH.search(surface):
            continue  # 零百四秒 is a sprint, 十五六万 somewhere between the two
        if unit and unit[1] == "块" and _PIECE_AFTER_ZH.match(text, unit.end()):
            continue  # 三块屏 are three screens, 两块八 is said of 2.80
        if not unit:
            if _MEASURE_AFTER_ZH.match(text, number.end) or re.match(
                r"\s?[A-Za-z公千度升米毫折%％]", text[number.end :]
            ):
                continue
            known = number.value in context.known
            if not (
                known or number.value >= 10_000 or (number.value >= 10 and _is_price_zh(before, text[number.end :]))
            ):
                continue
            if spelled and len(surface) < 2:
                continue
        elif surface == "一" and unit[1] == "块":
            continue  # 一块 is "together" or "a piece"
        end = unit.end() if unit else number.end
        if spelled:
            yield _Change(number.start, end, _write_zh(number.value, unit=bool(unit)))


def _is_price_zh(before: str, after: str) -> bool:
    return bool(_CUE_ZH.search(before) or _AFTER_ZH.match(after))


def _write_zh(value: float, *, unit: bool) -> str:
    if value >= 10_000:
        return f"{format_number(round(value / 10_000, 4))}万" + ("元" if unit else "")
    return format_number(value) + ("元" if unit else "")


def _find_measures(text: str, context: NumeralContext, named: Sequence[str]) -> Iterator[_Change]:
    """Write the number of a measure (75 kWh, 600 km) in digits, of a range both; counts stay as they are said."""
    for quantity in read_quantities(text, language=context.language)[0]:
        after = text[quantity.numbers[-1].end :]
        unit = after[len(after) - len(after.lstrip(" -")) :].lower().startswith(context.measures)
        if not unit or _VAGUE_ZH.match(after):
            continue
        for number in quantity.numbers:
            surface = text[number.start : number.end]
            if _RANGE_ZH.search(surface) or re.search(r"[一二三四五六七八九两]{2}$", surface):
                continue  # 十一二周 is eleven or twelve
            if not surface[0].isdigit() and not surface.startswith("零百") and quantity.low >= 10:
                zh = context.language == "zh"
                written = _write_zh(number.value, unit=False) if zh else format_number(number.value)
                yield _Change(number.start, number.end, written)


def _find_dates_en(text: str, context: NumeralContext, named: Sequence[str]) -> Iterator[_Change]:
    for match in _DATE_EN.finditer(text):
        month, day = match["month"] or match["month2"], _read_ordinal(match["day"] or match["day2"])
        if month.lower() in ("may", "march") and not (match["month2"] or _is_ordinal(match["day"])):
            continue  # "we march two by two", "it may seven"
        if 1 <= day <= 31:
            yield _Change(match.start(), match.end(), f"{month.capitalize()} {day}")


def _is_ordinal(text: str) -> bool:
    return bool(re.search(r"(?:st|nd|rd|th|first|second|third)$", text.lower()))


def _read_ordinal(text: str) -> int:
    words = re.split(r"[\s-]+", text.lower())
    if words[-1] in _ORDINALS:
        return _ORDINALS[words[-1]] + (int(find_numbers(words[0])[0].value) if len(words) > 1 else 0)
    return int(find_numbers(re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", text))[0].value)


def _find_times_en(text: str, context: NumeralContext, named: Sequence[str]) -> Iterator[_Change]:
    for match in _TIME_EN.finditer(text):
        if match[0][0].isdigit():
            continue
        hour = int(find_numbers(match["hour"])[0].value)
        minute = int(find_numbers(re.sub(r"^oh\s+", "", match["minute"]))[0].value) if match["minute"] else 0
        if match["half"]:
            minute = {"half": 30, "quarter": 15}[match["half"].split()[0].lower()]
            if match["half"].lower().endswith("to"):
                hour, minute = hour - 1 or 12, 45
        part = match["part"].lower()
        afternoon = part.startswith("p") or part.endswith(("afternoon", "evening", "night"))
        if 1 <= hour <= 12 and minute < 60:
            yield _Change(match.start(), match.end(), f"{hour}:{minute:02d} {'PM' if afternoon else 'AM'}")


def _find_prices_en(text: str, context: NumeralContext, named: Sequence[str]) -> Iterator[_Change]:
    for match in _BROKEN.finditer(text):
        broken = int(match[1]) * 1000 + int(match[2] + match[3])
        dollars = _DOLLARS.match(text, match.end())
        yield _Change(match.start(), dollars.end() if dollars else match.end(), f"${broken:,}")
    ranges = [quantity for quantity in read_quantities(text)[0] if quantity.is_range]
    for quantity in ranges:
        yield from _write_range(text, quantity)
    for match in _SPOKEN_EN.finditer(text):
        if any(match.start() < quantity.end and quantity.start < match.end() for quantity in ranges):
            continue
        dollars = _DOLLARS.match(text, match.end())
        readings = list_readings(match[0].lstrip("$"))
        chosen = _choose_reading(readings, context, named)
        if chosen is None:
            continue
        value = chosen
        end = dollars.end() if dollars else match.end()
        if dollars and (cents := _CENTS.match(text, end)) and (number := find_numbers(cents["cents"])):
            value, end = value + number[0].value / 100, cents.end()
        if not dollars:
            known = any(reading in context.known for reading in readings)
            cued = bool(_CUE_EN.search(text[: match.start()]) and _AFTER_EN.match(text, match.end()))
            # "It is ten" may be anything; "it is ten a night" is a price.
            plausible = bool(context.known) and _is_usual(value, context)
            cued = cued and (plausible or bool(_PER_EN.match(text, match.end())))
            if _MEASURES_EN.match(text, match.end()) or _COUNTED_EN.match(text, match.end()):
                continue
            if not known and len(readings) > 1 and _CLOCK_BEFORE.search(text[: match.start()]):
                continue
            if not (known or (cued and value >= 10)):
                continue
            if value < 10 or (value < 20 and len(readings) == 1 and not cued):
                continue
        yield _Change(match.start(), end, _write_en(value))
    for match in re.finditer(r"(?<![\w$€£,.])(\d[\d,]*(?:\.\d+)?)(?=\s*(?:dollars?|bucks)\b)", text):
        dollars = _DOLLARS.match(text, match.end())
        assert dollars
        yield _Change(match.start(), dollars.end(), _write_en(float(match[1].replace(",", ""))))


def _write_range(text: str, quantity: Quantity) -> Iterator[_Change]:
    """Write both ends of a range of money said in words; one end in digits alone would cut it."""
    spoken = not any(text[number.start].isdigit() for number in quantity.numbers)
    if spoken and quantity.unit is None and (quantity.scaled or quantity.currency == "USD"):
        low, high = quantity.numbers
        yield _Change(low.start, low.end, _write_en(low.value))
        yield _Change(high.start, quantity.end, _write_en(high.value))


def _choose_reading(readings: Sequence[float], context: NumeralContext, named: Iterable[str]) -> float | None:
    """Return the reading that is a known price of what is named, of anything, or else the most plausible one."""
    own = [price for name in named for price in context.prices.get(name, ())]
    for prices in (own, context.known):
        if found := next((reading for reading in readings if reading in prices), None):
            return found
    if not readings:
        return None
    if not context.known:
        return readings[0]
    usual = median(context.known)
    fitting = [reading for reading in readings if usual / 12 <= reading <= usual * 12]
    return fitting[0] if fitting else readings[0]


def _is_usual(value: float, context: NumeralContext) -> bool:
    """Tell whether a value is about what things cost here: within three times the lowest and highest known price."""
    return min(context.known) / 3 <= value <= max(context.known) * 3


def _write_en(value: float) -> str:
    return f"${value:,.0f}" if value == int(value) else f"${value:,.2f}"
