from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from streamdial.errors import ModelError
from streamdial.models import ChatMessage, ChatReply, ChatRequest, FunctionCall
from streamdial.models.endpoint_calls import parse_retry_after
from streamdial.models.openai_api import OpenAIChatModel
from streamdial.testing import Fault, MockEndpoint

KEY = "sk-very-secret-1234"


def ask(text: str = "Customer: «how far does it go?»", **options: object) -> ChatRequest:
    return ChatRequest.model_validate({"messages": [ChatMessage(role="user", content=text)], **options})


async def call(endpoint: MockEndpoint, request: ChatRequest | None = None, *, timeout: float = 5.0) -> ModelError:
    """Make one call that has to fail and return how."""
    model = OpenAIChatModel("m", endpoint.url, api_key=KEY, timeout=timeout)
    try:
        with pytest.raises(ModelError) as failure:
            await model.complete(request or ask())
    finally:
        await model.aclose()
    return failure.value


async def test_an_answer_carries_text_and_tokens() -> None:
    async with MockEndpoint(tokens=(12, 7)) as endpoint:
        model = OpenAIChatModel("m", endpoint.url, api_key=KEY, model_id="openai/m")
        reply = await model.complete(ask(stop=("\n",), seed=3, max_tokens=9))
        await model.aclose()
    assert (reply.text, reply.prompt_tokens, reply.completion_tokens) == ("how far does it go?", 12, 7)
    assert reply.finish_reason == "stop"
    assert model.model_id == "openai/m"
    sent = endpoint.bodies[0]
    assert (sent["model"], sent["seed"], sent["max_tokens"], sent["stop"]) == ("m", 3, 9, ["\n"])
    assert endpoint.headers["Authorization"] == f"Bearer {KEY}"


async def test_a_schema_is_sent_as_the_endpoint_understands_it() -> None:
    request = ask(json_schema={"type": "object"})
    async with MockEndpoint("{}") as endpoint:
        for mode in ("schema", "object", "none"):
            model = OpenAIChatModel("m", endpoint.url, json_mode=mode)  # type: ignore[arg-type]
            await model.complete(request)
            await model.aclose()
    formats = [body.get("response_format") for body in endpoint.bodies]
    assert formats[0]["json_schema"]["schema"] == {"type": "object"}
    assert formats[1:] == [{"type": "json_object"}, None]


def write_call(name: str = "search_rooms", arguments: object = "{}", **more: object) -> dict[str, Any]:
    """A call as an endpoint answers it."""
    return {"type": "function", "function": {"name": name, "arguments": arguments}, **more}


async def answer_calls(*calls: Mapping[str, Any], text: str | None = None) -> ChatReply:
    """What the model returns where its endpoint answers with such calls."""
    async with MockEndpoint(lambda body: {"content": text, "tool_calls": list(calls)}) as endpoint:
        model = OpenAIChatModel("m", endpoint.url)
        try:
            return await model.complete(ask())
        finally:
            await model.aclose()


async def test_functions_are_offered_and_their_calls_and_results_sent_back() -> None:
    tool = {"type": "function", "function": {"name": "search_rooms", "parameters": {"type": "object"}}}

    def answer(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        if body["messages"][-1]["role"] == "tool":
            return f"There is {body['messages'][-1]['content']}."
        return {"content": None, "tool_calls": [write_call(arguments='{"price_max": 200}', id="call_7")]}

    async with MockEndpoint(answer) as endpoint:
        model = OpenAIChatModel("m", endpoint.url)
        asked = ask(tools=(tool,), tool_choice="required")
        reply = await model.complete(asked)
        messages = (
            *asked.messages,
            ChatMessage(role="assistant", content="", tool_calls=reply.tool_calls),
            ChatMessage(role="tool", content="the Lake King", tool_call_id=reply.tool_calls[0].id),
        )
        last = await model.complete(asked.model_copy(update={"messages": messages, "tool_choice": None}))
        await model.aclose()
    assert reply.tool_calls == (FunctionCall(id="call_7", name="search_rooms", arguments='{"price_max": 200}'),)
    assert (reply.text, reply.finish_reason) == ("", "stop")
    assert last.text == "There is the Lake King." and last.tool_calls == ()
    first, second = endpoint.bodies
    assert (first["tools"], first["tool_choice"]) == ([tool], "required")
    assert second["tools"] == [tool] and "tool_choice" not in second
    assert second["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [write_call(arguments='{"price_max": 200}', id="call_7")],
        },
        {"role": "tool", "content": "the Lake King", "tool_call_id": "call_7"},
    ]


async def test_the_body_of_a_request_without_functions_says_nothing_of_them() -> None:
    async with MockEndpoint() as endpoint:
        model = OpenAIChatModel("m", endpoint.url)
        await model.complete(ask())
        await model.aclose()
    (body,) = endpoint.bodies
    assert set(body) == {"model", "messages", "max_tokens", "temperature", "seed"}
    assert set(body["messages"][0]) == {"role", "content"}


async def test_words_beside_a_call_are_kept() -> None:
    reply = await answer_calls(write_call(id="a"), text="I look it up.")
    assert (reply.text, len(reply.tool_calls)) == ("I look it up.", 1)


async def test_calls_without_ids_get_some_and_arguments_that_are_an_object_become_text() -> None:
    reply = await answer_calls(write_call(arguments={"limit": 2}), write_call(arguments=None))
    assert [(call.id, call.arguments) for call in reply.tool_calls] == [("call_0", '{"limit":2}'), ("call_1", "{}")]


