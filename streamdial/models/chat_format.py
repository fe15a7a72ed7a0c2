"""The OpenAI chat format, which endpoints and litellm share: what is sent, and what an answer says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from streamdial.errors import ModelError
from streamdial.models._protocols import ChatMessage, ChatReply, ChatRequest, FunctionCall
from streamdial.models.answers import clean_text, cut_thoughts
from streamdial.models.failures import read_finish
from streamdial.models.peculiarities import EndpointHabits, Options

_EVENT = (b"data:", b"event:", b":")
"""What a stream of events begins with."""


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text has."""
    # Four characters a token is the usual rule for English; for Chinese a token is nearly a character.
    return len(text) // 4 if text.isascii() else len(text)


def estimate_prompt(request: ChatRequest) -> int:
    """Return about how many tokens a prompt has: its messages, the calls in them and the functions offered."""
    tokens = sum(estimate_tokens(message.content) for message in request.messages)
    tokens += sum(estimate_tokens(call.arguments) for message in request.messages for call in message.tool_calls)
    return tokens + (estimate_tokens(orjson.dumps(request.tools).decode()) if request.tools else 0)


def write_message(message: ChatMessage) -> dict[str, Any]:
    """Return a message as the OpenAI chat format writes it."""
    written: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        written["content"] = message.content or None
        written["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id:
        written["tool_call_id"] = message.tool_call_id
    return written


def write_options(request: ChatRequest) -> Options:
    """Return the parameters of a call, its messages among them, as the OpenAI chat format names them."""
    options: Options = {
        "messages": [write_message(message) for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    if request.stop:
        options["stop"] = list(request.stop)
    if request.tools:
        options["tools"] = list(request.tools)
        if request.tool_choice is not None:
            options["tool_choice"] = request.tool_choice
    if request.json_schema is not None:
        schema = {"name": "answer", "schema": request.json_schema, "strict": True}
        options["response_format"] = {"type": "json_schema", "json_schema": schema}
    return options


def read_calls(calls: Iterable[Mapping[str, Any]]) -> tuple[FunctionCall, ...]:
    """Return the calls of an answer in the OpenAI chat format.

    Some endpoints leave out the id, or write the arguments as an object instead of its text; both are put right.

    Raises:
        KeyError: If a call names no function.
        TypeError: If it is no object.
    """
    found = []
    for number, call in enumerate(calls):
        arguments = call["function"].get("arguments")
        text = arguments if isinstance(arguments, str) else orjson.dumps(arguments or {}).decode()
        found.append(
            FunctionCall(id=str(call.get("id") or f"call_{number}"), name=call["function"]["name"], arguments=text)
        )
    return tuple(found)


def load_body(content: bytes) -> Any:  # noqa: ANN401
    """Return the JSON of an answer; a stream of events, asked for or not, becomes the answer it is a stream of.

    Byte order marks, not-a-number and half a surrogate pair, which some endpoints send, are no reason to lose it.

    Raises:
        ValueError: If it is neither.
    """
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if content.startswith(_EVENT):
        lines = (line[5:].strip() for line in content.splitlines() if line.startswith(b"data:"))
        return join_chunks(orjson.loads(line) for line in lines if line and line != b"[DONE]")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        text = content.decode("utf-8", "replace")
        return orjson.loads(orjson.dumps(_mend_texts(json.loads(text))))


def _mend_texts(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_mend_texts(each) for each in value]
    if isinstance(value, dict):
        return {name: _mend_texts(each) for name, each in value.items()}
    return value


def join_chunks(chunks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the answer that was streamed in chunks; one that broke off before its end has no choices.

    An error in the stream is the answer, whatever came before it.
    """
    body: dict[str, Any] = {}
    message: dict[str, Any] = {"content": "", "reasoning_content": "", "refusal": ""}
    calls: dict[int, dict[str, Any]] = {}
    finish = None
    for chunk in chunks:
        if chunk.get("error"):
            return dict(chunk)
        body |= {name: chunk[name] for name in ("model", "usage") if chunk.get(name)}
        for choice in (chunk.get("choices") or ())[:1]:
            delta = choice.get("delta") or choice.get("message") or {}
            for name in message:
                message[name] += _join_parts(delta.get(name))
            for number, call in enumerate(delta.get("tool_calls") or ()):
                _add_call(calls.setdefault(call.get("index", number), {"function": {"arguments": ""}}), call)
            finish = choice.get("finish_reason") or finish
    message["tool_calls"] = [calls[number] for number in sorted(calls)]
    return {**body, "choices": [{"message": message, "finish_reason": finish}] if finish else []}


def _add_call(known: dict[str, Any], call: Mapping[str, Any]) -> None:
    function = call.get("function") or {}
    known["id"] = known.get("id") or call.get("id")
    known["function"]["name"] = known["function"].get("name") or function.get("name")
    known["function"]["arguments"] += function.get("arguments") or ""


def _join_parts(content: Any) -> str:  # noqa: ANN401
    """Return the text of a content, which may be a list of parts: those of thoughts and pictures are left out."""
    if isinstance(content, list):
        texts = (part if isinstance(part, str) else part.get("text") for part in content)
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def read_answer(body: Any, request: ChatRequest, habits: EndpointHabits, *, model_id: str) -> ChatReply | None:  # noqa: ANN401
    """Return what an answer in the OpenAI chat format says, or None where it is to be asked for again in another way.

    Args:
        body: The answer's JSON.
        request: What was asked.
        habits: What was learnt of the endpoint; more may be.
        model_id: Name of the model in errors, and where the answer names none.

    Raises:
        ModelError: Of kind `malformed` and transient, if it is none.
    """
    try:
        choices = body["choices"]
        if not choices:
            raise ModelError(f"{model_id} sent an answer without choices", transient=True, kind="malformed")
        choice = choices[0]
        message = choice["message"]
        calls = message.get("tool_calls") or _wrap_call(message.get("function_call"))
        asked = read_calls(calls)
    except (KeyError, IndexError, TypeError, AttributeError, ValidationError) as error:
        start = orjson.dumps(body, default=str)[:80].decode("utf-8", "replace")
        raise ModelError(f"{model_id} sent no valid answer: {start!r}", transient=True, kind="malformed") from error
    text = _join_parts(message.get("content"))
    finish = read_finish(choice.get("finish_reason"))
    if not text and not asked and message.get("refusal"):
        finish = "content_filter"
    apart = message.get("reasoning_content") or message.get("reasoning") or ""
    thoughts = apart or (text if cut_thoughts(text) != text else "")
    if not asked and habits.learn_thinking(finish, clean_text(text), str(thoughts)):
        return None
    usage = body.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    prompt, completion = _read_count(usage.get("prompt_tokens")), _read_count(usage.get("completion_tokens"))
    answered = f"{text}{''.join(call.arguments for call in asked)}"
    if not prompt or (not completion and answered):
        habits.note("usage")
        prompt, completion = prompt or estimate_prompt(request), completion or estimate_tokens(f"{apart}{answered}")
    details = usage.get("prompt_tokens_details")
    return ChatReply(
        text=text,
        model=str(body.get("model") or model_id),
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=_read_count(details.get("cached_tokens")) if isinstance(details, Mapping) else 0,
        finish_reason=finish,
        tool_calls=asked,
    )


def _wrap_call(call: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the one call of the format before `tool_calls`."""
    return [{"function": call}] if call else []


def _read_count(value: object) -> int:
    try:
        return max(0, int(float(value or 0)))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0
