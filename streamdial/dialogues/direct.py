"""Direct policies: a strong model decides act, slots and wording together; code checks what it claims."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from streamdial.claims import ClaimReader, Fault, Situation, describe_situation
from streamdial.dialogues.bank import LineBank
from streamdial.dialogues.direct_labels import (
    AgentAnswer,
    UserAnswer,
    name_choices,
    settle_agent,
    settle_user,
)
from streamdial.dialogues.direct_prompts import (
    MAX_SCENARIOS,
    describe_advice,
    describe_booking,
    list_possible,
    list_wordings,
    write_agent,
    write_user,
)
from streamdial.dialogues.guided_checks import clean_utterance
from streamdial.dialogues.line_use import uses_line
from streamdial.dialogues.loop import Side
from streamdial.dialogues.messages import GoalPrompt, alternate, number_call, write_history
from streamdial.dialogues.planned_policies import PolicyParts
from streamdial.dialogues.recollection import describe_recalls, join_parts, list_texts, stands_in, write_memory
from streamdial.dialogues.refusals import Refusal, keep_refused, tell_refusal
from streamdial.errors import ModelError
from streamdial.models import UNUSABLE, ChatMessage, ChatModel, ChatRequest, complete_structured
from streamdial.planning import USER_STAGES, DialogueState, find_directive, list_turn_slots
from streamdial.prompts import render_prompt
from streamdial.records import REQUESTED, Role, Turn
from streamdial.slots import SlotReader, format_value
from streamdial.strategies import ATTACK, Directive, find_unmet, rank_acts
from streamdial.text import blank_names, fold_text

MAX_TOKENS = 300
MAX_ATTACKS = 2
"""Real lines that attack, shown for one turn."""


Answer = TypeVar("Answer", bound=BaseModel)


class _Shown(NamedTuple):
    """A real line a model is shown, and the ids of what it comes from."""

    text: str
    sources: tuple[str, ...]


class _DirectPolicy(ABC, Generic[Answer]):
    """What both direct policies share: the prompt, one more try after a refusal, the fallback."""

    def __init__(
        self,
        role: Role,
        schema: type[Answer],
        model: ChatModel,
        bank: LineBank,
        reader: SlotReader,
        fallback: Side,
        *,
        reasks: int = 1,
    ) -> None:
        self._role: Role = role
        self._schema = schema
        self.model = model
        self._bank = bank
        self._reader = reader
        self._fallback = fallback
        self._claims = ClaimReader(reader)
        self._reasks = reasks
        self._system = GoalPrompt()

    @abstractmethod
    def _write_system(self, state: DialogueState) -> str: ...

    @abstractmethod
    def _read(self, answer: Answer, state: DialogueState) -> Turn | Fault: ...

    def _guide(self, state: DialogueState, possible: Collection[str]) -> tuple[dict[str, object], list[_Shown]]:
        """Return what the blueprint says of the next turn, and how experts worded it; nothing for a user."""
        return {}, []

    async def _retrieve(self, state: DialogueState, possible: Collection[str]) -> list[_Shown]:
        options = state.pack.retrieval
        if state.last is None:
            found = await self._bank.retrieve_openings(state.user.objective.text, used=state.used, options=options)
        else:
            found = await self._bank.retrieve(self._role, state.last.utterance, used=state.used, options=options)
        # A line with gaps for its facts shows nothing of how people write; one of another situation misleads.
        kept = [line for line in found if "{" not in line.template and line.signature.act in possible]
        return [_Shown(line.template, (line.evidence,)) for line in kept]

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the policy's next turn; where the model gives nothing usable twice, the fallback's."""
        return await self.ask(state)

    async def ask(self, state: DialogueState, refused: str = "") -> Turn | None:
        """Return the policy's next turn.

        Args:
            state: The dialogue so far.
            refused: What was wrong with a turn that stood here before, where one is to be made again.
        """
        booking = describe_booking(state) if self._role == "agent" else {}
        possible = list_possible(self._role, state, booking.get("kind", ""))
        advice, wordings = self._guide(state, possible)
        lines = [*wordings, *await self._retrieve(state, possible)]
        # What never changes stands first and the history only grows, so that an endpoint's prefix cache serves it.
        history = write_history(state.turns, self._role, state.language)
        shared = (ChatMessage(role="system", content=self._system.get(state, self._write_system)), *history)
        reason, check, words, utterance = refused, "", "", ""
        behaviours = self._list_behaviours(state)
        directive = find_directive(state, self._role)
        if directive is not None:
            possible = rank_acts(possible, directive)
        for attempt in range(1 + self._reasks):
            final = render_prompt(
                "direct_turn",
                state.language,
                role=self._role,
                behaviours=behaviours,
                references=list(dict.fromkeys(line.text for line in lines)),
                reason=reason,
                check=check,
                words=words,
                refused=utterance,
                opening=not state.turns,
                booking=booking,
                possible=possible,
                directive=self._describe(directive, state),
                advice=advice,
            )
            request = ChatRequest(
                messages=alternate((*shared, ChatMessage(role="user", content=final))),
                max_tokens=MAX_TOKENS,
                temperature=0.8,
                seed=number_call(state.seed, len(state.turns), attempt),
                purpose=f"{self._role}_turn",
            )
            schema = name_choices(self._schema, self._role, state)
            try:
                answer, _ = await complete_structured(self.model, request, schema)
            except ModelError as error:
                if error.kind not in UNUSABLE:
                    raise
                state.count_failure(error.kind)
                break
            turn = self._read(answer, state)
            if isinstance(turn, Turn):
                turn = self._trace_lines(turn, lines)
            if isinstance(turn, Turn) and directive is not None:
                turn = self._obey(turn, directive, state)
            if isinstance(turn, Turn):
                return turn
            state.count_failure(turn.check)
            utterance = getattr(answer, "utterance", "")
            tell_refusal(Refusal(len(state.turns), attempt, turn.check, turn.reason, utterance))
            state.refused += keep_refused(len(state.turns), utterance, turn.check)
            reason, check, words = str(turn), turn.check, turn.tell(state.language)
        return await self._fallback.speak(state)

    def _trace_lines(self, turn: Turn, lines: Sequence[_Shown]) -> Turn:
        """Return a turn that rests on the lines whose words it took, and names the others apart."""
        language = self._reader.language
        used = [source for line in lines if uses_line(turn.utterance, line.text, language) for source in line.sources]
        evidence = tuple(dict.fromkeys((*turn.evidence, *used)))
        shown = tuple(dict.fromkeys(source for line in lines for source in line.sources if source not in evidence))
        return turn.model_copy(update={"evidence": evidence, "shown": shown})

    def _describe(self, directive: Directive | None, state: DialogueState) -> dict[str, object] | None:
        """Return what a directive binds the turn to, in words of the language."""
        if directive is None:
            return None
        return {
            "note": directive.note,
            "leave": directive.leave,
            "say": state.pack.name_slots(directive.say, state.language),
            "withhold": state.pack.name_slots(directive.withhold, state.language),
            "settled": state.pack.name_slots(directive.settled, state.language),
            "claims": [
                {
                    "slot": state.pack.slots[slot].names[state.language],
                    "value": format_value(
                        state.pack,
                        slot,
                        value,
                        state.language,
                        row.unit if (row := state.knowledge.get(state.focus, slot)) is not None else None,
                    ),
                }
                for slot, value in directive.claims.items()
            ],
            "recall": describe_recalls(directive.recall, state),
            "attacks": [
                text
                for key in directive.moves
                if key.startswith(ATTACK)
                for text, _ in state.answers.small_talk.get(key, ())[:MAX_ATTACKS]
            ],
        }

    def _obey(self, turn: Turn, directive: Directive, state: DialogueState) -> Turn | Fault:
        """Return the turn, or what of a directive it breaks."""
        broken = find_unmet(directive, (turn.act,), list_turn_slots(turn), turn.request)
        if not broken:
            recalls = tuple(one for one in directive.recall if stands_in(one, turn.utterance, self._reader))
            return turn.model_copy(update={"recalls": recalls}) if recalls else turn
        words = state.pack.name_slots((name for part in broken if (name := part.partition(":")[2])), state.language)
        return Fault("directive", ", ".join(f"'{word}'" for word in words))

    @staticmethod
    def _list_behaviours(state: DialogueState) -> list[str]:
        """Return the behaviours a storyline wants; whoever has a single wish has none that go against each other."""
        single = len(state.wishes) < 2
        return [name for name in state.runner.advise().wanted if not (single and name == "constraint_conflict")]

    def _judge(self, text: str, state: DialogueState) -> tuple[Situation, Fault | None]:
        situation = describe_situation(state, self._role)
        # What was told in an earlier dialogue was so then, whatever holds now.
        return situation, self._claims.judge(blank_names(text, list_texts(state)), situation)


