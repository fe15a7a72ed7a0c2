"""What endpoints refuse and how they say it: the texts are those their users report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from streamdial.errors import ModelError
from streamdial.models import ChatMessage, ChatReply, ChatRequest, ModelRuntime
from streamdial.models.chat_format import estimate_tokens, read_answer
from streamdial.models.endpoint_calls import describe_failure
from streamdial.models.failures import find_failure
from streamdial.models.openai_api import OpenAIChatModel
from streamdial.models.peculiarities import EndpointHabits
from streamdial.testing import Fault, MockEndpoint

TOOL = {"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}
REQUEST = ChatRequest(
    messages=(ChatMessage(role="system", content="rules"), ChatMessage(role="user", content="say «hello»")),
    max_tokens=300,
    stop=("\n",),
)
JSON = REQUEST.model_copy(update={"json_schema": {"type": "object", "properties": {"a": {}}}})
CALLS = REQUEST.model_copy(update={"tools": (TOOL,), "tool_choice": "required"})

Refuses = Callable[[Mapping[str, Any]], bool]


def has(name: str) -> Refuses:
    return lambda body: name in body


def format_is(kind: str) -> Refuses:
    return lambda body: (body.get("response_format") or {}).get("type") == kind


async def ask(
    refuses: Refuses, message: str, request: ChatRequest, *, status: int = 400, times: int = 1
) -> tuple[ChatReply, MockEndpoint, EndpointHabits]:
    """Ask an endpoint that refuses some calls; return its answer, the endpoint and what was learnt of it."""

    def refuse(_: int, body: Mapping[str, Any]) -> Fault | None:
        return Fault("status", status, message=message) if refuses(body) else None

    async with MockEndpoint(faults=refuse) as endpoint:
        model = OpenAIChatModel("m", endpoint.url)
        for seed in range(times):
            reply = await model.complete(request.model_copy(update={"seed": seed}))
        await model.aclose()
    return reply, endpoint, model.habits


@pytest.mark.parametrize(
    ("refuses", "message", "request_", "learnt"),
    [
        (
            has("max_tokens"),
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            REQUEST,
            "max_completion_tokens",
        ),
        (
            lambda body: body["max_tokens"] > 256,
            "max_tokens is too large: 300. This model supports at most 256 completion tokens",
            REQUEST,
            "room",
        ),
        (
            lambda body: body["max_tokens"] > 200,
            "Invalid max_tokens value, the valid range of max_tokens is [1, 200]",
            REQUEST,
            "room",
        ),
        (
            has("temperature"),
            "Unsupported value: 'temperature' does not support 0.7 with this model. "
            "Only the default (1) value is supported.",
            REQUEST,
            "temperature",
        ),
        (has("temperature"), "`temperature` is deprecated for this model.", REQUEST, "temperature"),
        (has("seed"), "Unrecognized request argument supplied: seed", REQUEST, "seed"),
        (has("stop"), "Unsupported parameter: 'stop' is not supported with this model.", REQUEST, "stop"),
        (
            format_is("json_schema"),
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
            JSON,
            "json_schema",
        ),
        (
            format_is("json_schema"),
            "The provided JSON schema contains features not supported by xgrammar.",
            JSON,
            "json_schema",
        ),
        (format_is("json_schema"), "This response_format type is unavailable now", JSON, "json_schema"),
        (
            lambda body: body.get("tool_choice") == "required",
            "tool_choice 'required' is not supported",
            CALLS,
            "required_tool",
        ),
        (
            lambda body: not body.get("stream"),
            "This model only support stream mode, please enable the stream parameter to access the model. ",
            REQUEST,
            "stream",
        ),
        (lambda body: body["messages"][0]["role"] == "system", "System role not supported", REQUEST, "system"),
    ],
)
async def test_what_is_refused_is_learnt_once_and_told_once(
    refuses: Refuses, message: str, request_: ChatRequest, learnt: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "streamdial.progress"):
        reply, endpoint, habits = await ask(refuses, message, request_, times=3)
    assert reply.text == "hello"
    assert endpoint.count == 4
    assert list(habits.learnt) == [learnt]
    assert len(caplog.messages) == 1 and habits.describe()[0] in caplog.messages[0]


async def test_several_things_may_be_refused_one_after_the_other() -> None:
    def refuse(_: int, body: Mapping[str, Any]) -> Fault | None:
        for name in ("temperature", "seed", "max_tokens"):
            if name in body:
                return Fault("status", 422, message=f"body {name}: Extra inputs are not permitted (extra_forbidden)")
        kind = (body.get("response_format") or {}).get("type")
        return Fault("status", 500, message="Failed to parse grammar") if kind else None

    async with MockEndpoint(faults=refuse) as endpoint:
        model = OpenAIChatModel("m", endpoint.url)
        assert (await model.complete(JSON)).text
        await model.aclose()
    assert set(endpoint.bodies[-1]) == {"model", "messages", "stop"}
    assert '"properties"' in endpoint.bodies[-1]["messages"][-1]["content"]
    assert set(model.habits.learnt) == {"temperature", "seed", "max_tokens", "json_schema", "json_object"}


async def test_json_mode_gets_the_schema_and_the_word_json_in_the_prompt() -> None:
    _, endpoint, _ = await ask(format_is("json_schema"), "json_schema is not supported", JSON)
    assert endpoint.bodies[-1]["response_format"] == {"type": "json_object"}
    assert "JSON schema" in endpoint.bodies[-1]["messages"][-1]["content"]


async def test_an_endpoint_without_functions_says_so() -> None:
    message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    with pytest.raises(ModelError) as failure:
        await ask(has("tools"), message, CALLS)
    assert (failure.value.kind, failure.value.transient) == ("functions", False)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (429, "You exceeded your current quota, please check your plan and billing details.", "quota"),
        (429, "You exceeded your current quota ... Please retry in 12.3s.", "rate_limit"),
        (402, "Payment required", "quota"),
        (402, "Insufficient Balance", "quota"),
        (400, "Your credit balance is too low to access the Anthropic API.", "quota"),
        (400, "Access denied, please make sure your account is in good standing. Arrearage", "quota"),
        (
            400,
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            "filtered",
        ),
        (
            400,
            "<400> InternalError.Algo.DataInspectionFailed: Input text data may contain inappropriate content.",
            "filtered",
        ),
        (403, "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO", "filtered"),
        (400, "This model's maximum context length is 4096 tokens. However, you requested 4200 tokens", "context"),
        (400, "the request exceeds the available context size. try increasing the context size", "context"),
        (400, "prompt is too long: 210266 tokens > 200000 maximum", "context"),
        (400, "Prompt exceeds max length", "context"),
        (400, "Failed to generate JSON. Please adjust your prompt. See 'failed_generation'", "malformed"),
        (401, "Incorrect API key provided", "key"),
        (429, "Rate limit reached for requests per minute", "rate_limit"),
        (400, "something else", "request"),
        (503, "overloaded", "server"),
    ],
)
def test_failures_are_told_apart_by_what_is_said(status: int, message: str, kind: str) -> None:
    content = f'{{"error": {{"message": "{message}"}}}}'.encode()
    error = describe_failure(status, None, content, model_id="m", key="", fix="look")
    assert error.kind == kind
    assert error.transient is (kind in ("rate_limit", "server", "malformed"))
    assert error.ends is (kind in ("quota", "key"))


@pytest.mark.parametrize(
    "content",
    [
        b'{"error": "exceeded your current quota"}',
        b'{"error": {"message": "no", "code": "insufficient_quota"}}',
        b'{"object": "error", "message": "no credits left", "code": 429}',
        b'{"detail": [{"msg": "quota exceeded"}]}',
    ],
)
def test_errors_are_read_in_every_form(content: bytes) -> None:
    assert describe_failure(429, None, content, model_id="m", key="", fix="").kind == "quota"


def test_a_prompt_that_is_repeated_in_a_refusal_is_not_read() -> None:
    assert find_failure(400, "no such model. " + "x" * 700 + " content_filter") is None


async def test_an_account_without_money_is_not_asked_again() -> None:
    async with MockEndpoint(faults=lambda *_: Fault("status", 429, message="insufficient_quota")) as endpoint:
        runtime = ModelRuntime(OpenAIChatModel("m", endpoint.url))
        with pytest.raises(ModelError) as failure:
            await runtime.complete(REQUEST)
        await runtime.aclose()
    assert (failure.value.kind, failure.value.ends, endpoint.count) == ("quota", True, 1)
    assert "top up" in str(failure.value)


async def test_a_wait_of_hours_is_not_waited_for_and_ends_the_run(caplog: pytest.LogCaptureFixture) -> None:
    fault = Fault("status", 429, retry_after="86400", message="daily limit")
    async with MockEndpoint(faults=lambda *_: fault) as endpoint:
        runtime = ModelRuntime(OpenAIChatModel("m", endpoint.url), attempts=3, longest_wait=0.01)
        with (
            caplog.at_level(logging.INFO, "streamdial.progress"),
            pytest.raises(ModelError, match=r"86,400 s") as failure,
        ):
            await runtime.complete(REQUEST)
        await runtime.aclose()
    assert (failure.value.kind, endpoint.count, len(caplog.messages)) == ("quota", 3, 1)


async def test_a_model_that_thinks_gets_room_for_it() -> None:
    def answer(body: Mapping[str, Any]) -> Mapping[str, Any]:
        if body["max_tokens"] < 1000 or "stop" in body:
            return {"content": "", "reasoning_content": "Let me think"}
        return {"content": "<think>\nHello?\n</think>\nhello\nand more"}

    async with MockEndpoint(answer) as endpoint:
        model = OpenAIChatModel("m", endpoint.url)
        replies = [await ModelRuntime(model).complete(REQUEST) for _ in range(2)]
        await model.aclose()
    assert [reply.text for reply in replies] == ["hello"] * 2
    assert (endpoint.count, list(model.habits.learnt)) == (3, ["thinks"])


def test_a_model_that_runs_on_past_its_end_does_not_think() -> None:
    habits = EndpointHabits("m")
    text = "Sure, it is 20.<|im_end|>\n<|im_start|>user\nAnd then"
    body = {"choices": [{"message": {"content": text}, "finish_reason": "length"}]}
    reply = read_answer(body, REQUEST, habits, model_id="m")
    assert reply is not None and list(habits.learnt) == ["usage"]


def test_thoughts_within_an_answer_are_counted_once() -> None:
    text = f"<think>{'word ' * 40}</think>hello"
    body = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    reply = read_answer(body, REQUEST, EndpointHabits("m"), model_id="m")
    assert reply is not None and reply.completion_tokens == estimate_tokens(text)
