"""Batches: calls side by side go in one file, a killed process takes its batch up again, nothing is paid twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

import streamdial as sd
from streamdial.errors import ConfigurationError, ModelError
from streamdial.models import ChatMessage, ChatReply, ChatRequest, build_chat_model
from streamdial.models.batch_api import BatchedChatModel
from streamdial.models.batch_services import OpenAIBatches
from streamdial.testing import MockEndpoint
from tests.batch_endpoint import WAITS, BatchEndpoint
from tests.conftest import ROOT


@pytest.fixture
async def endpoint() -> BatchEndpoint:
    return BatchEndpoint()


@pytest.fixture
async def url(endpoint: BatchEndpoint) -> AsyncIterator[str]:
    server = TestServer(endpoint.app)
    await server.start_server()
    yield f"{server.make_url('/v1')}"
    await server.close()


def build(url: str, folder: Path) -> BatchedChatModel:
    service = OpenAIBatches(url, api_key="secret-key-1", model_id="small")
    return BatchedChatModel("small", service, folder / "batches.jsonl", api_key="secret-key-1", **WAITS)


def ask(text: str) -> ChatRequest:
    return ChatRequest(messages=(ChatMessage(role="user", content=text),))


async def test_calls_side_by_side_go_in_one_batch(endpoint: BatchEndpoint, url: str, tmp_path: Path) -> None:
    model = build(url, tmp_path)
    replies = await asyncio.gather(*(model.complete(ask(f"call {number}")) for number in range(40)))
    assert [reply.text for reply in replies] == [f"CALL {number}" for number in range(40)]
    assert (replies[0].prompt_tokens, replies[0].completion_tokens) == (7, 3)
    assert len(endpoint.batches) == 1
    await model.aclose()


async def test_a_killed_process_takes_its_batch_up_again(endpoint: BatchEndpoint, url: str, tmp_path: Path) -> None:
    endpoint.looks = 10_000
    first = build(url, tmp_path)
    killed = asyncio.gather(*(first.complete(ask(text)) for text in ("one", "two")))
    while not endpoint.batches:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    killed.cancel()
    await first.aclose()
    next(iter(endpoint.batches.values()))["left"] = 0
    again = build(url, tmp_path)
    assert [(await again.complete(ask(text))).text for text in ("two", "one")] == ["TWO", "ONE"]
    assert len(endpoint.batches) == 1
    await again.aclose()


async def test_one_killed_before_it_submitted_or_noted_it_pays_once(
    endpoint: BatchEndpoint, url: str, tmp_path: Path
) -> None:
    first = build(url, tmp_path)
    assert (await first.complete(ask("one"))).text == "ONE"
    await first.aclose()
    journal = tmp_path / "batches.jsonl"
    uploaded, submitted = journal.read_text(encoding="utf-8").splitlines()
    assert "batch" in json.loads(submitted)
    journal.write_text(f"{uploaded}\n", encoding="utf-8")  # killed before the answer was noted: the endpoint has it
    again = build(url, tmp_path)
    assert (await again.complete(ask("one"))).text == "ONE"
    assert len(endpoint.batches) == 1
    await again.aclose()
    journal.write_text(f"{uploaded}\n", encoding="utf-8")  # killed before it was submitted at all
    endpoint.batches.clear()
    third = build(url, tmp_path)
    assert (await third.complete(ask("one"))).text == "ONE"
    assert (len(endpoint.batches), len([name for name in endpoint.files if name.startswith("file-")])) == (1, 1)
    await third.aclose()


async def test_what_an_expired_batch_has_not_answered_is_asked_again(
    endpoint: BatchEndpoint, url: str, tmp_path: Path
) -> None:
    endpoint.lost = ["late"]
    model = build(url, tmp_path)
    early, late = await asyncio.gather(
        model.complete(ask("early")), model.complete(ask("late")), return_exceptions=True
    )
    assert not isinstance(early, BaseException) and early.text == "EARLY"
    assert isinstance(late, ModelError) and late.transient and "expired without an answer" in str(late)
    assert (await model.complete(ask("late"))).text == "LATE"
    assert len(endpoint.batches) == 2
    await model.aclose()


async def test_a_refused_call_fails_alone_and_a_refused_upload_says_why(
    endpoint: BatchEndpoint, url: str, tmp_path: Path
) -> None:
    model = build(url, tmp_path)
    good, bad = await asyncio.gather(model.complete(ask("good")), model.complete(ask("bad")), return_exceptions=True)
    assert not isinstance(good, BaseException) and good.text == "GOOD"
    assert isinstance(bad, ModelError) and not bad.transient
    endpoint.refuse = [401]
    with pytest.raises(ModelError, match="401") as refused:
        await model.complete(ask("more"))
    assert refused.value.kind == "key"
    assert "secret-key-1" not in str(refused.value)
    await model.aclose()


async def test_a_look_that_fails_in_passing_is_repeated(endpoint: BatchEndpoint, url: str, tmp_path: Path) -> None:
    model = build(url, tmp_path)
    endpoint.looks = 3
    asked = asyncio.ensure_future(model.complete(ask("one")))
    while not endpoint.batches:
        await asyncio.sleep(0.005)
    endpoint.refuse = [503, 429]
    assert (await asked).text == "ONE"
    assert len(endpoint.batches) == 1
    await model.aclose()


def test_a_provider_without_batches_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="takes no batches"):
        build_chat_model("ollama/large", batches=tmp_path / "b.jsonl")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="needs ANTHROPIC_API_KEY"):
        build_chat_model("anthropic/large", batches=tmp_path / "b.jsonl")
    with pytest.raises(ConfigurationError, match="where is hosted_vllm/small served"):
        build_chat_model("hosted_vllm/small", batches=tmp_path / "b.jsonl")


@pytest.mark.parametrize("provider", ["anthropic", "azure"])
async def test_other_providers_have_batches_of_their_own(
    provider: str, endpoint: BatchEndpoint, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "AZURE_API_KEY"):
        monkeypatch.setenv(name, "secret-key-1")
    monkeypatch.setenv("AZURE_API_VERSION", "2024-10-21")
    monkeypatch.setattr(BatchedChatModel.__init__, "__kwdefaults__", WAITS)
    base = url.removesuffix("/v1") + ("/azure" if provider == "azure" else "")
    journal = tmp_path / "batches.jsonl"
    model = build_chat_model(f"{provider}/small", api_base=base, batches=journal).model
    system = ChatMessage(role="system", content="Shout.")
    requests = [ChatRequest(messages=(system, *ask(text).messages)) for text in ("one", "two")]
    endpoint.lost = ["one"]
    first, second = await asyncio.gather(*(model.complete(one) for one in requests), return_exceptions=True)
    assert isinstance(first, ModelError)
    assert first.transient
    assert isinstance(second, ChatReply)
    assert (second.text, second.prompt_tokens, second.completion_tokens) == ("TWO", 7, 3)
    assert (await model.complete(requests[0])).text == "ONE"
    assert len(endpoint.batches) == 2
    with pytest.raises(ModelError) as refused:
        await model.complete(ChatRequest(messages=(system, *ask("bad").messages)))
    assert not refused.value.transient
    await model.aclose()
    # Another process finds the batch in the journal and asks for its answers alone.
    again = build_chat_model(f"{provider}/small", api_base=base, batches=journal).model
    assert (await again.complete(requests[1])).text == "TWO"
    assert len(endpoint.batches) == 3
    await again.aclose()


async def test_a_run_in_batches_makes_what_the_same_run_makes_call_by_call(
    endpoint: BatchEndpoint, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        BatchedChatModel.__init__, "__kwdefaults__", {"linger": 0.2, "first_look": 0.05, "longest_look": 0.1}
    )
    given: dict[str, Any] = {"domain": "restaurant", "dialogues": 4, "model": "hosted_vllm/mock", "mode": "guided"}
    recording = ROOT / "examples" / "restaurant_live"
    with MockEndpoint() as mock:

        async def forward(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{mock.url}/chat/completions", json=body) as got,
            ):
                return got.status, await got.json()

        endpoint.answer = forward  # type: ignore[method-assign]
        plain = await sd.run_async(recording, out=tmp_path / "plain", api_base=mock.url, prices=(1, 2), **given)
        batched = await sd.run_async(
            recording, out=tmp_path / "batched", api_base=url, prices=(1, 2), batch=True, **given
        )
    told = [[turn.utterance for turn in dialogue.turns] for dialogue in plain.all_dialogues]
    assert [[turn.utterance for turn in dialogue.turns] for dialogue in batched.all_dialogues] == told
    assert endpoint.batches
    assert batched.summary["usage"]["dollars"] == pytest.approx(plain.summary["usage"]["dollars"] / 2, rel=0.01)
