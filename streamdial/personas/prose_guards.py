"""What keeps a sentence, a clause or an amount from being a fact: questions, suppositions, others' things, the past."""

from __future__ import annotations

import re

from streamdial.records import Language

_QUESTION: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\?\s*$|^\W*(?:(?:so|and|but|well|ok(?:ay)?|wait)\b,? )?(?:is|are|was|were|does|do|did|has|have|can|could|will"
        r"|would|should|how|what|which|who|whose|where|why|isn't|aren't|doesn't|don't|any)\b(?! is\b)"
        r"|\b(?:asks?|asked|asking|wondering|wonder|want to know|not sure) (?:if|whether|about|how|what)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"[?？]\s*$|[吗么呢][。!！~]*$|是不是|有没有|能不能|可不可以|多不多|多少|请问|想问|问一下|怎么样$"
    ),
}
_SUPPOSED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:if|unless|suppose|supposing|supposedly|imagine|assuming|assume|in case|would|might|may be|may have|could"
        r"|maybe|perhaps|probably|possibly|likely|i think|i guess|i believe|i heard|i hear|hopefully|should|they say"
        r"|people say|rumou?rs?|rumou?red|reportedly|expected|planned|plans? to|going to|will be|will have|will get"
        r"|wish|hope|aims?|target|goal|claims?|want|wants|wanted|looking for|need|needs|prefer|i'd|you'd|like to"
        r"|budget|for example|e\.g\.|say you|let's say)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"如果|要是|假如|假设|倘若|万一|的话|除非|可能|也许|或许|大概率|应该|估计|听说|据说|好像|似乎|传言|传闻"
        r"|预计|即将|将会|未来"
        r"|计划|打算|争取|目标|希望|想要|想找|要找|预算|我猜|我觉得|我感觉|比如|例如|譬如|打个比方|号称|说是"
        r"|网上说|有人说|[您你]要(?!求)"
    ),
}
_OTHERS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:my|mine|his|her|hers|friends?|friend's|neighbou?rs?|neighbou?r's|somebody|someone|somebody's|someone's"
        r"|colleague's?|competitors?|competitor's|rivals?|rival's|competition|elsewhere|others?|next door"
        r"|other (?:brands?|hotels?"
        r"|restaurants?|cars?|models?|rooms?|menus?|places|shops?|dealers?)|another (?:brand|hotel|restaurant|car|model"
        r"|place|one)|old (?:car|one|model|version|generation|menu|rate)|previous (?:model|version|generation)"
        r"|predecessor|last generation|unlike|not ours)\b"
        # A journey that is told between two answers about a hotel.
        r"|\b(?:train|flight|bus)\b[^.]*\b\d{1,2}:\d\d|\barriv(?:es|ing) (?:in|at) [a-z ]+ (?:at|by) \d",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"我(?:自己)?(?:的|家|之前|以前|原来|那台|那辆|开的|住的|买的|老公|老婆|爸|妈)|朋友|邻居|同事|别人|人家"
        r"|隔壁|竞品|竞争对手|友商|同级|同行"
        r"|其[他它]|别的|别家|某品牌|某些|老款|旧款|旧车|老车|上一代|前一代|上代|不像|对面那家|那家店?比"
    ),
}
_COMPARED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:than|compared (?:to|with)|versus|vs|twice|double the|half (?:of|as|the)|times (?:as|more|the)"
        r"|as (?:much|many|far"
        r"|big|large|long) as|difference|gap)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?<!性价)(?<!对)比(?!较|例|赛|邻|如|亚迪)|相比|对比|相差|差距|差别|多了|少了|便宜了|贵了|多出|高出|长了"
        r"|短了|大了|小了|快了|慢了|翻倍|一倍|一半"
    ),
}
_PAST: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:used to|was|were|had|formerly|previously|originally|original price|until (?:last|recently|now)"
        r"|last (?:year|month|season|week|summer|winter)|regular(?:ly)?|normally|usually|list price of|instead of"
        r"|down from|reduced from|back then|at launch|in the past|years? ago|months? ago|once|no longer|any ?more"
        r"|in 20\d\d)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"原价|划线价|之前|以前|从前|曾经?|原来|原先|去年|前年|上个?月|上个?周|刚上市|刚开始|过去|当时|当初"
        r"|日常价|平时|门市价|市场价|老价|早先|不再"
    ),
}
_CONDITION: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:week ?days?|week ?ends?|week ?nights?|holidays?|season|members?|students?|seniors?|children|kids?|child"
        r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|tonight only|today only|early bird|when you|option(?:al"
        r"|ally)?|upgrade[sd]?)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"周[一二三四五六日天末]|星期|平日|工作日|节假日|假期|旺季|淡季|春节|国庆|五一|会员|学生|老人|儿童|小孩"
        r"|孩子|早鸟|选装|可选|选配|升级|连住"
    ),
}
_DENIED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:not|no|never|without|neither|nor|none|cannot|can't|isn't|aren't|doesn't|don't|didn't|won't|lacks?|except"
        r"|instead of|rather than|hardly|barely)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?<!差)不(?!仅|只|光|但|错|过|愧|用|断)|没|(?<!全)无(?!论|忧|线|边)|并非|未|别(?!墅|克)|除了|除外"
    ),
}
_BOOKED = re.compile(
    r"\b(?:reserv(?:e|ed|ation|ations|ing)|booked|booking|book (?:you )?(?:a|the) (?:table|room)|table for|your party"
    r"|reference)\b|预[订定]|订[了好]",
    re.IGNORECASE,
)
_TAG: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r",?\s*\b(?:is that|does that|would that|how does that) (?:ok(?:ay)?|all right|fine|work|sound|be)[^?,.]*\?$",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"[,，]\s*(?:[您你](?:看|觉得|说)?)?\s*(?:可以|行|能接受|怎么样|合适|好|如何|成)?(?:吗|么|不|吧)?[?？]$"
    ),
}
_OFFER = re.compile(r"\blate check|\bfor free if\b|延迟|赠|(?<!配)送(?!餐)|下单")
_UNCERTAIN_BEFORE = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|close to|over|more than|less than|under|below"
    r"|above|some|between|from|start(?:s|ing)? (?:at|from)|minimum|maximum|max|circa|well over|just under|only up to"
    r"|at least|at most|upwards of|as low as|an? average of|on average|typically)(?: of| the| a)?\s*\$?"
    r"|[~≈<>＜＞±]\s*[$¥￥]?|大概|大约|约|差不多|接近|将近|近|不到|超过|超|最低|最高|至少|起码|低至|高达|平均"
    r"|上限|下限|才几|小)(?:是|要|有|为|在)?\s*[$¥￥]?$",
    re.IGNORECASE,
)
_UP_TO = re.compile(r"(?:\bup to|\bat most|最多|最大)(?:可以?|能|是|坐|住)*\s*$", re.IGNORECASE)
"""What makes an amount a bound, and a number of people the number there is room for."""
_UNCERTAIN_AFTER = re.compile(
    r"^\s?(?:or so|-?ish\b|plus\b|\+|or more|or less|and up|upwards|at (?:most|least)|roughly|or thereabouts"
    r"|give or take"
    r"|approximately|左右|上下|出头|以上|以下|以内|之内|多(?![功媒少])|来[公米平]|起(?![步来])|不到|开外|余[公元米])",
    re.IGNORECASE,
)
_NUMBER = r"(?:\d[\d.,]*[万千k]?|[一二两三四五六七八九十百]+|one|two|three|four|five|six|seven|eight|nine|ten)"
_RANGE_BEFORE = re.compile(
    rf"\bbetween\b.{{1,12}}\band\s*[$¥￥]?$|{_NUMBER}\s*(?:km|公里|平米?|座|人|元|块|万)?\s*(?:-|–|—|~|～|到|至"
    rf"|\bto\b|\bor\b|或者?|、|/)\s*[$¥￥]?$",
    re.IGNORECASE,
)
_RANGE_AFTER = re.compile(rf"^\s*(?:-|–|—|~|～|到|至|to\b|or\b|或者?|、|/)\s*[$¥￥]?{_NUMBER}", re.IGNORECASE)
_RATE_AFTER = re.compile(
    r"^\s?(?:/(?!\s?(?:night|晚))|(?:per|each|every)\b(?! night)|每(?!晚)|一百公里|百公里)",
    re.IGNORECASE,
)
_OFF_AFTER = re.compile(
    r"^\s?(?:houses?\b|more|less|fewer|extra|off\b|cheaper|longer|further|discount|down\b|bonus|deposit|coupon"
    r"|(?:的)?(?:优惠|补贴|定金"
    r"|订金|押金|券|首付|月供|红包|差价|补差))",
    re.IGNORECASE,
)


