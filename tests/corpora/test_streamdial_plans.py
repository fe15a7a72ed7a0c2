from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.blueprints import BlueprintRunner, find_failed_checks
from streamdial.corpora import count_leaves, read_plan, write_plan
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.errors import StreamDialError
from streamdial.exports.profiles import describe_blueprint
from streamdial.records import Blueprint, Language
from tests.exports.conftest import make_blueprint

PACKS = {"car": "automotive", "hotel": "hotel", "restaurant": "restaurant"}
PACK = load_pack("automotive")
CAR: dict[str, Any] = {
    "整体对话节奏概览": [
        {"阶段": "破冰寒暄", "核心目标": "建立氛围", "关键成果": "愿意交流"},
        {"阶段": "需求挖掘", "核心目标": "了解需求", "关键成果": "掌握需求"},
        {"阶段": "车型推荐", "核心目标": "推荐车型", "关键成果": "有兴趣"},
        {"阶段": "价格与金融方案讨论", "核心目标": "谈价", "关键成果": "达成一致"},
        {"阶段": "成交促成", "核心目标": "签约", "关键成果": "成交"},
        {"阶段": "流失分析", "核心目标": "分析", "关键成果": "改进"},
    ],
    "关键节点定义": [
        {"用户信号": "询问具体车型价格", "业务含义": "有兴趣", "触发价值": "进入价格与金融方案讨论阶段"},
        {"用户信号": "预算15万以内", "业务含义": "有限制", "触发价值": "在车型推荐阶段推荐"},
    ],
    "典型场景与应对策略": [
        {
            "场景": "担心续航",
            "关键对话动作": "安抚并介绍充电",
            "产品卖点或服务": "长续航",
            "话术策略": "理性数据",
        }
    ],
    "对话流程图谱": [
        {"路径": "快速成交", "流程": "破冰寒暄 → 车型推荐（满意）→ 价格与金融方案讨论 → 成交促成"},
        {"路径": "因竞品对比流失", "流程": "破冰寒暄 → 需求挖掘 → 竞品分析（未说服） → 流失"},
    ],
}


def read(body: dict[str, Any], domain: str = "automotive", counts: Counts | None = None) -> Blueprint:
    return read_plan(body, plan_id="b1", pack=load_pack(domain), counts=counts or Counts("plans"))


def test_a_plan_becomes_a_blueprint_with_its_own_titles() -> None:
    plan = read(CAR)
    assert [(stage.name, stage.title) for stage in plan.stages] == [
        ("opening", "破冰寒暄"),
        ("needs_mining", "需求挖掘"),
        ("recommendation", "车型推荐"),
        ("negotiation", "价格与金融方案讨论"),
        ("closing", "成交促成"),
        ("closing_2", "流失分析"),
    ]
    assert plan.stages[5].pack_stage == "closing"
    assert plan.stages[0].evidence == ("b1#/整体对话节奏概览/0",)
    assert (plan.origin, plan.language) == ("given", "zh")
    assert [(node.signal, node.stage) for node in plan.nodes] == [
        ("ask:price", "negotiation"),
        ("inform:price", "recommendation"),
    ]
    scenario = plan.scenarios[0]
    assert (scenario.situation, scenario.act, scenario.strategy) == (
        "object:range",
        "handle_objection",
        "objection_handling",
    )
    assert (scenario.action, scenario.manner) == ("安抚并介绍充电", "理性数据")
    assert [(path.name, path.outcome, path.stages) for path in plan.paths] == [
        ("快速成交", "success", ("opening", "recommendation", "negotiation", "closing")),
        ("因竞品对比流失", "drop_out", ("opening", "needs_mining", "negotiation", "closing")),
    ]
    assert plan.paths[1].steps == ("破冰寒暄", "需求挖掘", "竞品分析（未说服）", "流失")
    assert find_failed_checks(plan, PACK) == []
    assert json.dumps(write_plan(plan)) == json.dumps(CAR)


