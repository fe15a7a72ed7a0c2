"""Which thing a value in a sentence belongs to: the one named before it, the one carried over, or the account."""

from __future__ import annotations

import re
from collections.abc import Sequence

from streamdial.records import Language
from streamdial.slots import EVERYTHING, SlotMention

_CLAUSE = re.compile(r"[,，](?!\d{3}\b)|[;；]|\s(?:but|while|whereas)\s|但是?|不过|而(?!且)", re.IGNORECASE)
_JOINED = re.compile(
    r"^\s*(?:,|、|，|/|&|\band\b|\bor\b|和|与|跟|及|或|以及)?\s*(?:and\s+|or\s+)?(?:the\s+)?$", re.IGNORECASE
)
_OWNED = re.compile(r"^[\s-]?(?:seats?|seater)?\s?$", re.IGNORECASE)
"""Between a value and the thing it stands before: the seven-seat Meridian."""
_NEAR_BEFORE = re.compile(
    r"\b(?:near(?:by)?|close to|next to|opposite|across from)\s+(?:the\s+)?$|靠近\s*$", re.IGNORECASE
)
_NEAR_AFTER = re.compile(r"^(?:的)?(?:周边|附近|旁边|对面)")
_OF_ALL = "(?!这|那|该|本|各|全)"
_PRICED = r"(?=\s*[:：]|官方|全款|指导|裸车|售价|价格)"
_VERSION = re.compile(
    rf"^{_OF_ALL}[^,，。;；:：是有的为]{{2,30}}版|^\s*20\d\d款"
    rf"|^{_OF_ALL}[^,，。;；:：是有的为]{{0,20}}(?:[标低中高顶]配|(?<![车大小])型){_PRICED}"
    r"|^\s*(?:\d\.\dT|\d{2,3}(?!\d))[^,，。;；\d]{0,20}(?:指导价|裸车|售价|价格|报价)"
)
"""Between a thing and a value that holds for one version of it: G6长续航版售价……, A3标配：……, A6 45 TFSI指导价……"""
_EVERY: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:every|each|all)(?: one)?(?: of)?(?: our| the)? (?:cars?|models?|rooms?|suites?|menus?|sets?)\b"
        r"|\bacross the range\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"(?:所有|全部|每一?[间款台个份套])(?:的)?(?:房间|房型|客房|车型|车|套餐)?|全系|全车系"),
}
_SOME: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:both|respectively|either|some of|the one with|that one over|others?)\b", re.IGNORECASE),
    "zh": re.compile(r"分别|两[款间台个](?:都|房|车)|这几[款间台个]|有的|有些|部分|哪款|另一|那款"),
}
_BOTH: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"^\W*(?:yes,? |and )?both\b(?!\s+(?:sides|ends|ways))", re.IGNORECASE),
    "zh": re.compile(r"^\W*(?:这)?两[款间台个](?:车|房)?都"),
}
_MODEL = re.compile(
    r"(?<![\w.])(?!(?:4S|5G|4G|L[0-5]|V\d+|H\d|T\d|P\d|B\d|F\d|LED|CO2|R\d\d"
    r"|USB\d?)(?!\w))(?:[A-Z]{1,4}[-.]?\d{1,3}[A-Za-z]{0,2}|[A-Z][a-z]+ [A-Z]?\d{1,3})(?![\w.]*\w)"
)
_SUBJECT: dict[Language, re.Pattern[str]] = {
    # "The Cambridge Artworks is ..." and 恭王府的地址 are about something else than what was talked about.
    "en": re.compile(
        r"^(?:[A-Z]?[a-z]+, )?(?:[Tt]he (?=[A-Z])|(?=(?:[A-Z][\w']+ ){2,}))(?:[\w']+ ){1,5}?(?:is|are|has|costs"
        r"|serves|sits|offers)\b"
    ),
    "zh": re.compile(
        r"^(?:[^,，]{1,4}[,，])?(?!这|那|它|他|她|该|本|我|咱|酒店|餐馆|餐厅|饭店|店|车|房|整|一|大|全|所|每"
        r"|其)([\u4e00-\u9fff()]{2,12})的(?:地址|价格|营业|电话|位置|续航|售价|停车)"
    ),
}
_BRACKETED = re.compile(r"[《「『【]([^》」』】]{2,20})[》」』】]")


