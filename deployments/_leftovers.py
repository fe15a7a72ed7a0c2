"""Ends what killed runs have left running: each starts a Prefect server of its own, and nobody ends that for it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

MARK = "STREAMDIAL_STARTED_BY"
"""Variable in the environment of all that a run starts: the run's process id."""


def mark_children() -> None:
    """Have all that this process starts from now on bear its mark."""
    os.environ[MARK] = str(os.getpid())


def end_leftovers() -> int:
    """End the processes whose run is gone, and return how many there were; a server of 250 MB each."""
    left = list(_find_leftovers())
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=5)
    return len(left)


def _find_leftovers() -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        # Those of other people, and those that end meanwhile, cannot be looked at.
        with contextlib.suppress(psutil.Error, OSError):
            mark = process.environ().get(MARK, "")
            if mark.isdecimal() and not psutil.pid_exists(int(mark)) and _shares_numbers(process.pid):
                yield process


def _shares_numbers(pid: int) -> bool:
    """Tell whether a process is of our own container: in another one the same number is another process."""
    ours, theirs = Path("/proc/self/ns/pid"), Path(f"/proc/{pid}/ns/pid")
    return not ours.exists() or ours.stat().st_ino == theirs.stat().st_ino
