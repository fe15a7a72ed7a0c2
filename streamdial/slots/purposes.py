"""What an amount is of where it is no attribute of a thing: a deposit, a day's drive, what a charge adds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from streamdial.patterns import compile_filtered
from streamdial.records import Language

PRICE_PARTS: dict[Language, str] = {
    "en": (
        r"deposits?|down[- ]?payments?|down(?![- ]?pay)|bonus(?:es)?|off|discounts?|sav(?:e|es|ed|ing|ings)|coupons?"
        r"|rebates?|cash ?back|fees?|tax(?:es)?|insurance|surcharges?|monthly|instal\w+|trade(?![- ]?in)|trade[- ]?ins?"
        r"|refunds?|subsid\w+|finance|financing|loans?|interest|leas(?:e|es|ing)|corkage|parking|per (?:month|year)"
        r"|(?:a|each) (?:month|year)"
    ),
    "zh": (
        "定金|订金|押金|尾款|首付|月供|月租|每个?月|一个月|优惠|立减|直降|减|省|补贴|国补|券|抵|税|保险|服务费|手续费|红包|返"
        "|差价|贷|利?息|加床|停车"
    ),
}
"""Words for what is paid beside a price, as a part of it, or less: one list for chat, where such a word stands beside
the amount (`find_price_part`), and for prose, where it stands anywhere in the clause."""

_REACH = 60
"""Characters before an amount that are looked at."""
_NEVER_BEFORE = r"(?!off\b|(?:a|each|per) )"  # "$3,000 off $38,000"
_PART_BEFORE = compile_filtered(
    rf"(?<!after )(?<!after the )(?<!including )(?<!without )\b{_NEVER_BEFORE}(?P<en>{PRICE_PARTS['en']})"
    r"(?: (?:value|credit|amount|cost|offer|fee|payment|charge)s?)?"
    r"(?: (?:of|is|was|are|worth|around|about|costs?|you|me|up to))*:?\s*[$£€]?$"
    rf"|(?<![含用])(?P<zh>{PRICE_PARTS['zh']})[款了掉额费金现]*"
    r"(?:要|是|大概|大约|只要|才|有|给|能|可以?|还|付|交|再|最多|至少|不超过|控制在|[:：])*\s*[¥￥$]?$"
    r"|(?P<cheaper>便宜)了?\s*[¥￥$]?$"
)
_PART_AFTER = re.compile(
    r"\s*(?:(?:in|of|as|as an?|for|for (?:the|my|your|an?)|on (?:the|my)) )?"
    r"(?:(?:federal|state|resort|cleaning|booking|service|refundable|security|dealer|destination|loyalty) )?"
    r"(?:(?P<off>off\b(?! the lot)|(?:extra|cheaper)\b|(?:more|less)\b(?! than| or))"
    rf"|(?P<en>(?!interest|financ|sav)(?:{PRICE_PARTS['en']}))\b(?! to\b| incl| in\b|,?(?: [a-z]+)? ?[$£€]?\d))"
    r"|\s?(?P<rate>/\s?(?:month|mo|year|yr|月|年)\b)"
    rf"|\s*(?:元|块钱?)?(?P<zh>的(?:{PRICE_PARTS['zh']})|(?:{PRICE_PARTS['zh']})款?(?=$|[\s,，.。!！?？、了吧]))"
)

_FILLED = (
    r"(?:要|得|需|大概|大约|差不多|也就|就|只|才|来回|往返|单程|开车?|跑|通勤|上下班|上班|里程|距离|路程|是|在|有|的|约|为"
    r"|综合|平均|工况|[:：\s])*"
)


class _Use(NamedTuple):
    """A use of a measure: what stands before and behind its number, its units, the words that a slot for it has."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    units: frozenset[str]
    words: tuple[str, ...]


_LENGTHS = frozenset(("km", "mi", "m", "里"))
_USES = (
    _Use(
        re.compile(
            rf"(?:每[天日周月年]|每个月|天天|日均|年均|一(?:[天周年]|个月)|开了|跑了|行驶了?|表显"
            rf"|通勤|上下班){_FILLED}$"
            r"|\b(?:i|we|you)(?: usually| mostly| often| only| just)? (?:drive|do|travel)(?: about| around)?\s*$"
            r"|\b(?:commut\w*|daily|weekly|monthly|annual(?:ly)?|yearly|round[- ]trip)"
            r"(?: (?:is|of|about|around|drive|trip|distance|to work))*:?\s*$"
        ),
        re.compile(
            r"\s*(?:(?:/|per |a |each |every )\s?(?:day|week|weekend|month|year)|on weekends|daily|each way|one[- ]way"
            r"|round[- ]trip"
            r"|(?:to|from) work|commut\w*|on the (?:clock|odometer))\b|\s*(?:/|每|一)[天日周年]"
        ),
        _LENGTHS,
        ("commute", "daily", "mileage", "通勤", "每天"),
    ),
    _Use(
        re.compile(
            r"(?:\b(?:warrant\w+|guarante\w+)(?: (?:is|of|for|up to|covers?))*:?|质保|保修|保固)(?:期|是|为|提供|\s)*$"
            r"|(?:\d|\b(?:two|three|four|five|six|seven|eight|ten))[- ]?(?:years?|yrs?|months?)\s?(?:or|/|,|and)?\s*$"
            r"|[\d一二两三四五六七八十](?:年|个月)(?:或者?|/|、)?\s*$"
        ),
        re.compile(r"\s*(?:of )?(?:an? |the )?(?:\w+ )?(?:warrant|guarant)\w*|\s*(?:的|整车|电池)?(?:质保|保修|保固)"),
        _LENGTHS,
        ("warranty", "guarantee", "质保", "保修", "保固"),
    ),
    _Use(
        re.compile(r"(?:(?<=[a-z年升度])\s?/|\b(?:per|every|each)|每|\bservic\w+(?: (?:at|is|interval))*)\s*$"),
        re.compile(r"\s*(?:service|保养|一保|首保)"),
        _LENGTHS,
        ("service", "interval", "保养"),
    ),
    _Use(
        re.compile(rf"(?:油耗|电耗|能耗|(?<![\d.])(?:一|每|1)?百公里|\bconsumption(?: (?:is|of))*:?){_FILLED}$"),
        re.compile(
            r"\s*(?:/|per |an? |每)\s?(?:(?:100|hundred)\s?)?(?:km|kilomet|mi\b|miles?\b|公里|百公里)|\s*一?百公里"
        ),
        frozenset(("L", "kWh", "mL", "gal")),
        ("consumption", "economy", "油耗", "电耗", "能耗"),
    ),
)

