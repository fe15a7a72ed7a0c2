"""A run killed in the middle takes up where it was."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamdial.files import read_lines
from streamdial.testing import MockEndpoint
from tests.conftest import ROOT

pytestmark = pytest.mark.prefect
IN_FLIGHT = 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own in memory, with more room than the 500 MB a run wants free beside what it wrote."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=640m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def start(out: Path, url: str, environment: dict[str, str], log: Path | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamdial.deployments.cli", "run", "--domain", "hotel"]
    command += ["--source", str(ROOT / "examples" / "hotel_live_zh"), "--out", str(out), "--dialogues", "14"]
    command += ["--model", "openai/mock", "--api-base", url, "--mode", "reworded"]
    command += ["--concurrency", str(IN_FLIGHT), "--screen-text", "off"]
    with (log or out.parent / "log").open("w") as told:
        # A process group of its own: Prefect's temporary server is a child, and a killed machine takes both.
        return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=told, stderr=told, start_new_session=True)


def count_kept(out: Path) -> int:
    with sqlite3.connect(out / "cache" / "calls.sqlite") as database:
        return int(database.execute("SELECT COUNT(*) FROM calls").fetchone()[0])


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
        finished = count_kept(out)
        # Only calls that were in flight at the kill are not kept.
        assert 0 < asked - finished <= IN_FLIGHT

        process = start(out, endpoint.url, shell_environment)
        assert process.wait(timeout=400) == 0, (tmp_path / "log").read_text()
        # What was kept is not asked a second time.
        assert len(endpoint.body_hashes) - len(set(endpoint.body_hashes)) <= asked - finished

    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["failed"] == []
    shards = sorted((out / "dialogues").glob("shard-*.jsonl"))
    dialogues = [line["id"] for shard in shards for line in read_lines(shard)]
    counts = next(report for report in summary["counts"] if report["phase"] == "dialogues")
    assert counts["asked"] == 14
    assert counts["kept"] == len(dialogues)
    assert counts["kept"] + sum(counts["dropped"].values()) == 14
    assert len(dialogues) == len(set(dialogues))


def test_a_full_disk_ends_the_run_with_its_reason_and_room_lets_it_go_on(
    small_disk: Path, shell_environment: dict[str, str], tmp_path: Path
) -> None:
    out, filler, log = small_disk / "run", small_disk / "filler", tmp_path / "log"
    with MockEndpoint(latency=0.4) as endpoint:
        process = start(out, endpoint.url, shell_environment, log)
        deadline = time.monotonic() + 240
        while endpoint.count < 16 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(b"\0" * (1 << 20)):
                pass
        assert process.wait(timeout=300) == 1
        told = log.read_text()
        asked = endpoint.count
        filler.unlink()
        kept = count_kept(out)
        # What was in flight when the disk filled, and what was let through before the first of them could not be kept.
        assert 0 < asked - kept <= 2 * IN_FLIGHT
        process = start(out, endpoint.url, shell_environment, log)
        assert process.wait(timeout=400) == 0, log.read_text()
        assert len(endpoint.body_hashes) - len(set(endpoint.body_hashes)) <= asked - kept
        assert endpoint.count > asked
    assert "space" in told
    found = [line["id"] for shard in sorted((out / "dialogues").glob("shard-*.jsonl")) for line in read_lines(shard)]
    assert len(found) == len(set(found))
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["failed"] == []
