"""The similarity graph in parts: partitions that workers compare on their own, or neighbours from an index."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.filtering.bounds import measure_recall
from streamdial.filtering.graph import Method, SimilarityGraph, choose_bound
from streamdial.filtering.pairs import ScoredPairs, cut_tiles, find_pairs, join_pairs
from streamdial.filtering.scores import MARGIN, PairScorer
from streamdial.filtering.vectors import SideVectors, load_vectors

Ask = Callable[[NDArray[np.float32], int], Sequence[Sequence[tuple[str, float]]]]
"""Asks an index for the nearest dialogues of each row: (rows, limit) to a list of (id, cosine) a row, best first."""

_MAX_EDGES = 50_000_000


class Partition(NamedTuple):
    """Two ranges of dialogues to compare with each other, half-open; equal ranges are compared within."""

    top: int
    bottom: int
    left: int
    right: int


def plan_partitions(count: int, size: int) -> list[Partition]:
    """Return partitions that hold every pair of `count` dialogues once.

    Args:
        count: Dialogues.
        size: Dialogues of a range; a partition reads two ranges, and there are (count / size)² / 2 partitions.

    Raises:
        ConfigurationError: If the size is not at least 1.
    """
    if size < 1:
        raise ConfigurationError(f"the size of a partition is {size}, expected at least 1")
    starts = range(0, count, size)
    return [
        Partition(top, min(top + size, count), left, min(left + size, count))
        for top in starts
        for left in starts
        if left >= top
    ]


def compare_partition(
    folder: Path,
    partition: Partition,
    *,
    user_threshold: float,
    agent_threshold: float,
    method: Method = "auto",
) -> Path:
    """Find the edges of one partition, write them beside the vectors and return the file.

    A function of files alone: any executor on any machine that sees the folder can run it, in any order. A file that
    is there is not made again, so what was lost can be asked for by asking for all.

    Args:
        folder: What `save_vectors` wrote.
        partition: What to compare.
        user_threshold: Minimum cosine of the user sides.
        agent_threshold: Minimum cosine of the agent sides.
        method: As in `build_similarity_graph`; what an approximate one finds is measured within the partition.

    Raises:
        ConfigurationError: If a threshold or the method is out of range.
        StreamDialError: If the vectors cannot be read or compared.
    """
    name = "-".join(str(part) for part in (*partition, user_threshold, agent_threshold, method))
    path = folder / f"edges-{name}.npz"
    if path.exists():
        return path
    vectors = load_vectors(folder)
    rows = vectors.take(partition.top, partition.bottom)
    height = len(rows.ids)
    if partition[:2] == partition[2:]:
        both, columns = rows, range(height)
    else:
        both = rows.join(vectors.take(partition.left, partition.right))
        columns = range(height, len(both.ids))
    scorer = PairScorer(both, user_threshold, agent_threshold)
    matrix = scorer.make_matrix()
    bound = choose_bound(matrix, scorer, method)
    found = find_pairs(
        matrix if bound is None else bound.matrix,
        cut_tiles(range(height), columns),
        scorer.least - MARGIN,
        scorer.check,
        max_pairs=_MAX_EDGES,
    )
    recall = (1.0, 0) if bound is None else (bound.recall, bound.sampled_edges)
    nodes = np.concatenate([np.arange(partition.top, partition.bottom), np.arange(partition.left, partition.right)])
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(
            file,
            pairs=nodes[found.pairs].astype(np.int32),
            user=found.user_scores,
            agent=found.agent_scores,
            recall=np.asarray(recall),
        )
    part.replace(path)
    return path


def merge_partitions(
    folder: Path, files: Iterable[Path], *, user_threshold: float, agent_threshold: float
) -> SimilarityGraph:
    """Return the graph from the files of all its partitions.

    Args:
        folder: What `save_vectors` wrote.
        files: What `compare_partition` returned for each partition.
        user_threshold: What they were compared with.
        agent_threshold: What they were compared with.

    Raises:
        StreamDialError: If a file cannot be read.
    """
    parts, recalls = [], []
    for path in files:
        try:
            with np.load(path) as read:
                parts.append(ScoredPairs(read["pairs"], read["user"], read["agent"]))
                recalls.append(read["recall"])
        except (OSError, ValueError, KeyError) as error:
            raise StreamDialError(
                "no edges can be read", where=str(path), fix="compare that partition again"
            ) from error
    shares, sampled = np.asarray(recalls).reshape(len(recalls), 2).T
    edges = int(sampled.sum())
    recall = float(shares @ sampled) / edges if edges else 1.0
    return SimilarityGraph(load_vectors(folder).ids, *join_pairs(parts), user_threshold, agent_threshold, recall, edges)


def build_graph_from_neighbours(
    vectors: SideVectors,
    ask: Ask,
    *,
    user_threshold: float,
    agent_threshold: float,
    limit: int = 32,
    batch: int = 256,
) -> SimilarityGraph:
    """Return the graph from an index's answers, each pair checked on both sides; the index may miss some.

    The side with the higher threshold is asked for. Where all of a dialogue's neighbours are near enough, twice as
    many are asked for, until one is not. The share of the edges found is measured on sampled dialogues that are
    compared with all others.

    Args:
        vectors: Side vectors.
        ask: The index of that side.
        user_threshold: Minimum cosine of the user sides, above 0 and at most 1.
        agent_threshold: Minimum cosine of the agent sides, above 0 and at most 1.
        limit: Neighbours asked for at first.
        batch: Dialogues asked about at once.

    Raises:
        ConfigurationError: If a threshold is out of range.
        StreamDialError: If the vectors cannot be compared, or the index answers an id that they do not have.
    """
    scorer = PairScorer(vectors, user_threshold, agent_threshold)
    matrix = scorer.make_matrix()
    places = {name: node for node, name in enumerate(vectors.ids)}
    # A zero row has no direction to ask for.
    waiting = np.flatnonzero(matrix.any(axis=1))
    pairs: set[tuple[int, int]] = set()
    while len(waiting):
        crowded = []
        limit = min(limit, len(places))
        for start in range(0, len(waiting), batch):
            nodes = waiting[start : start + batch].tolist()
            for node, hits in zip(nodes, ask(matrix[nodes], limit), strict=True):
                near = [_find_place(places, name) for name, score in hits if score >= scorer.least - MARGIN]
                pairs.update((min(node, other), max(node, other)) for other in near if other != node)
                if len(near) == limit < len(places):
                    crowded.append(node)
        waiting = np.asarray(crowded, dtype=np.int64)
        limit *= 2
    candidates = np.asarray(sorted(pairs), dtype=np.int32).reshape(len(pairs), 2)
    found = join_pairs(scorer.check(candidates[start : start + 4096]) for start in range(0, len(candidates), 4096))
    recall, edges = measure_recall(matrix, scorer, found.pairs)
    return SimilarityGraph(vectors.ids, *found, user_threshold, agent_threshold, recall, edges)


def _find_place(places: dict[str, int], name: str) -> int:
    if name not in places:
        raise StreamDialError(
            f"the index answers the dialogue {name}, which is not among the vectors",
            fix="ask an index of these dialogues alone",
        )
    return places[name]
