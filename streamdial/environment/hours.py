"""Hours and weekdays as people write them: read, written, and what an account says of its opening hours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from streamdial.records import Language

USUAL_HOURS = (9.0, 20.0)
"""Hours between which a visit is taken where nothing was mined about opening hours."""
_STEMS: dict[Language, tuple[str, ...]] = {
    "en": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    "zh": ("一", "二", "三", "四", "五", "六", "日"),
}
_DAY = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b|(?:周|星期|礼拜)([一二三四五六日天末])", re.IGNORECASE)
_HOUR = re.compile(
    r"(?P<part>早上|上午|中午|下午|晚上|傍晚)?(?P<hour>\d{1,2}|[一二两三四五六七八九十]{1,3})"
    r"(?:[:：点](?P<minute>\d{2}|半)?分?)?\s*(?P<half>am|pm|a\.m\.|p\.m\.|o'clock)?",
    re.IGNORECASE,
)
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_SPAN = re.compile(
    r"((?:早上|上午|中午|下午|晚上)?\d{1,2}(?:[:：点]\d{0,2})?\s*(?:am|pm)?)\s*(?:-|–|~|to|until|till|至|到|—)\s*"
    r"((?:早上|上午|中午|下午|晚上)?\d{1,2}(?:[:：点]\d{0,2})?\s*(?:am|pm)?)",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"(?:closed|not open)(?: on)?\s+((?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
    r"|((?:周|星期)[一二三四五六日天])(?:店休|休息|不营业|公休|闭店)",
    re.IGNORECASE,
)


class Hours(NamedTuple):
    """When visits are taken: hours of the day (13.5 is half past one), and weekdays without any (0 is Monday)."""

    opens: float
    closes: float
    closed: frozenset[int] = frozenset()
    known: bool = False
    """Whether they were mined; the usual ones are assumed otherwise."""


def find_weekday(text: str) -> int | None:
    """Return the weekday a text names, 0 for Monday; a weekend counts as Saturday; None where it names none."""
    match = _DAY.search(text)
    if match is None:
        return 5 if "weekend" in text.lower() else None
    if match[1]:
        return _STEMS["en"].index(match[1].lower()[:3])
    return 5 if match[2] == "末" else 6 if match[2] == "天" else _STEMS["zh"].index(match[2])


def read_hour(text: str) -> float | None:
    """Return the hour of the day a text names: `2 pm`, `14:30`, 下午两点半; None where it names none."""
    lower = text.lower()
    if "noon" in lower:
        return 12.0
    match = _HOUR.search(lower)
    if match is None:
        return None
    spelled = match["hour"]
    hour = float(spelled) if spelled.isdigit() else _read_chinese(spelled)
    if hour is None or hour > 24:
        return None
    if match["minute"]:
        hour += 0.5 if match["minute"] == "半" else int(match["minute"]) / 60
    late = (match["half"] or "").startswith("p") or match["part"] in ("下午", "晚上", "傍晚")
    return hour + 12 if late and hour < 12 else hour


def _read_chinese(spelled: str) -> float | None:
    if "十" in spelled:
        left, _, right = spelled.partition("十")
        return float(_DIGITS.get(left, 1) * 10 + _DIGITS.get(right, 0))
    return float(_DIGITS[spelled]) if spelled in _DIGITS else None


def write_hour(hour: float, language: Language) -> str:
    """Return an hour of the day as people say it: `2:30 pm`, 下午2点半."""
    whole, half = int(hour), hour % 1 >= 0.5
    if language == "en":
        name = f"{(whole - 1) % 12 + 1}{':30' if half else ''}"
        return f"{name} {'am' if whole < 12 else 'pm'}"
    part = "上午" if whole < 12 else "中午" if whole == 12 else "下午" if whole < 18 else "晚上"
    return f"{part}{(whole - 1) % 12 + 1}点{'半' if half else ''}"


def read_hours(texts: Iterable[str]) -> Hours:
    """Return the opening hours some texts state: the first span of hours, and the days they call closed."""
    opens = closes = None
    closed: set[int] = set()
    for text in texts:
        for match in _CLOSED.finditer(text):
            day = find_weekday(match[0])
            if day is not None:
                closed.add(day)
        span = _SPAN.search(text)
        if span is not None and opens is None:
            first, last = read_hour(span[1]), read_hour(span[2])
            if first is not None and last is not None:
                if last <= first and last <= 12:
                    last += 12
                opens, closes = first, last
    if opens is None or closes is None:
        return Hours(*USUAL_HOURS, frozenset(closed), known=bool(closed))
    return Hours(opens, closes, frozenset(closed), known=True)
