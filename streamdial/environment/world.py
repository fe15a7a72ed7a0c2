"""The world a dialogue is held in: what can be had, on which day, at which hour and on which terms.

Both generators ask the same executable database. Here its questions have names: what fits some wishes and can be had,
what is nearest to them, whether a day and an hour can be booked, and what could be offered instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.environment.database import DomainDatabase, quote
from streamdial.environment.opening_hours import ALL_DAY, OpeningHours, Span, read_opening_hours, read_times
from streamdial.environment.schema import DAYS, DomainSchema, build_schema, fill_schema
from streamdial.errors import ConfigurationError
from streamdial.personas import Knowledge
from streamdial.records import Language

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


class Refusal(NamedTuple):
    """Why something cannot be booked: `closed_day`, `full_day`, `out_of_hours`, `gone` or `cannot_be_held`."""

    reason: str
    day: str = ""
    hour: float | None = None


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


class World:
    """What an account has to offer, as preconditions see it.

    Args:
        knowledge: The account's knowledge base.
        language: Language of its values, and of the names of the days.
        seed: Decides the stock by the day, which no page tells.
    """

    def __init__(self, knowledge: Knowledge, language: Language, seed: int = 0) -> None:
        self.knowledge = knowledge
        self.language = language
        self._pack = knowledge.pack
        self._database: DomainDatabase | None = None
        self._schema: DomainSchema | None
        try:
            self._schema = build_schema(knowledge, language)
        except ConfigurationError:
            # An account that sells nothing by name, or by no day, has no stock to ask for.
            self._schema = None
        if self._schema is not None:
            contents = fill_schema(self._schema, knowledge, seed, Counts("world"))
            self._database = DomainDatabase(self._schema, contents)
        hours = [row.text for row in knowledge.rows if row.slot == "opening_hours"]
        self.hours = read_hours(hours)

    def is_gone(self, entity: str) -> bool:
        """Tell whether a thing cannot be had at all."""
        slot = self._pack.stock_slot
        row = self.knowledge.get(entity, slot) if slot else None
        return slot is not None and row is not None and row.value in self._pack.slots[slot].gone

    def can_hold(self, entity: str) -> bool:
        """Tell whether a thing can be kept for somebody: it is there now."""
        slot = self._pack.stock_slot
        row = self.knowledge.get(entity, slot) if slot else None
        if slot is None or row is None:
            return True
        schema = self._pack.slots[slot]
        return row.value not in (*schema.gone, *schema.not_held)

    def count_free(self, entity: str, day: str) -> int | None:
        """Return how many of a thing are free on a day; None for a day the database does not have."""
        weekday = find_weekday(day)
        if self._database is None or self._schema is None or weekday is None or not entity:
            return None
        name = quote(self._schema.entity)
        rows = self._database.execute(
            f"SELECT free FROM availability WHERE {name} = :entity AND day = :day",
            {"entity": entity, "day": DAYS[self.language][weekday]},
        )
        return int(str(rows[0]["free"])) if rows else None

    def find_refusal(self, entity: str, day: str, time: str = "") -> Refusal | None:
        """Return why a thing cannot be booked for a day and an hour, or None where it can."""
        if entity and self.is_gone(entity):
            return Refusal("gone", day)
        weekday = find_weekday(day)
        if weekday is not None and weekday in self.hours.closed:
            return Refusal("closed_day", day)
        hour = read_hour(time) if time else None
        if hour is not None and not self._is_open(day, time):
            return Refusal("out_of_hours", day, hour)
        if self.count_free(entity, day) == 0:
            return Refusal("full_day", day)
        return None

    def _is_open(self, day: str, time: str) -> bool:
        """Tell whether a visit can begin then; an hour that can mean morning or evening is open if one of them is."""
        if self.hours.opening is not None:
            return self.hours.opening.is_open(day, time) is not False
        meant = read_times(time)
        return not meant or any(self.hours.opens * 60 <= minute < self.hours.closes * 60 for minute in meant)

    def list_days(self, entity: str) -> tuple[str, ...]:
        """Return the weekdays on which a thing can be booked, from Monday."""
        return tuple(day for day in DAYS[self.language] if self.find_refusal(entity, day) is None)

    def list_hours(self, day: str = "") -> tuple[float, ...]:
        """Return the full hours at which a visit can begin: on a day, or on any where none is named."""
        weekday, opening = find_weekday(day), self.hours.opening
        spans: Iterable[Span] = ((round(self.hours.opens * 60), round(self.hours.closes * 60)),)
        if opening is not None:
            spans = {span for number in (range(7) if weekday is None else (weekday,)) for span in opening.days[number]}
        starts = {hour % 24 for start, end in spans for hour in range(-(-start // 60), -(-end // 60))}
        return tuple(float(hour) for hour in sorted(starts))

    def find_next_day(self, entity: str, day: str) -> str:
        """Return the next weekday after one on which a thing can be booked; empty where there is none."""
        start = find_weekday(day)
        names = DAYS[self.language]
        begin = 0 if start is None else start + 1
        after = [names[(begin + step) % 7] for step in range(7)]
        return next((name for name in after if self.find_refusal(entity, name) is None), "")

    def rank(self, wishes: Mapping[str, str], *, without: Iterable[str] = ()) -> list[tuple[str, tuple[str, ...]]]:
        """Return what can be had, the nearest to some wishes first, each with the wishes it breaks.

        Nearness is the number of wishes broken, then the distance over them; see `Knowledge.rank`.
        """
        left_out = set(without)
        ranked = self.knowledge.rank(wishes)
        return [(name, broken) for name, broken, _ in ranked if name not in left_out and not self.is_gone(name)]


@lru_cache(maxsize=256)
def open_world(knowledge: Knowledge, language: Language) -> World:
    """Return the world of a knowledge base, the same for all its dialogues."""
    return World(knowledge, language)
