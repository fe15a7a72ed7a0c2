"""Currencies as people write them: signs, codes and names (CLDR by way of Babel), and what speech adds to them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

CODES = (
    "USD", "CNY", "EUR", "GBP", "JPY", "INR", "RUB", "CHF", "HKD", "TWD", "KRW", "THB", "AED", "SGD", "AUD", "CAD",
    "NZD", "BRL", "PLN", "SEK", "NOK", "DKK", "CZK", "TRY", "UAH", "ILS", "VND", "PHP", "MXN", "MYR", "IDR", "SAR",
    "ZAR", "HUF",
)  # fmt: skip
"""ISO 4217 codes of what is read."""
_LANGUAGES = ("en", "zh", "de", "fr", "ru")
_COLLOQUIAL = {
    "USD": ("$", "us$", "usd$", "dollar", "dollars", "bucks", "buck", "美金", "美刀", "долл.", "us-dollar"),
    "CNY": ("¥", "￥", "元", "块", "块钱", "rmb", "yuan", "cn¥", "人民币", "圆"),
    "EUR": ("€", "euro", "euros", "欧元", "欧"),
    "GBP": ("£", "quid", "英镑", "pound sterling", "pounds sterling"),
    "JPY": ("円", "日元", "日圆", "jp¥", "yen"),
    "INR": ("₹", "rs", "rs.", "rupee", "rupees", "卢比", "रुपये", "रुपए"),
    "RUB": ("₽", "руб", "руб.", "рублей", "рубля", "рубль", "卢布"),
    "CHF": ("sfr.", "franken", "stutz", "瑞郎", "瑞士法郎"),
    "HKD": ("hk$", "港币", "港元", "港纸"),
    "TWD": ("nt$", "台币", "新台币"),
    "KRW": ("₩", "韩元", "韩币"),
    "THB": ("฿", "baht", "泰铢"),
    "AED": ("dirham", "dirhams", "dhs", "迪拉姆"),
    "SGD": ("s$", "新币", "新加坡元"),
    "AUD": ("a$", "au$", "澳元", "澳币"),
    "CAD": ("c$", "ca$", "加元", "加币"),
    "NZD": ("nz$", "纽币"),
    "BRL": ("r$", "br$", "reais"),
    "PLN": ("zł", "zl", "złotych", "złote"),
    "CZK": ("kč",),
    "TRY": ("₺", "lira"),
    "UAH": ("₴", "грн"),
    "ILS": ("₪",),
    "VND": ("₫",),
    "PHP": ("₱",),
    "MXN": ("mx$",),
    "MYR": ("rm",),
    "IDR": ("rp",),
    "SEK": ("kronor", "skr"),
    "NOK": ("nkr",),
    "DKK": ("dkr",),
}
_CROWNS = {"sv": "SEK", "nb": "NOK", "no": "NOK", "da": "DKK"}
UNSURE = ""
"""Instead of a code: a word for several currencies, or for money and weight."""
_UNSURE_WORDS = ("kr", "kr.", "pound", "pounds")
_NO_PREFIX = (
    "元",
    "块",
    "块钱",
    "圆",
    "欧",
    "dollar",
    "dollars",
    "bucks",
    "buck",
    "euro",
    "quid",
    "yen",
    "baht",
    "lira",
)
_WORDS_TOO = ("try", "php", "rm", "rp", "sar", "all", "zl")
_NO_NAMES = {"won", "real", "rand", "sol"}
_GUARDS = {"欧": r"(?![洲盟式美])", "块": r"(?![屏板布])", "元": r"(?![素旦宵])"}
_LONGEST_PREFIX = 12
_LETTER = r"A-Za-zÀ-ÖØ-öø-ÿĀ-žЀ-ӿ"
_IS_LETTER = re.compile(rf"[{_LETTER}]")
SPACE_GROUPING = ("EUR", "RUB", "SEK", "NOK", "DKK", "PLN", "CZK", "UAH", "HUF", "CHF", "ZAR")
"""Currencies whose countries part thousands by spaces."""
DOT_GROUPING = ("EUR", "SEK", "NOK", "DKK", "PLN", "CZK", "CHF", "RUB", "BRL", "TRY", "IDR", "VND")
"""Currencies whose countries part thousands by dots or at least never decimals of three digits by one."""


class CurrencyMention(NamedTuple):
    """A currency beside a number: ISO code, or `UNSURE`, and its place in characters."""

    code: str
    start: int
    end: int


@lru_cache(maxsize=1)
def list_spellings() -> dict[str, str]:
    """Return what is written for a currency, in lower case, with its ISO code; `UNSURE` for what may mean several."""
    from babel.numbers import get_currency_name, get_currency_symbol

    found: dict[str, str] = {}
    for code in CODES:
        found[code.lower()] = code
        for language in _LANGUAGES:
            symbol = get_currency_symbol(code, locale=language).lower().strip()
            if symbol not in ("$", "¥", "£", "kr", "kr.") and not symbol.isdigit():
                found.setdefault(symbol, code)
            for count in (None, 1, 2, 5):
                name = get_currency_name(code, count=count, locale=language).lower()
                if name not in _NO_NAMES:
                    found.setdefault(name, code)
    for code, words in _COLLOQUIAL.items():
        found |= dict.fromkeys(words, code)
    return found | dict.fromkeys(_UNSURE_WORDS, UNSURE)


@lru_cache(maxsize=1)
def _list_prefixes() -> frozenset[str]:
    return frozenset(word for word in list_spellings() if word not in _NO_PREFIX and " " not in word)


@lru_cache(maxsize=1)
def _compile_suffixes() -> re.Pattern[str]:
    parts = []
    for word in sorted(list_spellings(), key=len, reverse=True):
        spelled = f"(?-i:{word.upper()})" if word in _WORDS_TOO else re.escape(word)
        parts.append(
            spelled + (rf"(?![{_LETTER}])" if re.search(rf"[{_LETTER}]$", word) else _GUARDS.get(word[-1], ""))
        )
    return re.compile(rf"[\s-]?(?P<word>{'|'.join(parts)})", re.IGNORECASE)


def find_before(text: str, place: int, language: str) -> CurrencyMention | None:
    """Return the currency written right before a place: $, Rs., CHF; None where there is none.

    Args:
        text: A text.
        place: Where the number begins.
        language: Language of the text; tells whose krona and which ¥ is meant.
    """
    end = place - 1 if text[place - 1 : place] in (" ", "\u00a0", "\u202f", ":", "：") else place
    known = _list_prefixes()
    for start in range(max(0, end - _LONGEST_PREFIX), end):
        word = text[start:end]
        lower = word.lower()
        if lower not in known or (lower in _WORDS_TOO and not word.isupper()):
            continue
        if _IS_LETTER.match(word) and start and _IS_LETTER.match(text[start - 1]):
            continue
        # 3美元 5个: what stands behind a number is that one's.
        return None if _ends_number(text, start, word) else CurrencyMention(_choose_code(word, language), start, place)
    return None


def _ends_number(text: str, place: int, word: str) -> bool:
    last = text[:place].rstrip()[-1:]
    return word not in "$€£₹" and (last.isdigit() or last in tuple("万亿千百"))


def find_after(text: str, place: int, language: str) -> CurrencyMention | None:
    """Return the currency written right behind a place: €, 元, dollars; None where there is none.

    Args:
        text: A text.
        place: Where the number ends.
        language: Language of the text.
    """
    match = _compile_suffixes().match(text, place)
    # "5 $30 vouchers": a sign before another number is that one's.
    if match is None or (match["word"] in "$€£₹¥￥" and text[match.end() : match.end() + 1].isdigit()):
        return None
    return CurrencyMention(_choose_code(match["word"], language), match.start("word"), match.end())


def _choose_code(word: str, language: str) -> str:
    lower = word.lower()
    if lower in ("kr", "kr."):
        return _CROWNS.get(language, UNSURE)
    if lower in ("¥", "￥") and language == "ja":
        return "JPY"
    return list_spellings()[lower]
