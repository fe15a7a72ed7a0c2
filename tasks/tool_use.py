"""Dialogues with tools as tasks: an account's world, the assignments, shards of dialogues."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from prefect import task
from pydantic import TypeAdapter, ValidationError

from streamdial.counts import Counts
from streamdial.dialogues import assign_dialogues
from streamdial.errors import ConfigurationError, NothingLeftError
from streamdial.ids import make_id
from streamdial.personas import Knowledge
from streamdial.records import AgentPersona, Dialogue, MatchScore, UserPersona
from streamdial.runs import ToolUseSettings
from streamdial.tooluse import (
    SimulatedTool,
    ToolDialogue,
    ToolDialogueMaker,
    ToolOptions,
    WorldRecord,
    build_schema,
    build_tools,
    build_world,
    fill_schema,
    load_user_rules,
    propose_tools,
)
from tasks._caching import TASK_OPTIONS, compute_cache_key, compute_shard_key, is_worth_retrying
from tasks._cast import Cast, load_experts, open_cast, write_cast
from tasks._resources import Run, close_run, open_run
from tasks._shards import read_assignments, work_through, write_assignments
from tasks._worlds import name_tool_shard, name_unverified, name_world

FAREWELLS = ("thank", "close")


@task(
    name="tool world",
    task_run_name="world-{persona_id}",
    version="1",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
async def make_world(settings: ToolUseSettings, persona_id: str) -> dict[str, Any]:
    """Make an agent persona's K a database with tools, and write it down.

    Args:
        settings: The run.
        persona_id: Id of the agent persona.

    Returns:
        The name of the world's file, None where K names nothing that is sold; and the reports of cells and tools.
    """
    run = open_run(settings)
    persona = next(p for p in run.store.get("personas", AgentPersona) if p.id == persona_id)
    knowledge = Knowledge(persona.knowledge, run.pack)
    databases, tools = Counts("databases", asked=1), Counts("tools")
    if len(knowledge.entities) < 2:
        databases.drop("nothing_to_choose_from")
        return {"world": None, "counts": [databases.to_dict()]}
    cells = Counts("cells of databases")
    schema = build_schema(knowledge, persona.language)
    contents = fill_schema(schema, knowledge, settings.seed, cells)
    made = build_tools(schema, run.pack)
    tools.asked = tools.made = tools.kept = len(made)
    world = build_world(persona.id, schema, contents, made)
    if settings.tools == "model":
        taken = {tool.name for tool in made}
        database = world.open_database()
        more = await propose_tools(run.model, database, run.pack, tools, taken=taken, seed=settings.seed)
        database.close()
        world = build_world(persona.id, schema, contents, (*made, *more))
    name = name_world(persona.id)
    run.files.write(name, world.model_dump_json())
    databases.made = databases.kept = 1
    return {"world": name, "counts": [counts.to_dict() for counts in (databases, cells, tools)]}


@task(
    name="assign tool dialogues",
    version="1",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
def plan_tool_dialogues(
    settings: ToolUseSettings, users: list[str], experts: list[list[str]], histories: list[str], count: int
) -> dict[str, Any]:
    """Decide who asks which agent for what, and which dialogues go on from one of the base run.

    Args:
        settings: The run.
        users: Ids of the user personas.
        experts: (agent persona, blueprint) ids of the agents that have a world.
        histories: Names of the base run's shards in this run's folder; none where nothing is gone on from.
        count: Dialogues wanted; part of the arguments, because it is no part of the fingerprint.
    """
    run = open_run(settings)
    wanted = set(users)
    personas = [persona for persona in run.store.get("personas", UserPersona) if persona.id in wanted]
    loaded = load_experts(run, experts)
    spoken = {expert.persona.language for expert in loaded}
    # A database has one language; whoever speaks another could not be understood.
    personas = [persona for persona in personas if persona.language in spoken]
    if not personas:
        raise NothingLeftError("user personas", {"other_language": len(wanted)})
    plans = -(-count // settings.trials)
    assignments = assign_dialogues(
        personas, loaded, run.embedder, count=plans, seed=settings.seed, shares={"success": 1.0}
    )
    before = _list_histories(run, histories, {tuple(pair) for pair in experts}, wanted)
    listed: list[dict[str, Any]] = []
    for assignment in assignments:
        expert = loaded[assignment.expert]
        entry: dict[str, Any] = {
            "user": assignment.user.id,
            "agent": expert.persona.id,
            "blueprint": expert.blueprint.id,
            "match": assignment.match.model_dump(),
            "seed": assignment.seed,
            "history": None,
        }
        draw = random.Random(f"{settings.seed}/{assignment.number}/continued")
        if before and draw.random() < settings.continued:
            entry |= draw.choice(before)
            entry["cut"] = draw.choice(entry.pop("cuts"))
        for trial in range(min(settings.trials, count - len(listed))):
            identity = make_id("tool_dialogue", assignment.id, entry["history"], entry.get("cut"), trial)
            listed.append({**entry, "id": identity, "number": len(listed), "trial": trial})
    return write_assignments(run, listed, write_cast(run, personas, loaded))


def _list_histories(
    run: Run, shards: list[str], experts: set[tuple[str, ...]], users: set[str]
) -> list[dict[str, Any]]:
    """Return the dialogues that can be gone on from, each with the turns after which: the agent's, before goodbye."""
    found = []
    for shard in shards:
        for number, line in enumerate(run.files.read_lines(shard)):
            dialogue = Dialogue.model_validate(line)
            pair = (dialogue.agent_persona_id, dialogue.blueprint_id)
            stop = next((t.turn_id for t in dialogue.turns if t.act in FAREWELLS), len(dialogue.turns))
            cuts = [turn.turn_id + 1 for turn in dialogue.turns[:stop] if turn.role == "agent"]
            if pair in experts and dialogue.user_persona_id in users and cuts:
                found.append(
                    {
                        "user": dialogue.user_persona_id,
                        "agent": pair[0],
                        "blueprint": pair[1],
                        "match": dialogue.match.model_dump(),
                        "history": [shard, number, dialogue.id],
                        "cuts": cuts,
                    }
                )
    return found


