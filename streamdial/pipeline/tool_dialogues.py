"""The steps of dialogues with tools: an account's environment, the assignments, shards of dialogues."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from streamdial.counts import Counts
from streamdial.dialogues import assign_dialogues
from streamdial.environment import (
    EnvironmentRecord,
    ExternalTool,
    build_environment,
    build_schema,
    fill_schema,
    propose_tools,
)
from streamdial.errors import ConfigurationError, NothingLeftError
from streamdial.ids import hash_text, make_id
from streamdial.personas import Knowledge
from streamdial.pipeline.generation_rules import GenerationRules, load_external, load_generation_rules
from streamdial.pipeline.histories import list_histories, read_history
from streamdial.pipeline.participants import (
    LoadedParticipants,
    load_agents,
    open_participants,
    write_participants,
)
from streamdial.pipeline.results import AgentPair, Assignments, MadeEnvironment, MadeShard
from streamdial.pipeline.run import Run
from streamdial.pipeline.shards import read_assignments, work_through, write_assignments
from streamdial.pipeline.tool_settings import ToolUseSettings
from streamdial.pipeline.workspace import name_environment, name_tool_shard, name_unverified
from streamdial.records import AgentPersona, Dialogue, MatchScore, UserPersona
from streamdial.strategies import StrategyChoice, open_strategies, open_strategy
from streamdial.tooluse import ToolDialogue, ToolDialogueMaker, ToolOptions, build_tools

DRAFTS = "drafts of tasks"
"""What the drafts of the tasks of all dialogues are counted under."""


async def make_environment(run: Run[ToolUseSettings], persona_id: str) -> MadeEnvironment:
    """Make a database with tools of an agent persona's knowledge, and write it down.

    Args:
        run: The run.
        persona_id: Id of the agent persona.

    Returns:
        The name of its file, None where less than two things are sold; and the reports of cells and tools.
    """
    settings = run.settings
    persona = next(p for p in run.store.get("personas", AgentPersona) if p.id == persona_id)
    knowledge = Knowledge(persona.knowledge, run.pack)
    databases, tools = Counts("databases", asked=1), Counts("tools")
    if len(knowledge.entities) < 2:
        databases.drop("nothing_to_choose_from")
        return MadeEnvironment(None, [databases])
    cells = Counts("cells of databases")
    schema = build_schema(knowledge, persona.language)
    contents = fill_schema(schema, knowledge, settings.dialogues.seed, cells)
    made = build_tools(schema, run.pack)
    tools.asked = tools.made = tools.kept = len(made)
    world = build_environment(persona.id, schema, contents, made)
    if settings.tool_use.tools == "model":
        rules = load_generation_rules(settings, run.pack, run.mode)
        taken = {tool.name for tool in made} | {tool.name for tool in rules.simulated}
        taken |= {tool.name for tool in _get_external(run, rules)}
        database = world.open_database()
        more = await propose_tools(run.model, database, run.pack, tools, taken=taken, seed=settings.dialogues.seed)
        database.close()
        world = build_environment(persona.id, schema, contents, (*made, *more))
    name = name_environment(persona.id)
    run.files.write(name, world.model_dump_json())
    databases.made = databases.kept = 1
    return MadeEnvironment(name, [databases, cells, tools])


async def assign_tool_run(
    run: Run[ToolUseSettings], users: list[str], agents: list[AgentPair], histories: list[str], count: int
) -> Assignments:
    """Decide who asks which agent for what, and which dialogues go on from one of the base run.

    Args:
        run: The run.
        users: Ids of the user personas.
        agents: The agents that have a database, with their blueprints.
        histories: Names of the base run's shards in this run's folder; none where nothing is gone on from.
        count: Dialogues wanted; part of the arguments, because it is no part of the fingerprint.

    Raises:
        NothingLeftError: If nobody speaks the language of a database.
    """
    settings, wanted = run.settings, set(users)
    personas = [persona for persona in run.store.get("personas", UserPersona) if persona.id in wanted]
    loaded = load_agents(run, agents)
    spoken = {expert.persona.language for expert in loaded}
    heard = Counts("customers", asked=len(personas), made=len(personas))
    # A database has one language; whoever speaks another could not be understood.
    personas = [persona for persona in personas if persona.language in spoken]
    heard.kept = len(personas)
    if strangers := heard.asked - heard.kept:
        heard.drop("other_language", strangers)
    if not personas:
        raise NothingLeftError(heard.phase, dict(heard.dropped))
    plans = -(-count // settings.dialogues.trials)
    assignments = assign_dialogues(
        personas, loaded, run.embedder, count=plans, seed=settings.dialogues.seed, shares={"success": 1.0}
    )
    taken_up, before = Counts("histories"), []
    if settings.dialogues.continued:
        languages = {(expert.persona.id, expert.blueprint.id): expert.persona.language for expert in loaded}
        before = list_histories(run, histories, languages, {persona.id: persona for persona in personas}, taken_up)
    choices = settings.strategies.list_choices()
    require_advising(choices)
    rules = _write_rules(run, load_generation_rules(settings, run.pack, run.mode))
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
            "manners": rules,
        }
        drawn = [choice for choice in choices if choice.is_drawn(assignment.number, settings.dialogues.seed)]
        if drawn:
            entry["strategies"] = [[choice.name, choice.options] for choice in drawn]
        draw = random.Random(f"{settings.dialogues.seed}/{assignment.number}/continued")
        if before and draw.random() < settings.dialogues.continued:
            entry |= draw.choice(before)
            entry["cut"] = draw.choice(entry.pop("cuts"))
        for trial in range(min(settings.dialogues.trials, count - len(listed))):
            identity = make_id("tool_dialogue", assignment.id, entry["history"], entry.get("cut"), trial)
            listed.append({**entry, "id": identity, "number": len(listed), "trial": trial})
    counts = [heard, *([taken_up] if settings.dialogues.continued else [])]
    return write_assignments(run, listed, write_participants(run, personas, loaded), counts)


def require_advising(choices: Sequence[StrategyChoice]) -> None:
    """Refuse strategies that have no part in dialogues with tools: those of plans, and those of finished dialogues.

    Raises:
        ConfigurationError: With the first of them.
    """
    for choice in choices:
        strategy = open_strategy(choice.name, choice.options)
        if strategy.KIND in ("planner", "derive", "rewriter", "memory"):
            raise ConfigurationError(
                f"strategy {choice.name} is of the kind {strategy.KIND}, which dialogues with tools do not have.",
                fix="leave it out, or use it with streamdial run",
            )


def _write_rules(run: Run, rules: GenerationRules) -> str:
    """Write down what the given files say, so that no shard needs them, and return the file's name."""
    body = rules.model_dump_json()
    name = f"cast/manners-{hash_text(body)[:12]}.json"
    run.files.write(name, body)
    return name


