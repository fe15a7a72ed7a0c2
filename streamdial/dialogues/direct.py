"""Direct policies: a strong model decides act, slots and wording together; code checks what it claims."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from streamdial.blueprints import USER_ACTS
from streamdial.dialogues.bank import LineBank
from streamdial.dialogues.checks import find_misstep, has_value
from streamdial.dialogues.grounding_values import find_unknown_number, find_unknown_value
from streamdial.dialogues.lines import Line
from streamdial.dialogues.loop import Side
from streamdial.dialogues.messages import alternate, write_history
from streamdial.dialogues.planned_policies import PolicyParts
from streamdial.domains import DomainPack
from streamdial.errors import ModelError
from streamdial.models import ChatMessage, ChatModel, ChatRequest, complete_structured
from streamdial.personas import Knowledge
from streamdial.planning import USER_STAGES, DialogueState
from streamdial.prompts import render_prompt
from streamdial.records import REQUESTED, Language, Role, Turn
from streamdial.slots import DONT_CARE, SlotReader, parse_value
from streamdial.text import fold_text

AGENT_ACTS = (
    "greet", "request", "recommend", "answer", "no_answer", "compare", "handle_objection",
    "negotiate", "recover", "upsell", "propose", "confirm", "hand_over", "close", "explain_conflict", "check_stock",
    "hold",
)  # fmt: skip
MAX_TOKENS = 300
QUESTIONS = ("ask", "ask_offer", "compare", "negotiate", "ask_hold", "ask_person")
"""Acts of inquiries that are questions; a statement is none."""
DOUBTS = ("object",)


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


def normalise_value(pack: DomainPack, language: Language, item: SlotValue) -> str | None:
    """Return a slot value as the pack's schema writes it (`30k` is 30000), or None if it does not fit the slot."""
    if item.value.strip().lower() == DONT_CARE:
        return DONT_CARE
    parsed = parse_value(pack, pack.slots[item.slot], item.value, language)
    return parsed[0] if parsed else None


