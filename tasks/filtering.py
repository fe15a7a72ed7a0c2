"""DF as a task: all dialogues of a run in, the ones that do not repeat each other out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from prefect import task

from streamdial.counts import Counts
from streamdial.filtering import (
    Ask,
    FilterOptions,
    FilterResult,
    GridCell,
    Partition,
    SideVectors,
    SimilarityGraph,
    build_similarity_graph,
    compare_partition,
    count_sizes,
    describe_largest,
    filter_dialogues,
    load_vectors,
    measure_threshold_grid,
    merge_partitions,
    plan_partitions,
    save_vectors,
)
from streamdial.records import Dialogue
from streamdial.runs import RunSettings, write_json
from streamdial.store import VectorStore
from streamdial.tasks._caching import RETRY_OPTIONS, is_worth_retrying
from streamdial.tasks._resources import Run, open_run

GRID = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
"""Thresholds the report shows beside the run's own."""
WIDE_GRID = 5_000
"""Dialogues up to which pairs below the run's thresholds are looked for as well."""
STORED_AT_ONCE = 512
"""Dialogues read and written to the store at once."""
logger = logging.getLogger("streamdial.progress")


def iterate_dialogues(run: Run, shards: list[str]) -> Iterator[Dialogue]:
    """Yield the dialogues of shards, in order, one in memory at a time."""
    for name in shards:
        for line in run.files.read_lines(name):
            yield Dialogue.model_validate(line)


def read_dialogues(run: Run, shards: list[str]) -> list[Dialogue]:
    """Return the dialogues of shards, in order."""
    return list(iterate_dialogues(run, shards))


@task(
    name="filter dialogues",
    version="2",
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
    logger.info("DF: comparing the dialogues of %d shards on both sides", len(shards))
    options = FilterOptions(
        user_threshold=settings.user_threshold,
        agent_threshold=settings.agent_threshold,
        ratio=settings.keep_ratio,
        quality=settings.quality,
        resolution=settings.resolution,
        seed=settings.seed,
        method=settings.similarity,
    )
    result = filter_dialogues(iterate_dialogues(run, shards), run.embedder, options, counts)
    _store_vectors(run, shards, result.vectors)
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
            "grid": _measure_grid(result),
            "sizes": count_sizes(result.membership),
            "largest": describe_largest(result.graph, result.membership, result.sample),
            "user_threshold": settings.user_threshold,
            "agent_threshold": settings.agent_threshold,
            "options": options.model_dump(),
            "edge_recall": result.graph.edge_recall,
        },
    )
    return {"kept": len(result.sample.kept), "counts": [counts.to_dict()]}


@task(name="compare partition", version="1", retry_condition_fn=is_worth_retrying, **RETRY_OPTIONS)
def compare_files(folder: str, partition: Partition, user_threshold: float, agent_threshold: float) -> str:
    """Find the edges of one partition of stored side vectors and return the file they are in.

    Args:
        folder: What `save_vectors` wrote; every worker must see it.
        partition: What to compare.
        user_threshold: Least cosine of the user sides.
        agent_threshold: Least cosine of the agent sides.
    """
    found = compare_partition(
        Path(folder), Partition(*partition), user_threshold=user_threshold, agent_threshold=agent_threshold
    )
    return str(found)


def build_graph_by_tasks(folder: str, *, size: int, user_threshold: float, agent_threshold: float) -> SimilarityGraph:
    """Return the graph of stored side vectors, a task for each pair of blocks, on the flow's task runner.

    Args:
        folder: What `save_vectors` wrote; every worker must see it.
        size: Dialogues of a block.
        user_threshold: Least cosine of the user sides.
        agent_threshold: Least cosine of the agent sides.
    """
    partitions = plan_partitions(len(load_vectors(Path(folder)).ids), size)
    waiting = [compare_files.submit(folder, part, user_threshold, agent_threshold) for part in partitions]
    files = [Path(future.result()) for future in waiting]
    return merge_partitions(Path(folder), files, user_threshold=user_threshold, agent_threshold=agent_threshold)


def ask_store(store: VectorStore, collection: str, side: Literal["user", "agent"]) -> Ask:
    """Return what asks a collection for the nearest dialogues of one side, for `build_graph_from_neighbours`."""

    def ask(rows: NDArray[np.float32], limit: int) -> list[list[tuple[str, float]]]:
        found = store.query_many(collection, rows, using=side, limit=limit)
        return [[(hit.id, hit.score) for hit in hits] for hits in found]

    return ask


def _store_vectors(run: Run, shards: list[str], vectors: SideVectors) -> None:
    """Write both sides of each dialogue to the store, and to files for steps that read some rows at a time."""
    rows = {name: row for row, name in enumerate(vectors.ids)}
    dialogues = iterate_dialogues(run, shards)
    while batch := {dialogue.id: dialogue for dialogue in islice(dialogues, STORED_AT_ONCE)}:
        places = [rows[name] for name in batch]
        run.store.put("dialogues", list(batch.values()), {"user": vectors.user[places], "agent": vectors.agent[places]})
    save_vectors(vectors, run.workspace.vectors.with_name("sides"))


def _measure_grid(result: FilterResult) -> list[GridCell]:
    """Return what other thresholds would make of the set: lower ones too, where it is small enough to look again."""
    options, graph = result.options, result.graph
    if len(graph.ids) <= WIDE_GRID:
        low = min(GRID[0], options.user_threshold, options.agent_threshold)
        graph = build_similarity_graph(result.vectors, user_threshold=low, agent_threshold=low)
    users, agents = (
        sorted({own, *(value for value in GRID if value >= least)})
        for own, least in (
            (options.user_threshold, graph.user_threshold),
            (options.agent_threshold, graph.agent_threshold),
        )
    )
    return measure_threshold_grid(graph, options, users, agents)
