"""The storyline of a dialogue: what it comes to, by which causes, decided before a word is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from streamdial.records import Inquiry, Outcome

Reason = Literal["family", "see_first", "payday", "compare", "sleep"]
REASONS: tuple[Reason, ...] = ("family", "see_first", "payday", "compare", "sleep")
"""Why somebody wants time before deciding."""
Opening = Literal["greet", "state", "ask_offer", "ask"]


@dataclass(frozen=True)
class Beat:
    """One step of a storyline: who does what, and why."""

    role: str
    act: str
    cause: str


@dataclass(frozen=True)
class Storyline:
    """What a dialogue comes to, and what brings it about.

    Attributes:
        outcome: How it is to end.
        opening: How the user begins.
        questions: What the user asks, in order: own questions, and own wishes not told about yet.
        wishes: Slots of the wishes in the order they are stated.
        first: How many wishes are stated at once.
        reason: Why the user wants time, where the decision is put off.
        booking: Values of the booking slots the user names first.
        firm: Whether no wish is given up.
        day_is_fixed: Whether the user can come on that day alone.
        mines: Questions the agent asks before it recommends something.
        beats: The steps it was simulated to take, with their causes.
        seed: Seed of everything that is drawn while it is followed.
    """

    outcome: Outcome
    opening: Opening = "greet"
    questions: tuple[Inquiry, ...] = ()
    wishes: tuple[str, ...] = ()
    first: int = 1
    reason: Reason = "compare"
    reason_evidence: tuple[str, ...] = ()
    booking: dict[str, str] = field(default_factory=dict)
    booking_evidence: tuple[str, ...] = ()
    firm: bool = False
    day_is_fixed: bool = False
    mines: int = 1
    beats: tuple[Beat, ...] = ()
    seed: str = ""
