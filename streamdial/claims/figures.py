"""Judges the figures an expert states: each is held against the thing it is said of."""

from __future__ import annotations

import re

from streamdial.claims.differences import agrees, holds_difference, is_difference, is_product, is_reduced, list_wished
from streamdial.claims.faults import Fault
from streamdial.claims.lexicon import list_content, speaks_of
from streamdial.claims.mentions import BOTH, Analysis, Mention, share_unit
from streamdial.claims.situation import Situation
from streamdial.patterns import compile_filtered
from streamdial.records import KnowledgeRow
from streamdial.slots import find_numbers

_ATTRIBUTED = compile_filtered(
    r"\b(?:your (?:[$¥]?[\d.,k]+ )?(?:budget|limit|wish|target|maximum|minimum|family|party|group)|you(?:'d| had"
    r"|'ve)? (?:asked"
    r"|wanted|want|said|named|mentioned|gave|need"
    r"|set|like|are looking|were looking|wished|have in mind)|asked for|as you)\b"
    r"|您.{0,10}(?:预算|需求|要求)|您[说提要想]",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"^[\s-]?(?:years?|months?|weeks?|days?|hours?|minutes?|m\b|met(?:er|re)s?|km|miles?|%|percent|per cent"
    r"|airbags?|horsepower|hp|inch(?:es)?"
    r"|courses?|dishes|speakers?|seconds?|stars?|floors?|pools?|年|个?月|周|天|小时|分钟|米|公里|道|匹|马力|寸|秒|%|个气囊|星|元|块|万)",
    re.IGNORECASE,
)
_OWN_WORK = re.compile(
    r"give me|moment|get back|call you|come back to you|look (?:it|that) up|稍等|回复您"
    r"|马上",
    re.IGNORECASE,
)
_DECLINES = compile_filtered(
    r"\btoo low\b|\bcan['’]?t (?:do|go|accept|offer|match)|\bcannot (?:do|go|accept|offer)|\bnot possible\b|给不了"
    r"|做不到|太低|不能给|没法给",
    re.IGNORECASE,
)
_PROPOSES = re.compile(
    r"\b(?:shall i|would|suit you|see you|put you down|book(?:ed)?|reserve)\b|约|订"
    r"|留",
    re.IGNORECASE,
)
_MOST_BEFORE = compile_filtered(
    r"(?:\b(?:under|within|up to|at most|no more than)|(?:没有?|不会?|未|别)超(?:出|过)?(?:了)?"
    r"(?:您的?)?(?:说的)?)\s*[$¥]?\s*$",
    re.IGNORECASE,
)
_MOST_AFTER = re.compile(r"(?:之|以)[内下]")
_PARTY = re.compile(r"(?:您|你)们?(?:一家|一行|总共|一共)?\s*$")
_PARTY_AFTER = re.compile(r"(?:一起)?(?:入住|出行|同行)")
"""How many come, behind their number: 2人入住."""
_COLON = re.compile(r"[:：]\s*(?:the |就是)?$", re.IGNORECASE)
_MEETS_BOTH = compile_filtered(
    r"\b(?:meets?|ticks?|fits?|covers?|matches|match|fulfils?|satisf(?:y|ies)|suits?|does|has|you) both\b"
    r"|\bboth (?:wishes|needs|of (?:those|them|your))|(?:两[个样点条]|两者)都?(?:符合|满足|合适)|都(?:符合|满足)",
    re.IGNORECASE,
)
"""Both wishes of a customer, or both people, not both things."""
SMALL = 10


