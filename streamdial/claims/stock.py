"""Judges what is said of whether a thing can be had: in stock, the last few, on order, gone."""

from __future__ import annotations

import re
from typing import Literal

from streamdial.claims.faults import Fault
from streamdial.claims.mentions import Analysis
from streamdial.claims.situation import Situation
from streamdial.patterns import FilteredTable, compile_filtered

Stock = Literal["gone", "absent", "few", "order", "plenty", "here", "booked"]
_SPELLED: dict[str, tuple[tuple[Stock, str], ...]] = {
    "en": (
        (
            "few",
            r"\b(?:only|just) (?:an? (?:few|couple|handful)|one|two|three|four|\d)\b[^,.!?]{0,40}?\b(?:left"
            r"|remain\w*)|\blast (?:one|few|couple)\b(?! (?:is|was) (?:sold|gone))"
            r"|\b(?:nearly|almost) (?:sold out|full|gone|booked out|fully booked)|\bdown to the last"
            r"|\bfew (?:[\w'’]+ ){0,3}(?:left|remaining)|\bhandful of [^,.!?]{0,30}left"
            r"|\b(?:only|just) (?:a few|a handful|few)\b"
            r"|\bthere(?:['’]s| is| are) (?:still )?(?:one|two|a few|some) left",
        ),
        (
            "gone",
            r"\bsold out|\bout of stock|\b(?:is|are|'s|’s|all) (?:all )?gone\b|\bnone left"
            r"|\bno (?:[\w'’]+ ){0,3}left\b|\bno longer available|(?:\bnot|n['’]t) (?:\w+ )?(?:available"
            r"|free|bookable)|\bunavailable"
            r"|\bfully booked|\bbooked (?:out|up|solid)|\bsold (?:the|our) last|\bno (?:vacanc|availab)\w*"
            r"|\bno rooms? (?:left|available)|\bsold every",
        ),
        (
            "absent",
            r"\bnone (?:on the lot|in stock|here|at the moment)|(?:\bnot|n['’]t) (?:have (?:it|one"
            r"|any) )?(?:\w+ )?(?:in stock|on (?:the|our) lot)"
            r"|(?:\bnot|n['’]t) have (?:it|one|any|them) (?:here|ready)"
            r"|(?:\bnot|\bnever|n['’]t) (?:keep|stock|carry|hold|have) (?:(?:the|any|an?|our)\s+)?(?:[\w'’]+\s+|\s+)"
            r"(?:in stock|on (?:the|our) lot|here)\b",
        ),
        (
            "order",
            r"\bon order\b|\bbuilt to order|\bmade to order|\border (?:one|it|you|an?|the)\b"
            r"|\bcan be ordered|\bto order\b|\bby order only",
        ),
        (
            "booked",
            r"(?:\bi(?:'|’)?ve|\bi have|\bwe(?:'|’)?ve|\bwe have|\bis|\bare|\bhas been|(?:'|’)s) (?:now "
            r"|just |already )?(?:booked|reserved|held|put aside|set aside)\b(?! (?:out|up|solid))"
            r"|\b(?:put|set) (?:it|the [\w ]+?|one) aside",
        ),
        (
            "plenty",
            r"\b(?:lots|plenty|loads|tons|dozens) of\b[^,.!?]{0,40}?(?:\bleft|\bavailable|\bin stock|\bfree\b)"
            r"|\bplenty (?:left|available|in stock)"
            r"|\b(?:lots|plenty) of (?:rooms|tables|vouchers|cars|stock)|\bno (?:rush|hurry), (?:there are"
            r"|we have) plenty",
        ),
        (
            "here",
            r"\bin stock\b|(?<!private room )(?<!rooms )\bavailable\b(?! for (?:a|an)\b)|\bready (?:to go"
            r"|for delivery|now|to drive)|\bon (?:the|our) (?:lot|forecourt)|\b(?:drive|take) (?:it|one|this"
            r"|that|the [\w ]+?)(?: home)? (?:home|today|tomorrow)"
            r"|\bstill (?:free|have|got|bookable)|\b(?:is|are) free (?:on|for|that|this|tonight|tomorrow)"
            r"|\bplenty of|\bhave (?:[\w'’]+ ){0,4}left\b"
            r"|(?<!n't )(?<!n’t )(?<!not )\bhave (?:it|one|them) (?:here|ready)"
            r"|(?<!n't )(?<!n’t )(?<!not )\bhave\s[^,.!?]{0,30}\bhere\b"
            r"|\bpick (?:it |one )?up\b(?![^.!?]*weeks)|\bcollect (?:it"
            r"|the)\b(?![^.!?]*weeks)"
            r"|\bback in(?:to)? stock|\bwaiting (?:here|for you)|\b(?:is|are|it's) right here"
            r"|\bready and waiting|\bone (?:here|on the floor|in the showroom)"
            r"|\bpick it up (?:today|tomorrow)",
        ),
    ),
    "zh": (
        (
            "few",
            r"仅剩|只剩|就剩|还?剩(?:下)?(?:少量|最后|不多|几)|所剩不多|最后[一二两三几\d]|名额不多|不多了|房量紧张|快(?:卖完|订满|没)",
        ),
        (
            "gone",
            r"卖完|卖光|售罄|售空|满房|订满|已订完|没货|没房|没有(?:空)?房|没有(?:余)?位|没有名额|没了|没有?现车了|抢光",
        ),
        ("absent", r"没有?现车|无现车|暂无现车|没现货"),
        (
            "order",
            r"需要?(?:预)?订(?!位|房)|可以(?:给您|帮您)?(?:预)?[订定](?!位|房)|订车|[订定]一[台辆]|下订|接受预订",
        ),
        ("booked", r"(?:订|留|预订|保留|约)好了|已经?(?:为您|给您|帮您)?(?:预订|订好|保留|留好)"),
        (
            "plenty",
            r"现货充足|库存充足|(?:空房|余位|名额|现车|房间|位子)(?:还)?有?(?:很多|好多|好些|不少|充足|多的是)|(?:很多|好多|好些|不少|大量|充足的)(?:空房|余位|名额|现车)",
        ),
        (
            "here",
            r"有现车|[一两二三四五几\d]+[台辆]现车|现车|有现货|有房|还有房|可以?订|可订|有余位|有空房|有位|(?:今天|明天|随时|马上|现在)(?:就)?(?:能|可以)?提"
            r"|可以提走|还有(?!什么|别的|其他|哪|点)",
        ),
    ),
}
_WORDS = {
    language: FilteredTable(
        [(kind, compile_filtered(pattern, re.IGNORECASE)) for kind, pattern in table], lambda row: row[1]
    )
    for language, table in _SPELLED.items()
}
_FACILITY = re.compile(r"private|parking|wi-?fi|vegetarian|breakfast|包[间厢]|停车|早餐|泳池|素食", re.IGNORECASE)
_WEIGHS = compile_filtered(
    r"check (?:if|whether)|let me (?:check|see)|find out|查一下|确认|看看有没有|if (?:it|there"
    r"|we)",
    re.IGNORECASE,
)


