"""The phases of a run: the steps of each, and what it reports.

A step is a function of the run and of ids, names and numbers. Whoever runs a phase says how a step is carried out: by a
plain call, or by the Prefect task that wraps it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from streamdial.counts import Counts
from streamdial.dialogues import describe_coverage
from streamdial.errors import MissingMaterialError, NothingLeftError
from streamdial.files import write_json
from streamdial.pipeline.blueprints import make_blueprint
from streamdial.pipeline.candidates import count_candidates
from streamdial.pipeline.dead_letters import DeadLetters
from streamdial.pipeline.dialogues import assign_run, make_shard
from streamdial.pipeline.exporting import export_shards
from streamdial.pipeline.filtering import compare_partition_of, embed_shards, filter_shards
from streamdial.pipeline.fingerprint import collect_parts
from streamdial.pipeline.generation_rules import load_external, load_generation_rules
from streamdial.pipeline.given_agents import load_given_agents
from streamdial.pipeline.knowledge import mark_knowledge, refresh_account
from streamdial.pipeline.material import list_missing, take_stock
from streamdial.pipeline.mining import open_reading
from streamdial.pipeline.personas import make_agent_persona, make_user_personas
from streamdial.pipeline.progress import count_finished, cut_into_shards
from streamdial.pipeline.results import (
    AgentOfRecordings,
    AgentPair,
    Assignments,
    Blueprints,
    Exported,
    Filtered,
    Generated,
    IngestedRecording,
    MadeShard,
    Participants,
    Personas,
    Refreshed,
    Signals,
    dump_counts,
    list_counts,
    merge_counts,
)
from streamdial.pipeline.run import Run
from streamdial.pipeline.settings import RunSettings
from streamdial.pipeline.shards import count_open
from streamdial.pipeline.signals import ingest_recording, list_recordings
from streamdial.pipeline.tool_accounts import load_base, make_table_account
from streamdial.pipeline.tool_dialogues import assign_tool_run, make_environment, make_tool_shard
from streamdial.pipeline.tool_settings import ToolUseSettings
from streamdial.pipeline.workers import open_pool
from streamdial.tooluse import measure_pass_hat

logger = logging.getLogger("streamdial.progress")
Answer = TypeVar("Answer")
ShardStep = Callable[[Any, str, str, int, int, str, str], Awaitable[MadeShard]]


class Execute(Protocol):
    """Carries out one step of a run."""

    async def __call__(self, step: Callable[..., Awaitable[Answer]], run: Run[Any], /, *given: Any) -> Answer:  # noqa: ANN401
        """Return the result of the step."""
        ...


async def call_step(step: Callable[..., Awaitable[Answer]], run: Run[Any], /, *given: Any) -> Answer:  # noqa: ANN401
    """Carry out a step by calling it."""
    return await step(run, *given)


def save_counts(run: Run, phase: str, reports: Sequence[Counts]) -> list[Counts]:
    """Write down what became of what in a phase, and return it with reports of one step added up."""
    merged = merge_counts(reports)
    write_json(run.workspace.counts(phase), dump_counts(merged))
    return merged


def require_kept(reports: Sequence[Counts], phase: str) -> None:
    """Stop with the reasons where a step kept nothing, or nothing came in to it.

    Raises:
        NothingLeftError: With the reasons.
    """
    counts = next((report for report in reports if report.phase == phase), Counts(phase))
    if not counts.kept:
        raise NothingLeftError(phase, dict(counts.dropped))


async def ingest(run: Run, execute: Execute = call_step) -> Signals:
    """SSI: every recording of the sources, each in a step of its own.

    Raises:
        NothingLeftError: If no recording belongs to the domain, or nobody asks anything in those that do.
    """
    run.prepare()
    results = await asyncio.gather(*(execute(ingest_recording, run, files.id) for files in list_recordings(run)))
    counts = save_counts(run, "1-signals", [*count_candidates(run), *list_counts(results)])
    require_kept(counts, "screening")
    kept = [result for result in results if result.kept]
    # Where readers are found in pages nobody need ask or answer in chat.
    if not open_reading(run.settings):
        require_kept(counts, "questions")
    return Signals(kept, [result.recording for result in results], counts)


async def refresh(run: Run, recordings: Sequence[IngestedRecording], execute: Execute = call_step) -> Refreshed:
    """Read the pages of ingested recordings anew: newer facts replace older ones, both are kept."""
    changes: dict[str, list[str]] = {}
    reports: list[Counts] = []
    # One after the other: two recordings may be of one account.
    for recording in recordings:
        refreshed = await execute(refresh_account, run, recording.recording, recording.language)
        changes.setdefault(refreshed.account, []).extend(refreshed.changes)
        reports += refreshed.counts
        for change in refreshed.changes:
            logger.info("knowledge: %s", change)
    return Refreshed(changes, merge_counts(reports))


async def build_personas(run: Run, recordings: Sequence[IngestedRecording], execute: Execute = call_step) -> Personas:
    """APS: user personas of each language, an agent persona of each account.

    Raises:
        NothingLeftError: If the questions make no persona.
    """
    users: list[str] = []
    reports: list[Counts] = []
    for language in sorted({recording.language for recording in recordings}):
        accounts = {r.recording: str(r.account) for r in recordings if r.language == language}
        marks = [mark_knowledge(run, account) for account in sorted(set(accounts.values()))]
        made = await execute(make_user_personas, run, language, accounts, marks)
        users += made.ids
        reports += made.counts
    agents = []
    for account in sorted({str(recording.account) for recording in recordings}):
        ids = sorted(recording.recording for recording in recordings if recording.account == account)
        made = await execute(make_agent_persona, run, account, ids, mark_knowledge(run, account))
        agents.append(AgentOfRecordings(made.ids[0], ids))
        reports += made.counts
    counts = save_counts(run, "2-personas", reports)
    require_kept(counts, "user personas")
    return Personas(users, agents, counts)


async def build_blueprints(run: Run, agents: Sequence[AgentOfRecordings], execute: Execute = call_step) -> Blueprints:
    """CB: a checked blueprint of each agent persona, and the agents and plans that were given."""
    made = [await execute(make_blueprint, run, agent.persona, agent.recordings) for agent in agents]
    pairs = [AgentPair(agent.persona, result.ids[0]) for agent, result in zip(agents, made, strict=True)]
    reports = list_counts(made)
    if run.settings.sources.profiles or run.settings.sources.plans:
        given = await execute(load_given_agents, run, [agent.persona for agent in agents])
        pairs += given.agents
        reports += given.counts
    return Blueprints(pairs, save_counts(run, "3-blueprints", reports))


async def generate(
    run: Run[RunSettings], users: list[str], agents: list[AgentPair], execute: Execute = call_step
) -> Generated:
    """IDG: the assignments, then the shards of dialogues, as many at a time as keep the model busy.

    Once a budget is used up no further shard is begun; what is left is told.

    Raises:
        NothingLeftError: If no dialogue could be used.
    """
    told = await _check_material(run, users, agents, execute)
    planned = await execute(assign_run, run, users, agents, run.settings.dialogues.count)
    shards, left = await _make_shards(run, planned, make_shard, execute)
    told.note(describe_coverage((cell for shard in shards for cell in shard.cells), len(users)))
    return _report_dialogues(run, shards, left, [told])


async def _check_material(run: Run[RunSettings], users: list[str], agents: list[AgentPair], execute: Execute) -> Counts:
    """Say what there is to make dialogues of; stop where it is not enough.

    Raises:
        MissingMaterialError: If it is not, and nobody said that it will do.
    """
    given = run.settings.sources
    material = await execute(take_stock, run, users, agents)
    logger.info("IDG: there are %s", material.describe())
    missing = list_missing(
        material, profiles=bool(given.profiles), plans=bool(given.plans), pages=bool(open_reading(run.settings))
    )
    if missing and not given.allow_empty:
        raise MissingMaterialError(material.describe(), missing)
    for what in missing:
        logger.warning("IDG: %s; going on because of --allow-empty", what)
    told = Counts("dialogues")
    told.note(f"made of {material.describe()}")
    return told


async def _make_shards(
    run: Run[Any], planned: Assignments, step: ShardStep, execute: Execute
) -> tuple[list[MadeShard], int]:
    """Make all shards of a plan and take in their dead letters; return them and how many dialogues a budget left."""
    letters = DeadLetters(run.workspace.dead_letters)
    finished = count_finished(run, planned.count)
    # One more than can be busy, so that a shard that ends leaves no gap.
    busy = run.processes * (1 + max(1, -(-count_open(run) // run.settings.scale.shard_size)))
    cut = cut_into_shards(run, planned.count)
    # Finished shards are looked up one by one beside those that are left to make: these need not wait for them.
    places, looked_up = asyncio.Semaphore(busy), asyncio.Semaphore(1 if len(finished) < len(cut) else busy)
    left = 0

    async def make(first: int, stop: int) -> MadeShard | None:
        nonlocal left
        known = run.workspace.name_shard(first, stop) in finished
        async with looked_up if known else places:
            if left and not known:
                left += stop - first
                return None
            attempt = letters.name_attempt(first, stop, retry=run.settings.scale.retry_failed)
            made = await execute(step, run, planned.name, planned.hash, first, stop, planned.participants, attempt)
            left += made.left
            return run.remote.count(made) if run.remote else made

    async with open_pool(run, planned.count):
        results = await asyncio.gather(*(make(*shard) for shard in cut))
    made = [result for result in results if result is not None]
    DeadLetters(run.workspace.dead_letters).take_in(entry for shard in made for entry in shard.entries)
    return made, left


def _report_dialogues(run: Run, shards: Sequence[MadeShard], left: int, told: Sequence[Counts]) -> Generated:
    """Return what became of the dialogues of all shards; where none could be used, stop with the reasons.

    Raises:
        NothingLeftError: If no dialogue could be used, and none is lost or left.
    """
    counts = save_counts(run, "4-dialogues", [*told, *list_counts(shards)])
    failed = [name for shard in shards for name in shard.failed]
    if not failed and not left:
        require_kept(counts, "dialogues")
    # Each was told when it was made what the models had been asked by then.
    usage = max((shard.usage for shard in shards), key=lambda usage: sum(usage.get("calls", {}).values()), default={})
    return Generated([shard.name for shard in shards], failed, left, counts, usage)


def check_given_files(run: Run[ToolUseSettings]) -> None:
    """Find out that the files a run is given are there and can be used: no shard needs them later.

    Raises:
        ConfigurationError: If one is missing or wrong.
    """
    collect_parts(run.settings)
    load_external(run.settings, run.pack, load_generation_rules(run.settings, run.pack, run.mode))


async def find_participants(run: Run[ToolUseSettings], execute: Execute = call_step) -> Participants:
    """Return users and agents of a table or of the base run.

    Raises:
        NothingLeftError: If there is nobody who asks.
    """
    run.prepare()
    based = bool(run.settings.sources.base)
    made = await (execute(load_base, run) if based else execute(make_table_account, run))
    counts = save_counts(run, "2-personas", made.counts)
    require_kept(counts, "base run" if based else "user personas")
    return Participants(made.users, made.agents, counts, made.histories, made.names)


async def make_environments(
    run: Run[ToolUseSettings], agents: Sequence[AgentPair], execute: Execute = call_step
) -> Blueprints:
    """Make a database with tools of each agent's knowledge; agents whose knowledge names too little are left out.

    Raises:
        NothingLeftError: If no agent has one.
    """
    made = {
        agent: await execute(make_environment, run, agent) for agent in dict.fromkeys(pair.agent for pair in agents)
    }
    counts = save_counts(run, "3-worlds", list_counts(made.values()))
    require_kept(counts, "databases")
    return Blueprints([pair for pair in agents if made[pair.agent].name], counts)


async def generate_tool_dialogues(
    run: Run[ToolUseSettings],
    users: list[str],
    agents: list[AgentPair],
    histories: list[str],
    execute: Execute = call_step,
) -> Generated:
    """Make the dialogues in shards; of several trials a plan the chance that all pass is told as pass^k.

    Raises:
        NothingLeftError: If no dialogue could be used.
    """
    planned = await execute(assign_tool_run, run, users, agents, histories, run.settings.dialogues.count)
    shards, left = await _make_shards(run, planned, make_tool_shard, execute)
    trials = run.settings.dialogues.trials
    passes = _measure_passes(trials, [trial for shard in shards for trial in shard.trials])
    told = Counts("dialogues")
    if trials > 1:
        told.note(", ".join(f"pass^{k} {value:.3f}" for k, value in passes.items()))
    made = _report_dialogues(run, shards, left, [*planned.counts, told])
    return Generated(made.shards, made.failed, made.left, made.counts, made.usage, passes)


def _measure_passes(trials: int, verdicts: Sequence[tuple[str, bool]]) -> dict[str, float]:
    """Return pass^k for each k up to the trials, over the tasks that were tried so often."""
    tried: dict[str, list[bool]] = {}
    for task, passed in verdicts:
        tried.setdefault(task, []).append(passed)
    whole = {task: passed for task, passed in tried.items() if len(passed) >= trials}
    return {str(k): round(measure_pass_hat(whole, k), 4) for k in range(1, trials + 1)} if whole else {}


async def filter_run(run: Run, shards: list[str], execute: Execute = call_step) -> Filtered:
    """DF: the graph filter over all dialogues of the run; with Dask workers, they compare its parts."""
    compared: list[str] | None = None
    if run.settings.scale.dask:
        parts = await execute(embed_shards, run, shards)
        compared = await asyncio.gather(*(execute(compare_partition_of, run, part) for part in parts))
    made = await execute(filter_shards, run, shards, compared)
    return Filtered(made.kept, save_counts(run, "5-filter", made.counts))


async def export_run(
    run: Run, shards: list[str], counts: list[Counts], participants: Participants, execute: Execute = call_step
) -> Exported:
    """Write the data set and the report page."""
    logger.info("writing data set and report")
    return await execute(export_shards, run, shards, counts, participants)


def write_summary(
    run: Run, generated: Generated, exported: Exported, counts: Sequence[Counts], read: Sequence[str]
) -> dict[str, Any]:
    """Write the summary of a run, and return it as JSON values.

    Args:
        run: The run.
        generated: What its generator made.
        exported: What was written.
        counts: Reports of all phases.
        read: Ids of the recordings that were read.
    """
    summary = {
        "fingerprint": run.workspace.fingerprint,
        "recordings_read": list(read),
        "dialogues_asked": run.settings.dialogues.count,
        "dialogues_kept": exported.dialogues,
        "failed": generated.failed,
        "left": generated.left,
        "counts": dump_counts(counts),
        "files": exported.files,
        "usage": generated.usage,
        **({"pass_hat": generated.pass_hat} if generated.pass_hat is not None else {}),
    }
    write_json(run.workspace.summary, summary)
    run.files.bring(run.workspace.summary)
    return summary
