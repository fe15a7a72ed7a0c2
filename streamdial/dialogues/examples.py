"""Policies by example: a real reply to a similar message decides what is said, with this dialogue's facts in it."""

from __future__ import annotations

from streamdial.dialogues.bank import LineBank
from streamdial.dialogues.lines import Line
from streamdial.dialogues.loop import Side
from streamdial.dialogues.planned_policies import PolicyParts
from streamdial.dialogues.realising import Realiser
from streamdial.domains import Retrieval
from streamdial.planning import USER_STAGES, DialogueState, TurnPlan, Value
from streamdial.records import Role, Turn

CANDIDATES = 12
"""Retrieved lines that are tried in turn."""
LEFT_TO_THE_PLAN = {
    "user": ("greet", "thank", "book", "accept", "defer"),
    "agent": ("close", "confirm", "hand_over", "propose", "greet"),
}
"""Acts that decide where the dialogue goes: these are left to the plan."""


class ExamplePolicy:
    """A policy that answers as real people answered messages like the last one.

    The reply of the nearest real exchange gives act, slots and words; its facts are taken out and those of this
    persona, or of the knowledge base, are put in. Where no retrieved reply can be said truthfully here, the fallback
    speaks.

    Args:
        role: Whose policy it is.
        bank: Real lines with what was said before them.
        realiser: Checks a line against the plan it stands for.
        fallback: Speaks where no line fits.
    """

    def __init__(self, role: Role, bank: LineBank, realiser: Realiser, fallback: Side) -> None:
        self._role: Role = role
        self._bank = bank
        self._realiser = realiser
        self._fallback = fallback

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the policy's next turn, or None where it has left."""
        if state.last is None or state.last.act in LEFT_TO_THE_PLAN["agent" if self._role == "user" else "user"]:
            return await self._fallback.speak(state)
        options = Retrieval(
            count=CANDIDATES,
            least_similarity=state.pack.retrieval.least_similarity,
            diversity=state.pack.retrieval.diversity,
        )
        for line in await self._bank.retrieve(self._role, state.last.utterance, used=state.used, options=options):
            plan = self._plan(line, state)
            if plan is not None and (turn := self._realiser.try_line(line, plan, state)):
                return turn
        return await self._fallback.speak(state)

    def _plan(self, line: Line, state: DialogueState) -> TurnPlan | None:
        """Return what a line would do here, or None where this role cannot say it."""
        signature = line.signature
        if signature.act in LEFT_TO_THE_PLAN[self._role] or signature.other:
            return None
        entity = state.focus or (state.last.entity if state.last else "")
        if (line.names_entity or signature.tell) and not entity:
            return None
        return self._plan_user(line, state, entity) if self._role == "user" else self._plan_agent(line, state, entity)

    def _plan_user(self, line: Line, state: DialogueState, entity: str) -> TurnPlan | None:
        signature = line.signature
        wishes = {wish.slot: wish for wish in state.wishes}
        if any(slot not in wishes or slot in state.informed for slot in signature.inform):
            return None
        if any((entity, slot) in state.told for slot in signature.request):
            return None  # it was answered already
        if not signature.inform and not signature.request:
            return None
        inform: dict[str, Value] = {slot: (wishes[slot].value, None) for slot in signature.inform}
        evidence = tuple(dict.fromkeys(source for slot in signature.inform for source in wishes[slot].evidence))
        return TurnPlan(
            role="user",
            act=signature.act,
            stage=USER_STAGES.get(signature.act, state.runner.stage),
            entity=entity,
            inform=inform,
            request=tuple(sorted(signature.request)),
            evidence=evidence,
        )

    def _plan_agent(self, line: Line, state: DialogueState, entity: str) -> TurnPlan | None:
        signature, last = line.signature, state.last
        rows = {slot: state.knowledge.get(entity, slot) for slot in signature.tell}
        if not signature.tell or last is None or any(row is None for row in rows.values()):
            return None
        if last.request and not set(last.request) <= set(rows):
            return None  # it would not answer the question
        strategy = state.pack.find_strategy(signature.act)
        return TurnPlan(
            role="agent",
            act=signature.act,
            stage=state.pack.strategies[strategy].stage if strategy else state.runner.stage,
            strategy=strategy,
            entity=entity,
            tell={slot: (row.value, row.unit) for slot, row in rows.items() if row is not None},
            evidence=tuple(row.id for row in rows.values() if row is not None),
        )


def build_example(parts: PolicyParts) -> ExamplePolicy:
    """Return the policy that speaks by example; the planned one speaks where no line fits."""
    return ExamplePolicy(parts.role, parts.bank, parts.realiser, parts.require_planned())
