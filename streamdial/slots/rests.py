"""The rest of a number behind its scale or its unit: 12万8千8, 3 lakh 50 thousand, 5秒3, 1 Euro 50."""

from __future__ import annotations

import re
from typing import NamedTuple

from streamdial.slots.numbers import EN_WORDS, parse_chinese_number, parse_english_number

_COUNTERS = (
    "座位人口个升公门年月天号点台款晚夜间份桌辆次张只件套条楼层日斤秒米分平度折小周季期站杯碗瓶盒袋对双支根块片本盘串"
    "锅元万千百十亿毛角钱比成级寸克吨里步口场局盏路名家种项排成颗"
)
"""What counts something, so that a digit before it is no rest."""
_COUNTED = rf"(?:包(?!邮|含|括)|[{_COUNTERS}])"
_SCALES = {"千万": 1e7, "百万": 1e6, "十万": 1e5, "亿": 1e8, "万": 1e4, "千": 1e3, "百": 1e2, "十": 1e1}
_LOWER = re.compile(r"零?(?P<figure>\d{1,4})(?P<sign>千万|百万|十万|[亿万]|千(?![米瓦克卡])|[百十])")
_AFTER_ZERO = re.compile(r"零(\d{1,4})(?![\d.])")
_FOUR = re.compile(r"(\d{4})(?![\d.])")
_ONE = re.compile(rf"([1-9])(?!\d|\s*(?:{_COUNTED}|[%.])|[A-Za-z]|-(?!\d+(?:\.\d+)?[万wW]))")
_LOWER_WORD = re.compile(
    r"\s(?:and\s)?(?P<figure>\d{1,3}(?:\.\d+)?)\s?(?P<word>hundred|thousand|hazaa?r|lakhs?|lacs?|हज़ार|हजार|लाख)"
    r"(?![A-Za-zऀ-ॿ])",
    re.IGNORECASE,
)
_WORD_SCALES = {"hundred": 1e2, "thousand": 1e3, "lakh": 1e5, "lac": 1e5, "लाख": 1e5}
_SPELLED = re.compile(r"\s(?:and\s)?(?=[a-z]+\shundred)", re.IGNORECASE)

_ZH = "一二三四五六七八九"
_TENTHS = re.compile(
    rf"(?P<tenths>\d{{1,2}}|[{_ZH}](?:[{_ZH}](?!\s?{_COUNTED}))?)(?![\d.,{_ZH}零百十]?[\d.,%]|\s*{_COUNTED}|[A-Za-z%])"
)
_SMALL_COIN = re.compile(rf"(?P<tenths>\d|[{_ZH}两])[毛角](?:(?P<cents>\d|[{_ZH}])分?)?钱?")
_LIANG = re.compile(rf"(?P<tenths>\d|[{_ZH}两])两")
_CENTS = re.compile(
    r"\s(?:and\s|et\s|und\s)?(?P<cents>\d{1,2}|[a-z]+(?:[\s-][a-z]+)?)\s(?:cents?|centimes?)\b", re.IGNORECASE
)
_HUNDREDTHS = re.compile(
    r"\s?(?P<cents>\d{2})(?=\s*(?:$|[.,;:!?)](?!\d)|(?:pro|je|la|le|par|cent|lang"
    r"|breit|hoch|tief|groß|de (?:haut|long|large)|und|et|oder|ou"
    r"|für|pour|im|inkl|statt|ist|est)\b))",
    re.IGNORECASE,
)
_SPACED = ("EUR", "CHF", "m")


class Whole(NamedTuple):
    """A number with its rest: the value, and where it ends."""

    value: float
    end: int


def add_lower_scales(text: str, value: float, end: int, scale: float) -> Whole:
    """Return a number with what is said after its Chinese scale: 28万5 is 285000, 12万8千8 128800, 3万零500 30500.

    Args:
        text: The text.
        value: The value with the scale.
        end: Where the scale ends.
        scale: The scale.
    """
    while (lower := _LOWER.match(text, end)) and float(lower["figure"]) * _SCALES[lower["sign"]] < scale:
        scale = _SCALES[lower["sign"]]
        value, end = value + float(lower["figure"]) * scale, lower.end()
    if (rest := _AFTER_ZERO.match(text, end)) and float(rest[1]) < scale:
        return Whole(value + float(rest[1]), rest.end())
    if scale == 1e4 and (rest := _FOUR.match(text, end)):
        return Whole(value + float(rest[1]), rest.end())
    if scale >= 100 and (rest := _ONE.match(text, end)):
        return Whole(value + float(rest[1]) * scale / 10, rest.end())
    return Whole(value, end)


def add_lower_words(text: str, value: float, end: int, scale: float) -> Whole:
    """Return a number with a smaller scale in words behind it: 3 lakh 50 thousand, "28 thousand nine hundred"."""
    while lower := _LOWER_WORD.match(text, end):
        word = lower["word"].lower()
        smaller = _WORD_SCALES.get(word.rstrip("s"), 1e3)
        if float(lower["figure"]) * smaller >= scale:
            break
        scale = smaller
        value, end = round(value + float(lower["figure"]) * smaller, 6), lower.end()
    if (gap := _SPELLED.match(text, end)) and (words := EN_WORDS.match(text, gap.end())):
        rest = parse_english_number(words[0])
        if rest < scale:
            return Whole(value + rest, words.end())
    return Whole(value, end)


def add_decimals(text: str, value: float, end: int, unit: str, language: str) -> Whole | None:
    """Return a number with the decimals said behind its unit: 5秒3, 1米75, 3块5毛, 3斤2两, 1 Euro 50, 1m80.

    None where there are none, or where what follows counts something else: 5块钱3个, 2米2米.

    Args:
        text: The text.
        value: The value before the unit.
        end: Where the unit ends.
        unit: The unit of measure, or a currency's code.
        language: Language of the text; only where money is written so are two plain figures behind it cents.
    """
    if value != int(value):
        return None
    if match := _CENTS.match(text, end) if len(unit) == 3 and unit.isupper() else None:
        return _add(value, _read_cents(match["cents"]), match.end())
    mark = text[end - 1]
    found: re.Match[str] | None = None
    if unit == "CNY" and mark in "块元":
        found = _SMALL_COIN.match(text, end) or (_TENTHS.match(text, end) if mark == "块" else None)
    elif unit == "斤" and mark == "斤":
        found = _LIANG.match(text, end)
    elif mark in "米秒" and unit in ("m", "s"):
        found = _TENTHS.match(text, end)
    if found:
        tenths = found["tenths"].replace("两", "二")
        digits = tenths if tenths.isdigit() else "".join(f"{parse_chinese_number(sign):.0f}" for sign in tenths)
        cents = found.groupdict().get("cents") or ""
        digits += cents if cents.isdigit() or not cents else f"{parse_chinese_number(cents):.0f}"
        return _add(value, float(f"0.{digits}"), found.end()) if len(digits) == 1 or value < 100 else None
    if unit in _SPACED and (unit != "m" or (value < 10 and mark == "m")) and language not in ("en", "zh"):
        match = _HUNDREDTHS.match(text, end)
        return _add(value, float(match["cents"]) / 100, match.end()) if match else None
    return None


def _read_cents(written: str) -> float | None:
    if written.isdigit():
        return int(written) / 100
    return parse_english_number(written) / 100 if EN_WORDS.fullmatch(written) else None


def _add(value: float, rest: float | None, end: int) -> Whole | None:
    return None if rest is None else Whole(round(value + rest, 6), end)