_TIME = (
    r"(?:(?<![\d.])\d[\d.]{0,6}|[一二两三四五六七八九十]{1,5}|half an?|an?|five|ten|fifteen|twenty|thirty)[\s-]?"
    r"(?:minutes?|mins?|min"
    r"|hour|分钟|刻钟|半?个?小时)"
)
_WAY = r"(?:(?<![\d.,])\d[\d.,]{0,9}|[一二两三四五六七八九十百千]{1,8})[\s-]?(?:kilomet\w+|kms?|miles?|mi|公里|千米|里)"
_CHARGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:充电?|补[能电])(?:个|了|上)?\s?{_TIME}[^\d,，。;；!！?？]{{0,8}}{_WAY}",
        # "快充28分钟，续航620公里" are two facts.
        rf"(?<!快)(?<!超)(?:充电?|补[能电])\s?{_TIME}[,，]\s?[^\d,，。;；!！?？]{{0,8}}{_WAY}",
        rf"{_TIME}的?(?:[快超]充|充电)[^\d,，。;；!！?？]{{0,8}}{_WAY}",
        rf"{_TIME}(?:就|能|可以?|即可)*(?:充|补|增加|加)[^\d,，。;；!！?？]{{0,6}}{_WAY}",
        rf"\b{_TIME} (?:of |on (?:a|the) )?(?:[a-z]+ )?charg[^.;!?\d]{{0,40}}?{_WAY}",
        rf"\b{_TIME} (?:adds?|gives?|gets?|buys?|nets?|yields?|for|=)[^.;!?\d]{{0,20}}{_WAY}",
        rf"{_WAY}(?: of [a-z]+(?: [a-z]+)?)?(?: back| more)? in (?:just |only |about |under )?{_TIME}",
        rf"\bcharg\w* (?:[a-z]+ )?for (?:just |only )?{_TIME}[^.;!?\d]{{0,25}}{_WAY}",
    )
)
_EVERYDAY = compile_filtered(
    r"(?<![a-z])(?:km|kms|kilomet\w+|公里|千米|min\w*|分钟|s|sec\w*|秒|weeks?|wks|周|个?星期|l|lit\w+|升|people|persons?"
    r"|guests?|adults|of us|人|大人|位|度|平|米|meters?|metres?|nights?|晚)$",
    re.IGNORECASE,
)


def find_price_part(lower: str, start: int, end: int) -> str | None:
    """Return the word that makes an amount of money no price: a part of it, what is paid beside it, a rate by month.

    Args:
        lower: The text in lower case.
        start: Where the amount begins, its currency included.
        end: Where it ends.
    """
    match = _PART_BEFORE.search(lower[max(0, start - _REACH) : start]) or _PART_AFTER.match(lower, end)
    return next(word.removeprefix("的") for word in match.groups() if word) if match else None


def find_use(lower: str, start: int, end: int, measure: str | None) -> tuple[str, ...]:
    """Return the words for what a measure is of where it is no attribute of its own: driven a day, a warranty's, used.

    Args:
        lower: The text in lower case.
        start: Where the amount begins.
        end: Where it ends, with its unit.
        measure: Name of its unit.

    Returns:
        Words that a slot for such amounts is called by; none where nothing shows such a use.
    """
    before = lower[max(0, start - _REACH) : start]
    return next(
        (
            use.words
            for use in _USES
            if measure in use.units and (use.before.search(before) or use.after.match(lower, end))
        ),
        (),
    )


def find_charges(lower: str) -> Iterator[tuple[int, int]]:
    """Yield the places of what a charge of some minutes adds: 充电5分钟续航200公里, "200 km in 15 minutes".

    Neither the minutes nor the distance is that of the whole battery.
    """
    for pattern in _CHARGES:
        for match in pattern.finditer(lower):
            yield match.span()


def measures_much(written: str) -> bool:
    """Tell whether a unit, or an amount by its unit, measures much else than the attribute of a pack that has it."""
    return bool(_EVERYDAY.search(written))
