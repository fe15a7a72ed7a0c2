"""The part of a planned turn that books, keeps, changes and cancels: each write is checked before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from streamdial.environment.hours import read_hour
from streamdial.environment.matching import read_value, write_cell
from streamdial.environment.tools import Purpose
from streamdial.tooluse.belief_state import Reservation
from streamdial.tooluse.planned_turn import PlannedTurn
from streamdial.tooluse.records import Act
from streamdial.tooluse.wishes import find_party

LOOKED_ON = 4
"""Days looked at after one that is full, before the waitlist alone is offered."""


class BookingReply(PlannedTurn):
    """Reservations of a turn: nothing is booked twice, on a day that is full or closed, or outside opening hours."""

    async def _reserve(self) -> None:
        """Book or keep what is asked for, or say what is missing, or why it cannot be had and what can."""
        belief, schema = self.belief, self.schema
        wanted = belief.open
        assert wanted is not None and wanted.entity
        needed = [column.name for column in schema.booking] if wanted.kind == "book" else [schema.day]
        day = wanted.slots.get(schema.day, "")
        if day in schema.closed:
            await self._refuse(wanted.entity, day, "say_closed")
            return
        wanted.slots = {**self._find_party(), **wanted.slots}
        missing = [slot for slot in needed if not self._is_usable(slot, wanted.slots.get(slot, ""))]
        # A day that is full is no reason to ask for an hour.
        if (
            missing
            and schema.day not in missing
            and not belief.is_booked(wanted.entity, day)
            and not self._is_known_free(wanted.entity, day)
            and not await self._is_free(wanted.entity, day, "availability")
        ):
            await self._refuse(wanted.entity, day, "say_full", waitlist=True)
            return
        if missing:
            self._say("request", entity=wanted.entity, request=tuple(missing[:2]))
            return
        if wanted.kind == "book" and belief.is_booked(wanted.entity, day):
            self._say("already_booked", entity=wanted.entity, tell={schema.day: day})
            return
        await self._write(wanted, day, needed)

    def _find_party(self) -> dict[str, str]:
        """Return the number of a booking that a wish has told: who looked for a menu for six comes with six."""
        slots, wishes = self._kit.pack.slots, self.belief.known_wishes
        counted = [column.name for column in self.schema.booking if column.type == "integer"]
        return {name: party for name in counted if (party := find_party(slots[name], wishes, slots))}

    async def _write(self, wanted: Reservation, day: str, needed: Sequence[str]) -> None:
        """Make the booking or the hold, after a look at the day."""
        belief, schema = self.belief, self.schema
        held = belief.hold if wanted.kind == "book" and self._is_held(wanted.entity, day) else None
        arguments: dict[str, JsonValue] = {schema.entity: wanted.entity, **self._type(wanted.slots, needed)}
        about = Act(act=wanted.kind, entity=wanted.entity, tell={schema.day: day})
        known = self._is_known_free(wanted.entity, day)
        if not known and not await self._is_free(wanted.entity, day, "availability"):
            await self._refuse(wanted.entity, day, "say_full", waitlist=True)
            return
        if held is not None:
            arguments["hold_id"] = held[0]
        purpose: Purpose = "book" if wanted.kind == "book" else "hold"
        result = await self._use(purpose, arguments, purpose, about)
        if result.failure is not None or not result.rows:
            await self._refuse(wanted.entity, day, "say_full", waitlist=True)
            return
        row = result.rows[0]
        number = str(row["booking_id" if wanted.kind == "book" else "hold_id"])
        tell = {slot: write_cell(row[slot]) for slot in needed}
        self._say("confirm" if wanted.kind == "book" else "hold", entity=wanted.entity, tell=tell, reference=number)

    def _is_held(self, entity: str, day: str) -> bool:
        return self.belief.hold is not None and self.belief.hold[1:] == (entity, day)

    def _is_known_free(self, entity: str, day: str) -> bool:
        """Tell whether a day was looked at before and nothing was written since, or the thing is kept for it."""
        return self._is_held(entity, day) or (entity, day) in self.belief.free

    async def _is_free(self, entity: str, day: str, thought: str, **gaps: str) -> bool:
        """Tell whether a thing can be had on a day."""
        about = Act(act="availability", entity=entity, tell={self.schema.day: day})
        asked: dict[str, JsonValue] = {self.schema.entity: entity, self.schema.day: day}
        result = await self._use("availability", asked, thought, about, **gaps)
        return result.failure is None and any(row.get("free") for row in result.rows)

    async def _refuse(self, entity: str, day: str, why: str, *, waitlist: bool = False) -> None:
        """Say why a day cannot be had, with the next one that can be, and with the waitlist where it is full."""
        schema = self.schema
        after = schema.list_days_after(day)
        found = ""
        for other in [name for name in after if name != day and not self.belief.is_booked(entity, name)][:LOOKED_ON]:
            if await self._is_free(entity, other, "other_day", other_day=day):
                found = other
                break
        if found or why == "say_closed" or not waitlist:
            self._say(why, entity=entity, tell={schema.day: day})
        if found:
            self._say("offer_day", entity=entity, tell={schema.day: found})
        if waitlist:
            self._say("offer_waitlist", entity=entity, tell={schema.day: day})

    async def _check_day(self, act: Act) -> None:
        """Say whether a thing is free on a day, and what is where it is not."""
        entity, day = act.entity or self.belief.focus, act.inform.get(self.schema.day, "")
        if day in self.schema.closed:
            await self._refuse(entity, day, "say_closed")
        elif not self._is_usable(self.schema.day, day):
            self._say("request", request=(self.schema.day,))
        elif await self._is_free(entity, day, "availability"):
            self._say("say_free", entity=entity, tell={self.schema.day: day})
        else:
            await self._refuse(entity, day, "say_full")

    async def _join_waitlist(self, act: Act) -> None:
        wanted = self.belief.open
        day = wanted.slots.get(self.schema.day, "") if wanted is not None else ""
        if wanted is None or not day:
            self._say("request", request=(self.schema.day,))
            return
        about = Act(act="waitlist", entity=wanted.entity, tell={self.schema.day: day})
        asked: dict[str, JsonValue] = {self.schema.entity: wanted.entity, self.schema.day: day}
        result = await self._use("waitlist", asked, "waitlist", about)
        if result.failure is not None:
            if result.failure.kind == "still_available":
                self._say("say_free", entity=wanted.entity, tell={self.schema.day: day})
            else:
                self._say("no_answer", entity=wanted.entity, request=(self.schema.day,))
            return
        number = str(result.rows[0]["waitlist_id"])
        self._say("waitlisted", entity=wanted.entity, tell={self.schema.day: day}, reference=number)

    async def _find_booking(self) -> Mapping[str, JsonValue] | None:
        """Return the booking that stands, looked up before anything is done with it; None without one."""
        known = self.belief.booking
        await self._use("list", {}, "list", Act(act="list", reference=known))
        row = self.belief.bookings.get(self.belief.booking)
        return row if row is not None and row.get("status") == "booked" else None

    async def _change(self, act: Act) -> None:
        """Change a booking, after a look at it and at the new day."""
        booking = await self._find_booking()
        if booking is None:
            self._say("no_booking")
            return
        schema = self.schema
        entity, number = str(booking[schema.entity]), str(booking["booking_id"])
        day = act.inform.get(schema.day, "")
        if day in schema.closed:
            await self._refuse(entity, day, "say_closed")
            return
        changed = [slot for slot, value in act.inform.items() if self._is_usable(slot, value)]
        if not changed:
            self._say("request", entity=entity, request=tuple(act.inform) or (schema.day,))
            return
        moves = bool(day) and day != booking.get(schema.day)
        if moves and not await self._is_free(entity, day, "availability"):
            await self._refuse(entity, day, "say_full")
            return
        about = Act(act="change", request=tuple(changed), reference=number)
        asked: dict[str, JsonValue] = {"booking_id": number, **self._type(act.inform, changed)}
        result = await self._use("change", asked, "change", about)
        if result.failure is not None:
            await self._refuse(entity, day, "say_full")
            return
        row = result.rows[0]
        tell = {slot: write_cell(row[slot]) for slot in changed}
        self._say("confirm_change", entity=str(row[schema.entity]), tell=tell, reference=number)

    async def _ask_cancel(self, act: Act) -> None:
        """Ask back before a booking is cancelled."""
        booking = await self._find_booking()
        if booking is None:
            self._say("no_booking")
            return
        day = self.schema.day
        entity, number = str(booking[self.schema.entity]), str(booking["booking_id"])
        self._say("ask_cancel", entity=entity, tell={day: write_cell(booking.get(day))}, reference=number)

    async def _cancel(self, act: Act) -> None:
        """Cancel what the user has confirmed."""
        number = self.belief.cancelling or self.belief.booking
        if not number:
            self._say("no_booking")
            return
        about = Act(act="cancel", reference=number)
        result = await self._use("cancel", {"booking_id": number}, "cancel", about)
        if result.failure is not None:
            self._say("no_booking")
            return
        self._say("confirm_cancel", entity=str(result.rows[0][self.schema.entity]), reference=number)

    def _is_usable(self, slot: str, value: str) -> bool:
        """Tell whether a detail of a booking is known, and can be had."""
        schema = self.schema
        column = schema.get_column(slot)
        if not value or column is None or read_value(column, value) is None:
            return False
        if self._kit.pack.slots[slot].type == "time" and schema.opens is not None and schema.closes is not None:
            hour = read_hour(value)
            if hour is not None and not schema.opens <= hour < schema.closes:
                return False
        return slot != schema.day or value in schema.days

    def _type(self, slots: Mapping[str, str], names: Sequence[str]) -> dict[str, JsonValue]:
        typed: dict[str, JsonValue] = {}
        for name in names:
            column = self.schema.get_column(name)
            if column is not None and name in slots:
                typed[name] = read_value(column, slots[name])
        return typed
