from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from streamdial.errors import ModelError
from streamdial.models import ChatMessage, ChatRequest, FunctionCall
from streamdial.models.litellm_api import LiteLLMChatModel

REQUEST = ChatRequest(
    messages=(ChatMessage(role="user", content="hello"),),
    max_tokens=9,
    seed=4,
    stop=("\n",),
    json_schema={"type": "object"},
)


class FakeLiteLLM(ModuleType):
    """litellm, as far as it is used."""

    def __init__(self) -> None:
        super().__init__("litellm")
        self.asked: dict[str, Any] = {}
        self.fault: Exception | None = None
        self.text: str | None = "hi"
        self.finish = "stop"
        self.calls: list[dict[str, Any]] | None = None
        self.price: float | Exception = 0.25
        self.telemetry = True

    async def acompletion(self, **asked: object) -> SimpleNamespace:
        self.asked = asked
        if self.fault is not None:
            raise self.fault
        body = {
            "model": "provider-model",
            "choices": [{"message": {"content": self.text, "tool_calls": self.calls}, "finish_reason": self.finish}],
            "usage": {
                "prompt_tokens": 11,
                "completion_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 5},
            },
        }
        return SimpleNamespace(model_dump=lambda: body)

    def completion_cost(self, completion_response: object) -> float:
        if isinstance(self.price, Exception):
            raise self.price
        return self.price


@pytest.fixture
def litellm(monkeypatch: pytest.MonkeyPatch) -> FakeLiteLLM:
    fake = FakeLiteLLM()
    monkeypatch.setitem(sys.modules, "litellm", fake)
    return fake


def make_error(name: str, *, status: int | None = None, headers: dict[str, str] | None = None) -> Exception:
    error: Any = type(name, (Exception,), {})(f"litellm.{name}: something\nand a trace")
    if status is not None:
        error.status_code = status
    error.response = SimpleNamespace(headers=headers or {})
    return error  # type: ignore[no-any-return]


async def test_an_answer_carries_text_tokens_and_cost(litellm: FakeLiteLLM) -> None:
    reply = await LiteLLMChatModel("anthropic/x", api_base="http://host", timeout=7).complete(REQUEST)
    assert (reply.text, reply.model, reply.cost) == ("hi", "provider-model", 0.25)
    assert (reply.prompt_tokens, reply.completion_tokens, reply.cached_tokens) == (11, 3, 5)
    asked = litellm.asked
    assert (asked["model"], asked["api_base"], asked["timeout"]) == ("anthropic/x", "http://host", 7)
    assert (asked["max_tokens"], asked["seed"], asked["stop"]) == (9, 4, ["\n"])
    assert asked["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert (asked["num_retries"], asked["max_retries"]) == (0, 0)  # the runtime alone tries again
    assert litellm.telemetry is False


@pytest.mark.parametrize(
    ("name", "status", "kind", "transient"),
    [
        ("RateLimitError", 429, "rate_limit", True),
        ("Timeout", 408, "timeout", True),
        ("APIConnectionError", 500, "connection", True),
        ("InternalServerError", 500, "server", True),
        ("ServiceUnavailableError", 503, "server", True),
        ("BadGatewayError", 502, "server", True),
        ("APIError", 529, "server", True),
        ("AuthenticationError", 401, "key", False),
        ("BadRequestError", 400, "request", False),
        ("ContextWindowExceededError", 400, "context", False),
        ("ContentPolicyViolationError", 400, "filtered", False),
        ("NotFoundError", 404, "request", False),
        ("SomethingNew", None, "request", False),
    ],
)
async def test_errors_become_model_errors(
    litellm: FakeLiteLLM, name: str, status: int | None, kind: str, transient: bool
) -> None:
    litellm.fault = make_error(name, status=status)
    with pytest.raises(ModelError) as failure:
        await LiteLLMChatModel("p/m").complete(REQUEST)
    assert (failure.value.kind, failure.value.transient) == (kind, transient)
    assert failure.value.what == f"p/m: litellm.{name}: something"
    assert (failure.value.fix is not None) == (kind in ("request", "key", "context"))


async def test_a_rate_limit_carries_retry_after(litellm: FakeLiteLLM) -> None:
    litellm.fault = make_error("RateLimitError", headers={"retry-after": "12"})
    with pytest.raises(ModelError) as failure:
        await LiteLLMChatModel("p/m").complete(REQUEST)
    assert failure.value.retry_after == 12.0


async def test_a_model_without_a_price_costs_nothing(litellm: FakeLiteLLM) -> None:
    litellm.price = ValueError("no price")
    assert (await LiteLLMChatModel("ollama/m").complete(REQUEST)).cost == 0.0


async def test_functions_are_offered_and_their_calls_come_back(litellm: FakeLiteLLM) -> None:
    call = FunctionCall(id="call_1", name="search_rooms", arguments='{"limit": 2}')
    request = REQUEST.model_copy(
        update={
            "tools": ({"type": "function", "function": {"name": "search_rooms"}},),
            "tool_choice": "required",
            "messages": (
                *REQUEST.messages,
                ChatMessage(role="assistant", content="", tool_calls=(call,)),
                ChatMessage(role="tool", content="[]", tool_call_id="call_1"),
            ),
        }
    )
    litellm.text, litellm.finish = None, "tool_calls"
    litellm.calls = [{"id": "call_2", "function": {"name": "search_rooms", "arguments": '{"limit": 9}'}}]
    reply = await LiteLLMChatModel("p/m").complete(request)
    assert reply.tool_calls == (FunctionCall(id="call_2", name="search_rooms", arguments='{"limit": 9}'),)
    assert (reply.text, reply.finish_reason) == ("", "stop")
    assert (litellm.asked["tools"], litellm.asked["tool_choice"]) == (list(request.tools), "required")
    written = {"name": "search_rooms", "arguments": '{"limit": 2}'}
    assert litellm.asked["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": written}],
        },
        {"role": "tool", "content": "[]", "tool_call_id": "call_1"},
    ]


async def test_where_no_function_is_offered_none_is_spoken_of(litellm: FakeLiteLLM) -> None:
    await LiteLLMChatModel("p/m").complete(REQUEST)
    assert not {"tools", "tool_choice"} & set(litellm.asked)
    assert litellm.asked["messages"] == [{"role": "user", "content": "hello"}]


@pytest.mark.parametrize(
    ("finish", "told"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "content_filter"), ("error", "other")],
)
async def test_the_finish_reason_is_told(litellm: FakeLiteLLM, finish: str, told: str) -> None:
    litellm.finish = finish
    assert (await LiteLLMChatModel("p/m").complete(REQUEST)).finish_reason == told


async def test_what_the_provider_refuses_by_name_is_left_out_from_then_on(litellm: FakeLiteLLM) -> None:
    refusal: Any = make_error("BadRequestError", status=400)
    refusal.args = ("litellm.BadRequestError: OpenAIException - Unsupported value: 'temperature' does not support 0.7",)
    real = litellm.acompletion

    async def refuse(**asked: object) -> SimpleNamespace:
        if "temperature" in asked:
            raise refusal
        return await real(**asked)

    litellm.acompletion = refuse  # type: ignore[method-assign]
    model = LiteLLMChatModel("p/m")
    assert (await model.complete(REQUEST)).text == "hi"
    assert "temperature" not in litellm.asked and litellm.asked["seed"] == 4
    assert list(model.habits.learnt) == ["temperature"]


def test_litellm_is_not_imported_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)
    assert LiteLLMChatModel("p/m").model_id == "p/m"
