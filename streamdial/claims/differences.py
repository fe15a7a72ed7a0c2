"""Figures that follow from known ones: differences, totals, shares, and figures people round."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import floor, log10

from streamdial.claims.lexicon import speaks_of
from streamdial.claims.mentions import Analysis, Mention, share_unit
from streamdial.claims.situation import Situation
from streamdial.patterns import compile_filtered
from streamdial.slots import find_numbers

_MORE = r"more|further|farther|longer|bigger|larger|dearer|pricier|extra|over|above|on top|higher|roomier|slower"
_LESS = r"less|fewer|shorter|smaller|cheaper|below|under|lower|short of|to spare|faster|quicker|off the|left over|spare"
_AFTER = compile_filtered(
    rf"^\s*(?:(?:[a-z²]+|of (?:range|space|trunk|boot)|a night|per night)\s+){{0,3}}?(?:(?P<more>{_MORE})"
    rf"|(?P<less>{_LESS}))\b"
    r"|^\s*(?P<gap>difference|apart|gap)\b",
    re.IGNORECASE,
)
_BEFORE = compile_filtered(
    r"(?:\b(?P<less>sav(?:e|es|ing)|los(?:e|es|ing)|cheaper by|short by|less by|under by)"
    r"|\b(?P<more>gain(?:s|ing)?|more by|over by|up by|extra|add(?:ing)?|exceeds? (?:it|your \w+) by)"
    r"|\b(?P<gap>difference (?:is|of)|differ by|gap (?:is|of)))"
    r"(?: you| about| around| roughly| only| just| an?(?: extra)?| another)*\s*[$¥]?\s*$",
    re.IGNORECASE,
)
_BEFORE_ZH = compile_filtered(
    r"(?:(?P<less>便宜|省下?|少(?:跑|花|了)?|低|短|小|余|剩)|(?P<more>贵|多(?:跑|花|出|了)?|高(?:出)?|超出?|长|大|加|涨)"
    r"|(?P<gap>差价?|相差))(?:了|出|约|大概|大约|差不多|只|您预算|您的预算|预算|个){0,3}\s*$"
)
_TOTAL = compile_filtered(
    r"\btotal|come(?:s)? to|altogether|in all|all in|would be|would cost|makes|一共|总共|合计"
    r"|共计?",
    re.IGNORECASE,
)
_EACH = re.compile(r"\beach\b|per (?:person|head)|a (?:head|person)|apiece|人均|每人|每位|一个人", re.IGNORECASE)
_NEAR = compile_filtered(
    r"(?:\b(?:about|around|roughly|nearly|almost|some|close to|just under|approximately|or so|up to|circa)"
    r"|大概|大约|差不多|将近|接近|近|约)\s*[$¥]?\s*$",
    re.IGNORECASE,
)
_NEAR_AFTER = re.compile(r"^\s*(?:or so\b|左右|上下|多)", re.IGNORECASE)
_ZH_OVER = re.compile(r"^\s*多(?!少)")
_OVER = compile_filtered(
    r"(?:\b(?:over|more than|above|well over|at least|upwards of)|超过|不止"
    r"|至少)\s*[$¥]?\s*$",
    re.IGNORECASE,
)
_UNDER = re.compile(r"(?:\b(?:under|less than|below|not even|within)|不到|低于)\s*[$¥]?\s*$", re.IGNORECASE)


def agrees(said: Mention, known: float, text: str) -> bool:
    """Tell whether a figure says a known one: exactly, rounded to thousands, or "nearly", "over", 不到 it."""
    value = said.number if said.number is not None else 0.0
    if abs(value - known) < 1e-6:
        return True
    before, after = text[: said.start], text[said.end :]
    if _OVER.search(before):
        return 0.75 * known <= value < known
    if _ZH_OVER.match(after) and value > 0:
        step = 10.0 ** floor(log10(value))
        return value <= known < value + step  # 三万多 lies between three and four ten-thousands
    if _UNDER.search(before):
        return known < value <= 1.25 * known
    if _NEAR.search(before) or _NEAR_AFTER.match(after):
        return abs(value - known) <= 0.06 * known
    rounded = value >= 10_000 and value % 1000 == 0 and re.search(r"[kK]\b", said.surface) is not None
    return rounded and abs(value - known) < 500


def is_difference(said: Mention, text: str) -> str:
    """Return how a figure is said to be a difference: `more`, `less` or `gap`; empty where it is none."""
    if _NEAR.search(text[: said.start]) and not _AFTER.search(text[said.end :]):
        before = _NEAR.sub("", text[: said.start])
        return _name_direction(_BEFORE.search(before) or _BEFORE_ZH.search(before))
    before, after = text[: said.start], text[said.end :]
    for found in (_AFTER.search(after), _BEFORE.search(before), _BEFORE_ZH.search(before)):
        if direction := _name_direction(found):
            return direction
    return ""


def _name_direction(found: re.Match[str] | None) -> str:
    return next(name for name, words in found.groupdict().items() if words) if found else ""


def holds_difference(said: Mention, direction: str, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a difference is one of two known figures, in the direction it is said."""
    knowledge = situation.knowledge
    sentence = analysis.get_sentence(said.clause)
    subject = said.things[0] if said.things else situation.focus
    named = [thing.name for thing in analysis.things]
    standards = [thing.name for thing in analysis.things if thing.standard] or [one for one in named if one != subject]
    standards = [one for one in standards if one != subject] or [one for one in knowledge.entities if one != subject]
    to_wish = re.search(
        r"budget|limit|you(?:'d)? (?:wanted|asked|said|had)|than you|\bmy\b|to spare|预算|您要"
        r"|我",
        sentence,
        re.IGNORECASE,
    )
    for slot in share_unit(situation.pack, said.slot):
        own = knowledge.get(subject, slot)
        if own is None or own.number is None:
            continue
        others: list[float] = []
        if to_wish or not any(thing.standard for thing in analysis.things):
            others += list_wished(slot, situation)
        if not to_wish or any(thing.standard for thing in analysis.things):
            rows = (knowledge.get(other, slot) for other in standards)
            others += [row.number for row in rows if row is not None and row.number is not None]
        for other in others:
            gap = own.number - other
            right = {"more": gap > 0, "less": gap < 0, "gap": True}[direction]
            if right and agrees(said, abs(gap), analysis.text):
                return True
    return False