def cut_tag(sentence: str, language: Language) -> str:
    """Return a sentence without the question at its end that asks for no fact, as ", is that okay?" or "，可以吗？"."""
    return _TAG[language].sub("", sentence)


def finds_booking(sentence: str) -> bool:
    """Tell whether a sentence books: its number of people is of those who come, not of those there is room for."""
    return bool(_BOOKED.search(sentence))


def find_sentence_trap(sentence: str, language: Language) -> str | None:
    """Return why a whole sentence states no fact of a thing here, or None.

    Reasons: `question`, `supposition` (conditions, hearsay, wishes and plans), `others_thing` (another's car, a rival,
    an older model).
    """
    for reason, patterns in (("question", _QUESTION), ("supposition", _SUPPOSED), ("others_thing", _OTHERS)):
        if patterns[language].search(sentence):
            return reason
    return None


def find_clause_trap(clause: str, before: str, language: Language, *, denial: bool = True) -> str | None:
    """Return why a value of a clause is no fact, or None.

    Args:
        clause: The clause.
        before: The part of it that stands before the value.
        language: Its language.
        denial: Whether a denial before the value turns it round; "no parking" is a value itself.

    Reasons: `comparison`, `past`, `condition` (of weekdays, of members, on option), `denial`.
    """
    for reason, patterns in (("comparison", _COMPARED), ("past", _PAST)):
        if patterns[language].search(clause):
            return reason
    return "denial" if denial and _DENIED[language].search(before) else None


def finds_condition(clause: str, language: Language) -> bool:
    """Tell whether a clause states something of some days, customers or options alone."""
    return bool(_CONDITION[language].search(clause))


def finds_offer(clause: str) -> bool:
    """Tell whether a clause promises an extra to a buyer: 下单送延迟退房, a late check-out."""
    return bool(_OFFER.search(clause))


def find_amount_trap(before: str, after: str, *, counted: bool) -> str | None:
    """Return why an amount is not exact or not the attribute itself, or None.

    Args:
        before: The text of the sentence before the amount.
        after: The text after it.
        counted: Whether it counts people or places: "up to four" is the number there is room for.

    Reasons: `range`, `uncertain`, `rate` (per 100 km), `difference` ("200 more", a discount or a deposit).
    """
    if _RANGE_BEFORE.search(before) or _RANGE_AFTER.match(after):
        return "range"
    if _UNCERTAIN_BEFORE.search(before) or _UNCERTAIN_AFTER.match(after):
        return "uncertain"
    if not counted and _UP_TO.search(before):
        return "uncertain"
    if _OFF_AFTER.match(after):
        return "difference"
    return "rate" if _RATE_AFTER.match(after) else None
