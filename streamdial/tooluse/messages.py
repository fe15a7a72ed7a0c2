"""Dialogues with tools as OpenAI chat messages: speech, calls, results, and the reasoning beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streamdial.ids import dump_canonical_json
from streamdial.tooluse.records import ToolTurn
from streamdial.tooluse.tools import dump_result


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
            function = {"name": step.call.name, "arguments": dump_canonical_json(step.call.arguments)}
            call = {"id": step.call.id, "type": "function", "function": function}
            messages.append(
                _think({"role": "assistant", "content": None, "tool_calls": [call]}, step.reasoning, reasoning)
            )
            messages.append({"role": "tool", "tool_call_id": step.call.id, "content": dump_result(step.result)})
        messages.append(_think({"role": "assistant", "content": turn.utterance}, turn.reasoning, reasoning))
    return messages


def _think(message: dict[str, Any], thought: str, wanted: bool) -> dict[str, Any]:
    return {**message, "reasoning_content": thought} if wanted and thought else message
