"""The OpenAI chat format, which endpoints and litellm share: messages, calls of functions, how an answer ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from typing import Any, Literal

import orjson

from streamdial.errors import ModelError
from streamdial.models._protocols import ChatMessage, FunctionCall


def write_message(message: ChatMessage) -> dict[str, Any]:
    """Return a message as the OpenAI chat format writes it."""
    written: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        written["content"] = message.content or None
        written["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id:
        written["tool_call_id"] = message.tool_call_id
    return written


def read_calls(calls: Iterable[Mapping[str, Any]]) -> tuple[FunctionCall, ...]:
    """Return the calls of an answer in the OpenAI chat format.

    Some endpoints leave out the id, or write the arguments as an object instead of its text; both are put right.

    Raises:
        KeyError: If a call names no function.
        TypeError: If it is no object.
    """
    found = []
    for number, call in enumerate(calls):
        arguments = call["function"].get("arguments")
        text = arguments if isinstance(arguments, str) else orjson.dumps(arguments or {}).decode()
        found.append(
            FunctionCall(id=str(call.get("id") or f"call_{number}"), name=call["function"]["name"], arguments=text)
        )
    return tuple(found)


def read_finish(finish: object) -> Literal["stop", "length", "other"]:
    """Return why an answer ended; one that ends in calls ends as it should."""
    return "stop" if finish in ("stop", "tool_calls") else "length" if finish == "length" else "other"


def refuse_empty(model_id: str, text: str, finish_reason: str | None, calls: Sized = ()) -> None:
    """Refuse a finished answer that neither says nor calls anything, so that it is neither used nor cached.

    It is not transient: the same seed would give the same nothing, so whoever asked must ask otherwise. An empty
    answer that ran out of room is no case of this; it is for the caller to tell it from a malformed one.

    Raises:
        ModelError: Of kind `empty`.
    """
    if not calls and not text.strip() and finish_reason != "length":
        raise ModelError(f"{model_id} gave an empty answer", transient=False, kind="empty")
