"""The steps of a run as Prefect tasks: retried where that may help, cached where their answer stays right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from prefect import Task, task

from streamdial import pipeline
from streamdial.counts import Counts
from streamdial.filtering import Partition
from streamdial.pipeline import AgentPair, RunSettings, ToolUseSettings, close_run, open_run, results
from streamdial.pipeline.remote_workers import join_broker
from streamdial.pipeline.settings import BaseSettings
from streamdial.records import Language
from streamdial.tasks._caching import CACHED, CACHED_SHARD, RETRIED
from streamdial.tasks.artifacts import ShownProgress

Answer = TypeVar("Answer")


@task(name="ingest account", task_run_name="ingest-{recording_id}", tags=["streamdial-account"], version="3", **CACHED)
async def ingest_recording(settings: BaseSettings, recording_id: str) -> results.IngestedRecording:
    """SSI of one recording."""
    return await pipeline.ingest_recording(open_run(settings), recording_id)


@task(name="refresh knowledge", task_run_name="refresh-{recording_id}", version="2", **RETRIED)
async def refresh_account(settings: BaseSettings, recording_id: str, language: Language) -> results.RefreshedKnowledge:
    """Read an account's pages anew; never cached: that they may have changed is the point."""
    return await pipeline.refresh_account(open_run(settings), recording_id, language)


@task(name="user personas", task_run_name="user-personas-{language}", version="3", **CACHED)
async def make_user_personas(
    settings: BaseSettings, language: Language, accounts: dict[str, str], knowledge_marks: list[str]
) -> results.MadeRecords:
    """APS: the user personas of a language."""
    return await pipeline.make_user_personas(open_run(settings), language, accounts, knowledge_marks)


@task(name="agent persona", task_run_name="agent-persona-{account}", version="3", **CACHED)
async def make_agent_persona(
    settings: BaseSettings, account: str, recordings: list[str], knowledge_mark: str
) -> results.MadeRecords:
    """APS: the agent persona of an account."""
    return await pipeline.make_agent_persona(open_run(settings), account, recordings, knowledge_mark)


@task(name="blueprint", task_run_name="blueprint-{persona_id}", version="3", **CACHED)
async def make_blueprint(settings: BaseSettings, persona_id: str, recordings: list[str]) -> results.MadeRecords:
    """CB: the blueprint of an agent persona."""
    return await pipeline.make_blueprint(open_run(settings), persona_id, recordings)


@task(name="given agents", version="3", **CACHED)
async def load_given_agents(settings: BaseSettings, agents: list[str]) -> results.Blueprints:
    """The profiles and plans that were given."""
    return await pipeline.load_given_agents(open_run(settings), agents)


@task(name="take stock", version="1", **RETRIED)
async def take_stock(settings: RunSettings, users: list[str], agents: list[AgentPair]) -> results.Material:
    """IDG: what the participants bring."""
    return await pipeline.take_stock(open_run(settings), users, agents)


@task(name="assign dialogues", version="5", **CACHED)
async def assign_run(
    settings: RunSettings, users: list[str], agents: list[AgentPair], count: int
) -> results.Assignments:
    """IDG: which user talks to which agent along which path."""
    return await pipeline.assign_run(open_run(settings), users, agents, count)


@task(
    name="dialogue shard",
    task_run_name="dialogues-{first}-{stop}",
    tags=["streamdial-shard"],
    version="5",
    **CACHED_SHARD,
)
async def make_shard(
    settings: RunSettings,
    assignments: str,
    content: str,
    first: int,
    stop: int,
    participants: str,
    attempt: str,
    broker: str = "",
) -> results.MadeShard:
    """IDG: the dialogues first to stop - 1; models are asked as the broker allows, where there is one."""
    given = (assignments, content, first, stop, participants, attempt)
    return await _make_shard(pipeline.make_shard, settings, broker, *given)


@task(name="embed dialogues", version="1", **RETRIED)
async def embed_shards(settings: BaseSettings, shards: list[str]) -> list[Partition]:
    """DF on Dask workers: the side vectors, and how they are cut into partitions."""
    return await pipeline.embed_shards(open_run(settings), shards)


