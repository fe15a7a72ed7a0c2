"""IDG as tasks: the assignments of a run, then shards of dialogues."""

from __future__ import annotations

from collections import Counter
from typing import Any

from prefect import task

from streamdial.blueprints import BehaviourPlan
from streamdial.counts import Counts
from streamdial.dialogues import Goal, assign_dialogues, list_cells
from streamdial.records import Dialogue, MatchScore, UserPersona
from streamdial.runs import RunSettings
from streamdial.tasks._caching import TASK_OPTIONS, compute_cache_key, compute_shard_key, is_worth_retrying
from streamdial.tasks._cast import load_experts, open_cast, write_cast
from streamdial.tasks._resources import Run, close_run, open_run
from streamdial.tasks._shards import read_assignments, work_through, write_assignments


@task(
    name="assign dialogues",
    version="4",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
def plan_dialogues(settings: RunSettings, users: list[str], experts: list[list[str]], count: int) -> dict[str, Any]:
    """Decide who talks to whom along which path, and write it down, with all that the shards need of the store.

    Args:
        settings: The run.
        users: Ids of the user personas.
        experts: (agent persona, blueprint) ids.
        count: Dialogues wanted; part of the arguments, because it is no part of the fingerprint.
    """
    run = open_run(settings)
    wanted = set(users)
    personas = [persona for persona in run.store.get("personas", UserPersona) if persona.id in wanted]
    loaded = load_experts(run, experts)
    shares = {str(outcome): share for outcome, share in settings.outcome_shares.items()}
    assignments = assign_dialogues(
        personas,
        loaded,
        run.embedder,
        count=count,
        seed=settings.seed,
        shares=shares,
        behaviour_shares=settings.behaviour_shares,
        second_goals=settings.second_goals,
        human_rules=settings.human_rules,
    )
    listed = [
        {
            "number": a.number,
            "id": a.id,
            "user": a.user.id,
            "agent": loaded[a.expert].persona.id,
            "blueprint": loaded[a.expert].blueprint.id,
            "path": a.path,
            "strategy": a.strategy,
            "match": a.match.model_dump(),
            "seed": a.seed,
            "planned": sorted(a.behaviours.planned),
            "avoided": sorted(a.behaviours.avoided),
            "rules": a.human_rules,
            "then": [[goal.user.id, goal.path] for goal in a.then],
        }
        for a in assignments
    ]
    return write_assignments(run, listed, write_cast(run, personas, loaded))


@task(
    name="dialogue shard",
    task_run_name="dialogues-{first}-{stop}",
    tags=["streamdial-shard"],
    version="4",
    cache_key_fn=compute_shard_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
async def make_shard(
    settings: RunSettings, assignments: str, content: str, first: int, stop: int, cast_name: str, attempt: str
) -> dict[str, Any]:
    """Make the dialogues first to stop - 1 and write them as one shard.

    Each finished dialogue is journalled at once: a killed shard takes up after the last one. A dialogue that fails
    for good goes to the dead letters and holds nobody up; one that a budget no longer allows is left for later.

    Args:
        settings: The run.
        assignments: Name of the file of the assignments.
        content: Hash of what it holds; part of what decides the answer.
        first: Number of the first dialogue.
        stop: Number after the last one.
        cast_name: Name of the file of the cast, with a hash of what it holds.
        attempt: Which try at the shard this is, see `Ledger.name_attempt`.
    """
    try:
        return await _make_shard(open_run(settings), assignments, content, first, stop, cast_name, attempt)
    finally:
        # A Dask worker runs each task in an event loop of its own, which a model's connections do not outlive.
        if settings.dask:
            await close_run(settings)


async def _make_shard(
    run: Run, assignments: str, content: str, first: int, stop: int, cast_name: str, attempt: str
) -> dict[str, Any]:
    planned = read_assignments(run, assignments, content)
    cast = open_cast(run, cast_name, content, len(planned))

    async def make(entry: dict[str, Any]) -> dict[str, Any]:
        dialogue, fault = await cast.get_maker(entry["agent"], entry["blueprint"]).make(
            cast.people[entry["user"]],
            path=entry["path"],
            seed=entry["seed"],
            record_id=entry["id"],
            match=MatchScore.model_validate(entry["match"]),
            behaviours=BehaviourPlan(frozenset(entry["planned"]), frozenset(entry["avoided"])),
            strategy=entry["strategy"],
            then=[Goal(cast.people[user], path) for user, path in entry["then"]],
            human_rules=entry["rules"],
        )
        return {"fault": fault, "dialogue": dialogue.model_dump(mode="json")}

    shard = await work_through(run, planned, first, stop, attempt, cast.progress, make)
    kept = _keep_dialogues(shard.lines, shard.counts)
    run.files.write_lines(shard.name, (dialogue.model_dump_json() for dialogue in kept))
    return shard.report(run, [shard.counts]) | {"cells": list_cells(kept)}


def _keep_dialogues(lines: list[dict[str, Any]], counts: Counts) -> list[Dialogue]:
    kept = []
    checks: Counter[str] = Counter()
    for line in lines:
        counts.made += 1
        if line["fault"]:
            counts.drop(line["fault"])
            continue
        counts.kept += 1
        kept.append(Dialogue.model_validate(line["dialogue"]))
        checks.update(kept[-1].checks)
    if checks:
        told = ", ".join(f"{name} {count}" for name, count in checks.most_common())
        counts.note(f"wordings refused: {told}")
    return kept
