"""Worker processes make the dialogues of a run: the same ones, under one budget, limit and cache."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import streamdial as sd
from streamdial.errors import StoreError
from streamdial.pipeline.progress import open_progress
from streamdial.pipeline.run import close_run, open_run
from streamdial.pipeline.views import MadeDialogues
from streamdial.pipeline.workers import WorkerPool
from streamdial.testing import MockEndpoint
from tests.conftest import ROOT

DIALOGUES = 6


def build(folder: Path, url: str, **more: Any) -> sd.Pipeline:
    return sd.Pipeline(
        domain="hotel",
        sources=[str(ROOT / "examples" / "hotel_live_zh")],
        screen_text="off",
        out=folder,
        dialogues=DIALOGUES,
        model="hosted_vllm/mock",
        api_base=url,
        mode="reworded",
        shard_size=2,
        **more,
    )


@pytest.fixture(scope="module")
def endpoint() -> Iterator[MockEndpoint]:
    with MockEndpoint(latency=0.02) as served:
        yield served


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, endpoint: MockEndpoint) -> Path:
    folder = tmp_path_factory.mktemp("workers") / "run"
    with build(folder, endpoint.url) as run:
        run.signals()
        run.personas()
        run.blueprints()
    return folder


def copy(prepared: Path, folder: Path) -> Path:
    return Path(shutil.copytree(prepared, folder))


def list_said(made: MadeDialogues) -> dict[str, list[str]]:
    return {dialogue.id: [turn.utterance for turn in dialogue.turns] for dialogue in made.dialogues}


def test_two_processes_make_what_one_makes(prepared: Path, endpoint: MockEndpoint, tmp_path: Path) -> None:
    with build(copy(prepared, tmp_path / "one"), endpoint.url, processes=1) as run:
        one = run.generate()
    calls = endpoint.count
    endpoint.max_in_flight = 0
    with build(copy(prepared, tmp_path / "two"), endpoint.url, processes=2, concurrency=2) as run:
        two = run.generate()
        # Nothing is asked twice: what the workers were answered stands in the run's cache.
        asked = endpoint.count
        assert list_said(run.generate()) == list_said(two)
        assert endpoint.count == asked
    assert list_said(two) == list_said(one)
    assert asked - calls > DIALOGUES
    assert endpoint.max_in_flight <= 2
    assert sum(two.usage["calls"].values()) == asked - calls


def test_a_budget_holds_over_all_processes(prepared: Path, endpoint: MockEndpoint, tmp_path: Path) -> None:
    with build(copy(prepared, tmp_path / "run"), endpoint.url, processes=2, max_tokens=800) as run:
        made = run.generate()
    assert made.left > 0
    assert 0 < made.usage["prompt_tokens"] + made.usage["completion_tokens"] <= 800


async def test_a_worker_that_is_killed_is_told_and_another_takes_its_place(
    prepared: Path, endpoint: MockEndpoint, tmp_path: Path
) -> None:
    settings = build(copy(prepared, tmp_path / "run"), endpoint.url, processes=2).settings
    run = open_run(settings)
    async with WorkerPool(run, 1, open_progress(run, DIALOGUES)) as pool:
        shard = ("make_shard", "cast/none.json", "x", 0, 2, "cast/none.jsonl", "")
        making = asyncio.ensure_future(pool.make(*shard))
        while not pool._workers:
            await asyncio.sleep(0.01)
        pool._workers[1].process.kill()
        with pytest.raises(StoreError, match="worker process"):
            await making
        with pytest.raises(StoreError, match=r"none\.json"):
            await pool.make(*shard)
        assert list(pool._workers) == [2]
    await close_run(settings)


async def test_what_a_worker_fails_with_is_told(prepared: Path, endpoint: MockEndpoint, tmp_path: Path) -> None:
    settings = build(copy(prepared, tmp_path / "run"), endpoint.url, processes=2).settings
    run = open_run(settings)
    async with WorkerPool(run, 1, open_progress(run, DIALOGUES)) as pool:
        with pytest.raises(StoreError, match=r"none\.json"):
            await pool.make("make_shard", "cast/none.json", "x", 0, 2, "cast/none.jsonl", "")
    assert pool._workers[1].process.returncode == 0
    await close_run(settings)
