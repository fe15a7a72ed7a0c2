"""DF as a task: all dialogues of a run in, the ones that do not repeat each other out."""

from __future__ import annotations

import logging
from typing import Any

from prefect import task

from streamdial.counts import Counts
from streamdial.filtering import FilterOptions, filter_dialogues
from streamdial.records import Dialogue
from streamdial.runs import RunSettings, read_lines, write_json
from tasks._caching import RETRY_OPTIONS, is_worth_retrying
from tasks._resources import Run, open_run

logger = logging.getLogger("streamdial.progress")


def read_dialogues(run: Run, shards: list[str]) -> list[Dialogue]:
    """Return the dialogues of shards, in order."""
    folder = run.workspace.assignments.parent
    return [Dialogue.model_validate(line) for name in shards for line in read_lines(folder / name)]


@task(
    name="filter dialogues",
    version="1",
    retry_condition_fn=is_worth_retrying,
    **RETRY_OPTIONS,
)
def filter_shards(settings: RunSettings, shards: list[str]) -> dict[str, Any]:
    """Build the similarity graph, find communities, sample, and store the side vectors of all dialogues.

    Args:
        settings: The run.
        shards: Names of the shard files.
    """
    run = open_run(settings)
    counts = Counts("filter")
    dialogues = read_dialogues(run, shards)
    logger.info("DF: comparing %d dialogues on both sides", len(dialogues))
    options = FilterOptions(
        user_threshold=settings.user_threshold,
        agent_threshold=settings.agent_threshold,
        ratio=settings.keep_ratio,
        quality=settings.quality,
        resolution=settings.resolution,
        seed=settings.seed,
    )
    result = filter_dialogues(dialogues, run.embedder, options, counts)
    if dialogues:
        run.store.put("dialogues", dialogues, {"user": result.vectors.user, "agent": result.vectors.agent})
    communities = len(set(result.membership.tolist()))
    counts.note(f"{len(result.graph.edges)} edges, {communities} communities")
    write_json(
        run.workspace.filter,
        {
            "kept": list(result.sample.kept),
            "dropped": [
                {
                    "id": drop.id,
                    "repeats": drop.repeats,
                    "user_score": drop.user_score,
                    "agent_score": drop.agent_score,
                    "reason": drop.reason,
                }
                for drop in result.sample.dropped
            ],
            "edges": [
                [result.graph.ids[left], result.graph.ids[right], float(user), float(agent)]
                for (left, right), user, agent in zip(
                    result.graph.edges.tolist(), result.graph.user_scores, result.graph.agent_scores, strict=True
                )
            ],
            "communities": dict(zip(result.graph.ids, result.membership.tolist(), strict=True)),
            "user_threshold": settings.user_threshold,
            "agent_threshold": settings.agent_threshold,
        },
    )
    return {"kept": len(result.sample.kept), "counts": [counts.to_dict()]}
