"""What the policies of dialogues with tools are built from, and the builders of the package's own policies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamdial.errors import ConfigurationError
from streamdial.models import ChatModel
from streamdial.records import AgentPersona, UserPersona
from streamdial.slots import SlotReader
from streamdial.tooluse.agent import AgentPolicy
from streamdial.tooluse.direct import DirectToolAgent
from streamdial.tooluse.direct_user import DirectToolUser
from streamdial.tooluse.planned_agent import PlannedAgent
from streamdial.tooluse.plans import TaskPlan
from streamdial.tooluse.records import Mode
from streamdial.tooluse.simulator import UserSimulator
from streamdial.tooluse.talk_view import Advise
from streamdial.tooluse.wording import Wording

if TYPE_CHECKING:
    from streamdial.tooluse.loop import ToolEnvironment


@dataclass(frozen=True)
class ToolUserParts:
    """What a user's policy is built from, for one dialogue.

    Attributes:
        world: The account's environment; a user must not look at its tools.
        plan: The tasks; what the user wants stands in their wishes.
        wording: Words acts.
        seed: Seed of the dialogue.
        mode: How the user behaves.
        persona: Whose wishes the tasks are; None for nobody in particular.
        model: The language model that plays the user; None where there is none.
        advise: Asks the strategies of the user's side; None where there are none.
        checks: Counted into: what was wrong with a turn, by name.
    """

    world: ToolEnvironment
    plan: TaskPlan
    wording: Wording
    seed: int
    mode: Mode
    persona: UserPersona | None = None
    model: ChatModel | None = None
    advise: Advise | None = None
    checks: Counter[str] | None = None


@dataclass(frozen=True)
class ToolAgentParts:
    """What an agent's policy is built from, for one dialogue.

    Attributes:
        world: Database, tools and knowledge base of the account.
        wording: Words acts.
        reader: Finds values and names in words.
        seed: Seed of the dialogue.
        model: The language model; None where there is none.
        persona: Who the account is; None for nobody in particular.
        checks: Counted into: what was wrong with a reply, by name.
        number: Number of the dialogue in its run; wordings are dealt out by it.
        planned: The planned agent, for one that speaks only where it can; None for the planned agent itself.
        advise: Asks the strategies of the agent's side; None where there are none.
    """

    world: ToolEnvironment
    wording: Wording
    reader: SlotReader
    seed: int
    model: ChatModel | None = None
    persona: AgentPersona | None = None
    checks: Counter[str] | None = None
    number: int = 0
    planned: AgentPolicy | None = None
    advise: Advise | None = None


def build_simulator(parts: ToolUserParts) -> UserSimulator:
    """Return the simulated user of a plan, who types as the persona does where it speaks the environment's language."""
    world, persona = parts.world, parts.persona
    language = world.database.schema.language
    return UserSimulator(
        [task.wish for task in parts.plan.tasks],
        parts.plan.base,
        world.pack,
        world.database.schema,
        parts.wording,
        rules=world.rules,
        mode=parts.mode,
        seed=parts.seed,
        style=persona.style if persona is not None and persona.language == language else None,
        advise=parts.advise,
        reader=world.reader,
    )


def build_direct_user(parts: ToolUserParts) -> DirectToolUser:
    """Return the user a model plays.

    Raises:
        ConfigurationError: If there is no model.
    """
    if parts.model is None:
        raise ConfigurationError("this user policy needs a model.", fix="name a model, or another policy")
    return DirectToolUser(
        parts.model,
        build_simulator(parts),
        parts.world.database.schema,
        parts.world.pack,
        parts.world.reader,
        persona=parts.persona,
        checks=parts.checks,
        seed=parts.seed,
        advise=parts.advise,
    )


def build_planned(parts: ToolAgentParts) -> PlannedAgent:
    """Return the agent whose agenda decides."""
    world = parts.world
    return PlannedAgent(
        world.toolbox,
        world.database.schema,
        world.pack,
        wording=parts.wording,
        seed=parts.seed,
        number=parts.number,
        advise=parts.advise,
    )


def build_direct(parts: ToolAgentParts) -> DirectToolAgent:
    """Return the agent a model plays.

    Raises:
        ConfigurationError: If there is no model.
    """
    if parts.model is None:
        raise ConfigurationError("this agent policy needs a model.", fix="name a model, or another policy")
    world = parts.world
    return DirectToolAgent(
        parts.model,
        world.toolbox,
        world.database.schema,
        world.pack,
        parts.reader,
        tools=world.begin_tools(),
        persona=parts.persona,
        fallback=parts.planned,
        checks=parts.checks,
        seed=parts.seed,
        advise=parts.advise,
    )
