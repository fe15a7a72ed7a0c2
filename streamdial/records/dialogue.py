"""Turns and dialogues, and the state they carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, JsonValue

from streamdial.records._base import FrozenModel, Language, Provenance, Record, Role
from streamdial.records.blueprint import Behaviour, Outcome

StopReason = Literal["blueprint_end", "turn_cap", "repetition", "farewell_loop", "left", "budget", "error"]
Realisation = Literal["real_line", "seed_line", "phrase", "model", "template", "direct", "given"]
BORROWED_WORDS: tuple[Realisation, ...] = ("real_line", "seed_line")
"""Ways of wording that take the words of somebody: of the stream, or of a seed dialogue."""

REQUESTED = "?"
"""Value of a slot in a `request` block."""


RecallKind = Literal["wish", "told", "offered", "asked", "put_off", "booked", "left"]


class Recall(FrozenModel):
    """Something of an earlier dialogue of the same two, with the turn it was said in."""

    kind: RecallKind
    """`wish`: the user stated it; `told`: the agent did; `offered`: put forward; `asked`: in words that no
    slot holds, with the id of the question as value; `put_off`, `booked` and `left`: how the
    dialogue ended, with the reason or the time as value."""
    dialogue: str
    """Id of the earlier dialogue."""
    turn: int
    """Number of its turn."""
    entity: str = ""
    slot: str = ""
    value: str = ""
    """Normalised value as it was then."""
    now: str = Field(default="", exclude_if=lambda value: not value)
    """The value that holds now, where it has changed since."""


class Session(FrozenModel):
    """Place of a dialogue among those that one user has with one agent."""

    episode: str
    """Id of the first of them."""
    number: int = Field(ge=1)
    gap: str = Field(default="", exclude_if=lambda value: not value)
    """Time since the one before, as an ISO 8601 duration."""


class Turn(FrozenModel):
    """One utterance with its annotation."""

    turn_id: int
    role: Role
    utterance: str
    act: str
    stage: str = ""
    strategy: str = ""
    inform: dict[str, str] = Field(default_factory=dict)
    """Slot values the user states, normalised by the pack, an empty one for a slot taken back; empty on agent turns."""
    request: dict[str, str] = Field(default_factory=dict)
    """Slots asked for, each with the value `?`, by the agent or by the user."""
    tell: dict[str, str] = Field(default_factory=dict)
    """Slot values the agent states, normalised; empty on user turns."""
    entity: str = ""
    """Entity the turn is about, where there is one."""
    other: str = ""
    """Second entity of a comparison."""
    tell_other: dict[str, str] = Field(default_factory=dict)
    """Slot values the agent states of the second entity."""
    evidence: tuple[str, ...] = ()
    """Ids of the signals, rows of knowledge and seed turns this turn used."""
    realisation: Realisation = "given"
    """How the wording came about."""
    moves: tuple[str, ...] = Field(default=(), exclude_if=lambda moves: not moves)
    """What the turn does, in the order it is said: `react:react.over`, `act:object.over`, `bridge:why_ask`."""
    by: tuple[str, ...] = Field(default=(), exclude_if=lambda names: not names)
    """Strategies the turn follows."""
    shown: tuple[str, ...] = Field(default=(), exclude_if=lambda ids: not ids)
    """Ids of what its model was shown and did not use."""
    inner: dict[str, str] = Field(default_factory=dict, exclude_if=lambda states: not states)
    """Hidden state a strategy gives the speaker here, such as a mood; never said."""
    recalls: tuple[Recall, ...] = Field(default=(), exclude_if=lambda recalls: not recalls)
    """What of earlier dialogues it refers to."""

    def says_the_same(self, other: Turn) -> bool:
        """Tell whether two turns do and state the same, in whatever words."""
        names = ("role", "act", "inform", "request", "tell", "entity", "other", "tell_other")
        return all(getattr(self, name) == getattr(other, name) for name in names)


def accumulate_state(turns: Iterable[Turn]) -> dict[str, str]:
    """Return the dialogue state: the union of all informed slots, a later value replacing an earlier one.

    An empty value takes a slot back, as public corpora do.
    """
    state: dict[str, str] = {}
    for turn in turns:
        state.update(turn.inform)
    return {slot: value for slot, value in state.items() if value}


class SeedDialogue(FrozenModel):
    """A dialogue given from outside, used as an example of how such dialogues go."""

    id: str
    domain: str
    language: Language
    title: str = ""
    outcome: Outcome = "success"
    origin: str = Field(default="", exclude_if=lambda name: not name)
    """Who mined it of a stream, where nobody's end is seen: a strategy, or `comments` for a thread the account replied
    in; empty where somebody gave it."""
    provenance: Provenance | None = Field(default=None, exclude_if=lambda at: at is None)
    """Where a thread stands: its recording, its page, and the ids of its comments."""
    turns: tuple[Turn, ...]


class MatchScore(FrozenModel):
    """Terms and weights of the selector's score M = alpha*expertise + beta*answerable + gamma*covered."""

    expertise: float
    answerable: float
    covered: float
    alpha: float
    beta: float
    gamma: float
    total: float


