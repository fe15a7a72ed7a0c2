"""Bodies of StreamDial's own files: personas and blueprints in the words the published release uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from streamdial.corpora import write_plan, write_profile
from streamdial.domains import DomainPack
from streamdial.exports.labels import ACTS, WORDS, describe_situation, label, label_slot, label_strategy
from streamdial.records import AgentPersona, Blueprint, Language, Observed, UserPersona
from streamdial.slots import DONT_CARE, format_value

NOT_SHOWN: dict[Language, str] = {"en": "not shown", "zh": "未体现"}
"""What the release writes for everything that was not observed."""


class _Keys(NamedTuple):
    style: str = "沟通风格"
    coverage: str = "业务覆盖"
    rhythm: str = "整体对话节奏概览"
    scenarios: str = "典型场景与应对策略"
    atlas: str = "对话流程图谱"


_CAR = _Keys()
_SERVICE = _Keys("沟通技巧", "业务范围", "节奏概览", "典型场景策略", "流程图谱")
# The release names the same parts differently in its car files than in its hotel and restaurant files.
_ZH_KEYS = {"car": _CAR, "hotel": _SERVICE, "restaurant": _SERVICE}

_SHARE = re.compile(r"(\d+)/(\d+)")


def describe_user(user: UserPersona, pack: DomainPack) -> dict[str, Any]:
    """Return the body of a user profile in the persona's language; what was not observed is said to be so."""
    zh = user.language == "zh"
    missing = NOT_SHOWN[user.language]
    wishes = {
        label_slot(pack, wish.slot, user.language): write_value(pack, wish.slot, wish.value, user.language, wish.unit)
        for wish in user.constraints
    }
    register = label(WORDS, user.style.register_name, user.language)
    length = f"{user.style.mean_length:g}"
    style = f"{register}，平均每条{length}字" if zh else f"{register}, {length} words a message on average"
    names = (
        ("用户目标", "基本信息", "核心需求", "约束条件", "主要咨询问题", "潜在话语", "沟通风格")
        if zh
        else (
            "objective", "basic_information", "core_requirements", "constraints", "primary_inquiries",
            "potential_utterances", "communication_style",
        )
    )  # fmt: skip
    values = (
        user.objective.text,
        _list_texts(user.basic_information) or missing,
        _list_texts(user.core_requirements) or missing,
        wishes or missing,
        [inquiry.text for inquiry in user.primary_inquiries] or missing,
        [line.text for line in user.potential_utterances],
        style,
    )
    return dict(zip(names, values, strict=True))


def describe_agent(agent: AgentPersona, pack: DomainPack) -> dict[str, Any]:
    """Return the body of an assistant profile; the part for knowledge is left out where there is none, as published.

    A persona that was read from a profile is written back as it came.
    """
    if agent.layout:
        return write_profile(agent)
    language = agent.language
    missing = NOT_SHOWN[language]
    keys = _ZH_KEYS.get(pack.release_name, _CAR)
    names = (
        ("角色定位", "专业资质", keys.style, keys.coverage, "服务承诺", "知识信息")
        if language == "zh"
        else ("role", "certification", "communication_style", "business_coverage", "commitments", "knowledge")
    )
    values = (
        agent.identity.text,
        agent.certification.text if agent.certification else missing,
        agent.style.description or missing,
        _join(agent.service_boundaries, language) or missing,
        _join(agent.commitments, language) or missing,
        list_knowledge(agent, pack),
    )
    return {name: value for name, value in zip(names, values, strict=True) if value != []}


def list_knowledge(agent: AgentPersona, pack: DomainPack) -> list[dict[str, str]]:
    """Return the knowledge, one object per entity: its name, then its attributes in the order they were found."""
    language = agent.language
    entities: dict[str, dict[str, str]] = {}
    for row in agent.knowledge:
        entity = entities.setdefault(row.entity, {"名称" if language == "zh" else "name": row.entity})
        name = label_slot(pack, row.slot, language)
        value = write_value(pack, row.slot, row.value, language, row.unit)
        entity[name] = f"{entity[name]}; {value}" if name in entity and entity[name] != value else value
    return list(entities.values())