@pytest.mark.parametrize("call", [{"type": "function"}, {"function": {"arguments": "{}"}}, {"function": {"name": 3}}])
async def test_a_call_that_names_no_function_is_a_broken_answer(call: dict[str, Any]) -> None:
    with pytest.raises(ModelError) as failure:
        await answer_calls(call)
    assert (failure.value.kind, failure.value.transient) == ("malformed", True)


async def test_a_rate_limit_says_how_long_to_wait_in_seconds() -> None:
    async with MockEndpoint(faults=[Fault("status", 429, retry_after="2.5")]) as endpoint:
        error = await call(endpoint)
    assert (error.kind, error.transient, error.retry_after) == ("rate_limit", True, 2.5)


async def test_a_rate_limit_says_how_long_to_wait_as_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    async with MockEndpoint(faults=[Fault("status", 429, retry_after=date)]) as endpoint:
        error = await call(endpoint)
    assert error.retry_after == pytest.approx(90, abs=3)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, None), ("", None), ("0", 0.0), ("-3", 0.0), ("soon", None), ("nan", None), ("inf", None), ("7", 7.0)],
)
def test_retry_after_is_read_or_left(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value) == seconds


def test_a_date_in_the_past_means_no_wait() -> None:
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


@pytest.mark.parametrize(
    ("status", "kind", "transient"),
    [
        (500, "server", True),
        (503, "server", True),
        (529, "server", True),
        (400, "request", False),
        (404, "request", False),
    ],
)
async def test_a_status_decides_whether_to_try_again(status: int, kind: str, transient: bool) -> None:
    async with MockEndpoint(faults=[Fault("status", status, message="overloaded")]) as endpoint:
        error = await call(endpoint)
    assert (error.kind, error.transient) == (kind, transient)
    assert "overloaded" in error.what
    assert str(status) in error.what


async def test_no_answer_in_time_is_a_timeout() -> None:
    async with MockEndpoint(faults=[Fault("timeout")]) as endpoint:
        error = await call(endpoint, timeout=0.2)
    assert (error.kind, error.transient) == ("timeout", True)
    assert "0.2 s" in error.what


async def test_a_reset_connection_is_transient() -> None:
    async with MockEndpoint(faults=[Fault("reset")]) as endpoint:
        error = await call(endpoint)
    assert (error.kind, error.transient) == ("connection", True)


async def test_an_endpoint_that_does_not_run_is_a_connection_error() -> None:
    async with MockEndpoint() as endpoint:
        pass
    assert (await call(endpoint)).kind == "connection"


async def test_an_address_that_is_none_is_not_tried_again() -> None:
    model = OpenAIChatModel("m", "http://[broken/v1")
    with pytest.raises(ModelError) as failure:
        await model.complete(ask())
    await model.aclose()
    assert (failure.value.kind, failure.value.transient) == ("request", False)


async def test_half_of_the_json_is_malformed() -> None:
    async with MockEndpoint(faults=[Fault("truncated")]) as endpoint:
        error = await call(endpoint)
    assert (error.kind, error.transient) == ("malformed", True)


async def test_the_key_never_stands_in_an_error() -> None:
    faults = [Fault("status", 401, message=f"bad key {KEY}"), Fault("reset"), Fault("truncated")]
    async with MockEndpoint(KEY, faults=faults) as endpoint:
        errors = [await call(endpoint) for _ in faults]
    assert all(KEY not in f"{error} {error!r} {error.fix}" for error in errors)
    assert "bad key ***" in errors[0].what


def test_one_model_serves_several_event_loops() -> None:
    with MockEndpoint() as endpoint:
        model = OpenAIChatModel("m", endpoint.url)

        async def once() -> str:
            reply = await model.complete(ask())
            await model.aclose()
            return reply.text

        assert [asyncio.run(once()), asyncio.run(once())] == ["how far does it go?"] * 2
    assert endpoint.count == 2
    assert endpoint.body_hashes[0] == endpoint.body_hashes[1]


async def test_an_endpoint_that_knows_no_schema_is_asked_in_a_plainer_way_from_then_on() -> None:
    def refuse(_: int, body: Mapping[str, Any]) -> Fault | None:
        kind = (body.get("response_format") or {}).get("type")
        return Fault("status", 400, message=f"response_format {kind} is not supported") if kind else None

    async with MockEndpoint("{}", faults=refuse) as endpoint:
        model = OpenAIChatModel("m", endpoint.url)
        await asyncio.gather(*(model.complete(ask(json_schema={"type": "object"}, seed=seed)) for seed in range(3)))
        before = endpoint.count
        await model.complete(ask(json_schema={"type": "object"}, seed=9))
        await model.aclose()
    assert endpoint.count == before + 1
    assert "response_format" not in endpoint.bodies[-1]


async def test_a_refusal_of_the_prompt_is_no_reason_to_ask_otherwise() -> None:
    async with MockEndpoint(faults=[Fault("status", 400, message="the prompt is too long")]) as endpoint:
        model = OpenAIChatModel("m", endpoint.url)
        with pytest.raises(ModelError, match="too long"):
            await model.complete(ask(json_schema={"type": "object"}))
        await model.aclose()
    assert endpoint.count == 1
