"""Agents: who serves, and the planned one; reasoning, calls and speech are kept apart."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue

from streamdial.domains import DomainPack
from streamdial.policies import Policy
from streamdial.records import Realisation
from streamdial.tooluse.belief import Belief
from streamdial.tooluse.planned_reply import PlannedReply
from streamdial.tooluse.records import Act, Step, ToolTurn
from streamdial.tooluse.schema import DomainSchema
from streamdial.tooluse.tools import Toolbox
from streamdial.tooluse.wording import TemplateWording, Wording

Caller = Callable[[str, Mapping[str, JsonValue], str, str], Awaitable[Step]]
"""Makes a call: name of the tool, arguments, reasoning and id of the task."""


class Speech(NamedTuple):
    """What an agent says, what it thought before, and how the words came about."""

    utterance: str
    acts: tuple[Act, ...]
    reasoning: str
    realisation: Realisation = "template"
    evidence: tuple[str, ...] = ()


AgentSide = Policy[[Sequence[ToolTurn], Caller], Speech]
"""Whoever serves: a policy that is shown the turns and a way to make calls, and says something after any of them."""


class PlannedAgent:
    """An agent whose agenda decides.

    It asks for what is missing, searches, tells what it found, recovers with the nearest option or the waitlist, and
    claims nothing that no call has brought.

    Args:
        toolbox: The tools it was given; those of `build_tools` must be among them.
        schema: The schema they work on: which wishes can be searched by, and what a booking needs.
        pack: The domain pack: what experts ask for.
        wording: Words its acts; templates by default.
        retries: How often a call is made again that failed for a reason that may pass.
        seed: Seed of the dialogue.
    """

    def __init__(
        self,
        toolbox: Toolbox,
        schema: DomainSchema,
        pack: DomainPack,
        *,
        wording: Wording | None = None,
        retries: int = 2,
        seed: int = 0,
    ) -> None:
        self.toolbox = toolbox
        self.schema = schema
        self.pack = pack
        self.templates = TemplateWording(schema, pack)
        self.wording = wording or self.templates
        self.retries = retries
        self._seed = seed

    async def speak(self, turns: Sequence[ToolTurn], call: Caller) -> Speech:
        """Return what is said next; the last turn must be the user's."""
        rng = random.Random(f"{self._seed}:{len(turns)}:agent")
        belief = Belief(self.schema)
        belief.fold(turns[:-1])
        reply = PlannedReply(self, belief, call, rng)
        await reply.answer(turns[-1].acts)
        said = [turn.utterance for turn in turns if turn.role == "agent"]
        words = await self.wording.word("agent", reply.acts, (), rng, said, turns[-1].utterance)
        return Speech(words.text, tuple(reply.acts), reply.conclude(), words.realisation, words.evidence)
