"""Judges comparisons: which of two things, or which of all, has more of something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from streamdial.claims.clauses import Clause
from streamdial.claims.faults import Fault
from streamdial.claims.mentions import Analysis
from streamdial.claims.situation import Situation
from streamdial.domains import Slot
from streamdial.patterns import FilteredPattern, FilteredTable, compile_filtered
from streamdial.personas import Knowledge

_SIZES = ("trunk", "room_area", "seats", "guests", "people")
_COMPARATIVES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    (
        r"(?:cheaper|less expensive|more affordable|easier on the wallet|lower[- ]priced)|costs? less"
        r"|lower (?:price|rate)",
        ("price",),
        -1,
    ),
    (
        r"(?:dearer|pricier|more expensive|costlier)|costs? (?:a (?:bit|little) )?more|higher (?:price"
        r"|rate)",
        ("price",),
        1,
    ),
    (r"(?:bigger|larger|roomier|more spacious|more space|more room)", _SIZES, 1),
    (r"(?:smaller|less space|less room|tighter|more compact)", _SIZES, -1),
    (r"(?:further|farther|longer range|more range|greater range|goes longer|lasts longer)", ("range",), 1),
    (r"(?:shorter range|less range)", ("range",), -1),
    (
        r"(?:charges? (?:\w+ ){0,3}?(?:faster|quicker)|(?:faster|quicker)(?: at| to)? charg\w+"
        r"|less time to charge)",
        ("charging_time",),
        -1,
    ),
    (r"(?:charges? (?:\w+ ){0,3}?slower|slower(?: at| to)? charg\w+)", ("charging_time",), 1),
    (r"(?:more seats|seats more|more people)", ("seats", "guests", "people"), 1),
    (r"(?:milder|less spicy|less hot)", ("spice",), -1),
    (r"(?:hotter|spicier|more spicy)", ("spice",), 1),
)
_SUPERLATIVES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    (r"(?:cheapest|most affordable|least expensive|lowest[- ]priced|best[- ]priced)", ("price",), -1),
    (r"(?:most expensive|dearest|priciest)", ("price",), 1),
    (r"(?:biggest|largest|roomiest|most spacious)", _SIZES, 1),
    (r"(?:smallest)", _SIZES, -1),
    (r"(?:longest range|furthest|farthest|most range)", ("range",), 1),
    (r"(?:fastest[- ]charging|charges? (?:the )?fastest|quickest[- ]charging)", ("charging_time",), -1),
    (r"(?:mildest|least spicy)", ("spice",), -1),
    (r"(?:hottest|spiciest)", ("spice",), 1),
)
_ZH: tuple[tuple[str, tuple[str, ...], int], ...] = (
    (r"便宜", ("price",), -1),
    (r"贵|价格(?:更|要)?高", ("price",), 1),
    (r"(?:空间|面积|后备箱|房间)?(?:更|要|还|也|最)?(?:大|宽敞)", _SIZES, 1),
    (r"(?:空间|面积|后备箱|房间)(?:更|要|还|也|最)?小|更小|小一[些点]", _SIZES, -1),
    (r"续航(?:更|要|还|也|最)?(?:长|远|高)|跑得更?远|更远|(?<!充)(?:更|要|还)长", ("range",), 1),
    (r"续航(?:更|要|还|也|最)?(?:短|低)", ("range",), -1),
    (r"(?:快充|充电)(?:更|要|还|也|最)?快|充得更?快", ("charging_time",), -1),
    (r"(?:快充|充电)(?:更|要|还|也|最)?慢", ("charging_time",), 1),
    (r"(?:更|没那么)?清淡|没那么辣|不那么辣", ("spice",), -1),
    (r"更辣|辣一[些点]|比[\s的]*辣", ("spice",), 1),
    (r"比[\s的]*(?:续航)?[更要还也]*[长远]", ("range",), 1),
    (r"比[\s的]*(?:续航)?[更要还也]*短", ("range",), -1),
    (r"比[\s的]*(?:充电|快充)?(?:时间)?[更要还也]*快", ("charging_time",), -1),
    (r"比[\s的]*(?:充电|快充)?(?:时间)?[更要还也]*慢", ("charging_time",), 1),
    (r"比[\s的]*(?:后备箱|空间|面积|房间)?[更要还也]*小", _SIZES, -1),
)
_UP = "more|greater|bigger|larger|longer|higher"
_DOWN = "less|fewer|smaller|shorter|lower"
_ORDER = {"spice": ("none", "mild", "medium", "hot")}
_NOT = re.compile(r"(?:\bnot\b|n['’]t\b|\bno\b|不|没有?)\W*(?:\w+\s+){0,2}$", re.IGNORECASE)


class _Hit(NamedTuple):
    slots: tuple[str, ...]
    sign: int
    start: int
    end: int
    of_all: bool


_SAME: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"\b(?:the )?same (?:price|cost)|\bcosts? the same|\bas (?:cheap|expensive) as"
        r"|一个价|价格(?:一样|相同|差不多)|一样(?:贵|便宜|的价格)",
        ("price",),
    ),
    (r"\b(?:the )?same range|\bas far as|续航(?:一样|相同)|一样远", ("range",)),
    (
        r"\b(?:the )?same (?:size|space)|\bas (?:big|large|roomy|spacious) as|(?:空间|面积|后备箱)(?:一样|相同)|一样大",
        _SIZES,
    ),
    (r"\b(?:the )?same number of seats|座位(?:数)?(?:一样|相同)", ("seats",)),
)


@cache
def _compile_same() -> FilteredTable[tuple[FilteredPattern, tuple[str, ...]]]:
    return FilteredTable(
        ((compile_filtered(pattern, re.IGNORECASE), slots) for pattern, slots in _SAME), lambda row: row[0]
    )


@cache
def _compile_chinese() -> FilteredTable[tuple[FilteredPattern, tuple[str, ...], int]]:
    return FilteredTable(((compile_filtered(pattern), slots, sign) for pattern, slots, sign in _ZH), lambda row: row[0])


@cache
def _compile_english() -> FilteredTable[tuple[FilteredPattern, tuple[str, ...], int, bool]]:
    rows = (
        (compile_filtered(rf"\b(?:{pattern})\b", re.IGNORECASE), slots, sign, of_all)
        for table, of_all in ((_COMPARATIVES, False), (_SUPERLATIVES, True))
        for pattern, slots, sign in table
    )
    return FilteredTable(rows, lambda row: row[0])


@lru_cache(maxsize=64)
def _list_named(knowledge: Knowledge) -> FilteredTable[tuple[str, Slot, FilteredPattern]]:
    """Return what finds comparisons by the names of slots that have a figure."""
    rows = []
    for slot, schema in knowledge.pack.slots.items():
        names = [*(name for name in schema.names.values() if name.isascii()), *schema.headers.get("en", ())]
        words = [word for word in names if len(word) > 3]
        if words and schema.type in ("money", "quantity", "count") and not schema.booking:
            spelled = "|".join(re.escape(word) for word in words)
            pattern = rf"\b(?:{_UP}|(?P<down>{_DOWN})|(?P<better>better))(?: \w+){{0,2}}? (?:{spelled})\b"
            rows.append((slot, schema, compile_filtered(pattern, re.IGNORECASE)))
    return FilteredTable(rows, lambda row: row[2])


def find_false_likeness(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return the first statement that two things have the same of something which they have not, or None."""
    for clause in analysis.clauses:
        for pattern, slots in _compile_same().select(analysis.text):
            found = pattern.search(analysis.text, clause.start, clause.end)
            if found is None or clause.asks or _NOT.search(analysis.text[clause.start : found.start()]):
                continue
            named = dict.fromkeys([*(thing.name for thing in analysis.things), situation.focus])
            things = [name for name in named if name][:2]
            if len(things) < 2:
                continue
            pairs = [(_measure(things[0], slot, situation), _measure(things[1], slot, situation)) for slot in slots]
            known = [pair for pair in pairs if pair[0] is not None and pair[1] is not None]
            if not any(one == other for one, other in known):
                return Fault("false_comparison", f"'{found[0]}' is not what you know of {things[0]} and {things[1]}")
    return None


