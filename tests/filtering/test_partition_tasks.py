"""The parts of a large set, compared by Dask workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.files import read_json
from streamdial.flows.phases import filter_set, with_workers
from streamdial.pipeline import close_run, filtering, open_run
from tests.pipeline.test_filtering import build_settings, describe_edges, filter_run, write_shard

pytestmark = pytest.mark.prefect


async def test_workers_find_what_one_process_finds(
    tmp_path: Path, prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("prefect_dask", reason="the Dask runner is an extra")
    whole = await filter_run(build_settings(tmp_path / "whole", embedder="use-multilingual"))
    monkeypatch.setattr(filtering, "BLOCK", 7)
    settings = build_settings(tmp_path / "parts", dask="local", embedder="use-multilingual")
    shards = write_shard(settings, 24)
    try:
        await with_workers(filter_set, settings)(settings, shards)
        decided = read_json(open_run(settings).workspace.filter)
    finally:
        await close_run(settings)
    assert decided["kept"] == whole["kept"]
    assert describe_edges(decided) == describe_edges(whole)
