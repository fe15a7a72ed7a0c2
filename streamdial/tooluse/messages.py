"""Dialogues with tools as OpenAI chat messages: speech, calls, results, and the reasoning beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from streamdial.environment.tools import dump_result
from streamdial.ids import dump_canonical_json
from streamdial.models import ChatMessage, FunctionCall
from streamdial.prompts import quote_untrusted
from streamdial.tooluse.records import Step, ToolTurn

THOUGHT = "reasoning"
"""Argument of every function by which a model says what it thinks."""


def build_messages(turns: Iterable[ToolTurn], *, reasoning: bool = True) -> list[dict[str, Any]]:
    """Return the messages of some turns, in the OpenAI format for tool calls.

    Each call is an assistant message of its own without content, followed by the tool's message; what the agent says
    comes last. Reasoning stands in `reasoning_content`, apart from what the user is told.

    Args:
        turns: Turns in order.
        reasoning: Whether to write it.
    """
    messages: list[dict[str, Any]] = []
    for turn in turns:
        if turn.role == "user":
            messages.append({"role": "user", "content": turn.utterance})
            continue
        for step in turn.steps:
            messages += _write_step(step, reasoning)
        messages.append(_think({"role": "assistant", "content": turn.utterance}, turn.reasoning, reasoning))
    return messages


def build_prompt(turns: Iterable[ToolTurn], steps: Iterable[Step] = ()) -> list[ChatMessage]:
    """Return a dialogue as it is shown to a model that is to go on with it: the messages of `build_messages`.

    What was thought stands where the model itself writes it, in the argument `THOUGHT` of each call, and what tools
    returned between « and ». The messages of a longer dialogue begin with those of a shorter one.

    Args:
        turns: Turns in order.
        steps: Calls made since the last turn.
    """
    written = build_messages(turns)
    for step in steps:
        written += _write_step(step, True)
    return [_convert(message) for message in written]


def _write_step(step: Step, reasoning: bool) -> list[dict[str, Any]]:
    function = {"name": step.call.name, "arguments": dump_canonical_json(step.call.arguments)}
    call = {"id": step.call.id, "type": "function", "function": function}
    asked = _think({"role": "assistant", "content": None, "tool_calls": [call]}, step.reasoning, reasoning)
    return [asked, {"role": "tool", "tool_call_id": step.call.id, "content": dump_result(step.result)}]


def _convert(message: dict[str, Any]) -> ChatMessage:
    if message["role"] == "tool":
        content = f"«{quote_untrusted(message['content'])}»"
        return ChatMessage(role="tool", content=content, tool_call_id=message["tool_call_id"])
    calls = tuple(
        FunctionCall(
            id=call["id"],
            name=call["function"]["name"],
            arguments=_add_thought(call["function"]["arguments"], message.get("reasoning_content", "")),
        )
        for call in message.get("tool_calls", ())
    )
    return ChatMessage(role=message["role"], content=message["content"] or "", tool_calls=calls)


def _add_thought(arguments: str, thought: str) -> str:
    # Before the arguments, as it is thought before them.
    return json.dumps({THOUGHT: thought, **json.loads(arguments)}, ensure_ascii=False) if thought else arguments


def _think(message: dict[str, Any], thought: str, wanted: bool) -> dict[str, Any]:
    return {**message, "reasoning_content": thought} if wanted and thought else message