def find_false_comparison(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return the first comparison in an expert's words that what is known does not bear out, or None.

    A comparison of what is not known of both things is refused too.
    """
    for clause in analysis.clauses:
        if clause.asks or clause.supposes:
            continue
        for hit in _find_hits(analysis, clause, situation):
            fault = _judge(hit, analysis, clause, situation)
            if fault:
                return fault
    return None


def _find_hits(analysis: Analysis, clause: Clause, situation: Situation) -> Iterable[_Hit]:
    text = analysis.bare
    if situation.language == "zh":
        for pattern, slots, sign in _compile_chinese().select(text):
            compares = "比" in clause.text or len({thing.name for thing in analysis.things}) > 1
            found = pattern.search(text, clause.start, clause.end)
            if found is None:
                continue
            before = text[clause.start : found.start()]
            if before.endswith("最") or "最" in found[0]:
                yield _Hit(slots, sign, found.start(), found.end(), True)
            elif compares and re.search(r"比|更|要|些|点|[贵大小长快]", text[clause.start : clause.end]):
                yield _Hit(slots, sign, found.start(), found.end(), False)
        return
    yield from _find_named(text, clause, situation)
    for pattern, slots, sign, of_all in _compile_english().select(text):
        for found in pattern.finditer(text, clause.start, clause.end):
            yield _Hit(slots, sign, found.start(), found.end(), of_all)


def _find_named(text: str, clause: Clause, situation: Situation) -> Iterable[_Hit]:
    """Yield the comparisons of a slot by its name: "a better range", "fewer seats", "a lower price"."""
    for slot, schema, pattern in _list_named(situation.knowledge).select(text):
        for found in pattern.finditer(text, clause.start, clause.end):
            sign = -1 if found["down"] or (found["better"] and schema.constraint == "max") else 1
            if re.search(r"\bthan\b", text[clause.start :]) or len(situation.knowledge.entities) > 1:
                yield _Hit((slot,), sign, found.start(), found.end(), found[0].lower().endswith("est"))


def _judge(hit: _Hit, analysis: Analysis, clause: Clause, situation: Situation) -> Fault | None:
    subject = analysis.get_subject(hit.start, hit.end, clause)
    if not subject:
        return None
    words = analysis.text[hit.start : hit.end]
    named = _name_slots(hit.slots, analysis.get_sentence(clause), situation)
    negated = _NOT.search(analysis.bare[clause.start : hit.start]) is not None
    sign = -hit.sign if negated else hit.sign
    if hit.of_all:
        others = [name for name in situation.knowledge.entities if name != subject]
        if re.search(r"of the two|of both|两款|两个", analysis.text):
            others = _find_others(analysis, clause, subject, situation) or others
        if negated:
            return None
    else:
        others = _find_others(analysis, clause, subject, situation)
    if not others:
        return None
    outcomes = [_compare(subject, other, named, sign, situation) for other in others]
    if all(outcome is True for outcome in outcomes):
        return None
    if hit.of_all and not any(outcome is False for outcome in outcomes):
        return None
    false = next((other for other, outcome in zip(others, outcomes, strict=True) if outcome is not True), others[0])
    return Fault("false_comparison", f"'{words}' is not what you know of {subject} and {false}")


def _find_others(analysis: Analysis, clause: Clause, subject: str, situation: Situation) -> list[str]:
    sentence = [thing for thing in analysis.things if thing.name != subject]
    standard = [thing.name for thing in sentence if thing.standard and thing.start >= clause.start]
    if standard:
        return standard[:1]
    if sentence:
        return [sentence[-1].name]
    if situation.focus and situation.focus != subject:
        return [situation.focus]
    return []


def _name_slots(slots: tuple[str, ...], sentence: str, situation: Situation) -> tuple[str, ...]:
    """Return the slots a comparison may mean: the ones the sentence names, else all."""
    lower = sentence.lower()
    known = [slot for slot in slots if slot in situation.pack.slots]
    named = []
    for slot in known:
        schema = situation.pack.slots[slot]
        words = [*schema.names.values(), *(word for group in schema.headers.values() for word in group)]
        if any(word.lower() in lower for word in words if len(word) > 1):
            named.append(slot)
    return tuple(named or known)


def _measure(thing: str, slot: str, situation: Situation) -> float | None:
    row = situation.knowledge.get(thing, slot)
    if row is None:
        return None
    order = _ORDER.get(slot)
    return float(order.index(row.value)) if order and row.value in order else row.number


def _compare(one: str, other: str, slots: tuple[str, ...], sign: int, situation: Situation) -> bool | None:
    """Tell whether one thing has more (or less) than another of any of some slots; None where nothing is known."""
    known = False
    for slot in slots:
        first, second = _measure(one, slot, situation), _measure(other, slot, situation)
        if first is None or second is None:
            continue
        known = True
        if (first - second) * sign > 0:
            return True
    return False if known else None
