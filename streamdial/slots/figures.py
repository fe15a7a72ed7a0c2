"""Figures in digits: which separators group and which begins the decimals, by evidence and never by a guess."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from streamdial.slots.currencies import DOT_GROUPING, SPACE_GROUPING, find_after, find_before

_THIN = "\u00a0\u2009\u202f"
_RUN = re.compile(rf"\d+(?:[.,'’](?=\d)\d+|，\d{{3}}(?!\d)|[{_THIN}]\d{{3}}(?!\d))*")
_SPACED = re.compile(r"(?:[ ]\d{3}(?!\d))+(?:[.,]\d{1,2}(?!\d))?(?![.,]?\d)")
_LETTER = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿĀ-žЀ-ӿ_]")
_BY_TWOS = re.compile(r"\d{1,2}(?:,\d{2})*,\d{3}")
_BY_THREES = re.compile(r"\d{1,3}(?:(?P<mark>[,.'’，\s])\d{3})(?:(?P=mark)\d{3})*")
_LISTED = re.compile(r"\d{1,2}(?:,\d{1,2}){2,}")

_STRONG = {
    ",": re.compile(r"(?<![\d.,])\d{1,3}(?:(?:\.\d{3})+,\d{1,2}|(?:\.\d{3}){2,})(?![\d.,]?\d)"),
    ".": re.compile(r"(?<![\d.,])\d{1,3}(?:(?:,\d{2,3})*,\d{3}\.\d{1,2}|(?:,\d{2,3})+,\d{3})(?![\d.,]?\d)"),
}
_WEAK = {
    ",": re.compile(r"(?<![\d.,/:])\d+,\d{1,2}(?![\d.,]?\d)"),
    ".": re.compile(r"(?<![\d.,/:])\d+\.\d{1,2}(?![\d.,]?\d)"),
}
_SPACES = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:[{_THIN}]\d{{3}}|(?:[ ]\d{{3}}){{2,}})(?!\d)")
_STRONG_WEIGHT = 10
MOST_DIGITS = 20
"""Maximum number of digits of a number: a longer row of them (666666...) counts nothing."""


@dataclass(frozen=True)
class NumberStyle:
    """How a document writes its numbers.

    Attributes:
        decimal: The mark before decimals, the other one groups; None where nothing shows it.
        spaces: Whether a plain space groups thousands.
    """

    decimal: Literal[".", ","] | None = None
    spaces: bool = False


class Figure(NamedTuple):
    """Digits in a text with their separators: the value, None where it may be two different ones, and the place."""

    value: float | None
    start: int
    end: int


def learn_number_style(texts: Iterable[str]) -> NumberStyle | None:
    """Return how the texts of one document write numbers; None where they show nothing.

    A figure with both marks ("68.490,00") or with two groups tells for sure; one with one or two decimals ("12,98")
    tells where nothing contradicts it.
    """
    seen: Counter[str] = Counter()
    spaces = False
    for text in texts:
        for mark in (",", "."):
            seen[mark] += _STRONG_WEIGHT * len(_STRONG[mark].findall(text)) + len(_WEAK[mark].findall(text))
        spaces = spaces or bool(_SPACES.search(text))
    decimal: Literal[".", ","] | None = None
    sure = {mark: seen[mark] >= _STRONG_WEIGHT for mark in (",", ".")}
    if seen[","] and (not seen["."] or (sure[","] and not sure["."])):
        decimal = ","
    elif seen["."] and (not seen[","] or (sure["."] and not sure[","])):
        decimal = "."
    return NumberStyle(decimal, spaces) if decimal or spaces else None


@lru_cache(maxsize=64)
def find_language_style(language: str) -> NumberStyle | None:
    """Return how a language writes numbers, after CLDR; None for English and Chinese, whose pages may be anybody's."""
    if language.partition("-")[0] in ("en", "zh"):
        return None
    from babel import Locale, UnknownLocaleError
    from babel.numbers import get_decimal_symbol, get_group_symbol

    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
    decimal = get_decimal_symbol(locale)
    return NumberStyle("," if decimal == "," else ".", get_group_symbol(locale) in (" ", *_THIN))


