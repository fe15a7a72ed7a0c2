import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streamdial.corpora import read_plans, read_profiles, write_plan, write_profile
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.exports import DataSet, write_streamdial_files
from streamdial.exports.profiles import describe_agent, describe_blueprint, describe_user
from tests.exports.conftest import make_agent, make_blueprint, make_dialogue, make_turns, make_user

PUBLISHED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "streamdial"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_four_kinds_of_file_have_the_published_shape(data: DataSet, tmp_path: Path) -> None:
    written = write_streamdial_files(data, tmp_path)
    assert [path.name for path in written] == [
        "dialogue_0.json",
        "user_profile.json",
        "assistant_profile.json",
        "dialogue_plan.json",
    ]
    first, second = read(tmp_path / "dialogue_0.json")
    assert first == {
        "dialogue_id": "car_stream_1",
        "user_profile_id": "car_stream_1",
        "assistant_profile_id": "car_stream_1",
        "dialogue_plan_id": "car_stream_1",
        "domain": "car",
        "dialogue": [
            {"turn_id": 0, "role": "user", "utterance": "We need 7 seats, how far does the Meridian go?"},
            {"turn_id": 1, "role": "system", "utterance": "540 km on a full charge."},
            {"turn_id": 2, "role": "user", "utterance": "Then five seats will do, thanks."},
        ],
    }
    assert (second["dialogue_id"], second["user_profile_id"]) == ("car_stream_2", "car_stream_2")
    assert [set(row) for row in read(tmp_path / "user_profile.json")] == [{"profile_id", "profile"}] * 2
    assert [set(row) for row in read(tmp_path / "assistant_profile.json")] == [{"profile_id", "profile"}]
    assert [set(row) for row in read(tmp_path / "dialogue_plan.json")] == [{"plan_id", "plan"}]


def test_what_was_written_is_read_back_and_written_again(data: DataSet, tmp_path: Path) -> None:
    write_streamdial_files(data, tmp_path)
    counts = Counts("given")
    for name, key, list_records, write in (
        ("assistant_profile", "profile", read_profiles, write_profile),
        ("dialogue_plan", "plan", read_plans, write_plan),
    ):
        path = tmp_path / f"{name}.json"
        records = list(list_records(path, data.pack, counts))  # type: ignore[operator]
        assert [{f"{key}_id": r.account, key: write(r)} for r in records] == read(path)  # type: ignore[operator]
    assert counts.dropped == {}


def test_english_bodies_have_the_same_structure(data: DataSet) -> None:
    agent = describe_agent(data.agents["a1"], data.pack)
    assert agent == {
        "role": "Silver Leaf Motors",
        "certification": "not shown",
        "communication_style": "calm",
        "business_coverage": "not shown",
        "commitments": "one; two",
        "knowledge": [{"name": "Meridian", "range": "540 km", "price": "$46,900"}],
    }
    plan = describe_blueprint(data.blueprints["b1"], data.pack)
    assert plan["key_nodes"]["user_signals"] == [
        {
            "signal": "Thanks",
            "business_meaning": "seen so 5 times of 6",
            "trigger_value": "move to the stage Closing",
        }
    ]
    assert plan["flow_atlas"]["paths"] == [{"path": "Success", "flow": "Questions -> Closing"}]
    user = describe_user(data.users["u1"], data.pack)
    assert user["constraints"] == {"number of seats": "7 seats"}
    assert user["basic_information"] == "not shown"


def test_chinese_bodies_have_the_published_names() -> None:
    pack = load_pack("automotive")
    agent = describe_agent(make_agent("a1", "zh"), pack)
    assert list(agent) == ["角色定位", "专业资质", "沟通风格", "业务覆盖", "服务承诺", "知识信息"]
    assert (agent["专业资质"], agent["服务承诺"]) == ("未体现", "one；two")
    assert agent["知识信息"] == [{"名称": "Meridian", "续航": "540公里", "价格": "4.69万"}]
    plan = describe_blueprint(make_blueprint("b1", "zh"), pack)
    assert plan == {
        "整体对话节奏概览": {
            "阶段": [
                {"阶段名称": "Questions", "核心目标": "answer", "关键成果": "answered"},
                {"阶段名称": "Closing", "核心目标": "say goodbye", "关键成果": "ended"},
            ]
        },
        "关键节点定义": {
            "用户信号": [{"信号": "致谢", "业务含义": "观察到的6次中有5次如此", "触发价值": "进入Closing阶段"}]
        },
        "典型场景与应对策略": {
            "高频场景": [
                {
                    "场景": "询问（价格）",
                    "关键对话动作": "解答",
                    "产品卖点或服务": "未体现",
                    "话术策略": f"{pack.strategies['product_answer'].names['zh']}：It is $46,900.",
                }
            ]
        },
        "对话流程图谱": {"路径": [{"路径名称": "Success", "流程": "Questions -> Closing"}]},
    }
    assert describe_user(make_user("u1", "zh"), pack)["约束条件"] == {"座位数": "7座"}


def list_keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in list_keys(part)}
    return {key for part in value for key in list_keys(part)} if isinstance(value, list) else set()


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published files are not beside the repository")
@pytest.mark.parametrize(
    ("domain", "release"), [("automotive", "car"), ("hotel", "hotel"), ("restaurant", "restaurant")]
)
def test_every_chinese_key_occurs_in_the_published_files(domain: str, release: str, tmp_path: Path) -> None:
    pack = load_pack(domain)
    plain = replace(
        DataSet(pack, ("zh",), (), {}, {"a": make_agent("a", "zh")}, {"b": make_blueprint("b", "zh")}),
        languages=("zh",),
    )
    write_streamdial_files(plain, tmp_path)
    for name, body in (("assistant_profile", "profile"), ("dialogue_plan", "plan")):
        published: list[dict[str, Any]] = []
        for part in ("stream", "seed"):
            with gzip.open(PUBLISHED / f"{release}_{name}_{part}.jsonl.gz", "rt", encoding="utf-8") as file:
                published += [json.loads(line) for line in file]
        (ours,) = read(tmp_path / f"{name}.json")
        assert set(ours) == set(published[0])
        tops = {key for row in published for key in row[body]}
        assert set(ours[body]) <= tops
        if release == "car" and name == "dialogue_plan":
            # The hotel and restaurant releases put free text below their main keys.
            assert list_keys(ours[body]) <= {key for row in published for key in list_keys(row[body])}


def test_a_thousand_dialogues_fill_a_file_and_old_chunks_go(data: DataSet, tmp_path: Path) -> None:
    many = replace(data, dialogues=tuple(make_dialogue(f"d{number:04}", *make_turns()) for number in range(1001)))
    write_streamdial_files(many, tmp_path)
    assert [len(read(tmp_path / f"dialogue_{number}.json")) for number in (0, 1)] == [1000, 1]
    assert read(tmp_path / "dialogue_1.json")[0]["dialogue_id"] == "car_stream_1001"
    write_streamdial_files(data, tmp_path)
    assert sorted(path.name for path in tmp_path.glob("dialogue_*")) == ["dialogue_0.json", "dialogue_plan.json"]


def test_empty_data_gives_empty_lists(empty: DataSet, tmp_path: Path) -> None:
    assert [read(path) for path in write_streamdial_files(empty, tmp_path)] == [[], [], [], []]