@task(
    name="tool dialogue shard",
    task_run_name="tool-dialogues-{first}-{stop}",
    tags=["streamdial-shard"],
    version="1",
    cache_key_fn=compute_shard_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
async def make_tool_shard(
    settings: ToolUseSettings, assignments: str, content: str, first: int, stop: int, cast_name: str, attempt: str
) -> dict[str, Any]:
    """Make the dialogues first to stop - 1, as `make_shard` does.

    Verified ones are written twice, plain as all phases after this one read them and with calls and results;
    the others apart.

    Args:
        settings: The run.
        assignments: Name of the file of the assignments.
        content: Hash of what it holds.
        first: Number of the first dialogue.
        stop: Number after the last one.
        cast_name: Name of the file of the cast.
        attempt: Which try at the shard this is, see `Ledger.name_attempt`.
    """
    try:
        return await _make_tool_shard(
            open_run(settings), settings, assignments, content, first, stop, cast_name, attempt
        )
    finally:
        if settings.dask:
            await close_run(settings)


async def _make_tool_shard(
    run: Run,
    settings: ToolUseSettings,
    assignments: str,
    content: str,
    first: int,
    stop: int,
    cast_name: str,
    attempt: str,
) -> dict[str, Any]:
    planned = read_assignments(run, assignments, content)
    cast = open_cast(run, cast_name, content, len(planned))

    async def make(entry: dict[str, Any]) -> dict[str, Any]:
        drafts = Counts("tasks")
        try:
            made = await _get_maker(run, settings, cast, entry).make(
                cast.people[entry["user"]],
                seed=entry["seed"],
                record_id=entry["id"],
                match=MatchScore.model_validate(entry["match"]),
                counts=drafts,
                trial=entry["trial"],
                history=_read_history(run, entry),
            )
        except NothingLeftError:
            return {"fault": "no_tasks", "tasks": drafts.to_dict()}
        dialogue = made.dialogue
        fault = None if dialogue.verified and dialogue.stop_reason == "done" else "not_verified"
        return {
            "fault": fault,
            "tasks": drafts.to_dict(),
            "tools": dialogue.model_dump(mode="json"),
            "dialogue": made.plain.model_dump(mode="json"),
        }

    shard = await work_through(run, planned, first, stop, attempt, cast.progress, make)
    counts, drafts, verdicts = shard.counts, Counts("tasks"), Counts("verification")
    files: dict[str, list[str]] = {shard.name: [], name_tool_shard(shard.name): [], name_unverified(shard.name): []}
    checks: Counter[str] = Counter()
    for line in shard.lines:
        counts.made += 1
        drafts.merge(Counts.from_dict(line["tasks"]))
        if "tools" in line:
            dialogue = ToolDialogue.model_validate(line["tools"])
            checks.update(dialogue.checks)
            _count_verdicts(dialogue, verdicts)
        if line["fault"]:
            counts.drop(line["fault"])
            if "tools" in line:
                files[name_unverified(shard.name)].append(dialogue.model_dump_json())
            continue
        counts.kept += 1
        files[shard.name].append(Dialogue.model_validate(line["dialogue"]).model_dump_json())
        files[name_tool_shard(shard.name)].append(dialogue.model_dump_json())
    if checks:
        counts.note(f"wordings refused: {', '.join(f'{name} {count}' for name, count in checks.most_common())}")
    for name, lines in files.items():
        run.files.write_lines(name, lines)
    return shard.report(run, [counts, drafts, verdicts]) | {"trials": _list_trials(shard.lines)}


def _count_verdicts(dialogue: ToolDialogue, counts: Counts) -> None:
    for verdict in dialogue.verdicts:
        counts.asked += 1
        counts.made += 1
        if verdict.passed:
            counts.kept += 1
        else:
            counts.drop(verdict.reasons[0].partition(":")[0])


def _list_trials(lines: list[dict[str, Any]]) -> list[list[Any]]:
    """Return (task, whether it passed) of every trial."""
    return [[v["task"], v["passed"]] for line in lines for v in line.get("tools", {}).get("verdicts", ())]


def _read_history(run: Run, entry: dict[str, Any]) -> tuple[Any, ...]:
    if entry["history"] is None:
        return ()
    shard, number, identity = entry["history"]
    key = ("history", shard)
    if key not in run.shared:
        run.shared[key] = list(run.files.read_lines(shard))
    dialogue = Dialogue.model_validate(run.shared[key][number])
    assert dialogue.id == identity
    return dialogue.turns[: entry["cut"]]


def _get_maker(run: Run, settings: ToolUseSettings, cast: Cast, entry: dict[str, Any]) -> ToolDialogueMaker:
    key = ("tool maker", entry["agent"], entry["blueprint"])
    if key not in run.shared:
        expert = cast.get_expert(entry["agent"], entry["blueprint"])
        world = WorldRecord.model_validate_json(run.files.read(name_world(entry["agent"])))
        run.shared[key] = ToolDialogueMaker(
            world,
            run.pack,
            expert,
            cast.build_bank(expert, expert.persona.language),
            run.model,
            user_model=run.user_model,
            options=ToolOptions(
                mode=settings.mode,
                realisation=run.realisation,
                rules=load_user_rules(settings.user_rules),
                faults=settings.faults,
                tasks=settings.tasks,
                simulated=read_simulated_tools(settings.simulated_tools),
                most_turns=settings.most_turns,
            ),
        )
    maker: ToolDialogueMaker = run.shared[key]
    return maker


def read_simulated_tools(path: str | None) -> tuple[SimulatedTool, ...]:
    """Return the simulated tools of a YAML file: a list of name, description, parameters, returns and rules.

    Raises:
        ConfigurationError: If the file cannot be used.
    """
    if path is None:
        return ()
    try:
        listed = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        return TypeAdapter(tuple[SimulatedTool, ...]).validate_python(listed)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(
            f"the simulated tools of {path} cannot be used: {error}", fix="see docs/tooluse.md for the form"
        ) from error
