"""One gate for the processes of a run: a broker in the first one divides what all may do, by a socket.

Calls in flight and rates are divided among the processes that have something to ask, and divided anew when one begins
or ends; money is asked for before each call. So all of them hold over all processes. One that ends, however it ends,
gives its places and its reservations back with its connection.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson

from streamdial.errors import ModelError
from streamdial.models.budget import Budget, Cost
from streamdial.models.gates import Limits, LocalGate, Passage

LINE = 1 << 26
"""Maximum number of bytes of a message."""
IDLE = 0.2
"""Seconds without a call after which a process gives its share to the others."""
Message = dict[str, Any]


class Peer:
    """One end of a connection: messages of JSON, a line each; what is asked is answered under its number.

    Args:
        reader: What the other end says.
        writer: Where it is told something.

    Attributes:
        gone: Whether the other end has gone.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Message]] = {}
        self._handlers: dict[tuple[str, str], Callable[[Message], None]] = {}
        self.gone = False

    def on(self, what: str, gate: str, handle: Callable[[Message], None]) -> None:
        """Have what is said of a gate handled apart."""
        self._handlers[what, gate] = handle

    def tell(self, what: str, **more: Any) -> None:  # noqa: ANN401
        """Say something that needs no answer; nothing is said to whoever has gone."""
        if not self._writer.is_closing():
            self._writer.write(orjson.dumps({"what": what, **more}) + b"\n")

    async def ask(self, what: str, **more: Any) -> Message:  # noqa: ANN401
        """Say something and wait for its answer.

        Raises:
            ConnectionError: If the other end has gone.
            ModelError: If it refuses.
        """
        number = next(self._numbers)
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._asked[number] = future
        try:
            if self._writer.is_closing():
                raise ConnectionResetError("the other process has gone")
            self.tell(what, n=number, **more)
            answer = await future
        finally:
            del self._asked[number]
        if error := answer.get("error"):
            raise ModelError(error["what"], transient=error["transient"], kind=error["kind"], fix=error["fix"])
        return answer

    def answer(self, number: int, **more: Any) -> None:  # noqa: ANN401
        """Answer what was asked under a number."""
        self.tell("answer", n=number, **more)

    def refuse(self, number: int, error: ModelError) -> None:
        """Answer with an error."""
        told = {"what": error.what, "transient": error.transient, "kind": error.kind, "fix": error.fix}
        self.answer(number, error=told)

    async def listen(self, hear: Callable[[Message], None]) -> None:
        """Take in what the other end says until it has gone; whoever waits for an answer is told that it has.

        Args:
            hear: Is given everything but answers.
        """
        try:
            while line := await self._reader.readline():
                message: Message = orjson.loads(line)
                if message["what"] == "answer":
                    future = self._asked.get(message["n"])
                    if future is not None and not future.done():
                        future.set_result(message)
                else:
                    self._handlers.get((message["what"], message.get("gate", "")), hear)(message)
        except ConnectionError:
            pass
        finally:
            self.gone = True
            for future in self._asked.values():
                if not future.done():
                    future.set_exception(ConnectionResetError("the other process has gone"))
            self.close()

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError, RuntimeError):
            self._writer.close()


class BrokeredGate:
    """The gate of a process that has a share of the calls in flight and of the rates; money it asks for call by call.

    Args:
        peer: The connection to the broker.
        name: Name of the gate there.
        limits: Those of all processes together.
        limited: Whether there is a budget; without one nobody is asked for money.
    """

    def __init__(self, peer: Peer, name: str, limits: Limits, *, limited: bool) -> None:
        self._peer = peer
        self._name = name
        self._limits = limits
        self._limited = limited
        self._here = LocalGate(Budget(), limits)
        self._here.resize(0.0)
        self._inside = 0
        self._joined = False
        self._times = 0
        self._leaving: asyncio.TimerHandle | None = None
        self._owed: int | None = None
        peer.on("share", name, self._take_share)

    @property
    def maximum(self) -> int:
        """Maximum number of calls in flight at once, of all processes."""
        return self._limits.concurrency

    async def reserve(self, purpose: str, cost: Cost) -> None:
        """Set aside what a call may cost at most; see `Gate.reserve`."""
        if self._limited:
            await self._peer.ask("reserve", purpose=purpose, cost=list(cost))

    def settle(self, purpose: str, reserved: Cost, used: Cost) -> None:
        """Give a reservation back and book what was used."""
        if self._limited:
            self._peer.tell("settle", purpose=purpose, cost=list(reserved), used=list(used))

    @asynccontextmanager
    async def hold(self, rank: float, tokens: int) -> AsyncIterator[Passage]:
        """Wait until one try may be made; what the block raises decides how the limit of calls in flight moves."""
        if self._peer.gone:
            raise ConnectionResetError("the other process has gone")
        self._inside += 1
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if not self._joined:
            self._joined = True
            self._times += 1
            self._peer.tell("join", gate=self._name, concurrency=self._limits.concurrency, time=self._times)
        try:
            async with self._here.hold(rank, tokens) as passage:
                yield passage
        finally:
            self._inside -= 1
            self._pay_back()
            if not self._inside:
                self._leaving = asyncio.get_running_loop().call_later(IDLE, self._leave)

    def _take_share(self, message: Message) -> None:
        if not self._joined or message["time"] != self._times:
            return  # it crossed with a goodbye
        self._here.resize(message["places"] / self._limits.concurrency)
        self._owed = message["places"]
        self._pay_back()

    def _pay_back(self) -> None:
        """Say that no more calls are in flight here than the share allows, where that was waited for."""
        if self._owed is not None and self._here.limiter.in_flight <= self._owed:
            self._peer.tell("fits", gate=self._name, places=self._owed)
            self._owed = None

    def _leave(self) -> None:
        self._joined, self._leaving, self._owed = False, None, None
        self._here.resize(0.0)
        self._peer.tell("leave", gate=self._name)