def list_wished(slot: str, situation: Situation) -> list[float]:
    """Return the figures a customer wished for in a slot."""
    texts = [wishes[slot] for wishes in (situation.wishes, situation.stated) if slot in wishes]
    return [number.value for text in texts for number in find_numbers(text)]


def is_product(said: Mention, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a figure is a price times a number that is said (nights), or a price shared among people."""
    price = situation.pack.price_slot
    row = situation.knowledge.get(said.things[0], price) if said.things and price else None
    if row is None or row.number is None:
        return False
    counts = {mention.number for mention in analysis.mentions if mention.number and mention is not said}
    counts |= {number.value for number in find_numbers(analysis.text)}
    counts |= _list_counts(situation)
    whole = [float(count) for count in counts if count and count != said.number and 1 < count <= 40]
    sentence = analysis.get_sentence(said.clause)
    if _EACH.search(sentence):
        return any(agrees(said, row.number / count, analysis.text) for count in whole)
    if _TOTAL.search(sentence) or any(mention.slot == "nights" for mention in analysis.mentions):
        return any(agrees(said, row.number * count, analysis.text) for count in whole)
    return False


def is_reduced(said: Mention, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a figure is a price less what a known text gives off it: a bonus for the old car."""
    price = situation.pack.price_slot
    row = situation.knowledge.get(said.things[0], price) if said.things and price else None
    if row is None or row.number is None or said.number is None:
        return False
    sentence = analysis.get_sentence(said.clause)
    slots = situation.pack.slots
    texts = (one for one in situation.knowledge.rows if slots[one.slot].type == "text")
    meant = (one.text for one in texts if speaks_of(sentence, situation.pack, one.slot))
    off = {number.value for text in meant for number in find_numbers(text)}
    return any(abs(row.number - value - said.number) < 1e-6 for value in off)


def _list_counts(situation: Situation) -> set[float]:
    slots = situation.pack.slots
    counts: set[float] = set()
    for wishes in (situation.wishes, situation.stated):
        for slot, value in wishes.items():
            if slot in slots and slots[slot].type == "count":
                counts |= set(_read(value))
    for slot, schema in slots.items():
        row = situation.knowledge.get(situation.focus, slot) if schema.type == "count" else None
        if row is not None and row.number:
            counts.add(row.number)
    return counts


def _read(value: str) -> Iterable[float]:
    return (number.value for number in find_numbers(value))
