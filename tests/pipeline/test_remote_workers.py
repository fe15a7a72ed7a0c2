"""Workers on other machines ask the run's own process before each call: one budget and one limit for all."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from streamdial.errors import ModelError, StoreError
from streamdial.models import ChatMessage, ChatRequest
from streamdial.models.broker import LINE
from streamdial.pipeline.remote_workers import RemoteWorkers, find_own_address, join_broker
from streamdial.pipeline.results import MadeShard
from streamdial.pipeline.run import Run
from streamdial.pipeline.settings import RunSettings
from streamdial.testing import MockEndpoint


def open_runs(folder: Path, url: str, count: int, **more: object) -> list[Run[RunSettings]]:
    """Return as many runs of one set of settings as there would be machines."""
    given = {"domain": "hotel", "sources": ["x"], "model": "hosted_vllm/mock", "api_base": url, **more}
    return [Run(RunSettings.model_validate({**given, "out": str(folder / str(number))})) for number in range(count)]


def ask(number: int) -> ChatRequest:
    return ChatRequest(messages=(ChatMessage(role="user", content=f"say {number}"),), max_tokens=10, purpose="turn")


async def test_workers_share_the_budget_and_the_calls_in_flight(tmp_path: Path) -> None:
    async with MockEndpoint("fine", latency=0.02, tokens=(1, 10)) as endpoint:
        owner, *workers = open_runs(tmp_path, endpoint.url, 3, max_tokens=300, concurrency=3)
        done = refused = 0

        async def work(run: Run[RunSettings], address: str, first: int) -> None:
            nonlocal done, refused
            async with join_broker(run, address):
                asked = [run.model.complete(ask(number)) for number in range(first, first + 20)]
                for answer in await asyncio.gather(*asked, return_exceptions=True):
                    if isinstance(answer, ModelError):
                        assert answer.kind == "budget"
                        refused += 1
                    else:
                        done += 1
                await run.aclose()

        async with RemoteWorkers(owner, "local") as remote:
            await asyncio.gather(*(work(run, remote.address, 100 * place) for place, run in enumerate(workers)))
        await owner.aclose()
    assert endpoint.max_in_flight <= 3
    assert done == endpoint.count
    assert done * 11 <= 300
    assert done + refused == 40


async def test_who_does_not_know_the_key_is_not_heard(tmp_path: Path) -> None:
    owner, worker = open_runs(tmp_path, "http://127.0.0.1:9/v1", 2, max_tokens=2000)
    async with RemoteWorkers(owner, "local") as remote:
        host, port, _ = remote.address.rsplit(":", 2)
        async with join_broker(worker, f"{host}:{port}:{'0' * 32}"):
            with pytest.raises(ConnectionError):
                await worker.model.complete(ask(1))
            await worker.aclose()
        with pytest.raises(StoreError, match="cannot be reached at") as failed:
            async with join_broker(worker, "127.0.0.1:9:key"):
                pass
    assert failed.value.transient
    await owner.aclose()


@pytest.mark.parametrize("said", [b"", b"x" * (LINE + 10)])
async def test_who_says_nothing_or_too_much_is_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr("streamdial.pipeline.remote_workers.CONNECTS_WITHIN", 0.2)
    (owner,) = open_runs(tmp_path, "http://127.0.0.1:9/v1", 1, max_tokens=2000)
    async with RemoteWorkers(owner, "local") as remote:
        host, port, _ = remote.address.rsplit(":", 2)
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(said)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
    await owner.aclose()


def test_a_machine_is_told_by_the_address_it_reaches_the_scheduler_from() -> None:
    assert find_own_address("local") == find_own_address("tcp://127.0.0.1:8786") == find_own_address("localhost:1")
    with pytest.raises(StoreError, match="cannot be found"):
        find_own_address("tcp://no.such.host.invalid:8786")


def test_what_all_have_asked_is_told_with_the_last_shard(tmp_path: Path) -> None:
    (owner,) = open_runs(tmp_path, "http://127.0.0.1:9/v1", 1)
    remote = RemoteWorkers(owner, "local")
    shards = [MadeShard(name, [], [], 0, [], {"calls": {"turn": 3}, "prompt_tokens": 5}) for name in ("a", "b", "a")]
    told = [remote.count(shard).usage for shard in shards]
    assert [entry["calls"]["turn"] for entry in told] == [3, 6, 6]
    assert told[-1]["prompt_tokens"] == 10
