"""The graph as Prefect tasks, on the Dask runner."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from prefect import flow
from streamdial.tasks.filtering import build_graph_by_tasks

from streamdial.filtering import SimilarityGraph, build_similarity_graph, save_vectors
from tests.filtering.test_graph import make_near_duplicates

pytestmark = pytest.mark.prefect


def test_a_graph_made_by_dask_workers_is_the_whole_graph(tmp_path: Path, prefect_server: str) -> None:
    runner = pytest.importorskip("prefect_dask", reason="the Dask runner is an extra").DaskTaskRunner
    vectors = make_near_duplicates(60)
    save_vectors(vectors, tmp_path)

    @flow(task_runner=runner(cluster_kwargs={"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}))
    def build() -> SimilarityGraph:
        return build_graph_by_tasks(str(tmp_path), size=25, user_threshold=0.5, agent_threshold=0.6)

    graph = build()
    whole = build_similarity_graph(vectors, user_threshold=0.5, agent_threshold=0.6)
    assert len(whole.edges)
    assert np.array_equal(graph.edges, whole.edges)
    assert np.array_equal(graph.agent_scores, whole.agent_scores)