class _Shares:
    """How the places of one gate are divided among the processes that have something to ask.

    What one has is raised only once the others have given it up, so that there are never more calls in flight.

    Args:
        name: Name of the gate.
        concurrency: Its places.
    """

    def __init__(self, name: str, concurrency: int) -> None:
        self._name = name
        self._concurrency = concurrency
        self._granted: dict[Peer, int] = {}
        self._asked: dict[Peer, int] = {}
        self._times: dict[Peer, int] = {}

    def join(self, peer: Peer, time: int) -> None:
        self._granted[peer], self._times[peer] = 0, time
        self._divide()

    def leave(self, peer: Peer) -> None:
        for known in (self._granted, self._asked, self._times):
            known.pop(peer, None)
        self._divide()

    def fit(self, peer: Peer, places: int) -> None:
        if self._asked.get(peer) == places:
            self._granted[peer] = places
            del self._asked[peer]
            self._divide()

    def _divide(self) -> None:
        if not self._granted:
            return
        least, more = divmod(self._concurrency, len(self._granted))
        wanted = {peer: least + (place < more) for place, peer in enumerate(self._granted)}
        for peer, places in wanted.items():
            if places < self._asked.get(peer, self._granted[peer]):
                self._asked[peer] = places
                peer.tell("share", gate=self._name, places=places, time=self._times[peer])
        free = self._concurrency - sum(self._granted.values())
        for peer, places in wanted.items():
            given = min(places - self._granted[peer], free)
            if given > 0 and peer not in self._asked:
                self._granted[peer] += given
                free -= given
                peer.tell("share", gate=self._name, places=self._granted[peer], time=self._times[peer])


class Broker:
    """Divides the calls in flight and the rates among other processes, and lets them spend one budget.

    Args:
        budget: The budget.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._shares: dict[str, _Shares] = {}

    async def serve(self, peer: Peer, hear: Callable[[Message], None]) -> None:
        """Serve one process until it has gone; what it held and had reserved is given back then.

        Args:
            peer: The connection to it.
            hear: Is given what it says of something else.
        """
        reserved: list[tuple[str, Cost]] = []

        def take(message: Message) -> None:
            what = message["what"]
            if what == "reserve":
                self._reserve(peer, message, reserved)
            elif what == "settle":
                cost = Cost(*message["cost"])
                reserved.remove((message["purpose"], cost))
                self._budget.settle(message["purpose"], cost, Cost(*message["used"]))
            elif what == "join":
                self._open(message["gate"], message["concurrency"]).join(peer, message["time"])
            elif what == "leave":
                self._shares[message["gate"]].leave(peer)
            elif what == "fits":
                self._shares[message["gate"]].fit(peer, message["places"])
            else:
                hear(message)

        try:
            await peer.listen(take)
        finally:
            for shares in self._shares.values():
                shares.leave(peer)
            for purpose, cost in reserved:
                # Nobody knows whether its call was made: what it may have cost at most is booked.
                self._budget.settle(purpose, cost, cost)

    def _open(self, name: str, concurrency: int) -> _Shares:
        if name not in self._shares:
            self._shares[name] = _Shares(name, concurrency)
        return self._shares[name]

    def _reserve(self, peer: Peer, message: Message, reserved: list[tuple[str, Cost]]) -> None:
        cost = Cost(*message["cost"])
        try:
            self._budget.reserve(message["purpose"], cost)
        except ModelError as error:
            peer.refuse(message["n"], error)
            return
        reserved.append((message["purpose"], cost))
        peer.answer(message["n"])
