"""Service numbers of businesses (400-xxx-xxxx, toll-free): public by purpose, kept unless it is asked otherwise."""

from __future__ import annotations

import re
from contextvars import ContextVar

HOTLINE = "HOTLINE"
"""Kind of a span that is a service number; it keeps other rules from taking a part of it, and is nobody's datum."""

# With the country code 1 the joints must be written: 18885550123 in one piece is a mobile number in China.
_SERVICE = re.compile(
    r"\(?(?:400|800)\)?[\s\-.]{0,2}\d{3,4}[\s\-.]{0,2}\d{3,4}"
    r"|4\d{3}[\s\-.]\d{3}[\s\-.]\d{3}"
    r"|(?:\+?1[\s\-.]{1,2})?\(?8(?:00|88|77|66|55|44|33)\)?[\s\-.]{1,2}\d{3}[\s\-.]{1,2}\d{4}"
    r"|0(?:800|808|300)[\s\-]\d{3}[\s\-]?\d{3,4}"
)
_EXTENSION = re.compile(r"\s?(?:转|分机|,?\s?ext(?:ension)?\.?|x)\s?\d{1,5}$", re.IGNORECASE)
_DIGITS = re.compile(r"\D")
_OWN = re.compile(
    r"(?:我的?(?:手机|电话|号码?|座机|联系方式)|打我|联系我|(?<![a-z])my\s[a-z\s]{0,16}|(?<![a-z])(?:call|reach|text|ring)\sme)"
    r"[^,，。;；\n\d]{0,8}$",
    re.IGNORECASE,
)
_FEWEST, _MOST = 9, 11

_masked: ContextVar[bool] = ContextVar("hotlines_masked", default=False)


def mask_hotlines(wanted: bool) -> None:
    """Say whether service numbers are masked like those of persons, in this context and what it starts."""
    _masked.set(wanted)


def is_kept_hotline(text: str, start: int, end: int) -> bool:
    """Tell whether a telephone number is a service number that is kept: none that somebody calls their own.

    Args:
        text: Text with full-width characters folded.
        start: Index of the number's first character.
        end: Index after its last character.
    """
    if _masked.get():
        return False
    number = _EXTENSION.sub("", text[start:end])
    digits = _DIGITS.sub("", number)
    if not _SERVICE.fullmatch(number) or not _FEWEST <= len(digits) <= _MOST:
        return False
    return _OWN.search(text, max(0, start - 36), start) is None
