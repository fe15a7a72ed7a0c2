"""The report's part for dialogues with tools: calls with their results by turn, tasks, and changes of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from streamdial.domains import DomainPack
from streamdial.environment.schema import Row
from streamdial.exports.dataset import DataSet
from streamdial.exports.profiles import write_value
from streamdial.exports.statistics import count_tool_statistics
from streamdial.tooluse import Step, ToolDialogue, ToolTask

MAX_ROWS = 8
"""Rows of a result that are in the page; the page says how many more there are."""


def collect_tool_statistics(data: DataSet) -> dict[str, Any]:
    """Return the statistics of a set with tools as JSON values."""
    statistics = count_tool_statistics(data)
    if statistics is None:
        return {}
    density = {mode: found._asdict() for mode, found in statistics.density.items()}
    return {**asdict(statistics), "density": density, "verified_share": statistics.verified_share}


def write_tool_record(made: ToolDialogue, pack: DomainPack) -> dict[str, Any]:
    """Return what the page shows of a dialogue beside its words.

    Returns:
        `mode`; `turns`: number of a turn to [reasoning, calls]; `tasks` with verdicts; `changes`: [table, key, row
        before or null, row after or null]. What is empty is left out.
    """
    numbers = {task.wish.id: number for number, task in enumerate(made.tasks)}
    verdicts = {verdict.task: verdict for verdict in made.verdicts}
    tasks = []
    for task in made.tasks:
        verdict = verdicts.get(task.wish.id)
        body = {
            **_write_wish(task, made, pack),
            "passed": verdict is not None and verdict.passed,
            "recovery": task.rubric.recovery,
            "reasons": list(verdict.reasons) if verdict else [],
            "after": numbers.get(task.wish.after, -1) + 1,
        }
        tasks.append({key: value for key, value in body.items() if value})
    return {
        "mode": made.mode,
        "turns": {
            str(turn.turn_id): [turn.reasoning, [_write_step(step, numbers) for step in turn.steps]]
            for turn in made.turns
            if turn.reasoning or turn.steps
        },
        "tasks": tasks,
        "changes": [[change.table, change.key, _clean(change.before), _clean(change.after)] for change in made.changes],
    }


def _write_wish(task: ToolTask, made: ToolDialogue, pack: DomainPack) -> dict[str, Any]:
    wish = task.wish
    return {
        "kind": wish.kind,
        "wishes": [[slot, write_value(pack, slot, value, made.language)] for slot, value in wish.wishes.items()],
        "asks": list(wish.asks),
        "entity": wish.entity,
        "other": wish.other,
    }


def _write_step(step: Step, numbers: Mapping[str, int]) -> dict[str, Any]:
    result = step.result
    columns = list(dict.fromkeys(name for row in result.rows for name in row))
    body = {
        "why": step.reasoning,
        "name": step.call.name,
        "args": step.call.arguments,
        "origin": result.origin,
        "fault": result.fault,
        "error": [result.failure.kind, result.failure.message] if result.failure else None,
        "seconds": result.seconds,
        "count": len(result.rows),
        "columns": columns,
        "rows": [[row.get(name) for name in columns] for row in result.rows[:MAX_ROWS]],
        "task": numbers.get(step.task, -1) + 1,
    }
    return {key: value for key, value in body.items() if value}


def _clean(row: Row | None) -> Row | None:
    return None if row is None else {name: value for name, value in row.items() if value is not None}
