"""The user's state: how far each of its wishes has come, read from the turns alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from streamdial.slots import DONT_CARE
from streamdial.tooluse.records import Act, TaskWish, ToolTurn

SETTLING = ("confirm", "confirm_change", "confirm_cancel", "hold", "waitlisted", "compare", "say_free", "no_booking")
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
    down: bool = False
    turns: int = 0


class UserState:
    """The progress of all wishes, as the turns of a dialogue show it.

    A dialogue that is continued from any point is read again, so nothing else need be kept.

    Args:
        wishes: What the user wants, in order.
        patience: Turns spent on one task before it is given up.
        turns: The dialogue so far.
    """

    def __init__(self, wishes: Sequence[TaskWish], patience: int, turns: Iterable[ToolTurn]) -> None:
        self.wishes = {wish.id: wish for wish in wishes}
        self.progress = {wish.id: Progress() for wish in wishes}
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
            for task in {act.task for act in turn.acts} & set(self.progress):
                self.progress[task].turns += 1
        for act in turn.acts:
            if (known := self.progress.get(act.task)) is not None:
                (_note_own if turn.role == "user" else _note_answer)(known, act)


def _note_own(progress: Progress, act: Act) -> None:
    progress.opened = True
    progress.said |= {slot: value for slot, value in act.inform.items() if value != DONT_CARE}
    if act.act in ("ask_offer", "inform", "revise"):
        progress.offered = ""


def _note_answer(progress: Progress, act: Act) -> None:
    match act.act:
        case "recommend" | "recover":
            progress.offered = act.entity
        case "answer":
            progress.answered |= set(act.tell)
        case "no_answer":
            progress.answered |= set(act.request)
        case "request" | "propose":
            progress.requested = act.request
        case "offer_waitlist":
            progress.waitlist = True
        case "trouble":
            progress.down = True
        case "say_full":
            # A change to a day that is full cannot be had; a question is answered by it.
            progress.settled = True
        case name if name in SETTLING:
            progress.settled = True
        case _:
            pass
