from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streamdial.deployments._trial import show_trial, try_calls
from streamdial.models import Price
from streamdial.models.openai_api import OpenAIChatModel
from streamdial.pipeline import RunSettings
from streamdial.testing import Fault, MockEndpoint


def answer(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
    if "tools" in body:
        return {
            "content": None,
            "tool_calls": [{"function": {"name": "search_rooms", "arguments": '{"city": "Lyon"}'}}],
        }
    if "JSON" in body["messages"][-1]["content"]:
        return json.dumps({"city": "Lyon", "nights": 2})
    return "Friday it is."


async def test_a_call_of_each_kind_is_made_with_its_price() -> None:
    async with MockEndpoint(answer, tokens=(100, 20)) as endpoint:
        model = OpenAIChatModel("m", endpoint.url)
        trials = await try_calls(model, Price(10.0, 50.0))
        await model.aclose()
    assert [(trial.kind, trial.problem) for trial in trials] == [("text", None), ("schema", None), ("tools", None)]
    assert [trial.prompt_tokens + trial.completion_tokens for trial in trials] == [120] * 3
    assert trials[0].dollars == pytest.approx(0.002)
    assert endpoint.count == 3


def test_what_was_learnt_is_told_and_what_failed_is_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def refuse(_: int, body: Mapping[str, Any]) -> Fault | None:
        if "temperature" in body:
            return Fault("status", 400, message="Unsupported value: 'temperature' does not support 0.7")
        return Fault("status", 400, message="this model does not support tools") if "tools" in body else None

    with MockEndpoint(answer, faults=refuse) as endpoint:
        given = {"domain": "hotel", "sources": ("x",), "out": str(tmp_path), "model": "openai/m"}
        failed = show_trial(RunSettings.model_validate({**given, "api_base": endpoint.url}))
    told = capsys.readouterr().out
    assert failed == 0
    assert "text    ok" in told and "schema  ok" in told and "tools   FAILED" in told and "dialogues with tools" in told
    assert "learnt: it takes no temperature" in told and "learnt: it refuses function calls" in told
    assert "price: not known" in told


def test_a_call_that_fails_is_counted_with_its_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with MockEndpoint(answer, faults=lambda *_: Fault("status", 401, message="Incorrect API key")) as endpoint:
        given = {"domain": "hotel", "sources": ("x",), "out": str(tmp_path), "model": "openai/m"}
        assert show_trial(RunSettings.model_validate({**given, "api_base": endpoint.url})) == 2
    assert "Incorrect API key" in capsys.readouterr().out


def test_code_that_needs_no_model_makes_no_call(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given = {"domain": "hotel", "sources": ("x",), "out": str(tmp_path), "model": "local/qwen2.5-coder-1.5b"}
    assert show_trial(RunSettings.model_validate(given)) == 0
    assert "no calls" in capsys.readouterr().out
