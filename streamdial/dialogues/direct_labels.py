"""Labels of a strong model's turn: read from its words by code; the model's own only break ties."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, create_model

from streamdial.blueprints import USER_ACTS
from streamdial.claims import Reading
from streamdial.dialogues.checks import has_value
from streamdial.dialogues.person import name_act
from streamdial.domains import DomainPack
from streamdial.planning import DialogueState
from streamdial.records import Language, Role
from streamdial.slots import DONT_CARE, SlotReader, parse_value

AGENT_ACTS = (
    "greet", "request", "recommend", "answer", "no_answer", "compare", "handle_objection",
    "negotiate", "recover", "upsell", "propose", "confirm", "hand_over", "close", "explain_conflict", "check_stock",
    "hold", "refuse",
)  # fmt: skip
DROPPED = "dropped_label"
"""What a label that the words do not bear out is counted as."""


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


Schema = TypeVar("Schema", bound=BaseModel)


class Labels(NamedTuple):
    """The labels of a turn, settled."""

    act: str
    inform: dict[str, str]
    request: tuple[str, ...]
    tell: dict[str, str]
    tell_other: dict[str, str]
    entity: str
    other: str


def name_choices(schema: type[Schema], role: Role, state: DialogueState) -> type[Schema]:
    """Return a schema whose acts, slots, things and stages are enumerated, for endpoints that hold a model to it.

    An answer with anything else is still read: code derives what it cannot use.
    """
    acts = USER_ACTS if role == "user" else AGENT_ACTS
    return cast(
        type[Schema],
        _build_choices(schema, acts, tuple(state.pack.slots), state.knowledge.entities, tuple(state.pack.stages)),
    )


@lru_cache(maxsize=64)
def _build_choices(
    schema: type[BaseModel],
    acts: tuple[str, ...],
    slots: tuple[str, ...],
    things: tuple[str, ...],
    stages: tuple[str, ...],
) -> type[BaseModel]:
    def choose(*names: str) -> dict[str, Any]:
        return {"enum": list(names)}

    pair = create_model("SlotValue", __base__=SlotValue, slot=(str, Field(json_schema_extra=choose(*slots))))
    slot_list: Any = (
        list[str],
        Field(default=[], json_schema_extra={"items": {"type": "string", "enum": list(slots)}}),
    )
    fields: dict[str, Any] = {
        "act": (str, Field(json_schema_extra=choose(*acts))),
        "request": slot_list,
        "entity": (str, Field(default="", json_schema_extra=choose("", *things))),
    }
    if "inform" in schema.model_fields:
        fields["inform"] = (list[pair], Field(default=[]))
    if "tell" in schema.model_fields:
        fields["tell"] = (list[pair], Field(default=[]))
    if "stage" in schema.model_fields:
        fields["stage"] = (str, Field(default="", json_schema_extra=choose("", *stages)))
    return create_model(schema.__name__, __base__=schema, __doc__=schema.__doc__, **fields)


def normalise_value(pack: DomainPack, language: Language, item: SlotValue) -> str | None:
    """Return a slot value as the pack's schema writes it (`30k` is 30000), or None if it does not fit the slot."""
    if item.value.strip().lower() == DONT_CARE:
        return DONT_CARE
    parsed = parse_value(pack, pack.slots[item.slot], item.value, language)
    return parsed[0] if parsed else None


def settle_user(answer: UserAnswer, reading: Reading, text: str, state: DialogueState, reader: SlotReader) -> Labels:
    """Return the labels of a user's turn.

    A label of the model's that the words do not have is kept only where they say it and it is the user's to say: a
    wish of the persona in other words, a day or an hour, no preference. Others are dropped and counted.
    """
    pack = state.pack
    inform = dict(reading.inform)
    own = {wish.slot: wish.value for wish in state.wishes}
    for item in answer.inform:
        value = normalise_value(pack, state.language, item) if item.slot in pack.slots else None
        if value is not None and inform.get(item.slot) == value:
            continue
        twin = next((slot for slot in inform if value == inform[slot] and _share_units(pack, slot, item.slot)), None)
        if twin is not None:
            inform = {(item.slot if slot == twin else slot): said for slot, said in inform.items()}
            continue
        free = value == DONT_CARE or (item.slot in own and value == own[item.slot])
        free = free or (value is not None and pack.slots[item.slot].booking)
        if value is None or item.slot in inform or not free:
            state.count_failure(DROPPED)
        elif has_value(text, pack, item.slot, (value, None), state.language):
            inform[item.slot] = value
        else:
            state.count_failure(DROPPED)
    request = _settle_requests(answer.request, reading, state)
    things = reading.compare or reading.things
    entity, other = _settle_things(answer.entity, things, state, bool(request))
    act = answer.act if answer.act in USER_ACTS else _derive_act("user", reading, inform, request, text, state, reader)
    if reading.revise and act in ("inform", "accept", "insist", "acknowledge"):
        act = "revise"
    return Labels(act, inform, request, {}, {}, entity, other)


