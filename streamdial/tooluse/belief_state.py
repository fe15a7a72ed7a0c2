"""The agent's belief state: read from what was said and from the results of its calls alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from pydantic import JsonValue

from streamdial.environment.schema import DomainSchema
from streamdial.slots import DONT_CARE
from streamdial.tooluse.records import Act, Step, ToolTurn

QUESTIONS = ("ask", "compare", "ask_free")
"""Acts of the user that are about one thing."""


@dataclass
class Reservation:
    """A booking or a hold the user asks for, while its details are gathered."""

    kind: str
    task: str
    entity: str
    slots: dict[str, str] = field(default_factory=dict)


@dataclass
class BeliefState:
    """What the agent knows of a dialogue so far.

    Attributes:
        wishes: Of the search at hand.
        search: Id of the task the search is for.
        asked: Slots the agent has asked for, or was told, in any search: nothing is asked twice.
        questions: How many questions were asked in this search.
        offered: Whether something was offered in this search.
        fresh: Slots of the last turn's wishes.
        focus: What the dialogue is about.
        open: The reservation at hand.
        booking: Number of the last booking.
        bookings: The bookings calls have returned, by number, as their rows say.
        cancelling: Number of the booking the agent has asked back about.
        hold: Number, thing and day of the last hold.
        rows: What calls have returned of each thing.
        free: Things and days that were seen to be free, until something was written.
        pending: Questions by task that were asked before it was known what they are about.
    """

    schema: DomainSchema
    wishes: dict[str, str] = field(default_factory=dict)
    search: str = ""
    asked: set[str] = field(default_factory=set)
    questions: int = 0
    offered: bool = False
    fresh: tuple[str, ...] = ()
    focus: str = ""
    open: Reservation | None = None
    booking: str = ""
    bookings: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    cancelling: str = ""
    hold: tuple[str, str, str] | None = None
    rows: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    free: set[tuple[str, str]] = field(default_factory=set)
    pending: dict[str, Act] = field(default_factory=dict)

    @property
    def known_wishes(self) -> dict[str, str]:
        """Wishes with a value."""
        return {slot: value for slot, value in self.wishes.items() if value != DONT_CARE}

    def is_booked(self, entity: str, day: str) -> bool:
        """Tell whether the customer has a booking of a thing for a day already."""
        return any(
            (row.get(self.schema.entity), row.get(self.schema.day), row.get("status")) == (entity, day, "booked")
            for row in self.bookings.values()
        )

    def fold(self, turns: Sequence[ToolTurn]) -> None:
        """Take in a dialogue: of each pair of turns, task by task, what the user did and what the agent made of it."""
        for place, turn in enumerate(turns):
            if turn.role == "agent" and place and turns[place - 1].role == "user":
                continue
            after = turns[place + 1] if place + 1 < len(turns) else None
            answer = after if turn.role == "user" and after is not None and after.role == "agent" else None
            groups = [(task, list(acts)) for task, acts in groupby(turn.acts, key=lambda act: act.task)]
            for task, acts in groups:
                self.observe(turn.role == "user", acts)
                if answer is not None:
                    self._take_in(answer, [task])
            if answer is not None:
                # What was put off before is answered in a turn that asks for something else.
                said = {act.task for act in answer.acts} | {step.task for step in answer.steps}
                self._take_in(answer, said - {task for task, _ in groups})
            if turn.role == "agent":
                self.observe_steps(turn.steps)

    def _take_in(self, answer: ToolTurn, tasks: Collection[str]) -> None:
        self.observe_steps([step for step in answer.steps if step.task in tasks])
        self.observe(False, [act for act in answer.acts if act.task in tasks])

    def observe(self, by_user: bool, acts: Sequence[Act]) -> None:
        """Take in acts of one role."""
        for act in acts:
            if by_user:
                self._observe_user(act)
            else:
                self._observe_own(act)

    def observe_steps(self, steps: Sequence[Step]) -> None:
        """Take in what calls returned."""
        for step in steps:
            if not step.result.repeatable:
                continue
            for row in step.result.rows:
                self._observe_row(row)
            if step.result.rows and step.call.arguments.get("hold_id"):
                self.hold = None  # the booking has used it up

    def _observe_user(self, act: Act) -> None:
        booking = {column.name for column in self.schema.booking}
        if act.act in QUESTIONS and not act.entity and not self.focus:
            self.pending[act.task] = act
        if act.act in ("book", "ask_hold"):
            kind = "hold" if act.act == "ask_hold" else "book"
            if self.open is None or self.open.task != act.task or self.open.kind != kind:
                self.open = Reservation(kind, act.task, act.entity or self.focus)
            self.open.slots |= {slot: value for slot, value in act.inform.items() if slot in booking}
        elif act.act in ("inform", "revise", "ask_offer", "no_preference"):
            details = {slot: value for slot, value in act.inform.items() if slot in booking}
            if self.open is not None and self.open.task == act.task:
                self.open.slots |= details
            wished = {slot: value for slot, value in act.inform.items() if slot not in booking}
            if not wished and act.act != "ask_offer":
                return
            if act.task != self.search:
                kept = {slot: value for slot, value in self.known_wishes.items() if slot in self.schema.lasting}
                self.search, self.wishes, self.questions, self.offered = act.task, kept, 0, False
            self.wishes |= wished
            self.asked |= set(wished)
            self.fresh = tuple(wished)
        if act.entity:
            self.focus = act.entity

    def _observe_own(self, act: Act) -> None:
        if act.act == "request":
            self.asked |= set(act.request)
            self.questions += 1
        if act.act in ("ask_cancel", "confirm_cancel"):
            self.cancelling = act.reference if act.act == "ask_cancel" else ""
        if act.act in ("recommend", "recover"):
            self.offered = True
        self.pending.pop(act.task, None)
        if self.open is not None and self.open.task == act.task:
            self.open.entity = act.entity or self.open.entity
            if act.act in ("confirm", "hold", "waitlisted", "already_booked"):
                self.open = None
        if act.entity:
            self.focus = act.entity

    def _observe_row(self, row: dict[str, JsonValue]) -> None:
        name = str(row.get(self.schema.entity, ""))
        if "free" in row:
            day = (name, str(row.get(self.schema.day, "")))
            self.free = self.free | {day} if row["free"] else self.free - {day}
        elif not {"booking_id", "hold_id"}.isdisjoint(row):
            self.free = set()  # what was written may have been the last
        if isinstance(booking := row.get("booking_id"), str):
            standing = row.get("status") == "booked"
            self.bookings[booking] = dict(row)
            self.booking = booking if standing else "" if booking == self.booking else self.booking
        elif isinstance(hold := row.get("hold_id"), str):
            self.hold = (hold, name, str(row.get(self.schema.day, "")))
        elif name and "free" not in row and "waitlist_id" not in row:
            self.rows.setdefault(name, {}).update(row)
