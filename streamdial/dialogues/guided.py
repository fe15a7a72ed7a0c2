"""Guided policies: code plans each turn, a strong model words it, and code refuses what was not planned."""

from __future__ import annotations

from functools import partial

from pydantic import BaseModel, ConfigDict

from streamdial.dialogues.guided_checks import check_guided, clean_utterance
from streamdial.dialogues.guided_prompts import list_later, write_fault, write_side
from streamdial.dialogues.guided_talk import TalkScript
from streamdial.dialogues.messages import GoalPrompt, alternate, number_call, write_history
from streamdial.dialogues.planned_policies import PlannedPolicy, PolicyParts
from streamdial.dialogues.realising import Realiser, Wording
from streamdial.dialogues.refusals import Refusal, keep_refused, tell_refusal
from streamdial.dialogues.turn_briefs import TurnBrief, find_fixed, write_brief
from streamdial.errors import ModelError
from streamdial.models import UNUSABLE, ChatMessage, ChatModel, ChatRequest, complete_structured
from streamdial.planning import DialogueState, TurnPlan
from streamdial.planning.turns import build_turn
from streamdial.prompts import render_prompt
from streamdial.records import Role, Turn
from streamdial.text import tokenize

MAX_TOKENS = 200


class GuidedAnswer(BaseModel):
    """One turn as the model words it."""

    model_config = ConfigDict(extra="ignore")
    utterance: str


class GuidedRealiser(Realiser):
    """Words plans with a strong model: out of the script of a whole talk, or turn by turn where there is none.

    What does not pass is asked again once with the reason; then the inventory speaks.

    Args:
        plain: Words a plan by real lines and the inventory, where the model's words do not pass.
        role: Whose turns it words.
        model: The strong model.
        script: The talk as it was worded in one call; turns beyond it are worded one by one.
        reasks: How often the model is asked again for one turn.
    """

    def __init__(
        self, plain: Realiser, role: Role, model: ChatModel, script: TalkScript | None = None, *, reasks: int = 1
    ) -> None:
        super().__init__(plain.bank, plain.reader, None, inventory=plain.inventory)
        self._plain = plain
        self._role: Role = role
        self._guide = model
        self._script = script or TalkScript()
        self._tries = 1 + reasks
        self._system = GoalPrompt()

    async def realise(self, plan: TurnPlan, state: DialogueState) -> Turn:
        """Return the turn a plan becomes: worded by the model where its words pass, else by the inventory."""
        text = None if find_fixed(plan) else await self._find_words(plan, state)
        if text is None:
            return await self._plain.realise(plan, state)
        return self._build_turn(plan, Wording(text, "model", ()), len(state.turns))

    async def _find_words(self, plan: TurnPlan, state: DialogueState) -> str | None:
        number = len(state.turns)
        scripted = self._script.briefs.get(number)
        if scripted is None:
            return await self._ask(write_brief(plan, state, self.reader), state)
        if not build_turn(plan, number).says_the_same(build_turn(scripted.plan, number)):
            # Something else came about than was simulated: another plan needs other words.
            state.count_failure("guided_off_script")
            return await self._ask(write_brief(plan, state, self.reader), state)
        state.refused += self._script.refused.get(number, ())
        text = self._script.lines.get(number)
        if text is not None and tokenize(text) in state.words:
            state.count_failure("guided_repetition")
            tell_refusal(Refusal(number, 0, "repetition", "", text))
            state.refused += keep_refused(number, text, "repetition")
            return None
        return text

    async def _ask(self, brief: TurnBrief, state: DialogueState) -> str | None:
        """Return the model's words for one turn, or None where none passed."""
        system = ChatMessage(role="system", content=self._system.get(state, partial(write_side, self._role)))
        history = write_history(state.turns, self._role, state.language)
        refused = told = ""
        for attempt in range(self._tries):
            final = render_prompt(
                "guided_turn",
                state.language,
                text=brief.text,
                later=list_later(brief.plan, state),
                fault=told,
                refused=refused,
            )
            request = ChatRequest(
                messages=alternate((system, *history, ChatMessage(role="user", content=final))),
                max_tokens=MAX_TOKENS,
                temperature=0.8,
                seed=number_call(state.seed, len(state.turns), attempt),
                purpose=f"{self._role}_turn",
            )
            try:
                answer, _ = await complete_structured(self._guide, request, GuidedAnswer)
            except ModelError as error:
                if error.kind not in UNUSABLE:
                    raise
                state.count_failure(error.kind)
                break
            text = clean_utterance(answer.utterance, state.language)
            said = [(turn.role, turn.utterance) for turn in state.turns]
            fault = check_guided(text, brief, pack=state.pack, reader=self.reader, said=said)
            if fault is None:
                return brief.join(text)
            state.count_failure(f"guided_{fault.check}")
            tell_refusal(Refusal(len(state.turns), attempt, fault.check, fault.reason, text))
            state.refused += keep_refused(len(state.turns), brief.join(text), fault.check) if text else ()
            refused, told = text, write_fault(fault, state.language)
        state.count_failure("guided_replaced")
        return None


def guide(parts: PolicyParts) -> GuidedRealiser:
    """Return what words the turns of a side with its model.

    Raises:
        ConfigurationError: If there is no model.
    """
    return GuidedRealiser(parts.realiser, parts.role, parts.require_model(), parts.script)


def build_guided(parts: PolicyParts) -> PlannedPolicy:
    """Return the planned policy of either side whose turns a strong model words."""
    return PlannedPolicy(parts.planner, guide(parts))
