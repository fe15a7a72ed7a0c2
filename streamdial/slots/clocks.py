"""Days and hours of an appointment in a text, apart from times of a video and months in names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from streamdial.patterns import compile_filtered

MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
"""Pattern of the English months, whole or short; a word boundary must follow."""
PLAIN_HOUR = r"\d{1,2}:[0-5]\d"
HALF_DAY = r"(?:[ap]m|[ap]\.m\.?|o['’]clock)(?![a-z\d])"
"""Patterns of an hour in figures, and of what makes a figure an hour: pm, a.m., o'clock."""
_DATE = compile_filtered(
    r"\b(?:(?:this|next)\s+)?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend)s?\b"
    r"|\b(?:today|tonight|tomorrow)\b"
    rf"|\b{MONTHS}\.? (?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b(?!:\d|,\d|\.\d|%)"
    r"|(?:这|下|本)?(?:周|星期|礼拜)[一二三四五六日天末]|今天|明天|后天|今晚|明晚|\d{1,2}月\d{1,2}[日号]|\d{1,2}号(?!楼|线|店)",
    re.IGNORECASE,
)
_TIME = (
    rf"\b\d{{1,2}}(?::\d{{2}})?\s?{HALF_DAY}|(?P<bare>(?<![\d:.]){PLAIN_HOUR}(?![\d:]))|\b(?:at )?noon\b"
    r"|(?:凌晨|早上|上午|中午|下午|晚上|傍晚)?"
    # Alone, 一点 is "a bit".
    r"(?!(?<!凌晨|早上|上午|中午|下午|晚上|傍晚)一点(?![半钟零一二三四五六七八九十\d]))[零一二两三四五六七八九十\d]{1,3}点"
    # 三点九万 is an amount.
    r"(?![零一二三四五六七八九\d]+[万亿秒升度米公折])(?:半|[一二三四五六七八九十\d]{1,3}分?)?(?!\d)"
)
_VISIT = compile_filtered(_TIME, re.IGNORECASE)
CLOCK = re.compile(rf"{_TIME}|\bmidnight\b|半夜|午夜", re.IGNORECASE)
"""An hour of the day that is said, whatever for."""
_CUE_BEFORE = compile_filtered(
    r"(?:\b(?:at|around|about|by|before|after|from|until|till|to|is|for|make it|book|come|come in|arrive|be there"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tonight|tomorrow|evening|morning|afternoon|noon|or|and)"
    r"|[,，]|上午|早上|中午|下午|晚上|今晚|明晚|傍晚|今天|明天|后天|[一二三四五六日天末号]|约|预约|改到|改成|到店|大概|大约|就|在|那)\s*[,，]?\s*$",
    re.IGNORECASE,
)
_CUE_AFTER = re.compile(
    r"\s*(?:[ap]\.?m\b|works|would|is (?:fine|good|great|perfect)|sounds|please|then\b|on\b|tomorrow|today|tonight"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|到店|到|过去|过来|可以|行|吧|左右|前|后|见|方便|入住|用餐|试驾)",
    re.IGNORECASE,
)
_VIDEO = compile_filtered(
    r"\b(?:in (?:the|this|your) (?:video|clip|stream|recording)|timestamp|minute mark|lol|lmao|haha"
    r"|(?:skip|jump|rewind|fast forward|go back) to)\b|视频|录播|哈哈|进度条",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\bopen(?:ing|s)?\b|\bhours\b|营业|开门|关门|开到", re.IGNORECASE)
_GOES_ON = re.compile(r"\s*(?:-|–|—|~|to|till|until|至|到)\s*\d{1,2}(?::\d\d|\s?[ap]m|点|\b)", re.IGNORECASE)
_GOES_BEFORE = re.compile(r"\d(?:\s?[ap]m|点)?\s*(?:-|–|—|~|to|till|until|至|到)\s*(?:晚上|下午)?$", re.IGNORECASE)


def find_dates(text: str) -> Iterator[re.Match[str]]:
    """Yield the days a text names: Saturday, Jan 5, 12月3日. A name that begins as a month is none: "Jana 50"."""
    return _DATE.finditer(text)


def find_times(text: str) -> Iterator[re.Match[str]]:
    """Yield the hours of the day a text names; opening hours (open from 10 am to 9 pm) are no hour of a visit.

    Bare figures (3:30) are one where a word for a time or a day stands beside them, or they are all of the text at an
    hour between 7:00 and 22:59 and no place of a video is meant; "3:49" and "0:35 lol" are such places.

    Args:
        text: A text.
    """
    for match in _VISIT.finditer(text):
        if _OPENING.search(text) and (_GOES_ON.match(text, match.end()) or _GOES_BEFORE.search(text[: match.start()])):
            continue
        if match["bare"] is None or _is_hour(text, match):
            yield match


def _is_hour(text: str, match: re.Match[str]) -> bool:
    hour = int(match["bare"].partition(":")[0])
    if hour > 24 or _VIDEO.search(text):
        return False
    if _CUE_BEFORE.search(text[: match.start()]) or _CUE_AFTER.match(text, match.end()):
        return True
    return 7 <= hour <= 22 and text.strip(" .!?。！？") == match[0]
