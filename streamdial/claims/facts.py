"""Judges categories and terms in an expert's words: drives, views, opening hours, refunds."""

from __future__ import annotations

import re
from functools import lru_cache

from streamdial.claims.faults import Fault
from streamdial.claims.lexicon import compile_cue
from streamdial.claims.mentions import Analysis, Mention
from streamdial.claims.situation import Situation
from streamdial.environment.world import find_weekday, read_hour
from streamdial.patterns import FilteredPattern, FilteredTable, compile_filtered
from streamdial.personas import Knowledge
from streamdial.slots import CLOCK, find_numbers

_WISHED = compile_filtered(
    r"\byou(?:'d| had|'ve)? (?:asked|wanted|want|said|named|mentioned|need|like|prefer|are looking|were looking)"
    r"|asked for|your wish|您[说提要想]|您的(?:需求|要求)",
    re.IGNORECASE,
)
_DIFFERS = re.compile(r"不太一样|不一样|不同|有出入|有区别|\b(?:not quite|differs?|different)\b", re.IGNORECASE)
_LIKENED = re.compile(r"\b(?:than|unlike|like) (?:an?|the|most|other)?\s*$|[比像]\s*$", re.IGNORECASE)
_PARTS = {"plug_in_hybrid": ("petrol", "electric"), "hybrid": ("petrol", "electric")}
_SPANS = compile_filtered(
    r"(?P<number>\d+(?:\.\d+)?|\b[a-z]+(?:-[a-z]+)?|[一二两三四五六七八九十半]+)\s?-?(?:whole |full |个|整)?"
    r"(?P<unit>years?|months?|weeks?|days?|hours?|minutes?|met(?:er|re)s?\b|km\b|m\b|年|月|周|天|小时|分钟|公里|米)(?![a-z])",
    re.IGNORECASE,
)
_UNITS = {
    "年": "year",
    "月": "month",
    "周": "week",
    "天": "day",
    "小时": "hour",
    "分钟": "minute",
    "公里": "km",
    "米": "m",
}
_ALWAYS = compile_filtered(
    r"\b(?:every day|daily|seven days|any ?time|at all times|never expires?|no expiry|unlimited|around the clock"
    r"|same day|last[- ]minute"
    r"|on the day(?! before)"
    r"|always|all year|every weekend)\b"
    r"|每天|天天|永久|长期有效|不过期|不限|全年|任何时候|当天|无限期|随时|24小时",
    re.IGNORECASE,
)


