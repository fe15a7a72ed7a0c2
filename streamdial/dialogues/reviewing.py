"""What becomes of a finished dialogue that strategies read: it stays, is dropped, or has turns said again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streamdial.dialogues.bank import LineBank
from streamdial.dialogues.direct import DirectAgent, DirectUser
from streamdial.dialogues.loop import Side
from streamdial.dialogues.planned_policies import ScriptedPolicy
from streamdial.dialogues.realising import Realiser
from streamdial.models import ChatModel
from streamdial.planning import DialogueState
from streamdial.records import Revision, Turn
from streamdial.slots import SlotReader
from streamdial.strategies import RewritingStrategy


@dataclass(frozen=True)
class Reviewing:
    """Who says turns of a dialogue again.

    Attributes:
        agent: The agent's side.
        realiser: Words planned turns.
        user_model: The model that plays the user; the agent's where it is None.
        bank: Real lines.
        reader: Reads slots of the domain.
    """

    agent: Side
    realiser: Realiser
    user_model: ChatModel | None
    bank: LineBank
    reader: SlotReader

    async def review(self, state: DialogueState, strategies: Sequence[RewritingStrategy]) -> str | None:
        """Have a dialogue read by one strategy after another; return why it is dropped, or None.

        Each reads anew what it had said again, as often as it wants to.

        Raises:
            ModelError: If a model failed for good.
        """
        for strategy in strategies:
            for _ in range(strategy.rounds):
                before = len(state.revisions)
                refused = await self._review_once(strategy, state)
                if refused is not None:
                    return refused
                if len(state.revisions) == before:
                    break
        return None

    async def _review_once(self, strategy: RewritingStrategy, state: DialogueState) -> str | None:
        verdict = await strategy.review(state)
        if verdict is None:
            state.count_failure("review_unusable")
            return None
        if verdict.decision == "drop":
            return verdict.fault or "reviewed_out"
        if verdict.decision == "redo" and state.goal_start <= verdict.turn < len(state.turns):
            turn = state.turns[verdict.turn]
            again = await self._say_again(turn, verdict.reason, state, lambda said: strategy.accepts(said, state))
            if again is None:
                state.count_failure("redo_failed")
                return None
            state.turns[verdict.turn] = again.model_copy(update={"by": (*turn.by, strategy.NAME)})
            state.revisions.append(
                Revision(turn_id=turn.turn_id, before=turn.utterance, reason=verdict.reason, reviewer=strategy.reviewer)
            )
        return None

    async def _say_again(
        self, turn: Turn, reason: str, state: DialogueState, keep: Callable[[Turn], bool]
    ) -> Turn | None:
        """Return a turn in other words; what it does must stay, because the turns after it answer that."""
        before = state.rewind(turn.turn_id)
        if not isinstance(self.agent, DirectAgent):
            return await self.realiser.realise_again(turn, before, keep)
        side: DirectAgent | DirectUser = self.agent
        if turn.role == "user":
            side = DirectUser(self.user_model or self.agent.model, self.bank, self.reader, ScriptedPolicy([]))
        again = await side.ask(before, refused=f"{reason} Say it again with the same act, slots and values.")
        return again if again is not None and again.says_the_same(turn) and keep(again) else None
