"""A dialogue with tools as the phrases see it: what was named, told, booked and asked so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from streamdial.records import Role
from streamdial.slots import DONT_CARE
from streamdial.tooluse.records import Act, ToolTurn, accumulate_acts

Ending = Literal["success", "kept", "waiting", "cancelled", "told"]
"""What came of a dialogue: something is booked, kept, waited for, or cancelled again; or things were told alone."""


class LastTurn(NamedTuple):
    """The act of the last turn, as phrases ask for it."""

    act: str


class DialogueView:
    """What the wording of a turn depends on, read from the turns alone: a dialogue that is cut goes on as it did.

    It has the names of `DialogueState` that `Phraser` reads.

    Args:
        turns: The dialogue so far.
        seed: Seed of the dialogue.
        number: Number of the dialogue in its run; phrases are dealt out by it.
    """

    def __init__(self, turns: Sequence[ToolTurn], seed: str, number: int) -> None:
        self.turns = turns
        self.seed = seed
        self.number = number
        place = len(turns) // 2
        self.phrases: defaultdict[str, int] = defaultdict(lambda: place)
        acts = [act for turn in turns for act in turn.acts]
        named = next((act for act in reversed(acts) if act.entity), None)
        # Of two things that were compared neither is "it".
        self.focus = named.entity if named is not None and not named.other else ""
        self.told = {
            (name, slot) for act in acts for name, told in ((act.entity, act.tell), (act.other, act.tell_other))
            for slot in told
        }  # fmt: skip
        self.stated_wishes = {slot: value for slot, value in accumulate_acts(turns).items() if value != DONT_CARE}

    @property
    def last(self) -> LastTurn | None:
        """The main act of the last turn; of several the last, which the other role answers."""
        acts = self.turns[-1].acts if self.turns else ()
        return LastTurn(acts[-1].act) if acts else None

    def find_currency(self, slot: str) -> str | None:
        """Return None: a dialogue with tools is in the language of its database, whose money that is."""
        return None

    def has_spoken(self, role: Role, act: str) -> int:
        """Return how often a role has done an act."""
        return sum(known.act == act for known in self.list_acts(role))

    def list_acts(self, role: Role) -> Iterable[Act]:
        """Yield the acts of a role, in order."""
        return (act for turn in self.turns if turn.role == role for act in turn.acts)

    @property
    def said(self) -> tuple[str, ...]:
        """What was said so far."""
        return tuple(turn.utterance for turn in self.turns)

    @property
    def offered(self) -> str:
        """The thing that was offered last; empty before the first offer."""
        offers = [act.entity for act in self.list_acts("agent") if act.act in ("recommend", "recover")]
        return offers[-1] if offers else ""

    def find_ending(self) -> Ending:
        """Return what has come of the dialogue so far."""
        standing: dict[str, str] = {}
        for act in self.list_acts("agent"):
            if (act.act in ("confirm", "hold", "waitlisted") and act.reference) or act.act == "confirm_cancel":
                standing[act.reference] = act.act
        kinds = list(standing.values())
        if "confirm" in kinds:
            return "success"
        if "waitlisted" in kinds:
            return "waiting"
        if "hold" in kinds:
            return "kept"
        return "cancelled" if kinds else "told"
