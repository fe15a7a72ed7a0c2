"""Dialogues with tools in the format of tau2-bench: each environment is a domain, each dialogue a task."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.environment import DomainDatabase, EnvironmentRecord, Toolbox
from streamdial.environment.matching import write_cell
from streamdial.exports._templates import render_template
from streamdial.exports.dataset import DataSet, ToolUseSet
from streamdial.exports.formats.system_message import write_system_message
from streamdial.exports.formats.tool_scenarios import describe_scenario, list_assertions
from streamdial.exports.profiles import write_value
from streamdial.files import write_atomically, write_json
from streamdial.tooluse import Step, ToolDialogue, ToolTask
from streamdial.tooluse.verification import check_changes, replay_steps


def write_tau2(data: DataSet, used: ToolUseSet, folder: Path) -> tuple[list[Path], Counts]:
    """Write a folder per environment: `tasks.json`, `db.json` (table to key to row), `policy.md`, `tools.json`.

    A task's `actions` are the reference calls of all the dialogue's tasks in order. tau2 compares the end state with
    theirs, so where several things would do, the user is told which to take. `communicate_info` are the facts the
    rubrics ask for. What cannot be met stands in `nl_assertions`: it must end in recovery. `NL_ASSERTION` and
    `COMMUNICATE` are in `reward_basis` where there is something to judge by.

    Returns:
        The files, and what was asked, made, kept, and dropped by reason (`reference_fails`: the actions do not bring
        the database where the rubrics want it, as after a history of calls that are nobody's task).
    """
    counts = Counts("tau2 export")
    tasks: dict[str, list[dict[str, Any]]] = {}
    agents: dict[str, str] = {}
    for made in data.list_tool_dialogues():
        counts.asked += 1
        world = used.worlds[made.world]
        with closing(world.open_database()) as database:
            reached = reaches_goals(made.tasks, database, world.open_toolbox())
        if not reached:
            counts.drop("reference_fails")
            continue
        counts.keep()
        tasks.setdefault(world.id, []).append(_build_task(made, data, world))
        agents.setdefault(world.id, made.agent_persona_id)
    written: list[Path] = []
    for key, listed in sorted(tasks.items()):
        world, target = used.worlds[key], folder / key
        with closing(world.open_database()) as database:
            written.append(write_json(target / "db.json", database.snapshot(), published=True))
        written += [
            write_json(target / "tasks.json", listed, published=True),
            write_json(target / "tools.json", [tool.to_openai() for tool in world.tools], published=True),
            write_atomically(target / "policy.md", _write_policy(data, world, agents[key]), published=True),
        ]
    return written, counts


def reaches_goals(tasks: Sequence[ToolTask], database: DomainDatabase, toolbox: Toolbox) -> bool:
    """Tell whether the reference calls of all tasks, made in order on a copy, change what each rubric wants."""
    with closing(database.copy()) as copy:
        steps = [
            Step(reasoning="", call=call, result=toolbox.execute(call, copy), task=task.wish.id)
            for task in tasks
            for call in task.reference
        ]
    if any(step.result.failure is not None for step in steps):
        return False
    changes = replay_steps(steps, database, toolbox).by_task
    return not any(check_changes(task.rubric.changes, changes.get(task.wish.id, ())) for task in tasks)


def _build_task(made: ToolDialogue, data: DataSet, world: EnvironmentRecord) -> dict[str, Any]:
    told = _list_facts(made.tasks, world, data.pack)
    asserted = list_assertions(made.tasks, made.language)
    history = [
        {"role": "user" if turn.role == "user" else "assistant", "content": turn.utterance}
        for turn in made.turns
        if turn.given
    ]
    return {
        "id": made.id,
        "description": {
            "purpose": ", ".join(
                task.wish.kind + (f" ({r})" if (r := task.rubric.recovery) else "") for task in made.tasks
            ),
            "relevant_policies": None,
            "notes": f"made as a {made.mode} dialogue, seed {made.seed}",
        },
        "user_scenario": describe_scenario(made, data.users.get(made.user_persona_id), data.pack, world.database),
        "initial_state": {"message_history": history} if history else None,
        "evaluation_criteria": {
            "actions": [
                {
                    "action_id": call.id,
                    "requestor": "assistant",
                    "name": call.name,
                    "arguments": call.arguments,
                    "compare_args": None,
                }
                for task in made.tasks
                for call in task.reference
            ],
            "communicate_info": told,
            "nl_assertions": asserted,
            "reward_basis": ["DB", *(["COMMUNICATE"] if told else []), *(["NL_ASSERTION"] if asserted else [])],
        },
    }


def _list_facts(tasks: Sequence[ToolTask], world: EnvironmentRecord, pack: DomainPack) -> list[str]:
    """Return the facts to be told: tau2 looks for them within the agent's words, commas taken out.

    A number stands alone, as its unit has several spellings. A value of a fixed list is left out: "pets allowed" is
    said in many ways, and no search within words finds them all.
    """
    rows = {str(row[world.database.entity]): row for row in world.contents.rows}
    listed: list[str] = []
    for fact in (fact for task in tasks for fact in task.rubric.facts if not pack.slots[fact.slot].values):
        value = rows.get(fact.entities[0], {}).get(fact.slot)
        written = write_cell(value)
        if isinstance(value, str):
            written = write_value(pack, fact.slot, written, world.database.language).replace(",", "")
        if written:
            listed.append(written)
    return list(dict.fromkeys(listed))


def _write_policy(data: DataSet, world: EnvironmentRecord, agent: str) -> str:
    language = world.database.language
    return render_template(
        "formats",
        "tool_policy.md.j2",
        language=language,
        domain=data.pack.names[language],
        days=world.database.days,
        system=write_system_message(data.agents[agent], data),
        writing=[tool.name for tool in world.tools if tool.writes],
    )
