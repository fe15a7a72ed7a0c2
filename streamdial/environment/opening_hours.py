"""Opening hours as pages write them, read to check a booking against: `11:00-22:00, closed on Monday`, 周一休息."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from streamdial.slots import find_numbers

Span = tuple[int, int]
"""Minutes after midnight: opens, closes; one that closes after midnight ends beyond 1440."""
ALL_DAY: Span = (0, 1440)
WEEK = frozenset(range(7))
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MARKS = "一二三四五六日"
_DAY = (
    r"(?:\b(?:mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?s?\b"
    r"|(?:每?周|星期|礼拜)[一二三四五六日天末]|\bweekends?\b|\bweekdays?\b|工作日)"
)
_TO = r"\s*(?:-|–|—|~|～|to|till|until|through|至|到)\s*"
_DAYS = re.compile(rf"({_DAY})(?:{_TO}((?:周|星期|礼拜)?[一二三四五六日天]|{_DAY}))?", re.IGNORECASE)
_CLOCK = (
    r"(?P<part{0}>凌晨|早上|上午|中午|下午|傍晚|晚上)?\s*(?P<hour{0}>\d{{1,2}}|[零一二两三四五六七八九十]{{1,3}}(?=点))"
    r"(?:[:：点时](?P<minute{0}>\d{{2}}|半|一刻|三刻)?分?)?\s*(?P<half{0}>[ap]\.?m\b\.?)?"
)
_SPAN = re.compile(_CLOCK.format(1) + _TO + r"(?:次日|第二天)?" + _CLOCK.format(2), re.IGNORECASE)
_TIME = re.compile(_CLOCK.format(1), re.IGNORECASE)
_CLOSED = re.compile(r"\bclosed\b|\bnot open\b|休息|店休|公休|不营业|闭店|不开", re.IGNORECASE)
_ALWAYS = re.compile(r"\b24 ?(?:hours|h)\b|24小时|全天", re.IGNORECASE)
_PARTS = re.compile(rf"[;；。\n]|[,，、](?=\s*(?:and\s+|but\s+)?(?:closed|not open|{_DAY}))", re.IGNORECASE)
_MINUTES = {"半": 30, "一刻": 15, "三刻": 45}


@dataclass(frozen=True)
class OpeningHours:
    """When a shop is open.

    Attributes:
        days: Weekday, 0 for Monday, to its spans; a day without any is closed.
    """

    days: tuple[tuple[Span, ...], ...]

    def is_open(self, day: str, time: str) -> bool | None:
        """Tell whether a visit can begin then; None where neither day nor time says anything.

        What can be read in two ways (a weekend, half past seven) is open if one of them is. Without a weekday, any day
        counts.

        Args:
            day: Words for a day, `this Saturday`, 周六; those of no weekday say nothing.
            time: Words for an hour, `7:30 pm`, 晚上七点.
        """
        wanted = find_weekdays(day)
        hours = read_times(time)
        if not wanted and not hours:
            return None
        spans = [span for number in wanted or WEEK for span in self.days[number]]
        if not hours:
            return bool(spans)
        return any(start <= at < end for start, end in spans for hour in hours for at in (hour, hour + 1440))


def read_opening_hours(text: str) -> OpeningHours | None:
    """Return the hours a text states, or None where it states none that can be read.

    Each part between semicolons, or commas before a day, is for the days it names, for all others where it names none.
    """
    general: list[Span] = []
    named: dict[int, list[Span]] = {}
    closed: set[int] = set()
    listed: frozenset[int] = frozenset()
    for part in _PARTS.split(text):
        days = find_weekdays(part) | listed
        spans = list(_read_spans(part))
        # "Monday, Tuesday closed": a day alone belongs to what comes next.
        listed = days if not (spans or _CLOSED.search(part)) else frozenset()
        if _CLOSED.search(part) and days and not spans:
            closed |= days
        elif _CLOSED.search(part) and days:
            # "11:00-22:00 closed on Monday": the hours are of the other days.
            closed |= days
            general += spans
        elif spans and days:
            for day in days:
                named.setdefault(day, []).extend(spans)
        else:
            general += spans
    if not (general or named or closed):
        return None
    # Where hours belong to days, the other days are closed; where only closed days are told, hours are not known.
    usual = general or ([] if named else [ALL_DAY])
    return OpeningHours(tuple(() if day in closed else tuple(named.get(day, usual)) for day in range(7)))


def find_weekdays(text: str) -> frozenset[int]:
    """Return the weekdays a text names, 0 for Monday, a range with all between; a weekend is both its days."""
    found: set[int] = set()
    for match in _DAYS.finditer(text):
        first = _read_day(match[1])
        last = _read_day(match[2]) if match[2] else first
        if len(first) == 1 and len(last) == 1:
            start, end = min(first), min(last)
            found |= {day % 7 for day in range(start, end + 1 + (7 if end < start else 0))}
        else:
            found |= first | last
    return frozenset(found)


def read_times(text: str) -> tuple[int, ...]:
    """Return the minutes after midnight an hour can mean: two where morning or evening is not told."""
    if re.search(r"\bnoon\b|正午", text, re.IGNORECASE):
        return (720,)
    match = _TIME.search(text)
    told = _read_clock(match, 1) if match else None
    if match is None or told is None:
        return ()
    clear = match["part1"] or match["half1"] or told >= 780
    return (told,) if clear or told < 60 else (told, (told + 720) % 1440)


def _read_day(text: str) -> set[int]:
    lower = text.lower()
    if "weekend" in lower or lower.endswith("末"):
        return {5, 6}
    if "weekday" in lower or lower == "工作日":
        return {0, 1, 2, 3, 4}
    if lower[:3] in _NAMES:
        return {_NAMES.index(lower[:3])}
    return {_MARKS.index("日" if lower[-1] == "天" else lower[-1])}


def _read_spans(text: str) -> Iterator[Span]:
    if _ALWAYS.search(text):
        yield ALL_DAY
    for match in _SPAN.finditer(text):
        start, end = _read_clock(match, 1), _read_clock(match, 2)
        if start is None or end is None:
            continue
        if end <= start:
            plain = not (match["half2"] or match["part2"])
            end += 720 if plain and end + 720 > start and end <= 720 else 1440
        yield start, end


def _read_clock(match: re.Match[str], number: int) -> int | None:
    spelled = match[f"hour{number}"]
    found = find_numbers(spelled)
    if not found or found[0].value > 24:
        return None
    hour = int(found[0].value)
    minute = match[f"minute{number}"] or "0"
    half = (match[f"half{number}"] or "").lower()
    part = match[f"part{number}"] or ""
    if hour < 12 and (half.startswith("p") or part in ("下午", "傍晚", "晚上") or (part == "中午" and hour < 4)):
        hour += 12
    if hour == 12 and (half.startswith("a") or part in ("凌晨", "晚上")):
        hour = 0 if part != "晚上" else 24
    return hour * 60 + (int(minute) if minute.isdigit() else _MINUTES[minute])
