"""Deployments on real services: triggered, scheduled, polled, killed, cancelled."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamdial.deployments.serve import read_deployments
from streamdial.deployments.services import Services
from streamdial.files import read_lines
from streamdial.testing import MockEndpoint
from tests.conftest import ROOT
from tests.flows.test_kill import IN_FLIGHT
from tests.prefect_api import PrefectApi

pytestmark = pytest.mark.services


def make_settings(out: Path, endpoint: MockEndpoint, dialogues: int = 8) -> dict[str, Any]:
    """Return settings in their groups, as the form sends them: the server checks them against its schema."""
    return {
        "domain": "hotel",
        "out": str(out),
        "sources": {"paths": [str(ROOT / "examples" / "hotel_live_zh")], "screen_text": "off"},
        "models": {"model": "openai/mock", "api_base": endpoint.url, "mode": "reworded"},
        "dialogues": {"count": dialogues},
        "scale": {"concurrency": IN_FLIGHT, "shard_size": 4},
    }


def read_dialogues(out: Path) -> list[str]:
    return [line["id"] for shard in sorted((out / "dialogues").glob("shard-*.jsonl")) for line in read_lines(shard)]


def find_processes(out: Path) -> list[int]:
    """Return the flow processes that have files of a run open."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            opened = [os.readlink(path) for path in (folder / "fd").iterdir()]
        except OSError:
            continue
        if any(path.startswith(str(out)) for path in opened):
            found.append(int(folder.name))
    return found


def test_every_entry_is_deployed(api: PrefectApi) -> None:
    for entry in read_deployments():
        flow = entry["entrypoint"].split(".")[-1].replace("refresh_knowledge", "refresh-knowledge")
        deployment = api.find_deployment(f"{flow}/{entry['name']}")
        assert deployment["global_concurrency_limit"]["limit"] == entry["concurrency_limit"]


def test_a_run_is_triggered_with_the_forms_parameters_and_a_bad_one_is_refused(
    api: PrefectApi, endpoint: MockEndpoint, tmp_path: Path
) -> None:
    deployment = api.find_deployment("stream/stream-hotel")
    groups = deployment["parameter_openapi_schema"]["definitions"]
    assert groups["ModelSettings"]["properties"]["mode"]["enum"] == ["auto", "planned", "reworded", "guided", "direct"]
    for name in ("SourceSettings", "ModelSettings", "DialogueSettings", "FilterSettings", "ScaleSettings"):
        fields = groups[name]["properties"].values()
        assert all(field.get("description") for field in fields)
        assert sorted(field["position"] for field in fields) == list(range(len(fields)))
    bad = {"settings": make_settings(tmp_path / "run", endpoint, dialogues=0)}
    answer = api.ask("POST", f"/deployments/{deployment['id']}/create_flow_run", parameters=bad)
    assert answer.status_code == 409
    assert "settings.dialogues.count" in answer.text
    assert "0 is less than the minimum of 1" in answer.text

    run = api.trigger("stream/stream-hotel", {"settings": make_settings(tmp_path / "run", endpoint)})
    assert api.wait_for_end(run) == "COMPLETED"
    assert api.read_run(run)["name"] == "hotel: 8 dialogues to run"
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["dialogues_kept"] >= 4
    artifacts = api.ask("POST", "/artifacts/latest/filter", artifacts={"key": {"like_": "%-run"}}).json()
    told = {artifact["key"]: artifact for artifact in artifacts}
    assert set(told) >= {"counts-run", "sample-run", "files-run", "report-run"}
    assert "dialogues" in told["counts-run"]["data"]


def test_a_schedule_fires(api: PrefectApi, tmp_path: Path) -> None:
    # `reap` finds nothing to do, so its schedule can be tried without a run of its own.
    deployment = api.find_deployment("reap/reap")
    schedule = {"active": True, "schedule": {"interval": 2.0}}
    made = api.ask("PATCH", f"/deployments/{deployment['id']}", schedules=[schedule])
    assert made.status_code == 204, made.text

    def has_run() -> bool:
        found = api.ask(
            "POST",
            "/flow_runs/filter",
            deployments={"id": {"any_": [deployment["id"]]}},
            flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}},
        ).json()
        return any(run["auto_scheduled"] for run in found)

    try:
        api.wait(has_run, 180, "a scheduled run is finished")
    finally:
        api.ask("PATCH", f"/deployments/{deployment['id']}", schedules=[])


