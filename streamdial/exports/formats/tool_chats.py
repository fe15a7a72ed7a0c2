"""Dialogues with tools in the chat forms that trainers read: calls, results and words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from streamdial.counts import Counts
from streamdial.environment.tools import dump_result
from streamdial.exports.dataset import DataSet
from streamdial.exports.formats.system_message import write_system_message
from streamdial.files import write_lines
from streamdial.ids import dump_canonical_json
from streamdial.tooluse import ToolDialogue, ToolTurn, build_messages

_SAID = pl.List(pl.Struct({"from": pl.String, "value": pl.String}))
COLUMNS = pl.Schema([("id", pl.String), ("system", pl.String), ("tools", pl.String), ("conversations", _SAID)])
"""Keys of a line of `write_tool_sharegpt_jsonl`."""


def write_openai_jsonl(data: DataSet, path: Path) -> Counts:
    """Write `{"messages", "tools", "parallel_tool_calls"}` as OpenAI's fine-tuning reads it, one dialogue per line.

    The line has no other key, and messages have no reasoning: the service refuses what it does not know. The system
    message is the agent persona without its facts, which come from the tools. The assistant speaks last: user turns
    after its last turn are left out, and counted in the lines of `write_messages_jsonl`.

    Returns:
        Asked, made, kept, and dropped by reason (`no_agent_turn`).
    """
    counts = Counts("openai tools export")
    write_lines(path, (_build_line(talk, reasoning=False) for talk in _list_dialogues(data, counts)), published=True)
    return counts


def write_messages_jsonl(data: DataSet, path: Path) -> Counts:
    """Write the lines of `write_openai_jsonl` with `reasoning_content` on assistant messages, and `metadata`.

    Returns:
        Asked, made, kept, and dropped by reason (`no_agent_turn`).
    """
    counts = Counts("tool messages export")
    talks = _list_dialogues(data, counts)
    write_lines(
        path,
        ({**_build_line(talk, reasoning=True), "metadata": _list_metadata(talk)} for talk in talks),
        published=True,
    )
    return counts


def write_tool_sharegpt_jsonl(data: DataSet, path: Path) -> Counts:
    """Write `{"id", "system", "tools", "conversations"}` in the form of LLaMA-Factory, one dialogue per line.

    That trainer skips what has not `human` or `observation` on odd places and `gpt` or `function_call` on even ones,
    and does not end on an even one. A call is an object {name, arguments} as text; several in a row are each followed
    by their `observation`, which keeps the places. `tools` is a text: a list of {name, description, parameters}.
    Agent turns before the first user turn and user turns after the last agent turn are left out, turns of one side
    that follow each other are joined by a line break.

    Returns:
        Asked, made, kept, and dropped by reason (`no_exchange`; `call_after_words`, which the places have no room for).
    """
    counts = Counts("sharegpt tools export")
    write_lines(path, _list_conversations(data, counts), published=True)
    return counts


class _Dialogue:
    """A dialogue with its system message, cut after the agent's last turn."""

    def __init__(self, made: ToolDialogue, system: str) -> None:
        self.made = made
        self.system = system
        last = max((number for number, turn in enumerate(made.turns) if turn.role == "agent"), default=-1)
        self.turns = made.turns[: last + 1]


def _list_dialogues(data: DataSet, counts: Counts) -> Iterator[_Dialogue]:
    systems = {key: write_system_message(agent, data) for key, agent in data.agents.items()}
    for made in data.list_tool_dialogues():
        counts.asked += 1
        talk = _Dialogue(made, systems[made.agent_persona_id])
        if not talk.turns:
            counts.drop("no_agent_turn")
            continue
        counts.keep()
        yield talk


def _build_line(talk: _Dialogue, *, reasoning: bool) -> dict[str, Any]:
    return {
        "messages": [{"role": "system", "content": talk.system}, *build_messages(talk.turns, reasoning=reasoning)],
        "tools": list(talk.made.tools),
        "parallel_tool_calls": False,
    }


def _list_metadata(talk: _Dialogue) -> dict[str, Any]:
    made = talk.made
    return {
        "dialogue_id": made.id,
        "user_persona_id": made.user_persona_id,
        "agent_persona_id": made.agent_persona_id,
        "world": made.world,
        "domain": made.domain,
        "language": made.language,
        "mode": made.mode,
        "seed": made.seed,
        "stop_reason": made.stop_reason,
        "user_turns_cut": len(made.turns) - len(talk.turns),
        "tasks": [task.wish.model_dump(mode="json") for task in made.tasks],
        "verdicts": [verdict.model_dump(mode="json") for verdict in made.verdicts],
        "provenance": made.provenance.model_dump(mode="json"),
    }


def _list_conversations(data: DataSet, counts: Counts) -> Iterator[dict[str, Any]]:
    systems = {key: write_system_message(agent, data) for key, agent in data.agents.items()}
    for made in data.list_tool_dialogues():
        counts.asked += 1
        lines = _build_conversation(made.turns)
        if lines is None or not lines:
            counts.drop("call_after_words" if lines is None else "no_exchange")
            continue
        counts.keep()
        functions = [tool["function"] for tool in made.tools]
        yield {
            "id": made.id,
            "system": systems[made.agent_persona_id],
            "tools": json.dumps(functions, ensure_ascii=False),
            "conversations": [{"from": side, "value": text} for side, text in lines],
        }


def _build_conversation(turns: Sequence[ToolTurn]) -> list[tuple[str, str]] | None:
    """Return (from, value), empty where not both sides speak; None where a call follows words of the agent."""
    roles = [turn.role for turn in turns]
    first = roles.index("user") if "user" in roles else len(roles)
    last = len(roles) - roles[::-1].index("agent") if "agent" in roles else 0
    lines: list[tuple[str, str]] = []
    for turn in turns[first:last]:
        side = "human" if turn.role == "user" else "gpt"
        for step in turn.steps:
            if lines[-1][0] == "gpt":
                return None
            call = {"name": step.call.name, "arguments": step.call.arguments}
            lines += [("function_call", dump_canonical_json(call)), ("observation", dump_result(step.result))]
        if lines and lines[-1][0] == side:
            lines[-1] = (side, f"{lines[-1][1]}\n{turn.utterance}")
        else:
            lines.append((side, turn.utterance))
    return lines
