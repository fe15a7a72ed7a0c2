"""Finds slot values and questions about slots in a text, by the domain pack's schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from streamdial.domains import DomainPack, Slot
from streamdial.patterns import compile_filtered
from streamdial.records import Language
from streamdial.slots.cells import choose_bound, is_comparable
from streamdial.slots.clocks import find_dates, find_times
from streamdial.slots.measures import convert_measure, name_measure
from streamdial.slots.numbers import format_number
from streamdial.slots.purposes import find_charges, find_price_part, find_use
from streamdial.slots.quantities import Quantity, read_quantities
from streamdial.slots.short_names import find_aliases, list_short_names
from streamdial.text import contains_phrase, cut_pieces, find_phrase

_NEGATION = re.compile(
    r"(?:\b(?:not|no|don'?t want|without) (?:an? )?|不要|不想要|(?<![特级区类分性个])别|不是|不考虑)$"
)
_PEOPLE = re.compile(r"\b(?:family|party|group|table|room) (?:of|for)\s*$", re.IGNORECASE)
MIN_BARE_AMOUNT = 20
"""A smaller number without a unit is no price, whatever stands beside it."""
_MONEY_BEFORE = compile_filtered(
    r"(?:\b(?:budget|price|costs?|under|max|maximum|below|pay)(?: is| of| around| about| at)?:?"
    r"|预算|价格?|售价|只要|一晚|每晚|直播间|不超过|人均|套餐|控制在)(?:大概|大约|是|在|:|:)?\s*$"
)
_MONEY_AFTER = re.compile(r"\s*(?:以内|以下|之内|左右|一晚|每晚|or less|tops\b|max\b|(?:a|per) night\b)")
_RATE_BEFORE = re.compile(r"[\d元块万钱]\s*$")
_RATE_AFTER = re.compile(r"(?:要|是|大概|大约|才|只要)*\s*(?:[\d¥￥]|多少|几百|什么价|预算)")
_VAGUE = ("how much", "多少钱", "how many", "几")
"""Asking phrases that mean their slot only where no other one is named."""
_DIGIT = re.compile(r"\d")
_WEEKDAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?", re.IGNORECASE)
_STEM = re.compile(r"(?:ing|es|s|e|y)$")
_COUNTED_AFTER = re.compile(
    r"\s*(?:像素|粉丝?(?![\w])|播放|次|辆|人(?!民币)|用户|个赞|赞|票|转"
    r"|(?:mega)?pixels?\b|followers\b|views\b|subs\b|subscribers\b|fans\b|people\b|likes\b|rpm\b|mah\b)"
)
"""Behind a scaled number that counts something: 200万像素, "50k followers"."""


class SlotMention(NamedTuple):
    """A slot value in a text: canonical value, unit where it has one, place in characters, words used.

    The value of a range is the end that bounds a wish: the upper one of a budget, the lower one of seats.
    """

    slot: str
    value: str
    unit: str | None
    start: int
    end: int
    surface: str
    is_range: bool = False


class SlotReader:
    """Reads texts of one domain.

    Args:
        pack: The domain pack.
        language: Language of the texts; decides what a bare amount of money is counted in.
        entities: Names of what is sold, as profile and pages write them.
    """

    def __init__(self, pack: DomainPack, language: Language, entities: Iterable[str] = ()) -> None:
        self.pack = pack
        self.language = language
        names = sorted(set(entities), key=lambda name: (-len(name), name))
        aliases = find_aliases(names)
        self.entities = tuple(name for name in names if name not in aliases)
        spelled = {**list_short_names(self.entities), **{name: name for name in self.entities}, **aliases}
        self._names = sorted(spelled.items(), key=lambda pair: (-len(pair[0]), pair[0]))
        self._by_unit: list[tuple[str, str, str]] = []
        self._values: list[tuple[str, str, str]] = []
        self._money = [name for name, slot in pack.slots.items() if slot.type == "money"]
        self._asks: list[tuple[str, str]] = []
        self._booking = {
            kind: next((name for name, slot in pack.slots.items() if slot.type == kind), None)
            for kind in ("date", "time")
        }
        for name, slot in pack.slots.items():
            for unit, spellings in slot.units.items():
                self._by_unit += [(spelling.lower(), name, unit) for spelling in spellings]
            for value, texts in slot.values.items():
                self._values += [(text.lower(), name, value) for spelled in texts.values() for text in spelled]
            self._asks += [
                (spelled, name)
                for phrases in slot.ask.values()
                for phrase in phrases
                for spelled in _list_numbers(phrase.lower(), slot)
            ]
        for table in (self._by_unit, self._values, self._asks):
            table.sort(key=lambda row: -len(row[0]))

    def find_values(self, text: str) -> list[SlotMention]:
        """Return the slot values a text states, in order and without overlaps.

        Values right after a negation ("not electric", 不要油车) are left out, and so is what cannot be read whole, has
        a unit that the slot's has nothing to do with, or is of something else, as `list_unclear` tells.
        """
        return list(_find_values(self, text))

    def _find_all(self, text: str) -> Iterator[SlotMention]:
        for start, piece in cut_pieces(text):
            for mention in self._find_values(piece):
                yield mention._replace(start=mention.start + start, end=mention.end + start) if start else mention

    def _find_values(self, text: str) -> list[SlotMention]:
        lower = text.lower()
        taken, _ = self._read_amounts(text, lower)
        self._find_categories(text, lower, taken, self._values)
        return sorted(taken, key=lambda mention: mention.start)

    def list_unclear(self, text: str) -> Iterator[str]:
        """Yield a reason for each number of a text that is left out.

        Those of refusals that begin with `ambiguous`; `not_the_price` (a deposit, a discount, a monthly rate),
        `other_use` (a day's drive, the distance of a warranty), `part_of_a_charge` ("200 km in 15 minutes"), where
        the pack has no slot for such a thing.
        """
        for refusal in read_quantities(text, language=self.language)[1]:
            if refusal.reason.startswith("ambiguous"):
                yield refusal.reason
        for _, piece in cut_pieces(text):
            yield from self._read_amounts(piece, piece.lower())[1]

    def find_entities(self, text: str) -> tuple[str, ...]:
        """Return the names of what is sold that a text mentions, each once, in order."""
        taken: list[SlotMention] = []
        self._find_entities(text, text.lower(), taken)
        return tuple(dict.fromkeys(mention.value for mention in sorted(taken, key=lambda mention: mention.start)))

    def find_asks(self, text: str) -> tuple[str, ...]:
        """Return the slots whose asking phrases stand in a text, each once, in the order of their phrases."""
        lower = text.lower()
        found: dict[str, int] = {}
        vague: set[str] = set()
        covered: list[tuple[int, int]] = []
        for phrase, name in self._asks:
            place = find_phrase(lower, phrase)
            if place is None or any(start <= place and place + len(phrase) <= end for start, end in covered):
                continue
            covered.append((place, place + len(phrase)))
            if name not in found and phrase in _VAGUE:
                vague.add(name)
            elif phrase not in _VAGUE:
                vague.discard(name)
            found.setdefault(name, place)
        # "How much down payment" asks for the down payment, not for the price.
        named = [name for name in found if name not in vague] or list(found)
        return tuple(sorted(named, key=lambda name: found[name]))

    def _find_entities(self, text: str, lower: str, taken: list[SlotMention]) -> None:
        slot = self.pack.entity_slot
        for spelled, name in self._names:
            start = 0
            while (place := find_phrase(lower, spelled.lower(), start)) is not None:
                end = place + len(spelled)
                if not _is_taken(taken, place, end):
                    taken.append(SlotMention(slot, name, None, place, end, text[place:end]))
                start = end

    def _find_dates_and_times(self, text: str, taken: list[SlotMention]) -> None:
        for kind, matches in (("date", find_dates(text)), ("time", find_times(text))):
            slot = self._booking[kind]
            for match in matches:
                if slot and not _is_taken(taken, match.start(), match.end()):
                    value = match[0].capitalize() if _WEEKDAY.fullmatch(match[0]) else match[0]
                    taken.append(SlotMention(slot, value, None, match.start(), match.end(), match[0]))

    def _read_amounts(self, text: str, lower: str) -> tuple[list[SlotMention], list[str]]:
        """Return names, dates and amounts, and a reason for each amount that is of something else."""
        taken: list[SlotMention] = []
        reasons: list[str] = []
        self._find_entities(text, lower, taken)
        self._find_dates_and_times(text, taken)
        # Where the pack has 4K as a value it is no price.
        self._find_categories(text, lower, taken, [row for row in self._values if _DIGIT.search(row[0])])
        charges = list(find_charges(lower))
        for quantity in read_quantities(text, language=self.language)[0]:
            if quantity.low < 0 or _is_taken(taken, quantity.numbers[0].start, quantity.numbers[-1].end):
                continue
            mention = self._read_unit(text, lower, quantity) or self._read_money(text, lower, quantity)
            if mention is None or _is_taken(taken, mention.start, mention.end):
                continue
            settled = self._settle(lower, mention, charges)
            if isinstance(settled, str):
                reasons.append(settled)
            else:
                taken.append(settled)
        return taken, reasons

    def _settle(self, lower: str, mention: SlotMention, charges: list[tuple[int, int]]) -> SlotMention | str:
        """Return an amount under the slot it is of by the words beside it, or the reason why the pack has none."""
        slot = self.pack.slots[mention.slot]
        if slot.type == "quantity" and any(start <= mention.start < end for start, end in charges):
            return "part_of_a_charge"
        words: tuple[str, ...] = ()
        if slot.type == "money" and (word := find_price_part(lower, mention.start, mention.end)):
            words, reason = (word,), "not_the_price"
        elif slot.type == "quantity" and mention.unit:
            words, reason = find_use(lower, mention.start, mention.end, name_measure(mention.unit)), "other_use"
        if not words or _calls(slot, words):
            return mention
        units = slot.type == "quantity"
        owner = next(
            (
                name
                for name, other in self.pack.slots.items()
                if other.type == slot.type and _calls(other, words) and (not units or mention.unit in other.units)
            ),
            None,
        )
        return mention._replace(slot=owner) if owner else reason

    def _read_unit(self, text: str, lower: str, quantity: Quantity) -> SlotMention | None:
        first, last = quantity.numbers[0].start, quantity.numbers[-1].end
        gap = re.compile(r"[\s-]?").match(text, last)
        start = gap.end() if gap else last
        candidates = []
        for spelling, name, unit in self._by_unit:
            end = start + len(spelling)
            if lower.startswith(spelling, start) and not _continues(lower, spelling, end):
                candidates.append((len(spelling), name, unit, end))
        if not candidates or quantity.currency:
            if quantity.unit:
                return self._convert(lower, quantity)
            if _PEOPLE.search(lower[:first]) and not quantity.currency and (slot := self._find_count_slot()):
                default = next(iter(self.pack.slots[slot].units), None)
                return self._build(slot, quantity, default, first, last, text)
            return None
        if text[first:last] == "一" and _is_rate(lower, first, max(row[3] for row in candidates)):
            return None
        longest = max(candidates)[0]
        if quantity.unit and quantity.end > max(row[3] for row in candidates):
            return self._convert(lower, quantity)  # "5 minutes" is no number of m
        best = [row for row in candidates if row[0] == longest]
        _, name, unit, end = next((row for row in best if self._is_named(lower, self.pack.slots[row[1]])), best[0])
        return self._build(name, quantity, unit, first, end, text)

    def _convert(self, lower: str, quantity: Quantity) -> SlotMention | None:
        """Return a value written in another unit than the slot's: miles, hours; only one slot may come into question.

        Of a time, where the factor is twenty or more, and where several slots have such a unit, the slot must be named.
        """
        assert quantity.unit
        found = []
        for name, slot in self.pack.slots.items():
            unit = next(iter(slot.units), None)
            measure = name_measure(unit) if unit else None
            within = quantity.end == quantity.numbers[-1].end  # 5秒3 has its unit inside
            if slot.type != "quantity" or measure is None or (measure == quantity.unit and not within):
                continue
            factor = convert_measure(1.0, quantity.unit, measure)
            if factor is not None and is_comparable(factor):
                found.append((name, unit, measure, 0.05 < factor < 20))
        named = [row for row in found if self._is_told_of(lower, self.pack.slots[row[0]])]
        # "A day" and "two hours" are said of anything.
        timed = convert_measure(1.0, quantity.unit, "s") is not None
        own = quantity.end == quantity.numbers[-1].end and [row for row in found if row[2] == quantity.unit]
        chosen = named or own or [row for row in found if row[3] and not timed]
        if len(chosen) != 1 or (not named and len(found) != 1):
            return None
        name, unit, measure, _ = chosen[0]
        low, high = (convert_measure(end, quantity.unit, measure) for end in (quantity.low, quantity.high))
        assert low is not None and high is not None
        return self._build(name, quantity._replace(low=low, high=high), unit, quantity.start, quantity.end)

    def _build(
        self, name: str, quantity: Quantity, unit: str | None, start: int, end: int, text: str = ""
    ) -> SlotMention | None:
        slot = self.pack.slots[name]
        if quantity.is_range and slot.constraint is None and not slot.booking:
            return None  # what is no wish has no end that counts
        value = choose_bound(slot, quantity)
        surface = text[start:end] if text else quantity.surface
        return SlotMention(name, format_number(value), unit, start, end, surface, quantity.is_range)

    def _find_count_slot(self) -> str | None:
        return next((name for name, slot in self.pack.slots.items() if slot.type == "count" and slot.mined), None)

    def _read_money(self, text: str, lower: str, quantity: Quantity) -> SlotMention | None:
        if not self._money or quantity.unit:
            return None
        currency = quantity.currency
        if currency is None and _COUNTED_AFTER.match(lower, quantity.end):
            return None
        if currency is None:
            # A scaled number without another unit ("under 40k", 30万) is money; a plain one only next to a word for it.
            if not (quantity.scaled or _is_money_by_context(lower, quantity)):
                return None
            currency = self.pack.currency[self.language]
        slot = next((name for name in self._money if self._is_named(lower, self.pack.slots[name])), self._money[0])
        return self._build(slot, quantity, currency, quantity.start, quantity.end, text)

    def _is_named(self, lower: str, slot: Slot) -> bool:
        phrases = [*slot.names.values(), *(phrase for phrases in slot.ask.values() for phrase in phrases)]
        return any(contains_phrase(lower, phrase.lower()) for phrase in phrases)

    def _is_told_of(self, lower: str, slot: Slot) -> bool:
        """Tell whether a text names a slot in any form: it charges, charging."""
        stems = {_STEM.sub("", word) for word in slot.names.get("en", "").lower().split() if len(word) > 4}
        return self._is_named(lower, slot) or any(re.search(rf"\b{re.escape(stem)}", lower) for stem in stems)

    def _find_categories(
        self, text: str, lower: str, taken: list[SlotMention], values: list[tuple[str, str, str]]
    ) -> None:
        for spelling, name, value in values:
            start = 0
            while (place := find_phrase(lower, spelling, start)) is not None:
                end = place + len(spelling)
                negated = _NEGATION.search(lower[:place]) is not None
                if not negated and not _is_taken(taken, place, end):
                    taken.append(SlotMention(name, value, None, place, end, text[place:end]))
                start = end


@lru_cache(maxsize=512)
def _find_values(reader: SlotReader, text: str) -> tuple[SlotMention, ...]:
    """Return the values of a text; a turn is read by several checks, one after the other."""
    return tuple(reader._find_all(text))


def _calls(slot: Slot, words: Iterable[str]) -> bool:
    """Tell whether a slot is called or asked for by one of some words."""
    called = [*slot.names.values()]
    called += [phrase for phrases in (*slot.headers.values(), *slot.ask.values()) for phrase in phrases]
    return any(contains_phrase(phrase.lower(), word) for phrase in called for word in words)


def _is_rate(lower: str, start: int, end: int) -> bool:
    """Tell whether "one night" says what a price is for: 一晚多少钱, 388一晚."""
    return bool(_RATE_BEFORE.search(lower[:start]) or _RATE_AFTER.match(lower, end))


def _is_money_by_context(lower: str, quantity: Quantity) -> bool:
    if quantity.high < MIN_BARE_AMOUNT:
        return False
    return bool(_MONEY_BEFORE.search(lower[: quantity.start]) or _MONEY_AFTER.match(lower, quantity.end))


def _list_numbers(phrase: str, slot: Slot) -> tuple[str, ...]:
    """Return an English noun in singular and plural, anything else alone; "7 seats" asks for nothing."""
    noun = phrase.isascii() and phrase.isalpha() and not phrase.endswith("s")
    counted = {spelling.lower() for spellings in slot.units.values() for spelling in spellings}
    return (phrase, f"{phrase}s") if noun and f"{phrase}s" not in counted else (phrase,)


def _is_taken(taken: list[SlotMention], start: int, end: int) -> bool:
    return any(mention.start < end and start < mention.end for mention in taken)


def _continues(lower: str, spelling: str, end: int) -> bool:
    """Tell whether a unit goes on after its spelling: km in km/h, l in lbs."""
    if end >= len(lower):
        return False
    after = lower[end]
    return (spelling[-1].isascii() and after.isascii() and after.isalpha()) or lower.startswith(("/h", "²", "2"), end)