def find_false_figure(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return the first figure of an expert's words that is not true of what it is said of, or None."""
    for mention in analysis.mentions:
        if mention.number is None:
            continue
        if not is_supported(mention, analysis, situation):
            return _describe(mention, analysis, situation)
    return None


def _describe(mention: Mention, analysis: Analysis, situation: Situation) -> Fault:
    thing = mention.things[0] if mention.things else ""
    if is_difference(mention, analysis.text):
        return Fault("false_difference", f"{mention.surface} is no difference between what you know")
    known = _list_rows(mention, thing, situation) if mention.slot else []
    if known and thing:
        return Fault(
            "invented_number", f"{mention.surface} is not what you know of {thing}: {known[0].slot} = {known[0].value}"
        )
    return Fault("invented_number", f"{mention.surface} is nothing you know" + (f" of {thing}" if thing else ""))


def is_supported(mention: Mention, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a figure of an expert's words is true, or claims nothing."""
    slots, text, clause = situation.pack.slots, analysis.text, mention.clause
    value = mention.number or 0.0
    spelled = not mention.surface[:1].isdigit() and mention.surface[:1] not in "$¥￥"
    measured = _MEASURE.match(text[mention.end :]) is not None
    if mention.slot and slots[mention.slot].booking:
        return True
    if not mention.slot and spelled and value <= SMALL and not measured:
        return True
    if _OWN_WORK.search(clause.text) and value <= 60:
        return True
    if _DECLINES.search(clause.text):
        return True
    direction = is_difference(mention, text)
    if direction and holds_difference(mention, direction, analysis, situation):
        return True
    if is_told(mention, analysis, situation) or is_product(mention, analysis, situation):
        return True
    if is_reduced(mention, analysis, situation):
        return True
    if clause.supposes and mention.slot and _is_somewhere(mention, situation):
        return True
    if is_in_text(mention, analysis, situation):
        return True
    heard = value in situation.heard or value in situation.own
    if heard and (_ATTRIBUTED.search(clause.text) or analysis.denies(clause) or clause.asks or clause.supposes):
        return True
    if heard and (not mention.slot or _keeps_wish(mention, analysis, situation)):
        return True
    if clause.asks and mention.slot and not _names_thing(analysis, mention):
        return _is_somewhere(mention, situation)
    if mention.slot and any(_counts_people(slot, situation) for slot in share_unit(situation.pack, mention.slot)):
        return heard and _PROPOSES.search(analysis.get_sentence(clause)) is not None
    return False


def _keeps_wish(mention: Mention, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a figure of the customer's is taken up: "700元以内我记下了", "能住4人,你们3人住得下".

    What is said to lie within it, or to have room for it, has to.
    """
    text = analysis.text
    most = _MOST_BEFORE.search(text[: mention.start]) or _MOST_AFTER.match(text, mention.end)
    party = _PARTY.search(text[: mention.start]) or _PARTY_AFTER.match(text, mention.end)
    if not mention.slot or not (most or party):
        return False
    rows = [row for thing in mention.things for row in _list_rows(mention, thing, situation)]
    known, value = [row.number for row in rows if row.number is not None], mention.number or 0.0
    if most:
        return all(number <= value for number in known)
    return all(number >= value for number in known)


def _names_thing(analysis: Analysis, mention: Mention) -> bool:
    return any(mention.clause.start <= thing.start < mention.clause.end for thing in analysis.things)


def _counts_people(slot: str, situation: Situation) -> bool:
    schema = situation.pack.slots[slot]
    return schema.type == "count" and schema.booking


def is_told(mention: Mention, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a figure is what is known of the things it is said of."""
    standards = [thing.name for thing in analysis.things if thing.standard and thing.end <= mention.start]
    subjects = list(mention.things)
    # "With five seats it's easy: the Calder" speaks of what stands behind the colon.
    behind = (thing for thing in analysis.things if not thing.standard and thing.start >= mention.end)
    subjects += [thing.name for thing in behind if _COLON.search(analysis.text[mention.end : thing.start])]
    if standards and re.search(r"against|versus|\bvs\b|,.{0,20}$|而|是", analysis.text[: mention.start]):
        subjects = [*subjects, *standards]
    if not subjects:
        return _is_somewhere(mention, situation)
    sentence = _MEETS_BOTH.sub(" ", analysis.get_sentence(mention.clause))
    if len(mention.things) < 2 and BOTH.search(sentence):
        held = sum(_agrees_with(mention, thing, analysis, situation) for thing in situation.knowledge.entities)
        return held > 1 and _agrees_with(mention, subjects[0], analysis, situation)
    if len(mention.things) > 1:
        return all(_agrees_with(mention, thing, analysis, situation) for thing in subjects)
    return any(_agrees_with(mention, thing, analysis, situation) for thing in subjects)


def _agrees_with(mention: Mention, thing: str, analysis: Analysis, situation: Situation) -> bool:
    rows = _list_rows(mention, thing, situation)
    right = any(row.number is not None and agrees(mention, row.number, analysis.text) for row in rows)
    return right != mention.negated if rows and mention.slot else right


def _list_rows(mention: Mention, thing: str, situation: Situation) -> list[KnowledgeRow]:
    rows = (situation.knowledge.get(thing, slot) for slot in share_unit(situation.pack, mention.slot))
    return [row for row in rows if row is not None and row.number is not None]


def _is_somewhere(mention: Mention, situation: Situation) -> bool:
    slots = share_unit(situation.pack, mention.slot)
    return any(row.slot in slots and row.number == mention.number for row in situation.knowledge.rows)


def is_in_text(mention: Mention, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a figure stands in free text that is known and that the sentence speaks of."""
    sentence = analysis.get_sentence(mention.clause)
    words = list_content(sentence)
    subjects = {"", *(mention.things or situation.knowledge.entities)}
    for row in situation.knowledge.rows:
        if row.entity in subjects and situation.pack.slots[row.slot].type == "text":
            figures = {number.value for number in find_numbers(row.text)}
            cued = speaks_of(sentence, situation.pack, row.slot) or words & list_content(row.text)
            if mention.number in figures and cued:
                return True
    return any(
        mention.number in {number.value for number in find_numbers(promise)} and words & list_content(promise)
        for promise in situation.promises
    )


def find_broken_bound(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return a claim that a price lies within the customer's budget, or above it, where it does not; or None."""
    price = situation.pack.price_slot
    limits = list_wished(price, situation) if price else []
    if price is None or not limits:
        return None
    for clause in analysis.clauses:
        found = _BUDGET.search(clause.text)
        if found is None or clause.asks or analysis.denies(clause) or re.search(r"\bnot\b|n't|不在", clause.text):
            continue
        place = clause.start + found.start()
        subject = analysis.get_subject(place, place, clause)
        row = situation.knowledge.get(subject, price) if subject else None
        if row is None or row.number is None:
            continue
        limit = limits[-1]
        if found["under"] and row.number > limit:
            return Fault("invented_number", f"{subject} costs {row.value}, which is over the budget of {limit:g}")
        if found["over"] and row.number <= limit:
            return Fault("invented_number", f"{subject} costs {row.value}, which is within the budget of {limit:g}")
    return None


_BUDGET = compile_filtered(
    r"(?P<under>\b(?:within|inside|under|below|fits|in|well within) (?:\w+ ){0,2}?(?:your|the)"
    r" (?:[$¥]?[\d.,k]+ )?(?:budget|limit)\b|在(?:您的?)?.{0,6}预算(?:之?内|以内|范围)"
    r"|(?:没有?|不会?|未)超(?:出|过)?(?:了)?(?:您的?)?(?:说的)?(?:[\d.]+元?的?)?预算)"
    r"|(?P<over>\b(?:over|above|beyond|exceeds) (?:your|the) (?:[$¥]?[\d.,k]+ )?(?:budget|limit)\b"
    r"|(?<![没有不会未])超出?(?:了)?(?:您的?)?预算)",
    re.IGNORECASE,
)
