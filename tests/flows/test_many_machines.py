"""Shards on Dask workers, and files on an S3 server: with a real scheduler, real workers, a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamdial.testing import MockEndpoint
from tests.conftest import ROOT

pytestmark = pytest.mark.prefect


@pytest.fixture
def bucket() -> Iterator[tuple[str, dict[str, str]]]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    s3fs = pytest.importorskip("s3fs")
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    options = {"endpoint_url": environment["AWS_ENDPOINT_URL"]}
    files = s3fs.S3FileSystem(key="test", secret="test", client_kwargs=options, skip_instance_cache=True)
    files.mkdir("runs")
    yield "s3://runs/hotel", environment
    server.stop()


def test_two_dask_workers_make_the_shards_of_a_run_whose_files_lie_on_s3(
    tmp_path: Path,
    shell_environment: dict[str, str],
    bucket: tuple[str, dict[str, str]],
    prefect_server: str,
) -> None:
    pytest.importorskip("prefect_dask")
    import fsspec
    from distributed import LocalCluster

    url, credentials = bucket
    # One server for all: without an address each worker would start one of its own.
    environment = {**shell_environment, **credentials, "PREFECT_API_URL": prefect_server}
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with (
            MockEndpoint(latency=0.01) as endpoint,
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        ):
            settings = {
                "domain": "hotel",
                "sources": [str(ROOT / "examples" / "hotel_live_zh")],
                "screen_text": "off",
                "out": str(tmp_path / "run"),
                "model": "openai/mock",
                "api_base": endpoint.url,
                "mode": "reworded",
                "dialogues": 8,
                "shard_size": 2,
                "storage": url,
                "dask": cluster.scheduler_address,
                # Kept by the run's own process for both workers.
                "max_tokens": 1_000_000,
                "concurrency": 3,
            }
            script = (
                "import asyncio, json, sys; from streamdial.flows import stream; from streamdial import RunSettings;"
                "made = asyncio.run(stream(RunSettings.model_validate(json.loads(sys.argv[1]))));"
                "print(json.dumps({key: made[key] for key in ('failed', 'left', 'dialogues_kept', 'usage')}))"
            )
            done = subprocess.run(
                [sys.executable, "-c", script, json.dumps(settings)],
                env=environment, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-3000:]
            assert len(cluster.scheduler_info["workers"]) == 2
        made = json.loads(done.stdout.splitlines()[-1])
        assert (made["failed"], made["left"]) == ([], 0)
        assert made["dialogues_kept"] >= 4
        assert endpoint.max_in_flight <= 3
        assert sum(made["usage"]["calls"].values()) == endpoint.count
        options = {"client_kwargs": {"endpoint_url": credentials["AWS_ENDPOINT_URL"]}, "key": "test", "secret": "test"}
        files = fsspec.filesystem("s3", **options, skip_instance_cache=True)
        found = {path.removeprefix("runs/hotel/") for path in files.find("runs/hotel")}
        shards = {name for name in found if name.startswith("dialogues/shard-")}
        assert len(shards) == 4
        assert found >= {"run.json", "summary.json", "dataset/dialogues.parquet", "report/index.html"}
        assert not list((tmp_path / "run" / "dialogues").glob("*.jsonl"))
    finally:
        os.environ.clear()
        os.environ.update(before)