def test_the_runner_follows_a_given_plan_to_its_end() -> None:
    runner = BlueprintRunner(read(CAR), "快速成交", PACK)
    assert (runner.place, runner.ended) == ("opening", False)


def test_a_changed_field_is_seen_in_the_body() -> None:
    plan = read(CAR)
    stage = plan.stages[0].model_copy(update={"title": "问好"})
    path = plan.paths[0].model_copy(update={"steps": ("破冰寒暄", "试驾", "谈价", "成交促成")})
    changed = plan.model_copy(update={"stages": (stage, *plan.stages[1:]), "paths": (path, plan.paths[1])})
    body = write_plan(changed)
    assert body["整体对话节奏概览"][0]["阶段"] == "问好"
    assert body["对话流程图谱"][0]["流程"] == "破冰寒暄 → 试驾→ 谈价 → 成交促成"


def test_names_in_keys_ways_in_texts_and_lists_are_read() -> None:
    body = {
        "节奏概览": "建立联系 → 需求澄清 → 方案提供 → 结束",
        "关键节点定义": {
            "首次意图明确": {"功能": "了解需求", "意义": "提供方向", "位置": "开头"},
            "决策信号出现": "用户满意，进入结束",
        },
        "典型场景策略": {"信息咨询": {"关键动作": "提供信息", "适配说明": "所有用户", "用户意图": "了解酒店"}},
        "流程图谱": {
            "成功达成目标": ["建立联系", "方案提供", "结束"],
            "中途放弃": ["建立联系 → 用户放弃", "需求澄清 → 用户离开"],
            "转人工路径": "建立联系 → 转人工",
        },
    }
    plan = read(body, "hotel")
    assert [stage.title for stage in plan.stages] == ["建立联系", "需求澄清", "方案提供", "结束"]
    node = plan.nodes[0]
    assert (node.title, node.signal, node.meaning, node.value) == (
        "首次意图明确",
        "inform",
        "了解需求\n开头",
        "提供方向",
    )
    assert (plan.nodes[1].title, plan.nodes[1].meaning) == ("决策信号出现", "用户满意，进入结束")
    assert plan.scenarios[0].manner == "所有用户\n了解酒店"
    assert [(path.name, path.outcome) for path in plan.paths] == [
        ("成功达成目标", "success"),
        ("中途放弃", "drop_out"),
        ("流失", "drop_out"),
        ("转人工路径", "hand_over"),
    ]
    assert plan.paths[3].stages == ("opening", "closing")
    assert find_failed_checks(plan, load_pack("hotel")) == []
    assert write_plan(plan) == body
    renamed = plan.model_copy(update={"nodes": (node.model_copy(update={"title": "意图"}), *plan.nodes[1:])})
    assert list(write_plan(renamed)["关键节点定义"]) == ["意图", "决策信号出现"]


def test_what_a_plan_does_not_say_is_filled_in_and_noted() -> None:
    counts = Counts("plans")
    plan = read({"节奏概览": ["需求提出", "信息提供"], "流程图谱": "未体现"}, "hotel", counts)
    assert [(stage.title, stage.evidence == ()) for stage in plan.stages] == [
        ("需求提出", False),
        ("信息提供", False),
        ("收尾", True),
    ]
    assert [(path.stages, path.evidence) for path in plan.paths] == [(("opening", "clarification", "closing"), ())]
    assert counts.notes == [
        "b1: names no end; the pack's stands in for it",
        "b1: names no way; the overview stands in for one",
    ]
    assert find_failed_checks(plan, load_pack("hotel")) == []


def test_a_stage_behind_the_end_is_led_to_one() -> None:
    counts = Counts("plans")
    plan = read({"节奏概览": ["破冰寒暄 → 结束", "需求：了解"]}, "hotel", counts)
    assert [(step.source, step.target, bool(step.evidence)) for step in plan.transitions] == [
        ("opening", "closing", True),
        ("opening", "needs_mining", True),
        ("needs_mining", "closing", False),
    ]
    assert (plan.stages[2].title, plan.stages[2].goal) == ("需求", "了解")
    assert "b1: nothing follows 需求; it is led to an end" in counts.notes


