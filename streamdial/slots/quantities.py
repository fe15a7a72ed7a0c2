"""Quantities in cells, speech and chat: the whole of what stands there, with range, unit and currency, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

from streamdial.slots import currencies, measures
from streamdial.slots.figures import Figure, NumberStyle, find_figures, find_language_style
from streamdial.slots.numbers import EN_WORDS, ZH_WORDS, NumberMention, parse_chinese_number, parse_english_number
from streamdial.slots.refusals import Refusal, find_refusals
from streamdial.slots.scales import classify_scale, read_scale

_ANY = re.compile(
    r"\d|[零〇一二两俩三四五六七八九十百千万亿半]|[½¼¾]"
    r"|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half"
    r"|quarter|quarters|halbe[nr]?|anderthalb|demi|полчаса|полтора|полторы)",
    re.IGNORECASE,
)
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
        (r"½", 0.5),
        (r"¼", 0.25),
        (r"¾", 0.75),
    )
)
_AND_A_HALF = re.compile(r"\s(?:and a half|and one half)\b|(?<=\d)\s?½|个半(?=[^价折])", re.IGNORECASE)
_HALF_AFTER = re.compile(r"\s(?:and a half)\b|半(?![价折夜路天日])", re.IGNORECASE)
_ONE_AND_A_HALF = re.compile(r"\ban? (?P<unit>[a-z]{3,6}) and a half\b", re.IGNORECASE)
_POINT = re.compile(r"\d+点\d+(?=\s?[万亿秒升度米公折])")
_FRACTION = re.compile(r"(?P<whole>\d+\s)?(?P<above>[1-9])/(?P<below>[2-9])")
_DECADE = re.compile(
    r"(?<![零〇一二两三四五六七八九点])([一二两三四五六七八])([二三四五六七八九])(?![零〇一二两三四五六七八九点])"
)
_DASH = r"[-–—−~～〜]"
_TO = r"to|till|through|bis|до|à|到|至"
_BETWEEN = re.compile(rf"\s*(?:{_DASH}|\b(?:{_TO})\b|到|至)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:\band\b|\bund\b|\bet\b|и|和|与)\s*", re.IGNORECASE)
_OR = re.compile(r"\s+or\s+|、|或者?", re.IGNORECASE)
_OPENS = re.compile(r"(?:\bbetween|\bzwischen|\bentre|между|介于|在)\s*$", re.IGNORECASE)
_CLOSES = re.compile(r"\s*(?:之间|的?预算)")
_MINUS = re.compile(r"(?:(?:^|[\s(（\[:：$€£¥￥])[-−–]|\bminus\s|零下|负)$", re.IGNORECASE)
_GLUED = re.compile(r"(?![xX×]\s?\d)[A-Za-z]{1,4}(?![a-z])")
_RESOLUTION = re.compile(
    r"[kK][ -]?(?:ultra|video|screen|display|resolution|tv\b|uhd|hdr|monitor|camera|content|footage|stream"
    r"|超?高清|屏|分辨率|画质|画面|电视|视频|投影|显示器|蓝光)",
    re.IGNORECASE,
)
_PRICED = re.compile(r"\b(?:price|costs?|fare|pay|paid|ticket|fee|budget|total)\b[^.!?]*$", re.IGNORECASE)
_WEIGHED = re.compile(r"\bweigh(?:s|t|ed)?\b[^.!?]*$", re.IGNORECASE)
_WATT = re.compile(r"\s?(?P<sign>[Ww])(?![A-Za-z²\d])")


class Quantity(NamedTuple):
    """A quantity in a text.

    Attributes:
        low: The value, or the lower end of a range.
        high: The same, or the upper end.
        unit: Name of the unit of measure (`km`, `h`, `%`), None where none is written or people and seats are counted.
        currency: ISO code of the currency written beside it, None where none is.
        start: Its place in characters, sign and currency included.
        end: Where it ends, unit and currency included.
        surface: The words.
        scaled: Whether a scale of a thousand or more was written (k, 万, lakh).
        numbers: Its number, or the two of a range, without unit and currency.
    """

    low: float
    high: float
    unit: str | None
    currency: str | None
    start: int
    end: int
    surface: str
    scaled: bool
    numbers: tuple[NumberMention, ...]

    @property
    def is_range(self) -> bool:
        """Whether it has two ends."""
        return self.low != self.high


@dataclass(frozen=True)
class _Part:
    """One number with what belongs to it."""

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


def read_quantities(
    text: str, *, language: str = "en", style: NumberStyle | None = None, money: bool = False
) -> tuple[tuple[Quantity, ...], tuple[Refusal, ...]]:
    """Return the quantities of a text in order, and the figures that are none or cannot be told, without overlaps.

    A number is read with all its groups, decimals and scale, a range with both ends (the scale of the end holds for the
    beginning: 12.98-16.98万), or it is refused with a reason; nothing is read in part.

    Args:
        text: A cell, a sentence or a message.
        language: Its language as a BCP 47 code; the marks of other languages than English and Chinese are known by it.
        style: How the document writes numbers, where that is known: it decides what 1.234 is.
        money: Whether only money can stand here, so that 950W is 950万 and "300 pounds" sterling.
    """
    return _read(text, language, style, money)


def find_numbers(text: str, *, language: str = "en", style: NumberStyle | None = None) -> list[NumberMention]:
    """Return the numbers of a text in order, in digits or in words of either language, without overlaps.

    A range gives both its ends; dates, clock times, ratios and names give the whole numbers in them. What may be two
    values ("1.234" where nothing shows what the dot is) and what is no number (3.5.1, a phone number) gives none.

    Args:
        text: Any text; groups, decimals, k, 千, 万, lakh, thousand and 28万5 are understood.
        language: Its language.
        style: How its document writes numbers, where that is known.
    """
    quantities, refusals = _read(text, language, style, False)
    found = [number for quantity in quantities for number in quantity.numbers]
    found += [number for refusal in refusals for number in refusal.numbers]
    return sorted(found, key=lambda number: number.start)


def has_unread_figures(text: str) -> bool:
    """Tell whether a text has figures that `find_numbers` cannot give: a phone number, a version, an ambiguous number.

    Who must not tell a number that is not known may tell none of these either.
    """
    return any(not refusal.numbers for refusal in _read(text, "en", None, False)[1])


@lru_cache(maxsize=16_384)
def _read(
    text: str, language: str, style: NumberStyle | None, money: bool
) -> tuple[tuple[Quantity, ...], tuple[Refusal, ...]]:
    # The turns of a dialogue are looked through again at each turn after them.
    if not _ANY.search(text):
        return (), ()
    refusals = list(find_refusals(text))
    parts = list(_find_special(text, language, money))
    refusals = [refusal for refusal in refusals if not _overlaps(parts, refusal.start, refusal.end)]
    style = style or find_language_style(language)

    def classify(text: str, place: int) -> str:
        if classify_scale(text, place):
            return "scale"
        if currencies.find_after(text, place, language):
            return "currency"
        return "unit" if measures.find_measure(text, place, language) else ""

    figures = find_figures(text, style, language, classify)
    for part in chain((_read_digits(text, f, language, money) for f in figures), _find_words(text, language)):
        if not _overlaps([*parts, *refusals], part.start, part.end):
            parts.append(part)
    parts = [_attach(text, part, language, money) for part in sorted(parts, key=lambda part: part.start)]
    quantities: list[Quantity] = []
    for found in _join_ranges(text, parts):
        if isinstance(found, Quantity):
            quantities.append(found)
        elif found.reason:
            surface = text[found.start : found.end]
            refusals.append(Refusal(found.start, found.end, surface, found.reason, _keep(found)))
        else:
            quantities.append(_build(text, found))
    return tuple(quantities), tuple(sorted(refusals, key=lambda refusal: refusal.start))


def _find_special(text: str, language: str, money: bool) -> Iterator[_Part]:
    """Yield what would else be a ratio or an hour: 1/2 hour, 3点9万."""
    for fraction in _FRACTION.finditer(text):
        if measures.find_measure(text, fraction.end(), language) and fraction["above"] < fraction["below"]:
            value = round(int(fraction["above"]) / int(fraction["below"]) + float(fraction["whole"] or 0), 6)
            yield _Part(value, value, fraction.start(), fraction.end())
    for point in _POINT.finditer(text):
        yield _read_digits(text, Figure(float(point[0].replace("点", ".")), *point.span()), language, money)


def _keep(part: _Part) -> tuple[NumberMention, ...]:
    return part.kept if part.reason in ("name", "ambiguous_unit") else ()


def _overlaps(found: Iterable[_Part | Refusal], start: int, end: int) -> bool:
    return any(other.start < end and start < other.end for other in found)


def _read_digits(text: str, figure: Figure, language: str, money: bool) -> _Part:
    if figure.value is None:
        return _Part(0.0, 0.0, figure.start, figure.end, reason="ambiguous_number")
    if _RESOLUTION.match(text, figure.end):
        return _Part(0.0, 0.0, figure.start, figure.end + 1, reason="resolution")
    watt = _WATT.match(text, figure.end)
    scale = read_scale(text, figure.start, figure.end, figure.value, money=money, language=language)
    if scale == "ambiguous_number":
        return _Part(0.0, 0.0, figure.start, watt.end() if watt else figure.end, reason="ambiguous_number")
    if isinstance(scale, str) or scale is None:
        part = _Part(figure.value, figure.value, figure.start, figure.end)
        if scale == "W" and watt:
            return replace(part, unit="W", right=watt.end())
        half = _AND_A_HALF.match(text, figure.end)
        return replace(part, low=part.low + 0.5, high=part.high + 0.5, end=half.end()) if half else part
    return _Part(scale.value, scale.value, figure.start, scale.end, scale.factor, scale.factor >= 1000)


def _find_words(text: str, language: str) -> Iterator[_Part]:
    for match in _ONE_AND_A_HALF.finditer(text):
        if measure := measures.find_measure(text, match.start("unit"), language):
            yield _Part(1.5, 1.5, match.start(), match.end(), unit=measure.unit)
    for pattern, value in _HALVES:
        for match in pattern.finditer(text):
            scale = read_scale(text, match.start(), match.end(), value, money=False)
            if scale is not None and not isinstance(scale, str):
                yield _Part(scale.value, scale.value, match.start(), scale.end, scale.factor, scale.factor >= 1000)
            elif measures.find_measure(text, match.end(), language):
                yield _Part(value, value, match.start(), match.end())
    for match in EN_WORDS.finditer(text):
        value, end, scaled = parse_english_number(match[0]), match.end(), "thousand" in match[0].lower()
        factor = next((f for word, f in _WORD_FACTORS if match[0].lower().endswith(word)), 1.0)
        scale = read_scale(text, match.start(), end, value, money=False, words=True)
        if scale is not None and not isinstance(scale, str):
            value, end, factor, scaled = scale.value, scale.end, scale.factor, scale.factor >= 1000
        if half := _AND_A_HALF.match(text, end):
            value, end = value + 0.5, half.end()
        yield _Part(value, value, match.start(), end, factor, scaled)
    for match in ZH_WORDS.finditer(text):
        if match[0] in "百千万亿" or (match[0] == "零" and text.startswith("下", match.end())):
            continue  # 千万不要, 零下
        low = high = parse_chinese_number(match[0])
        factor = {"万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2}.get(match[0][-1], 1.0)
        end = match.end()
        if pair := _find_decade(match[0]):
            low, high = pair
        elif half := _AND_A_HALF.match(text, end):
            low, high, end = low + 0.5, high + 0.5, half.end()
        yield _Part(low, high, match.start(), end, factor, "万" in match[0])


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


def _attach(text: str, part: _Part, language: str, money: bool) -> _Part:
    """Return a part with the sign, currency and unit that stand beside it."""
    left, right = part.start, max(part.right, part.end)
    if part.unit:
        return replace(part, left=left, right=right)
    currency: str | None = part.currency
    unit = part.unit
    if part.reason:
        return replace(part, left=left, right=right)
    if before := currencies.find_before(text, part.start, language):
        currency, left = before.code, before.start
    minus = _MINUS.search(text[:left]) or (_MINUS.search(text[: part.start]) if before else None)
    negative = bool(minus)
    if minus:
        left = min(left, minus.start() + (minus[0][0].isspace() or minus[0][0] in "(（[:："))
    after = currencies.find_after(text, part.end, language) if unit is None else None
    measure = measures.find_measure(text, part.end, language) if unit is None else None
    if after and after.code == currencies.UNSURE and text[after.start : after.end].lower().startswith("pound"):
        if money or _PRICED.search(text[: part.start]):
            after = after._replace(code="GBP")
        elif _WEIGHED.search(text[: part.start]):
            measure, after = measures.MeasureMention("lb", after.end), None
    if after and (currency is None or after.code in (currency, currencies.UNSURE)):
        currency, right = currency or after.code, after.end
    elif after and currency not in (None, after.code):
        # "$30,000 CNY" and A$/AUD: the longer name says it, two different ones are refused.
        same = text[before.start : part.start].strip() in "$¥￥" if before else False
        currency, right = (after.code, after.end) if same else (currencies.UNSURE, after.end)
    elif measure and currency is None:
        unit, right = measure.unit, measure.end
        if half := _HALF_AFTER.match(text, right):
            value = part.low + 0.5
            part, right = replace(part, low=value, high=value), half.end()
    kept = (NumberMention(part.high, part.start, part.end, part.scaled),)
    if currency == currencies.UNSURE:
        return replace(part, left=left, right=right, start=left, end=right, reason="ambiguous_unit", kept=kept)
    if unit is None and currency is None and (glued := _GLUED.match(text, part.end)) and text[part.end - 1].isdigit():
        return replace(part, left=left, right=glued.end(), reason="name", kept=kept)  # 3D, 4WD, 100x
    return replace(part, left=left, right=right, currency=currency, unit=unit, negative=negative)


def _join_ranges(text: str, parts: list[_Part]) -> Iterator[Quantity | _Part]:
    """Yield the parts, two of them as one quantity where they are the ends of a range."""
    skip = False
    for part, following in pairwise([*parts, None]):
        if skip:
            skip = False
            continue
        assert part is not None
        joined = _join(text, part, following) if following is not None else None
        if joined is not None:
            skip = True
            yield joined
        else:
            yield part


def _join(text: str, low: _Part, high: _Part) -> Quantity | _Part | None:
    gap = text[low.right : high.left]
    dashed = re.fullmatch(rf"\s*{_DASH}\s*", text[low.right : high.start]) is not None or (
        high.negative and re.fullmatch(rf"\s*{_DASH}", text[low.right : high.left + 1]) is not None
    )
    between = _AND.fullmatch(gap) and (_OPENS.search(text[: low.left]) or _CLOSES.match(text, high.right))
    either = _OR.fullmatch(gap) and high.low - low.low == 1 and low.low == int(low.low)
    if not (dashed or _BETWEEN.fullmatch(gap) or between or either):
        return None
    if low.reason == "name" or high.reason == "name" or low.low != low.high or high.low != high.high:
        return None
    if low.reason or high.reason:
        return _Part(low.low, high.high, low.left, high.right, reason=low.reason or high.reason)
    if high.negative and dashed:
        high = replace(high, negative=False)
    first, factor = low.low, high.factor
    if low.factor == 1.0 and factor > 1.0 and low.low * factor <= high.low and low.unit is None:
        first = round(low.low * factor, 6)
    unit, currency = high.unit or low.unit, high.currency or low.currency
    if {low.currency, high.currency} - {None, currency} or (currency and unit):
        return None
    if low.unit and high.unit and low.unit != high.unit:
        converted = measures.convert_measure(first, low.unit, high.unit)
        if converted is None:
            return None
        first = converted
    ends = (-first if low.negative else first, -high.high if high.negative else high.high)
    if ends[0] >= ends[1]:
        if not (low.negative and high.negative):
            return None
        ends = (ends[1], ends[0])
    shared = first != low.low and low.unit is None
    numbers = (
        NumberMention(ends[0], low.start, low.end, low.scaled or (shared and high.scaled)),
        NumberMention(ends[1], high.start, high.end, high.scaled),
    )
    scaled = numbers[0].scaled or numbers[1].scaled
    return Quantity(
        ends[0], ends[1], unit, currency, low.left, high.right, text[low.left : high.right], scaled, numbers
    )


def _build(text: str, part: _Part) -> Quantity:
    sign = -1 if part.negative else 1
    low, high = sorted((sign * part.low, sign * part.high))
    # Five or six people need room for six.
    numbers = (NumberMention(sign * part.high, part.start, part.end, part.scaled),)
    return Quantity(
        low, high, part.unit, part.currency, part.left, part.right, text[part.left : part.right], part.scaled, numbers
    )
