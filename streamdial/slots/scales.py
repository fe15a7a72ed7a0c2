"""Scales behind a number in digits: 万 亿 千 百, k, m, thousand, grand, lakh, crore; and W, which may be watt."""

from __future__ import annotations

import re
from typing import NamedTuple

from streamdial.slots.currencies import find_after, find_before
from streamdial.slots.rests import add_lower_scales, add_lower_words

_SIGNS = {"十": 10.0, "k": 1e3, "千": 1e3, "w": 1e4, "万": 1e4, "m": 1e6, "亿": 1e8, "百": 1e2, "万亿": 1e12}
_WORDS = {
    "hundred": 1e2, "thousand": 1e3, "grand": 1e3, "million": 1e6, "millions": 1e6, "mn": 1e6, "mln": 1e6,
    "billion": 1e9, "bn": 1e9, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "lacs": 1e5, "crore": 1e7, "crores": 1e7,
    "cr": 1e7, "dozen": 12.0, "लाख": 1e5, "करोड़": 1e7, "हज़ार": 1e3, "हजार": 1e3, "hazar": 1e3, "hazaar": 1e3,
    "mio": 1e6, "mrd": 1e9, "tsd": 1e3,
    "millionen": 1e6, "tausend": 1e3, "mille": 1e3, "тыс": 1e3, "тысяч": 1e3, "тысячи": 1e3, "млн": 1e6,
    "миллиона": 1e6, "миллионов": 1e6,
}  # fmt: skip
# 千米 and 千瓦时 are units, not thousands.
_SIGN = re.compile(r"\s?(?P<sign>[十百千]?(?:万亿|[万亿])|千(?![米瓦克卡])|[万亿百]|[kKwWmM](?![A-Za-z²³\d]))")
_WORD = re.compile(
    rf"[\s-]?(?P<word>{'|'.join(sorted(map(re.escape, _WORDS), key=len, reverse=True))})(?![A-Za-zÀ-ÿЀ-ӿऀ-ॿ])\.?",
    re.IGNORECASE,
)
_LARGE_WORD = re.compile(r"[\s-](?P<word>grand|lakhs?|lacs?|crores?|billion|dozen|k)\b", re.IGNORECASE)
_MONEY_SIGN = re.compile(r"[$¥￥€£₹]\s?$")
_MONEY_BEFORE = re.compile(
    r"(?:预算|价格?|售价|落地|只要|不超过|控制在|首付|优惠|补贴|便宜|budget|price|pay|under|below|max|rmb|cny)[^\d]{0,4}$",
    re.IGNORECASE,
)
_MONEY_AFTER = re.compile(
    r"\s?[wW]\s?(?:元|块|人民币|以内|以下|之内|左右|出头|上下|预算|落地|的?车|能|可以|rmb|cny|budget)", re.IGNORECASE
)
_POWER = re.compile(
    r"(?:功率|快充|充电|充电器|电机|音响|吹风机|微波炉|灯|瓦|电源|power|charg\w*|speakers?|output|motor|adapter|lamp|bulb)"
    r"[^\d]{0,6}$",
    re.IGNORECASE,
)
_POWER_AFTER = re.compile(
    r"\s?[wW]\s?(?:的?(?:功率|快充|充电|超充|电机|音响|吹风机|微波炉|灯|电源)|power|charg|speaker|output|motor|adapter|lamp|bulb)",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"[\u3400-\u9fff]")


class Scaled(NamedTuple):
    """A number with its scale: the value, where the scale ends, what it multiplied by."""

    value: float
    end: int
    factor: float


def classify_scale(text: str, place: int) -> bool:
    """Tell whether a scale that is nothing else stands at a place behind a number; m may be metres, W watt."""
    sign = _SIGN.match(text, place)
    return bool((sign and sign["sign"] not in "mMW") or _WORD.match(text, place))


def read_scale(
    text: str, start: int, end: int, value: float, *, money: bool, words: bool = False, language: str = "en"
) -> Scaled | str | None:
    """Return a number with the scale behind it.

    None where there is none, `W` where a w means watt, `ambiguous_number` where it may be watt or 万.

    Args:
        text: The text.
        start: Where the number begins.
        end: Where it ends.
        value: Its value.
        money: Whether only money can stand here.
        words: Whether the number is in words, which take only words such as grand and lakh behind them.
        language: Language of the text.
    """
    if match := (_LARGE_WORD if words else _WORD).match(text, end):
        factor = 1e3 if match["word"].lower() == "k" else _WORDS[match["word"].lower()]
        return Scaled(*add_lower_words(text, round(value * factor, 6), match.end(), factor), factor)
    match = None if words else _SIGN.match(text, end)
    if match is None:
        return None
    sign = match["sign"]
    if sign in "wW":
        meant = _judge_watt(text, start, end, sign, money, language)
        if meant != "money":
            return meant
    # "4.8 m" is a length, "$2m" an amount.
    amount = (money and sign == "M") or find_before(text, start, language) or find_after(text, match.end(), language)
    if sign in "mM" and not amount:
        return None
    factor = 1.0
    for part in re.findall("万亿|.", sign.lower()):
        factor *= _SIGNS[part]  # 千万, 百亿
    scaled, place = round(value * factor, 6), match.end()
    if sign not in "kKmM":
        last = _SIGNS["万" if sign in "wW" else sign[-1]]
        scaled, place = add_lower_scales(text, scaled, place, last)
    return Scaled(scaled, place, factor)


def _judge_watt(text: str, start: int, end: int, sign: str, money: bool, language: str) -> str:
    """Return what a w behind a number means: `money` (万), `W` (watt), or that it may be both."""
    if _POWER.search(text[:start]) or _POWER_AFTER.match(text, end):
        return "W"
    cued = _MONEY_SIGN.search(text[:start]) or _MONEY_BEFORE.search(text[:start]) or _MONEY_AFTER.match(text, end)
    if money or cued:
        return "money"
    chinese = _CHINESE.search(text)
    if sign == "w" and (chinese or language == "zh"):
        return "money"
    return "ambiguous_number" if chinese else "W"
