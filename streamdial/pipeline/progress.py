"""Progress of a run's dialogues: one line now and then for all shards of this process, and figures for a panel."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from streamdial.dialogues import Tally
from streamdial.models import Usage
from streamdial.pipeline.run import Run

logger = logging.getLogger("streamdial.progress")
REPORT_EVERY = 10.0
"""Seconds between two lines of progress."""
_open: list[Progress] = []


@dataclass(frozen=True)
class ProgressFigures:
    """How far the dialogues of a run are.

    Attributes:
        whole: Dialogues asked for in all.
        done: Finished ones, those of an earlier try included.
        running: Begun and not finished.
        failed: Given up.
        left: Not made for want of budget.
        calls: Model calls.
        cached: Calls answered from the cache.
        retried: Attempts repeated.
        retrying: Calls that wait to be tried again.
        tokens: Tokens of prompts and answers.
        dollars: What they cost.
        per_minute: Dialogues made a minute.
        seconds_left: Time left at that speed; 0 where nothing was made yet.
        last: The last line of the dialogue that was finished last.
        before: Of the finished ones, those of an earlier try.
    """

    whole: int
    done: int
    running: int
    failed: int
    left: int
    calls: int
    cached: int
    retried: int
    retrying: int
    tokens: int
    dollars: float
    per_minute: float
    seconds_left: float
    last: str
    before: int = 0

    def describe(self) -> str:
        """Return the line: done, running, retrying, failed, calls, tokens, cost, speed and time left."""
        parts = [
            f"IDG: {self.done} of {self.whole} dialogues done, {self.running} running, "
            f"{self.retrying} retrying, {self.failed} failed",
            *([f"{self.left} left for want of budget"] if self.left else []),
            f"{self.calls} calls ({self.cached} from cache, {self.retried} retried)",
            f"{self.tokens} tokens",
            f"${self.dollars:.2f}",
            f"{self.per_minute:.1f} dialogues/min",
            *([f"{self.seconds_left / 60:.1f} min left"] if self.seconds_left >= 3 else []),
        ]
        return ", ".join(parts)


def find_progress() -> ProgressFigures | None:
    """Return how far the dialogues are that are being made in this process; None where none are."""
    return _open[-1].measure() if _open else None


def open_progress(run: Run, whole: int) -> Progress:
    """Return the progress of a run's dialogues, the same for all that make them in this process.

    Args:
        run: The run.
        whole: Dialogues asked for in all.
    """
    known: Progress | None = run.shared.get("progress")
    if known is None or known.whole != whole:
        known = run.shared["progress"] = Progress(run, whole)
    return known


def cut_into_shards(run: Run, whole: int) -> list[tuple[int, int]]:
    """Return the first dialogue of each shard of a run, and the one after its last.

    Args:
        run: The run.
        whole: Dialogues asked for in all.
    """
    size = run.settings.scale.shard_size
    return [(first, min(first + size, whole)) for first in range(0, whole, size)]


def count_finished(run: Run, whole: int) -> dict[str, int]:
    """Return how many dialogues the shards have that were finished in an earlier try, by the shards' names.

    Those that lie on a storage of several machines are not looked for.

    Args:
        run: The run.
        whole: Dialogues asked for in all.
    """
    names = {run.workspace.name_shard(first, stop): stop - first for first, stop in cut_into_shards(run, whole)}
    return {name: count for name, count in names.items() if (run.workspace.root / name).is_file()}


class Progress:
    """Tells how far all open shards of a run are.

    Args:
        run: The run.
        whole: Dialogues asked for in all.
    """

    def __init__(self, run: Run, whole: int) -> None:
        self._run = run
        self.whole = whole
        self._tallies: list[Tally] = []
        self._start = time.monotonic()
        self._before = 0
        self._finished = {} if run.peer else count_finished(run, whole)
        self._reporting: asyncio.Task[None] | None = None
        self._shards = 0
        self._entered = 0.0
        self.seconds = 0.0
        """Time in which shards were open, up to when the last one was left."""
        self.last = ""
        """The last line of the dialogue that was finished last."""
        self.workers: dict[int, ProgressFigures] = {}
        """How far the worker processes are, by their numbers."""

    def enter(self, tally: Tally, shard: str) -> None:
        """Take the tally of a shard, given by its name, into account."""
        self.begin(shard)
        self._tallies.append(tally)
        self._before += tally.done
        self.open()

    def begin(self, shard: str) -> None:
        """Note that a shard is being made, finished once or not: its dialogues are counted one by one."""
        self._finished.pop(shard, None)

    def open(self) -> None:
        """Note that dialogues are being made: the first time starts the reports."""
        if not self._shards:
            self._entered = time.monotonic()
            _open.append(self)
        self._shards += 1
        if self._reporting is None or self._reporting.done():
            self._reporting = asyncio.create_task(self._report())

    def close(self) -> None:
        """Undo one `open`; after the last nothing is reported until another."""
        self._shards -= 1
        if self._shards:
            return
        self.seconds += time.monotonic() - self._entered
        _open.remove(self)
        if self._reporting is not None:
            self._reporting.cancel()
            self._reporting = None
            logger.info(self.measure().describe())

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY)
            figures = self.measure()
            told = figures.describe()
            logger.info(told)
            if self._run.show_progress is None:
                continue
            try:
                await self._run.show_progress(figures.done / self.whole, told)
            except Exception:
                # A server that is away for a moment must not cost a dialogue.
                logger.debug("progress could not be shown", exc_info=True)

    def measure(self) -> ProgressFigures:
        """Return how far all shards of the run are, those of its worker processes too."""
        workers = self.workers.values()
        done, running, failed, left = (
            sum(getattr(one, name) for one in (*self._tallies, *workers))
            for name in ("done", "running", "failed", "left")
        )
        asked: list[tuple[float, ...]] = [
            (usage.calls.total(), usage.cached, usage.retries.total(), usage.retrying, usage.tokens, usage.dollars)
            for usage in (Usage(), *(model.usage for model in self._run.list_models()))
        ]
        asked += [(one.calls, one.cached, one.retried, one.retrying, one.tokens, one.dollars) for one in workers]
        calls, cached, retried, retrying, tokens, dollars = (sum(column) for column in zip(*asked, strict=True))
        minutes = max(time.monotonic() - self._start, 1e-6) / 60
        earlier = sum(self._finished.values())
        done += earlier
        before = earlier + self._before + sum(worker.before for worker in workers)
        speed = (done - before) / minutes
        return ProgressFigures(
            whole=self.whole,
            done=done,
            running=running,
            failed=failed,
            left=left,
            calls=int(calls),
            cached=int(cached),
            retried=int(retried),
            retrying=int(retrying),
            tokens=int(tokens),
            dollars=dollars,
            per_minute=speed,
            seconds_left=60 * (self.whole - done - failed - left) / speed if speed else 0.0,
            last=next((last for last in (*(one.last for one in workers), self.last) if last), ""),
            before=before,
        )
