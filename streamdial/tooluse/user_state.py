"""The user's state: how far each of its wishes has come, read from the turns alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from streamdial.slots import DONT_CARE
from streamdial.tooluse.records import Act, TaskWish, ToolTurn

SETTLING = (
    *("confirm", "confirm_change", "confirm_cancel", "hold", "waitlisted", "compare", "say_free", "no_booking"),
    "already_booked",
)
"""Acts of the agent after which there is nothing left to say about most tasks."""


@dataclass
class Progress:
    """How far one task has come.

    Attributes:
        opened: Whether the user has begun with it.
        said: What the user has stated for it.
        answered: Slots the user was told, or told that nobody knows.
        offered: What was offered after the last wish.
        settled: Whether the agent says that it is done.
        requested: Slots the agent asked for in its last turn.
        waitlist: Whether the agent has just offered a place on the waitlist.
        refused: Values that were said and cannot be had.
        asked_back: Whether the agent has just asked back before it cancels.
        down: Whether the agent has just said that its tools fail.
        turns: Turns the user spent on it.
    """

    opened: bool = False
    said: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    offered: str = ""
    settled: bool = False
    requested: tuple[str, ...] = ()
    waitlist: bool = False
    refused: set[str] = field(default_factory=set)
    asked_back: bool = False
    down: bool = False
    turns: int = 0


class UserState:
    """The progress of all wishes, as the turns of a dialogue show it.

    A dialogue that is continued from any point is read again, so nothing else need be kept.

    Args:
        wishes: What the user wants, in order.
        patience: Turns spent on one task before it is given up.
        turns: The dialogue so far.

    Attributes:
        full: Things and days the user was told cannot be had.
        asked_days: Days the user has asked about.
        compared: Whether the agent has just compared two things.
    """

    def __init__(self, wishes: Sequence[TaskWish], patience: int, turns: Iterable[ToolTurn]) -> None:
        self.wishes = {wish.id: wish for wish in wishes}
        self.progress = {
            wish.id: Progress(said={slot: wish.wishes[slot] for slot in wish.kept if slot in wish.wishes})
            for wish in wishes
        }
        self.full: set[tuple[str, str]] = set()
        self.asked_days: set[str] = set()
        self.compared = False
        self._patience = patience
        for turn in turns:
            self._observe(turn)

    def is_done(self, wish: TaskWish) -> bool:
        """Tell whether the user has what it wanted, or has given it up."""
        progress = self.progress[wish.id]
        return progress.turns > self._patience or self._is_reached(wish, progress)

    def find_entity(self, wish: TaskWish) -> str:
        """Return what a wish is about: a thing the user knows of, or what the agent found; empty before that."""
        if wish.entity or not wish.after:
            return wish.entity or self.progress[wish.id].offered
        return self.find_entity(self.wishes[wish.after]) if wish.after in self.wishes else ""

    def list_wishes(self, task: str) -> dict[str, str]:
        """Return the wishes a task stands under: its own, and those of what it depends on."""
        wish = self.wishes.get(task)
        return {**self.list_wishes(wish.after), **wish.wishes} if wish is not None else {}

    def _is_reached(self, wish: TaskWish, progress: Progress) -> bool:
        if wish.kind == "find":
            return bool(progress.offered) and all(
                progress.said.get(slot) == value for slot, value in wish.wishes.items()
            )
        if wish.kind == "details":
            return set(wish.asks) <= progress.answered
        return progress.settled

    def _observe(self, turn: ToolTurn) -> None:
        if turn.role == "user":
            for progress in self.progress.values():
                progress.requested, progress.waitlist, progress.down = (), False, False
                progress.asked_back = False
            for task in {act.task for act in turn.acts} & set(self.progress):
                self.progress[task].turns += 1
        self.compared = turn.role == "agent" and any(act.act == "compare" for act in turn.acts)
        for act in turn.acts:
            if act.act == "ask_free":
                self.asked_days |= set(act.inform.values())
            if act.act in ("say_full", "say_closed", "offer_waitlist"):
                self.full |= {(act.entity, day) for day in act.tell.values()}
            if (known := self.progress.get(act.task)) is not None:
                if turn.role == "user":
                    _note_own(known, act)
                else:
                    _note_answer(known, act, self.wishes[act.task])


def _note_own(progress: Progress, act: Act) -> None:
    progress.opened = True
    progress.said |= {slot: value for slot, value in act.inform.items() if value != DONT_CARE}
    if act.act in ("ask_offer", "inform", "revise"):
        progress.offered = ""


def _note_answer(progress: Progress, act: Act, wish: TaskWish) -> None:
    match act.act:
        case "recommend" | "recover":
            progress.offered = act.entity
        case "answer":
            progress.answered |= set(act.tell)
        case "no_answer":
            progress.answered |= set(act.request)
        case "request" | "propose":
            progress.requested = act.request
            if wish.tries:
                # What was said and is asked for again cannot be had.
                again = {progress.said[slot] for slot in act.request if slot in progress.said}
                progress.refused |= again & set(wish.tries.values())
        case "offer_waitlist":
            progress.waitlist = True
            progress.refused |= set(act.tell.values())
        case "ask_cancel":
            progress.asked_back = True
        case "trouble":
            progress.down = True
        case "say_full" | "say_closed":
            progress.refused |= set(act.tell.values())
            # A question is answered by it; a change to the only day that will do cannot be had.
            only = set(act.tell.values()) <= set(wish.wishes.values())
            progress.settled = wish.kind == "availability" or (wish.kind == "change" and only)
        case name if name in SETTLING:
            progress.settled = True
        case _:
            pass
