"""What the policies of a dialogue are built from; the planned policies, and scripted ones for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from streamdial.dialogues.bank import LineBank
from streamdial.dialogues.guided_talk import TalkScript
from streamdial.dialogues.loop import Side
from streamdial.dialogues.realising import Realiser
from streamdial.errors import ConfigurationError
from streamdial.models import ChatModel
from streamdial.planning import DialogueState, Planner
from streamdial.records import Role, Turn
from streamdial.slots import SlotReader


@dataclass(frozen=True, kw_only=True)
class PolicyParts:
    """What a policy is built from, for one dialogue.

    Attributes:
        role: Whose policy it is.
        state: The dialogue as it stands when the policy is built.
        bank: Real lines of the language.
        reader: Reads slots of the domain.
        realiser: Words a plan.
        planner: Decides what is said next.
        model: The language model; None where there is none.
        planned: The planned policy, as a fallback for another one; None for the planned policy itself.
        ask: Asks a person; None where there is nobody.
        script: The whole dialogue as a strong model worded it in one call; None where nothing was.
    """

    role: Role
    state: DialogueState
    bank: LineBank
    reader: SlotReader
    realiser: Realiser
    planner: Planner
    model: ChatModel | None = None
    planned: Side | None = None
    ask: Callable[[DialogueState], str | None] | None = None
    script: TalkScript | None = None

    def require_model(self) -> ChatModel:
        """Return the model.

        Raises:
            ConfigurationError: If there is none.
        """
        if self.model is None:
            raise ConfigurationError(f"this {self.role} policy needs a model.", fix="name a model, or another policy")
        return self.model

    def require_planned(self) -> Side:
        """Return the planned policy, which speaks where another one cannot.

        Raises:
            ConfigurationError: If there is none.
        """
        if self.planned is None:
            raise ConfigurationError(f"this {self.role} policy needs a planned side beside it.", fix="give it one")
        return self.planned


class PlannedPolicy:
    """A side whose planner decides act, slots and facts; a model at most words them.

    Args:
        planner: Decides what is said next.
        realiser: Words the plan.
    """

    def __init__(self, planner: Planner, realiser: Realiser) -> None:
        self._planner = planner
        self._realiser = realiser

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the side's next turn, or None where it has left."""
        plan = self._planner.plan(state)
        return await self._realiser.realise(plan, state) if plan else None


class ScriptedPolicy:
    """A policy that says given turns in order and then leaves.

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


def build_planned(parts: PolicyParts) -> PlannedPolicy:
    """Return the planned policy of either side."""
    return PlannedPolicy(parts.planner, parts.realiser)
