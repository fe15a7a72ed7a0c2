"""Digits that are no quantity: dates, clock times, phone numbers, versions, ratios, scores, names and plates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from streamdial.slots.clocks import HALF_DAY, MONTHS, PLAIN_HOUR
from streamdial.slots.numbers import NumberMention, parse_chinese_number
from streamdial.slots.vague import VAGUE

_MONTHS_MORE = (
    r"(?:januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre"
    r"|novembre|décembre|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)"
)
_ZH = "零〇一二两三四五六七八九十"
_KINDS: tuple[tuple[str, str], ...] = (
    ("ambiguous_number", VAGUE),
    (
        "phone",
        r"\+\d[\d\s().-]{7,}\d|(?<!\d)1[3-9]\d{9}(?!\d)|(?<![\d.,])(?:\(\d{2,4}\)\s?)\d{3,4}[-.\s]?\d{4}(?!\d)"
        r"|(?<![\d.,-])(?:1-)?\d{3}[-.]\d{3,4}[-.]\d{4}(?![\d.,]?\d)|(?<![\d.,])1[3-9]\d \d{4} \d{4}(?!\d)"
        r"|(?<![\d.,])\d{3} \d{3} \d{4}(?!\d)"
        r"|(?<![\d.,])0\d{2,4}[-/ ]?\d{5,8}(?!\d)|(?<![\d.,])0\d{2}[- ]\d{4}[- ]\d{4}(?!\d)",
    ),
    (
        "date",
        r"(?<![\d.,])\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![\d.,]?\d)|(?<![\d.,])\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2})(?![\d.,]?\d)"
        r"|(?<![\d.,])(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?![\d-])"
        r"|(?<!\d)\d{4}年(?:\s?\d{1,2}月(?:份|\d{1,2}[日号])?)?"
        rf"|(?<!\d)\d{{1,2}}月(?:\d{{1,2}}[日号]?|份|底|初|中旬)?|(?<!\d)\d{{1,2}}日(?!元|本)|(?<!\d)\d{{1,2}}号(?![楼线店链厅桌])"
        r"|(?:周|星期|礼拜)[一二三四五六](?![万千百十])"
        rf"|[{_ZH}]{{1,2}}月(?:[{_ZH}]{{1,3}}[日号]?|份)"
        rf"|\b{MONTHS}\.?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?(?![\d:]|\s?[%$€£])\b"
        rf"|(?<![\d.,])\d{{1,2}}(?:st|nd|rd|th|\.|er)?\s+(?:of\s+)?(?:{MONTHS}|{_MONTHS_MORE})\b(?:\.?,?\s+\d{{4}})?"
        r"|(?<![\w])[’']\d\ds?\b(?!\s?[万元])|(?<!\d)(?:19|20)\d\d款",
    ),
    (
        "clock",
        rf"(?<![\d.,:]){PLAIN_HOUR}(?::\d{{2}}(?:[.,]\d{{1,3}})?)?(?![\d:])(?:\s?{HALF_DAY})?"
        rf"|(?<![\d.,:])\d{{1,2}}\s?{HALF_DAY}"
        r"|(?<![\d.,])\d{1,2}点(?:钟|整|半|[一三]刻|\d{1,2}分?(?![\d万亿秒升度米公折]))?(?![\d万亿])"
        r"|(?<![\d.,])\d{1,2}(?:[.:]\d\d)?\sUhr\b|(?<![\d.,])\d{1,2}h[0-5]\d\b",
    ),
    ("version", r"(?<![\w.,])\d+(?:\.\d+){2,}(?![\w.]?\d)"),
    ("ratio", r"(?<![\d.,/])\d+(?:[.,]\d+)?\s?/\s?\d+(?:[.,]\d+)?(?![\d/])|(?<![\d.,:])\d+:\d+(?![\d:])|\b24/7\b"),
    ("product", r"(?<![\w.,])(?!0x)\d+(?:[.,]\d+)?\s?[x×*]\s?\d+(?:[.,]\d+)?(?:\s?[x×*]\s?\d+(?:[.,]\d+)?)?(?!\d)"),
    ("identifier", r"(?<![\d.,-])\d+-\d+-\d+(?:-\d+)*(?!\d)|(?-i:(?<![\w-])[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}\s?\d{1,4}\b)"),
    (
        "score",
        r"\b(?:won|wins?|lost|beat|beaten|scored?|leads?|led)\s+(?:\w+\s+){0,2}?\d{1,3}\s?[-–:]\s?\d{1,3}(?!\d)"
        r"|(?:比分|赢了?|输了?)\s?\d{1,3}\s?[-–:比]\s?\d{1,3}",
    ),
    (
        "name",
        r"(?:\b(?:Models?|Modell|iPhone|Type|Typ|Series|Serie|Mark|Mk|Gen|Version|Terminal|Gate|Route|Flight|Windows"
        r"|Level|Chapter|Episode|Nr|No)\.?|№|#)\s?\d+(?:\.\d+)?(?![\d.,]?\d|\s?[%万元])"
        r"|(?<![\w-])[A-Z]{1,4}-\d{1,4}(?![\d.,-]?\d)"
        r"|\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{2,5} \d{1,3} [A-Z]{3,5}\b|第\s?\d+|第[一二三四五六七八九十]+",
    ),
    ("ordinal", r"(?<![\d.,])\d+(?:st|nd|rd|th)\b"),
)
_PATTERNS = tuple((reason, re.compile(pattern, re.IGNORECASE if reason != "name" else 0)) for reason, pattern in _KINDS)
_LEAST_DIGITS = {"ambiguous_number": 0, "phone": 7, "date": 0, "name": 0}
_DIGIT = re.compile(r"\d")
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+")
_WHOLE = re.compile(rf"\d+|[{_ZH}]+")
_DECIMALS = re.compile(r"\d[.,]\d")


class Refusal(NamedTuple):
    """A figure that is not read as a quantity.

    Attributes:
        start: Its place in characters.
        end: Where it ends.
        surface: The words.
        reason: `ambiguous_number` (may be two values, or is vague: 20多万), `ambiguous_unit` (pounds, kr), or what it
            is: `date`, `clock`, `phone`, `version`, `ratio`, `product`, `score`, `identifier`, `name`, `ordinal`,
            `resolution`.
        numbers: The whole numbers that stand in it: the 3 and 30 of 3:30; none in a version or an ambiguous one.
    """

    start: int
    end: int
    surface: str
    reason: str
    numbers: tuple[NumberMention, ...] = ()


def find_refusals(text: str) -> Iterator[Refusal]:
    """Yield what has digits and is no quantity, without overlaps; the first kind of the list that fits counts."""
    taken: list[tuple[int, int]] = []
    digits = len(_DIGIT.findall(text))
    for reason, pattern in _PATTERNS:
        # Days of the week, 第一 and 十几 have none; most texts have a number in words alone.
        if digits < _LEAST_DIGITS.get(reason, 1):
            continue
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other[1] and other[0] < end for other in taken) or start == end:
                continue
            if reason == "version" and _GROUPED.fullmatch(match[0]):
                continue
            taken.append((start, end))
            yield Refusal(start, end, match[0], reason, _list_numbers(match[0], start, reason))


def _list_numbers(surface: str, start: int, reason: str) -> tuple[NumberMention, ...]:
    if reason in ("ambiguous_number", "version", "phone") or _DECIMALS.search(surface):
        return ()
    found = []
    for match in _WHOLE.finditer(surface):
        value = float(match[0]) if match[0].isdigit() else parse_chinese_number(match[0])
        found.append(NumberMention(value, start + match.start(), start + match.end(), False))
    return tuple(found)
