"""DF of a run: in one piece, in parts, by the store's index, and of a set that has grown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from streamdial.files import read_json
from streamdial.ids import make_id
from streamdial.models import CachedEmbedder
from streamdial.pipeline import RunSettings, close_run, filtering, open_run, phases
from streamdial.testing import HashingEmbedder
from tests.filtering.helpers import make_dialogue

SUBJECTS = ("a sedan with seven seats", "a small van", "a bus to the sea", "a truck")


@pytest.fixture(autouse=True)
def _embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "streamdial.pipeline.run.build_embedder", lambda _, path: CachedEmbedder(HashingEmbedder(), path)
    )


def build_settings(folder: Path, **more: object) -> RunSettings:
    return RunSettings.model_validate(
        {"domain": "automotive", "sources": ["x"], "out": str(folder), "keep_ratio": 0.3, **more}
    )


def write_shard(settings: RunSettings, count: int) -> list[str]:
    """Write a shard of dialogues about four subjects, so that many repeat each other."""
    made = [
        make_dialogue(
            make_id("dialogue", number),
            ("user", f"I look for {SUBJECTS[number % 4]}"),
            ("agent", f"We have {SUBJECTS[number % 4]} in {'blue' if number % 3 else 'red'}"),
        )
        for number in range(count)
    ]
    name = open_run(settings).workspace.name_shard(0, 64)
    open_run(settings).files.write_lines(name, (dialogue.model_dump_json() for dialogue in made))
    return [name]


async def filter_run(settings: RunSettings, count: int = 24) -> dict[str, Any]:
    shards = write_shard(settings, count)
    try:
        await phases.filter_run(open_run(settings), shards)
        decided: dict[str, Any] = read_json(open_run(settings).workspace.filter)
        return decided
    finally:
        await close_run(settings)


def describe_edges(decided: dict[str, Any]) -> dict[tuple[str, ...], list[float]]:
    return {tuple(sorted(edge[:2])): [round(score, 5) for score in edge[2:]] for edge in decided["edges"]}


async def test_a_set_compared_in_parts_is_filtered_as_in_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await filter_run(build_settings(tmp_path / "whole"))
    assert whole["dropped"]
    monkeypatch.setattr(filtering, "BLOCK", 7)
    parts = await filter_run(build_settings(tmp_path / "parts", dask="local"))
    assert parts["kept"] == whole["kept"]
    assert describe_edges(parts) == describe_edges(whole)
    assert not (tmp_path / "parts" / "cache" / "parts").exists()


async def test_the_index_of_the_store_finds_the_same_repeats(tmp_path: Path) -> None:
    whole = await filter_run(build_settings(tmp_path / "whole"))
    found = await filter_run(build_settings(tmp_path / "index", similarity="index"))
    assert found["kept"] == whole["kept"]
    assert describe_edges(found) == describe_edges(whole)
    # What an earlier run left in the store does not come back.
    fewer = await filter_run(build_settings(tmp_path / "index", similarity="index"), count=12)
    assert len(fewer["communities"]) == 12


async def test_a_set_that_has_grown_is_not_compared_with_itself_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "GROWN_FROM", 8)
    calls: list[int] = []
    extend = filtering.extend_similarity_graph

    def count_calls(graph: filtering.SimilarityGraph, vectors: filtering.SideVectors) -> filtering.SimilarityGraph:
        calls.append(len(graph.ids))
        return extend(graph, vectors)

    monkeypatch.setattr(filtering, "extend_similarity_graph", count_calls)
    await filter_run(build_settings(tmp_path / "grown"), count=12)
    grown = await filter_run(build_settings(tmp_path / "grown"))
    assert calls == [12]
    whole = await filter_run(build_settings(tmp_path / "whole"))
    assert grown["kept"] == whole["kept"]
    assert describe_edges(grown) == describe_edges(whole)
    assert np.isclose(grown["edge_recall"], 1.0)


async def test_edges_that_a_killed_run_found_are_not_taken_for_those_of_other_dialogues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "BLOCK", 7)
    settings = build_settings(tmp_path / "killed", dask="local")
    run = open_run(settings)
    shards = write_shard(settings, 24)
    for part in await filtering.embed_shards(run, shards):
        await filtering.compare_partition_of(run, part)
    lines = list(run.files.read_lines(shards[0]))
    others = build_settings(tmp_path / "others")
    for settings_of in (settings, others):
        open_run(settings_of).files.write_lines(
            shards[0], (orjson.dumps(line).decode() for line in [*lines[::2], *lines[1::2]])
        )
    for settings_of in (settings, others):
        await phases.filter_run(open_run(settings_of), shards)
    decided, fresh = (read_json(open_run(known).workspace.filter) for known in (settings, others))
    await close_run(settings)
    await close_run(others)
    assert describe_edges(decided) == describe_edges(fresh)
    assert decided["kept"] == fresh["kept"]
