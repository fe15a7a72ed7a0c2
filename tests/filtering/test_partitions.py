from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.filtering import (
    Partition,
    SideVectors,
    SimilarityGraph,
    build_graph_from_neighbours,
    build_similarity_graph,
    compare_partition,
    merge_partitions,
    plan_partitions,
    save_vectors,
)
from streamdial.ids import make_id
from streamdial.pipeline.filtering import ask_store
from streamdial.store import CollectionSchema, EdgeStore, Point
from tests.filtering.helpers import make_vectors
from tests.filtering.test_graph import make_near_duplicates


def assert_same(one: SimilarityGraph, two: SimilarityGraph) -> None:
    assert one.ids == two.ids
    assert np.array_equal(one.edges, two.edges)
    assert np.array_equal(one.user_scores, two.user_scores)
    assert np.array_equal(one.agent_scores, two.agent_scores)


def test_partitions_hold_every_pair_once() -> None:
    assert plan_partitions(5, 3) == [Partition(0, 3, 0, 3), Partition(0, 3, 3, 5), Partition(3, 5, 3, 5)]
    assert plan_partitions(0, 3) == []
    pairs = [
        (row, column)
        for part in plan_partitions(23, 5)
        for row in range(part.top, part.bottom)
        for column in range(part.left, part.right)
        if row < column
    ]
    assert sorted(pairs) == list(combinations(range(23), 2))
    with pytest.raises(ConfigurationError, match="size of a partition is 0"):
        plan_partitions(5, 0)


def test_a_graph_made_in_parts_by_other_processes_is_the_whole_graph(tmp_path: Path) -> None:
    vectors = make_near_duplicates(100)
    save_vectors(vectors, tmp_path)
    compare = partial(compare_partition, tmp_path, user_threshold=0.5, agent_threshold=0.6)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        files = list(pool.map(compare, plan_partitions(100, 40)))
    merged = merge_partitions(tmp_path, files, user_threshold=0.5, agent_threshold=0.6)
    assert len(merged.edges)
    assert_same(merged, build_similarity_graph(vectors, user_threshold=0.5, agent_threshold=0.6))


def test_a_partition_is_made_once_and_again_after_new_vectors(tmp_path: Path) -> None:
    part = Partition(0, 9, 0, 9)
    save_vectors(make_near_duplicates(9), tmp_path)
    path = compare_partition(tmp_path, part, user_threshold=0.5, agent_threshold=0.5)
    written = path.stat().st_mtime_ns
    assert compare_partition(tmp_path, part, user_threshold=0.5, agent_threshold=0.5) == path
    assert path.stat().st_mtime_ns == written
    assert compare_partition(tmp_path, part, user_threshold=0.6, agent_threshold=0.5) != path
    save_vectors(make_near_duplicates(9, seed=1), tmp_path)
    assert not path.exists()


def test_the_recall_of_a_merged_graph_weighs_its_parts_by_their_samples(tmp_path: Path) -> None:
    save_vectors(make_near_duplicates(9), tmp_path)
    files = []
    for number, recall in enumerate([(1.0, 0), (0.9, 100), (0.99, 300)]):
        files.append(tmp_path / f"edges-{number}.npz")
        nothing = np.zeros(0, np.float32)
        np.savez(files[-1], pairs=np.zeros((0, 2), np.int32), user=nothing, agent=nothing, recall=np.asarray(recall))
    graph = merge_partitions(tmp_path, files, user_threshold=0.5, agent_threshold=0.5)
    # 90 and 297 of 400 edges.
    assert (graph.edge_recall, graph.recall_edges) == (pytest.approx(387 / 400), 400)


def test_edges_and_vectors_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(StreamDialError, match=r"no side vectors can be read.*write them again"):
        compare_partition(tmp_path, Partition(0, 1, 0, 1), user_threshold=0.5, agent_threshold=0.5)
    save_vectors(make_near_duplicates(9), tmp_path)
    broken = tmp_path / "edges-broken.npz"
    broken.write_bytes(b"no archive")
    with pytest.raises(StreamDialError, match=r"edges-broken.npz.*compare that partition again"):
        merge_partitions(tmp_path, [broken], user_threshold=0.5, agent_threshold=0.5)


