"""Judges what a customer states: wishes against the persona, figures against what was said, offers against a price."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal, NamedTuple

from streamdial.claims.differences import agrees, holds_difference, is_difference, is_product, list_wished
from streamdial.claims.faults import Fault
from streamdial.claims.lexicon import compile_deals, speaks_of
from streamdial.claims.mentions import Analysis, Mention, share_unit
from streamdial.claims.situation import Situation
from streamdial.patterns import compile_filtered

Kind = Literal["wish", "revision", "counter_offer", "question", "quote", "reaction", "booking", "denied", "none"]
_QUOTES = compile_filtered(
    r"\byou (?:just |have |'ve )?(?:said|told|mentioned|quoted|wrote|promised)|\b(?:website|online|page|ad"
    r"|advert\w*|brochure|somewhere) (?:says?|said|it|for|at)|\bi (?:saw|read|heard)\b|\bsaw (?:it"
    r"|the [\w ]+?) (?:online|for)|says it"
    r"|你(?:们)?(?:刚才|之前|刚刚)?(?:不是)?(?:[说讲]|答应|承诺)|刚才(?:不是)?[说讲]|不是说|网上|官网|看到.{0,6}(?:是|才|只)",
    re.IGNORECASE,
)
_OFFERS = compile_filtered(
    r"\b(?:could|can|would|will|any chance|what if|if) (?:you|i|we|it)\b[^.!?]{0,30}?\b(?:do|take|accept|make"
    r"|meet|offer\w*|go|come down|sell|get|give|have|let)\b"
    r"|\bmeet me at|\bi(?:'d| would|'ll)? (?:take|sign|offer|buy|pay|go for)\b|\bmake it\b|\bdeal at"
    r"|\bhow about\b|\bwhat about\b|\bgo down to|\bdrop (?:it )?to|\bknock"
    r"|行不行|行吗|可以吗|能(?:不能)?(?:谈|给|做|少|便宜|到)|可不可以|成交|行的话|可以的话|(?:现在|今天|马上)就|就定|就买|就签|就订|给我|便宜|怎么样|卖不卖|卖吗|行么|好不好"
    r"|^\D{0,4}[\d万.]+\D{0,3}吗",
    re.IGNORECASE,
)
_REVISES = compile_filtered(
    r"\bstretch|\bgo up to|\bup to\b.*\bthen\b|\bcould go\b|\bcan go\b|\bthen\b|\bas well\b|\btoo\b|\b(?:would"
    r"|'d|will) be (?:fine|ok|okay|alright|all right)|\bis (?:fine|ok|okay|alright)|\blive with|\bin that case"
    r"|\binstead\b|\blet's say|\bi guess"
    r"|\bif it has to|\braise|\bmake that"
    r"|也(?:可以|行|能|成|接受)|加到|放宽|提到|最多加|那就|那预算|那我|能接受|可以接受",
    re.IGNORECASE,
)
_RAISES = compile_filtered(
    r"\bstretch|\bgo (?:up )?to\b|\braise|\blet's say|\bmake that|\bincrease"
    r"|加到|放宽|提到|提高到|能接受|可以接受|最多加",
    re.IGNORECASE,
)
_PRESSED = compile_filtered(
    r"\bbudget|\bgive (?:a )?(?:little|bit)|\bhigher|\bstretch|\broom in|\bflexib|\bclosest|\bnearest"
    r"|nothing (?:we have )?meets|don't go together|预算|放宽|加点|再加|最接近|没有完全|稍微",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(r"\bold\b|\bkids?\b|\bchild|\byears?\b|\bage\b|岁|孩子|小孩|每天|一年", re.IGNORECASE)
_HABIT = compile_filtered(
    r"\b(?:a|per|every|each) (?:day|week|month|year|way)\b|\bto work\b|\bcommut|每天|一天|每周|来回|上下班|通勤",
    re.IGNORECASE,
)
"""What is done day by day, which is no wish."""
_WANTS = compile_filtered(
    r"\b(?:need|want|must|has to|have to|should|looking for|after|please|prefer|like|only|i'd)\b"
    r"|要|(?<![再想])想(?!想)|必须|一定|最好|希望"
    r"|需要",
    re.IGNORECASE,
)
_DEMANDS = re.compile(r"\b(?:need|want|must|has to|have to)\b|(?<!不)要(?!是)|必须|需要", re.IGNORECASE)
_BOUNDS = re.compile(r"\b(?:above|over|more than|below|under|less than|beyond)\W*$|超过|高于|低于|少于", re.IGNORECASE)
_LEFT = re.compile(r"\bleaves?\b|\bleft\b|\bspare\b|\bsav(?:e|es|ing)\b|剩|余|省", re.IGNORECASE)
_SPAN = re.compile(r"weeks?|days?|months?|years?|hours?|minutes?|周|天|月|年|小时|分钟", re.IGNORECASE)
_OF_IT = re.compile(
    r"\b(?:it|that one|this one)(?:['’]s)? (?:is|does|has|not|isn)|它|这[款辆间个]|那[款辆间个]", re.IGNORECASE
)
SMALL = 10
"""Figures up to this that belong to no slot may be said of oneself."""
FLOOR = 0.5
"""Share of a price below which a counter-offer is no offer."""


class Statement(NamedTuple):
    """What a customer's words do with a value."""

    kind: Kind
    slot: str
    value: str
    mention: Mention