def find_stock(analysis: Analysis, situation: Situation) -> list[tuple[Stock, str, int, int]]:
    """Return what is stated of stock: its kind, the thing, and the place of the words."""
    slot = situation.pack.stock_slot
    if slot is None:
        return []
    orders = bool(situation.pack.slots[slot].not_held)
    found: list[tuple[Stock, str, int, int]] = []
    for clause in analysis.clauses:
        if clause.asks or clause.supposes or _WEIGHS.search(clause.text):
            continue
        taken: list[tuple[int, int]] = []
        for kind, pattern in _WORDS[situation.language].select(analysis.bare):
            if kind == "order" and not orders:
                continue
            for match in pattern.finditer(analysis.bare, clause.start, clause.end):
                if any(first < match.end() and match.start() < last for first, last in taken):
                    continue
                spans = [
                    mention
                    for mention in analysis.mentions
                    if mention.start < match.end() and match.start() < mention.end
                ]
                if any(
                    situation.pack.slots[mention.slot].values and mention.slot != slot
                    for mention in spans
                    if mention.slot
                ):
                    continue
                if (
                    kind in ("here", "gone", "few")
                    and _FACILITY.search(clause.text)
                    and not _names_own(analysis, clause.start, clause.end)
                ):
                    continue
                # What is sold is not free or taken; a day or an hour for coming by is.
                if orders and "free" in match[0].lower() and not _names_own(analysis, clause.start, clause.end):
                    continue
                taken.append((match.start(), match.end()))
                subject = analysis.get_subject(match.start(), match.end(), clause)
                if subject:
                    found.append((kind, subject, match.start(), match.end()))
    return found


def _names_own(analysis: Analysis, start: int, end: int) -> bool:
    return any(start <= thing.start < end for thing in analysis.things)


def _find_counted(analysis: Analysis) -> Fault | None:
    """Return a fault where a number of things is named, "two Asters", that nobody can know."""
    for mention in analysis.mentions:
        thing = next((one for one in analysis.things if 0 <= one.start - mention.end <= 2), None)
        if thing is None or mention.number is None or mention.slot or mention.clause.asks:
            continue
        if not analysis.text[: thing.end].endswith("s") or analysis.denies(mention.clause):
            continue
        if not analysis.text[mention.start : mention.end].isdigit() and thing.name.endswith("s"):
            continue
        if re.search(r"left|here|stock|lot|waiting|available|ready|remain", mention.clause.text, re.IGNORECASE):
            return Fault("false_stock", f"nobody knows that there are {mention.surface} of the {thing.name}")
    return None


def find_false_stock(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return the first false statement about stock in an expert's words, or None."""
    slot = situation.pack.stock_slot
    if slot and (fault := _find_counted(analysis)):
        return fault
    for kind, thing, start, end in find_stock(analysis, situation):
        row = situation.knowledge.get(thing, slot) if slot else None
        words = analysis.text[start:end]
        if row is None:
            if kind != "booked":
                return Fault("false_stock", f"'{words}': nothing you know says whether {thing} can be had")
        elif not _fits(kind, row.value, situation):
            return Fault("false_stock", f"'{words}' is not true of {thing}: {slot} = {row.value}")
    return None


def _fits(kind: Stock, value: str, situation: Situation) -> bool:
    slot = situation.pack.slots[situation.pack.stock_slot or ""]
    gone, ordered, few = value in slot.gone, value in slot.not_held, value == "few_left"
    return {
        "gone": gone,
        "absent": gone or ordered,
        "few": few,
        "order": not gone,
        "plenty": not gone and not ordered and not few,
        "here": not gone and not ordered,
        "booked": not gone,
    }[kind]


def read_stock(analysis: Analysis, situation: Situation) -> dict[str, str]:
    """Return by thing the value of the stock slot that the words tell, where they tell what is known."""
    slot = situation.pack.stock_slot
    told: dict[str, str] = {}
    for kind, thing, _, _ in find_stock(analysis, situation):
        row = situation.knowledge.get(thing, slot) if slot else None
        if row is not None and kind != "booked" and _fits(kind, row.value, situation):
            told[thing] = row.value
    return told
