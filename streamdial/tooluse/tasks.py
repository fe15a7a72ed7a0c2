"""Tasks over a database, apart from who wants them done: solvable by construction, with an executed reference run."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.environment.calls import ToolCall
from streamdial.environment.database import DomainDatabase
from streamdial.environment.matching import build_filters
from streamdial.environment.schema import Contents
from streamdial.environment.templates import EVERYTHING
from streamdial.environment.tools import Purpose, Toolbox
from streamdial.errors import NothingLeftError
from streamdial.ids import make_id
from streamdial.records import UserPersona
from streamdial.tooluse.plans import ALLOWED, REQUIRED, Draft, Shape, TaskOptions, TaskPlan
from streamdial.tooluse.records import ExpectedChange, ExpectedFact, Recovery, Rubric, TaskKind, TaskWish, ToolTask
from streamdial.tooluse.verification import passes_reference
from streamdial.tooluse.wishes import Unsuited, WishMaker

MAX_TRIES = 40
"""Drafts of a plan before it is given up: stock and wishes do not always go together."""


class TaskMaker:
    """Makes tasks over one database.

    Args:
        database: The database as dialogues find it.
        contents: What it was filled with.
        toolbox: The tools; those of `build_tools` must be among them.
        pack: The domain pack.
        options: Which tasks.
    """

    def __init__(
        self,
        database: DomainDatabase,
        contents: Contents,
        toolbox: Toolbox,
        pack: DomainPack,
        options: TaskOptions | None = None,
    ) -> None:
        self.database = database
        self.schema = database.schema
        self.toolbox = toolbox
        self.pack = pack
        self.options = options or TaskOptions()
        self._hash = database.hash_contents()
        self.wishes = WishMaker(self.schema, contents.rows, pack)
        self._rows = {str(row[self.schema.entity]): row for row in contents.rows}
        self._free = {(entity, day): units for entity, day, units in contents.stock}

    def make(self, seed: int, counts: Counts, persona: UserPersona | None = None) -> TaskPlan:
        """Return the tasks of one dialogue.

        Args:
            seed: Decides everything; the same seed gives the same plan.
            counts: Counts drafts: `asked` are those that were drawn, `made` came about, one is `kept`; drops are
                `unsuited` (wishes and stock do not go together) and `reference_failed` (the reference run does not end
                as expected), after which another one is drawn.
            persona: Whose wishes and questions are taken where the database knows of them; None draws them.

        Raises:
            NothingLeftError: If no draft of `MAX_TRIES` became a plan.
        """
        tried: dict[str, int] = {}
        for attempt in range(MAX_TRIES):
            counts.asked += 1
            draft = Draft(random.Random(f"{seed}:{attempt}:tasks"), seed, booking=self.wishes.take_booking(persona))
            try:
                # A persona whose wishes lead to nothing in half of the tries is helped with drawn ones.
                self._draft(draft, persona if attempt < MAX_TRIES // 2 else None)
                reason = "" if passes_reference(draft.tasks, self.database, self.toolbox) else "reference_failed"
                counts.made += 1
            except Unsuited:
                reason = "unsuited"
            if not reason:
                counts.kept += 1
                return TaskPlan(tasks=tuple(draft.tasks), base=tuple(draft.base))
            counts.drop(reason)
            tried[reason] = tried.get(reason, 0) + 1
        raise NothingLeftError("tasks", tried)

    def _draft(self, draft: Draft, persona: UserPersona | None) -> None:
        shapes = self.options.shapes
        shape = draft.rng.choices(list(shapes), list(shapes.values()))[0]
        # Who said no wish but asked about a thing by its name wants to know of that.
        asks_by_name = bool(self._list_asked(persona)) and not self.wishes.take_wishes(persona)
        if shape == "named" or (asks_by_name and shape in ("book", "hold", "waitlist")):
            found = self._add_details(draft, "", base=True, persona=persona)
            kind: TaskKind = "hold" if shape == "hold" else "book"
            booked = self._add_booking(draft, found, base=True, kind=kind, full=shape == "waitlist")
        elif shape == "nearest":
            found = self._add_find(draft, persona, nearest=True)
            self._add_details(draft, found, base=True)
            booked = ""
        else:
            found = self._add_find(draft, persona)
            kind = "hold" if shape == "hold" else "book"
            booked = self._add_booking(draft, found, base=True, kind=kind, full=shape == "waitlist")
        follow = draft.rng.sample(
            self._list_follow_ups(shape), k=min(self.options.follow_ups, len(self._list_follow_ups(shape)))
        )
        before = len(draft.tasks)
        self._add_follow_ups(draft, follow, found, booked, persona)
        asks = [task for task in draft.tasks[before:] if task.wish.after == found and task.wish.kind != "book"]
        rest = [task for task in draft.tasks[before:] if task not in asks]
        # Who wants to know more of a thing asks before it is booked.
        first = [task for task in draft.tasks[:before] if task.wish.id == found]
        then = [task for task in draft.tasks[:before] if task not in first]
        draft.tasks = [*first, *asks, *then, *rest]

    def _list_follow_ups(self, shape: Shape) -> list[str]:
        asks = ["details", "compare", "availability"]
        match shape:
            case "book" | "named":
                return [*asks, "change", "again"]
            case "hold":
                return [*asks, "book_held", "again"]
            case _:
                return ["compare", "again", "availability"]

    def _add_follow_ups(
        self, draft: Draft, chosen: Sequence[str], found: str, booked: str, persona: UserPersona | None
    ) -> None:
        if "details" in chosen:
            self._add_details(draft, found, persona=persona)
        if "compare" in chosen:
            self._add_comparison(draft, found)
        if "availability" in chosen:
            self._add_availability(draft, found)
        if "book_held" in chosen and booked:
            booked = self._add_booking(draft, booked)
        if "change" in chosen and booked:
            self._add_change(draft, booked)
            if draft.rng.random() < 0.2:
                self._add_cancellation(draft, booked)
        if "again" in chosen:
            self._add_booking(draft, self._add_find(draft, None, base=False))

    # Every kind of task: what is wanted, how it is checked, how it is reached.

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

    def _add_find(self, draft: Draft, persona: UserPersona | None, *, nearest: bool = False, base: bool = True) -> str:
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

    def _add_details(self, draft: Draft, found: str, *, base: bool = False, persona: UserPersona | None = None) -> str:
        asked_of = self._list_asked(persona)
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
        return self._add(
            draft,
            "details",
            fits,
            [("details", {self.schema.entity: fits[0]})],
            base=base,
            wish={"after": found, "asks": tuple(asks), "entity": "" if found else fits[0]},
            facts=tuple(ExpectedFact(slot=slot, entities=fits) for slot in asks),
        )

    def _list_asked(self, persona: UserPersona | None) -> dict[str, list[str]]:
        """Return the things a persona asks about by their names, each with what it wants to know that is known."""
        asked: dict[str, list[str]] = {}
        for inquiry in persona.primary_inquiries if persona else ():
            for name in inquiry.entities:
                row = self._rows.get(name, {})
                if known := [slot for slot in inquiry.asks if row.get(slot) is not None]:
                    asked[name] = [*asked.get(name, ()), *known]
        return asked

    def _add_comparison(self, draft: Draft, found: str) -> None:
        fits = draft.fits[found]
        others = [name for name in self._rows if name not in fits]
        draft.rng.shuffle(others)
        for other in others:
            shared = [
                column.name
                for column in self.schema.columns
                if column.bound and all(self._rows[name][column.name] is not None for name in (other, *fits))
            ]
            if shared:
                asks = draft.rng.sample(shared, k=min(2, len(shared)))
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

    def _add_availability(self, draft: Draft, found: str) -> None:
        day = draft.rng.choice(self.schema.days)
        fits = draft.fits[found]
        self._add(
            draft,
            "availability",
            fits,
            [("availability", {self.schema.entity: fits[0], self.schema.day: day})],
            base=False,
            wish={"after": found, "wishes": {self.schema.day: day}},
        )

    def _add_booking(
        self, draft: Draft, after: str, *, base: bool = False, kind: TaskKind = "book", full: bool = False
    ) -> str:
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
            values |= self.wishes.draw_booking(draft.rng, {**draft.list_wishes(after), **draft.booking})
        first = {} if held is not None else self.wishes.draw_first(draft.rng, {schema.day: day})
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
            wish={"after": after, "wishes": values, "first": first},
            changes=tuple(changes),
            recovery=recovery,
        )

    def _add_change(self, draft: Draft, booked: str) -> None:
        schema, fits, before = self.schema, draft.fits[booked], draft.wishes[booked]
        days = [d for d in schema.days if d not in draft.days and all(self._free[name, d] > 0 for name in fits)]
        counted = [column for column in schema.booking if column.type == "integer"]
        if days and (not counted or draft.rng.random() < 0.6):
            values = {schema.day: draft.rng.choice(days)}
            draft.days |= set(values.values())
        elif counted:
            values = {counted[0].name: str(int(before[counted[0].name]) + 1)}
        else:
            return
        typed = self.wishes.type_values(values)
        self._add(
            draft,
            "change",
            fits,
            [("change", {"booking_id": f"B{1000 + draft.bookings}", **typed})],
            base=False,
            wish={"after": booked, "wishes": values},
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

    def _add_cancellation(self, draft: Draft, booked: str) -> None:
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
