"""Records of dialogues with tools: turns with acts, calls and results, tasks with rubrics, verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, JsonValue

from streamdial.environment.calls import RowChange, ToolCall, ToolResult
from streamdial.environment.schema import Scalar
from streamdial.records import FrozenModel, Lineage, Realisation, Record, Role

Mode = Literal["user-oriented", "task-oriented"]
TaskKind = Literal["find", "compare", "details", "availability", "book", "hold", "change", "cancel"]
Recovery = Literal["nearest", "waitlist"]
ToolStopReason = Literal["done", "left", "turn_cap", "silent"]


class Step(FrozenModel):
    """One thought of the agent with the call it leads to, and what came back."""

    reasoning: str
    call: ToolCall
    result: ToolResult
    task: str = ""
    """Id of the task the call is for."""


class Act(FrozenModel):
    """One thing a turn does: a turn of a dialogue with tools may do several.

    The fields are those of `streamdial.records.Turn`.
    """

    act: str
    task: str = ""
    """Id of the task it belongs to; empty for greetings, and in turns that were given."""
    entity: str = ""
    other: str = ""
    inform: dict[str, str] = Field(default_factory=dict)
    request: tuple[str, ...] = ()
    tell: dict[str, str] = Field(default_factory=dict)
    tell_other: dict[str, str] = Field(default_factory=dict)
    slip: dict[str, str] = Field(default_factory=dict)
    """Values said by mistake and put right within the same turn; they never hold."""
    reference: str = ""
    """Number of a booking, a hold or a place on the waitlist."""


class ToolTurn(FrozenModel):
    """One turn: what was said, what it does, and for the agent what went before the words."""

    turn_id: int
    role: Role
    utterance: str
    acts: tuple[Act, ...]
    steps: tuple[Step, ...] = ()
    reasoning: str = ""
    """What the agent thought before it spoke; never shown to the user."""
    rules: tuple[str, ...] = ()
    """Human rules that acted in a user's turn."""
    state: dict[str, str] = Field(default_factory=dict)
    """The dialogue state after the turn: what the user has stated so far, a later value replacing an earlier one."""
    given: bool = False
    """Whether the turn was there before this dialogue was made."""
    stage: str = ""
    """Stage of the domain pack that the turn is in: where the dialogue stands in the blueprint."""
    evidence: tuple[str, ...] = ()
    """Ids of the signals and seed turns its words were taken from."""
    realisation: Realisation = "template"
    """How the wording came about; of several sentences the one furthest from a template."""
    by: tuple[str, ...] = Field(default=(), exclude_if=lambda names: not names)
    """Strategies the turn follows."""
    inner: dict[str, str] = Field(default_factory=dict, exclude_if=lambda states: not states)
    """Hidden state a strategy gives the speaker here; never said."""


def accumulate_acts(turns: Iterable[ToolTurn]) -> dict[str, str]:
    """Return the dialogue state after some turns; an empty value takes a slot back."""
    state: dict[str, str] = {}
    for turn in turns:
        if turn.role == "user":
            for act in turn.acts:
                state |= act.inform
    return {slot: value for slot, value in state.items() if value}


class TaskWish(FrozenModel):
    """The part of a task its user knows: what is wanted, and nothing of how it is reached or checked."""

    id: str
    kind: TaskKind
    after: str = ""
    """Id of the task whose result this one is about: what was found is booked, what was booked is changed."""
    wishes: dict[str, str] = Field(default_factory=dict)
    """Slot to value, as the user wants it in the end."""
    first: dict[str, str] = Field(default_factory=dict)
    """What the user may want, or say by mistake, before."""
    tries: dict[str, str] = Field(default_factory=dict, exclude_if=lambda value: not value)
    """What is asked for first and cannot be had: a full or closed day, an hour outside the opening hours."""
    kept: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)
    """Slots of `wishes` that were stated with an earlier task, and are not said again."""
    asks: tuple[str, ...] = ()
    """Slots the user wants to be told."""
    entity: str = ""
    """A thing the user has heard of and means; empty for what was found."""
    other: str = ""
    """The thing to compare with."""


class ExpectedChange(FrozenModel):
    """A change of the database a task must end in."""

    table: str
    kind: Literal["insert", "update"]
    values: dict[str, tuple[Scalar, ...]]
    """Column to the values it may have afterwards."""


class ExpectedFact(FrozenModel):
    """Something the user must have been told, as the database has it."""

    slot: str
    entities: tuple[str, ...]
    """Of any of these things."""


class Rubric(FrozenModel):
    """How it is checked that a task was done; the user never sees it."""

    changes: tuple[ExpectedChange, ...] = ()
    """These and no others; none: nothing may be written."""
    offers: tuple[str, ...] = ()
    """What may be offered last; empty where nothing need be."""
    facts: tuple[ExpectedFact, ...] = ()
    allowed: tuple[str, ...]
    """Names of the tools that may be called."""
    required: tuple[str, ...] = ()
    """Names of the tools of which a call must succeed."""
    recovery: Recovery | None = None
    """For a task that cannot be met: what it must end in instead."""


class ToolTask(FrozenModel):
    """A goal over the database: what the user wants, how it is checked, and a run that reaches it."""

    wish: TaskWish
    rubric: Rubric
    reference: tuple[ToolCall, ...]
    """Calls that reach the goal from a fresh database, after those of the tasks before it."""

    @property
    def solvable(self) -> bool:
        """Whether the wish itself can be met."""
        return self.rubric.recovery is None


class TaskVerdict(FrozenModel):
    """Whether a task was done, by execution."""

    task: str
    kind: TaskKind
    passed: bool
    reasons: tuple[str, ...] = ()
    """What failed; empty for a pass."""
    recovery: Recovery | None = None


class ToolDialogue(Record):
    """A finished dialogue with tools."""

    mode: Mode
    seed: int
    tools: tuple[dict[str, JsonValue], ...]
    """The functions the agent was given, in the OpenAI format."""
    tasks: tuple[ToolTask, ...]
    """Those the user took up, in order."""
    turns: tuple[ToolTurn, ...]
    stop_reason: ToolStopReason
    verdicts: tuple[TaskVerdict, ...]
    database: str
    """Hash of the database's contents at the start."""
    world: str = ""
    """Id of the `EnvironmentRecord` it took place in; empty for a database nobody wrote down."""
    changes: tuple[RowChange, ...] = ()
    """How the database differs at the end."""
    user_persona_id: str = ""
    agent_persona_id: str = ""
    checks: dict[str, int] = Field(default_factory=dict)
    """How often each check failed while the words were made."""
    lineage: tuple[Lineage, ...] = Field(default=(), exclude_if=lambda parts: not parts)
    """Strategies that had a part in it."""

    @property
    def verified(self) -> bool:
        """Whether every task passed, and there was one."""
        return bool(self.verdicts) and all(verdict.passed for verdict in self.verdicts)
