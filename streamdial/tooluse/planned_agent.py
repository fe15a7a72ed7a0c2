"""The planned agent: its agenda decides what is asked, called and told."""

from __future__ import annotations

import random
from collections.abc import Sequence

from streamdial.domains import DomainPack
from streamdial.environment.schema import DomainSchema
from streamdial.environment.tools import Toolbox
from streamdial.tooluse.agent import Caller, Speech
from streamdial.tooluse.belief_state import BeliefState
from streamdial.tooluse.moves import plan_agent_moves
from streamdial.tooluse.obeying import obey_acts
from streamdial.tooluse.planned_reply import PlannedReply
from streamdial.tooluse.planned_turn import AgentKit
from streamdial.tooluse.records import ToolTurn
from streamdial.tooluse.talk_view import Advise
from streamdial.tooluse.thoughts import Thoughts
from streamdial.tooluse.wording import PhraseWording, Wording


class PlannedAgent:
    """An agent whose agenda decides.

    It asks for what is missing, searches, tells what it found, recovers with the nearest option or the waitlist, and
    claims nothing that no call has returned.

    Args:
        toolbox: The tools it was given; those of `build_tools` must be among them.
        schema: The schema they work on: which wishes can be searched by, and what a booking needs.
        pack: The domain pack: what experts ask for.
        wording: Words its acts; phrases by default.
        retries: How often a call is made again that failed for a reason that may pass.
        seed: Seed of the dialogue.
        number: Number of the dialogue in its run.
        advise: Asks the strategies of the agent's side; None where there are none.
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
        number: int = 0,
        advise: Advise | None = None,
    ) -> None:
        self._advise = advise
        phrases = PhraseWording(schema, pack, number=number)
        self.wording = wording or phrases
        self._kit = AgentKit(toolbox, schema, pack, Thoughts(phrases, seed), retries)
        self._seed = seed

    async def speak(self, turns: Sequence[ToolTurn], call: Caller) -> Speech:
        """Return what is said next; the last turn must be the user's."""
        rng = random.Random(f"{self._seed}:{len(turns)}:agent")
        belief = BeliefState(self._kit.schema)
        belief.fold(turns[:-1])
        directive = self._advise(turns) if self._advise is not None else None
        reply = PlannedReply(self._kit, belief, call, rng, len(turns))
        reply.clarifies = directive is not None and directive.clarify
        await reply.answer(turns[-1].acts)
        reply.acts = list(obey_acts(reply.acts, directive))
        prefixes = ("retried",) if reply.retried and not any(act.act == "trouble" for act in reply.acts) else ()
        moves = plan_agent_moves(reply.acts, turns, belief, self._kit.pack, rng)
        words = await self.wording.word("agent", reply.acts, turns, prefixes=prefixes, moves=moves)
        return Speech(words.text, tuple(reply.acts), reply.conclude(), words.realisation, words.evidence)
