"""Finds slot values and questions about slots in a text, by the domain pack's schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from streamdial.domains import DomainPack, Slot
from streamdial.records import Language
from streamdial.slots.numbers import NumberMention, format_number
from streamdial.slots.quantities import find_numbers
from streamdial.text import contains_phrase, find_phrase

CURRENCIES = {
    "USD": ("dollars", "dollar", "usd", "bucks"),
    "CNY": ("元", "块钱", "块", "yuan", "rmb", "人民币"),
}
_SIGNS = {"$": "USD", "¥": "CNY", "￥": "CNY"}
_NEGATION = re.compile(
    r"(?:\b(?:not|no|don'?t want|without) (?:an? )?|不要|不想要|(?<![特级区类分性个])别|不是|不考虑)$"
)
_PEOPLE = re.compile(r"\b(?:family|party|group|table|room) (?:of|for)\s*$", re.IGNORECASE)
MIN_BARE_AMOUNT = 20
"""A smaller number without a unit is no price, whatever stands beside it."""
_MONEY_BEFORE = re.compile(
    r"(?:\b(?:budget|price|costs?|under|max|maximum|below|pay)(?: is| of| around| about| at)?:?"
    r"|预算|价格?|售价|只要|一晚|每晚|直播间|不超过|人均|套餐|控制在)(?:大概|大约|是|在|:|:)?\s*$"
)
_MONEY_AFTER = re.compile(r"\s*(?:以内|以下|之内|左右|出头|一晚|每晚|or less|tops\b|max\b|(?:a|per) night\b)")
_RATE_BEFORE = re.compile(r"[\d元块万钱]\s*$")
_RATE_AFTER = re.compile(r"(?:要|是|大概|大约|才|只要)*\s*(?:[\d¥￥]|多少|几百|什么价|预算)")
_VAGUE = ("how much", "多少钱", "how many", "几")
"""Asking phrases that mean their slot only where no other one is named."""
_DATE = re.compile(
    r"\b(?:(?:this|next)\s+)?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend)s?\b"
    r"|\b(?:today|tonight|tomorrow)\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?\b"
    r"|(?:这|下|本)?(?:周|星期|礼拜)[一二三四五六日天末]|今天|明天|后天|今晚|明晚|\d{1,2}月\d{1,2}[日号]|\d{1,2}号(?!楼|线|店)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?", re.IGNORECASE)
_TIME = re.compile(
    r"\b\d{1,2}(?::\d{2})?\s?(?:am|pm|a\.m\.|p\.m\.|o'clock)(?![a-z])|\b\d{1,2}:\d{2}\b|\b(?:at )?noon\b"
    r"|(?:早上|上午|中午|下午|晚上|傍晚)?"
    # Alone, 一点 is "a bit".
    r"(?!(?<!早上|上午|中午|下午|晚上|傍晚)一点(?![半钟零一二三四五六七八九十\d]))[零一二两三四五六七八九十\d]{1,3}点"
    # 三点九万 is an amount.
    r"(?![零一二三四五六七八九\d]+[万亿秒升度米公折])(?:半|[一二三四五六七八九十\d]{1,3}分?)?(?!\d)",
    re.IGNORECASE,
)


class SlotMention(NamedTuple):
    """A slot value in a text: canonical value, unit where it has one, place in characters, words used."""

    slot: str
    value: str
    unit: str | None
    start: int
    end: int
    surface: str


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
        self.entities = tuple(sorted(set(entities), key=lambda name: (-len(name), name)))
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

        Values right after a negation ("not electric", 不要油车) are left out.
        """
        lower = text.lower()
        taken: list[SlotMention] = []
        self._find_entities(text, lower, taken)
        self._find_dates_and_times(text, taken)
        self._find_amounts(text, lower, taken)
        self._find_categories(text, lower, taken)
        return sorted(taken, key=lambda mention: mention.start)

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
        for name in self.entities:
            start = 0
            while (place := find_phrase(lower, name.lower(), start)) is not None:
                end = place + len(name)
                if not _is_taken(taken, place, end):
                    taken.append(SlotMention(slot, name, None, place, end, text[place:end]))
                start = end

    def _find_dates_and_times(self, text: str, taken: list[SlotMention]) -> None:
        for kind, pattern in (("date", _DATE), ("time", _TIME)):
            slot = self._booking[kind]
            for match in pattern.finditer(text):
                if slot and not _is_taken(taken, match.start(), match.end()):
                    value = match[0].capitalize() if _WEEKDAY.fullmatch(match[0]) else match[0]
                    taken.append(SlotMention(slot, value, None, match.start(), match.end(), match[0]))

    def _find_amounts(self, text: str, lower: str, taken: list[SlotMention]) -> None:
        for number in find_numbers(text):
            if _is_taken(taken, number.start, number.end):
                continue
            mention = self._read_unit(text, lower, number) or self._read_money(text, lower, number)
            if mention and not _is_taken(taken, mention.start, mention.end):
                taken.append(mention)

    def _read_unit(self, text: str, lower: str, number: NumberMention) -> SlotMention | None:
        gap = re.compile(r"[\s-]?").match(text, number.end)
        start = gap.end() if gap else number.end
        candidates = []
        for spelling, name, unit in self._by_unit:
            end = start + len(spelling)
            if lower.startswith(spelling, start) and not _continues(lower, spelling, end):
                candidates.append((len(spelling), name, unit, end))
        if not candidates:
            if _PEOPLE.search(lower[: number.start]) and (slot := self._find_count_slot()):
                first = next(iter(self.pack.slots[slot].units), None)
                return SlotMention(
                    slot, format_number(number.value), first, number.start, number.end, text[number.start : number.end]
                )
            return None
        if text[number.start : number.end] == "一" and _is_rate(lower, number.start, max(row[3] for row in candidates)):
            return None
        longest = max(candidates)[0]
        best = [row for row in candidates if row[0] == longest]
        _, name, unit, end = next((row for row in best if self._is_named(lower, self.pack.slots[row[1]])), best[0])
        return SlotMention(name, format_number(number.value), unit, number.start, end, text[number.start : end])

    def _find_count_slot(self) -> str | None:
        return next((name for name, slot in self.pack.slots.items() if slot.type == "count" and slot.mined), None)

    def _read_money(self, text: str, lower: str, number: NumberMention) -> SlotMention | None:
        if not self._money:
            return None
        start, end = number.start, number.end
        currency: str | None = None
        if start and text[start - 1] in _SIGNS:
            currency, start = _SIGNS[text[start - 1]], start - 1
        tail = re.compile(r"\s?([^\W\d_]+)").match(lower, end)
        if tail:
            for unit, spellings in CURRENCIES.items():
                spelling = next(
                    (
                        word
                        for word in spellings
                        if tail[1] == word or (not word.isascii() and tail[1].startswith(word))
                    ),
                    None,
                )
                if spelling:
                    currency, end = currency or unit, tail.start(1) + len(spelling)
                    break
        if currency is None:
            # A scaled number without another unit ("under 40k", 30万) is money; a plain one only next to a word for it.
            if not (number.scaled or _is_money_by_context(lower, number)):
                return None
            currency = self.pack.currency[self.language]
        slot = next((name for name in self._money if self._is_named(lower, self.pack.slots[name])), self._money[0])
        return SlotMention(slot, format_number(number.value), currency, start, end, text[start:end])

    def _is_named(self, lower: str, slot: Slot) -> bool:
        phrases = [*slot.names.values(), *(phrase for phrases in slot.ask.values() for phrase in phrases)]
        return any(contains_phrase(lower, phrase.lower()) for phrase in phrases)

    def _find_categories(self, text: str, lower: str, taken: list[SlotMention]) -> None:
        for spelling, name, value in self._values:
            start = 0
            while (place := find_phrase(lower, spelling, start)) is not None:
                end = place + len(spelling)
                negated = _NEGATION.search(lower[:place]) is not None
                if not negated and not _is_taken(taken, place, end):
                    taken.append(SlotMention(name, value, None, place, end, text[place:end]))
                start = end


def _is_rate(lower: str, start: int, end: int) -> bool:
    """Tell whether "one night" says what a price is for: 一晚多少钱, 388一晚."""
    return bool(_RATE_BEFORE.search(lower[:start]) or _RATE_AFTER.match(lower, end))


def _is_money_by_context(lower: str, number: NumberMention) -> bool:
    if number.value < MIN_BARE_AMOUNT:
        return False
    return bool(_MONEY_BEFORE.search(lower[: number.start]) or _MONEY_AFTER.match(lower, number.end))


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
