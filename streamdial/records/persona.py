"""Who talks: user personas, agent personas and what the agent knows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamdial.records._base import FrozenModel, Record

Hardness = Literal["must", "prefer", "flexible"]


class Observed(FrozenModel):
    """A statement and the ids of the signals it rests on."""

    text: str
    evidence: tuple[str, ...] = Field(min_length=1)


class Constraint(FrozenModel):
    """A wish the user really stated, as a normalised slot value."""

    slot: str
    value: str
    hardness: Hardness = "prefer"
    evidence: tuple[str, ...] = Field(min_length=1)


class Inquiry(FrozenModel):
    """A question the user really asked."""

    text: str
    asks: tuple[str, ...] = ()
    act: str = "ask"
    entities: tuple[str, ...] = ()
    evidence: tuple[str, ...] = Field(min_length=1)


class UserStyle(FrozenModel):
    """How the user writes, counted from the messages in evidence."""

    mean_length: float
    """Mean message length, in characters for zh and words for en."""
    register_name: Literal["casual", "plain", "polite"] = "plain"
    sample_lines: tuple[str, ...] = ()


class UserPersona(Record):
    """P_u: what one kind of viewer wants, from what such viewers really wrote.

    What was not observed is absent; every field names the signals it rests on.
    """

    objective: Observed
    basic_information: tuple[Observed, ...] = ()
    core_requirements: tuple[Observed, ...] = ()
    primary_inquiries: tuple[Inquiry, ...]
    constraints: tuple[Constraint, ...] = ()
    potential_utterances: tuple[str, ...] = Field(min_length=5)
    style: UserStyle


class KnowledgeRow(Record):
    """One typed attribute of one entity: a row of K."""

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


class AgentStyle(FrozenModel):
    """How the account talks, with lines it really said."""

    description: str
    sample_lines: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class AgentPersona(Record):
    """P_a: identity, certification, style, boundaries; its K are the rows in `knowledge`."""

    account: str
    identity: Observed
    certification: Observed | None = None
    style: AgentStyle
    service_boundaries: tuple[Observed, ...] = ()
    commitments: tuple[Observed, ...] = ()
    strategies: dict[str, int] = Field(default_factory=dict)
    """How often each strategy was observed."""
    knowledge: tuple[KnowledgeRow, ...] = ()
