"""The moves of a turn: what it does, decided before anything is worded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from streamdial.personas.verdicts import Verdict
from streamdial.records import Recall, Role

Value = tuple[str, str | None]
"""A canonical slot value with its unit."""
MoveKind = Literal["react", "act", "bridge"]
OWN_WORDS = "own_words"
"""Move of a turn that says words of the inventory in the speaker's own, and what human rules call it."""

USER_STAGES = {
    "greet": "opening",
    "inform": "needs_mining",
    "no_preference": "needs_mining",
    "ask_offer": "needs_mining",
    "ask": "clarification",
    "compare": "clarification",
    "ask_person": "clarification",
    "object": "negotiation",
    "negotiate": "negotiation",
    "accept": "appointment",
    "decline": "recommendation",
    "revise": "needs_mining",
    "insist": "needs_mining",
    "acknowledge": "clarification",
    "book": "appointment",
    "ask_hold": "appointment",
    "silence": "clarification",
    "defer": "closing",
    "leave": "closing",
    "thank": "closing",
}
"""Stage of the pack that each act of the user belongs to."""


@dataclass(frozen=True)
class Move:
    """A part of a turn beside its act: a reaction to what was said, or a bridge (why this fits, why I ask, what next).

    Attributes:
        kind: `react` stands before the act, `bridge` behind it.
        key: What it is, as the inventory of phrases names it: `react.over`, `fits`, `why_ask`.
        slot: The slot it is about, where there is one.
        verdict: The verdict it voices.
        need: The wish it refers to, as (slot, value).
        evidence: Ids of the signals and rows it rests on.
        text: Real words of the account, to be said as they are.
        tells: Slots these words state, which the act leaves to them.
        recall: What of an earlier dialogue it refers to.
    """

    kind: MoveKind
    key: str
    slot: str = ""
    verdict: Verdict | None = None
    need: tuple[str, str] | None = None
    evidence: tuple[str, ...] = ()
    text: str = ""
    tells: tuple[str, ...] = ()
    recall: Recall | None = None


@dataclass(frozen=True)
class TurnPlan:
    """What a turn is to do, decided before anything is worded.

    Attributes:
        key: What the act is worded by in the inventory, where that is more than its name: `object.over`.
        inform: Slot values the user states.
        request: Slots asked for.
        tell: Slot values the agent states of `entity`.
        tell_other: Slot values the agent states of `other`.
        evidence: Ids of the signals and rows of knowledge the plan rests on.
        own_words: A real utterance of this persona that says just this, where there is one.
        answer: Real sentences of the account that answer what was asked, to be said as they are.
        moves: What stands before and behind the act.
        verdict: The verdict the act voices: an objection to a price that is over by so much.
        when: Day and hour named in the turn beside `inform` and `tell`: what the agent offers instead.
        gaps: Texts for other gaps of the phrase.
        cause: Why the turn comes about, for the storyline.
        swaps: Words of the inventory that this speaker says otherwise, see `Directive.swaps`.
        manner: Real lines of the speaker, after which it is written; see `Directive.manner`.
    """

    role: Role
    act: str
    stage: str
    strategy: str = ""
    entity: str = ""
    other: str = ""
    key: str = ""
    inform: dict[str, Value] = field(default_factory=dict)
    request: tuple[str, ...] = ()
    tell: dict[str, Value] = field(default_factory=dict)
    tell_other: dict[str, Value] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    own_words: str = ""
    answer: str = ""
    moves: tuple[Move, ...] = ()
    verdict: Verdict | None = None
    when: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    cause: str = ""
    swaps: dict[str, str] = field(default_factory=dict)
    manner: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Value]:
        """All facts the turn must state of its own entity."""
        return {**self.inform, **self.tell}

    @property
    def move_names(self) -> tuple[str, ...]:
        """Kinds and keys of the moves in the order they are said, the act among them."""
        before = [f"react:{move.key}" for move in self.moves if move.kind == "react"]
        after = [f"bridge:{move.key}" for move in self.moves if move.kind == "bridge"]
        return (*before, f"act:{self.key or self.act}", *after)