async def make_tool_shard(
    run: Run[ToolUseSettings], assignments: str, content: str, first: int, stop: int, participants: str, attempt: str
) -> MadeShard:
    """Make the dialogues first to stop - 1, as `make_shard` does.

    Verified ones are written twice, plain as all phases after this one read them and with calls and results;
    the others apart.

    Args:
        run: The run.
        assignments: Name of the file of the assignments.
        content: Hash of what it holds.
        first: Number of the first dialogue.
        stop: Number after the last one.
        participants: Name of the file of those who take part.
        attempt: Which try at the shard this is, see `DeadLetters.name_attempt`.
    """
    if run.pool is not None:
        return await run.pool.make("make_tool_shard", assignments, content, first, stop, participants, attempt)
    planned = read_assignments(run, assignments, content)
    known = open_participants(run, participants, content, len(planned))

    async def make(entry: dict[str, Any]) -> dict[str, Any]:
        drafts = Counts(DRAFTS)
        try:
            made = await _get_maker(run, known, entry).make(
                known.users[entry["user"]],
                seed=entry["seed"],
                record_id=entry["id"],
                match=MatchScore.model_validate(entry["match"]),
                counts=drafts,
                trial=entry["trial"],
                history=read_history(run, entry),
                number=entry["number"],
                strategies=open_strategies(entry),
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

    shard = await work_through(run, planned, first, stop, attempt, known.progress, make)
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
    return shard.report(run, [counts, drafts, verdicts], trials=_list_trials(shard.lines))


def _count_verdicts(dialogue: ToolDialogue, counts: Counts) -> None:
    for verdict in dialogue.verdicts:
        counts.asked += 1
        counts.made += 1
        if verdict.passed:
            counts.kept += 1
        else:
            counts.drop(verdict.reasons[0].partition(":")[0])


def _list_trials(lines: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Return (task, whether it passed) of every trial."""
    return [(v["task"], v["passed"]) for line in lines for v in line.get("tools", {}).get("verdicts", ())]


def _get_external(run: Run[ToolUseSettings], rules: GenerationRules) -> tuple[ExternalTool, ...]:
    """Return the tools of the user's own; their file is read, a Python one executed, once a run in each process."""
    if "external tools" not in run.shared:
        run.shared["external tools"] = load_external(run.settings, run.pack, rules)
    tools: tuple[ExternalTool, ...] = run.shared["external tools"]
    return tools


def _get_maker(run: Run[ToolUseSettings], known: LoadedParticipants, entry: dict[str, Any]) -> ToolDialogueMaker:
    settings = run.settings
    key = ("tool maker", entry["agent"], entry["blueprint"])
    if key not in run.shared:
        agent = known.get_agent(entry["agent"], entry["blueprint"])
        rules = GenerationRules.model_validate_json(run.files.read(entry["manners"]))
        world = EnvironmentRecord.model_validate_json(run.files.read(name_environment(entry["agent"])))
        run.shared[key] = ToolDialogueMaker(
            world,
            run.pack,
            agent,
            known.build_bank(agent, agent.persona.language),
            run.model if run.words_turns else None,
            user_model=run.user_model if run.words_turns and settings.models.user_model else None,
            options=ToolOptions(
                mode=settings.tool_use.orientation,
                realisation=run.mode,
                user_policy=settings.models.user_policy,
                agent_policy=settings.models.agent_policy,
                rules=rules.rules,
                faults=settings.tool_use.faults,
                tasks=settings.tool_use.tasks,
                simulated=rules.simulated,
                external=_get_external(run, rules),
                max_turns=settings.dialogues.max_turns,
            ),
        )
    maker: ToolDialogueMaker = run.shared[key]
    return maker
