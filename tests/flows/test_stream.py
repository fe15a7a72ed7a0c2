"""The whole job with scripted fakes: the real Prefect flow, the real embedded store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars
import pytest

from streamdial.errors import FingerprintError, NothingLeftError
from streamdial.files import read_json, read_lines
from streamdial.flows import stream
from streamdial.models import CachedEmbedder, ModelChoice
from streamdial.pipeline import RunSettings
from streamdial.records import Dialogue
from streamdial.store import EdgeStore
from streamdial.testing import EchoChatModel, HashingEmbedder
from tests.conftest import ROOT

pytestmark = pytest.mark.prefect


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> EchoChatModel:
    """Put fakes where models are built; everything else of the run is real."""
    echo = EchoChatModel()
    monkeypatch.setattr("streamdial.pipeline.run.build_chat_model", lambda *_, **__: ModelChoice(echo, "planned", 4))
    monkeypatch.setattr(
        "streamdial.pipeline.run.build_embedder", lambda _, path: CachedEmbedder(HashingEmbedder(256), path)
    )
    return echo


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    return RunSettings(
        domain="hotel",
        sources=(str(ROOT / "examples" / "hotel_live_zh"),),
        screen_text="off",
        out=str(tmp_path / "run"),
        dialogues=10,
        shard_size=4,
        mode="reworded",
    )


def read_dialogues(settings: RunSettings) -> list[Dialogue]:
    shards = sorted(Path(settings.out, "dialogues").glob("shard-*.jsonl"))
    return [Dialogue.model_validate(line) for shard in shards for line in read_lines(shard)]


@pytest.fixture
def _server(prefect_server: str) -> Iterator[None]:
    yield


async def test_one_recording_becomes_a_filtered_set_of_dialogues(
    settings: RunSettings, model: EchoChatModel, _server: None
) -> None:
    summary = await stream(settings)
    assert summary["failed"] == []
    assert summary["dialogues_kept"] >= 5
    counts = {report["phase"]: report for report in summary["counts"]}
    assert counts["chat and comments"]["dropped"]["instruction_to_model"] >= 1
    assert counts["dialogues"]["asked"] == 10
    for report in summary["counts"]:
        if report["phase"] in ("chat and comments", "questions", "responses", "strategies", "dialogues", "filter"):
            assert report["asked"] == report["kept"] + sum(report["dropped"].values()), report["phase"]

    dialogues = read_dialogues(settings)
    assert len({dialogue.id for dialogue in dialogues}) == len(dialogues)
    data = Path(settings.out, "dataset")
    evidence = set(polars.read_parquet(data / "evidence.parquet")["id"])
    for dialogue in dialogues:
        assert {source for turn in dialogue.turns for source in turn.evidence} <= evidence
        assert [turn.role for turn in dialogue.turns[:2]] == ["user", "agent"]
        assert dialogue.stop_reason == "blueprint_end"
    released = json.loads((data / "hotel" / "dialogue_0.json").read_text(encoding="utf-8"))
    assert len(released) == summary["dialogues_kept"]
    assert (Path(settings.out) / "report" / "index.html").stat().st_size > 10_000

    # The same again: nothing is asked of the model, nothing is lost or doubled.
    asked, before = len(model.requests), {name: _count(settings, name) for name in ("signals", "personas", "dialogues")}
    again = await stream(settings)
    assert len(model.requests) == asked
    assert again["counts"] == summary["counts"]
    assert {name: _count(settings, name) for name in before} == before
    assert read_dialogues(settings) == dialogues

    # A larger number begins with the dialogues of the smaller one.
    more = settings.replace(dialogues=12, shard_size=12)
    await stream(more)
    longer = {d.id for d in read_dialogues(more)}
    assert {dialogue.id for dialogue in dialogues} <= longer

    # Other settings are refused, and the message names what differs.
    with pytest.raises(FingerprintError, match="seed was 7, is 8"):
        await stream(settings.replace(seed=8))


def _count(settings: RunSettings, collection: str) -> int:
    instance = read_json(Path(settings.out, "run.json"))["instance"]
    store = EdgeStore(Path(settings.out, "store"))
    try:
        return store.count(f"r{instance[:12]}_{collection}")
    finally:
        store.close()


async def test_nothing_personal_and_no_order_reaches_the_model(
    settings: RunSettings, model: EchoChatModel, _server: None
) -> None:
    await stream(settings)
    chat = (ROOT / "examples" / "scripts" / "hotel_live_zh" / "chat.tsv").read_text(encoding="utf-8")
    orders = [line.split("\t")[3] for line in chat.splitlines() if "忽略" in line or "SYSTEM" in line]
    assert orders
    written = "".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in Path(settings.out).rglob("*")
        if path.is_file() and path.suffix in (".json", ".jsonl", ".html", ".md")
    )
    asked = "".join(message.content for request in model.requests for message in request.messages)
    for order in orders:
        assert order not in asked
        assert order not in written


async def test_a_recording_of_another_domain_names_the_phase_and_the_reason(
    tmp_path: Path, model: EchoChatModel, _server: None, shared_data: Path
) -> None:
    settings = RunSettings(
        domain="automotive",
        sources=(str(shared_data / "danmaku" / "danmakufactory" / "danmaku01.xml"),),
        out=str(tmp_path / "run"),
    )
    with pytest.raises(NothingLeftError, match=r"screening kept nothing \(thin_evidence 1\)"):
        await stream(settings)
    reports = read_json(Path(settings.out, "counts", "1-signals.json"))
    assert reports[0]["phase"] == "reading"
    assert reports[0]["asked"] == 1200


async def test_dialogues_that_fail_go_to_the_dead_letters_and_come_back(
    settings: RunSettings, monkeypatch: pytest.MonkeyPatch, model: EchoChatModel, _server: None
) -> None:
    from streamdial.dialogues import DialogueMaker
    from streamdial.errors import ModelError

    make, broken = DialogueMaker.make, {"on": True}

    async def fail_sometimes(self: DialogueMaker, *args: object, **options: object) -> object:
        if broken["on"] and int(str(options["seed"])) % 3 == 0:
            raise ModelError("the endpoint is away", transient=False, kind="server")
        return await make(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(DialogueMaker, "make", fail_sometimes)
    summary = await stream(settings)
    assert 0 < len(summary["failed"]) < 10
    letters = list(read_lines(Path(settings.out, "dead_letters.jsonl")))
    assert {letter["id"] for letter in letters} == set(summary["failed"])
    assert {letter["reason"] for letter in letters} == {"server"}
    before = {dialogue.id for dialogue in read_dialogues(settings)}

    broken["on"] = False
    again = await stream(settings.replace(retry_failed=True))
    assert again["failed"] == []
    after = {dialogue.id for dialogue in read_dialogues(settings)}
    assert before <= after
    assert set(summary["failed"]) <= after | {
        d["id"] for d in read_json(Path(settings.out, "filter.json"))["dropped"]
    } | set(_dropped_as_unusable(settings))


def _dropped_as_unusable(settings: RunSettings) -> list[str]:
    journals = Path(settings.out, "dialogues").glob("*.journal")
    return [line["id"] for journal in journals for line in read_lines(journal) if line["fault"]]


async def test_a_used_up_budget_stops_in_good_order_and_a_larger_one_goes_on_from_there(
    settings: RunSettings, model: EchoChatModel, _server: None
) -> None:
    elsewhere = settings.replace(out=f"{settings.out}-elsewhere")
    usage = (await stream(elsewhere))["usage"]
    model.requests.clear()
    small = settings.replace(max_tokens=(usage["prompt_tokens"] + usage["completion_tokens"]) * 9 // 10)
    summary = await stream(small)
    assert summary["failed"] == []
    assert 0 < summary["left"] < 10
    made = {dialogue.id for dialogue in read_dialogues(settings)}
    asked = len(model.requests)

    again = await stream(small)
    assert again["left"] == summary["left"]  # what was spent before counts
    assert len(model.requests) == asked

    whole = await stream(settings)
    assert (whole["left"], whole["failed"]) == (0, [])
    assert made <= {dialogue.id for dialogue in read_dialogues(settings)}
    bodies = [(tuple(r.messages), r.seed) for r in model.requests]
    assert len(bodies) == len(set(bodies))  # no finished call was paid twice
