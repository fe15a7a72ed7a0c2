"""Direct sides: a strong model decides act, slots and wording together; code checks what it claims."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from streamdial.dialogues.agenda import USER_STAGES
from streamdial.dialogues.checks import find_confusion, has_value
from streamdial.dialogues.lines import LineBank
from streamdial.dialogues.loop import Side
from streamdial.dialogues.state import DialogueState
from streamdial.errors import ModelError
from streamdial.masking import mask_personal_data
from streamdial.models import ChatMessage, ChatModel, ChatRequest, complete_structured
from streamdial.prompts import render_prompt
from streamdial.records import REQUESTED, Role, Turn
from streamdial.slots import DONT_CARE, SlotReader, find_numbers, parse_value
from streamdial.text import fold_text, tokenize

USER_ACTS = tuple(USER_STAGES)
AGENT_ACTS = (
    "greet", "request", "recommend", "answer", "no_answer", "compare", "handle_objection",
    "negotiate", "recover", "upsell", "propose", "confirm", "hand_over", "close", "explain_conflict", "check_stock",
    "hold",
)  # fmt: skip
REFERENCES = 3
LARGEST_FREE_NUMBER = 10
"""Figures up to this may be said without a source: "two of us", "in 5 minutes"."""
MAX_TOKENS = 300


class SlotValue(BaseModel):
    """A slot and its value as the model answers it."""

    model_config = ConfigDict(extra="ignore")
    slot: str
    value: str


class UserAnswer(BaseModel):
    """A user's turn as the model answers it."""

    model_config = ConfigDict(extra="ignore")
    act: str
    utterance: str
    inform: list[SlotValue] = []
    request: list[str] = []
    entity: str = ""


class AgentAnswer(BaseModel):
    """An agent's turn as the model answers it."""

    model_config = ConfigDict(extra="ignore")
    act: str
    utterance: str
    request: list[str] = []
    tell: list[SlotValue] = []
    entity: str = ""
    stage: str = ""


Answer = TypeVar("Answer", bound=BaseModel)


def normalise_value(state: DialogueState, item: SlotValue) -> str | None:
    """Return a slot value as the pack's schema writes it (`30k` is 30000), or None if it does not fit the slot."""
    if item.value.strip().lower() == DONT_CARE:
        return DONT_CARE
    parsed = parse_value(state.pack, state.pack.slots[item.slot], item.value, state.language)
    return parsed[0] if parsed else None


class _DirectSide(Generic[Answer]):
    """What both direct sides share: the prompt, one more question after a refusal, the fallback."""

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
        self._role = role
        self._schema = schema
        self._model = model
        self._bank = bank
        self._reader = reader
        self._fallback = fallback
        self._reasks = reasks

    async def _ask(
        self, state: DialogueState, system: str, read: Callable[[Answer, DialogueState, tuple[str, ...]], Turn | str]
    ) -> Turn | None:
        last = state.last.utterance if state.last else ""
        lines = self._bank.retrieve(self._role, last, limit=REFERENCES, used=state.used)
        # What never changes stands first and the history only grows, so that an endpoint's prefix cache serves it.
        history: list[ChatMessage] = [
            ChatMessage(role="assistant" if turn.role == self._role else "user", content=turn.utterance)
            for turn in state.turns
        ]
        reason = ""
        for attempt in range(1 + self._reasks):
            references = [line.template for line in lines if "{" not in line.template]
            final = render_prompt(
                "direct_turn", state.language, references=references, reason=reason, opening=not state.turns
            )
            request = ChatRequest(
                messages=(
                    ChatMessage(role="system", content=system),
                    *history,
                    ChatMessage(role="user", content=final),
                ),
                max_tokens=MAX_TOKENS,
                temperature=0.8,
                seed=state.seed % 100_000 * 1000 + len(state.turns) * 10 + attempt,
                purpose=f"{self._role}_turn",
            )
            try:
                answer, _ = await complete_structured(self._model, request, self._schema)
            except ModelError as error:
                if error.kind not in ("malformed", "truncated", "empty"):
                    raise
                state.count_failure(error.kind)
                break
            turn = read(answer, state, tuple(line.evidence for line in lines if "{" not in line.template))
            if isinstance(turn, Turn):
                return turn
            state.count_failure(turn.partition(":")[0])
            reason = turn
        return await self._fallback.speak(state)

    def _refuse(self, text: str, state: DialogueState) -> str | None:
        if not tokenize(text):
            return "empty"
        if find_confusion(self._role, text):
            return "role_confusion: you spoke like the other side"
        if any(tokenize(text) == tokenize(turn.utterance) for turn in state.turns):
            return "repetition: this was said already"
        if mask_personal_data(text) != text:
            return "personal_data: leave out addresses, numbers and accounts of people"
        return None

    def _find_unknown_number(self, text: str, state: DialogueState, known: Iterable[str] = ()) -> str:
        """Return the first figure of a text that stands nowhere this side could know it from, or nothing."""
        sources = [f"{row.value} {row.text}" for row in state.knowledge.rows]
        sources += [turn.utterance for turn in state.turns]
        sources += [*state.knowledge.entities, *known]
        for slot in state.pack.slots.values():
            sources += [*slot.names.values(), *(phrase for phrases in slot.ask.values() for phrase in phrases)]
        values = {number.value for source in sources for number in find_numbers(source)}
        for number in find_numbers(text):
            if number.value > LARGEST_FREE_NUMBER and number.value not in values:
                return text[number.start : number.end]
        return ""


