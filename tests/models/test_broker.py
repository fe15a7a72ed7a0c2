"""Several processes pass one gate: places, budgets and rates hold over all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from streamdial.errors import ModelError
from streamdial.models import Allowance, Budget, Cost
from streamdial.models.broker import Broker, BrokeredGate, Message, Peer
from streamdial.models.gates import Limits


@asynccontextmanager
async def connect(path: Path, budget: Budget, heard: list[Message]) -> AsyncIterator[list[Peer]]:
    """Yield two connections to a broker of a budget."""
    served = []
    broker = Broker(budget)

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        await broker.serve(Peer(reader, writer), heard.append)

    server = await asyncio.start_unix_server(welcome, str(path))
    peers = [Peer(*await asyncio.open_unix_connection(str(path))) for _ in range(2)]
    listening = [asyncio.ensure_future(peer.listen(heard.append)) for peer in peers]
    try:
        yield peers
    finally:
        for peer in peers:
            peer.close()
        await asyncio.gather(*listening)
        server.close()
        for task in served:
            with suppress(asyncio.CancelledError):
                await task  # type: ignore[misc]


async def test_the_calls_of_all_are_in_flight_at_most_so_often(tmp_path: Path) -> None:
    in_flight = most = 0
    by = [0, 0]
    async with connect(tmp_path / "s", Budget(), []) as peers:
        gates = [BrokeredGate(peer, "m", Limits(5), limited=False) for peer in peers]

        async def call(number: int, side: int) -> None:
            nonlocal in_flight, most
            async with gates[side].hold(0.0, 10):
                in_flight += 1
                by[side] += 1
                most = max(most, in_flight)
                await asyncio.sleep(0.01)
                in_flight -= 1

        # One has all to itself first, then they share, then the other has all.
        first = asyncio.gather(*(call(number, 0) for number in range(40)))
        await asyncio.sleep(0.03)
        await asyncio.gather(first, *(call(number, 1) for number in range(60)))
    assert most == 5
    assert by == [40, 60]


async def test_who_asks_nothing_leaves_its_share_to_the_others(tmp_path: Path) -> None:
    async with connect(tmp_path / "s", Budget(), []) as peers:
        idle, busy = (BrokeredGate(peer, "m", Limits(4), limited=False) for peer in peers)
        async with idle.hold(0.0, 1), busy.hold(0.0, 1):
            await asyncio.sleep(0.02)
            assert (idle._here.limiter.maximum, busy._here.limiter.maximum) == (2, 2)
        async with busy.hold(0.0, 1):
            await asyncio.sleep(0.5)
            assert (idle._here.limiter.maximum, busy._here.limiter.maximum) == (0, 4)
        async with idle.hold(0.0, 1):
            assert idle._here.limiter.maximum >= 1


async def test_rates_are_divided_as_places_are(tmp_path: Path) -> None:
    async with connect(tmp_path / "s", Budget(), []) as peers:
        gates = [BrokeredGate(peer, "m", Limits(4, 600, 6000), limited=False) for peer in peers]
        async with gates[0].hold(0.0, 1), gates[1].hold(0.0, 1):
            await asyncio.sleep(0.02)
            requests, tokens = gates[0]._here._requests, gates[0]._here._tokens
            assert requests is not None
            assert tokens is not None
            assert (requests.rate, tokens.rate) == (5.0, 50.0)


async def test_money_is_spent_once_whoever_spends_it(tmp_path: Path) -> None:
    budget = Budget(Allowance(tokens=100))
    async with connect(tmp_path / "s", budget, []) as peers:
        gates = [BrokeredGate(peer, "m", Limits(8), limited=True) for peer in peers]
        spent = refused = 0

        async def call(number: int) -> None:
            nonlocal spent, refused
            try:
                await gates[number % 2].reserve("user_turn", Cost(30))
            except ModelError as error:
                assert error.kind == "budget"
                assert error.ends
                assert "--max-tokens" in str(error)
                refused += 1
                return
            await asyncio.sleep(0.01)
            gates[number % 2].settle("user_turn", Cost(30), Cost(25))
            spent += 25

        await asyncio.gather(*(call(number) for number in range(10)))
        await asyncio.sleep(0.05)
    assert (spent, refused) == (75, 7)
    assert (budget.used.tokens, budget.reserved.tokens) == (75, 0)


async def test_a_process_that_goes_gives_its_places_back_and_what_it_reserved_counts_as_spent(tmp_path: Path) -> None:
    budget = Budget(Allowance(tokens=1000))
    async with connect(tmp_path / "s", budget, []) as (first, second):
        gates = [BrokeredGate(peer, "m", Limits(1), limited=True) for peer in (first, second)]
        await gates[0].reserve("user_turn", Cost(40))
        await gates[0].hold(0.0, 10).__aenter__()
        waiting = asyncio.ensure_future(gates[1].hold(0.0, 10).__aenter__())
        await asyncio.sleep(0.02)
        assert not waiting.done()
        first.close()
        await asyncio.wait_for(waiting, timeout=5)
        with pytest.raises(ConnectionError):
            await gates[0].reserve("user_turn", Cost(1))
    assert budget.used.tokens == 40


async def test_refusals_lower_the_share(tmp_path: Path) -> None:
    async with connect(tmp_path / "s", Budget(), []) as (peer, _):
        gate = BrokeredGate(peer, "m", Limits(12), limited=False)
        for _ in range(12):
            with pytest.raises(ModelError, match="later"):
                async with gate.hold(0.0, 1):
                    raise ModelError("later", transient=True, kind="rate_limit")
        assert gate._here.limiter.limit == 6


async def test_what_is_no_matter_of_the_gate_is_handed_on(tmp_path: Path) -> None:
    heard: list[Message] = []
    async with connect(tmp_path / "s", Budget(), heard) as (peer, _):
        peer.tell("progress", done=3)
        await asyncio.sleep(0.05)
    assert heard == [{"what": "progress", "done": 3}]
