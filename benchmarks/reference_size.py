"""A run of the size of the reference set, 87,498 dialogues of 17 turns, through the whole command on this machine.

    python -m benchmarks.reference_size --json reference_size.json            # hours
    python -m benchmarks.reference_size --share 0.05 --json reference_size.json

The command makes the dialogues against a mock endpoint without latency, is killed in the middle (SIGKILL to all its
processes), started again, and filters, exports and reports. Sentences are compared by hashed tokens: an encoder's time
is measured by `benchmarks.engine`, and the filter on a set like the real one by `benchmarks.filter`. Times, turns and
disk are those of the share that was made; `hours_total` and `disk_gb` are scaled to the whole.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.endpoint import EndpointOptions, serve_endpoint
from benchmarks.hashed_sentences import list_paths
from benchmarks.machine import describe_machine

ROOT = Path(__file__).parent.parent
DIALOGUES = 87_498
TURNS = (16, 18)
EVERY = 0.5
"""Seconds between two looks at a run."""


def start(out: Path, url: str, dialogues: int, processes: int, mode: str) -> subprocess.Popen[bytes]:
    """Start the command in a group of its own; what it says is kept beside the run."""
    command = [sys.executable, "-m", "streamdial.deployments.cli", "run", "--domain", "automotive"]
    command += ["--source", str(ROOT / "examples" / "automotive_live"), "--out", str(out), "--signals", "rules"]
    command += ["--model", "openai/mock", "--api-base", url, "--mode", mode, "--concurrency", "64"]
    command += ["--dialogues", str(dialogues), "--processes", str(processes), "--max-turns", "26"]
    # The mock has few words: by the usual thresholds nearly all dialogues are alike, a graph that no real set has.
    command += ["--behaviour-shares", "{}", "--user-threshold", "1", "--agent-threshold", "1"]
    environment = {**os.environ, "PYTHONPATH": list_paths()}
    with out.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)


def count_made(out: Path) -> int:
    """Return how many dialogues are journalled."""
    made = 0
    for path in (out / "dialogues").glob("*.journal"):
        with path.open("rb") as file:
            made += sum(block.count(b"\n") for block in iter(lambda file=file: file.read(1 << 20), b""))  # type: ignore[misc]
    return made


def measure_memory(process: psutil.Process) -> int:
    """Return the bytes a process and all it started hold."""
    held = 0
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            held += one.memory_info().rss
    return held


class Watch:
    """Follows a run that was started.

    Attributes:
        peak: Most bytes its processes held at once.
        first: Seconds until a dialogue was made that was not there before.
        made: Seconds until all were.
    """

    def __init__(self, process: subprocess.Popen[bytes], out: Path) -> None:
        self._process = process
        self._out = out
        self._begun = time.monotonic()
        self.peak = 0
        self.first: float | None = None
        self.made: float | None = None
        self.seconds = 0.0

    def follow(self, wanted: int, *, kill_at: int | None = None) -> None:
        """Wait until the run ends, or kill it when so many dialogues are made.

        Args:
            wanted: Dialogues asked for.
            kill_at: When to kill.
        """
        before = count_made(self._out)
        watched = psutil.Process(self._process.pid)
        looked = 0.0
        while self._process.poll() is None:
            time.sleep(EVERY)
            with contextlib.suppress(psutil.Error):
                self.peak = max(self.peak, measure_memory(watched))
            passed = time.monotonic() - self._begun
            # Counting the lines of a large run takes a moment: the longer it runs, the more rarely.
            if self.made is None and passed - looked > max(EVERY, passed / 50):
                looked, made = passed, count_made(self._out)
                if self.first is None and made > before:
                    self.first = passed
                if made >= wanted:
                    self.made = passed
                if kill_at is not None and made >= kill_at:
                    os.killpg(self._process.pid, signal.SIGKILL)
                    self._process.wait()
                    return
        self.seconds = time.monotonic() - self._begun
        if self._process.returncode:
            log = self._out.with_suffix(".log").read_text(encoding="utf-8")
            sys.exit(f"the run ended with {self._process.returncode}:\n{log[-3000:]}")


def measure_disk(folder: Path) -> int:
    """Return the bytes all files of a folder take on the disk; the store's logs are longer than what they hold."""
    return sum(512 * path.stat().st_blocks for path in folder.rglob("*") if path.is_file())


def measure(share: float, processes: int, mode: str) -> dict[str, Any]:
    """Return the figures of one run that is killed in the middle."""
    wanted = round(DIALOGUES * share)
    with tempfile.TemporaryDirectory() as folder, serve_endpoint(EndpointOptions(0.0, 0.0, TURNS)) as url:
        out = Path(folder) / "run"
        first = Watch(start(out, url, wanted, processes, mode), out)
        first.follow(wanted, kill_at=wanted // 2)
        half, making = count_made(out), time.monotonic()
        second = Watch(start(out, url, wanted, processes, mode), out)
        second.follow(wanted)
        assert first.first is not None
        assert second.first is not None
        assert second.made is not None
        turns = wanted * sum(TURNS) / len(TURNS)
        seconds_making = (making - first._begun - first.first) + (second.made - second.first)
        after = second.seconds - second.made
        summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
        return {
            "dialogues": wanted,
            "kept": summary["dialogues_kept"],
            "lost": len(summary["failed"]) + summary["left"],
            "made_before_kill": half,
            "turns_per_s": turns / seconds_making,
            "start_s": first.first,
            "resume_s": second.first,
            "making_s": seconds_making,
            "filter_export_s": after,
            "hours_total": (first.first + second.first + (seconds_making + after) / share) / 3600,
            "peak_gib": max(first.peak, second.peak) / 2**30,
            "disk_gb": measure_disk(out) / share / 1e9,
        }


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--share", type=float, default=1.0, help="Share of the reference size that is made.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--mode", choices=["direct", "planned"], default="direct")
    arguments = parser.parse_args()
    print(f"{describe_machine('aiohttp', 'prefect')}\n")
    figures = measure(arguments.share, arguments.processes, arguments.mode)
    for name, value in figures.items():
        print(f"{name}: {value:,.3f}" if isinstance(value, float) else f"{name}: {value:,}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
