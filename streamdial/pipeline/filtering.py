"""The steps of DF: from all dialogues of a run to those that do not repeat each other."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Container, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from streamdial.counts import Counts
from streamdial.files import read_json, write_json
from streamdial.filtering import (
    Ask,
    FilterOptions,
    FilterResult,
    GridCell,
    Partition,
    SideVectors,
    SimilarityGraph,
    build_graph_from_neighbours,
    build_similarity_graph,
    compare_partition,
    count_sizes,
    describe_largest,
    embed_sides,
    extend_similarity_graph,
    filter_dialogues,
    load_vectors,
    map_dialogues,
    measure_threshold_grid,
    merge_partitions,
    plan_partitions,
    save_vectors,
    try_thresholds,
)
from streamdial.pipeline.results import Filtered
from streamdial.pipeline.run import Run
from streamdial.pipeline.storage import read_dialogues
from streamdial.store import VectorStore

GRID = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
"""Thresholds the report shows beside the run's own."""
WIDE_GRID = 5_000
"""Dialogues up to which pairs below the run's thresholds are looked for as well."""
WIDE_EDGES = 200_000
"""Most pairs of alike dialogues for which lower thresholds are tried."""
TRIED = 20_000
"""Dialogues up to which it is written down which of them other thresholds would keep."""
STORED_AT_ONCE = 512
"""Dialogues read and written to the store at once."""
BLOCK = 16_384
"""Dialogues of a block, where workers compare a set in parts."""
GROWN_FROM = 20_000
"""Dialogues from which on a set that has grown is not compared with itself again."""
Side = Literal["user", "agent"]
logger = logging.getLogger("streamdial.progress")


def _read_options(run: Run) -> FilterOptions:
    chosen = run.settings.filter
    return FilterOptions(
        user_threshold=chosen.user_threshold,
        agent_threshold=chosen.agent_threshold,
        ratio=chosen.keep_ratio,
        quality=chosen.quality,
        resolution=chosen.resolution,
        seed=run.settings.dialogues.seed,
        method="auto" if chosen.similarity == "index" else chosen.similarity,
    )


async def embed_shards(run: Run, shards: list[str]) -> list[Partition]:
    """Write the side vectors of a large set where workers see them, and return what each of them is to compare.

    A set of one block, files that not every worker sees, and an index need no parts: none are returned.

    Args:
        run: The run.
        shards: Names of the shard files.
    """
    if run.settings.scale.storage or run.settings.filter.similarity == "index":
        return []
    vectors = embed_sides(read_dialogues(run.files, shards), run.embedder)
    parts = plan_partitions(len(vectors.ids), BLOCK)
    if len(parts) > 1:
        save_vectors(vectors, run.workspace.parts)
    return parts if len(parts) > 1 else []


async def compare_partition_of(run: Run, partition: Partition) -> str:
    """Find the edges of one part of a large set, and return the file they are in.

    Args:
        run: The run.
        partition: What to compare.
    """
    chosen = _read_options(run)
    users, agents = chosen.user_threshold, chosen.agent_threshold
    part = Partition(*partition)
    found = compare_partition(
        run.workspace.parts, part, user_threshold=users, agent_threshold=agents, method=chosen.method
    )
    return str(found)


async def filter_shards(run: Run, shards: list[str], compared: list[str] | None = None) -> Filtered:
    """Build the similarity graph, find communities, sample, and store the side vectors of all dialogues.

    Args:
        run: The run.
        shards: Names of the shard files.
        compared: Files of the edges, where the set was compared in parts.
    """
    counts, options = Counts("filter"), _read_options(run)
    logger.info("DF: comparing the dialogues of %d shards on both sides", len(shards))

    def build(vectors: SideVectors) -> SimilarityGraph:
        users, agents = options.user_threshold, options.agent_threshold
        if compared:
            return merge_partitions(
                run.workspace.parts, list(map(Path, compared)), user_threshold=users, agent_threshold=agents
            )
        if run.settings.filter.similarity == "index":
            _store_vectors(run, shards, vectors)
            side: Side = "user" if users >= agents else "agent"
            ask = ask_store(run.store.store, run.store.name_collection("dialogues"), side, set(vectors.ids))
            return build_graph_from_neighbours(vectors, ask, user_threshold=users, agent_threshold=agents)
        if grown := _find_smaller_graph(run, options, vectors):
            return extend_similarity_graph(grown, vectors)
        return build_similarity_graph(vectors, user_threshold=users, agent_threshold=agents, method=options.method)

    result = filter_dialogues(read_dialogues(run.files, shards), run.embedder, options, counts, build)
    if run.settings.filter.similarity != "index":
        _store_vectors(run, shards, result.vectors)
    communities = len(set(result.membership.tolist()))
    counts.note(f"{len(result.graph.edges)} edges, {communities} communities")
    write_json(run.workspace.filter, dump_filter(result))
    # Until here another try needs them.
    shutil.rmtree(run.workspace.parts, ignore_errors=True)
    return Filtered(len(result.sample.kept), [counts])


