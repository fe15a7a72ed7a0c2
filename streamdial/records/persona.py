"""User personas, agent personas and rows of an agent's knowledge."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamdial.records._base import FrozenModel, Layout, Record

Hardness = Literal["must", "prefer", "flexible"]


class Observed(FrozenModel):
    """A statement and the ids of the signals it rests on."""

    text: str
    evidence: tuple[str, ...] = Field(min_length=1)


class Constraint(FrozenModel):
    """A wish the user really stated, as a normalised slot value."""

    slot: str
    value: str
    unit: str | None = None
    """ISO code of the currency the user named; an amount that names none is counted in the account's own."""
    hardness: Hardness = "prefer"
    evidence: tuple[str, ...] = Field(min_length=1)
    changed_from: tuple[Observed, ...] = ()
    """Values the same viewer stated before this one, in order: how the intent shifted."""


class Inquiry(FrozenModel):
    """A question the user really asked."""

    text: str
    asks: tuple[str, ...] = ()
    act: str = "ask"
    entities: tuple[str, ...] = ()
    evidence: tuple[str, ...] = Field(min_length=1)
    origin: Literal["own", "same_need"] = "own"
    """`same_need`: asked by another viewer with the same need."""


class Utterance(FrozenModel):
    """Something such a user may say, and where it comes from."""

    text: str
    origin: Literal["own", "same_need", "seed", "worded"]
    """`own`: really written; `same_need`: by another viewer, with this persona's facts in it; `seed`: a line of a seed
    dialogue, likewise; `worded`: by the pack's templates or a model, out of what is in evidence."""
    evidence: tuple[str, ...] = Field(min_length=1)


class Habit(FrozenModel):
    """A way of writing that was seen."""

    kind: str
    """`lower_case`, `particles`, ...; of dialect words their region."""
    words: tuple[str, ...] = ()
    """What was seen, where it is words or signs."""
    evidence: tuple[str, ...] = Field(min_length=1)


class UserStyle(FrozenModel):
    """How the user writes, counted from the messages in evidence."""

    mean_length: float
    """Mean message length, in characters for zh and words for en."""
    register_name: Literal["casual", "plain", "polite"] = "plain"
    sample_lines: tuple[str, ...] = ()
    habits: tuple[Habit, ...] = ()
    dialect: tuple[Habit, ...] = ()
    impatience: Observed | None = None
    """What showed that the user does not like to wait; None where nothing did."""
    evidence: tuple[str, ...] = ()
    """The messages; those of `sample_lines` first, in their order."""


class Demand(FrozenModel):
    """How many viewers a persona stands for."""

    viewers: int = Field(ge=1)
    """Viewers who asked, and those who only repeated them."""
    evidence: tuple[str, ...] = Field(min_length=1)


ConflictKind = Literal[
    "asked_breaks_wish", "party_exceeds_wish", "party_exceeds_capacity", "nothing_fits", "over_budget", "two_values"
]


class Conflict(FrozenModel):
    """Two things a user wants that do not go together."""

    kind: ConflictKind
    text: str
    slots: tuple[str, ...] = Field(min_length=1)
    evidence: tuple[str, ...] = Field(min_length=1)
    """Ids of the messages and of the rows of knowledge."""


class UserPersona(Record):
    """P_u: what one kind of viewer wants, from what such viewers really wrote.

    What was not observed is absent; every field names the signals it rests on.
    """

    objective: Observed
    basic_information: tuple[Observed, ...] = ()
    core_requirements: tuple[Observed, ...] = ()
    primary_inquiries: tuple[Inquiry, ...]
    constraints: tuple[Constraint, ...] = ()
    knows: tuple[Observed, ...] = ()
    """What the user named, stated as a fact or takes for granted."""
    does_not_know: tuple[Observed, ...] = ()
    """What the user asked."""
    potential_utterances: tuple[Utterance, ...] = Field(min_length=5)
    style: UserStyle
    demand: Demand | None = None
    conflicts: tuple[Conflict, ...] = ()
    """With any, the persona is one with a conflict of wishes, on purpose."""


Operator = Literal[">=", "<=", ">", "<", "=", "!="]


class Condition(FrozenModel):
    """One condition on an attribute of the knowledge base, typed by the pack's slot schema."""

    slot: str
    operator: Operator
    value: str
    """Normalised value."""
    number: float | None = None
    """The value of a number; only `=` and `!=` go without."""
    unit: str | None = None
    """Unit of money where one was named; a row in another one does not fulfil the condition."""


class KnowledgeRow(Record):
    """One typed attribute of one entity: a row of knowledge."""

    entity: str
    slot: str
    value: str
    """Normalised value as the pack's slot schema writes it."""
    number: float | None = None
    unit: str | None = None
    text: str
    """The value as the source says it."""
    observed_at: str | None = None
    """ISO date on which the source was fetched, or else the one it gives for itself."""
    confidence: float = 1.0
    replaced_by: str | None = None
    """Id of the row that holds now; a row that was replaced is kept and no longer told."""
    gone_since: str | None = None
    """ISO time at which its page was read again and no longer said it; such a row is kept and no longer told."""

    @property
    def holds(self) -> bool:
        """Whether it may be told."""
        return self.replaced_by is None and self.gone_since is None


class AgentStyle(FrozenModel):
    """How the account talks, with lines it really said."""

    description: str
    sample_lines: tuple[str, ...] = ()
    habits: tuple[Habit, ...] = ()
    evidence: tuple[str, ...] = ()
    """The answers it was counted from; those of `sample_lines` first, in their order."""


class StrategyUse(FrozenModel):
    """How often an account follows a strategy."""

    strategy: str
    count: int = Field(ge=1)
    share: float = Field(ge=0, le=1)
    """Share of the answers that follow any known strategy."""
    evidence: tuple[str, ...] = Field(min_length=1)


class AgentPersona(Record):
    """P_a: identity, certification, style, boundaries; its knowledge base K is the rows in `knowledge`."""

    account: str
    identity: Observed
    certification: Observed | None = None
    standing: Observed | None = None
    """Who vouches for the account: `official`, `certified` or `claimed`; None where nobody does."""
    style: AgentStyle
    service_boundaries: tuple[Observed, ...] = ()
    commitments: tuple[Observed, ...] = ()
    strategies: tuple[StrategyUse, ...] = ()
    """The most frequent first."""
    knowledge: tuple[KnowledgeRow, ...] = ()
    """Rows that hold."""
    other_versions: tuple[KnowledgeRow, ...] = ()
    """Rows of other value that no longer hold: older ones, and what another source says."""
    layout: Layout | None = None
    """How a profile given from outside was laid out; None for our own."""
