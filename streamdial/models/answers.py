"""What of a model's answer is an answer: thoughts, tokens of the chat template and labels are cut, the rest is refused.

A finish other than `stop` is no wording: what a filter, an error or the end of the room has cut off is never used as if
it were whole, and `ModelRuntime` keeps nothing that was refused.
"""

from __future__ import annotations

import re
from typing import Any

import json_repair
import orjson

from streamdial.chat_tokens import CHAT_TOKEN
from streamdial.errors import ModelError
from streamdial.models._protocols import ChatReply, ChatRequest, FunctionCall

_NAMES = r"think|thinking|thought|thoughts|reasoning|reflection|seed:think|seed:cot_budget_reflect"
_THOUGHTS = re.compile(
    rf"<({_NAMES})>.*?</\1>|\[THINK\].*?\[/THINK\]|◁think▷.*?◁/think▷"
    r"|<\|begin_of_thought\|>.*?<\|end_of_thought\|>|<\|START_THINKING\|>.*?<\|END_THINKING\|>",
    re.DOTALL | re.IGNORECASE,
)
_THOUGHTS_END = re.compile(
    rf"</(?:{_NAMES})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|END_THINKING\|>", re.IGNORECASE
)
_THOUGHTS_BEGIN = re.compile(
    rf"<(?:{_NAMES})>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|START_THINKING\|>", re.IGNORECASE
)
_FINAL = "<|channel|>final<|message|>"
_CHANNEL = "<|channel|>"
"""What gpt-oss (the Harmony format) begins a part with; the one called `final` is the answer."""
_BEFORE = re.compile(
    rf"\A\s*(?:(?:{CHAT_TOKEN.pattern})\s*(?:(?:assistant|model|user|system|bot)\s*(?:\n|$|(?=<)))?\s*)+"
)
_BRACKETED = re.compile(r"\[/?(?:THINK|INST|EOS|BOS|UNK|PAD)\]", re.IGNORECASE)
"""The marks above that stand in square brackets, as lists do."""
_FENCED = re.compile(r"\s*```[\w-]*[ \t]*\n?(.*?)\n?[ \t]*```\s*", re.DOTALL)
_ROLE = re.compile(
    r"(?:(?:user|customer|client|guest|agent|assistant|adviser|advisor|seller|expert|system|ai|bot|human|answer|reply"
    r"|utterance|顾客|用户|客户|客人|顾问|销售|助手|助理|客服|专家|商家|回答|回复|改写)\s*[:：]\s*)+",
    re.IGNORECASE,
)
_HERMES = re.compile(r"<tool_call>\s*(\{.*?\})\s*(?:</tool_call>|$)", re.DOTALL)


def cut_thoughts(text: str) -> str:
    """Return a text without what a model thought before it spoke; nothing where it did not come to the end of it."""
    if _CHANNEL in text:
        if _FINAL not in text:
            return ""
        text = text.rpartition(_FINAL)[2]
    text = _THOUGHTS.sub("", text)
    # Some templates write the first mark into the prompt, so that only the second one is in the answer.
    *_, text = _THOUGHTS_END.split(text)
    return "" if _THOUGHTS_BEGIN.search(text) else text


def cut_tokens(text: str) -> str:
    """Return a text without tokens of the chat template before it, and up to the first one in it.

    What stands behind is another turn, which the model went on to write.
    """
    if found := _BEFORE.match(text):
        text = text[found.end() :]
    found = CHAT_TOKEN.search(text)
    return text[: found.start()].rstrip() if found else text


def clean_text(text: str) -> str:
    """Return what a model wrote without thoughts and tokens of the chat template."""
    return cut_tokens(cut_thoughts(text)) if _may_hold_marks(text) else text


def _may_hold_marks(text: str) -> bool:
    """Tell whether anything of a template can stand in a text, without looking for all that may: most have nothing."""
    return "<" in text or "◁" in text or ("[" in text and _BRACKETED.search(text) is not None)


def cut_role(text: str) -> str:
    """Return an utterance without the name of its speaker before it: `Customer: `, `顾问：`."""
    found = _ROLE.match(text)
    return text[found.end() :] if found else text


def clean_values(value: Any) -> Any:  # noqa: ANN401
    """Return a JSON value with all its texts cleaned."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_values(each) for each in value]
    if isinstance(value, dict):
        return {name: clean_values(each) for name, each in value.items()}
    return value


def finish_reply(reply: ChatReply, request: ChatRequest) -> ChatReply:
    """Return a reply as it may be used: cleaned, fences and stop sequences of free text cut.

    An answer that ran out of room comes back with `finish_reason` `length`: whoever asked may ask for more.

    Raises:
        ModelError: Of kind `filtered` where a filter stopped it, `empty` where it says and calls nothing (neither is
            transient: the same seed would give the same), `malformed` where it ended by a failure.
    """
    if reply.finish_reason == "content_filter":
        raise ModelError(f"{reply.model}: a content filter stopped the answer", transient=False, kind="filtered")
    if reply.finish_reason == "other":
        raise ModelError(f"{reply.model}: the answer was broken off", transient=True, kind="malformed")
    text, calls = reply.text, reply.tool_calls
    if request.tools and not calls:
        text, calls = _take_calls(text)
    if request.json_schema is None:
        text = _cut_stops(clean_text(text), request)
    else:
        # A token in a value must not cut the JSON around it; values are cleaned when they are read.
        text = _BEFORE.sub("", cut_thoughts(text), count=1) if _may_hold_marks(text) else text
    if not calls and not text.strip() and reply.finish_reason == "stop":
        raise ModelError(f"{reply.model} gave an empty answer", transient=False, kind="empty")
    if text == reply.text and calls == reply.tool_calls:
        return reply
    return reply.model_copy(update={"text": text, "tool_calls": calls})


def is_kept(reply: ChatReply, request: ChatRequest) -> bool:
    """Tell whether a reply may enter the cache: it is whole, and JSON where JSON was asked for."""
    if reply.finish_reason != "stop":
        return False
    return request.json_schema is None or isinstance(json_repair.loads(reply.text), dict | list)


def _cut_stops(text: str, request: ChatRequest) -> str:
    if fenced := _FENCED.fullmatch(text):
        text = fenced[1]
    # A line break that ends an answer does not end it before it has begun.
    text = text.lstrip() if request.stop else text
    for stop in request.stop:
        text = text.partition(stop)[0]
    return text


def _take_calls(text: str) -> tuple[str, tuple[FunctionCall, ...]]:
    """Return a text without the calls in it, and these: some endpoints leave Hermes' marks to whoever asked."""
    if "<tool_call>" not in text:
        return text, ()
    calls = []
    for number, found in enumerate(_HERMES.finditer(text)):
        try:
            call = orjson.loads(found[1])
            arguments = call.get("arguments", call.get("parameters")) or {}
            written = arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()
            calls.append(FunctionCall(id=f"call_{number}", name=str(call["name"]), arguments=written))
        except (orjson.JSONDecodeError, KeyError):
            continue
    return _HERMES.sub("", text), tuple(calls)
