"""Worker processes that make the shards of a run on the cores of this machine, under one budget and one limit."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from streamdial import errors
from streamdial.errors import StoreError, StreamDialError
from streamdial.models import Usage
from streamdial.models.broker import LINE, Broker, Message, Peer
from streamdial.pipeline.progress import Progress, ProgressFigures, open_progress
from streamdial.pipeline.remote_workers import RemoteWorkers
from streamdial.pipeline.results import SHARDS, MadeShard
from streamdial.pipeline.run import Run

STARTS_WITHIN = 120.0
"""Seconds a worker has to start."""
ENDS_WITHIN = 5.0
"""Seconds a worker has to end by itself."""


class _Started:
    """A worker that was started.

    Attributes:
        process: Its process.
        peer: The connection to it, once it is there.
        busy: Shards it is making.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.peer: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()
        self.busy = 0


class WorkerPool:
    """The workers of a run; closed when its last shard is made.

    Args:
        run: The run; its budget is that of all workers.
        processes: How many.
        progress: Told how far they are.
    """

    def __init__(self, run: Run[Any], processes: int, progress: Progress) -> None:
        self._run = run
        self._processes = processes
        self._progress = progress
        self._folder = Path(tempfile.mkdtemp(prefix="streamdial-"))
        self._path = str(self._folder / "broker")
        self._workers: dict[int, _Started] = {}
        self._started = 0
        self._choosing = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._usages: dict[int, dict[str, Any]] = {}
        self._broker = Broker(run.budget)
        self._told: set[tuple[str, str]] = set()

    async def __aenter__(self) -> WorkerPool:
        """Wait for workers; each is started when a shard is there for it."""
        self._server = await asyncio.start_unix_server(self._welcome, self._path, limit=LINE)
        self._progress.open()
        return self

    async def _start(self) -> int:
        """Start a worker and return its number."""
        number = self._started = self._started + 1
        # Packages this process found, wherever they lie, hold plugins the workers need too.
        paths = (os.environ.get("PYTHONPATH", ""), *sys.path)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        command = (sys.executable, "-m", "streamdial.pipeline.worker", self._path, str(number))
        process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, env=environment)
        self._workers[number] = _Started(process)
        return number

    async def _choose(self) -> int:
        """Return the number of the worker that has least to do; a new one, while there may be more."""
        async with self._choosing:
            for number in [number for number, worker in self._workers.items() if worker.process.returncode is not None]:
                # Whoever waits for it has been told; what it had done is counted.
                del self._workers[number]
                if number in self._progress.workers:
                    self._progress.workers[number] = replace(self._progress.workers[number], running=0)
            if len(self._workers) < self._processes:
                number = await self._start()
            else:
                number = min(self._workers, key=lambda number: self._workers[number].busy)
            self._workers[number].busy += 1
            return number

    async def __aexit__(self, *_: object) -> None:
        """End them: each goes when its connection is closed."""
        self._progress.close()
        for worker in self._workers.values():
            if worker.peer.done() and not worker.peer.cancelled():
                worker.peer.result().close()
            else:
                with suppress(ProcessLookupError):
                    worker.process.terminate()
        try:
            async with asyncio.timeout(ENDS_WITHIN):
                await asyncio.gather(*(worker.process.wait() for worker in self._workers.values()))
        except TimeoutError:
            for worker in self._workers.values():
                with suppress(ProcessLookupError):
                    worker.process.kill()
        if self._server is not None:
            self._server.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def make(self, step: str, assignments: str, content: str, first: int, stop: int, *given: str) -> MadeShard:
        """Have a shard made by the worker that has least to do.

        Args:
            step: Name of the step.
            assignments: Name of the file of the assignments.
            content: Hash of what it holds.
            first: Number of the first dialogue.
            stop: Number after the last one.
            given: What the step is given beside these.

        Raises:
            StreamDialError: What the worker failed with, or that it has gone.
        """
        self._progress.begin(self._run.workspace.name_shard(first, stop))
        number = await self._choose()
        worker = self._workers[number]
        try:
            made = await self._send(number, worker, step, (assignments, content, first, stop, *given))
        finally:
            worker.busy -= 1
        self._usages[number] = made.usage
        own = [self._run.model.usage.to_dict()] if self._run.words_turns else []
        return replace(made, usage=Usage.add([*own, *self._usages.values()]))

    async def _send(self, number: int, worker: _Started, step: str, given: Sequence[Any]) -> MadeShard:
        try:
            peer = await self._wait_for(number, worker)
            answer = await peer.ask("make", step=step, given=given)
        except ConnectionError as error:
            code = await worker.process.wait()
            raise StoreError(
                f"a worker process ended before its shard was made (exit code {code})",
                fix="run the same command again, with fewer --processes where memory is short; what is done stays",
            ) from error
        self._hear(number, {"what": "progress", "figures": answer.get("progress")})
        if failed := answer.get("failed"):
            raise _rebuild_error(failed)
        return SHARDS.validate_json(answer["shard"])

    async def _wait_for(self, number: int, worker: _Started) -> Peer:
        ended = asyncio.ensure_future(worker.process.wait())
        waiting: set[asyncio.Future[Any]] = {ended, worker.peer}
        try:
            await asyncio.wait(waiting, timeout=STARTS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
        if not worker.peer.done():
            raise StoreError(
                f"worker process {number} did not start (exit code {worker.process.returncode})",
                fix="look at what it said above, or run with --processes 1",
            )
        return worker.peer.result()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        number: int | None = None

        def hear(message: Message) -> None:
            nonlocal number
            if message["what"] == "here":
                number = int(message["number"])
                settings = self._run.settings
                peer.tell("begin", kind=settings.COMMAND, settings=settings.model_dump_json(exclude_unset=True))
                self._workers[number].peer.set_result(peer)
            elif number is not None:
                self._hear(number, message)

        await self._broker.serve(peer, hear)

    def _hear(self, number: int, message: Message) -> None:
        if message["what"] == "progress" and message["figures"]:
            self._progress.workers[number] = ProgressFigures(**message["figures"])
        elif message["what"] == "log" and (message["name"], message["told"]) not in self._told:
            # All of them learn the same of an endpoint.
            self._told.add((message["name"], message["told"]))
            logging.getLogger(message["name"]).log(message["level"], message["told"])


def _rebuild_error(failed: dict[str, Any]) -> StreamDialError:
    """Return the error a worker failed with; of another kind than ours it is told as it was."""
    kind = getattr(errors, failed["kind"], None)
    if isinstance(kind, type) and issubclass(kind, (errors.ConfigurationError, StoreError)):
        return kind(failed["told"], fix=failed["fix"], where=failed["where"])
    return StoreError(failed["told"], fix=failed["fix"] or "run the same command again", where=failed["where"])


@asynccontextmanager
async def open_pool(run: Run[Any], whole: int) -> AsyncIterator[None]:
    """Have the shards of a run made by its worker processes inside the block, where it has several.

    Those of a scheduler are there already: they are given a broker.

    Args:
        run: The run.
        whole: Dialogues asked for in all.
    """
    if run.settings.scale.dask and run.words_turns:
        async with RemoteWorkers(run, run.settings.scale.dask) as run.remote:
            try:
                yield
            finally:
                run.remote = None
        return
    if run.processes < 2:
        yield
        return
    async with WorkerPool(run, run.processes, open_progress(run, whole)) as pool:
        run.pool = pool
        try:
            yield
        finally:
            run.pool = None