class WholeIndex:
    """Answers the nearest rows of one side by comparing all of them; can forget some."""

    def __init__(self, ids: Sequence[str], rows: NDArray[np.float32], forgets: Sequence[str] = ()) -> None:
        self.ids, self.rows, self.forgets = ids, rows, set(forgets)
        self.limits: list[int] = []

    def __call__(self, rows: NDArray[np.float32], limit: int) -> list[list[tuple[str, float]]]:
        self.limits.append(limit)
        lengths = np.linalg.norm(self.rows, axis=1)
        found = []
        for row in rows:
            scores = self.rows @ row / np.where(lengths > 0, lengths, 1)
            near = [(self.ids[place], float(scores[place])) for place in np.argsort(-scores)]
            found.append([hit for hit in near if hit[0] not in self.forgets][:limit])
        return found


def test_neighbours_of_a_whole_index_give_the_exact_graph() -> None:
    vectors = make_near_duplicates(120)
    ask = WholeIndex(vectors.ids, vectors.agent)
    graph = build_graph_from_neighbours(vectors, ask, user_threshold=0.5, agent_threshold=0.6, limit=4, batch=7)
    assert_same(graph, build_similarity_graph(vectors, user_threshold=0.5, agent_threshold=0.6))
    assert graph.edge_recall == 1.0
    assert graph.recall_edges == len(graph.edges)


def test_more_neighbours_are_asked_for_where_all_are_near() -> None:
    rows = np.repeat(np.eye(2), [5, 1], axis=0)
    ask = WholeIndex(make_vectors(rows, rows).ids, rows.astype(np.float32))
    graph = build_graph_from_neighbours(make_vectors(rows, rows), ask, user_threshold=0.9, agent_threshold=0.9, limit=2)
    assert graph.edges.tolist() == [[low, high] for low, high in combinations(range(5), 2)]
    # All six are asked with 2; the five equal ones with 4, and with all.
    assert ask.limits == [2, 4, 6]


def test_what_an_index_forgets_lowers_the_recall_it_reports() -> None:
    rows = np.repeat(np.eye(4), [2, 2, 2, 1], axis=0)
    vectors = make_vectors(rows, rows)
    ask = WholeIndex(vectors.ids, vectors.user, forgets=["d0000", "d0001"])
    graph = build_graph_from_neighbours(vectors, ask, user_threshold=0.9, agent_threshold=0.9)
    assert graph.edges.tolist() == [[2, 3], [4, 5]]
    assert (graph.edge_recall, graph.recall_edges) == (pytest.approx(2 / 3), 3)


def test_an_index_of_other_dialogues_is_refused() -> None:
    vectors = make_near_duplicates(9)
    ask = WholeIndex([f"x{row}" for row in range(9)], vectors.user)
    with pytest.raises(StreamDialError, match=r"dialogue x\d, which is not among the vectors"):
        build_graph_from_neighbours(vectors, ask, user_threshold=0.5, agent_threshold=0.5)


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one_have_no_neighbours(count: int) -> None:
    vectors = make_vectors(np.ones((count, 3)), np.ones((count, 3)))
    graph = build_graph_from_neighbours(
        vectors, WholeIndex(vectors.ids, vectors.user), user_threshold=0.9, agent_threshold=0.9
    )
    assert graph.edges.shape == (0, 2)


def test_the_embedded_store_serves_as_the_index(tmp_path: Path) -> None:
    made = make_near_duplicates(80)
    vectors = SideVectors(tuple(make_id("dialogue", name) for name in made.ids), made.user, made.agent)
    store = EdgeStore(tmp_path / "store")
    store.ensure_collection("dialogues", CollectionSchema({"user": 16, "agent": 16}))
    points = zip(vectors.ids, vectors.user, vectors.agent, strict=True)
    store.upsert("dialogues", [Point(name, {"user": user, "agent": agent}, {}) for name, user, agent in points])
    graph = build_graph_from_neighbours(
        vectors,
        ask_store(store, "dialogues", "user", set(vectors.ids)),
        user_threshold=0.6,
        agent_threshold=0.5,
        limit=4,
    )
    assert len(graph.edges)
    assert_same(graph, build_similarity_graph(vectors, user_threshold=0.6, agent_threshold=0.5))
