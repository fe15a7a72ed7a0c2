"""The frames a value stands in where it is stated of a thing: predicates of categories, prices, places for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from streamdial.domains import DomainPack
from streamdial.personas.prose_values import AttributeWords, Named
from streamdial.records import Language
from streamdial.slots import PRICE_PARTS, SlotMention, parse_value

_BEFORE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:^|[,:;(]\s*|\b(?:is|are|it's|that's|has|have|got|comes? (?:in|with|as)|offers?|includes?|including"
        r"|gets?|features?"
        r"|serves?|provides?|with|as|allows?|welcomes?|means)\s+|'s\s+|¤\s*(?:,\s*|and\s+|with\s+|,\s*and\s+)?)"
        r"(?:(?:(?:a|an|the|our|also|both|fully|all|always|standard|still|one|two|purely|available with)\s+)"
        r"|(?:(?!optional|available|different|separate|former|no|partial|not|other|old|second|more"
        r"|less)[a-z-]+\s+(?!$)))?"
        r"(?:(?:a|an|the|our|fully|standard|purely)\s+)?(?:¤+[\s-]?(?:and\s+|,\s*)?)?$",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?:^|[,，:：、;；(（]|¤|是|为|有|含|带|配备?了?|属于?|提供|标配|全系|采用|搭载|都|全是|主打|做的?|看到"
        r"|看|可以|的|款|台|一[款台个张间])\s*$"
    ),
}
_AFTER: dict[Language, str] = {
    "en": r"\s*(?:$|[.,;:!)¤])|\s+(?:and|with|for|but|that|which|in|on|at|of|as|too|standard|included|available|here"
    r"|over|from|where|so|{nouns})\b|\s+¤",
    "zh": r"\s*(?:$|[.,，。!！;；:：、)）¤]|的(?:$|[,，。!！]|{nouns})|和|与|加|还|也|啊|呢|哦|吧|哈|呀|版|{nouns})",
}
_OWN_VERB = re.compile(
    r"\b(?:is|are|isn't|no|not|don't|doesn't|can|can't|have|has|lets|free|included|includes|including|allowed"
    r"|available|paid|without|welcomes?"
    r"|works?|costs)\b|[含包免没不无可有带要欢]|另付|自理",
    re.IGNORECASE,
)
"""What makes a value's spelling a statement of its own: breakfast included, no pets, 免费停车."""
_ELSEWHERE = re.compile(
    r"\b(?:near(?:by)?|across|opposite|down the (?:road|street)|next door|around the corner)\b|附近|旁边|对面|周边",
    re.IGNORECASE,
)
_NOT_PRICE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        rf"\b(?:{PRICE_PARTS['en']}|per (?:person|head|guest|km|mile|hour|day|kwh)|(?:a|each) (?:person|head|week)"
        r"|extra|each(?! night)"
        r"|options?|packages?|add(?:s|ed)?|worth|value of|charger|bottle"
        r"|delivery"
        r"|instal\w+|upgrade|total|rental|reservation|less|more"
        r"|paint|colou?r|service|cleaning|crib|extra bed|bed|breakfast|child(?:ren)?"
        r"|pets?|dogs?|late"
        r"|voucher worth|gift|prize|fine|paid|spent|spend|earn|taxi|shuttle|transfer|repair"
        r"|for (?:two|three|four|five|six|seven|[2-9]|\d\d) (?:nights|days))\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        rf"{PRICE_PARTS['zh']}|加(?!速)|另付|选装"
        r"|充值|送|价值|差价?"
        r"|人均|每人|每位|一位|一个人|单人|每公里|每度|油费|电费|儿童|小孩|洗车|配送|运费|满|折|补|退"
        r"|罚|消费|总共|一共|合计|花了|赚|息|早餐|打车|门?票|升级|包装|餐位"
        r"|(?:[两二三四五六七八九十]|(?<!\d)[2-9])晚"
    ),
}
_PER_HEAD = re.compile(r"人均[^。;；\d]{0,15}$|\bper (?:person|head)\b[^.;\d]{0,30}$", re.IGNORECASE)
"""Before an amount, though in another clause: 人均消费便宜，只要50元。"""
_PRICE_WORD: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:costs?|pric(?:e|es|ed)|sells? (?:for|at)|goes for|going for|rates?|per night|a night|now)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"价|卖|只要|只需|到手|一晚|每晚|每间|落地|直播间|现在"),
}
_LINK = re.compile(
    r"^(?:\s|is|are|costs?|goes for|at|for|comes in at|now|only|just|available|this week|priced|—|-|:|：|,|，|\("
    r"|（|今天|今晚|现在|直播间|只要|只需|仅|才"
    r"|到手|卖|售|一晚|每晚|的|是|就|也|都|我们|给到|做到|这边|要)*$",
    re.IGNORECASE,
)
_HOLDS_BEFORE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:sleeps?|seats?|fits?|serves?|room for|holds?|accommodates?|enough for|made for|meant for"
        r"|capacity of|takes)\s+(?:up to\s+)?(?:¤|\w+\s)?$",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"(?:住|坐|容纳|适合|够|供|可供|适用)(?:下|得下|最多|于)?\s*$"),
}
_HOLDS_AFTER: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"^\s?(?:can (?:sleep|stay|sit|eat|fit))\b", re.IGNORECASE),
    "zh": re.compile(r"^(?:餐|套餐|份|间|房|桌|用|入住|吃|座)"),
}


