"""Tasks over a database, apart from who wants them done: solvable by construction, with an executed reference run."""

from __future__ import annotations

import random
from collections.abc import Sequence

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.environment.database import DomainDatabase
from streamdial.environment.schema import Contents
from streamdial.environment.tools import Toolbox
from streamdial.errors import NothingLeftError
from streamdial.records import UserPersona
from streamdial.tooluse.drafts import TaskDrafter
from streamdial.tooluse.plans import Draft, Shape, TaskOptions, TaskPlan
from streamdial.tooluse.records import TaskKind
from streamdial.tooluse.verification import passes_reference
from streamdial.tooluse.wishes import Unsuited

MAX_TRIES = 40
"""Drafts of a plan before it is given up: stock and wishes do not always go together."""


class TaskMaker(TaskDrafter):
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
        super().__init__(database, contents, toolbox, pack)
        self.options = options or TaskOptions()

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
        asks_by_name = bool(self.list_asked(persona)) and not self.wishes.take_wishes(persona)
        if shape == "named" or (asks_by_name and shape in ("book", "hold", "waitlist")):
            found = self.add_details(draft, "", base=True, persona=persona)
            kind: TaskKind = "hold" if shape == "hold" else "book"
            booked = self.add_booking(draft, found, base=True, kind=kind, full=shape == "waitlist")
        elif shape == "nearest":
            found = self.add_find(draft, persona, nearest=True)
            self.add_details(draft, found, base=True)
            booked = ""
        else:
            found = self.add_find(draft, persona)
            kind = "hold" if shape == "hold" else "book"
            booked = self.add_booking(draft, found, base=True, kind=kind, full=shape == "waitlist")
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
            case "waitlist":
                return ["compare", "again"]
            case _:
                return ["compare", "again", "availability"]

    def _add_follow_ups(
        self, draft: Draft, chosen: Sequence[str], found: str, booked: str, persona: UserPersona | None
    ) -> None:
        if "details" in chosen:
            self.add_details(draft, found, persona=persona)
        if "compare" in chosen:
            self.add_comparison(draft, found)
        if "availability" in chosen:
            self.add_availability(draft, found, booked)
        if "book_held" in chosen and booked:
            booked = self.add_booking(draft, booked)
        if "change" in chosen and booked:
            self.add_change(draft, booked)
            if draft.rng.random() < 0.2:
                self.add_cancellation(draft, booked)
        if "again" in chosen and (second := self.add_second(draft, found)):
            self.add_booking(draft, second)
