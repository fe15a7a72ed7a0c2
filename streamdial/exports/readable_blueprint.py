"""Blueprints as text for a terminal: Markdown in the blueprint's language, with the evidence behind each line."""

from __future__ import annotations

from collections.abc import Iterable

from streamdial.domains import DomainPack
from streamdial.exports.labels import ACTS, WORDS, describe_situation, label, label_strategy
from streamdial.exports.profiles import describe_meaning
from streamdial.exports.readable import add_evidence, clean_line, join_sections, render_heading, render_section
from streamdial.records import Blueprint, FlowPath, KeyNode, Scenario, Stage, Transition

_TITLES: dict[str, tuple[str, str]] = {
    "blueprint": ("Blueprint", "对话蓝图"),
    "stages": ("Rhythm overview", "整体节奏概览"),
    "nodes": ("Key nodes", "关键节点"),
    "scenarios": ("Scenarios", "典型场景与应对策略"),
    "paths": ("Flow atlas", "对话流程图谱"),
    "steps": ("Observed steps", "观察到的转移"),
}


def render_blueprint(blueprint: Blueprint, pack: DomainPack) -> str:
    """Return a blueprint as Markdown in its own language: its four components, then the steps that were observed.

    A given plan's own words stand beside ours; of its steps those that stand in the plan, uncounted.

    Args:
        blueprint: The blueprint.
        pack: The domain pack it was made with.
    """
    language = blueprint.language
    titles = {stage.name: stage.title or stage.name for stage in blueprint.stages}

    def part(key: str, lines: Iterable[str]) -> str:
        return render_section(label(_TITLES, key, language), lines)

    seen = [step for step in blueprint.transitions if blueprint.origin != "given" or step.evidence]
    return join_sections(
        [
            render_heading(label(_TITLES, "blueprint", language), blueprint.id),
            clean_line(f"{blueprint.title} ({label(WORDS, blueprint.origin, language)})"),
            part("stages", [_write_stage(stage) for stage in blueprint.stages]),
            part("nodes", [_write_node(node, blueprint, pack, titles) for node in blueprint.nodes]),
            part("scenarios", [_write_scenario(scenario, blueprint, pack) for scenario in blueprint.scenarios]),
            part("paths", [_write_path(path, blueprint, titles) for path in blueprint.paths]),
            part("steps", [_write_step(step, blueprint, pack, titles) for step in seen]),
        ]
    )


def _write_stage(stage: Stage) -> str:
    text = f"{stage.title or stage.name}: {stage.goal}" if stage.goal else stage.title or stage.name
    return add_evidence(f"{text} → {stage.key_result}" if stage.key_result else text, stage.evidence)


def _write_node(node: KeyNode, blueprint: Blueprint, pack: DomainPack, titles: dict[str, str]) -> str:
    signal = node.title or describe_situation(pack, node.signal, blueprint.language)
    meaning = describe_meaning(node.meaning, blueprint.language)
    told = "; ".join(text for text in (meaning, node.value) if text)
    return add_evidence(f"{signal} → {titles.get(node.stage, node.stage)}{f' ({told})' if told else ''}", node.evidence)


def _write_scenario(scenario: Scenario, blueprint: Blueprint, pack: DomainPack) -> str:
    language = blueprint.language
    situation = scenario.title or describe_situation(pack, scenario.situation, language)
    strategy = label_strategy(pack, scenario.strategy, language) or label(ACTS, scenario.act, language)
    text = f"{situation} → {strategy}"
    if told := "; ".join(line for line in (scenario.action, *scenario.manner.splitlines()) if line):
        text += f": {told}"
    if scenario.selling_point:
        text += f" ({scenario.selling_point})"
    if scenario.wording:
        text += f": “{scenario.wording}”"
    return add_evidence(text, scenario.evidence)


def _write_path(path: FlowPath, blueprint: Blueprint, titles: dict[str, str]) -> str:
    text = f"{path.name} ({label(WORDS, path.outcome, blueprint.language)}): "
    text += " → ".join(titles.get(stage, stage) for stage in path.stages)
    if path.steps:
        text += f" ({' → '.join(path.steps)})"
    return add_evidence(text, path.evidence)


def _write_step(step: Transition, blueprint: Blueprint, pack: DomainPack, titles: dict[str, str]) -> str:
    language = blueprint.language
    text = f"{titles.get(step.source, step.source)} → {titles.get(step.target, step.target)}"
    told = [describe_situation(pack, step.trigger, language)] if step.trigger else []
    if step.outcome:
        told.append(label(WORDS, step.outcome, language))
    text += f" ({', '.join(told)})" if told else ""
    if blueprint.origin != "given":
        text += f" × {step.count}"
    return add_evidence(text, step.evidence)
