from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from streamdial.errors import ModelError
from streamdial.models import (
    Allowance,
    Budget,
    CallCache,
    ChatMessage,
    ChatReply,
    ChatRequest,
    Cost,
    FunctionCall,
    ModelRuntime,
    complete_structured,
)
from streamdial.models.answers import clean_text, cut_role, finish_reply
from streamdial.models.structured import parse_answer, read_json
from streamdial.testing import ScriptedChatModel


class Line(BaseModel):
    utterance: str


REQUEST = ChatRequest(messages=(ChatMessage(role="user", content="go"),))
JSON = ChatRequest(messages=REQUEST.messages, json_schema={"type": "object"})


def answer(text: str, **more: object) -> ChatReply:
    return ChatReply.model_validate({"text": text, "model": "m", **more})


@pytest.mark.parametrize(
    "text",
    [
        "It has seven seats.",
        "It has seven seats.<|im_end|>",
        "It has seven seats.<|im_end|>\n<|im_start|>user\nAnd the price?",
        "<|im_start|>assistant\nIt has seven seats.<|endoftext|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\nIt has seven seats.<|eot_id|>",
        "<s>[INST] It has seven seats.</s>",
        "It has seven seats.<end_of_turn>\n<start_of_turn>user",
        "It has seven seats.<｜end▁of▁sentence｜>",
        "<think>They ask for <b>seats</b>. Five? No.</think>\n\nIt has seven seats.",
        "They ask for seats. Five? No.\n</think>\nIt has seven seats.",
        "[THINK]Five? No.[/THINK]It has seven seats.",
        "◁think▷Five? No.◁/think▷It has seven seats.",
        "<|channel|>analysis<|message|>Five? No.<|end|><|start|>assistant<|channel|>final<|message|>"
        "It has seven seats.<|return|>",
    ],
)
def test_thoughts_and_tokens_of_the_template_are_no_words(text: str) -> None:
    assert clean_text(text).strip() == "It has seven seats."


@pytest.mark.parametrize(
    "text",
    [
        "<think>Five? Or seven, which would",
        "<|channel|>analysis<|message|>Five? Or seven",
        "<|im_end|>",
        "  ",
    ],
)
def test_thoughts_without_an_end_are_no_answer(text: str) -> None:
    with pytest.raises(ModelError) as failure:
        finish_reply(answer(text), REQUEST)
    assert (failure.value.kind, failure.value.transient) == ("empty", False)


@pytest.mark.parametrize("text", ["a < b and [ok]", "5 <6 seats", "<b>bold</b>", "[1] and [2]", "|x|"])
def test_what_only_looks_like_a_token_stays(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("finish", "kind", "transient"), [("content_filter", "filtered", False), ("other", "malformed", True)]
)
def test_what_was_stopped_is_no_wording(finish: str, kind: str, transient: bool) -> None:
    with pytest.raises(ModelError) as failure:
        finish_reply(answer("It has sev", finish_reason=finish), REQUEST)
    assert (failure.value.kind, failure.value.transient) == (kind, transient)


def test_fences_around_free_text_are_cut_and_stops_kept() -> None:
    request = REQUEST.model_copy(update={"stop": ("\n",)})
    assert finish_reply(answer("```text\nSeven.\n```"), request).text == "Seven."
    assert finish_reply(answer("\nSeven.\nAnd more"), request).text == "Seven."


def test_a_decoy_in_the_thoughts_is_not_the_answer() -> None:
    text = '<think>{"utterance": "five"} maybe? No.</think>\n{"utterance": "seven"}<|im_end|>'
    assert parse_answer(finish_reply(answer(text), JSON).text, Line) == Line(utterance="seven")


def test_values_are_cleaned_and_the_json_around_them_is_not_cut() -> None:
    text = '{"utterance": "Seven seats.<|im_end|>\\n<|im_start|>user"}'
    assert parse_answer(finish_reply(answer(text), JSON).text, Line) == Line(utterance="Seven seats.")


