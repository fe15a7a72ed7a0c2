"""Dialogues with tools as multi-turn entries of the Berkeley Function-Calling Leaderboard."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from streamdial.counts import Counts
from streamdial.environment import EnvironmentRecord, Tool, Toolbox, ToolCall
from streamdial.exports.dataset import DataSet, ToolUseSet
from streamdial.files import write_lines
from streamdial.tooluse import Step, ToolDialogue

_TYPES = {"text": "string", "integer": "integer", "real": "float"}


def write_bfcl(data: DataSet, used: ToolUseSet, folder: Path) -> tuple[list[Path], Counts]:
    """Write entries, their ground truth and the functions, a JSON object a line each.

    `bfcl_multi_turn.jsonl` has `question` (a list of messages a user turn), `initial_config` and `involved_classes`;
    `bfcl_possible_answer.jsonl` has `ground_truth` (a list of calls in Python's syntax a user turn);
    `bfcl_func_doc.jsonl` has the functions of each class, a class being an environment. What the class is to be loaded
    from, its database and its functions as SQL, stands in `initial_config`. The index in an id counts the entries, as
    the leaderboard's own code expects; the dialogue stands beside.

    Ground truth are the calls that told the agent something: those that returned rows, and those a guard of the tool
    refused. What failed on purpose and what was called wrongly is none; the call that was made again is.

    Returns:
        The files, and what was asked, made, kept, and dropped by reason: `simulated_tool`, `external_tool`
        (nothing that could be executed again answers such a call) and `call_before_user` (there is no question it
        belongs to).
    """
    counts = Counts("bfcl export")
    entries: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for made in data.list_tool_dialogues():
        counts.asked += 1
        if other := next((s.result.origin for t in made.turns for s in t.steps if not s.result.repeatable), ""):
            counts.drop(f"{other}_tool")
            continue
        built = _build_entry(made, used.worlds[made.world], len(entries))
        if built is None:
            counts.drop("call_before_user")
            continue
        counts.keep()
        entry, truth = built
        entries.append(entry)
        answers.append({"id": entry["id"], "ground_truth": truth})
    return [
        write_lines(folder / "bfcl_multi_turn.jsonl", entries, published=True),
        write_lines(folder / "bfcl_possible_answer.jsonl", answers, published=True),
        write_lines(folder / "bfcl_func_doc.jsonl", _list_functions(used), published=True),
    ], counts


def write_python_call(call: ToolCall) -> str:
    """Return a call in Python's syntax; an argument whose name is a word of that language stands in a dictionary."""
    plain = [f"{name}={value!r}" for name, value in call.arguments.items() if not keyword.iskeyword(name)]
    other = {name: value for name, value in call.arguments.items() if keyword.iskeyword(name)}
    return f"{call.name}({', '.join([*plain, *([f'**{other!r}'] if other else [])])})"


def name_class(world: EnvironmentRecord) -> str:
    """Return the name of the class an environment is to the leaderboard."""
    return f"{re.sub(r'[^a-zA-Z0-9]', '', world.database.domain.title())}World{world.id[:8]}"


def _build_entry(
    made: ToolDialogue, world: EnvironmentRecord, number: int
) -> tuple[dict[str, Any], list[list[str]]] | None:
    """Return an entry and its ground truth; None where a call has no user turn before it."""
    toolbox = world.open_toolbox()
    questions: list[list[dict[str, str]]] = []
    truth: list[list[str]] = []
    path: list[str] = []
    owner = name_class(world)
    for turn in made.turns:
        if turn.role == "user":
            questions.append([{"role": "user", "content": turn.utterance}])
            truth.append([])
        elif turn.steps and not questions:
            return None
        told = [step.call for step in turn.steps if _has_told(step, toolbox)]
        if told:
            truth[-1] += map(write_python_call, told)
            path += [f"{owner}.{call.name}" for call in told]
    entry = {
        "id": f"multi_turn_base_{number}",
        "dialogue_id": made.id,
        "question": questions,
        "initial_config": {owner: {"database": f"worlds/{world.id}.sqlite", "tools": f"worlds/{world.id}.json"}},
        "path": path,
        "involved_classes": [owner],
        "excluded_function": [],
    }
    return entry, truth


def _has_told(step: Step, toolbox: Toolbox) -> bool:
    tool = toolbox.get(step.call.name)
    if tool is None or step.result.fault is not None:
        return False
    failure = step.result.failure
    return failure is None or any(guard.reason == failure.kind for guard in tool.guards)


def _list_functions(used: ToolUseSet) -> list[dict[str, Any]]:
    return [
        {"class": name_class(world), **_describe(tool)}
        for _, world in sorted(used.worlds.items())
        for tool in world.tools
    ]


def _describe(tool: Tool) -> dict[str, Any]:
    properties: dict[str, dict[str, JsonValue]] = {}
    for parameter in tool.parameters:
        properties[parameter.name] = {"type": _TYPES[parameter.type], "description": parameter.description}
        if parameter.values:
            properties[parameter.name]["enum"] = list(parameter.values)
    row = {field.name: {"type": _TYPES[field.type]} for field in tool.returns}
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": {
            "type": "dict",
            "properties": properties,
            "required": [parameter.name for parameter in tool.parameters if parameter.required],
        },
        "response": {
            "type": "dict",
            "properties": {"results": {"type": "array", "items": {"type": "dict", "properties": row}}},
        },
    }
