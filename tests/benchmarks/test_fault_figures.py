"""How the benchmark of faults counts what was lost, doubled and paid twice."""

from __future__ import annotations

import random
from pathlib import Path

import aiohttp
import orjson
import pytest

from benchmarks.faults_kills import IN_IDG, PER_RUN, plan_kills
from benchmarks.faults_runs import CountingEndpoint, compare, list_finished, read_kept
from streamdial.models import CallCache, ChatReply
from streamdial.testing import Fault


def write_run(out: Path, shards: dict[str, list[dict[str, str]]], published: list[str]) -> None:
    for name, lines in shards.items():
        path = out / "dialogues" / f"shard-{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    (out / "dataset" / "sharegpt").mkdir(parents=True)
    told = "".join(f'{{"id": "{name}"}}\n' for name in published)
    (out / "dataset" / "sharegpt" / "train.jsonl").write_text(told, encoding="utf-8")


def test_lost_doubled_and_changed_dialogues_are_counted(tmp_path: Path) -> None:
    whole = [{"id": name, "text": "hello"} for name in "abcd"]
    write_run(tmp_path / "whole", {"0": whole}, ["a", "b", "c", "d"])
    write_run(tmp_path / "same", {"0": whole[:2], "1": whole[2:]}, ["a", "b", "c", "d"])
    write_run(tmp_path / "worse", {"0": [whole[0], {"id": "b", "text": "bye"}], "1": [whole[0]]}, ["a", "a", "b"])
    (tmp_path / "worse" / "summary.json").write_text('{"failed": ["c"]}', encoding="utf-8")
    clean = read_kept(tmp_path / "whole")
    assert compare(clean, read_kept(tmp_path / "same")) == {
        "lost": 0,
        "doubled": 0,
        "content_equal": 1.0,
        "set_equal": 1.0,
    }
    worse = compare(clean, read_kept(tmp_path / "worse"))
    assert worse == {"lost": 3, "doubled": 2, "content_equal": 0.25, "set_equal": 0.0}


async def _ask(url: str, text: str) -> tuple[int, dict[str, dict[str, int]]]:
    body = {"model": "mock", "messages": [{"role": "user", "content": text}]}
    async with aiohttp.ClientSession() as session, session.post(f"{url}/chat/completions", json=body) as answer:
        return answer.status, await answer.json()


async def test_an_answer_says_which_call_it_belongs_to_and_the_cache_which_are_finished(tmp_path: Path) -> None:
    async with CountingEndpoint() as endpoint:
        for text in ("one", "two", "one"):
            _, told = await _ask(endpoint.url, text)
            assert told["usage"]["prompt_tokens"] == {"one": 1, "two": 2}[text]
        endpoint.failing = Fault("status", status=401)
        assert (await _ask(endpoint.url, "three"))[0] == 401
        assert endpoint.list_calls() == [1, 2, 1, 3]
        assert endpoint.list_calls(2) == [1, 3]
    assert list_finished(tmp_path) == set()
    cache = CallCache(tmp_path / "cache" / "calls.sqlite")
    cache.put("key", ChatReply(text="x", model="mock", prompt_tokens=2))
    cache.close()
    assert list_finished(tmp_path) == {2}


async def test_an_endpoint_that_comes_back_has_its_old_address() -> None:
    endpoint = CountingEndpoint()
    async with endpoint:
        url = endpoint.url
    with pytest.raises(aiohttp.ClientConnectionError):
        await _ask(url, "gone")
    async with endpoint:
        assert endpoint.url == url
        assert (await _ask(url, "back"))[0] == 200


def test_kills_are_planned_in_the_order_of_the_phases_most_of_them_in_idg() -> None:
    for seed in range(20):
        planned = plan_kills(random.Random(seed), PER_RUN)
        assert len(planned) == PER_RUN
        phases = [phase for phase, _ in planned if phase != "start"]
        assert phases.count("IDG") == IN_IDG
        order = ["SSI", "APS", "CB", "IDG", "DF", "export"]
        assert phases == sorted(phases, key=order.index)
        within = [share for phase, share in planned if phase == "IDG"]
        assert within == sorted(within)
