"""A run killed in the middle takes up where it was."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streamdial.runs import read_lines
from streamdial.testing import MockEndpoint
from tests.conftest import ROOT

pytestmark = pytest.mark.prefect
IN_FLIGHT = 4


def start(out: Path, url: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "deployments.cli", "run", "--domain", "hotel"]
    command += ["--source", str(ROOT / "examples" / "hotel_live_zh"), "--out", str(out), "--dialogues", "14"]
    command += ["--model", "openai/mock", "--api-base", url, "--realisation", "planned"]
    command += ["--concurrency", str(IN_FLIGHT)]
    with (out.parent / "log").open("w") as log:
        # A process group of its own: Prefect's temporary server is a child, and a killed machine takes both.
        return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)


def test_a_killed_run_loses_nothing_doubles_nothing_and_repeats_no_finished_call(
    tmp_path: Path, shell_environment: dict[str, str]
) -> None:
    out = tmp_path / "run"
    with MockEndpoint(latency=0.4) as endpoint:
        process = start(out, endpoint.url, shell_environment)
        deadline = time.monotonic() + 240
        while endpoint.count < 24 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process.poll() is None, (tmp_path / "log").read_text()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        asked = endpoint.count
        with sqlite3.connect(out / "cache" / "calls.sqlite") as database:
            finished = database.execute("SELECT COUNT(*) FROM calls").fetchone()[0]
        assert 0 < finished < asked + 1

        process = start(out, endpoint.url, shell_environment)
        assert process.wait(timeout=400) == 0, (tmp_path / "log").read_text()
        # Only calls that were in flight at the kill may be asked a second time.
        repeated = len(endpoint.body_hashes) - len(set(endpoint.body_hashes))
        assert repeated <= IN_FLIGHT
        assert repeated <= asked - finished

    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["failed"] == []
    shards = sorted((out / "dialogues").glob("shard-*.jsonl"))
    dialogues = [line["id"] for shard in shards for line in read_lines(shard)]
    counts = next(report for report in summary["counts"] if report["phase"] == "dialogues")
    assert counts["asked"] == 14
    assert counts["kept"] == len(dialogues)
    assert counts["kept"] + sum(counts["dropped"].values()) == 14
    assert len(dialogues) == len(set(dialogues))
