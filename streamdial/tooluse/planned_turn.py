"""What every turn of the planned agent is made of: calls with their thoughts, and acts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue

from streamdial.domains import DomainPack
from streamdial.environment.calls import ToolResult
from streamdial.environment.schema import DomainSchema
from streamdial.environment.tools import Purpose, Toolbox
from streamdial.slots import DONT_CARE
from streamdial.tooluse.agent import Caller
from streamdial.tooluse.belief_state import BeliefState
from streamdial.tooluse.records import Act
from streamdial.tooluse.thoughts import Thoughts


class ToolsDown(Exception):
    """A tool failed as often as it was tried."""


class AgentKit(NamedTuple):
    """What a planned agent works with.

    Attributes:
        toolbox: The tools it was given.
        schema: The schema they work on.
        pack: The domain pack.
        thoughts: Words its thoughts.
        retries: How often a call is made again that failed for a reason that may pass.
    """

    toolbox: Toolbox
    schema: DomainSchema
    pack: DomainPack
    thoughts: Thoughts
    retries: int


class PlannedTurn:
    """One turn of the agent while it is made.

    Args:
        kit: What the agent whose turn it is works with.
        belief: What it knows of the dialogue before the user's last turn.
        call: Makes a call.
        rng: Draws what is left open.
        place: Number of the turn.
    """

    def __init__(self, kit: AgentKit, belief: BeliefState, call: Caller, rng: random.Random, place: int = 0) -> None:
        self.schema = kit.schema
        self.belief = belief
        self.rng = rng
        self.acts: list[Act] = []
        self.retried = False
        self._kit = kit
        self._call = call
        self._task = ""
        self._place = place * 3
        self._thought = 0

    def _think(self, thought: str, about: Act, **gaps: str) -> str:
        """Return a thought about a matter, with what is known of it."""
        self._thought += 1
        known = self._list_known()
        return self._kit.thoughts.explain(thought, about, known, self._place + self._thought, **gaps)

    def _list_known(self) -> dict[str, str]:
        belief, open_booking = self.belief, self.belief.open
        if open_booking is not None and open_booking.task == self._task and open_booking.slots:
            return {slot: value for slot, value in open_booking.slots.items() if value != DONT_CARE}
        return {slot: value for slot, value in belief.known_wishes.items() if self.schema.get_column(slot) is not None}

    def _say(
        self,
        act: str,
        *,
        entity: str = "",
        other: str = "",
        request: tuple[str, ...] = (),
        tell: dict[str, str] | None = None,
        tell_other: dict[str, str] | None = None,
        reference: str = "",
    ) -> None:
        said = Act(
            act=act,
            task=self._task,
            entity=entity,
            other=other,
            request=request,
            tell=tell or {},
            tell_other=tell_other or {},
            reference=reference,
        )
        self.acts.append(said)
        self.belief.observe(False, [said])

    async def _use(
        self, purpose: Purpose, arguments: Mapping[str, JsonValue], thought: str, about: Act, **gaps: str
    ) -> ToolResult:
        """Make a call, again where it failed for a reason that may pass.

        Raises:
            ToolsDown: If it failed every time.
        """
        name = self._kit.toolbox.find(purpose).name
        reasoning = self._think(thought, about, **gaps)
        for _ in range(1 + self._kit.retries):
            step = await self._call(name, arguments, reasoning, self._task)
            self.belief.observe_steps([step])
            failure = step.result.failure
            if failure is None or not failure.transient:
                return step.result
            self.retried = True
            reasoning = self._think("retry", Act(act="retry", reference=failure.kind))
        raise ToolsDown
