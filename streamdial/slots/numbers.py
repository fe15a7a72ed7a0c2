"""Numbers in words, in English and Chinese, and numbers as canonical values."""

from __future__ import annotations

import re
from typing import NamedTuple

_ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_ZH_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "俩": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_ZH_UNITS = {"十": 10, "百": 100, "千": 1000}
_WORD = "|".join(sorted(_ONES, key=len, reverse=True))
_UNIT_WORD = "hundred|thousand|million"
# "And" joins only after a unit: "three hundred and ninety" is one number, "five and six" are two.
EN_WORDS = re.compile(
    rf"\b(?:(?:{_UNIT_WORD})(?:[\s-]+(?:and[\s-]+)?(?=(?:{_WORD}|{_UNIT_WORD})\b))?"
    rf"|(?:{_WORD})(?:[\s-]+(?=(?:{_WORD}|{_UNIT_WORD})\b))?)+"
    rf"(?:\s+point\s+(?:{_WORD})(?:\s+(?:{_WORD}))*)?\b",
    re.IGNORECASE,
)
ZH_WORDS = re.compile(
    r"(?:[零〇一二两俩三四五六七八九十百万亿]|千(?![米瓦克卡]))+(?:点[零〇一二三四五六七八九]+)?[万亿]?"
)
_SCALES = {"万": 10_000, "亿": 100_000_000}


class NumberMention(NamedTuple):
    """A number in a text: its value, its place in characters, and whether it was scaled (k, 万, thousand).

    The place is that of the number with its scale, without unit or currency.
    """

    value: float
    start: int
    end: int
    scaled: bool


def parse_english_number(words: str) -> float:
    """Return the value of an English number in words: "three hundred and ninety" is 390.

    Two groups of tens in a row are read as people say prices: "thirty eight nine hundred" is 38900.
    """
    text, _, decimals = words.lower().replace("-", " ").partition(" point ")
    total, pending, group = 0, 0, 0
    for word in text.split():
        if word == "hundred":
            group = max(group, 1) * 100
        elif word == "thousand":
            total += max(group, 1) * 1_000
            group = 0
        elif word == "million":
            total += max(group, 1) * 1_000_000
            group = 0
        elif word in _ONES:
            value = _ONES[word]
            joins = group % 100 == 0 or (value < 10 and group % 10 == 0 and group % 100 >= 20)
            if joins:
                group += value
            else:
                pending, group = group, value
    group += pending * (1_000 if group >= 100 else 100)
    digits = "".join(str(_ONES[word]) for word in decimals.split() if _ONES.get(word, 10) < 10)
    return float(f"{total + group}.{digits}") if digits else float(total + group)


def spell_number_pattern() -> str:
    """Return the pattern of one English number below a hundred in words: nine, nineteen, ninety-nine."""
    tens = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    ones = "one|two|three|four|five|six|seven|eight|nine"
    return rf"(?:(?:{tens})[\s-](?:{ones})|{_WORD})(?![a-z])"


def list_readings(words: str) -> list[float]:
    """Return what an English number in words may mean as a price, the plainest reading first.

    Prices are said in groups: "twenty-eight nine" is 28.9 thousand, 289 or 28.9; "nineteen fifty" is 19.50 or 1950;
    "two forty nine nine" 249.9 thousand. A number with hundred or thousand in its right place has one reading;
    words that are no number have none.
    """
    tokens = [word for word in re.split(r"[\s-]+", words.lower()) if word not in ("and", "")]
    tokens = ["thousand" if word == "grand" else word for word in tokens]
    groups: list[int] = []
    if any(token not in _ONES and token not in ("hundred", "thousand", "million") for token in tokens):
        return []
    for token in tokens:
        if token in ("hundred", "thousand", "million"):
            return [parse_english_number(" ".join(tokens))]
        value = _ONES[token]
        if groups and value < 10 and groups[-1] >= 20 and groups[-1] % 10 == 0 and value:
            groups[-1] += value
        else:
            groups.append(value)
    if len(groups) < 2:
        return [float(value) for value in groups]
    plain = float("".join(str(value) for value in groups)) if all(value < 100 for value in groups[1:]) else None
    thousands: list[float] = []
    for cut in range(1, len(groups)):
        first, rest = groups[:cut], groups[cut:]
        if len(first) > 2 or len(rest) > 2 or (len(first) == 2 and first[0] > 9):
            continue
        high = first[0] * 100 + first[1] if len(first) == 2 else first[0]
        low = rest[0] * 100 + (rest[1] if len(rest) == 2 else 0) if rest[0] < 10 else None
        if (low is not None and len(rest) == 1) or (low is not None and len(rest) == 2 and rest[1] >= 10):
            thousands.append(float(high * 1000 + low))
    decimal = [float(f"{groups[0]}.{groups[1]}")] if len(groups) == 2 and groups[1] >= 10 else []
    return list(dict.fromkeys([*([plain] if plain else []), *thousands, *decimal]))


def parse_chinese_number(text: str) -> float:
    """Return the value of a Chinese number: 二十八万九 is 289000, 三点九 is 3.9, 三百八 is 380."""
    whole, _, decimals = text.partition("点")
    scale = 1
    if decimals and decimals[-1] in "万亿":
        scale = _SCALES[decimals[-1]]
        decimals = decimals[:-1]
    total, section, digit, last_unit = 0, 0, 0, 1
    if not any(character in "十百千万亿" for character in whole):
        digits = [_ZH_DIGITS[character] for character in whole]
        if len(digits) == 2 and not decimals and digits[0] and digits[1] == digits[0] + 1:
            digits = digits[1:]  # 五六个人 are five or six people, not 56
        value = int("".join(map(str, digits)) or "0")
    else:
        for character in whole:
            if character in _ZH_DIGITS:
                digit = _ZH_DIGITS[character]
                if character in "零〇":
                    last_unit = 10
            elif character in _ZH_UNITS:
                section += (digit or 1) * _ZH_UNITS[character]
                last_unit, digit = _ZH_UNITS[character], 0
            else:
                scaled = section + digit
                # 一亿二千万 adds the second part, 三万亿 multiplies the first.
                larger = total >= _SCALES[character]
                total = total + scaled * _SCALES[character] if larger else (total + scaled) * _SCALES[character]
                section, digit, last_unit = 0, 0, _SCALES[character]
        # 三百八 means 380 and 二十八万九 means 289000: a last digit counts in the unit below.
        value = total + section + digit * (last_unit // 10 if last_unit >= 100 else 1)
    return (
        round(float(f"{value}.{''.join(str(_ZH_DIGITS[character]) for character in decimals)}") * scale, 6)
        if decimals
        else float(value * scale)
    )


def format_number(value: float) -> str:
    """Return a number as canonical slot value: no exponent, no trailing zeros, no separators."""
    return str(int(value)) if value == int(value) else f"{value:.4f}".rstrip("0").rstrip(".")
