"""Quantities in cells, speech and chat: the whole of what stands there, with range, unit and currency, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeVar

from streamdial.patterns import compile_filtered
from streamdial.slots import currencies, measures
from streamdial.slots.currencies import UNSURE, CurrencyMention
from streamdial.slots.figures import NumberStyle, find_language_style
from streamdial.slots.measures import MeasureMention
from streamdial.slots.numbers import NumberMention
from streamdial.slots.parts import Part, find_fractions, find_parts
from streamdial.slots.refusals import Refusal, find_refusals
from streamdial.slots.rests import add_decimals
from streamdial.slots.scales import classify_scale
from streamdial.text import PIECE, cut_pieces

_ANY = compile_filtered(
    r"\d|[零〇一二两俩三四五六七八九十百千万亿半]|[½¼¾]"
    r"|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half"
    r"|quarter|quarters|halbe[nr]?|anderthalb|demi|полчаса|полтора|полторы|tausend|hundert)|डेढ़|ढाई",
    re.IGNORECASE,
)
_HALF_AFTER = re.compile(r"\s(?:and a half)\b|半(?![价折夜路天日])", re.IGNORECASE)
_DASH = r"[-–—−~～〜]"
_TO = r"to|till|through|bis|до|à|到|至"
_BETWEEN = re.compile(rf"\s*(?:{_DASH}|\b(?:{_TO})\b|到|至|\bसे\s)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:\band\b|\bund\b|\bet\b|и|和|与)\s*", re.IGNORECASE)
_OR = re.compile(r"\s+or\s+|、|或者?", re.IGNORECASE)
_OPENS = re.compile(r"(?:\bbetween|\bzwischen|\bentre|между|介于|在)\s*$", re.IGNORECASE)
_CLOSES = re.compile(r"\s*(?:之间|的?预算)")
_MINUS = re.compile(r"(?:(?:^|[\s(（\[:：$€£¥￥])[-−–]|\bminus\s|零下|负)$", re.IGNORECASE)
_GLUED = re.compile(r"(?![xX×]\s?\d)[A-Za-z]{1,4}(?![a-z])")
_PER_TIME = re.compile(r"(?:每小时|时速|每秒)(?:约|大概|是|为)?\s*$")
_JOINS = re.compile(r"\s*(?:,|and|und|et|零|又)?\s*", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:$|[.,!?;)]|tall\b|high\b|long\b|wide\b|and\b|or\b)", re.IGNORECASE)
_PRICED = re.compile(r"\b(?:price|costs?|fare|pay|paid|ticket|fee|budget|total)\b[^.!?]*$", re.IGNORECASE)
_WEIGHED = re.compile(r"\bweigh(?:s|t|ed)?\b[^.!?]*$", re.IGNORECASE)


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


Found = TypeVar("Found", Quantity, Refusal)


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


def _read(
    text: str, language: str, style: NumberStyle | None, money: bool
) -> tuple[tuple[Quantity, ...], tuple[Refusal, ...]]:
    """Return what a text holds; a long one is read piece by piece, so that the time grows with its length alone."""
    if len(text) <= PIECE:
        return _read_piece(text, language, style, money)
    quantities: list[Quantity] = []
    refusals: list[Refusal] = []
    for start, piece in cut_pieces(text):
        found, refused = _read_piece(piece, language, style, money)
        quantities += (_shift(quantity, start) for quantity in found)
        refusals += (_shift(refusal, start) for refusal in refused)
    return tuple(quantities), tuple(refusals)


def _shift(found: Found, by: int) -> Found:
    numbers = tuple(number._replace(start=number.start + by, end=number.end + by) for number in found.numbers)
    return found._replace(start=found.start + by, end=found.end + by, numbers=numbers)


@lru_cache(maxsize=16_384)
def _read_piece(
    text: str, language: str, style: NumberStyle | None, money: bool
) -> tuple[tuple[Quantity, ...], tuple[Refusal, ...]]:
    # The turns of a dialogue are looked through again at each turn after them.
    if not _ANY.search(text):
        return (), ()
    refusals = list(find_refusals(text))
    parts = list(find_fractions(text, language, money))
    refusals = [refusal for refusal in refusals if not _overlaps(parts, refusal.start, refusal.end)]
    style = style or find_language_style(language)

    def classify(text: str, place: int) -> str:
        if classify_scale(text, place):
            return "scale"
        if currencies.find_after(text, place, language):
            return "currency"
        measure = measures.find_measure(text, place, language)
        # No Chinese text writes 3,5公里; "3,5 km" is European.
        return "unit" if measure and text[measure.end - 1] < "\u3400" else ""

    for part in find_parts(text, style, language, money=money, classify=classify):
        if not _overlaps([*parts, *refusals], part.start, part.end):
            parts.append(part)
    attached: list[Part] = []
    for part in sorted(parts, key=lambda part: part.start):
        taken = attached[-1].right if attached else 0
        if part.start >= taken:
            attached.append(_attach(text, part, language, money, taken))
    quantities: list[Quantity] = []
    for found in _join_ranges(text, attached):
        if isinstance(found, Quantity):
            quantities.append(found)
        elif found.reason:
            surface = text[found.start : found.end]
            refusals.append(Refusal(found.start, found.end, surface, found.reason, _keep(found)))
        else:
            quantities.append(_build(text, found))
    return tuple(_join_units(text, quantities)), tuple(sorted(refusals, key=lambda refusal: refusal.start))


def _keep(part: Part) -> tuple[NumberMention, ...]:
    return part.kept if part.reason in ("name", "ambiguous_unit") else ()


def _overlaps(found: Iterable[Part | Refusal], start: int, end: int) -> bool:
    return any(other.start < end and start < other.end for other in found)


def _attach(text: str, part: Part, language: str, money: bool, taken: int) -> Part:
    """Return a part with the sign, currency and unit that stand beside it, behind what the part before has taken."""
    left, right = part.start, max(part.right, part.end)
    currency: str | None = None
    unit: str | None = None
    if part.unit or part.reason:
        return replace(part, left=left, right=right)
    before = currencies.find_before(text, part.start, language)
    if before and before.start < taken:
        before = None
    if before:
        currency, left = before.code, before.start
    minus = _MINUS.search(text[:left]) or (_MINUS.search(text[: part.start]) if before else None)
    if minus and minus.end() <= taken:
        minus = None
    negative = bool(minus)
    if minus:
        left = max(taken, min(left, minus.start() + (minus[0][0].isspace() or minus[0][0] in "(（[:：")))
    after, measure = _find_behind(text, part, left, language, money)
    if after:
        currency, right = _choose_currency(text, before, after), after.end
    elif measure and currency is None:
        unit, right = measure.unit, measure.end
        if half := _HALF_AFTER.match(text, right):
            value = part.low + 0.5
            part, right = replace(part, low=value, high=value), half.end()
    behind = after.code if after and currency == after.code else unit
    if behind and part.low == part.high and (whole := add_decimals(text, part.low, right, behind, language)):
        part, right = replace(part, low=whole.value, high=whole.value, end=whole.end), whole.end
    kept = (NumberMention(part.high, part.start, part.end, part.scaled),)
    if currency == UNSURE:
        return replace(part, left=left, right=right, start=left, end=right, reason="ambiguous_unit", kept=kept)
    if unit is None and currency is None and (glued := _GLUED.match(text, part.end)) and text[part.end - 1].isdigit():
        return replace(part, left=left, right=glued.end(), reason="name", kept=kept)  # 3D, 4WD, 100x
    return replace(part, left=left, right=right, currency=currency, unit=unit, negative=negative)


def _find_behind(
    text: str, part: Part, left: int, language: str, money: bool
) -> tuple[CurrencyMention | None, MeasureMention | None]:
    """Return the currency and the unit of measure that may stand behind a number."""
    after = currencies.find_after(text, part.end, language)
    measure = measures.find_measure(text, part.end, language)
    if after and after.code == UNSURE and text[after.start : after.end].lower().startswith("pound"):
        if money or _PRICED.search(text[: part.start]):
            after = after._replace(code="GBP")
        elif _WEIGHED.search(text[: part.start]):
            return None, MeasureMention("lb", after.end)
    if after and measure and measure.end > after.end:
        after = None  # 30 Sek. are seconds
    if measure and _PER_TIME.search(text[:left]):
        measure = measure._replace(unit={"km": "km/h", "mi": "mph", "m": "m/s"}.get(measure.unit, measure.unit))
    return after, measure


def _choose_currency(text: str, before: CurrencyMention | None, after: CurrencyMention) -> str:
    """Return the currency that two marks of one amount mean: "$30 CAD" is Canadian, "€30 CAD" is unsure."""
    if before is None or before.code == after.code:
        return after.code
    if after.code == UNSURE:
        return before.code
    return after.code if text[before.start : before.end].strip() in "$¥￥" else UNSURE


def _join_ranges(text: str, parts: list[Part]) -> Iterator[Quantity | Part]:
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


def _join(text: str, low: Part, high: Part) -> Quantity | Part | None:
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
        return Part(low.low, high.high, low.left, high.right, reason=low.reason or high.reason)
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


def _join_units(text: str, quantities: list[Quantity]) -> Iterator[Quantity]:
    """Yield the quantities, those in two units as one in the smaller: 1 h 30 is 90 min, 5 foot 8 is 68 inches."""
    last: Quantity | None = None
    for quantity in quantities:
        if last is not None and (joined := _add_units(text, last, quantity)):
            last = joined
            continue
        if last is not None:
            yield last
        last = quantity
    if last is not None:
        yield last


def _add_units(text: str, first: Quantity, second: Quantity) -> Quantity | None:
    gap = text[first.end : second.start]
    if first.unit is None and first.currency is None and gap == "分" and second.unit == "s":  # 5分30秒
        first, gap = first._replace(unit="min"), ""
    if first.unit is None or first.is_range or second.is_range or not _JOINS.fullmatch(gap):
        return None
    if first.unit == "h" and second.unit is None and text.startswith("分", second.end):  # 1小时30分
        second = second._replace(unit="min", end=second.end + 1)
    smaller = {"ft": "inch", "h": "min"}.get(first.unit)
    if smaller and second.unit is None and gap in ("", " ") and _ENDS.match(text, second.end):
        second = second._replace(unit=smaller)
    if second.unit is None or second.currency or second.unit == first.unit:
        return None
    larger = measures.convert_measure(1.0, first.unit, second.unit)
    if larger is None or not 0 <= second.low < larger or second.low != int(second.low):
        return None
    value = round(first.low * larger + second.low, 6)
    numbers, surface = (*first.numbers, *second.numbers), text[first.start : second.end]
    return Quantity(value, value, second.unit, None, first.start, second.end, surface, False, numbers)


def _build(text: str, part: Part) -> Quantity:
    sign = -1 if part.negative else 1
    low, high = sorted((sign * part.low, sign * part.high))
    # Five or six people need room for six.
    numbers = (NumberMention(sign * part.high, part.start, part.end, part.scaled),)
    return Quantity(
        low, high, part.unit, part.currency, part.left, part.right, text[part.left : part.right], part.scaled, numbers
    )
