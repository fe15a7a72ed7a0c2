"""Several goals in one dialogue: when one is reached, the dialogue goes on with the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streamdial.dialogues.loop import Side
from streamdial.errors import ConfigurationError
from streamdial.planning import DialogueState
from streamdial.records import Blueprint, Turn
from streamdial.strategies.second_goals import CONTINUED, Goal

SETTLED = ("confirm", "hand_over", "hold")
"""Acts of the agent a goal is reached with."""


def check_goals(goals: Sequence[Goal], blueprint: Blueprint) -> None:
    """Refuse goals that nothing can follow.

    Raises:
        ConfigurationError: If a goal before the last one ends in a goodbye.
    """
    outcomes = {path.name: path.outcome for path in blueprint.paths}
    for goal in goals[:-1]:
        if outcomes.get(goal.path, "success") not in CONTINUED:
            raise ConfigurationError(
                f"path {goal.path!r} ends in {outcomes[goal.path]}, after which no further goal can follow.",
                fix=f"let all goals but the last take a path to {' or '.join(CONTINUED)}",
            )


class GoalSequence:
    """A user with several goals: where one is reached and a goodbye would follow, the next one begins.

    A dialogue that does not come to that point (the customer wants to think it over first) ends there, and the goals
    after it are not taken up.

    Args:
        first: The policy that pursues the first goal.
        later: The further goals in order.
        build: Makes the policy for a goal; called when its turn has come.
    """

    def __init__(self, first: Side, later: Sequence[Goal], build: Callable[[Goal, DialogueState], Side]) -> None:
        self._side = first
        self._later = list(later)
        self._build = build

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the user's next turn, or None where the user has left."""
        turn = await self._side.speak(state)
        settled = state.last is not None and state.last.act in SETTLED
        if not self._later or not settled or (turn is not None and turn.act != "thank"):
            return turn
        self._side = self._build(self._later.pop(0), state)
        return await self._side.speak(state)
