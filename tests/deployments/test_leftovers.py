"""What a killed run has left running is ended by the next one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from streamdial.deployments._leftovers import MARK, end_leftovers, mark_children


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def start(started: list[subprocess.Popen[bytes]], by: str | None) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != MARK}
    command = [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"]
    marked = environment if by is None else {**environment, MARK: by}
    process = subprocess.Popen(command, env=marked, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    started.append(process)
    return process


def test_what_a_run_that_is_gone_has_started_is_ended_and_nothing_else(started: list[subprocess.Popen[bytes]]) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = start(started, str(gone.pid))
    others = [start(started, by) for by in (None, str(os.getpid()), "nobody", "")]
    assert end_leftovers() == 1
    assert not psutil.pid_exists(left.pid)
    assert all(process.poll() is None for process in others)


def test_a_process_bears_the_mark_of_the_run_that_started_it(
    started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MARK, "")
    mark_children()
    process = start(started, os.environ[MARK])
    assert psutil.Process(process.pid).environ()[MARK] == str(os.getpid())
    assert end_leftovers() == 0
