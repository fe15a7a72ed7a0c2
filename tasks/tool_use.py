"""Dialogues with tools as tasks: an account's world, the assignments, shards of dialogues."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from prefect import task

from streamdial.counts import Counts
from streamdial.dialogues import assign_dialogues
from streamdial.environment import WorldRecord, build_schema, build_world, fill_schema, propose_tools
from streamdial.errors import NothingLeftError
from streamdial.ids import hash_text, make_id
from streamdial.personas import Knowledge
from streamdial.records import AgentPersona, Dialogue, MatchScore, UserPersona
from streamdial.runs import Manners, ToolUseSettings, load_manners
from streamdial.tasks._caching import TASK_OPTIONS, compute_cache_key, compute_shard_key, is_worth_retrying
from streamdial.tasks._cast import Cast, load_experts, open_cast, write_cast
from streamdial.tasks._histories import list_histories, read_history
from streamdial.tasks._resources import Run, close_run, open_run
from streamdial.tasks._shards import read_assignments, work_through, write_assignments
from streamdial.tasks._worlds import name_tool_shard, name_unverified, name_world
from streamdial.tooluse import ToolDialogue, ToolDialogueMaker, ToolOptions, build_tools

DRAFTS = "drafts of tasks"
"""What the drafts of the tasks of all dialogues are counted under."""


@task(
    name="tool world",
    task_run_name="world-{persona_id}",
    version="2",
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
        simulated = load_manners(settings, run.pack, run.realisation).simulated
        taken = {*(tool.name for tool in made), *(tool.name for tool in simulated)}
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
    version="2",
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

    Returns:
        What `write_assignments` answers, and `counts` of who may ask and what can be gone on from.

    Raises:
        NothingLeftError: If nobody speaks the language of a database.
    """
    run = open_run(settings)
    wanted = set(users)
    personas = [persona for persona in run.store.get("personas", UserPersona) if persona.id in wanted]
    loaded = load_experts(run, experts)
    spoken = {expert.persona.language for expert in loaded}
    heard = Counts("customers", asked=len(personas), made=len(personas))
    # A database has one language; whoever speaks another could not be understood.
    personas = [persona for persona in personas if persona.language in spoken]
    heard.kept = len(personas)
    if strangers := heard.asked - heard.kept:
        heard.drop("other_language", strangers)
    if not personas:
        raise NothingLeftError(heard.phase, dict(heard.dropped))
    plans = -(-count // settings.trials)
    assignments = assign_dialogues(
        personas, loaded, run.embedder, count=plans, seed=settings.seed, shares={"success": 1.0}
    )
    taken_up, before = Counts("histories"), []
    if settings.continued:
        languages = {(expert.persona.id, expert.blueprint.id): expert.persona.language for expert in loaded}
        before = list_histories(run, histories, languages, {persona.id: persona for persona in personas}, taken_up)
    manners = _write_manners(run, load_manners(settings, run.pack, run.realisation))
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
            "manners": manners,
        }
        draw = random.Random(f"{settings.seed}/{assignment.number}/continued")
        if before and draw.random() < settings.continued:
            entry |= draw.choice(before)
            entry["cut"] = draw.choice(entry.pop("cuts"))
        for trial in range(min(settings.trials, count - len(listed))):
            identity = make_id("tool_dialogue", assignment.id, entry["history"], entry.get("cut"), trial)
            listed.append({**entry, "id": identity, "number": len(listed), "trial": trial})
    counts = [heard.to_dict(), *([taken_up.to_dict()] if settings.continued else [])]
    return {**write_assignments(run, listed, write_cast(run, personas, loaded)), "counts": counts}


def _write_manners(run: Run, manners: Manners) -> str:
    """Write down what the given files say, so that no shard needs them, and return the file's name."""
    body = manners.model_dump_json()
    name = f"cast/manners-{hash_text(body)[:12]}.json"
    run.files.write(name, body)
    return name


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
        drafts = Counts(DRAFTS)
        try:
            made = await _get_maker(run, settings, cast, entry).make(
                cast.people[entry["user"]],
                seed=entry["seed"],
                record_id=entry["id"],
                match=MatchScore.model_validate(entry["match"]),
                counts=drafts,
                trial=entry["trial"],
                history=read_history(run, entry),
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
    counts, drafts, verdicts = shard.counts, Counts(DRAFTS), Counts("verification")
    files: dict[str, list[str]] = {shard.name: [], name_tool_shard(shard.name): [], name_unverified(shard.name): []}
    checks: Counter[str] = Counter()
    for line in shard.lines:
        drafts.merge(Counts.from_dict(line["tasks"]))
        if "tools" in line:
            counts.made += 1
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


def _get_maker(run: Run, settings: ToolUseSettings, cast: Cast, entry: dict[str, Any]) -> ToolDialogueMaker:
    key = ("tool maker", entry["agent"], entry["blueprint"])
    if key not in run.shared:
        expert = cast.get_expert(entry["agent"], entry["blueprint"])
        manners = Manners.model_validate_json(run.files.read(entry["manners"]))
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
                rules=manners.rules,
                faults=settings.faults,
                tasks=settings.tasks,
                simulated=manners.simulated,
                most_turns=settings.most_turns,
            ),
        )
    maker: ToolDialogueMaker = run.shared[key]
    return maker