def cut_clause(sentence: str, start: int, end: int) -> tuple[str, int]:
    """Return the clause a value stands in, and its place in the sentence."""
    left = max((match.end() for match in _CLAUSE.finditer(sentence) if match.end() <= start), default=0)
    right = next((match.start() for match in _CLAUSE.finditer(sentence) if match.start() >= end), len(sentence))
    return sentence[left:right], left


def is_landmark(sentence: str, start: int, end: int) -> bool:
    """Tell whether a name only says where something else is: "near the Aster", 晨曦酒店周边没有餐馆."""
    return bool(_NEAR_BEFORE.search(sentence[:start]) or _NEAR_AFTER.match(sentence[end:]))


def find_thing(
    sentence: str, named: Sequence[SlotMention], start: int, end: int, carried: str, language: Language, *, shared: bool
) -> tuple[str, str]:
    """Return the thing a value belongs to and how it was found, or why it belongs to none.

    Args:
        sentence: The sentence.
        named: The things it names, in order.
        start: Place of the value, in characters.
        end: End of the value.
        carried: What is talked about from before; empty for nothing.
        language: Language of the sentence.
        shared: Whether the attribute holds for the account where nothing is named.

    Returns:
        The thing with `named` or `carried`, `EVERYTHING` with `shared`, or nothing with `no_thing`, `several_things` or
        `one_version`: what holds for a trim of a model need not hold for the model.
    """
    owner = next((one for one in named if one.start >= end and _OWNED.match(sentence[end : one.start])), None)
    if owner:
        return owner.value, "named"
    before = [one for one in named if one.end <= start]
    if not named:
        if shared or _EVERY[language].search(sentence):
            return EVERYTHING, "shared"
        return (carried, "carried") if carried else ("", "no_thing")
    if before:
        last = before[-1]
        joined = [
            one for one in before[:-1] if one.value != last.value and _JOINED.match(sentence[one.end : last.start])
        ]
        after = [
            one
            for one in named
            if one.start >= end and one.value != last.value and _JOINED.match(sentence[end : one.start])
        ]
        if _VERSION.match(sentence[last.end : start]):
            return "", "one_version"
        return ("", "several_things") if joined or (after and len(before) > 1) else (last.value, "named")
    clause, offset = cut_clause(sentence, start, end)
    later = all(one.start >= offset + len(clause) for one in named)
    if len({one.value for one in named}) > 1:
        # "It is at 3 Mill Lane, near the Aster and the Briar": a list in a later clause is no owner.
        return (carried, "carried") if later and carried and start < len(sentence) / 2 else ("", "several_things")
    if later and carried and carried != named[0].value:
        return "", "several_things"
    return named[0].value, "named"


def finds_several(sentence: str, language: Language) -> bool:
    """Tell whether a sentence speaks of several things without their names: both, 分别, "the other one"."""
    return bool(_SOME[language].search(sentence))


def names_both(sentence: str, language: Language) -> bool:
    """Tell whether a sentence is about the two things there are: "both have ...", 两款都."""
    return bool(_BOTH[language].search(sentence))


def find_stranger(sentence: str, mentions: Sequence[SlotMention], entity_slot: str, language: Language) -> str:
    """Return what looks like the name of a thing in a sentence and is not known, else an empty text.

    Args:
        sentence: The sentence.
        mentions: The values and names it has.
        entity_slot: The slot of names.
        language: Language of the sentence.
    """
    for match in [*_MODEL.finditer(sentence), *_BRACKETED.finditer(sentence)]:
        if not any(one.start < match.end() and match.start() < one.end for one in mentions):
            return match[0]
    named = any(one.slot == entity_slot for one in mentions)
    subject = None if named else _SUBJECT[language].search(sentence)
    return subject[0] if subject else ""