@pytest.mark.parametrize(
    "text",
    [
        '[{"utterance": "a"}]',
        '{"answer": {"utterance": "a"}}',
        '"{\\"utterance\\": \\"a\\"}"',
        '{"utterance": "a"}\n{}',
    ],
)
def test_an_answer_with_something_around_it_is_taken_out(text: str) -> None:
    assert parse_answer(text, Line) == Line(utterance="a")


def test_a_number_json_does_not_know_is_none() -> None:
    with pytest.raises(ValueError, match="JSON"):
        read_json('{"price": NaN}')


def test_calls_left_in_the_text_are_calls_where_functions_were_offered() -> None:
    text = 'I look.\n<tool_call>\n{"name": "search", "arguments": {"x": 1}}\n</tool_call>'
    request = REQUEST.model_copy(update={"tools": ({"type": "function"},)})
    reply = finish_reply(answer(text), request)
    assert reply.tool_calls == (FunctionCall(id="call_0", name="search", arguments='{"x":1}'),)
    assert reply.text.strip() == "I look."
    assert finish_reply(answer(text), REQUEST).text == "I look."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Customer: Assistant: hello", "hello"),
        ("顾问：您好", "您好"),
        ("Options: two", "Options: two"),
        ("hello", "hello"),
    ],
)
def test_the_name_of_a_speaker_is_cut(text: str, left: str) -> None:
    assert cut_role(text) == left


@pytest.mark.parametrize(
    "refused",
    [
        answer("It has", finish_reason="length"),
        answer("", finish_reason="stop"),
        answer("x", finish_reason="content_filter"),
    ],
)
async def test_nothing_refused_is_cached_and_all_of_it_is_booked(tmp_path: Path, refused: ChatReply) -> None:
    paid = refused.model_copy(update={"prompt_tokens": 7, "completion_tokens": 3})
    cache, budget = CallCache(tmp_path / "calls.sqlite"), Budget(Allowance(tokens=10_000))
    runtime = ModelRuntime(ScriptedChatModel([paid, paid, "good"]), cache=cache, budget=budget)
    for _ in range(2):
        try:
            assert (await runtime.complete(REQUEST)).finish_reason == "length"
        except ModelError as error:
            assert error.kind in ("empty", "filtered")
    assert len(cache) == 0
    assert budget.used == cache.sum_costs()[""] == Cost(20)
    assert (await runtime.complete(REQUEST)).text == "good"
    assert len(cache) == 1 and budget.used == cache.sum_costs()[""]
    cache.close()


async def test_what_is_no_json_where_json_was_asked_for_is_not_cached(tmp_path: Path) -> None:
    cache = CallCache(tmp_path / "calls.sqlite")
    runtime = ModelRuntime(ScriptedChatModel(["I cannot do that.", '{"utterance": "a"}']), cache=cache)
    found, _ = await complete_structured(runtime, REQUEST, Line)
    assert (found.utterance, len(cache)) == ("a", 1)
    cache.close()


async def test_an_answer_an_older_version_kept_is_looked_at_again(tmp_path: Path) -> None:
    from streamdial.models.call_cache import compute_call_key

    cache = CallCache(tmp_path / "calls.sqlite")
    cache.put(compute_call_key("scripted", REQUEST), answer("It has sev", finish_reason="length"))
    assert (await ModelRuntime(ScriptedChatModel(["whole"]), cache=cache).complete(REQUEST)).text == "whole"
    cache.close()


async def test_an_answer_that_says_nothing_is_asked_for_with_another_seed() -> None:
    model = ScriptedChatModel([answer("<|im_end|>"), answer("", finish_reason="content_filter"), '{"utterance": "a"}'])
    with pytest.raises(ModelError, match="content filter"):
        await complete_structured(ModelRuntime(model), REQUEST, Line)
    assert [request.seed for request in model.requests] == [0, 1]
