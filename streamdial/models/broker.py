"""One gate for the processes of a run: a broker in the first one lets the calls of all through, by a socket.

Budgets, rates and the number of calls in flight hold over all processes, because each call asks before it is made. A
process that ends, however it ends, gives its places and its reservations back with its connection.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson

from streamdial.errors import ModelError
from streamdial.models.budget import Cost
from streamdial.models.gates import LocalGate, Passage

LINE = 1 << 26
"""Maximum number of bytes of a message."""
Message = dict[str, Any]


class Peer:
    """One end of a connection: messages of JSON, a line each; what is asked is answered under its number.

    Args:
        reader: What the other end says.
        writer: Where it is told something.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Message]] = {}

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
                    hear(message)
        except ConnectionError:
            pass
        finally:
            for future in self._asked.values():
                if not future.done():
                    future.set_exception(ConnectionResetError("the other process has gone"))
            self.close()

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError, RuntimeError):
            self._writer.close()


class BrokeredGate:
    """The gate of a process that asks a broker.

    Args:
        peer: The connection to it.
        name: Name of the gate there.
        maximum: Calls in flight at once, of all processes.
        limited: Whether there is a budget; without one nobody is asked for money.
    """

    def __init__(self, peer: Peer, name: str, maximum: int, *, limited: bool) -> None:
        self.maximum = maximum
        self._peer = peer
        self._name = name
        self._limited = limited

    async def reserve(self, purpose: str, cost: Cost) -> None:
        """Set aside what a call may cost at most; see `Gate.reserve`."""
        if self._limited:
            await self._peer.ask("reserve", purpose=purpose, cost=list(cost), gate=self._name)

    def settle(self, purpose: str, reserved: Cost, used: Cost) -> None:
        """Give a reservation back and book what was used."""
        if self._limited:
            self._peer.tell("settle", purpose=purpose, cost=list(reserved), used=list(used), gate=self._name)

    @asynccontextmanager
    async def hold(self, rank: float, tokens: int) -> AsyncIterator[Passage]:
        """Wait until one try may be made; what the block raises decides how the limit of calls in flight moves."""
        held = await self._peer.ask("hold", gate=self._name, maximum=self.maximum, rank=rank, tokens=tokens)
        passage, kind = Passage(), ""
        try:
            yield passage
        except ModelError as error:
            kind = error.kind
            raise
        finally:
            self._peer.tell("pass", held=held["n"], used=passage.used, kind=kind)


class Broker:
    """Lets the calls of other processes through the gates of this one.

    Args:
        open_gate: Returns the gate of a name, made where there is none, for so many calls in flight.
    """

    def __init__(self, open_gate: Callable[[str, int], LocalGate]) -> None:
        self._open_gate = open_gate

    async def serve(self, peer: Peer, hear: Callable[[Message], None]) -> None:
        """Let one process through until it has gone; what it held and had reserved is given back then.

        Args:
            peer: The connection to it.
            hear: Is given what it says of something else.
        """
        held: dict[int, asyncio.Future[tuple[int, str]]] = {}
        tasks: set[asyncio.Task[None]] = set()
        reserved: list[tuple[str, str, Cost]] = []
        handlers: Mapping[str, Callable[[Message], Awaitable[None]]] = {
            "hold": lambda message: self._hold(peer, message, held),
            "reserve": lambda message: self._reserve(peer, message, reserved),
        }

        def take(message: Message) -> None:
            what = message["what"]
            if what == "pass":
                held[message["held"]].set_result((message["used"], message["kind"]))
            elif what == "settle":
                name, cost = message["gate"], Cost(*message["cost"])
                reserved.remove((name, message["purpose"], cost))
                self._open_gate(name, 1).settle(message["purpose"], cost, Cost(*message["used"]))
            elif what in handlers:
                task = asyncio.ensure_future(handlers[what](message))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            else:
                hear(message)

        try:
            await peer.listen(take)
        finally:
            for task in tasks:
                task.cancel()
            for name, purpose, cost in reserved:
                # Nobody knows whether its call was made: what it may have cost at most is booked.
                self._open_gate(name, 1).settle(purpose, cost, cost)

    async def _reserve(self, peer: Peer, message: Message, reserved: list[tuple[str, str, Cost]]) -> None:
        cost = Cost(*message["cost"])
        try:
            await self._open_gate(message["gate"], 1).reserve(message["purpose"], cost)
        except ModelError as error:
            peer.refuse(message["n"], error)
            return
        reserved.append((message["gate"], message["purpose"], cost))
        peer.answer(message["n"])

    async def _hold(self, peer: Peer, message: Message, held: dict[int, asyncio.Future[tuple[int, str]]]) -> None:
        number = message["n"]
        future = held[number] = asyncio.get_running_loop().create_future()
        gate = self._open_gate(message["gate"], message["maximum"])
        try:
            # What the call ended with moves the limit of calls in flight, here as where it was made.
            with suppress(ModelError):
                async with gate.hold(message["rank"], message["tokens"]) as passage:
                    peer.answer(number)
                    passage.used, kind = await future
                    if kind:
                        raise ModelError("a call of another process", transient=True, kind=kind)
        finally:
            del held[number]