class ReachedGoal(FrozenModel):
    """A goal that was reached before the dialogue went on with another one."""

    first_turn: int
    user_persona_id: str
    path: str
    outcome: Outcome


class Revision(FrozenModel):
    """A turn that a reviewer had said again."""

    turn_id: int
    before: str
    """The words that stood there."""
    reason: str
    reviewer: str


class RefusedWords(FrozenModel):
    """Words of a model for a turn that broke a check, and so were never said; personal data masked."""

    turn_id: int
    text: str
    check: str
    """The check they broke, such as `invented_value`."""


class Variant(FrozenModel):
    """A variant of an exchange that is no part of the dialogue, with what a question about it is to be answered by."""

    kind: Literal["answerable", "contradicted", "unanswerable"]
    """As it was said; with another value than the agent knows; the question and its answer left out."""
    turn: int
    """Number of the agent's turn that answers."""
    entity: str
    slot: str
    value: str = ""
    """What holds, normalised; empty where nothing in the variant tells."""
    utterance: str = ""
    """The words of the turn in the variant; empty where it is left out."""


class Lineage(FrozenModel):
    """A strategy that had a part in a dialogue."""

    kind: str
    name: str
    version: str = "1"
    options: dict[str, JsonValue] = Field(default_factory=dict, exclude_if=lambda options: not options)
    parents: tuple[str, ...] = Field(default=(), exclude_if=lambda ids: not ids)
    """Ids of the records it was made from, where there are some beside the quadruplet."""
    turns: tuple[int, ...] = ()
    """Numbers of the turns that follow it; none where it acted on the plan as a whole."""


class Dialogue(Record):
    """H with its quadruplet: <P_u, P_a, B, H>."""

    user_persona_id: str
    agent_persona_id: str
    blueprint_id: str
    turns: tuple[Turn, ...]
    path: str = ""
    """Name of the flow path the dialogue took; of its last goal, where it has several."""
    strategy: str = ""
    """Strategy the agent was to prefer where the dialogue allowed it."""
    goals: tuple[ReachedGoal, ...] = ()
    """Goals reached before the last one, in order; persona, path and outcome of the dialogue are those of the last."""
    revisions: tuple[Revision, ...] = ()
    """What a reviewer had said again."""
    refused: tuple[RefusedWords, ...] = Field(default=(), exclude_if=lambda words: not words)
    """What a model said in place of its turns and was refused, in order; none without a model."""
    outcome: Outcome
    stop_reason: StopReason
    match: MatchScore
    seed: int
    planned_behaviours: tuple[Behaviour, ...] = ()
    """What the dialogue was to show on purpose."""
    behaviours: tuple[Behaviour, ...] = ()
    """What it does show."""
    checks: dict[str, int] = Field(default_factory=dict)
    """How often each check failed while the dialogue was made."""
    lineage: tuple[Lineage, ...] = Field(default=(), exclude_if=lambda parts: not parts)
    """Strategies that had a part in it."""
    models: dict[str, str] = Field(default_factory=dict, exclude_if=lambda models: not models)
    """The models that played `user` and `agent`, where they were drawn for this dialogue."""
    variants: tuple[Variant, ...] = Field(default=(), exclude_if=lambda variants: not variants)
    """Variants of its exchanges with known answers."""
    session: Session | None = Field(default=None, exclude_if=lambda session: session is None)
    """Where it is one of several sessions of its user with its agent."""
