"""The world a dialogue is held in: what can be had, on which day, at which hour and on which terms.

Both generators have the same stock; dialogues with tools ask it as a database. Here its questions have names: what fits
some wishes and can be had, what is nearest to them, whether a day and an hour can be booked, and what could be offered
instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.environment.hours import DAYS, Hours, find_weekday, read_hour, read_hours, write_hour
from streamdial.environment.opening_hours import Span, read_times
from streamdial.environment.schema import HOURS_SLOT, build_schema, fill_schema
from streamdial.errors import ConfigurationError
from streamdial.personas import Knowledge
from streamdial.records import Language

__all__ = ["Hours", "Refusal", "World", "find_weekday", "open_world", "read_hour", "read_hours", "write_hour"]


class Refusal(NamedTuple):
    """Why something cannot be booked: `closed_day`, `full_day`, `out_of_hours`, `gone` or `cannot_be_held`."""

    reason: str
    day: str = ""
    hour: float | None = None


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
        self._free: dict[tuple[str, str], int] = {}
        try:
            schema = build_schema(knowledge, language)
        except ConfigurationError:
            # An account that sells nothing by name, or by no day, has no stock to ask for.
            pass
        else:
            contents = fill_schema(schema, knowledge, seed, Counts("world"))
            self._free = {(entity, day): units for entity, day, units in contents.stock}
        hours = [row.text for row in knowledge.rows if row.slot == HOURS_SLOT]
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
        """Return how many of a thing are free on a day; None for a day without stock."""
        weekday = find_weekday(day)
        return None if weekday is None else self._free.get((entity, DAYS[self.language][weekday]))

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