class DirectUser(_DirectPolicy[UserAnswer]):
    """A user played by a strong model.

    Args:
        model: The model.
        bank: Real lines, as references for tone.
        reader: Reads slots of the domain.
        fallback: Speaks where the model gives nothing usable twice.
    """

    def __init__(self, model: ChatModel, bank: LineBank, reader: SlotReader, fallback: Side) -> None:
        super().__init__("user", UserAnswer, model, bank, reader, fallback)

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the user's next turn, or None after the agent's goodbye."""
        if state.last is not None and state.last.act == "close":
            return None
        return await self.ask(state)

    def _write_system(self, state: DialogueState) -> str:
        return join_parts(write_user(state), write_memory(state))

    def _read(self, answer: UserAnswer, state: DialogueState) -> Turn | Fault:
        text = clean_utterance(answer.utterance, state.language)
        situation, fault = self._judge(text, state)
        if fault:
            return fault
        now = blank_names(text, list_texts(state, changed=True))
        labels = settle_user(answer, self._claims.read(now, situation), text, state, self._reader)
        own = {constraint.slot: constraint for constraint in state.wishes}
        rested = tuple(source for slot in labels.inform if slot in own for source in own[slot].evidence)
        return Turn(
            turn_id=len(state.turns),
            role="user",
            utterance=text,
            act=labels.act,
            stage=USER_STAGES[labels.act],
            inform=labels.inform,
            request=dict.fromkeys(labels.request, REQUESTED),
            entity=labels.entity,
            other=labels.other,
            evidence=tuple(dict.fromkeys(rested)),
            realisation="direct",
        )


class DirectAgent(_DirectPolicy[AgentAnswer]):
    """An agent played by a strong model; what the knowledge base does not bear out of a thing is refused.

    Args:
        model: The model.
        bank: Real lines, as references for tone.
        reader: Reads slots of the domain.
        fallback: Speaks where the model gives nothing usable twice.
    """

    def __init__(self, model: ChatModel, bank: LineBank, reader: SlotReader, fallback: Side) -> None:
        super().__init__("agent", AgentAnswer, model, bank, reader, fallback)

    def _write_system(self, state: DialogueState) -> str:
        return join_parts(write_agent(state), write_memory(state))

    def _guide(self, state: DialogueState, possible: Collection[str]) -> tuple[dict[str, object], list[_Shown]]:
        """Return what the blueprint says, and those wordings that state nothing false here."""
        advice, situation = state.runner.advise(), describe_situation(state, "agent")
        chosen = advice.choose_scenarios(possible, MAX_SCENARIOS)
        listed = list_wordings(chosen, state.language)
        fitting = [_Shown(text, why) for text, why in listed if self._claims.judge(fold_text(text), situation) is None]
        return describe_advice(advice, chosen, state), fitting

    def _read(self, answer: AgentAnswer, state: DialogueState) -> Turn | Fault:
        text = clean_utterance(answer.utterance, state.language)
        situation, fault = self._judge(text, state)
        if fault:
            return fault
        now = blank_names(text, list_texts(state, changed=True))
        labels = settle_agent(answer, self._claims.read(now, situation), text, state, self._reader)
        told = [(labels.entity, slot) for slot in labels.tell] + [(labels.other, slot) for slot in labels.tell_other]
        rows = [state.knowledge.get(entity or state.focus, slot) for entity, slot in told]
        stage = answer.stage if answer.stage in state.pack.stages else _find_stage(labels.act, state)
        return Turn(
            turn_id=len(state.turns),
            role="agent",
            utterance=text,
            act=labels.act,
            stage=stage,
            strategy=_choose_strategy(labels.act, state),
            request=dict.fromkeys(labels.request, REQUESTED),
            tell=labels.tell,
            entity=labels.entity,
            other=labels.other,
            tell_other=labels.tell_other,
            evidence=tuple(dict.fromkeys(row.id for row in rows if row is not None)),
            realisation="direct",
        )


def _choose_strategy(act: str, state: DialogueState) -> str:
    """Return the strategy of an agent's act: that of the scenario it follows, else the one it belongs to."""
    followed = next((one for one in state.runner.advise().scenarios if one.act == act), None)
    return followed.strategy if followed is not None else state.pack.find_strategy(act)


def _find_stage(act: str, state: DialogueState) -> str:
    if act == "close":
        return next(name for name, stage in state.pack.stages.items() if stage.terminal)
    strategy = state.pack.find_strategy(act)
    return state.pack.strategies[strategy].stage if strategy else state.runner.stage


def build_direct_user(parts: PolicyParts) -> DirectUser:
    """Return the user a model plays; the planned one speaks where the model gives nothing usable."""
    return DirectUser(parts.require_model(), parts.bank, parts.reader, parts.require_planned())


def build_direct_agent(parts: PolicyParts) -> DirectAgent:
    """Return the agent a model plays; the planned one speaks where the model gives nothing usable."""
    return DirectAgent(parts.require_model(), parts.bank, parts.reader, parts.require_planned())
