"""Every kind of task in a draft of a plan: what is wanted, how it is checked, how it is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from streamdial.domains import DomainPack
from streamdial.environment.calls import ToolCall
from streamdial.environment.database import DomainDatabase
from streamdial.environment.hours import write_hour
from streamdial.environment.matching import build_filters
from streamdial.environment.schema import Contents, Row
from streamdial.environment.templates import EVERYTHING
from streamdial.environment.tools import Purpose, Toolbox
from streamdial.ids import make_id
from streamdial.records import UserPersona
from streamdial.tooluse.plans import ALLOWED, REQUIRED, Draft
from streamdial.tooluse.records import ExpectedChange, ExpectedFact, Recovery, Rubric, TaskKind, TaskWish, ToolTask
from streamdial.tooluse.wishes import Unsuited, WishMaker

MAX_SECOND = 20
"""Wishes drawn for a second search before it is left out."""
TRIES = 0.35
"""How often a customer first wants what cannot be had, and takes something else."""


class TaskDrafter:
    """Adds tasks of every kind to a draft.

    Args:
        database: The database as dialogues find it.
        contents: What it was filled with.
        toolbox: The tools; those of `build_tools` must be among them.
        pack: The domain pack.
    """

    def __init__(self, database: DomainDatabase, contents: Contents, toolbox: Toolbox, pack: DomainPack) -> None:
        self.database = database
        self.schema = database.schema
        self.toolbox = toolbox
        self.pack = pack
        self.wishes = WishMaker(self.schema, contents.rows, pack)
        self._hash = database.hash_contents()
        self._rows = {str(row[self.schema.entity]): row for row in contents.rows}
        self._free = {(entity, day): units for entity, day, units in contents.stock}

    def _add(
        self,
        draft: Draft,
        kind: TaskKind,
        fits: tuple[str, ...],
        reference: Sequence[tuple[Purpose, dict[str, JsonValue]]],
        *,
        base: bool,
        wish: Mapping[str, object],
        changes: tuple[ExpectedChange, ...] = (),
        offers: tuple[str, ...] = (),
        facts: tuple[ExpectedFact, ...] = (),
        recovery: Recovery | None = None,
    ) -> str:
        number = len(draft.tasks)
        parts = {name: value for name, value in sorted(wish.items())}
        identity = make_id("tool_task", self.schema.domain, self._hash, draft.seed, number, kind, parts)
        allowed, required = ALLOWED[kind], REQUIRED[kind]
        if recovery == "waitlist":
            allowed, required = (*allowed, "waitlist"), ("waitlist",)
        calls = tuple(
            ToolCall(id=f"ref_{number}_{place}", name=self.toolbox.find(purpose).name, arguments=arguments)
            for place, (purpose, arguments) in enumerate(reference)
        )
        task = ToolTask(
            wish=TaskWish.model_validate({"id": identity, "kind": kind, **wish}),
            rubric=Rubric(
                changes=changes,
                offers=offers,
                facts=facts,
                allowed=tuple(self.toolbox.find(purpose).name for purpose in allowed),
                required=tuple(self.toolbox.find(purpose).name for purpose in required),
                recovery=recovery,
            ),
            reference=calls,
        )
        draft.tasks.append(task)
        draft.fits[identity] = fits
        draft.wishes[identity] = task.wish.wishes
        if base:
            draft.base.append(identity)
        return identity

    def add_find(self, draft: Draft, persona: UserPersona | None, *, nearest: bool = False, base: bool = True) -> str:
        """Add a search for something the wishes fit, or with `nearest` for what nothing fits."""
        wishes = self.wishes.take_wishes(persona) or self.wishes.draw_wishes(draft.rng)
        if nearest:
            wishes = self.wishes.tighten(draft.rng, wishes)
        fits = self.wishes.list_fitting(wishes)
        if bool(fits) == nearest or (nearest and len(self._rows) > EVERYTHING):
            raise Unsuited
        offers = self.wishes.list_nearest(wishes) if nearest else fits
        calls: list[tuple[Purpose, dict[str, JsonValue]]] = [("search", build_filters(self.schema, wishes))]
        if nearest:
            calls.append(("search", {"limit": EVERYTHING}))
        return self._add(
            draft,
            "find",
            offers,
            calls,
            base=base,
            wish={"wishes": wishes, "first": self.wishes.draw_first(draft.rng, wishes)},
            offers=offers,
            recovery="nearest" if nearest else None,
        )

    def add_second(self, draft: Draft, found: str) -> str:
        """Add a search for another thing than those that are taken, with the budget and number of people as they were.

        Returns:
            The task, empty where the database has nothing of that kind.
        """
        before = draft.wishes.get(found, {})
        kept = {slot: value for slot, value in before.items() if slot in self.schema.lasting}
        for _ in range(MAX_SECOND):
            drawn = self.wishes.draw_wishes(draft.rng)
            fresh = {slot: value for slot, value in drawn.items() if slot not in kept}
            wishes = {**kept, **fresh}
            fits = self.wishes.list_fitting(wishes)
            if len(fresh) < 2 or not fits or draft.taken & set(fits):
                continue
            first = self.wishes.draw_first(draft.rng, fresh)
            return self._add(
                draft,
                "find",
                fits,
                [("search", build_filters(self.schema, wishes))],
                base=False,
                wish={"wishes": wishes, "first": first, "kept": tuple(kept)},
                offers=fits,
            )
        return ""

    def add_details(self, draft: Draft, found: str, *, base: bool = False, persona: UserPersona | None = None) -> str:
        """Add questions about a thing: one that was found, or one that is known by its name."""
        asked_of = self.list_asked(persona)
        fits = draft.fits[found] if found else (draft.rng.choice(sorted(asked_of) or list(self._rows)),)
        known = [
            column.name
            for column in self.schema.columns
            # With an offer goes its price.
            if not (found and column.name == self.schema.price)
            and all(self._rows[name][column.name] is not None for name in fits)
        ]
        asked_before = [slot for task in draft.tasks if task.wish.kind == "details" for slot in task.wish.asks]
        fresh = [name for name in known if name not in (*draft.wishes.get(found, {}), *asked_before)]
        if not fresh:
            raise Unsuited
        own = [slot for inquiry in persona.primary_inquiries for slot in inquiry.asks] if persona else []
        own = (not found and asked_of.get(fits[0])) or own
        asked = [slot for slot in dict.fromkeys(own) if slot in fresh][:2]
        asks = asked or draft.rng.sample(fresh, k=min(2, len(fresh)))
        if not found and self.schema.price in fresh:
            asks = [*dict.fromkeys((*asks, self.schema.price))]  # nobody books without having heard it
        return self._add(
            draft,
            "details",
            fits,
            [("details", {self.schema.entity: fits[0]})],
            base=base,
            wish={"after": found, "asks": tuple(asks), "entity": "" if found else fits[0]},
            facts=tuple(ExpectedFact(slot=slot, entities=fits) for slot in asks),
        )

    def list_asked(self, persona: UserPersona | None) -> dict[str, list[str]]:
        """Return the things a persona asks about by their names, each with what it wants to know that is known."""
        asked: dict[str, list[str]] = {}
        for inquiry in persona.primary_inquiries if persona else ():
            for name in inquiry.entities:
                row = self._rows.get(name, {})
                if known := [slot for slot in inquiry.asks if row.get(slot) is not None]:
                    asked[name] = [*asked.get(name, ()), *known]
        return asked

    def add_comparison(self, draft: Draft, found: str) -> None:
        """Add a comparison with another thing, by what differs."""
        fits = draft.fits[found]
        asked = [slot for task in draft.tasks if task.wish.kind == "details" for slot in task.wish.asks]
        others = [name for name in self._rows if name not in fits]
        draft.rng.shuffle(others)
        for other in others:
            shared = [
                column.name
                for column in self.schema.columns
                if column.bound and all(self._rows[name][column.name] is not None for name in (other, *fits))
            ]
            if shared:
                differing = [slot for slot in shared if self._rows[fits[0]][slot] != self._rows[other][slot]]
                drawn = draft.rng.sample(differing or shared, k=len(differing or shared))
                # What was wished for decides, then what was asked about, then the price.
                wished = (*draft.list_wishes(found), *asked, self.schema.price)
                asks = [*dict.fromkeys(slot for slot in (*wished, *drawn) if slot in drawn)][:2]
                facts = [ExpectedFact(slot=slot, entities=names) for slot in asks for names in (fits, (other,))]
                self._add(
                    draft,
                    "compare",
                    fits,
                    [("compare", {"first": fits[0], "second": other})],
                    base=False,
                    wish={"after": found, "asks": tuple(asks), "other": other},
                    facts=tuple(facts),
                )
                return

    def add_availability(self, draft: Draft, found: str, booked: str) -> None:
        """Add a question for a day: the one a booking is meant for, where there is one."""
        fits = draft.fits[found]
        wish = next((task.wish for task in draft.tasks if task.wish.id == booked), None)
        # Who books later asks about the day it has in mind.
        meant = {**wish.wishes, **wish.tries}.get(self.schema.day) if wish is not None else None
        day = meant if meant in self.schema.days else draft.rng.choice(self.schema.days)
        self._add(
            draft,
            "availability",
            fits,
            [("availability", {self.schema.entity: fits[0], self.schema.day: day})],
            base=False,
            wish={"after": found, "wishes": {self.schema.day: day}},
        )

    def add_booking(
        self, draft: Draft, after: str, *, base: bool = False, kind: TaskKind = "book", full: bool = False
    ) -> str:
        """Add a booking, a hold, or with `full` one that only the waitlist can meet."""
        schema, fits = self.schema, draft.fits[after]
        held = next((t for t in draft.tasks if t.wish.id == after and t.wish.kind == "hold"), None)
        if held is not None:
            day = held.wish.wishes[schema.day]
        else:
            free = [d for d in schema.days if d not in draft.days]
            days = [d for d in free if all((self._free[name, d] == 0) == full for name in fits)]
            if not days:
                raise Unsuited
            day = draft.rng.choice(days)
        draft.days.add(day)
        values = {schema.day: day}
        if kind == "book":
            wished = {**draft.list_wishes(after), **draft.booking}
            values |= self.wishes.draw_booking(draft.rng, wished, self._list_rows(fits))
        tries = {} if held is not None or full else self._draw_tries(draft, fits, day, kind)
        if schema.day in tries:
            day = values[schema.day] = self._find_next(tries[schema.day], days)
            draft.days.add(day)
        first = {} if held is not None or tries else self.wishes.draw_first(draft.rng, {schema.day: day})
        draft.taken |= set(fits)
        typed = self.wishes.type_values(values)
        wanted: dict[str, JsonValue] = {schema.entity: fits[0], **typed}
        expected = {schema.entity: fits, **{name: (value,) for name, value in typed.items()}}
        recovery: Recovery | None = None
        if full:
            table, calls = "waitlist", [("availability", _pick(wanted, schema.entity, schema.day))]
            calls.append(("waitlist", _pick(wanted, schema.entity, schema.day)))
            expected = {schema.entity: fits, schema.day: (day,)}
            recovery = "waitlist"
        elif kind == "hold":
            table, calls = "holds", [("hold", wanted)]
            expected["status"] = ("held",)
            draft.holds += 1
        else:
            table, calls = "bookings", [("book", {**wanted, "hold_id": f"H{1000 + draft.holds}"} if held else wanted)]
            expected["status"] = ("booked",)
            draft.bookings += 1
        changes = [ExpectedChange.model_validate({"table": table, "kind": "insert", "values": expected})]
        if held is not None:
            changes.append(ExpectedChange(table="holds", kind="update", values={"status": ("used",)}))
        return self._add(
            draft,
            kind,
            fits,
            calls,  # type: ignore[arg-type]
            base=base,
            wish={"after": after, "wishes": values, "first": first, "tries": tries},
            changes=tuple(changes),
            recovery=recovery,
        )

    def _draw_tries(self, draft: Draft, fits: Sequence[str], day: str, kind: TaskKind) -> dict[str, str]:
        """Return, now and then, what is asked for first and cannot be had: a full or closed day, a closed hour."""
        schema, rng = self.schema, draft.rng
        if rng.random() >= TRIES:
            return {}
        times = [column.name for column in schema.booking if self.pack.slots[column.name].type == "time"]
        if kind == "book" and times and schema.closes is not None and schema.closes < 23 and rng.random() < 0.3:
            return {times[0]: write_hour(schema.closes + 1, schema.language)}
        full = [d for d in schema.days if d not in draft.days | {day} and all(self._free[n, d] == 0 for n in fits)]
        cannot = [*full, *schema.closed]
        return {schema.day: rng.choice(cannot)} if cannot else {}

    def _list_rows(self, names: Sequence[str]) -> list[Row]:
        return [self._rows[name] for name in names]

    def _find_next(self, day: str, days: Sequence[str]) -> str:
        """Return the first of some days after one, as the agent looks on."""
        return next(name for name in self.schema.list_days_after(day) if name in days)

    def add_change(self, draft: Draft, booked: str) -> None:
        """Add a change of a booking."""
        schema, fits, before = self.schema, draft.fits[booked], draft.wishes[booked]
        days = [d for d in schema.days if d not in draft.days and all(self._free[name, d] > 0 for name in fits)]
        counted = [column for column in schema.booking if column.type == "integer"]
        tries: dict[str, str] = {}
        if days and (not counted or draft.rng.random() < 0.6):
            tries = self._draw_tries(draft, fits, "", "hold")
            values = {schema.day: self._find_next(tries[schema.day], days) if tries else draft.rng.choice(days)}
            draft.days |= set(values.values())
        elif counted:
            values = {counted[0].name: self.wishes.draw_other_count(counted[0].name, before, self._list_rows(fits))}
        else:
            return
        typed = self.wishes.type_values(values)
        self._add(
            draft,
            "change",
            fits,
            [("change", {"booking_id": f"B{1000 + draft.bookings}", **typed})],
            base=False,
            wish={"after": booked, "wishes": values, "tries": tries},
            changes=(
                ExpectedChange.model_validate(
                    {
                        "table": "bookings",
                        "kind": "update",
                        "values": {"status": ("booked",), **{name: (value,) for name, value in typed.items()}},
                    }
                ),
            ),
        )
        draft.wishes[booked] = {**before, **values}

    def add_cancellation(self, draft: Draft, booked: str) -> None:
        """Add a cancellation of a booking."""
        self._add(
            draft,
            "cancel",
            draft.fits[booked],
            [("cancel", {"booking_id": f"B{1000 + draft.bookings}"})],
            base=False,
            wish={"after": booked},
            changes=(ExpectedChange(table="bookings", kind="update", values={"status": ("cancelled",)}),),
        )


def _pick(values: Mapping[str, JsonValue], *names: str) -> dict[str, JsonValue]:
    return {name: values[name] for name in names}