def dump_filter(result: FilterResult) -> dict[str, Any]:
    """Return what is written down of a filter's result, as the body of `filter.json`; `read_graph` reads its graph."""
    options, graph = result.options, _widen_graph(result)
    return {
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
        "grid": _measure_grid(result, graph),
        "tried": try_thresholds(graph, result) if len(graph.ids) <= TRIED else [],
        "map": map_dialogues(result.vectors),
        "sizes": count_sizes(result.membership),
        "largest": describe_largest(result.graph, result.membership, result.sample),
        "user_threshold": options.user_threshold,
        "agent_threshold": options.agent_threshold,
        "options": options.model_dump(),
        "edge_recall": result.graph.edge_recall,
    }


def _find_smaller_graph(run: Run, options: FilterOptions, vectors: SideVectors) -> SimilarityGraph | None:
    """Return the graph of an earlier, smaller set of the run that the vectors begin with, where it is worth keeping.

    Only a set of `GROWN_FROM` and more is gone on from: a smaller one is compared again in less time.
    """
    if not run.workspace.filter.is_file() or not (folder := run.workspace.sides).is_dir():
        return None
    ids = load_vectors(folder).ids
    if not GROWN_FROM <= len(ids) < len(vectors.ids) or vectors.ids[: len(ids)] != ids:
        return None
    known = read_json(run.workspace.filter)
    if known["options"] != options.model_dump() or known["edge_recall"] != 1.0:
        return None
    return read_graph(known, vectors.take(0, len(ids)))


def read_graph(known: Mapping[str, Any], vectors: SideVectors) -> SimilarityGraph:
    """Return the graph a run wrote down in `filter.json`, over its vectors."""
    places = {name: place for place, name in enumerate(vectors.ids)}
    edges = [(places[left], places[right]) for left, right, _, _ in known["edges"]]
    users, agents = (np.asarray([edge[side] for edge in known["edges"]], dtype=np.float32) for side in (2, 3))
    pairs = np.asarray(edges, dtype=np.int32).reshape(len(edges), 2)
    return SimilarityGraph(
        vectors.ids, pairs, users, agents, known["user_threshold"], known["agent_threshold"], known["edge_recall"]
    )


def ask_store(store: VectorStore, collection: str, side: Side, among: Container[str]) -> Ask:
    """Return what asks a collection for the nearest dialogues of one side, for `build_graph_from_neighbours`.

    Args:
        store: The store.
        collection: Name of the collection in it.
        side: Which vectors are asked for.
        among: Ids that count; the store may hold dialogues of an earlier run.
    """

    def ask(rows: NDArray[np.float32], limit: int) -> list[list[tuple[str, float]]]:
        found = store.query_many(collection, rows, using=side, limit=limit)
        return [[(hit.id, hit.score) for hit in hits if hit.id in among] for hits in found]

    return ask


def _store_vectors(run: Run, shards: list[str], vectors: SideVectors) -> None:
    """Write both sides of each dialogue to the store, and to files for steps that read some rows at a time."""
    rows = {name: row for row, name in enumerate(vectors.ids)}
    dialogues = read_dialogues(run.files, shards)
    while batch := {dialogue.id: dialogue for dialogue in islice(dialogues, STORED_AT_ONCE)}:
        places = [rows[name] for name in batch]
        run.store.put("dialogues", list(batch.values()), {"user": vectors.user[places], "agent": vectors.agent[places]})
    save_vectors(vectors, run.workspace.sides)


def _widen_graph(result: FilterResult) -> SimilarityGraph:
    """Return the graph with pairs below the run's thresholds too, as far down as it stays small.

    Every cell below takes communities of its own, and of a set in which most dialogues are alike that takes hours.
    """
    options, graph = result.options, result.graph
    if len(graph.ids) > WIDE_GRID or len(graph.edges) > WIDE_EDGES:
        return graph
    low = min(GRID[0], options.user_threshold, options.agent_threshold)
    wide = build_similarity_graph(result.vectors, user_threshold=low, agent_threshold=low)
    for least in sorted({low, *GRID}):
        part = wide.raise_thresholds(min(least, options.user_threshold), min(least, options.agent_threshold))
        if len(part.edges) <= WIDE_EDGES:
            return part
    return graph


def _measure_grid(result: FilterResult, graph: SimilarityGraph) -> list[GridCell]:
    """Return what other thresholds would make of the set, as far down as the graph goes."""
    options = result.options
    users, agents = (
        sorted({own, *(value for value in GRID if value >= least)})
        for own, least in (
            (options.user_threshold, graph.user_threshold),
            (options.agent_threshold, graph.agent_threshold),
        )
    )
    return measure_threshold_grid(graph, options, users, agents, result.texts)
