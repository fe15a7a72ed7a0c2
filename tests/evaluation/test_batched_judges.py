"""Judges that are asked in batches: at half the price, taken up by the next command, and anew where they have to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from streamdial.errors import ConfigurationError
from streamdial.evaluation.model_pool import open_models
from streamdial.evaluation.runner import EvaluationOptions, run_evaluation
from streamdial.models import ChatMessage, ChatRequest
from streamdial.models.batch_api import BatchedChatModel
from tests.batch_endpoint import WAITS, BatchEndpoint
from tests.evaluation.test_reading_sets import PUBLISHED


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BatchedChatModel.__init__, "__kwdefaults__", WAITS)


async def rate(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    text = json.dumps({"reason": "It answers.", "score": 4})
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return 200, {"choices": [choice], "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}


async def test_judges_in_batches_are_asked_once_and_for_the_anchors_in_every_evaluation(tmp_path: Path) -> None:
    endpoint = BatchEndpoint()
    endpoint.answer = rate  # type: ignore[method-assign]
    dialogues = tmp_path / "set" / "dialogues.json"
    dialogues.parent.mkdir()
    dialogues.write_text(json.dumps(PUBLISHED), encoding="utf-8")
    options = EvaluationOptions(
        folder=str(dialogues.parent), embedder="none", judges=("hosted_vllm/judge",), criteria=("overall",), batch=True
    )
    async with TestServer(endpoint.app) as server:
        asked = options.model_copy(update={"api_base": f"{server.make_url('/v1')}"})
        with pytest.raises(ConfigurationError, match="--batch needs a file"):
            await run_evaluation(asked)
        asked = asked.model_copy(update={"json_path": str(tmp_path / "out" / "e.json")})
        evaluation, _ = await run_evaluation(asked)
        assert {row.own.key: row.own.value for row in evaluation.rows}["overall_agent"] == 4
        sent = len(endpoint.batches)
        assert sent == 2, "a batch of ratings, and one of anchors"
        await run_evaluation(asked)
        assert len(endpoint.batches) == sent + 1, "the ratings are known, the anchors are asked anew"


async def test_a_killed_evaluation_takes_up_its_batches_and_a_finished_one_forgets_them(tmp_path: Path) -> None:
    endpoint = BatchEndpoint()
    request = ChatRequest(messages=(ChatMessage(role="user", content="rate this"),))
    async with TestServer(endpoint.app) as server:

        async def ask(*, killed: bool = False) -> None:
            async with open_models(
                ["hosted_vllm/judge"],
                api_base=f"{server.make_url('/v1')}",
                cache_file=tmp_path / "calls.sqlite",
                max_cost=1.0,
                batch=True,
            ) as models:
                await models.fresh[0].complete(request)
                if killed:
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await ask(killed=True)
        await ask()
        assert len(endpoint.batches) == 1
        await ask()
        assert len(endpoint.batches) == 2


async def test_what_judges_cost_is_counted_against_their_budget(tmp_path: Path) -> None:
    endpoint = BatchEndpoint()
    endpoint.answer = rate  # type: ignore[method-assign]
    request = ChatRequest(messages=(ChatMessage(role="user", content="rate this"),))
    async with TestServer(endpoint.app) as server:
        async with open_models(
            ["openai/gpt-4o-mini"],
            api_base=f"{server.make_url('/v1')}",
            cache_file=tmp_path / "calls.sqlite",
            batch=True,
        ) as models:
            await models.cached[0].complete(request)
        assert models.cached[0].usage.dollars == pytest.approx((1000 * 0.15 + 100 * 0.6) / 1e6 / 2)
