"""The numbers of a text one by one, in digits and in words, before it is known what belongs to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from streamdial.slots import measures
from streamdial.slots.figures import MOST_DIGITS, Figure, NumberStyle, find_figures
from streamdial.slots.numbers import EN_WORDS, ZH_WORDS, NumberMention, parse_chinese_number, parse_english_number
from streamdial.slots.scales import read_scale

_HALVES: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), value)
    for pattern, value in (
        (r"\bthree quarters? of an?(?=\s)", 0.75),
        (r"\b(?:a )?quarter (?:of an?|an?)?(?=\s?(?:hour|mile|pound|kilo|litre|liter)\b)", 0.25),
        (r"\b(?<!and a )half (?:an?|of an?|the)?(?=\s?[a-z])", 0.5),
        (r"\b(?:eine[nr]? )?halbe[nrs]?(?=\s)", 0.5),
        (r"\banderthalb(?=\s)", 1.5),
        (r"\b(?:une? )?demi(?=[-\s])", 0.5),
        (r"\bпол(?=часа\b)", 0.5),
        (r"\bполтор[аы]\b", 1.5),
        (r"(?<!个)半(?!天)", 0.5),
        (r"डेढ़(?=\s)", 1.5),
        (r"ढाई(?=\s)", 2.5),
        (r"½", 0.5),
        (r"¼", 0.25),
        (r"¾", 0.75),
    )
)
_AND_A_HALF = re.compile(r"\s(?:and a half|and one half)\b|(?<=\d)\s?½|个半(?=[^价折])", re.IGNORECASE)
_ONE_AND_A_HALF = re.compile(r"\ban? (?P<unit>[a-z]{3,6}) and a half\b", re.IGNORECASE)
_POINT = re.compile(r"\d+点\d+(?=\s?[万亿秒升度米公折])")
_ONE_OF = re.compile(
    r"[百千万]一$|[十百千万](?:[一二三四五六七八九]{1,2}一|[一二三四五六七八九][两二三四五六七八九])$|百[一二三四五六七八九]十一$"
)
"""Numbers before a counter whose last digit may be its own: 三百一晚, 三百八两晚."""
_COUNTERS = tuple("晚夜位间份桌人个")
_QUARTERS = re.compile(r"(?P<word>साढ़े|सवा|पौने)\s$")
_ADDED = {"साढ़े": 0.5, "सवा": 0.25, "पौने": -0.25}
"""Hindi says three and a half as साढ़े 3; the half counts in the scale behind."""
_FRACTION = re.compile(r"(?<![\d.,/])(?P<whole>\d+\s)?(?P<above>[1-9])/(?P<below>[2-9])(?![\d/])")
_DECADE = re.compile(
    r"(?<![零〇一二两三四五六七八九点])([一二两三四五六七八])([二两三四五六七八九])(?![零〇一二两三四五六七八九点])"
)
_RESOLUTION = re.compile(
    r"[kK][ -]?(?:ultra|video|screen|display|resolution|tv\b|uhd|hdr|monitor|camera|content|footage|stream"
    r"|超?高清|屏|分辨率|画质|画面|电视|视频|投影|显示器|蓝光)",
    re.IGNORECASE,
)
_WATT = re.compile(r"\s?(?P<sign>[Ww])(?![A-Za-z²\d])")


@dataclass(frozen=True)
class Part:
    """One number (五六 has two ends) with what belongs to it, as far as that is known; `reason` refuses it."""

    low: float
    high: float
    start: int
    end: int
    factor: float = 1.0
    scaled: bool = False
    negative: bool = False
    unit: str | None = None
    currency: str | None = None
    left: int = 0
    right: int = 0
    reason: str = ""
    kept: tuple[NumberMention, ...] = ()


def find_parts(
    text: str, style: NumberStyle | None, language: str, *, money: bool, classify: Callable[[str, int], str]
) -> Iterator[Part]:
    """Yield the numbers of a text, those in digits first; a later one may overlap an earlier one, which then counts.

    Args:
        text: A text.
        style: How its document writes numbers, where that is known.
        language: Its language.
        money: Whether only money can stand here.
        classify: As for `find_figures`.
    """
    figures = find_figures(text, style, language, classify)
    return chain((_read_digits(text, figure, language, money) for figure in figures), _find_words(text, language))


def find_fractions(text: str, language: str, money: bool) -> Iterator[Part]:
    """Yield what would else be a ratio or an hour: 1/2 hour, 3点9万."""
    for fraction in _FRACTION.finditer(text):
        if measures.find_measure(text, fraction.end(), language) and fraction["above"] < fraction["below"]:
            value = round(int(fraction["above"]) / int(fraction["below"]) + float(fraction["whole"] or 0), 6)
            yield Part(value, value, fraction.start(), fraction.end())
    for point in _POINT.finditer(text):
        yield _read_digits(text, Figure(float(point[0].replace("点", ".")), *point.span()), language, money)


def _read_digits(text: str, figure: Figure, language: str, money: bool) -> Part:
    if figure.value is None:
        return Part(0.0, 0.0, figure.start, figure.end, reason="ambiguous_number")
    if _RESOLUTION.match(text, figure.end):
        return Part(0.0, 0.0, figure.start, figure.end + 1, reason="resolution")
    if quarter := _QUARTERS.search(text[: figure.start]):
        figure = Figure(figure.value + _ADDED[quarter["word"]], quarter.start(), figure.end)
    assert figure.value is not None
    watt = _WATT.match(text, figure.end)
    scale = read_scale(text, figure.start, figure.end, figure.value, money=money, language=language)
    if scale == "ambiguous_number":
        return Part(0.0, 0.0, figure.start, watt.end() if watt else figure.end, reason="ambiguous_number")
    if isinstance(scale, str) or scale is None:
        part = Part(figure.value, figure.value, figure.start, figure.end)
        if scale == "W" and watt:
            return replace(part, unit="W", right=watt.end())
        half = _AND_A_HALF.match(text, figure.end)
        return _scale_half(text, part.start, part.low + 0.5, half.end()) if half else part
    return Part(scale.value, scale.value, figure.start, scale.end, scale.factor, scale.factor >= 1000)


def _find_words(text: str, language: str) -> Iterator[Part]:
    for match in _ONE_AND_A_HALF.finditer(text):
        if measure := measures.find_measure(text, match.start("unit"), language):
            yield Part(1.5, 1.5, match.start(), match.end(), unit=measure.unit)
    for pattern, value in _HALVES:
        for match in pattern.finditer(text):
            scale = read_scale(text, match.start(), match.end(), value, money=False)
            if scale is not None and not isinstance(scale, str):
                yield Part(scale.value, scale.value, match.start(), scale.end, scale.factor, scale.factor >= 1000)
            elif measures.find_measure(text, match.end(), language):
                yield Part(value, value, match.start(), match.end())
    for match in EN_WORDS.finditer(text):
        value, end, scaled = parse_english_number(match[0]), match.end(), "thousand" in match[0].lower()
        factor = next((f for word, f in _WORD_FACTORS if match[0].lower().endswith(word)), 1.0)
        scale = read_scale(text, match.start(), end, value, money=False, words=True)
        if scale is not None and not isinstance(scale, str):
            value, end, factor, scaled = scale.value, scale.end, scale.factor, scale.factor >= 1000
        if half := _AND_A_HALF.match(text, end):
            yield _scale_half(text, match.start(), value + 0.5, half.end())
            continue
        yield Part(value, value, match.start(), end, factor, scaled)
    yield from _find_chinese(text)


def _scale_half(text: str, start: int, value: float, end: int) -> Part:
    """Return a number and a half with the scale that may stand behind it: two and a half million."""
    scale = read_scale(text, start, end, value, money=False)
    if isinstance(scale, str) or scale is None:
        return Part(value, value, start, end)
    return Part(scale.value, scale.value, start, scale.end, scale.factor, scale.factor >= 1000)


def _find_chinese(text: str) -> Iterator[Part]:
    for match in ZH_WORDS.finditer(text):
        if match[0] in "百千万亿" or (match[0] == "零" and text.startswith("下", match.end())):
            continue  # 千万不要, 零下
        if len(match[0]) > MOST_DIGITS:
            continue
        words, end = match[0], match.end()
        counter = text[end : end + 1]
        counted = counter in _COUNTERS and _ONE_OF.search(words) and not _find_decade(words)
        # 一百二十一个人 are 121 people, and 一晚 is what a price is for.
        if counted and not (words.endswith("十一") and counter in "位人个"):
            words, last, end = words[:-1], words[-1], end - 1
            if last != "一":
                value = parse_chinese_number(last)
                yield Part(value, value, end, end + 1)
        low = high = parse_chinese_number(words)
        factor = {"万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2}.get(words[-1], 1.0)
        if pair := _find_decade(words):
            low, high = pair
        elif half := _AND_A_HALF.match(text, end):
            low, high, end = low + 0.5, high + 0.5, half.end()
        yield Part(low, high, match.start(), end, factor, "万" in words)


_WORD_FACTORS = (("hundred", 1e2), ("thousand", 1e3), ("million", 1e6))


def _find_decade(words: str) -> tuple[float, float] | None:
    """Return both ends of 五六 (five or six), 十五六万, 两三百; None where a number in words says one value."""
    match = _DECADE.search(words)
    if match is None:
        return None
    low, high = (words[: match.start()] + digit + words[match.end() :] for digit in (match[1], match[2]))
    first, second = parse_chinese_number(low), parse_chinese_number(high)
    tens = not set(words) & set("十百千万亿") and len(words) > 2
    return (
        (first, second)
        if first < second and not tens and parse_chinese_number(match[1]) + 1 == parse_chinese_number(match[2])
        else None
    )
