"""Judges features, promises and deals in an expert's words: what no source lists cannot be offered."""

from __future__ import annotations

import re

from streamdial.claims.clauses import Clause
from streamdial.claims.faults import Fault
from streamdial.claims.lexicon import compile_deals, compile_features, list_content, speaks_of
from streamdial.claims.mentions import Analysis
from streamdial.claims.situation import Situation
from streamdial.patterns import compile_filtered
from streamdial.slots import find_numbers
from streamdial.text import find_phrase

_HEDGED = compile_filtered(
    r"\b(?:ask (?:my|the|our)|check (?:whether|if|with)|see (?:whether|if|what)|let me (?:ask|see|check|find)"
    r"|not sure|don['’]t know|find out|can['’]t (?:say|promise)|unable"
    r"|not (?:able|allowed|possible)|no (?:discount|room)|i(?:'d| would) have to)\b"
    r"|不确定|不清楚|问问|问一下|查一下|确认|申请|没法"
    r"|没办法|不能|无法|不敢|没有(?:资料|准信|把握|确切|准确)|说不准|说不好|拿不准",
    re.IGNORECASE,
)
_NEGATED = compile_filtered(
    r"(?:\b(?:not|no|never|cannot|without|nor|dont|doesnt|isnt|wont|cant)\b|n['’]t\b)(?:\s+[\w'’-]+){0,4}\s*$"
    r"|(?:没有?|不|无|别|非)\w{0,3}$",
    re.IGNORECASE,
)
_SUPPOSED = compile_filtered(
    r"\b(?:if|when|unless|once|as long as|in case|where)(?: you)?\s*$|(?:如果|要是|只要|假如|若是?)\w{0,6}$",
    re.IGNORECASE,
)
"""Before what the customer may have, or may be found somewhere, in a condition within a clause."""
_OWN = re.compile(r"your own(?: \w+)?\s*$|自带\w{0,2}$", re.IGNORECASE)
_HAS = compile_filtered(
    r"\b(?:also )?(?:comes? with|equipped with|fitted with|features|includes?"
    r"|you(?:'ll)? (?:also )?get)\s+(?P<what>[^,.!?;]+)"
    r"|(?:配备|配有|标配|自带|还带|带有|附带)(?:了|着|有)?(?P<zh>[^,.!?;。]+)",
    re.IGNORECASE,
)
_STEMS = ("free", "bonus", "discount", "refund", "gift", "免费", "免息", "补贴", "优惠", "退", "送", "赠", "折", "加价")
_SOFT = frozenset(
    {
        "everything", "plenty", "lots", "more", "much", "lot", "good", "great", "best", "right", "exactly", "what",
        "need", "want", "value", "space", "room", "look", "view", "sense", "kind", "bit", "whole", "same", "other",
        "both", "each", "two", "three", "four", "five", "six", "seven", "price", "money", "rate", "night", "people",
        "person", "menu", "family", "deal", "way", "thing", "things",
    }
)  # fmt: skip


def _list_texts(thing: str, situation: Situation) -> list[tuple[str, str]]:
    """Return (slot, text) of all that is known of a thing, as it is said."""
    slots = situation.pack.slots
    found = []
    for row in situation.knowledge.rows:
        if row.entity and thing and row.entity != thing:
            continue
        spelled = slots[row.slot].values.get(row.value, {})
        found.append((row.slot, " ".join([row.text, *(one for group in spelled.values() for one in group)])))
    return [*found, *(("", promise) for promise in situation.promises)]


def _covers(analysis: Analysis, start: int, end: int) -> bool:
    """Tell whether a place lies within a category that is judged as one: free parking."""
    return any(
        mention.slot and mention.number is None and mention.start < end and start < mention.end
        for mention in analysis.mentions
    )


