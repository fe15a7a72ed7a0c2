"""Progress of a run's dialogues: one line now and then for all shards of this process."""

from __future__ import annotations

import asyncio
import logging
import time

from streamdial.dialogues import Tally
from streamdial.pipeline.run import Run

logger = logging.getLogger("streamdial.progress")
REPORT_EVERY = 10.0
"""Seconds between two lines of progress."""


class Progress:
    """Tells how far all open shards of a run are.

    Args:
        run: The run.
        whole: Dialogues asked for in all.
    """

    def __init__(self, run: Run, whole: int) -> None:
        self._run = run
        self._whole = whole
        self._tallies: list[Tally] = []
        self._start = time.monotonic()
        self._before = 0
        self._reporting: asyncio.Task[None] | None = None
        self._open = 0

    def enter(self, tally: Tally) -> None:
        """Take a shard's tally into account; the first open one starts the reports."""
        self._tallies.append(tally)
        self._before += tally.done
        self._open += 1
        if self._reporting is None or self._reporting.done():
            self._reporting = asyncio.create_task(self._report())

    def leave(self) -> None:
        """Note that a shard is finished; after the last open one nothing is reported until another begins."""
        self._open -= 1
        if not self._open and self._reporting is not None:
            self._reporting.cancel()
            self._reporting = None
            logger.info(self.describe())

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY)
            told = self.describe()
            logger.info(told)
            if self._run.show_progress is None:
                continue
            try:
                await self._run.show_progress(sum(tally.done for tally in self._tallies) / self._whole, told)
            except Exception:
                # A server that is away for a moment must not cost a dialogue.
                logger.debug("progress could not be shown", exc_info=True)

    def describe(self) -> str:
        """Return the line: done, running, retrying, failed, calls, tokens, cost, speed and time left."""
        done, running, failed, left = (
            sum(getattr(tally, name) for tally in self._tallies) for name in ("done", "running", "failed", "left")
        )
        usages = [model.usage for model in self._run.list_models()]
        minutes = max(time.monotonic() - self._start, 1e-6) / 60
        speed = (done - self._before) / minutes
        rest = (self._whole - done - failed - left) / speed if speed else 0.0
        parts = [
            f"IDG: {done} of {self._whole} dialogues done, {running} running, "
            f"{sum(usage.retrying for usage in usages)} retrying, {failed} failed",
            *([f"{left} left for want of budget"] if left else []),
            f"{sum(sum(usage.calls.values()) for usage in usages)} calls "
            f"({sum(usage.cached for usage in usages)} from cache, "
            f"{sum(sum(usage.retries.values()) for usage in usages)} retried)",
            f"{sum(usage.prompt_tokens + usage.completion_tokens for usage in usages)} tokens",
            f"${sum(usage.dollars for usage in usages):.2f}",
            f"{speed:.1f} dialogues/min",
            *([f"{rest:.1f} min left"] if rest >= 0.05 else []),
        ]
        return ", ".join(parts)
