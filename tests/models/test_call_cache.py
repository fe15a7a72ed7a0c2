from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from streamdial.errors import StoreError
from streamdial.models import CallCache, ChatMessage, ChatReply, ChatRequest
from streamdial.models.call_cache import compute_call_key

BASE: dict[str, Any] = {
    "messages": (ChatMessage(role="user", content="hello"),),
    "max_tokens": 10,
    "temperature": 0.5,
    "seed": 1,
    "stop": ("\n",),
    "json_schema": None,
    "purpose": "user_turn",
}


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
    ],
)
def test_whatever_influences_the_answer_changes_the_key(changes: dict[str, Any]) -> None:
    assert make_key(**changes) != make_key()


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


def test_the_first_answer_kept_under_a_key_stays(tmp_path: Path) -> None:
    cache = CallCache(tmp_path / "calls.sqlite")
    for text in ("first", "second"):
        cache.put("k", ChatReply(text=text, model="m"))
    kept = cache.get("k")
    assert kept is not None
    assert (kept.text, len(cache)) == ("first", 1)
    cache.close()


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
