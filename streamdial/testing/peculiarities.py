"""What endpoints do their own way, played by the mock endpoint: answers changed, and calls refused in their words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Body = Mapping[str, Any]
Whole = dict[str, Any]
"""An answer as the mock endpoint would give it."""
POLLUTION = "POLLUTED"
"""What stands in everything that must reach no data set."""


@dataclass(frozen=True)
class Peculiarity:
    """One way of an endpoint.

    Attributes:
        play: Takes the call's JSON and the answer it would get, and returns the response.
        about: What it is.
    """

    play: Callable[[Body, Whole], web.Response]
    about: str


def _answer(whole: Whole) -> web.Response:
    return web.Response(text=json.dumps(whole, ensure_ascii=False), content_type="application/json")


def _refuse(message: str, status: int = 400, retry_after: str = "", **more: str) -> web.Response:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return web.json_response({"error": {"message": message, **more}}, status=status, headers=headers)


def _refuse_if(
    refused: Callable[[Body], bool], message: str, status: int = 400
) -> Callable[[Body, Whole], web.Response]:
    return lambda body, whole: _refuse(message, status) if refused(body) else _answer(whole)


def _change_text(change: Callable[[str], str]) -> Callable[[Body, Whole], web.Response]:
    """Change the text of an answer."""

    def play(_: Body, whole: Whole) -> web.Response:
        message = whole["choices"][0]["message"]
        if message.get("content"):
            message["content"] = change(message["content"])
        return _answer(whole)

    return play


def _change_calls(change: Callable[[str], str]) -> Callable[[Body, Whole], web.Response]:
    """Change the text of an answer and the arguments of its calls."""
    change_text = _change_text(change)

    def play(body: Body, whole: Whole) -> web.Response:
        for call in whole["choices"][0]["message"].get("tool_calls") or ():
            call["function"]["arguments"] = change(call["function"]["arguments"])
        return change_text(body, whole)

    return play


def _change_utterances(before: str, behind: str) -> Callable[[str], str]:
    """Put something before and behind each utterance in a JSON, or around a text that is none."""

    def change(text: str) -> str:
        if not text.lstrip().startswith("{"):
            return f"{before}{text}{behind}"
        inside = (json.dumps(each)[1:-1] for each in (before, behind))
        first, last = (each.replace("\\", "\\\\") for each in inside)
        return re.sub(r'("utterance": ")((?:[^"\\]|\\.)*)"', rf'\g<1>{first}\g<2>{last}"', text)

    return change


def _break_json(text: str) -> str:
    """Leave the commas of a list that goes on in a JSON that does not, with a fence around it."""
    return f"```json\n{text[:-1]},}}\n```" if text.endswith("}") and text != "{}" else text


def _finish(reason: str, *, half: bool) -> Callable[[Body, Whole], web.Response]:
    def play(_: Body, whole: Whole) -> web.Response:
        choice = whole["choices"][0]
        text = choice["message"].get("content") or ""
        choice["finish_reason"] = reason
        choice["message"] = {
            "role": "assistant",
            "content": f"{text[: len(text) // 2]} {POLLUTION}" if half else f"{POLLUTION} {text}",
        }
        return _answer(whole)

    return play


def _put_into_parts(_: Body, whole: Whole) -> web.Response:
    message = whole["choices"][0]["message"]
    thoughts = {"type": "thinking", "thinking": [{"type": "text", "text": POLLUTION}]}
    message["content"] = [thoughts, {"type": "text", "text": message.get("content") or ""}]
    return _answer(whole)


def _think_first(body: Body, whole: Whole) -> web.Response:
    room = body.get("max_tokens") or body.get("max_completion_tokens") or 1 << 20
    message = whole["choices"][0]["message"]
    if room < 1500 and not message.get("tool_calls"):
        message |= {"content": "", "reasoning_content": POLLUTION}
        whole["choices"][0]["finish_reason"] = "length"
    return _answer(whole)


def _leave_out_choices(_: Body, whole: Whole) -> web.Response:
    return _answer({**whole, "choices": []})


def _set_usage(usage: object) -> Callable[[Body, Whole], web.Response]:
    return lambda _, whole: _answer({**whole, "usage": usage})


def _stream_only(body: Body, whole: Whole) -> web.Response:
    if not body.get("stream"):
        return _refuse("This model only support stream mode, please enable the stream parameter to access the model.")
    choice = whole["choices"][0]
    message = choice["message"]
    text = message.get("content") or ""
    deltas: list[dict[str, Any]] = [{"content": text[at : at + 20]} for at in range(0, len(text), 20)]
    for number, call in enumerate(message.get("tool_calls") or ()):
        arguments = call["function"]["arguments"]
        first = {**call, "index": number, "function": {**call["function"], "arguments": arguments[:5]}}
        deltas += [{"tool_calls": [first]}]
        deltas += [{"tool_calls": [{"index": number, "function": {"arguments": arguments[5:]}}]}]
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}], "usage": whole["usage"]}
    lines = [json.dumps({"model": whole["model"], **chunk}, ensure_ascii=False) for chunk in (*chunks, last)]
    events = "".join(f"data: {line}\n\n" for line in (*lines, "[DONE]"))
    return web.Response(text=events, content_type="text/event-stream")


def _asks_for(kind: str) -> Callable[[Body], bool]:
    return lambda body: (body.get("response_format") or {}).get("type") == kind


def _fail_inside(_: Body, whole: Whole) -> web.Response:
    return _answer({"error": {"message": "Provider returned error", "code": 502}})


_THOUGHTS = f'<think>\n{POLLUTION} {{"utterance": "{POLLUTION}"}} maybe? No.\n</think>\n\n'
PECULIARITIES: Mapping[str, Peculiarity] = {
    "content_parts": Peculiarity(_put_into_parts, "content is a list of parts, thoughts among them"),
    "thoughts": Peculiarity(_change_text(lambda text: _THOUGHTS + text), "thoughts before the answer"),
    "thoughts_open": Peculiarity(
        _change_text(lambda text: f"{POLLUTION}\n</think>\n{text}"), "thoughts without their first mark"
    ),
    "thoughts_take_the_room": Peculiarity(_think_first, "thoughts apart take all the room"),
    "template_tokens": Peculiarity(
        _change_text(lambda text: f"{text}<|im_end|>\n<|im_start|>user\n{POLLUTION}"), "tokens of the chat template"
    ),
    "tokens_in_values": Peculiarity(
        _change_calls(_change_utterances("", f"<|eot_id|>\n{POLLUTION}")), "tokens of the template inside the values"
    ),
    "roles": Peculiarity(
        _change_calls(_change_utterances("Assistant: ", "")), "names of speakers before what they say"
    ),
    "broken_json": Peculiarity(_change_calls(_break_json), "JSON with a comma too many in a fence"),
    "out_of_room": Peculiarity(_finish("length", half=True), "half an answer, finish length"),
    "filtered_answer": Peculiarity(_finish("content_filter", half=True), "half an answer, finish content_filter"),
    "error_finish": Peculiarity(_finish("error", half=False), "an answer with finish error"),
    "no_choices": Peculiarity(_leave_out_choices, "no choices"),
    "no_usage": Peculiarity(_set_usage(None), "no usage"),
    "negative_usage": Peculiarity(_set_usage({"prompt_tokens": -5, "completion_tokens": -1}), "negative usage"),
    "error_with_200": Peculiarity(_fail_inside, "an error with status 200"),
    "max_tokens": Peculiarity(
        _refuse_if(
            lambda body: "max_tokens" in body,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
            "instead.",
        ),
        "max_tokens refused",
    ),
    "temperature": Peculiarity(
        _refuse_if(
            lambda body: "temperature" in body,
            "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is "
            "supported.",
        ),
        "temperature refused",
    ),
    "seed": Peculiarity(
        _refuse_if(lambda body: "seed" in body, '{"loc": ["body", "seed"], "type": "extra_forbidden"}', 422),
        "seed refused",
    ),
    "schema": Peculiarity(
        _refuse_if(_asks_for("json_schema"), "Failed to parse grammar: JSON schema conversion failed", 500),
        "JSON schemas refused",
    ),
    "json_mode": Peculiarity(
        _refuse_if(lambda body: "response_format" in body, "response_format is not supported by this model"),
        "JSON mode refused, too",
    ),
    "required_tool": Peculiarity(
        _refuse_if(lambda body: body.get("tool_choice") == "required", "tool_choice 'required' is not supported"),
        "tool_choice required refused",
    ),
    "stream_only": Peculiarity(_stream_only, "answers by streaming alone"),
    "filtered_prompt": Peculiarity(
        lambda *_: _refuse(
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            code="content_filter",
        ),
        "the prompt refused by a filter",
    ),
    "context": Peculiarity(
        lambda *_: _refuse(
            "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens.",
            code="context_length_exceeded",
        ),
        "the prompt is too long",
    ),
    "wait_of_a_day": Peculiarity(
        lambda *_: _refuse("Rate limit reached for requests per day", 429, retry_after="86400"), "Retry-After of a day"
    ),
}
"""By name."""
