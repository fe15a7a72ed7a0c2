"""A worker process of a run: makes the shards it is told to, and asks the run's own process before each model call.

    python -m streamdial.pipeline.worker SOCKET NUMBER

It is started by `streamdial.pipeline.workers.WorkerPool`, and ends with the process that started it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from streamdial.errors import StreamDialError
from streamdial.models.broker import LINE, Message, Peer
from streamdial.pipeline.dialogues import make_shard
from streamdial.pipeline.progress import find_progress
from streamdial.pipeline.results import SHARDS, MadeShard
from streamdial.pipeline.run import Run, open_run
from streamdial.pipeline.settings import BaseSettings, RunSettings
from streamdial.pipeline.tool_dialogues import make_tool_shard
from streamdial.pipeline.tool_settings import ToolUseSettings

STEPS: Mapping[str, Callable[..., Awaitable[MadeShard]]] = {
    step.__name__: step for step in (make_shard, make_tool_shard)
}
"""What a worker can be told to do."""
SETTINGS: Mapping[str, type[BaseSettings]] = {kind.COMMAND: kind for kind in (RunSettings, ToolUseSettings)}
TELL_EVERY = 0.5
"""Seconds between two reports of how far it is."""


class _Forwarded(logging.Handler):
    """Tells the run's own process what is logged here; how far the dialogues are it says itself."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(logging.INFO)
        self._peer = peer

    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        if not told.startswith("IDG: "):
            self._peer.tell("log", name=record.name, level=record.levelno, told=told)


class Worker:
    """Makes shards until nobody is there any more who wants them.

    Args:
        peer: The connection to the run's own process.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._run: Run[Any] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, message: Message) -> None:
        """Take an order: `begin` with the settings of the run, or `make` with a shard."""
        if message["what"] == "begin":
            settings = SETTINGS[message["kind"]].model_validate_json(message["settings"])
            self._run = open_run(settings)
            self._run.peer = self._peer
            self._add(self._tell_progress())
        else:
            self._add(self._make(message))

    def _add(self, work: Any) -> None:  # noqa: ANN401
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make(self, message: Message) -> None:
        number = message["n"]
        try:
            made = await STEPS[message["step"]](self._run, *message["given"])
            self._peer.answer(number, shard=SHARDS.dump_json(made).decode(), progress=self._measure())
        except Exception as error:
            logging.getLogger(__name__).debug("a shard could not be made", exc_info=True)
            parts = {"told": f"{type(error).__name__}: {error}", "fix": None, "where": None}
            if isinstance(error, StreamDialError):
                parts = {"told": error.what, "fix": error.fix, "where": error.where}
            self._peer.answer(number, failed={"kind": type(error).__name__, **parts})

    def _measure(self) -> dict[str, Any] | None:
        assert self._run is not None
        figures = self._run.shared["progress"].measure() if "progress" in self._run.shared else None
        return asdict(figures) if figures is not None else None

    async def _tell_progress(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY)
            if find_progress() is not None:
                self._peer.tell("progress", figures=self._measure())


async def _work(path: str, number: int) -> None:
    reader, writer = await asyncio.open_unix_connection(path, limit=LINE)
    peer = Peer(reader, writer)
    logger = logging.getLogger("streamdial")
    logger.addHandler(_Forwarded(peer))
    logger.setLevel(logging.INFO)
    peer.tell("here", number=number)
    worker = Worker(peer)
    await peer.listen(worker.hear)


def main() -> None:
    """Work until the other end of the socket is closed; what was made is kept line by line."""
    # Whoever started the run stops it, and this process ends with its connection.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_work(sys.argv[1], int(sys.argv[2])))
    os._exit(0)


if __name__ == "__main__":
    main()