class DirectUser(_DirectSide[UserAnswer]):
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
        system = render_prompt(
            "direct_user",
            state.language,
            domain=state.pack.names[state.language],
            persona=state.user,
            constraints=state.wishes,
            behaviours=sorted(state.runner.behaviours.planned),
            outcome=state.runner.path.outcome,
            acts=USER_ACTS,
            slots=list(state.pack.slots),
        )
        return await self._ask(state, system, self._read)

    def _read(self, answer: UserAnswer, state: DialogueState, evidence: tuple[str, ...]) -> Turn | str:
        text = fold_text(answer.utterance)
        if refused := self._refuse(text, state):
            return refused
        act = answer.act if answer.act in USER_ACTS else "inform"
        inform: dict[str, str] = {}
        for item in answer.inform:
            if item.slot in state.pack.slots:
                value = normalise_value(state, item)
                if value is None:
                    return f"value_not_in_schema: {item.slot} = {item.value} is no value of the slot"
                inform[item.slot] = value
        own = {constraint.slot: constraint for constraint in state.wishes}
        for slot, value in inform.items():
            if value != DONT_CARE and slot in own and value != own[slot].value:
                return f"invented_value: {slot} is {own[slot].value}, not {value}"
            # A day or an hour may be chosen freely; every other wish must have been observed.
            if value != DONT_CARE and slot not in own and not state.pack.slots[slot].booking:
                return f"invented_value: you have no wish about {slot}"
            if not has_value(text, state.pack, slot, (value, None), state.language, self._reader):
                return f"missing_value: the utterance does not say {slot} = {value}"
        said = [value for slot, value in inform.items() if state.pack.slots[slot].booking]
        wished = [constraint.value for constraint in own.values()]
        asked = [inquiry.text for inquiry in state.user.primary_inquiries]
        if unknown := self._find_unknown_number(text, state, [*said, *wished, *asked]):
            return f"invented_number: {unknown} is no wish of yours"
        rested = tuple(source for slot in inform if slot in own for source in own[slot].evidence)
        return Turn(
            turn_id=len(state.turns),
            role="user",
            utterance=text,
            act=act,
            stage=USER_STAGES[act],
            inform=inform,
            request=dict.fromkeys((slot for slot in answer.request if slot in state.pack.slots), REQUESTED),
            entity=answer.entity if answer.entity in state.knowledge.entities else "",
            evidence=tuple(dict.fromkeys((*rested, *evidence))),
            realisation="direct",
        )


class DirectAgent(_DirectSide[AgentAnswer]):
    """An agent played by a strong model; a figure that K does not hold is refused.

    Args:
        model: The model.
        bank: Real lines, as references for tone.
        reader: Reads slots of the domain.
        fallback: Speaks where the model gives nothing usable twice.
    """

    def __init__(self, model: ChatModel, bank: LineBank, reader: SlotReader, fallback: Side) -> None:
        super().__init__("agent", AgentAnswer, model, bank, reader, fallback)

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the agent's next turn."""
        knowledge: dict[str, list[str]] = {}
        for row in state.knowledge.rows:
            knowledge.setdefault(row.entity, []).append(f"{row.slot} = {row.value}{' ' + row.unit if row.unit else ''}")
        system = render_prompt(
            "direct_agent",
            state.language,
            domain=state.pack.names[state.language],
            persona=state.agent,
            knowledge=knowledge,
            behaviours=state.runner.advise().wanted,
            stages=[stage for stage in state.blueprint.stages if state.runner.includes(stage.pack_stage)],
            acts=AGENT_ACTS,
            slots=list(state.pack.slots),
        )
        return await self._ask(state, system, self._read)

    def _read(self, answer: AgentAnswer, state: DialogueState, evidence: tuple[str, ...]) -> Turn | str:
        text = fold_text(answer.utterance)
        if refused := self._refuse(text, state):
            return refused
        act = answer.act if answer.act in AGENT_ACTS else "answer"
        entity = answer.entity if answer.entity in state.knowledge.entities else ""
        tell: dict[str, str] = {}
        rested: list[str] = []
        for item in answer.tell:
            if item.slot not in state.pack.slots:
                continue
            row = state.knowledge.get(entity or state.focus, item.slot)
            said = state.informed.get(item.slot)
            if row is not None and item.value in (row.value, row.text):
                rested.append(row.id)
                tell[item.slot] = row.value
            elif said is not None and item.value == said:
                tell[item.slot] = said
            else:
                return f"invented_value: {item.slot} = {item.value} is not what you know"
            checked = state.pack.slots[item.slot].type != "text"  # a text may be told in other words
            value = (tell[item.slot], row.unit if row else None)
            if checked and not has_value(text, state.pack, item.slot, value, state.language, self._reader):
                return f"missing_value: the utterance does not say {item.slot} = {item.value}"
        if unknown := self._find_unknown_number(text, state):
            return f"invented_number: {unknown} is nothing you know"
        stage = answer.stage if answer.stage in state.pack.stages else _find_stage(act, state)
        return Turn(
            turn_id=len(state.turns),
            role="agent",
            utterance=text,
            act=act,
            stage=stage,
            strategy=state.pack.find_strategy(act),
            request=dict.fromkeys((slot for slot in answer.request if slot in state.pack.slots), REQUESTED),
            tell=tell,
            entity=entity,
            evidence=tuple(dict.fromkeys((*rested, *evidence))),
            realisation="direct",
        )


def _find_stage(act: str, state: DialogueState) -> str:
    if act == "close":
        return next(name for name, stage in state.pack.stages.items() if stage.terminal)
    strategy = state.pack.find_strategy(act)
    return state.pack.strategies[strategy].stage if strategy else state.runner.stage
