"""A run that is interrupted says so in one line, ends all it started and goes on when it is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.prefect


def start(out: Path, environment: dict[str, str], dialogues: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamdial.deployments.cli", "run", "--domain", "restaurant", "--min-turns", "8"]
    command += ["--source", str(ROOT / "examples" / "restaurant_live"), "--out", str(out)]
    command += ["--dialogues", str(dialogues)]
    with (out.parent / "told").open("w") as told, (out.parent / "log").open("w") as log:
        return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=told, stderr=log, start_new_session=True)


def start_making(out: Path, environment: dict[str, str]) -> tuple[subprocess.Popen[bytes], list[psutil.Process]]:
    """Start a run of many dialogues; return it once it makes them, and the processes it has started."""
    log = out.parent / "log"
    process = start(out, environment, 4000)
    deadline = time.monotonic() + 240
    while "IDG" not in log.read_text() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert process.poll() is None, log.read_text()
    return process, psutil.Process(process.pid).children(recursive=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_tells_how_to_go_on(
    tmp_path: Path, shell_environment: dict[str, str], number: signal.Signals
) -> None:
    out, log = tmp_path / "run", tmp_path / "log"
    process, started = start_making(out, shell_environment)
    os.kill(process.pid, number)
    assert process.wait(timeout=60) == 128 + number
    last = log.read_text().splitlines()[-1]
    assert last == f"Stopped. What is finished is kept in {out}; the same command goes on from there."
    assert "Traceback" not in log.read_text() and "Prefect" not in log.read_text()
    _, alive = psutil.wait_procs(started, timeout=30)
    assert not alive


def test_a_run_whose_prefect_server_is_killed_ends_with_that_reason_and_goes_on(
    tmp_path: Path, shell_environment: dict[str, str]
) -> None:
    out, log = tmp_path / "run", tmp_path / "log"
    process, started = start_making(out, shell_environment)
    next(child for child in started if "uvicorn" in child.cmdline()).kill()
    assert process.wait(timeout=60) == 1, log.read_text()
    last = log.read_text().splitlines()[-1]
    assert last.startswith("Error: the run's temporary Prefect server has ended (killed by signal 9)"), last
    assert "Traceback" not in log.read_text()
    _, alive = psutil.wait_procs(started, timeout=30)
    assert not alive
    process = start(out, shell_environment, 20)
    assert process.wait(timeout=240) == 0, log.read_text()
