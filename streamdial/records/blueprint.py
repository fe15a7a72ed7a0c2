"""The Conversational Blueprint: stages, key nodes, scenarios and the flow atlas."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamdial.records._base import FrozenModel, Record

Outcome = Literal["success", "deferral", "drop_out", "hand_over"]


class Stage(FrozenModel):
    """One stage of the rhythm overview."""

    name: str
    """Key of the stage in the domain pack."""
    title: str
    """Name of the stage in the blueprint's language."""
    goal: str
    key_result: str


class KeyNode(FrozenModel):
    """A user signal that moves the talk to another stage."""

    signal: str
    """What the user does: a user act, or `slot:<name>`."""
    meaning: str
    stage: str
    """Stage the talk moves to."""
    evidence: tuple[str, ...] = ()


class Scenario(FrozenModel):
    """What to do in a situation, and how the experts word it."""

    situation: str
    """User act the scenario answers, with the slot where there is one: `ask:price`, `object:price`, `inform`."""
    act: str
    """Agent act."""
    strategy: str
    selling_point: str = ""
    wording: str = ""
    """A line the expert really said, or a line of a seed dialogue."""
    evidence: tuple[str, ...] = ()


class FlowPath(FrozenModel):
    """One named way through the stages."""

    name: str
    outcome: Outcome
    stages: tuple[str, ...] = Field(min_length=1)


class Blueprint(Record):
    """B: rhythm overview, key nodes, scenarios and flow atlas of one account's way to sell."""

    account: str
    title: str
    stages: tuple[Stage, ...] = Field(min_length=1)
    nodes: tuple[KeyNode, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    paths: tuple[FlowPath, ...] = Field(min_length=1)
    origin: Literal["induced", "drafted"] = "induced"
    """`induced` from observed strategies and seeds, or `drafted` by a model."""