def test_the_second_of_two_polls_takes_what_is_new_and_what_changed_and_passes_over_what_is_broken(
    api: PrefectApi, endpoint: MockEndpoint, tmp_path: Path
) -> None:
    feed = tmp_path / "feed"
    example = ROOT / "examples" / "hotel_live_zh"
    for name in ("monday", "tuesday"):
        shutil.copytree(example, feed / name)
    polled = make_settings(tmp_path / "polled", endpoint, dialogues=2)
    del polled["sources"]["paths"]
    polled["feeds"] = [
        {"kind": "recordings", "at": str(feed), "settled_seconds": 0},
        {"kind": "recordings", "at": str(tmp_path / "missing")},
    ]

    def poll() -> set[str]:
        before = {path.name for path in (tmp_path / "polled" / "runs").glob("*")}
        assert api.wait_for_end(api.trigger("poll/poll", {"settings": polled}), 400) == "COMPLETED"
        return {path.name for path in (tmp_path / "polled" / "runs").glob("*")} - before

    assert {name.rpartition("-")[0] for name in poll()} == {"monday", "tuesday"}
    assert poll() == set()
    shutil.copytree(example, feed / "wednesday")
    (feed / "monday" / "more.srt").write_text("1\n00:10:00,000 --> 00:10:02,000\n还有房间吗？\n", encoding="utf-8")
    (feed / "thursday").mkdir()
    (feed / "thursday" / "chat.xml").write_bytes(b"\x00\x01 broken")
    taken = {name.rpartition("-")[0] for name in poll()}
    assert {"monday", "wednesday"} <= taken <= {"monday", "wednesday", "thursday"}
    assert poll() == set()


def test_two_workers_share_the_runs(
    api: PrefectApi, services: Services, endpoint: MockEndpoint, tmp_path: Path
) -> None:
    services.start_worker("worker-second")
    try:
        names = ("stream/stream-hotel", "stream/stream-restaurant")
        runs = [
            api.trigger(name, {"settings": make_settings(tmp_path / name[-5:], endpoint, dialogues=2)})
            for name in names
        ]
        assert [api.wait_for_end(run) for run in runs] == ["COMPLETED", "COMPLETED"]
        pool = api.ask("POST", "/work_pools/streamdial/workers/filter").json()
        assert {worker["name"] for worker in pool} >= {"worker-0", "worker-second"}
    finally:
        services.end("worker-second", signal.SIGTERM)


def test_a_killed_flow_is_reaped_and_takes_up_where_it_was(
    api: PrefectApi, tmp_path: Path, reap_now: Callable[..., dict[str, list[str]]]
) -> None:
    out = tmp_path / "run"
    with MockEndpoint(latency=0.4) as endpoint:
        run = api.trigger("stream/stream-hotel", {"settings": make_settings(out, endpoint, dialogues=10)})
        api.wait(lambda: endpoint.count >= 20, 240, "model calls")
        for process in find_processes(out):
            os.kill(process, signal.SIGKILL)
        asked = endpoint.count
        # The worker sees its own child die.
        assert api.wait_for_end(run, 120) == "CRASHED"
        assert "hotel: 10 dialogues to run" not in reap_now(150.0)["started"]
        time.sleep(10)
        assert "hotel: 10 dialogues to run" in reap_now(150.0, settled_seconds=8.0)["started"]
        assert api.wait_for_end(run, 300) == "COMPLETED"
        repeated = len(endpoint.body_hashes) - len(set(endpoint.body_hashes))
        assert repeated <= IN_FLIGHT
        assert endpoint.count > asked
    found = read_dialogues(out)
    assert len(found) == len(set(found))
    assert json.loads((out / "summary.json").read_text())["failed"] == []


