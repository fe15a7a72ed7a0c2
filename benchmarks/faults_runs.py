"""Runs of the command line that are started, watched, killed and compared, against an endpoint that counts."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from benchmarks.engine import ROOT
from streamdial.files import read_lines
from streamdial.testing import Fault, MockEndpoint, ObedientModel

PHASES = {"SSI": "SSI:", "APS": "APS:", "CB": "CB:", "IDG": "IDG:", "DF": "DF:", "export": "writing data set"}
"""What a run says when a phase begins."""
LONGEST = 1800.0
"""Seconds after which a run that has not ended is given up."""


class SteadyModel(ObedientModel):
    """An obedient model whose words depend on what it is asked alone, not on what it was asked before."""

    def _word(self, text: str, number: int, prompt: str) -> str:
        return super()._word(text, zlib.crc32(prompt.encode()) % 400, prompt)


class CountingEndpoint(MockEndpoint):
    """A mock endpoint whose answers say which call they belong to, in their prompt tokens.

    Attributes:
        failing: What is wrong with every call, as long as it is set.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(self._word_turns, **options)
        self.failing: Fault | None = None
        self._model = SteadyModel()
        self._numbers: dict[bytes, int] = {}

    def _word_turns(self, body: Mapping[str, Any]) -> str:
        from streamdial.models import ChatMessage, ChatRequest

        messages = tuple(ChatMessage(role=each["role"], content=each["content"] or "") for each in body["messages"])
        return str(self._model._replies(ChatRequest(messages=messages)))  # type: ignore[operator]

    def _choose_fault(self, number: int, body: Mapping[str, Any]) -> Fault | None:
        return self.failing or super()._choose_fault(number, body)

    def answer_after(self, seconds: float) -> None:
        """Answer every call from now on after so many seconds."""
        self._latency = seconds

    def number(self, body: Mapping[str, Any]) -> int:
        """Return the number of a call, the same one for the same call asked again."""
        return self._numbers.setdefault(orjson.dumps(body, option=orjson.OPT_SORT_KEYS), 1 + len(self._numbers))

    def _wrap(self, said: str | Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        answer = super()._wrap(said, body)
        answer["usage"]["prompt_tokens"] = self.number(body)
        return answer

    def list_calls(self, start: int = 0) -> list[int]:
        """Return the numbers of the calls made so far, in order, from one on."""
        return [self.number(body) for body in self.bodies[start:]]


def list_finished(out: Path) -> set[int]:
    """Return the numbers of the calls whose answers a run has kept; its cache is not touched."""
    with tempfile.TemporaryDirectory() as name:
        for path in (out / "cache").glob("calls.sqlite*"):
            # A run that has just been killed may have left files that come and go.
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(path, name)
        if not (Path(name) / "calls.sqlite").is_file():
            return set()
        with contextlib.closing(sqlite3.connect(Path(name) / "calls.sqlite")) as database:
            try:
                rows = database.execute("SELECT reply FROM calls").fetchall()
            except sqlite3.OperationalError:  # killed before it had a table
                return set()
    return {json.loads(row[0])["prompt_tokens"] for row in rows}


class Course:
    """A run of the command line in a process group of its own.

    Args:
        out: Folder of the run.
        home: Folder of Prefect's files.
        url: Address of the endpoint.
        dialogues: How many are wanted.
        options: More options of the command.
        environment: More variables of its environment.
    """

    def __init__(
        self,
        out: Path,
        home: Path,
        url: str,
        dialogues: int,
        *options: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.out, self._log = out, home.with_name(f"{home.name}.log")
        command = [sys.executable, "-m", "streamdial.deployments.cli", "run", "--domain", "restaurant"]
        command += ["--source", str(ROOT / "examples" / "restaurant_live"), "--out", str(out)]
        command += ["--dialogues", str(dialogues), "--model", "openai/mock", "--api-base", url, "--mode", "guided"]
        command += ["--signals", "rules", "--concurrency", "16", "--shard-size", "64", *options]
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "QDRANT_"))}
        kept |= {"PREFECT_HOME": str(home), "PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "1", **(environment or {})}
        self.begun = time.monotonic()
        with self._log.open("w") as log:
            self.process = subprocess.Popen(command, env=kept, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)

    @property
    def told(self) -> list[str]:
        """The lines it has printed."""
        return self._log.read_text(errors="replace").splitlines()

    def find_phase(self) -> str:
        """Return the phase it is in; `start` before the first."""
        text = "\n".join(self.told)
        return next((phase for phase, mark in reversed(PHASES.items()) if mark in text), "start")

    def wait_until(self, happens: Callable[[], bool]) -> bool:
        """Wait until something happens; False if the run has ended before."""
        while self.process.poll() is None:
            if happens():
                return True
            if time.monotonic() - self.begun > LONGEST:
                self.kill()
                raise TimeoutError(f"a run did not end within {LONGEST:g} s: {self.told[-1:]}")
            time.sleep(0.02)
        return False

    def wait_for_phase(self, phase: str) -> bool:
        """Wait until a phase or a later one has begun; False if the run has ended before."""
        order = ["start", *PHASES]
        return self.wait_until(lambda: order.index(self.find_phase()) >= order.index(phase))

    def kill(self) -> None:
        """Kill it and all it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> int:
        """Wait for its end and return its exit code."""
        self.wait_until(lambda: False)
        return self.process.returncode

    @property
    def last(self) -> str:
        """The last line it printed."""
        return next((line for line in reversed(self.told) if line.strip()), "")


class Kept(NamedTuple):
    """What a run has made.

    Attributes:
        lines: The line of each dialogue, by id.
        doubled: Dialogues that stand in its shards or its data set more than once.
        set: The published dialogues.
        failed: Dialogues its summary names as lost.
    """

    lines: dict[str, bytes]
    doubled: int
    set: bytes
    failed: int


def read_kept(out: Path) -> Kept:
    """Return what a finished run has made."""
    lines: dict[str, bytes] = {}
    seen: Counter[str] = Counter()
    for path in sorted((out / "dialogues").glob("shard-*.jsonl")):
        for line in path.read_bytes().splitlines():
            name = orjson.loads(line)["id"]
            lines[name] = line
            seen[name] += 1
    published = sorted((out / "dataset" / "sharegpt").glob("*.jsonl"))
    told = Counter(line["id"] for file in published for line in read_lines(file))
    doubled = sum(number - 1 for each in (seen, told) for number in each.values())
    summary = out / "summary.json"
    failed = len(json.loads(summary.read_text(encoding="utf-8"))["failed"]) if summary.is_file() else 0
    return Kept(lines, doubled, b"".join(file.read_bytes() for file in published), failed)


def compare(whole: Kept, found: Kept) -> dict[str, float]:
    """Return what a run that was disturbed has lost and doubled, and the share of dialogues that are the same bytes.

    Args:
        whole: What the undisturbed run made.
        found: What the disturbed one made.
    """
    same = sum(found.lines.get(name) == line for name, line in whole.lines.items())
    lost = len(whole.lines.keys() - found.lines.keys()) + found.failed
    equal = same / max(len(whole.lines.keys() | found.lines.keys()), 1)
    return {
        "lost": lost,
        "doubled": found.doubled,
        "content_equal": equal,
        "set_equal": float(whole.set == found.set),
    }


class Begun(NamedTuple):
    """A run that was begun and stopped at once; copies of it have one salt and one Prefect database without results."""

    out: Path
    home: Path

    def copy(self, folder: Path, name: str) -> Begun:
        """Return a copy."""
        made = Begun(folder / name / "run", folder / name / "prefect")
        shutil.copytree(self.out, made.out)
        shutil.copytree(self.home, made.home)
        return made


def begin_run(folder: Path, dialogues: int) -> Begun:
    """Begin a run and stop it as soon as it reads; pseudonyms and ids of its copies are the same."""
    begun = Begun(folder / "begun" / "run", folder / "begun" / "prefect")
    begun.home.mkdir(parents=True)
    with CountingEndpoint() as endpoint:
        course = Course(begun.out, begun.home, endpoint.url, dialogues)
        if not course.wait_for_phase("SSI"):
            raise RuntimeError(f"no run could be begun: {course.last}")
        course.kill()
    return begun
