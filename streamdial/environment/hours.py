"""Hours and weekdays as people write them: read, written, and what an account says of its opening hours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from streamdial.environment.opening_hours import ALL_DAY, OpeningHours, read_opening_hours
from streamdial.records import Language

DAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
"""Days that can be booked, as `SlotReader` reads them out of a text."""
USUAL_HOURS = (9.0, 20.0)
"""Hours between which a visit is taken where nothing was mined about opening hours."""
_STEMS: dict[Language, tuple[str, ...]] = {
    "en": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    "zh": ("一", "二", "三", "四", "五", "六", "日"),
}
_DAY = re.compile(
    r"\b(mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:days?)?\b|(?:周|星期|礼拜)([一二三四五六日天末])", re.IGNORECASE
)
_HOUR = re.compile(
    r"(?P<part>早上|上午|中午|下午|晚上|傍晚)?(?<!早)(?<!(?<!傍)晚)(?P<hour>\d{1,2}|[一二两三四五六七八九十]{1,3})"
    r"(?:[:：点](?P<minute>\d{2}|半)?分?)?\s*(?P<half>am|pm|a\.m\.|p\.m\.|o'clock)?",
    re.IGNORECASE,
)
_LATE = re.compile(r"\b(?:afternoon|evening|tonight)\b")
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}


class Hours(NamedTuple):
    """When visits are taken: hours of the day (13.5 is half past one), and weekdays without any (0 is Monday)."""

    opens: float
    closes: float
    closed: frozenset[int] = frozenset()
    known: bool = False
    """Whether they were mined; the usual ones are assumed otherwise."""
    opening: OpeningHours | None = None
    """Hours by the day, with breaks between them, where any were mined."""


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
    if re.search(r"\bnoon\b", lower):
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
    half = match["half"] or ""
    if half.startswith("a") and hour >= 12:
        return hour - 12
    late = half.startswith("p") or match["part"] in ("下午", "晚上", "傍晚") or _LATE.search(lower)
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


_SOON: dict[Language, tuple[str, ...]] = {
    "en": ("today", "tomorrow", "the day after tomorrow", "tonight"),
    "zh": ("今天", "明天", "后天", "今晚"),
}
_STRETCH = re.compile("weekend|周末", re.IGNORECASE)
_NEXT = re.compile(r"\bnext\b|下个?(?:周|星期|礼拜)", re.IGNORECASE)


def write_day(text: str, language: Language) -> str:
    """Return a day as the language writes it: 下周三 is `next Wednesday`, `Friday` is 周五.

    Args:
        text: A weekday with or without "next", or today, tomorrow and the day after, in either language.
        language: The language wanted.

    Returns:
        The day; empty where the text names none of these: a date, or a stretch of days.
    """
    folded = text.strip().lower()
    for names in _SOON.values():
        if folded in names:
            return _SOON[language][names.index(folded)]
    weekday = find_weekday(text)
    if weekday is None or _STRETCH.search(text):
        return ""
    later = _NEXT.search(text) is not None
    name = DAYS[language][weekday]
    return name if not later else f"next {name}" if language == "en" else f"下{name}"


def read_hours(texts: Iterable[str]) -> Hours:
    """Return the opening hours some texts state; the usual hours where they state only which days are closed."""
    opening = read_opening_hours("; ".join(dict.fromkeys(texts)))
    if opening is None:
        return Hours(*USUAL_HOURS)
    closed = frozenset(day for day, spans in enumerate(opening.days) if not spans)
    spans = [span for day in opening.days for span in day]
    if not spans or (closed and set(spans) == {ALL_DAY}):
        return Hours(*USUAL_HOURS, closed, known=True)
    opens, closes = min(start for start, _ in spans), max(end for _, end in spans)
    return Hours(opens / 60, closes / 60, closed, known=True, opening=opening)