def find_unlisted_feature(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return the first feature an expert states that nothing known lists, or None; denials and doubts state none."""
    pattern = compile_features(situation.pack.id, situation.language)
    for clause in analysis.clauses:
        if clause.asks or clause.supposes or _HEDGED.search(clause.text):
            continue
        for match in pattern.finditer(analysis.bare, clause.start, clause.end) if pattern else ():
            if _covers(analysis, match.start(), match.end()) or _NEGATED.search(
                analysis.bare[clause.start : match.start()]
            ):
                continue
            if _OWN.search(analysis.bare[clause.start : match.start()]):
                continue
            thing = analysis.get_subject(match.start(), match.end(), clause)
            if not _lists(match[0], thing, situation):
                return Fault(
                    "unlisted_feature", f"'{match[0]}' is nothing you know" + (f" of {thing}" if thing else "")
                )
        if fault := _find_unlisted_topic(analysis, clause, situation):
            return fault
        if fault := _find_unknown_part(analysis, clause, situation):
            return fault
    return None


_OFFERS = compile_filtered(
    r"\b(?:has|have|with|includ\w+|featur\w+|offers?|equipped|gets?|there(?:'s| is| are))\b|带|配|有|送|含",
    re.IGNORECASE,
)


def _find_unlisted_topic(analysis: Analysis, clause: Clause, situation: Situation) -> Fault | None:
    """Return a fault where something is said to have what the pack lists as a topic and no source as a fact."""
    offer = _OFFERS.search(analysis.bare, clause.start, clause.end)
    before = analysis.bare[clause.start : offer.start()] if offer is not None else ""
    if offer is None or _NEGATED.search(before) or _SUPPOSED.search(before):
        return None
    for topic in situation.pack.topics.get(situation.language, ()):
        place = find_phrase(analysis.bare.lower(), topic.lower(), offer.end())
        if place is None or place >= clause.end or len(topic) < (4 if topic.isascii() else 2):
            continue
        end = place + len(topic)
        if any(mention.start < end and place < mention.end for mention in analysis.mentions):
            continue
        if _NEGATED.search(analysis.bare[clause.start : place]) or _OWN.search(analysis.bare[clause.start : place]):
            continue
        thing = analysis.get_subject(place, end, clause)
        slots = situation.pack.slots.values()
        values = (
            text for slot in slots for spelled in slot.values.values() for group in spelled.values() for text in group
        )
        named = any(speaks_of(topic, situation.pack, slot) for slot in situation.pack.slots)
        named = named or any(topic.lower() in text.lower() for text in values)
        headers = (text for slot in slots for group in slot.headers.values() for text in group)
        named = named or any(topic.lower() == text.lower() for text in headers)
        if not named and not _lists(topic, thing, situation):
            return Fault("unlisted_feature", f"'{topic}' is nothing you know" + (f" of {thing}" if thing else ""))
    return None


def _lists(word: str, thing: str, situation: Situation) -> bool:
    wanted = list_content(word) or {word.lower()}
    for _, text in _list_texts(thing, situation):
        if word.lower() in text.lower() or wanted <= list_content(text):
            return True
    return False


def _find_unknown_part(analysis: Analysis, clause: Clause, situation: Situation) -> Fault | None:
    """Return a fault where something "comes with" what no word of what is known stands for."""
    match = _HAS.search(analysis.bare, clause.start, clause.end)
    if match is None or _NEGATED.search(analysis.bare[clause.start : match.start()]):
        return None
    group = "what" if match["what"] else "zh"
    start, end = match.span(group)
    # A gap is a planned value that was blanked: "you get [95 km] out of it" names what one gets.
    if analysis.bare[match.start() : start].endswith("  "):
        return None
    words = list_content(match[group])
    thing = analysis.get_subject(start, end, clause)
    known = frozenset().union(*(list_content(text) for _, text in _list_texts(thing, situation)))
    named = {
        word
        for schema in situation.pack.slots.values()
        for text in (
            *schema.names.values(),
            *(one for group in (*schema.headers.values(), *schema.ask.values()) for one in group),
        )
        for word in list_content(text)
    }
    figures = any(mention.start < end and start < mention.end for mention in analysis.mentions)
    if not words or figures or words & (known | named | _SOFT):
        return None
    return Fault(
        "unlisted_feature", f"'{match[group].strip()}' is nothing you know" + (f" of {thing}" if thing else "")
    )


def find_invented_deal(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return the first discount, gift or guarantee an expert offers that nothing known bears out, or None."""
    pattern = compile_deals(situation.language)
    for clause in analysis.clauses:
        if clause.asks or _HEDGED.search(clause.text):
            continue
        for match in pattern.finditer(analysis.bare, clause.start, clause.end):
            if _covers(analysis, match.start(), match.end()) or _NEGATED.search(
                analysis.bare[clause.start : match.start()]
            ):
                continue
            # "The Twin is free on Friday" is about stock.
            thing_is = re.search(
                r"(?:is|are|be|has)\s+(?:still "
                r"|also )?$",
                analysis.bare[clause.start : match.start()],
            )
            if (
                match[0] == "free"
                and thing_is
                and any(clause.start <= one.start < clause.end for one in analysis.things)
            ):
                continue
            if not _bears_out(match[0], clause, analysis, situation):
                return Fault("invented_deal", f"'{match[0].strip()}' is no offer you may make")
    return None


def _bears_out(words: str, clause: Clause, analysis: Analysis, situation: Situation) -> bool:
    stems = [stem for stem in _STEMS if stem in words.lower()]
    if "money back" in words.lower():
        stems.append("refund")
    numbers = {number.value for number in find_numbers(clause.text)}
    thing = analysis.get_subject(clause.start, clause.end, clause)
    sentence = analysis.get_sentence(clause)
    for slot, text in _list_texts(thing, situation):
        lower = text.lower()
        about = (slot and speaks_of(sentence, situation.pack, slot)) or len(
            list_content(sentence) & list_content(text)
        ) > 1
        known = {number.value for number in find_numbers(text)}
        if about and any(stem in lower for stem in stems) and (not known or not numbers or numbers & known):
            return True
    return False
