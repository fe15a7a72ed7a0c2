"""The planned agent: its agenda decides what is asked, called and told."""

from __future__ import annotations

import random
from collections.abc import Sequence

from streamdial.domains import DomainPack
from streamdial.environment.schema import DomainSchema
from streamdial.environment.tools import Toolbox
from streamdial.tooluse.agent import Caller, Speech
from streamdial.tooluse.belief_state import BeliefState
from streamdial.tooluse.planned_reply import AgentKit, PlannedReply
from streamdial.tooluse.records import ToolTurn
from streamdial.tooluse.wording import TemplateWording, Wording


class PlannedAgent:
    """An agent whose agenda decides.

    It asks for what is missing, searches, tells what it found, recovers with the nearest option or the waitlist, and
    claims nothing that no call has returned.

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
        templates = TemplateWording(schema, pack)
        self.wording = wording or templates
        self._kit = AgentKit(toolbox, schema, pack, templates, retries)
        self._seed = seed

    async def speak(self, turns: Sequence[ToolTurn], call: Caller) -> Speech:
        """Return what is said next; the last turn must be the user's."""
        rng = random.Random(f"{self._seed}:{len(turns)}:agent")
        belief = BeliefState(self._kit.schema)
        belief.fold(turns[:-1])
        reply = PlannedReply(self._kit, belief, call, rng)
        await reply.answer(turns[-1].acts)
        said = [turn.utterance for turn in turns if turn.role == "agent"]
        words = await self.wording.word("agent", reply.acts, (), rng, said, turns[-1].utterance)
        return Speech(words.text, tuple(reply.acts), reply.conclude(), words.realisation, words.evidence)
