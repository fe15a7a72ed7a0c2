"""Agents and plans that were given take part in a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from streamdial.blueprints import find_failed_checks
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError
from streamdial.flows import stream
from streamdial.models import CachedEmbedder, ModelChoice
from streamdial.personas import Knowledge
from streamdial.pipeline import RunSettings, close_run, collect_parts, load_given_agents, open_run
from streamdial.records import AgentPersona, Blueprint, KnowledgeRow
from streamdial.testing import EchoChatModel, HashingEmbedder
from tests.conftest import ROOT

ROW = {"名称": "云鹭酒店", "房型": "大床房", "房费": "266元", "停车场": "免费", "电话号码": "13812345678"}
PROFILES = [
    {"profile_id": "hotel_stream_1", "profile": {"角色定位": "云鹭酒店客服", "知识信息": [ROW]}},
    {
        "profile_id": "hotel_stream_2",
        "profile": {"角色定位": "松溪酒店客服", "知识信息": [{**ROW, "名称": "松溪酒店"}]},
    },
    {"profile_id": "hotel_stream_3", "profile": {"角色定位": "前台", "业务范围": "推荐酒店"}},
    {"profile_id": "car_stream_4", "profile": {"角色定位": "销售", "知识信息": [ROW]}},
]
PLAN = {
    "节奏概览": "建立联系 → 需求澄清 → 方案提供 → 细节确认 → 促成行动 → 结束",
    "典型场景策略": {"细节询问": {"关键动作": "提供信息"}},
    "流程图谱": {
        "成功达成目标": "建立联系 → 需求澄清 → 方案提供 → 细节确认 → 促成行动 → 结束",
        "中途放弃": "建立联系 → 用户放弃",
    },
}
PLANS = [{"plan_id": "hotel_stream_2", "plan": PLAN}, {"plan_id": "hotel_seed_9", "plan": PLAN}]


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    choice = ModelChoice(EchoChatModel(), "planned", 4)
    monkeypatch.setattr("streamdial.pipeline.run.build_chat_model", lambda *_, **__: choice)
    monkeypatch.setattr(
        "streamdial.pipeline.run.build_embedder", lambda _, path: CachedEmbedder(HashingEmbedder(256), path)
    )


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    def write(name: str, value: object) -> str:
        (tmp_path / name).write_text(json.dumps(value), encoding="utf-8")
        return str(tmp_path / name)

    return RunSettings(
        domain="hotel",
        sources=(str(ROOT / "examples" / "hotel_live_zh"),),
        screen_text="off",
        out=str(tmp_path / "run"),
        dialogues=8,
        profiles=write("profiles.json", PROFILES),
        plans=write("plans.json", PLANS),
    )


def by_phase(counts: Sequence[Counts]) -> dict[str, Counts]:
    return {report.phase: report for report in counts}


async def test_given_profiles_are_paired_with_plans_and_stored(settings: RunSettings) -> None:
    run = open_run(settings)
    result = await load_given_agents(run, [])
    personas = {persona.id: persona for persona in run.store.get("personas", AgentPersona)}
    blueprints = {blueprint.id: blueprint for blueprint in run.store.get("blueprints", Blueprint)}
    paired = [(personas[agent].account, blueprints[plan].account) for agent, plan in result.agents]
    # The second has a plan of its own id; the first takes the one nobody's id claims.
    assert paired == [("hotel_stream_1", "hotel_seed_9"), ("hotel_stream_2", "hotel_stream_2")]
    reports = by_phase(result.counts)
    assert (reports["given profiles"].asked, reports["given profiles"].kept) == (4, 2)
    assert reports["given profiles"].dropped == {"other_domain": 1, "no_knowledge": 1}
    assert (reports["given plans"].kept, reports["given plans"].dropped) == (2, {})
    rows = run.store.get("knowledge", KnowledgeRow)
    assert {row.slot for row in rows} == {"price", "parking", "bed_type", "hotel_name"}
    stored = "".join(persona.model_dump_json() for persona in personas.values())
    assert "13812345678" not in stored
    assert "[PHONE]" in stored
    await close_run(settings)


async def test_a_table_of_what_is_sold_makes_a_profile_without_knowledge_usable(
    settings: RunSettings, tmp_path: Path
) -> None:
    table = tmp_path / "rooms.csv"
    table.write_text("房型,价格,停车场\n大床房,299元,免费停车\n云鹭酒店大床房,188元,收费停车\n", encoding="utf-8")
    given = settings.replace(knowledge=str(table))
    run = open_run(given)
    reports = by_phase((await load_given_agents(run, [])).counts)
    assert (reports["given profiles"].kept, reports["given profiles"].dropped) == (3, {"other_domain": 1})
    assert reports["given knowledge"].kept == 4
    knows = {p.account: Knowledge(p.knowledge, run.pack) for p in run.store.get("personas", AgentPersona)}
    assert knows["hotel_stream_3"].entities == ("大床房", "云鹭酒店大床房")
    # The table holds where the profile says another price.
    row = knows["hotel_stream_1"].get("云鹭酒店大床房", "price")
    assert row is not None and (row.number, row.provenance.url) == (188, "rooms.csv")
    ids = [row.id for row in run.store.get("knowledge", KnowledgeRow)]
    assert len(ids) == len(set(ids))
    await close_run(given)


async def test_what_an_agent_without_names_can_do_is_noted(settings: RunSettings, tmp_path: Path) -> None:
    profiles = tmp_path / "places.json"
    body = {"角色定位": "客服", "业务范围": "提供云州多家酒店的信息；地区范围为云州"}
    profiles.write_text(json.dumps([{"profile_id": "hotel_stream_7", "profile": body}]), encoding="utf-8")
    given = settings.replace(profiles=str(profiles))
    report = by_phase((await load_given_agents(open_run(given), [])).counts)["given profiles"]
    assert report.kept == 1
    assert "1 profiles name nothing that is sold" in report.notes[0]
    await close_run(given)


async def test_profiles_without_plans_follow_the_seed_dialogues(settings: RunSettings) -> None:
    run = open_run(settings.replace(plans=None))
    result = await load_given_agents(run, [])
    blueprints = run.store.get("blueprints", Blueprint)
    assert {blueprint.origin for blueprint in blueprints} == {"induced"}
    assert all(find_failed_checks(blueprint, load_pack("hotel")) == [] for blueprint in blueprints)
    assert len(result.agents) == 2
    await close_run(settings)


async def test_plans_without_profiles_are_lent_to_the_agents_of_the_sources(settings: RunSettings) -> None:
    run = open_run(settings)
    mine = (await load_given_agents(run, [])).agents[0].agent
    run.settings = settings.replace(profiles=None)
    lent = await load_given_agents(run, [mine])
    assert [agent for agent, _ in lent.agents] == [mine, mine]
    nobody = by_phase((await load_given_agents(run, [])).counts)
    assert nobody["given plans"].dropped == {"unpaired": 2}
    await close_run(settings)


def test_what_the_files_hold_is_part_of_the_fingerprint(settings: RunSettings, tmp_path: Path) -> None:
    before = collect_parts(settings)
    moved = tmp_path / "moved.json"
    moved.write_bytes(Path(str(settings.sources.profiles)).read_bytes())
    assert collect_parts(settings.replace(profiles=str(moved))) == before
    moved.write_text("[]", encoding="utf-8")
    assert collect_parts(settings.replace(profiles=str(moved)))["profiles"] != before["profiles"]
    assert "knowledge" not in before
    assert "knowledge" in collect_parts(settings.replace(knowledge=str(moved)))
    with pytest.raises(ConfigurationError, match="--plans: there is no file"):
        collect_parts(settings.replace(plans="/nowhere/plans.json"))


@pytest.fixture
def _server(prefect_server: str) -> Iterator[None]:
    yield


@pytest.mark.prefect
async def test_given_agents_talk_beside_those_of_the_sources(settings: RunSettings, _server: None) -> None:
    summary = await stream(settings)
    assert summary["failed"] == []
    reports = {report["phase"]: report for report in summary["counts"]}
    assert reports["given profiles"]["kept"] == 2
    exported = Path(settings.out, "dataset", "hotel", "assistant_profile.json")
    bodies = [entry["profile"] for entry in json.loads(exported.read_text(encoding="utf-8"))]
    masked = {**ROW, "电话号码": "[PHONE]"}
    assert {"角色定位": "云鹭酒店客服", "知识信息": [masked]} in bodies
    plans = json.loads(exported.with_name("dialogue_plan.json").read_text(encoding="utf-8"))
    assert PLAN in [entry["plan"] for entry in plans]
