"""The Conversational Blueprint: stages, key nodes, scenarios and the flow atlas."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamdial.records._base import FrozenModel, Layout, Record

Outcome = Literal["success", "deferral", "drop_out", "hand_over"]

Behaviour = Literal[
    "requirement_mining",
    "constraint_conflict",
    "negotiation",
    "recovery",
    "inventory_check",
    "reservation_holding",
    "objection_handling",
    "upselling",
]
"""What experts are trained to do in a dialogue, as the STREAM paper names it."""


class Stage(FrozenModel):
    """One stage of the rhythm overview."""

    name: str
    """Key of the stage, unlike that of any other of the blueprint."""
    title: str
    """Name of the stage in the blueprint's language."""
    goal: str
    key_result: str
    kind: str = ""
    """Stage of the domain pack it stands for, where its name is none: a plan given from outside has its own names."""
    evidence: tuple[str, ...] = ()

    @property
    def pack_stage(self) -> str:
        """Stage of the domain pack it is, or stands for."""
        return self.kind or self.name


class KeyNode(FrozenModel):
    """A user signal that moves the dialogue to another stage."""

    signal: str
    """What the user does: a user act, `act:slot`, or `slot:<name>`; empty where a given plan says it in words alone."""
    meaning: str
    stage: str
    """Stage the dialogue moves to."""
    title: str = ""
    """The signal in the words of a plan given from outside."""
    value: str = ""
    """What the signal is worth to the seller, in the words of a plan given from outside."""
    evidence: tuple[str, ...] = ()


class Scenario(FrozenModel):
    """What to do in a situation, and how the experts word it."""

    situation: str
    """User act the scenario answers, with the slot where there is one: `ask:price`, `object:price`, `inform`."""
    act: str
    """Agent act."""
    strategy: str
    title: str = ""
    """The situation in the words of a plan given from outside."""
    action: str = ""
    """What the agent does, in the words of a plan given from outside."""
    manner: str = ""
    """For whom and how it is worded, in the words of a plan given from outside, a line each."""
    selling_point: str = ""
    wording: str = ""
    """A line the expert really said, or a line of a seed dialogue."""
    evidence: tuple[str, ...] = ()


class Transition(FrozenModel):
    """A step from one stage to another that was observed, and what brought it about."""

    source: str
    target: str
    trigger: str = ""
    """The user's act before the step; empty where nothing but the agent's own lead was seen."""
    outcome: Outcome | None = None
    """How the dialogues ended that ended with this step; None for a step that ends none."""
    count: int = Field(default=1, ge=1)
    """How often it was seen."""
    evidence: tuple[str, ...] = ()


class FlowPath(FrozenModel):
    """One named way through the stages."""

    name: str
    outcome: Outcome
    stages: tuple[str, ...] = Field(min_length=1)
    steps: tuple[str, ...] = ()
    """The way in the words of a plan given from outside; often finer than its stages."""
    evidence: tuple[str, ...] = ()


class Blueprint(Record):
    """B: rhythm overview, key nodes, scenarios and flow atlas of one account's way to sell."""

    account: str
    title: str
    stages: tuple[Stage, ...] = Field(min_length=1)
    nodes: tuple[KeyNode, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    transitions: tuple[Transition, ...] = ()
    """Steps that were observed: the flow atlas as a directed graph, of which the paths are ways through."""
    paths: tuple[FlowPath, ...] = Field(min_length=1)
    origin: Literal["induced", "drafted", "given"] = "induced"
    """`induced` from observed strategies and seeds, `drafted` by a model, or `given` as a plan from outside."""
    layout: Layout | None = None
    """How a plan given from outside was laid out; None for our own."""