def find_false_category(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return the first category an expert states that is not true of what it is said of, or None.

    What the expert asks for, supposes, or says the customer wants, states nothing.
    """
    slots, knowledge = situation.pack.slots, situation.knowledge
    for mention in analysis.mentions:
        clause = mention.clause
        if (
            mention.number is not None
            or not mention.slot
            or not slots[mention.slot].values
            or slots[mention.slot].stock
        ):
            continue
        if clause.asks or clause.supposes or analysis.denies(clause) or _WISHED.search(clause.text):
            continue
        if _LIKENED.search(analysis.text[clause.start : mention.start]):
            continue  # "lower than an SUV" says what it is not
        rows = [knowledge.get(thing, mention.slot) for thing in mention.things]
        if not rows:
            found = [row.value for row in knowledge.rows if row.slot == mention.slot]
            if found and mention.value not in found and not mention.negated:
                return Fault("invented_value", f"{mention.surface} is nothing you have")
            continue
        for thing, row in zip(mention.things, rows, strict=True):
            if row is None:
                if not mention.negated:
                    return Fault("invented_value", f"nothing you know says {mention.surface} of {thing}")
            elif (row.value == mention.value) == mention.negated:
                if _is_contrast(mention, row.value, analysis, situation):
                    continue
                return Fault(
                    "invented_value", f"{mention.surface} is not true of {thing}: {mention.slot} = {row.value}"
                )
    return None


def _is_contrast(mention: Mention, true: str, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a value that is not true stands beside the one that is: as the wish, or as a part of it.

    跟您要的纯电不太一样; "a plug-in hybrid: electric in town, then petrol".
    """
    wished = {wishes.get(mention.slot) for wishes in (situation.wishes, situation.stated)}
    told = any(one.slot == mention.slot and one.value == true and not one.negated for one in analysis.mentions)
    recalls = mention.value in wished and _DIFFERS.search(mention.clause.text) is not None
    return told and (recalls or mention.value in _PARTS.get(true, ()))


def _list_terms(text: str) -> set[tuple[str, float]]:
    """Return the hours and spans a text names: ("hour of day", 15.0), ("month", 3.0)."""
    terms: set[tuple[str, float]] = set()
    for match in CLOCK.finditer(text):
        words = match[0].lower()
        if words in ("midnight", "半夜", "午夜"):
            terms.add(("at", 24.0))
            continue
        hour = read_hour(words.replace("凌晨", ""))
        if hour is not None:
            terms.add(("at", hour))
    clean = CLOCK.sub(lambda match: " " * len(match[0]), text)
    for match in _SPANS.finditer(clean):
        unit = match["unit"].lower()
        unit = _UNITS.get(
            unit,
            {"metre": "m", "meter": "m", "metres": "m", "meters": "m"}.get(
                unit, unit.removesuffix("s") if unit not in ("km", "m") else unit
            ),
        )
        number = match["number"].lower()
        if number in ("a", "an", "one", "whole", "full", "半"):
            terms.add((unit, 0.5 if number == "半" else 1.0))
        else:
            terms |= {(unit, one.value) for one in find_numbers(number)}
    return terms


@lru_cache(maxsize=64)
def _list_cues(knowledge: Knowledge) -> FilteredTable[tuple[str, FilteredPattern]]:
    """Return what shows that the slots are spoken of whose values are sentences."""
    slots = knowledge.pack.slots
    named = dict.fromkeys(row.slot for row in knowledge.rows if slots[row.slot].type == "text")
    return FilteredTable([(slot, compile_cue(knowledge.pack, slot)) for slot in named], lambda row: row[1])


def find_false_term(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return the first hour, span or "at any time" an expert states of terms that are known otherwise, or None."""
    for clause in analysis.clauses:
        if clause.asks or clause.supposes:
            continue
        sentence = analysis.get_sentence(clause)
        cues = _list_cues(situation.knowledge).select(analysis.text)
        spoken = {slot for slot, cue in cues if cue.pattern.search(clause.text)}
        rows = [row for row in situation.knowledge.rows if row.slot in spoken] if spoken else []
        about = [
            row for row in rows if not row.entity or row.entity in (situation.focus, *(t.name for t in analysis.things))
        ]
        if not about:
            continue
        known = set().union(*(_list_terms(row.text) for row in about))
        kinds = {kind for kind, _ in known}
        fresh = {term for term in _list_terms(clause.text) if term[0] != "day"}
        wrong = [
            term for term in fresh if term not in known and (term[0] in kinds or term[0] in ("year", "month", "hour"))
        ]
        texts = " ".join(row.text for row in about)
        always = _ALWAYS.search(clause.text)
        if always and always[0].lower() not in texts.lower() and (kinds or re.search(r"closed|店休", texts)):
            return Fault("invented_value", f"'{always[0]}' is not what you know: {texts}")
        shut = {find_weekday(found[0]) for found in _SHUT.finditer(texts)} - {None}
        opens = _OPEN.search(clause.text) and not _CLOSED.search(clause.text)
        if opens and find_weekday(clause.text) in shut:
            return Fault("invented_value", f"that day is not what you know: {texts}")
        excepted = next((found for found in _EXCEPTED.finditer(texts) if (found[1] or found[2]) in clause.text), None)
        if excepted and not _EXCEPTS.search(clause.text):
            return Fault("invented_value", f"'{excepted[1] or excepted[2]}' is not what you know: {texts}")
        if wrong and not _is_visit(sentence):
            return Fault("invented_number", f"{wrong[0][1]:g} ({wrong[0][0]}) is not what you know: {texts}")
    return None


_EXCEPTED = compile_filtered(
    r"\b(?:not(?: valid)?|except) (?:on|in|during|for) ((?:public |bank |school )?\w+)"
    r"|([\u4e00-\u9fff]{2,3})(?:不可用|不能用|除外|不适用)"
)
_EXCEPTS = re.compile(r"\bnot\b|n['’]t\b|\bexcept|\bexclud|\bbut\b|不|除", re.IGNORECASE)
_OPEN = re.compile(r"\bopen\b(?!.*\bexcept)|照常|(?<!不)营业(?!时间)|开门", re.IGNORECASE)
_CLOSED = re.compile(r"\bclosed\b|\bnot open\b|n['’]t open\b|不营业|店休|休息|不开", re.IGNORECASE)
_SHUT = re.compile(r"closed (?:on )?[A-Za-z]+day|(?:周|星期)[一二三四五六日天](?:店休|休息|不营业|公休)", re.IGNORECASE)


def _is_visit(sentence: str) -> bool:
    """Tell whether a sentence fixes a visit: its hour is the customer's, not a term."""
    return (
        re.search(r"see you|put you down|booked|reserved|noted|约好|订好|留好|登记", sentence, re.IGNORECASE)
        is not None
    )
