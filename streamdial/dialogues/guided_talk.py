"""A whole talk worded in one call: the storyline is simulated to plans, a strong model finds the words for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from streamdial.claims import Fault
from streamdial.dialogues.guided_checks import check_guided, clean_utterance
from streamdial.dialogues.guided_prompts import write_dialogue, write_fault
from streamdial.dialogues.messages import number_call
from streamdial.dialogues.refusals import Refusal, keep_refused, tell_refusal
from streamdial.dialogues.turn_briefs import TurnBrief, write_brief
from streamdial.errors import ModelError
from streamdial.models import UNUSABLE, ChatMessage, ChatModel, ChatRequest, complete_structured
from streamdial.planning import DialogueState, Planner, follow_storyline
from streamdial.prompts import render_prompt
from streamdial.records import RefusedWords, Role
from streamdial.slots import SlotReader

TOKENS_PER_TURN = 90
"""Room for one turn in the answer."""


class TalkLine(BaseModel):
    """One turn of a talk as the model words it."""

    model_config = ConfigDict(extra="ignore")
    turn: int
    utterance: str


class TalkAnswer(BaseModel):
    """The turns of a talk as the model words them."""

    model_config = ConfigDict(extra="ignore")
    turns: list[TalkLine]


@dataclass
class TalkScript:
    """The planned turns of a talk with the words that passed.

    Attributes:
        briefs: The turns by their number in the dialogue.
        lines: The words by number; a turn without any is worded by the inventory.
        refused: Words by number that did not pass.
    """

    briefs: dict[int, TurnBrief] = field(default_factory=dict)
    lines: dict[int, str] = field(default_factory=dict)
    refused: dict[int, list[RefusedWords]] = field(default_factory=dict)


class TalkWriter:
    """Has a whole talk worded in one call, and the turns that did not pass in a second one.

    Args:
        model: The strong model.
        reader: Knows the names of everything the account sells.
        count: Told each check that refused something.
    """

    def __init__(self, model: ChatModel, reader: SlotReader, count: Callable[[str], None]) -> None:
        self._model = model
        self._reader = reader
        self._count = count

    async def write(
        self, open_state: Callable[[], DialogueState], user: Planner, agent: Planner, *, max_turns: int
    ) -> TalkScript:
        """Return the script of a dialogue.

        Args:
            open_state: Makes the dialogue as it stands before its first new turn, with its storyline.
            user: Plans the user's turns.
            agent: Plans the agent's.
            max_turns: Turns after which it is cut.

        Raises:
            ModelError: If the model failed for good.
        """
        state = open_state()
        briefs = [
            write_brief(plan, state, self._reader) for plan in follow_storyline(state, user, agent, max_turns=max_turns)
        ]
        script = TalkScript({brief.number: brief for brief in briefs})
        asked = [brief for brief in briefs if not brief.fixed]
        if not asked:
            return script
        before = open_state()
        said = [(turn.role, turn.utterance) for turn in before.turns]
        system = ChatMessage(
            role="system",
            content=render_prompt("guided_rules", state.language, domain=state.pack.names[state.language]),
        )
        answers = await self._ask(system, write_dialogue(briefs, before), len(asked), state, attempt=0)
        refused = self._judge(asked, answers, script, said, state, 0)
        if refused:
            again = self._write_again(refused, answers, script, state)
            answers |= await self._ask(system, again, len(refused), state, attempt=1)
            wanted = [script.briefs[number] for number in refused]
            left = self._judge(wanted, answers, script, said, state, 1)
            for _ in left:
                self._count("guided_replaced")
        return script

    async def _ask(
        self, system: ChatMessage, prompt: str, turns: int, state: DialogueState, *, attempt: int
    ) -> dict[int, str]:
        """Return the words by number of the turn; none where the model gave nothing usable."""
        request = ChatRequest(
            messages=(system, ChatMessage(role="user", content=prompt)),
            max_tokens=TOKENS_PER_TURN * turns + 100,
            temperature=0.9,
            seed=number_call(state.seed, 0, attempt),
            purpose="dialogue",
        )
        try:
            answer, _ = await complete_structured(self._model, request, TalkAnswer)
        except ModelError as error:
            if error.kind not in UNUSABLE:
                raise
            self._count(error.kind)
            return {}
        return {line.turn - 1: clean_utterance(line.utterance, state.language) for line in answer.turns}

    def _judge(
        self,
        briefs: Sequence[TurnBrief],
        answers: dict[int, str],
        script: TalkScript,
        said: Sequence[tuple[Role, str]],
        state: DialogueState,
        attempt: int,
    ) -> dict[int, Fault]:
        """Put the words that pass into the script; return what is wrong with the others by number."""
        refused = {}
        for brief in briefs:
            number = brief.number
            fault: Fault | None = Fault("missing_turn", "")
            if number in answers:
                # In the order of the talk; what comes later and passed already may not be said twice either.
                others = sorted(script.lines.items())
                before = [(script.briefs[n].plan.role, text) for n, text in others if n < number]
                fault = check_guided(
                    answers[number], brief, pack=state.pack, reader=self._reader, said=[*said, *before]
                )
                if fault is None and any(text == brief.join(answers[number]) for _, text in others):
                    fault = Fault("repetition", "")
            if fault is None:
                script.lines[number] = brief.join(answers[number])
                continue
            self._count(f"guided_{fault.check}")
            words = answers.get(number, "")
            tell_refusal(Refusal(number, attempt, fault.check, fault.reason, words))
            kept = keep_refused(number, brief.join(words), fault.check) if words else ()
            script.refused.setdefault(number, []).extend(kept)
            refused[number] = fault
        return refused

    def _write_again(
        self, refused: dict[int, Fault], answers: dict[int, str], script: TalkScript, state: DialogueState
    ) -> str:
        def read(number: int) -> str:
            brief = script.briefs.get(number)
            fixed = brief.fixed if brief is not None else ""
            return script.lines.get(number, "") or fixed

        turns = [
            {
                "number": number + 1,
                "role": script.briefs[number].plan.role,
                "text": script.briefs[number].text,
                "refused": answers.get(number, ""),
                "fault": write_fault(fault, state.language),
                "before": read(number - 1),
                "after": read(number + 1),
            }
            for number, fault in refused.items()
        ]
        return render_prompt("guided_again", state.language, turns=turns)