def find_figures(
    text: str, style: NumberStyle | None, language: str, classify: Callable[[str, int], str]
) -> Iterator[Figure]:
    """Yield the figures of a text in digits, each with all its groups and decimals.

    Args:
        text: A text.
        style: How its document writes numbers, where that is known.
        language: Its language.
        classify: Says what stands at a place of a text behind a figure: `scale`, `unit`, `currency` or nothing.
    """
    place = 0
    while match := _RUN.search(text, place):
        start, end = match.span()
        place = end
        before = text[start - 1] if start else ""
        currency = find_before(text, start, language)
        if before and _LETTER.match(before) and currency is None:
            continue  # SU7, Q5
        raw = match[0]
        if sum(sign.isdigit() for sign in raw) > MOST_DIGITS:
            continue
        if before == "." and currency is None:
            if start > 1 and not text[start - 2].isspace():
                continue  # ID.4
            start, raw = start - 1, f"0.{raw}"
        code, currency_text = (currency.code, text[currency.start : start]) if currency else ("", "")
        if raw.isdigit() and len(raw) <= 3 and raw[0] != "0" and (spaced := _SPACED.match(text, end)):
            place = spaced.end()
            known = bool(style and style.spaces) or code in SPACE_GROUPING
            known = known or _name_after(text, place, language) in SPACE_GROUPING
            clear = spaced[0].count(" ") > 1 and (len(raw) < 3 or bool(classify(text, place)))
            # A cell that is nothing else: "1 234 km".
            alone = not text[: start - len(currency_text)].strip() and len(text[place:].split()) <= 1
            if not (known or clear or alone):
                yield Figure(None, start, place)
                continue
            raw, end = raw + spaced[0], place
        if _LISTED.fullmatch(raw) and not _BY_TWOS.fullmatch(raw):
            for item in re.finditer(r"\d+", raw):
                yield Figure(float(item[0]), start + item.start(), start + item.end())
            continue
        kind = classify(text, end) or ("currency" if code else "")
        yield Figure(_read_figure(raw, style, code or _name_after(text, end, language), kind), start, end)


def _name_after(text: str, end: int, language: str) -> str:
    found = find_after(text, end, language)
    return found.code if found else ""


def _read_figure(raw: str, style: NumberStyle | None, currency: str, kind: str) -> float | None:
    """Return the value of digits with separators; None where they may be two values or are no number."""
    raw = re.sub(rf"[{_THIN}]", " ", raw)
    marks = [character for character in raw if not character.isdigit()]
    kinds = list(dict.fromkeys(marks))
    if not marks:
        return float(raw)
    if kinds[-1] in ".," and len(kinds) == 2 and marks.count(kinds[-1]) == 1:
        whole, _, decimals = raw.rpartition(kinds[-1])
        return float(f"{_join_groups(whole)}.{decimals}") if _is_grouped(whole) else None
    if len(kinds) > 1:
        return None
    mark = kinds[0]
    if mark not in ".," or len(marks) > 1:
        return float(_join_groups(raw)) if _is_grouped(raw) else None
    whole, _, decimals = raw.partition(mark)
    decimal = float(f"{whole}.{decimals}")
    known = style.decimal if style else None
    if len(decimals) != 3 or len(whole) > 3 or whole.startswith("0"):
        if mark == "." or known == "," or (known is None and kind and len(decimals) < 3):
            return decimal
        return None
    group = float(whole + decimals)
    if kind == "scale" and known is None:
        return decimal if mark == "." else None
    if mark == ",":
        # Money has no three decimals, and an English reader groups by commas.
        return decimal if known == "," and not currency else group
    if known is not None:
        return decimal if known == "." else group
    return group if currency in DOT_GROUPING else None


def _is_grouped(raw: str) -> bool:
    return bool(_BY_THREES.fullmatch(raw) or _BY_TWOS.fullmatch(raw) or raw.isdigit())


def _join_groups(raw: str) -> str:
    return re.sub(r"\D", "", raw)