def read_statements(analysis: Analysis, situation: Situation) -> tuple[list[Statement], Fault | None]:
    """Return what a customer states, and the first thing among it that is not theirs to state, or None."""
    found: list[Statement] = []
    for mention in analysis.mentions:
        statement, fault = _read(mention, analysis, situation)
        if fault:
            return found, fault
        if statement:
            found.append(statement)
    return found, _find_misquoted_deal(analysis, situation)


def _find_misquoted_deal(analysis: Analysis, situation: Situation) -> Fault | None:
    """Return a fault where a customer says that something was promised that was not."""
    for clause in analysis.clauses:
        deal = compile_deals(situation.language).search(clause.text) if _QUOTES.search(clause.text) else None
        if deal and not any(deal[0].lower() in words.lower() for _, words in situation.said):
            return Fault("misquote", f"nobody said {deal[0].strip()}")
    return None


def _read(mention: Mention, analysis: Analysis, situation: Situation) -> tuple[Statement | None, Fault | None]:
    slots = situation.pack.slots
    schema = slots.get(mention.slot)
    if schema is not None and schema.booking and schema.type != "count":
        return Statement("booking", mention.slot, mention.value, mention), None
    if mention.number is not None:
        return _read_figure(mention, analysis, situation)
    if schema is None or schema.stock or not schema.values:
        return None, None
    return _read_category(mention, analysis, situation)


def _pick_slot(mention: Mention, situation: Situation) -> str:
    """Return the slot a figure belongs to: of those with its unit, one the customer wishes something of."""
    options = share_unit(situation.pack, mention.slot) if mention.slot else ()
    wished = [slot for slot in options if slot in situation.wishes]
    asked = [slot for slot in options if slot in situation.asked]
    return (asked or wished or [mention.slot])[0]


def _read_figure(mention: Mention, analysis: Analysis, situation: Situation) -> tuple[Statement | None, Fault | None]:
    sentence = analysis.get_sentence(mention.clause)
    slot = _pick_slot(mention, situation)
    price = situation.pack.price_slot
    if not slot and price and _sounds_like_price(mention, analysis, situation):
        slot = price
    if _QUOTES.search(sentence):
        true = _is_known(mention, analysis, situation) or mention.number in situation.told | situation.own
        return None, None if true else Fault("misquote", f"nobody said {mention.surface}")
    if slot in situation.wishes and _equals(situation.wishes[slot], mention):
        return Statement("wish", slot, situation.wishes[slot], mention), None
    if slot and situation.pack.slots[slot].booking:
        return Statement("booking", slot, mention.value, mention), None
    if _follows(mention, analysis, situation):
        return None, None
    direction = is_difference(mention, analysis.text)
    if direction and _holds_for_customer(mention, direction, analysis, situation):
        return None, None
    offer = _read_offer(mention, slot, sentence, analysis, situation)
    if offer[0] or offer[1]:
        return offer
    return _read_wish(mention, slot, sentence, analysis, situation)