def finds_predicate(pack: DomainPack, mention: SlotMention, blank: str, offset: int, language: Language) -> bool:
    """Tell whether a category is stated of something: "is electric" and "an electric SUV" are, "electric seats" is not.

    Args:
        pack: The domain pack; its words for things and attributes may follow a value.
        mention: The value.
        blank: Its sentence with all other values and names made ¤.
        offset: Place of its clause in the sentence.
        language: Language of the sentence.
    """
    before, after = blank[offset : mention.start], blank[mention.end :]
    if _ELSEWHERE.search(blank[offset:].split(",")[0]):
        return False
    own = bool(_OWN_VERB.search(mention.surface)) and (language == "zh" or " " in mention.surface)
    follows = re.compile(_AFTER[language].format(nouns=_list_nouns(pack, mention.slot, language)), re.IGNORECASE)
    if not follows.match(after) and not (own and re.match(r"\s+(?:is|are)\b|都|是", after)):
        return False
    return own or bool(_BEFORE[language].search(before))


@lru_cache(maxsize=256)
def _join_nouns(nouns: tuple[str, ...], language: Language) -> str:
    joined = "|".join(re.escape(noun) for noun in sorted(nouns, key=lambda noun: (-len(noun), noun)))
    return rf"(?:{joined})s?" if language == "en" else joined


def _list_nouns(pack: DomainPack, slot_name: str, language: Language) -> str:
    thing, slot = pack.slots[pack.entity_slot], pack.slots[slot_name]
    words = {
        thing.names[language],
        slot.names[language],
        *slot.headers.get(language, ()),
        *thing.headers.get(language, ()),
    }
    common = (
        ("car", "room", "hotel", "restaurant", "food", "cuisine", "place")
        if language == "en"
        else ("车", "房", "餐", "酒店", "店", "菜")
    )
    return _join_nouns(tuple(sorted({*(word.lower() for word in words), *common})), language)


def is_price(
    pack: DomainPack,
    mention: SlotMention,
    nearest: Named | None,
    entities: Sequence[SlotMention],
    sentence: str,
    clause: str,
    offset: int,
    language: Language,
) -> str | None:
    """Return why an amount of money is not the attribute it was read as, or None: a deposit, a discount, a fee.

    Args:
        pack: The domain pack.
        mention: The amount.
        nearest: The attribute named nearest to it.
        entities: The names in the sentence.
        sentence: The sentence.
        clause: The clause of the amount.
        offset: The clause's place in the sentence.
        language: Their language.
    """
    if _NOT_PRICE[language].search(clause) or _PER_HEAD.search(sentence[: mention.start]):
        return "not_the_price"
    before = [one for one in entities if one.end <= mention.start]
    after = [one for one in entities if one.start >= mention.end]
    if before and _LINK.match(sentence[before[-1].end : mention.start]):
        return None
    # What is named after an amount is the next one's attribute, unless it is close.
    close = nearest is not None and nearest.start < mention.start + len(mention.surface) + 3
    said = [match.end() for match in _PRICE_WORD[language].finditer(sentence, offset, mention.start)]
    close = close and nearest is not None and not (said and nearest.end <= said[-1])
    if nearest and close and nearest.slot != mention.slot and pack.slots[nearest.slot].type != "category":
        return "other_attribute"
    if (nearest and nearest.slot == mention.slot) or _PRICE_WORD[language].search(clause):
        return None
    if after and re.match(r"^\s*(?:for the|for an?|的|一晚的|拿下|带走)\s*$", sentence[mention.end : after[0].start]):
        return None
    return "no_attribute"


_ROOM_FOR = re.compile(
    r"\b(?P<verb>sleeps?|seats?|serves?|feeds?|fits?|accommodates?|holds?)\s+(?:up to\s+)?"
    r"(?P<number>[1-9]\d?|two|three|four|five|six|seven|eight|nine|ten|twelve)(?=\s*(?:$|[.,;!)]|comfortably\b|and\b|with\b))",
    re.IGNORECASE,
)


_FREE_TOO = re.compile(r"\bfree ([a-z-]+)(?: and|,? as well as| &) ([a-z-]+)\b", re.IGNORECASE)


def find_free_too(pack: DomainPack, sentence: str, words: AttributeWords) -> SlotMention | None:
    """Return the second of two things that one "free" is said of: "free parking and wifi"."""
    if (match := _FREE_TOO.search(sentence)) is None:
        return None
    named = words.find(match[2].lower())
    spelled = pack.slots[named[0].slot].values.get("free", {}).get("en", ()) if named else ()
    if not spelled or words.find(match[1].lower()) == []:
        return None
    return SlotMention(named[0].slot, "free", None, *match.span(2), spelled[0])


def find_room_for(pack: DomainPack, sentence: str) -> SlotMention | None:
    """Return the number there is room for where an English verb alone says of what: "the loft sleeps four".

    None where the pack counts no people, and of "seats" where it counts no seats: a restaurant that seats eighty is no
    menu for eighty.
    """
    match = _ROOM_FOR.search(sentence)
    slots = [name for name, slot in pack.slots.items() if slot.type == "count" and slot.mined and not slot.booking]
    if match is None or len(slots) != 1:
        return None
    schema = pack.slots[slots[0]]
    if match["verb"].lower().startswith("seat") and "seat" not in schema.names["en"]:
        return None
    parsed = parse_value(pack, schema, match["number"], "en")
    if parsed is None:
        return None
    return SlotMention(slots[0], parsed[0], next(iter(schema.units), None), *match.span("number"), match["number"])


def names_count(before: str, after: str, language: Language) -> bool:
    """Tell whether a number of people is that for whom there is room: sleeps four, 能住四人, 四人餐."""
    return bool(_HOLDS_BEFORE[language].search(before) or _HOLDS_AFTER[language].match(after))