def test_a_killed_worker_leaves_a_run_that_reap_starts_again(
    api: PrefectApi, services: Services, tmp_path: Path, reap_now: Callable[..., dict[str, list[str]]]
) -> None:
    out = tmp_path / "run"
    with MockEndpoint(latency=0.4) as endpoint:
        run = api.trigger("stream/stream-hotel", {"settings": make_settings(out, endpoint, dialogues=10)})
        api.wait(lambda: endpoint.count >= 20, 240, "model calls")
        # The whole machine goes: worker and flow at once.
        services.end("worker-0")
        for process in find_processes(out):
            os.kill(process, signal.SIGKILL)
        time.sleep(3)
        assert api.read_run(run)["state_type"] == "RUNNING"
        started = reap_now(1.0)["started"]
        services.start_worker("worker-0")
        assert "hotel: 10 dialogues to run" in started
        assert api.wait_for_end(run, 300) == "COMPLETED"
        repeated = len(endpoint.body_hashes) - len(set(endpoint.body_hashes))
        assert repeated <= IN_FLIGHT
    found = read_dialogues(out)
    assert len(found) == len(set(found))


def test_a_killed_database_costs_nothing_but_time(
    api: PrefectApi, services: Services, tmp_path: Path, reap_now: Callable[..., dict[str, list[str]]]
) -> None:
    out = tmp_path / "run"
    with MockEndpoint(latency=0.4) as endpoint:
        run = api.trigger("stream/stream-hotel", {"settings": make_settings(out, endpoint, dialogues=10)})
        api.wait(lambda: endpoint.count >= 20, 240, "model calls")
        services.end("postgres")
        time.sleep(2)
        services.start_postgres()
        ended = api.wait_for_end(run, 300)
        if ended != "COMPLETED":
            # What Prefect could not note is started again by one command.
            answer = api.ask(
                "POST", f"/flow_runs/{run}/set_state", state={"type": "SCHEDULED", "name": "AwaitingRetry"}
            )
            assert answer.status_code in (200, 201), answer.text
            ended = api.wait_for_end(run, 300)
        assert ended == "COMPLETED"
        repeated = len(endpoint.body_hashes) - len(set(endpoint.body_hashes))
        assert repeated <= IN_FLIGHT
    found = read_dialogues(out)
    assert len(found) == len(set(found))


def test_cancelling_in_the_ui_stops_model_calls_and_keeps_what_is_done(api: PrefectApi, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with MockEndpoint(latency=0.4) as endpoint:
        run = api.trigger("stream/stream-hotel", {"settings": make_settings(out, endpoint, dialogues=16)})
        api.wait(lambda: endpoint.count >= 20, 240, "model calls")
        # What the UI's button sends.
        api.ask("POST", f"/flow_runs/{run}/set_state", state={"type": "CANCELLING", "name": "Cancelling"})
        api.wait(lambda: not find_processes(out), 60, "the flow's process ends")
        asked = endpoint.count
        time.sleep(3)
        assert endpoint.count == asked
        assert api.wait_for_end(run, 60) == "CANCELLED"
    assert (out / "cache" / "calls.sqlite").stat().st_size > 0
    assert list((out / "dialogues").glob("*.journal"))


def test_nothing_secret_is_written_anywhere(
    api: PrefectApi, services: Services, endpoint: MockEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "sk-planted-7f3b1c9e5d2a4860"
    services.end("worker-0", signal.SIGTERM)
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    services.start_worker("worker-0")
    out = tmp_path / "run"
    run = api.trigger("stream/stream-hotel", {"settings": make_settings(out, endpoint, dialogues=2)})
    assert api.wait_for_end(run) == "COMPLETED"
    for folder in (out, services.data):
        grep = subprocess.run(["grep", "-rlaF", secret, str(folder)], capture_output=True, text=True, check=False)
        assert grep.stdout == ""
    assert secret not in api.ask("POST", "/logs/filter").text
    assert secret not in api.ask("POST", "/artifacts/filter").text
    for path in (out / "cache", out / "dialogues"):
        assert path.stat().st_mode & 0o077 == 0 or out.stat().st_mode & 0o077 == 0