@task(name="compare partition", version="2", **RETRIED)
async def compare_partition_of(settings: BaseSettings, partition: Partition) -> str:
    """DF on Dask workers: the edges of one partition."""
    return await pipeline.compare_partition_of(open_run(settings), partition)


@task(name="filter dialogues", version="3", **RETRIED)
async def filter_shards(
    settings: BaseSettings, shards: list[str], partitions: list[str] | None = None
) -> results.Filtered:
    """DF: the filter over all dialogues of the run."""
    return await pipeline.filter_shards(open_run(settings), shards, partitions)


@task(name="export data set", version="3", **RETRIED)
async def export_shards(
    settings: BaseSettings, shards: list[str], counts: list[Counts], participants: results.Participants
) -> results.Exported:
    """Data set, card and report."""
    return await pipeline.export_shards(open_run(settings), shards, counts, participants)


@task(name="table account", version="3", **CACHED)
async def make_table_account(settings: ToolUseSettings) -> results.Participants:
    """The account of a given table, and users sampled for it."""
    return await pipeline.make_table_account(open_run(settings))


@task(name="base run", version="3", **CACHED)
async def load_base(settings: ToolUseSettings) -> results.Participants:
    """What a finished run has: its personas, blueprints, knowledge and dialogues."""
    return await pipeline.load_base(open_run(settings))


@task(name="environment", task_run_name="environment-{persona_id}", version="3", **CACHED)
async def make_environment(settings: ToolUseSettings, persona_id: str) -> results.MadeEnvironment:
    """The database with tools of an agent's knowledge."""
    return await pipeline.make_environment(open_run(settings), persona_id)


@task(name="assign tool dialogues", version="3", **CACHED)
async def assign_tool_run(
    settings: ToolUseSettings, users: list[str], agents: list[AgentPair], histories: list[str], count: int
) -> results.Assignments:
    """Which user asks which agent for what."""
    return await pipeline.assign_tool_run(open_run(settings), users, agents, histories, count)


@task(
    name="tool dialogue shard",
    task_run_name="tool-dialogues-{first}-{stop}",
    tags=["streamdial-shard"],
    version="2",
    **CACHED_SHARD,
)
async def make_tool_shard(
    settings: ToolUseSettings,
    assignments: str,
    content: str,
    first: int,
    stop: int,
    participants: str,
    attempt: str,
    broker: str = "",
) -> results.MadeShard:
    """The dialogues with tools first to stop - 1; models are asked as the broker allows, where there is one."""
    given = (assignments, content, first, stop, participants, attempt)
    return await _make_shard(pipeline.make_tool_shard, settings, broker, *given)


async def _make_shard(
    step: Callable[..., Awaitable[results.MadeShard]],
    settings: BaseSettings,
    broker: str,
    *given: Any,  # noqa: ANN401
) -> results.MadeShard:
    run = open_run(settings)
    run.show_progress = run.show_progress or ShownProgress(settings).show
    try:
        async with join_broker(run, broker):
            return await step(run, *given)
    finally:
        # A Dask worker runs each task in an event loop of its own, which a model's connections do not outlive.
        if settings.scale.dask:
            await close_run(settings)


TASKS: dict[Callable[..., Any], Task[..., Any]] = {
    getattr(pipeline, made.fn.__name__): made for made in list(globals().values()) if isinstance(made, Task)
}
"""The task of each step; both have one name."""
ON_WORKERS = (pipeline.make_shard, pipeline.make_tool_shard, pipeline.compare_partition_of)
"""Steps that go to the task runner where there is one."""


async def run_task(step: Callable[..., Awaitable[Answer]], run: pipeline.Run[Any], /, *given: Any) -> Answer:  # noqa: ANN401
    """Carry out a step of a run as its Prefect task, on a Dask worker where the run has some."""
    made = TASKS[step]
    if run.settings.scale.dask and step in ON_WORKERS:
        asked = {"broker": run.remote.address} if run.remote else {}
        future: Any = made.submit(run.settings, *given, **asked)
        answer: Answer = await asyncio.to_thread(future.result)
        return answer
    done: Answer = await made(run.settings, *given)
    return done