def settle_agent(answer: AgentAnswer, reading: Reading, text: str, state: DialogueState, reader: SlotReader) -> Labels:
    """Return the labels of an agent's turn: what it tells of the thing it is about, and of a second one.

    A label of the model's that the words do not have is kept only where it repeats what the customer stated, or tells a
    known text in other words. Others are dropped and counted.
    """
    pack, knowledge = state.pack, state.knowledge
    things = tuple(dict.fromkeys((*reading.compare, *reading.things, *reading.tell)))
    request = _settle_requests(answer.request, reading, state)
    about = bool(reading.tell or request)
    entity, other = _settle_things(answer.entity, things, state, about)
    tell = dict(reading.tell.get(entity or state.focus, {}))
    tell_other = dict(reading.tell.get(other, {})) if other else {}
    for item in answer.tell:
        value = normalise_value(pack, state.language, item) if item.slot in pack.slots else None
        row = knowledge.get(entity or state.focus, item.slot) if value is not None else None
        if value is None or value in (tell.get(item.slot), tell_other.get(item.slot)):
            if value is None:
                state.count_failure(DROPPED)
            continue
        told = row is not None and pack.slots[item.slot].type == "text" and item.value in (row.value, row.text)
        heard = state.informed.get(item.slot) == value
        said = has_value(text, pack, item.slot, (value, row.unit if row else None), state.language)
        if row is not None and (told or (row.value == value and said)):
            tell.setdefault(item.slot, row.value)
        elif heard and said:
            tell.setdefault(item.slot, value)
        else:
            state.count_failure(DROPPED)
    act = answer.act
    if act not in AGENT_ACTS:
        act = _derive_act("agent", reading, tell, request, text, state, reader)
    return Labels(act, {}, request, tell, tell_other, entity, other)


def _settle_requests(asked: list[str], reading: Reading, state: DialogueState) -> tuple[str, ...]:
    """Return the slots the words ask for; where they only show that something is asked, the model's."""
    known = [slot for slot in asked if slot in state.pack.slots]
    kept = known if reading.asks and not reading.request else [slot for slot in known if slot in reading.request]
    for _ in range(len(known) - len(kept)):
        state.count_failure(DROPPED)
    return tuple(dict.fromkeys((*kept, *reading.request)))


def _settle_things(named: str, things: tuple[str, ...], state: DialogueState, about: bool) -> tuple[str, str]:
    """Return what a turn is about, and the second thing where there is one; the model says which of two comes first."""
    known = named if named in state.knowledge.entities else ""
    first = known if known in things or not things else things[0]
    if not first and about:
        first = state.focus
    return first, next((thing for thing in things if thing != first), "") if first else ""


def _share_units(pack: DomainPack, one: str, other: str) -> bool:
    """Tell whether a figure can be a value of either slot: people may be guests or a party."""
    if one not in pack.slots or other not in pack.slots:
        return False
    spelled = [{word for group in pack.slots[slot].units.values() for word in group} for slot in (one, other)]
    return bool(spelled[0] & spelled[1])


def _derive_act(
    role: Role,
    reading: Reading,
    values: dict[str, str],
    request: tuple[str, ...],
    text: str,
    state: DialogueState,
    reader: SlotReader,
) -> str:
    """Return the act the words have, where the model names none there is."""
    if reading.offer:
        return "negotiate"
    if reading.revise:
        return "revise"
    if role == "agent" and len(reading.tell) > 1:
        return "compare"
    asks = request if reading.asks else ()
    act = name_act(role, text, values, asks, reading.things, reader.pack, state)
    return act if act in (USER_ACTS if role == "user" else AGENT_ACTS) else "ask" if role == "user" else "answer"