def list_facts(knowledge: Knowledge) -> dict[str, list[str]]:
    """Return what is known by thing, what holds for everything first, each fact once and in the order of the pack."""
    slots = list(knowledge.pack.slots)
    facts: dict[str, dict[str, str]] = {}
    for row in sorted(knowledge.rows, key=lambda row: (row.entity, slots.index(row.slot))):
        held = f"{row.slot} = {row.value}{' ' + row.unit if row.unit else ''}"
        facts.setdefault(row.entity, {}).setdefault(row.slot, held)
    return {entity: list(held.values()) for entity, held in facts.items()}


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
        self._reasks = reasks
        self._system: tuple[tuple[str, str], str] | None = None

    @abstractmethod
    def _write_system(self, state: DialogueState) -> str: ...

    @abstractmethod
    def _read(self, answer: Answer, state: DialogueState, evidence: tuple[str, ...]) -> Turn | str: ...

    def _get_system(self, state: DialogueState) -> str:
        """Return the part of the prompt that stays for as long as the goal does."""
        goal = (state.user.id, state.runner.path.name)
        if self._system is None or self._system[0] != goal:
            self._system = (goal, self._write_system(state))
        return self._system[1]

    async def _retrieve(self, state: DialogueState) -> list[Line]:
        options = state.pack.retrieval
        if state.last is None:
            found = await self._bank.retrieve_openings(state.user.objective.text, used=state.used, options=options)
        else:
            found = await self._bank.retrieve(self._role, state.last.utterance, used=state.used, options=options)
        # A line with gaps for its facts shows nothing of how people write.
        return [line for line in found if "{" not in line.template]

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return the policy's next turn; where the model gives nothing usable twice, the fallback's."""
        return await self.ask(state)

    async def ask(self, state: DialogueState, refused: str = "") -> Turn | None:
        """Return the policy's next turn.

        Args:
            state: The dialogue so far.
            refused: What was wrong with a turn that stood here before, where one is to be made again.
        """
        lines = await self._retrieve(state)
        # What never changes stands first and the history only grows, so that an endpoint's prefix cache serves it.
        history = write_history(state.turns, self._role, state.language)
        shared = (ChatMessage(role="system", content=self._get_system(state)), *history)
        reason = refused
        behaviours = state.runner.advise().wanted
        for attempt in range(1 + self._reasks):
            final = render_prompt(
                "direct_turn",
                state.language,
                role=self._role,
                behaviours=behaviours,
                references=[line.template for line in lines],
                reason=reason,
                opening=not state.turns,
            )
            request = ChatRequest(
                messages=alternate((*shared, ChatMessage(role="user", content=final))),
                max_tokens=MAX_TOKENS,
                temperature=0.8,
                seed=state.seed % 100_000 * 1000 + len(state.turns) * 10 + attempt,
                purpose=f"{self._role}_turn",
            )
            try:
                answer, _ = await complete_structured(self.model, request, self._schema)
            except ModelError as error:
                if error.kind not in ("malformed", "truncated", "empty"):
                    raise
                state.count_failure(error.kind)
                break
            turn = self._read(answer, state, tuple(line.evidence for line in lines))
            if isinstance(turn, Turn):
                return turn
            state.count_failure(turn.partition(":")[0])
            reason = turn
        return await self._fallback.speak(state)

    def _refuse(self, text: str, state: DialogueState) -> str | None:
        return find_misstep(self._role, text, state.language, self._reader.entities, state.words)


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
        return render_prompt(
            "direct_user",
            state.language,
            domain=state.pack.names[state.language],
            persona=state.user,
            questions=[inquiry for inquiry in state.user.primary_inquiries if inquiry.act in QUESTIONS],
            doubts=[inquiry for inquiry in state.user.primary_inquiries if inquiry.act in DOUBTS],
            constraints=state.wishes,
            outcome=state.runner.path.outcome,
            acts=USER_ACTS,
            slots=list(state.pack.slots),
        )

    def _read(self, answer: UserAnswer, state: DialogueState, evidence: tuple[str, ...]) -> Turn | str:
        text = fold_text(answer.utterance)
        if refused := self._refuse(text, state):
            return refused
        act = answer.act if answer.act in USER_ACTS else "inform"
        inform: dict[str, str] = {}
        for item in answer.inform:
            if item.slot in state.pack.slots:
                value = normalise_value(state.pack, state.language, item)
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
        if unknown := find_unknown_number(text, state, [*said, *wished, *asked]):
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


class DirectAgent(_DirectPolicy[AgentAnswer]):
    """An agent played by a strong model; a figure that is not in the knowledge base is refused.

    Args:
        model: The model.
        bank: Real lines, as references for tone.
        reader: Reads slots of the domain.
        fallback: Speaks where the model gives nothing usable twice.
    """

    def __init__(self, model: ChatModel, bank: LineBank, reader: SlotReader, fallback: Side) -> None:
        super().__init__("agent", AgentAnswer, model, bank, reader, fallback)

    def _write_system(self, state: DialogueState) -> str:
        return render_prompt(
            "direct_agent",
            state.language,
            domain=state.pack.names[state.language],
            persona=state.agent,
            knowledge=list_facts(state.knowledge),
            stages=[stage for stage in state.blueprint.stages if state.runner.includes(stage.pack_stage)],
            acts=AGENT_ACTS,
            slots=list(state.pack.slots),
        )

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
        if unknown := find_unknown_number(text, state):
            return f"invented_number: {unknown} is nothing you know"
        if unknown := find_unknown_value(text, state, self._reader):
            return f"invented_value: {unknown} is nothing you know"
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


def build_direct_user(parts: PolicyParts) -> DirectUser:
    """Return the user a model plays; the planned one speaks where the model gives nothing usable."""
    return DirectUser(parts.require_model(), parts.bank, parts.reader, parts.require_planned())


def build_direct_agent(parts: PolicyParts) -> DirectAgent:
    """Return the agent a model plays; the planned one speaks where the model gives nothing usable."""
    return DirectAgent(parts.require_model(), parts.bank, parts.reader, parts.require_planned())
