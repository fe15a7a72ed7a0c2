"""The broker of a run whose shards are made on other machines: one budget, one limit of calls and one rate for all."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from streamdial.errors import StoreError
from streamdial.models import Usage
from streamdial.models.broker import LINE, Broker, Message, Peer
from streamdial.pipeline.results import MadeShard
from streamdial.pipeline.run import Run

CONNECTS_WITHIN = 30.0
"""Seconds within which a worker reaches the broker, and says the key."""
KEY_BYTES = 16


class RemoteWorkers:
    """The broker as remote workers reach it, by TCP; who does not know its key is not heard.

    Args:
        run: The run; its budget is that of all workers.
        scheduler: Address of the scheduler of the workers, or `local`.
    """

    def __init__(self, run: Run[Any], scheduler: str) -> None:
        self._broker = Broker(run.budget)
        self._host = find_own_address(scheduler)
        self._key = secrets.token_hex(KEY_BYTES)
        self._server: asyncio.Server | None = None
        self._usages: dict[str, dict[str, Any]] = {}

    async def __aenter__(self) -> RemoteWorkers:
        """Wait for workers."""
        self._server = await asyncio.start_server(self._welcome, self._host, 0, limit=LINE)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let nobody in any more; whoever is connected is heard until it goes."""
        assert self._server is not None
        self._server.close()

    @property
    def address(self) -> str:
        """Where the broker is and the key to it: HOST:PORT:KEY."""
        assert self._server is not None
        return f"{self._host}:{self._server.sockets[0].getsockname()[1]}:{self._key}"

    def count(self, made: MadeShard) -> MadeShard:
        """Return a shard that tells what all workers have asked models so far; each of them knows of its own calls."""
        self._usages[made.name] = made.usage
        return replace(made, usage=Usage.add([*self._usages.values()]))

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = b""
        # A line that never ends or is longer than any of ours, or a connection that breaks: none of the run's workers.
        with suppress(TimeoutError, ValueError, OSError):
            async with asyncio.timeout(CONNECTS_WITHIN):
                said = await reader.readline()
        if not secrets.compare_digest(said.strip(), self._key.encode()):
            writer.close()
            return
        await self._broker.serve(Peer(reader, writer), _ignore)


def _ignore(_: Message) -> None:
    """Workers of a scheduler say nothing of anything but calls."""


def find_own_address(scheduler: str) -> str:
    """Return the address at which workers of a scheduler reach this machine: the one it reaches the scheduler from.

    Raises:
        StoreError: If the scheduler's address is none.
    """
    if scheduler == "local":
        return "127.0.0.1"
    place = urlsplit(scheduler if "://" in scheduler else f"tcp://{scheduler}")
    try:
        # Nothing is sent: a datagram socket only chooses its way.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
            way.connect((place.hostname or "", place.port or 8786))
            return str(way.getsockname()[0])
    except OSError as error:
        raise StoreError(
            f"the scheduler {scheduler!r} cannot be found ({error})", fix="correct --dask, as tcp://HOST:8786"
        ) from error


@asynccontextmanager
async def join_broker(run: Run[Any], address: str) -> AsyncIterator[None]:
    """Have the models of a run ask the broker of another process before each call, inside the block.

    Args:
        run: The run as this process opened it; no model of it has been used yet.
        address: As of `RemoteWorkers.address`; empty for none.

    Raises:
        StoreError: If the broker cannot be reached.
    """
    if not address:
        yield
        return
    host, port, key = address.rsplit(":", 2)
    try:
        async with asyncio.timeout(CONNECTS_WITHIN):
            reader, writer = await asyncio.open_connection(host, int(port), limit=LINE)
    except (OSError, TimeoutError) as error:
        raise StoreError(
            f"the run's own process cannot be reached at {host}:{port} ({error or 'no answer'})",
            fix="let workers reach the machine the run was started on",
            transient=True,
        ) from error
    writer.write(key.encode() + b"\n")
    run.peer = Peer(reader, writer)
    listening = asyncio.ensure_future(run.peer.listen(_ignore))
    try:
        yield
    finally:
        run.peer.close()
        await listening
