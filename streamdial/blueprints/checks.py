"""The checks a blueprint must pass before a dialogue may follow it."""

from __future__ import annotations

from itertools import pairwise

from streamdial.blueprints.graph import build_graph, list_ends
from streamdial.domains import DomainPack
from streamdial.errors import BlueprintError
from streamdial.records import Blueprint

USER_ACTS = (
    "greet", "inform", "ask_offer", "no_preference", "ask", "compare", "object", "negotiate", "accept", "decline",
    "revise", "insist", "book", "ask_hold", "ask_person", "defer", "leave", "acknowledge", "thank",
)  # fmt: skip
"""What a user may say: acts a trigger can fire on. Saying nothing is no act a plan waits for."""


def find_failed_checks(blueprint: Blueprint, pack: DomainPack) -> list[str]:
    """Return the checks a blueprint does not pass, as sentences; an empty list means it can be followed.

    Every stage has a name of its own and is, or stands for, one of the pack's. Every path starts at the same stage,
    names stages that exist, and ends at one that ends a dialogue. Every trigger and step names a stage that exists, and
    a trigger can fire; every scenario has an act, and where it has a strategy, one of the pack's whose stage the
    blueprint has. Every stage can be reached and leads to an end: no loop without a way out.
    """
    names = [stage.name for stage in blueprint.stages]
    failed = [f"stage {name!r} stands twice" for name in sorted({name for name in names if names.count(name) > 1})]
    failed += [
        f"stage {stage.name!r} is none of the pack's, which are {', '.join(pack.stages)}"
        for stage in blueprint.stages
        if stage.pack_stage not in pack.stages
    ]
    ends = list_ends(blueprint, pack)
    if not ends:
        failed.append("no stage ends the talk")
    failed += _find_path_faults(blueprint, set(names), set(ends))
    failed += [
        f"trigger {node.signal or node.title!r} leads to {node.stage!r}, which does not exist"
        for node in blueprint.nodes
        if node.stage not in names
    ]
    failed += [
        f"trigger {node.signal!r} can never fire: {_name_unknown(node.signal, pack)}"
        for node in blueprint.nodes
        if _name_unknown(node.signal, pack)
    ]
    failed += [
        f"the step from {step.source!r} to {step.target!r} names a stage that does not exist"
        for step in blueprint.transitions
        if step.source not in names or step.target not in names
    ]
    failed += _find_scenario_faults(blueprint, pack)
    return failed or _find_graph_faults(blueprint, pack)


def _name_unknown(signal: str, pack: DomainPack) -> str:
    """Return what is wrong with a signal; nothing for one that can fire, or that a given plan says in words alone."""
    act, _, slot = signal.partition(":")
    if not signal:
        return ""
    if signal in pack.key_signals:
        return ""
    if act != "slot" and act not in USER_ACTS:
        return f"{act!r} is no user act"
    return f"{slot!r} is no slot of the pack" if slot and slot not in pack.slots else ""


def _find_path_faults(blueprint: Blueprint, known: set[str], ends: set[str]) -> list[str]:
    starts = sorted({path.stages[0] for path in blueprint.paths})
    failed = [f"paths start at different stages: {', '.join(starts)}"] if len(starts) > 1 else []
    titles = [path.name for path in blueprint.paths]
    failed += [f"path {name!r} stands twice" for name in sorted({name for name in titles if titles.count(name) > 1})]
    for path in blueprint.paths:
        failed += [
            f"path {path.name!r} names the stage {name!r}, which does not exist"
            for name in path.stages
            if name not in known
        ]
        if path.stages[-1] not in ends:
            failed.append(f"path {path.name!r} ends at {path.stages[-1]!r}, which is no end")
        failed += [
            f"path {path.name!r} goes on after {name!r}, which is an end" for name in path.stages[:-1] if name in ends
        ]
        if any(left == right for left, right in pairwise(path.stages)):
            failed.append(f"path {path.name!r} stays at one stage twice")
    return failed


def _find_scenario_faults(blueprint: Blueprint, pack: DomainPack) -> list[str]:
    stages = {stage.pack_stage for stage in blueprint.stages}
    failed = []
    for scenario in blueprint.scenarios:
        told = scenario.situation or scenario.title
        if not scenario.act:
            failed.append(f"scenario {told!r} names no act")
        if scenario.strategy and scenario.strategy not in pack.strategies:
            failed.append(f"scenario {told!r} follows {scenario.strategy!r}, which is no strategy of the pack")
        strategy = pack.strategies.get(scenario.strategy)
        if strategy and strategy.stage not in stages:
            failed.append(
                f"scenario {told!r} cannot be reached: its strategy {scenario.strategy!r} belongs to the stage "
                f"{strategy.stage!r}, which the blueprint does not have"
            )
    return failed


def _find_graph_faults(blueprint: Blueprint, pack: DomainPack) -> list[str]:
    graph = build_graph(blueprint)
    names: list[str] = graph.vs["name"]
    start = names.index(blueprint.paths[0].stages[0])
    reached = set(graph.subcomponent(start, mode="out"))
    ends = [names.index(name) for name in list_ends(blueprint, pack)]
    leading = {vertex for end in ends for vertex in graph.subcomponent(end, mode="in")}
    failed = [f"stage {name!r} cannot be reached" for place, name in enumerate(names) if place not in reached]
    stuck = graph.induced_subgraph([place for place in range(len(names)) if place not in leading])
    for group in stuck.connected_components(mode="strong"):
        told = ", ".join(repr(stuck.vs[vertex]["name"]) for vertex in group)
        if len(group) == 1:
            failed.append(f"stage {told} leads to no end")
        else:
            failed.append(f"the stages {told} form a loop without a way out")
    return failed


def check_blueprint(blueprint: Blueprint, pack: DomainPack) -> Blueprint:
    """Return the blueprint if it passes its checks.

    Raises:
        BlueprintError: With all failed checks named.
    """
    if failed := find_failed_checks(blueprint, pack):
        raise BlueprintError(f"the blueprint {blueprint.title!r} does not pass: {'; '.join(failed)}")
    return blueprint
