"""The reply of an agent played by a model, and the function by which it gives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from streamdial.dialogues.direct_labels import SlotValue
from streamdial.environment.schema import DomainSchema
from streamdial.environment.tools import REPLY
from streamdial.records import Language
from streamdial.text import set_chinese_punctuation
from streamdial.tooluse.messages import THOUGHT

NEEDS: dict[str, tuple[str, ...]] = {
    "request": ("request",),
    "recommend": ("entity",),
    "recover": ("entity",),
    "answer": ("entity", "tell"),
    "no_answer": ("request",),
    "compare": ("entity", "other", "tell", "tell_other"),
    "say_free": ("entity", "tell"),
    "say_full": ("entity", "tell"),
    "say_closed": ("entity", "tell"),
    "offer_day": ("entity", "tell"),
    "already_booked": ("entity", "tell"),
    "ask_cancel": ("reference",),
    "offer_waitlist": ("entity", "tell"),
    "waitlisted": ("reference",),
    "confirm": ("reference",),
    "confirm_change": ("reference",),
    "confirm_cancel": ("reference",),
    "hold": ("reference",),
    "no_booking": (),
    "trouble": (),
    "anything_else": (),
    "greet": (),
    "close": (),
    "propose": ("entity", "request"),
}
"""Acts of an agent and what each cannot do without."""
_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "reply": "Speak to the customer. The only way to say something; ends your turn.",
        "reasoning": "What you think before you speak, in a sentence; the customer does not see it.",
        "utterance": "What you say: one to three short sentences.",
        "acts": "What the utterance does, in order.",
        "entity": "Name of what it is about, as the calls write it.",
        "other": "For compare: the second name.",
        "request": "Slots you ask for, or have no value of.",
        "tell": "Slots of the entity you state, and their values as the calls write them.",
        "tell_other": "For compare: the same of the other.",
        "reference": "Number of the booking, hold or place on the waitlist, as a call returned it.",
        "call": "Why you make this call, in a sentence; the customer does not see it.",
    },
    "zh": {
        "reply": "对顾客说话。只有这样才能说话，调用后本轮结束。",
        "reasoning": "说话前的想法，一句话；顾客看不到。",
        "utterance": "要说的话：一到三句短句。",
        "acts": "这句话依次做了什么。",
        "entity": "谈到的名称，照调用结果写。",
        "other": "compare用：第二个名称。",
        "request": "你问到的、或没有答案的槽位。",
        "tell": "你说出的槽位和值，值照调用结果写。",
        "tell_other": "compare用：另一个的槽位和值。",
        "reference": "预订、保留或候补的编号，照调用结果写。",
        "call": "为什么要这次调用，一句话；顾客看不到。",
    },
}


class SaidAct(BaseModel):
    """An act as the model hands it over."""

    model_config = ConfigDict(extra="ignore")
    act: str
    entity: str = ""
    other: str = ""
    request: list[str] = []
    tell: list[SlotValue] = []
    tell_other: list[SlotValue] = []
    reference: str = ""


class Reply(BaseModel):
    """The arguments of `reply`."""

    model_config = ConfigDict(extra="ignore")
    reasoning: str = ""
    utterance: str
    acts: list[SaidAct]


def tidy_text(text: str) -> str:
    """Return what a model wrote in one line, without invisible characters and with Chinese punctuation.

    It is not folded: "30 m²" must not become "30 m2" in what is said.
    """
    line = " ".join(text.split())
    return set_chinese_punctuation("".join(character for character in line if character.isprintable()))


def describe_reply(schema: DomainSchema) -> dict[str, JsonValue]:
    """Return the function `reply` in the OpenAI format, with the slots of a schema."""
    texts = _TEXTS[schema.language]
    slots: list[JsonValue] = [column.name for column in (*schema.columns, *schema.booking)]

    def write(kind: dict[str, JsonValue], name: str) -> JsonValue:
        return {**kind, "description": texts[name]}

    slot: dict[str, JsonValue] = {"type": "string", "enum": slots}
    told: dict[str, JsonValue] = _describe_object({"slot": slot, "value": {"type": "string"}}, ("slot", "value"))
    act = _describe_object(
        {
            "act": {"type": "string", "enum": list(NEEDS)},
            "entity": write({"type": "string"}, "entity"),
            "other": write({"type": "string"}, "other"),
            "request": write({"type": "array", "items": slot}, "request"),
            "tell": write({"type": "array", "items": told}, "tell"),
            "tell_other": write({"type": "array", "items": told}, "tell_other"),
            "reference": write({"type": "string"}, "reference"),
        },
        ("act",),
    )
    parameters = _describe_object(
        {
            "reasoning": write({"type": "string"}, "reasoning"),
            "utterance": write({"type": "string"}, "utterance"),
            "acts": write({"type": "array", "items": act}, "acts"),
        },
        ("reasoning", "utterance", "acts"),
    )
    function: dict[str, JsonValue] = {"name": REPLY, "description": texts["reply"], "parameters": parameters}
    return {"type": "function", "function": function}


def name_function(function: dict[str, JsonValue]) -> JsonValue:
    """Return the name of a function in the OpenAI format."""
    described = function["function"]
    return described["name"] if isinstance(described, dict) else ""


def add_thought(function: dict[str, JsonValue], language: Language) -> dict[str, JsonValue]:
    """Return a function with an argument by which the model says why it makes a call; it is not passed on."""
    described = function["function"]
    assert isinstance(described, dict)
    parameters = described["parameters"]
    assert isinstance(parameters, dict)
    own = parameters.get("properties")
    thought: dict[str, JsonValue] = {"type": "string", "description": _TEXTS[language]["call"]}
    properties: dict[str, JsonValue] = {THOUGHT: thought, **(own if isinstance(own, dict) else {})}
    return {**function, "function": {**described, "parameters": {**parameters, "properties": properties}}}


def _describe_object(properties: dict[str, Any], required: Sequence[str]) -> dict[str, JsonValue]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
