from __future__ import annotations

import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from streamdial.errors import StoreError
from streamdial.models import CallCache, ChatMessage, ChatReply, ChatRequest, FunctionCall
from streamdial.models.call_cache import compute_call_key

FULL = "CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
BASE: dict[str, Any] = {
    "messages": (ChatMessage(role="user", content="hello"),),
    "max_tokens": 10,
    "temperature": 0.5,
    "seed": 1,
    "stop": ("\n",),
    "json_schema": None,
    "purpose": "user_turn",
    "tools": (),
    "tool_choice": None,
}
TOOL = {"type": "function", "function": {"name": "search_rooms", "parameters": {"type": "object"}}}
CALL = FunctionCall(id="call_1", name="search_rooms", arguments="{}")


def make_key(model_id: str = "m", **changes: object) -> str:
    return compute_call_key(model_id, ChatRequest(**{**BASE, **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        {"messages": (ChatMessage(role="system", content="hello"),)},
        {"messages": (ChatMessage(role="user", content="hello!"),)},
        {"messages": (ChatMessage(role="user", content="hello"), ChatMessage(role="assistant", content=""))},
        {"max_tokens": 11},
        {"temperature": 0.6},
        {"seed": 2},
        {"stop": ()},
        {"json_schema": {"type": "object"}},
        {"model_id": "other"},
        {"tools": (TOOL,)},
        {"tool_choice": "required"},
        {"messages": (ChatMessage(role="user", content="hello", tool_calls=(CALL,)),)},
        {"messages": (ChatMessage(role="user", content="hello", tool_call_id="call_1"),)},
    ],
)
def test_whatever_influences_the_answer_changes_the_key(changes: dict[str, Any]) -> None:
    assert make_key(**changes) != make_key()


def test_the_key_of_a_request_without_functions_stays_what_it_was_so_that_no_call_is_paid_twice() -> None:
    messages = (ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content="您好, hello"))
    key = make_key(messages=messages, json_schema={"type": "object"})
    assert key == "4222757c535f1d5d5b086c0a670c97f0456aae04836e647c40d27af2e3270ced"
    short = compute_call_key("m", ChatRequest(messages=(ChatMessage(role="user", content="hello"),)))
    assert short == "8d858b6d7d9910d97171501b5e1892d7db58374a6bf0a04c7092e6cda74768d3"


@pytest.mark.parametrize("field", ["id", "name", "arguments"])
def test_every_part_of_a_call_in_a_prompt_changes_the_key(field: str) -> None:
    def key_of(call: FunctionCall) -> str:
        return make_key(messages=(ChatMessage(role="assistant", content="", tool_calls=(call,)),))

    assert key_of(CALL) != key_of(CALL.model_copy(update={field: "other"}))


def test_the_purpose_does_not_change_the_key() -> None:
    assert make_key(purpose="agent_turn") == make_key()


def test_every_field_of_a_request_is_covered_by_these_tests() -> None:
    assert set(ChatRequest.model_fields) == set(BASE)


def test_answers_are_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "new" / "calls.sqlite"
    cache = CallCache(path)
    cache.put("k", ChatReply(text="您好", model="m", prompt_tokens=3))
    cache.close()
    again = CallCache(path)
    assert again.get("k") == ChatReply(text="您好", model="m", prompt_tokens=3, from_cache=True)
    assert again.get("other") is None
    again.close()


def test_calls_of_functions_are_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    reply = ChatReply(text="", model="m", tool_calls=(CALL,))
    cache = CallCache(path)
    cache.put("k", reply)
    cache.close()
    again = CallCache(path)
    assert again.get("k") == reply.model_copy(update={"from_cache": True})
    again.close()


def test_an_answer_kept_before_there_were_functions_is_read(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    cache = CallCache(path)
    with sqlite3.connect(path) as database:
        database.execute('INSERT INTO calls (key, reply) VALUES (\'k\', \'{"text":"hi","model":"m"}\')')
    assert cache.get("k") == ChatReply(text="hi", model="m", from_cache=True)
    cache.close()


def test_the_first_answer_kept_under_a_key_stays(tmp_path: Path) -> None:
    cache = CallCache(tmp_path / "calls.sqlite")
    for text in ("first", "second"):
        cache.put("k", ChatReply(text=text, model="m"))
    kept = cache.get("k")
    assert kept is not None
    assert (kept.text, len(cache)) == ("first", 1)
    cache.close()


def read_keys(path: Path) -> set[str]:
    with sqlite3.connect(path) as database:
        return {key for (key,) in database.execute("SELECT key FROM calls")}


def test_an_answer_is_on_disk_when_it_was_put(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    cache = CallCache(path)

    for name in "abc":
        cache.put(name, ChatReply(text=name, model="m", prompt_tokens=2))
        assert name in read_keys(path)
    assert cache.get("a") == ChatReply(text="a", model="m", prompt_tokens=2, from_cache=True)
    assert cache.sum_costs()[""].tokens == 6
    cache.close()


def test_answers_that_could_not_be_written_are_told_until_there_is_space_and_written_then(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    cache = CallCache(path)

    with sqlite3.connect(path) as database:
        database.execute(FULL)
    for name in "ab":
        with pytest.raises(StoreError, match="disk is full"):
            cache.put(name, ChatReply(text=name, model="m"))
        with pytest.raises(StoreError, match="disk is full"):
            cache.get("never asked")
    assert (kept := cache.get("a"))
    assert kept.text == "a"
    with sqlite3.connect(path) as database:
        database.execute("DROP TRIGGER full")
    assert cache.get("never asked") is None
    assert read_keys(path) == {"a", "b"}
    cache.put("c", ChatReply(text="c", model="m"))
    cache.close()
    assert read_keys(path) == {"a", "b", "c"}


def test_what_could_not_be_written_is_written_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    cache = CallCache(path)
    with sqlite3.connect(path) as database:
        database.execute(FULL)
    with pytest.raises(StoreError, match="disk is full"):
        cache.put("a", ChatReply(text="a", model="m"))
    with sqlite3.connect(path) as database:
        database.execute("DROP TRIGGER full")
    assert len(cache) == 1
    cache.close()
    assert read_keys(path) == {"a"}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    cache = CallCache(tmp_path / "calls.sqlite")
    cache.put("k", ChatReply(text="x", model="m"))
    for file in tmp_path.iterdir():  # the write-ahead log too
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    cache.close()


def test_a_file_that_is_no_cache_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    path.write_text("this is no database, but long enough to look like a broken one" * 20)
    with pytest.raises(StoreError, match=r"calls\.sqlite"):
        CallCache(path)