def _follows(mention: Mention, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a figure follows from price and budget: what is left of it, or a share of it per head."""
    price = situation.pack.price_slot
    if not price or mention.slot not in ("", price):
        return False
    typed = replace(mention, slot=price, things=mention.things or ((situation.focus,) if situation.focus else ()))
    if is_product(typed, analysis, situation):
        return True
    left = _LEFT.search(analysis.get_sentence(mention.clause))
    gaps = (abs(known - wish) for known in _list_prices(situation) for wish in list_wished(price, situation))
    return left is not None and any(agrees(typed, gap, analysis.text) for gap in gaps)


def _read_offer(
    mention: Mention, slot: str, sentence: str, analysis: Analysis, situation: Situation
) -> tuple[Statement | None, Fault | None]:
    """Return a counter-offer, or what is wrong with it; nothing where none is made."""
    value, price = mention.number or 0.0, situation.pack.price_slot or ""
    shorthand = not mention.slot and value >= SMALL and not _names_unit(mention, analysis)
    if _BACKGROUND.search(mention.clause.text) and not mention.slot:
        return None, None  # "my old Golf has 160,000 on it"
    if not ((slot and slot == price) or shorthand) or not _OFFERS.search(sentence):
        return None, None
    if _REVISES.search(sentence) and _is_above(value, situation):
        return None, None
    if _is_fair(value, situation):
        return Statement("counter_offer", price, mention.value, mention), None
    if not mention.clause.asks or value > 100:
        return None, Fault("invented_number", f"{mention.surface} is no offer anybody would make for this price")
    return None, None


def _read_wish(
    mention: Mention, slot: str, sentence: str, analysis: Analysis, situation: Situation
) -> tuple[Statement | None, Fault | None]:
    """Return what a figure is that is neither an own wish, a quote nor an offer."""
    value, clause = mention.number or 0.0, mention.clause
    may_revise = slot in situation.wishes and _may_revise(slot, sentence, situation)
    if may_revise and _RAISES.search(sentence) and not clause.asks:
        return Statement("revision", slot, mention.value, mention), None
    heard = situation.told | situation.heard | situation.own
    demands = slot in situation.wishes and situation.pack.slots[slot].type == "count" and _DEMANDS.search(clause.text)
    if not demands and (_is_known(mention, analysis, situation) or value in heard):
        return Statement("reaction", slot, mention.value, mention), None
    if may_revise:
        return Statement("revision", slot, mention.value, mention), None
    is_price = bool(slot) and slot == situation.pack.price_slot
    if clause.asks and not (is_price and _WANTS.search(clause.text)):
        return Statement("question", slot, mention.value, mention), None
    if mention.negated and not _BOUNDS.search(analysis.text[clause.start : mention.start]):
        return None, None
    return None, _refuse_figure(mention, slot, analysis, situation)


def _refuse_figure(mention: Mention, slot: str, analysis: Analysis, situation: Situation) -> Fault | None:
    value = mention.number or 0.0
    if (
        _HABIT.search(mention.clause.text)
        and slot != situation.pack.price_slot
        and not _WANTS.search(mention.clause.text)
    ):
        return None
    if slot in situation.wishes:
        return Fault("invented_value", f"{slot} is {situation.wishes[slot]}, not {mention.surface}")
    if not slot:
        dated = any(situation.pack.slots[one.slot].type == "date" for one in analysis.mentions if one.slot)
        free = value <= SMALL or (dated and value <= 24) or _BACKGROUND.search(mention.clause.text)
        return None if free else Fault("invented_number", f"{mention.surface} is no wish of yours")
    if situation.pack.slots[slot].constraint is None and value <= SMALL:
        return None
    # "Good for a week of driving" is no wish about the delivery.
    of_time = _SPAN.search(mention.surface) and not _WANTS.search(mention.clause.text)
    if of_time and not speaks_of(analysis.get_sentence(mention.clause), situation.pack, slot):
        return None
    return Fault("invented_value", f"you have no wish about {slot}")


def _equals(wish: str, mention: Mention) -> bool:
    try:
        return abs(float(wish) - (mention.number or 0.0)) < 1e-6
    except ValueError:
        return False


def _is_known(mention: Mention, analysis: Analysis, situation: Situation) -> bool:
    things = mention.things
    if not mention.slot and (mention.number or 0) <= 10:
        return False
    for thing in things:
        for slot in share_unit(situation.pack, mention.slot):
            row = situation.knowledge.get(thing, slot)
            if row is not None and row.number is not None and agrees(mention, row.number, analysis.text):
                return True
    return False


def _holds_for_customer(mention: Mention, direction: str, analysis: Analysis, situation: Situation) -> bool:
    if holds_difference(mention, direction, analysis, situation):
        return True
    price = situation.pack.price_slot
    if mention.slot or not price:
        return False
    typed = Mention(**{**mention.__dict__, "slot": price})
    return holds_difference(typed, direction, analysis, situation)


def _list_prices(situation: Situation) -> list[float]:
    price = situation.pack.price_slot
    things = [situation.focus] if situation.focus else list(situation.knowledge.entities)
    rows = (situation.knowledge.get(thing, price) for thing in things) if price else ()
    return [row.number for row in rows if row is not None and row.number is not None]


def _sounds_like_price(mention: Mention, analysis: Analysis, situation: Situation) -> bool:
    """Tell whether a figure without unit is money: of a price's size, with no noun behind it."""
    if _names_unit(mention, analysis):
        return False
    value = mention.number or 0.0
    return value >= 20 and any(0.3 * price <= value <= 3 * price for price in _list_prices(situation))


_UNIT = re.compile(
    r"\s*(?:km|kilomet|seats|people|nights?|days?|weeks?|years?|minutes?|%|percent|[岁公座人位晚天年分个道折])",
    re.IGNORECASE,
)


def _names_unit(mention: Mention, analysis: Analysis) -> bool:
    return _UNIT.match(analysis.text, mention.end) is not None


def _is_above(value: float, situation: Situation) -> bool:
    try:
        wish = float(situation.wishes.get(situation.pack.price_slot or "", "nan"))
    except ValueError:
        return False
    return value > wish


def _is_fair(value: float, situation: Situation) -> bool:
    """Tell whether a counter-offer lies below the price and not too far below it; thousands may be left out."""
    scales = (1.0, 1000.0, 10_000.0)
    return any(FLOOR * price <= value * scale <= price for price in _list_prices(situation) for scale in scales)


def _may_revise(slot: str, sentence: str, situation: Situation) -> bool:
    stated = slot in situation.stated or slot in situation.asked
    pressed = bool(situation.last and _PRESSED.search(situation.last))
    return (stated or pressed) and (bool(_REVISES.search(sentence)) or pressed)


def _read_category(mention: Mention, analysis: Analysis, situation: Situation) -> tuple[Statement | None, Fault | None]:
    slot, value, clause = mention.slot, mention.value, mention.clause
    wish = situation.wishes.get(slot)
    sentence = analysis.get_sentence(clause)
    if mention.negated:
        rows = [situation.knowledge.get(thing, slot) for thing in mention.things]
        # "It isn't even fully electric, is it?" speaks of the thing.
        of_thing = any(row is not None and row.value != value for row in rows) and _OF_IT.search(clause.text)
        # "No sea view, so the lake will do" gives a wish up.
        gives_up = _may_revise(slot, sentence, situation) and _REVISES.search(sentence)
        if wish == value and not of_thing and not gives_up:
            return None, Fault("invented_value", f"you do wish for {slot} = {wish}")
        return Statement("denied", slot, value, mention), None
    if wish == value:
        return Statement("wish", slot, value, mention), None
    if clause.asks:
        return Statement("question", slot, value, mention), None
    known = any(
        row is not None and row.value == value
        for row in (situation.knowledge.get(thing, slot) for thing in mention.things)
    )
    if wish is not None:
        if _may_revise(slot, sentence, situation) and _REVISES.search(sentence):
            return Statement("revision", slot, value, mention), None
        if known and not _WANTS.search(clause.text):
            return Statement("reaction", slot, value, mention), None
        return None, Fault("invented_value", f"{slot} is {wish}, not {value}")
    if known:
        return Statement("reaction", slot, value, mention), None
    if situation.pack.slots[slot].constraint and _is_wished(clause.text):
        return None, Fault("invented_value", f"you have no wish about {slot}")
    return None, None


def _is_wished(text: str) -> bool:
    return _WANTS.search(text) is not None or len(text.split()) <= 5
