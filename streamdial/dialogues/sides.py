"""The sides a dialogue can be made with: planned ones for small models, scripted ones for tests."""

from __future__ import annotations

from collections.abc import Iterable

from streamdial.dialogues.agenda import Agenda
from streamdial.dialogues.policy import AgentPolicy
from streamdial.dialogues.realising import Realiser
from streamdial.dialogues.state import DialogueState
from streamdial.records import Turn


class PlannedUser:
    """A user whose agenda decides act and slots; a model at most words them.

    Args:
        agenda: What the user still wants.
        realiser: Words the plan.
    """

    def __init__(self, agenda: Agenda, realiser: Realiser) -> None:
        self._agenda = agenda
        self._realiser = realiser

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the user's next turn, or None where the user has left."""
        plan = self._agenda.plan(state)
        return await self._realiser.realise(plan, state) if plan else None


class PlannedAgent:
    """An agent whose blueprint and knowledge decide act and facts; a model at most words them.

    Args:
        policy: Decides the next act.
        realiser: Words the plan.
    """

    def __init__(self, policy: AgentPolicy, realiser: Realiser) -> None:
        self._policy = policy
        self._realiser = realiser

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the agent's next turn."""
        return await self._realiser.realise(self._policy.plan(state), state)


class ScriptedSide:
    """A side that says given turns in order and then leaves.

    Args:
        turns: What it says.
    """

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._turns = list(turns)

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the next given turn, renumbered, or None when there is none left."""
        if not self._turns:
            return None
        return self._turns.pop(0).model_copy(update={"turn_id": len(state.turns)})
