"""A person as a policy: what they type is read into a turn as any other line is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streamdial.claims import find_confusion
from streamdial.dialogues.planned_policies import PolicyParts
from streamdial.domains import DomainPack
from streamdial.errors import ConfigurationError
from streamdial.models import ChatModel
from streamdial.planning import USER_STAGES, DialogueState
from streamdial.privacy import mask_personal_data
from streamdial.records import REQUESTED, Role, Turn
from streamdial.slots import SlotReader
from streamdial.text import contains_phrase, fold_text, tokenize


class Person:
    """A policy whose lines somebody types; act and slots are read from the words.

    Args:
        role: Which role the person takes.
        reader: Reads slots of the domain.
        ask: Shows the dialogue so far and returns what was typed; an empty line or the end of the input leaves.
        model: Tells from the words which stage the dialogue is in; by the acts that were read where there is none.
    """

    def __init__(
        self,
        role: Role,
        reader: SlotReader,
        ask: Callable[[DialogueState], str | None],
        model: ChatModel | None = None,
    ) -> None:
        self._model = model
        self._role: Role = role
        self._reader = reader
        self._ask = ask

    async def speak(self, state: DialogueState) -> Turn | None:
        """Return what was typed as a turn, personal data masked, or None where the person has left."""
        typed = await asyncio.to_thread(self._ask, state)
        text = mask_personal_data(fold_text(typed or ""))
        if not tokenize(text):
            return None
        turn = read_turn(self._role, text, state, self._reader)
        if self._model is None:
            return turn
        return turn.model_copy(update={"stage": await state.runner.locate(self._model, [turn])})


def build_person(parts: PolicyParts) -> Person:
    """Return a person.

    Raises:
        ConfigurationError: If there is nobody to ask.
    """
    if parts.ask is None:
        raise ConfigurationError("nobody is there to type.", fix="talk at a terminal: streamdial chat")
    return Person(parts.role, parts.reader, parts.ask, parts.model)


def read_turn(role: Role, text: str, state: DialogueState, reader: SlotReader) -> Turn:
    """Return a line as a turn: its slots by the pack's schema, its act by what it asks and states.

    Args:
        role: Whose line.
        text: What was said.
        state: The dialogue so far: what an answer without a name is about.
        reader: Reads slots of the domain.
    """
    pack = reader.pack
    named = reader.find_entities(text)
    asks = tuple(slot for slot in reader.find_asks(text) if slot != pack.entity_slot)
    question = bool(asks) and ("?" in text or "？" in text or role == "user")
    values = {
        mention.slot: mention.value
        for mention in reader.find_values(text)
        if mention.slot != pack.entity_slot and not (question and mention.slot in asks)
    }
    entity = named[0] if named else state.focus if asks else ""
    act = name_act(role, text, values, asks if question else (), named, pack, state)
    strategy = pack.find_strategy(act) if role == "agent" else ""
    stage = (
        USER_STAGES.get(act, state.runner.stage)
        if role == "user"
        else (
            pack.strategies[strategy].stage if strategy else _find_end(pack) if act == "close" else state.runner.stage
        )
    )
    return Turn(
        turn_id=len(state.turns),
        role=role,
        utterance=text,
        act=act,
        stage=stage,
        strategy=strategy,
        inform=values if role == "user" else {},
        tell=values if role == "agent" else {},
        request=dict.fromkeys(asks, REQUESTED) if question else {},
        entity=entity,
        other=named[1] if len(named) > 1 else "",
        realisation="given",
    )


def _find_end(pack: DomainPack) -> str:
    return next(name for name, stage in pack.stages.items() if stage.terminal)


def name_act(
    role: Role,
    text: str,
    values: dict[str, str],
    asks: tuple[str, ...],
    named: tuple[str, ...],
    pack: DomainPack,
    state: DialogueState,
) -> str:
    """Return the act of a line by what it states, asks and names, and by the pack's phrases."""
    lower = text.lower()
    phrases = pack.acts.get(role, {})
    shown = [
        act
        for act, spelled in phrases.items()
        if any(contains_phrase(lower, p.lower()) for p in spelled.get(state.language, ()))
    ]
    if role == "agent":
        if find_confusion("agent", text):
            return "answer"
        return shown[0] if shown else "request" if asks else "recommend" if named and values else "answer"
    proposed = state.last is not None and state.last.act == "propose"
    booking = [slot for slot in values if pack.slots[slot].booking]
    if booking and (proposed or len(booking) == len(values)):
        return "book"
    if len(named) > 1 and (asks or "compare" in shown):
        return "compare"
    if asks:
        return "object" if "object" in shown else "ask"
    if shown:
        return shown[0]
    return "inform" if values else "greet" if not state.turns else "thank"