def test_a_plan_that_only_ends_gets_a_start() -> None:
    counts = Counts("plans")
    plan = read({"节奏概览": "结束对话", "其他": {"x": [1, None]}}, "hotel", counts)
    assert plan.paths[0].stages == ("opening", "closing")
    assert counts.notes[:2] == [
        "b1: no field for 其他; kept as it is",
        "b1: names no stage to start with; the pack's stands in for it",
    ]
    assert write_plan(plan) == {"节奏概览": "结束对话", "其他": {"x": [1, None]}}


def test_a_plan_twenty_levels_deep_is_read_and_written_back() -> None:
    deep: dict[str, Any] = {"条件": "用户满意", "下一步": "试驾邀约 → 成交"}
    for level in range(20):
        deep = {f"分支{level}": deep} if level % 2 else {"下一步": [deep, "继续沟通"]}
    body = {"整体对话节奏概览": CAR["整体对话节奏概览"], "对话流程图谱（含分支）": deep}
    plan = read(body)
    assert write_plan(plan) == body
    assert find_failed_checks(plan, PACK) == []


def test_what_is_no_object_is_refused_by_name() -> None:
    with pytest.raises(StreamDialError, match="the plan b1 is no object"):
        read_plan([], plan_id="b1", pack=PACK, counts=Counts("plans"))
    with pytest.raises(StreamDialError, match="was not read from a plan"):
        write_plan(make_blueprint("b1"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_we_export_is_read_back(language: Language) -> None:
    body = describe_blueprint(make_blueprint("b1", language), PACK)
    plan = read(body)
    assert (plan.language, plan.paths[0].outcome) == (language, "success")
    assert [stage.title for stage in plan.stages][:2] == ["Questions", "Closing"]
    assert plan.nodes[0].stage == "closing"
    assert plan.scenarios[0].situation == "ask:price"
    assert find_failed_checks(plan, PACK) == []
    assert write_plan(plan) == body
    assert describe_blueprint(plan, PACK) == body


_TEXTS = st.sampled_from(["未体现", "破冰寒暄 → 结束", "需求：了解", "a\nb", "结束", ""]) | st.text(max_size=5)
_KEYS = st.sampled_from(["阶段", "核心目标", "用户信号", "业务含义", "节点1", "场景", "路径", "流程", "结束", "x", "0"])
_VALUES = st.recursive(
    _TEXTS | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["节奏概览", "关键节点定义", "典型场景策略", "流程图谱", "其他"]), _VALUES, min_size=1
    )
)
def test_every_odd_plan_is_written_back_and_can_be_followed(body: dict[str, Any]) -> None:
    plan = read(body)
    assert json.dumps(write_plan(plan)) == json.dumps(body)
    assert find_failed_checks(plan, PACK) == []


def test_all_published_plans_are_read_written_back_and_can_be_followed(shared_data: Path) -> None:
    typed = rest = count = passed = 0
    for file in sorted((shared_data / "streamdial").glob("*dialogue_plan*.jsonl.gz")):
        pack = load_pack(PACKS[file.name.split("_")[0]])
        for line in gzip.decompress(file.read_bytes()).decode().splitlines():
            entry = json.loads(line)
            plan = read_plan(entry["plan"], plan_id=entry["plan_id"], pack=pack, counts=Counts("plans"))
            assert json.dumps(write_plan(plan)) == json.dumps(entry["plan"]), entry["plan_id"]
            assert plan.layout is not None
            in_fields, left, _ = count_leaves(plan.layout)
            typed, rest, count = typed + in_fields, rest + left, count + 1
            passed += not find_failed_checks(plan, pack)
    assert (count, passed) == (220, 220)
    assert typed / (typed + rest) > 0.99