def describe_blueprint(blueprint: Blueprint, pack: DomainPack) -> dict[str, Any]:
    """Return the body of a dialogue plan: rhythm overview, key nodes, scenarios, flow atlas.

    A blueprint that was read from a plan is written back as it came.
    """
    if blueprint.layout:
        return write_plan(blueprint)
    zh = blueprint.language == "zh"
    keys = _ZH_KEYS.get(pack.release_name, _CAR)
    parts = (
        (keys.rhythm, "关键节点定义", keys.scenarios, keys.atlas)
        if zh
        else ("rhythm_overview", "key_nodes", "scenarios", "flow_atlas")
    )
    inner = (
        ("阶段", "用户信号", "高频场景", "路径") if zh else ("stages", "user_signals", "frequent_scenarios", "paths")
    )
    bodies = (
        _list_stages(blueprint, zh),
        _list_nodes(blueprint, pack, zh),
        _list_scenarios(blueprint, pack, zh),
        _list_paths(blueprint, zh),
    )
    return {part: {name: body} for part, name, body in zip(parts, inner, bodies, strict=True)}


def _list_stages(blueprint: Blueprint, zh: bool) -> list[dict[str, str]]:
    names = ("阶段名称", "核心目标", "关键成果") if zh else ("stage", "goal", "key_result")
    return [dict(zip(names, (s.title, s.goal, s.key_result), strict=True)) for s in blueprint.stages]


def _list_nodes(blueprint: Blueprint, pack: DomainPack, zh: bool) -> list[dict[str, str]]:
    names = ("信号", "业务含义", "触发价值") if zh else ("signal", "business_meaning", "trigger_value")
    titles = {stage.name: stage.title for stage in blueprint.stages}
    listed = []
    for node in blueprint.nodes:
        title = titles.get(node.stage, node.stage)
        meaning = describe_meaning(node.meaning, blueprint.language) or NOT_SHOWN[blueprint.language]
        value = f"进入{title}阶段" if zh else f"move to the stage {title}"
        signal = describe_situation(pack, node.signal, blueprint.language)
        listed.append(dict(zip(names, (signal, meaning, value), strict=True)))
    return listed


def _list_scenarios(blueprint: Blueprint, pack: DomainPack, zh: bool) -> list[dict[str, str]]:
    names = (
        ("场景", "关键对话动作", "产品卖点或服务", "话术策略")
        if zh
        else ("scenario", "dialogue_action", "selling_point", "wording_strategy")
    )
    language = blueprint.language
    listed = []
    for scenario in blueprint.scenarios:
        strategy = label_strategy(pack, scenario.strategy, language)
        wording = (
            (f"{strategy}：{scenario.wording}" if zh else f"{strategy}: {scenario.wording}")
            if scenario.wording
            else strategy
        )
        values = (
            describe_situation(pack, scenario.situation, language),
            label(ACTS, scenario.act, language),
            scenario.selling_point or NOT_SHOWN[language],
            wording or NOT_SHOWN[language],
        )
        listed.append(dict(zip(names, values, strict=True)))
    return listed


def _list_paths(blueprint: Blueprint, zh: bool) -> list[dict[str, str]]:
    names = ("路径名称", "流程") if zh else ("path", "flow")
    titles = {stage.name: stage.title for stage in blueprint.stages}
    flows = ((path.name, " -> ".join(titles.get(stage, stage) for stage in path.stages)) for path in blueprint.paths)
    return [dict(zip(names, flow, strict=True)) for flow in flows]


def describe_meaning(meaning: str, language: Language) -> str:
    """Return a key node's meaning in words; a counted share such as `6/11` is said to be one."""
    if found := _SHARE.fullmatch(meaning):
        seen, of = found.groups()
        return f"观察到的{of}次中有{seen}次如此" if language == "zh" else f"seen so {seen} times of {of}"
    return meaning


def write_value(pack: DomainPack, slot: str, value: str, language: Language, unit: str | None = None) -> str:
    """Return a slot value for people; as it is where the pack does not know the slot."""
    if value == DONT_CARE:
        return "不限" if language == "zh" else "no preference"
    return format_value(pack, slot, value, language, unit) if slot in pack.slots else value


def _list_texts(observed: Iterable[Observed]) -> list[str]:
    return [statement.text for statement in observed]


def _join(observed: Iterable[Observed], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(statement.text for statement in observed)
