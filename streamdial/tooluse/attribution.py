"""Attributes an agent's calls and acts to tasks, which the agent does not know of, by the kind of task they serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from pydantic import JsonValue

from streamdial.environment.matching import write_cell
from streamdial.environment.schema import DomainSchema
from streamdial.environment.tools import Purpose
from streamdial.tooluse.plans import ALLOWED, OPENINGS, REQUIRED
from streamdial.tooluse.records import Act, Step, TaskKind, ToolTurn

SERVED: dict[str, tuple[TaskKind, ...]] = {
    "recommend": ("find",),
    "recover": ("find",),
    "answer": ("details",),
    "no_answer": ("details",),
    "compare": ("compare",),
    "say_free": ("availability", "change"),
    "say_full": ("availability", "change", "book", "hold"),
    "say_closed": ("book", "hold", "availability", "change"),
    "offer_day": ("book", "hold", "availability", "change"),
    "already_booked": ("book",),
    "ask_cancel": ("cancel",),
    "offer_waitlist": ("book", "hold"),
    "waitlisted": ("book", "hold"),
    "confirm": ("book",),
    "hold": ("hold",),
    "confirm_change": ("change",),
    "confirm_cancel": ("cancel",),
    "no_booking": ("change", "cancel"),
}
"""Acts of an agent and the kinds of task they serve, the likeliest first."""
UNBOUND = ("greet", "close", "anything_else")
"""Acts that belong to no task."""
_BOOKING: tuple[TaskKind, ...] = ("book", "hold", "change", "availability")


class Attribution:
    """The tasks an agent may be at work on in its turn: those of the user's last turn, else the last of the dialogue.

    Args:
        turns: The dialogue so far; the last turn is the user's.
        schema: Says which slots belong to a booking.
    """

    def __init__(self, turns: Sequence[ToolTurn], schema: DomainSchema) -> None:
        self._booking = {column.name for column in schema.booking}
        self._kinds: dict[str, TaskKind] = {}
        for act in _list_acts(turns, "user"):
            if act.task and act.act in OPENINGS:
                self._kinds.setdefault(act.task, OPENINGS[act.act])
        last = [act for act in turns[-1].acts if act.task] if turns else []
        if not last:
            last = [act for turn in turns for act in turn.acts if act.task][-1:]
        self._words: dict[str, set[str]] = {}
        for act in last:
            words = self._words.setdefault(act.task, set())
            words |= {word for word in (*act.inform.values(), act.entity, act.other) if word}

    def find_for_call(self, purpose: Purpose, arguments: Mapping[str, JsonValue]) -> str:
        """Return the id of the task a call is for; empty where the dialogue has no task yet.

        A task that a call of this purpose belongs to by its name, or that cannot do without it, comes before one it is
        merely allowed for; among those alike the one whose words are in the call's arguments, then the first. The
        first of all where none fits.
        """

        def rank(kind: TaskKind) -> int:
            if purpose == kind or purpose in REQUIRED[kind]:
                return 3
            if purpose == "availability" and kind in ("book", "hold", "change"):
                return 2
            waits = purpose == "waitlist" and kind in ("book", "hold")
            return 1 if waits or purpose in ALLOWED[kind] else 0

        return self._choose(rank, (write_cell(value) for value in arguments.values()))

    def find_for_act(self, act: Act, written: Step | None = None) -> str:
        """Return the id of the task an act is for; empty for greetings and the like, and where there is no task yet.

        Args:
            act: What is said.
            written: The call whose success it tells of: both are for one task.
        """
        if act.act in UNBOUND:
            return ""
        if written is not None:
            return written.task
        served = SERVED.get(act.act, ())
        if act.act in ("request", "propose"):
            served = _BOOKING if set(act.request) & self._booking else ("find",)

        def rank(kind: TaskKind) -> int:
            return len(served) - served.index(kind) if kind in served else 0

        return self._choose(rank, (act.entity, act.other, *act.tell.values()))

    def _choose(self, rank: Callable[[TaskKind], int], values: Iterable[str]) -> str:
        """Return the best task, the first among equals."""
        said = set(values)

        def score(task: str) -> tuple[int, int]:
            fit = rank(self._kinds[task]) if task in self._kinds else 0
            return fit, len(self._words[task] & said) if fit else 0

        return max(self._words, key=score, default="")


def _list_acts(turns: Iterable[ToolTurn], role: str) -> Iterable[Act]:
    return (act for turn in turns if turn.role == role for act in turn.acts)
