"""The blueprint as a directed graph, and what it must pass before anything follows it."""

from __future__ import annotations

from collections.abc import Iterable

import igraph

from streamdial.domains import DomainPack
from streamdial.errors import BlueprintError
from streamdial.records import Blueprint, FlowPath


def list_transitions(paths: Iterable[FlowPath]) -> tuple[tuple[str, str], ...]:
    """Return the edges of the flow atlas: each pair of stages that follow each other on a path, once, in order."""
    edges = ((left, right) for path in paths for left, right in zip(path.stages, path.stages[1:], strict=False))
    return tuple(dict.fromkeys(edges))


def find_failed_checks(blueprint: Blueprint, pack: DomainPack) -> list[str]:
    """Return the checks a blueprint does not pass, as sentences; an empty list means it can be followed.

    Every path starts at the same opening stage and ends at a terminal one, every stage lies on a path, every stage
    leads to an end, every trigger and path names a stage that exists, and every scenario names an act.
    """
    names = [stage.name for stage in blueprint.stages]
    failed = [f"stage {name!r} stands twice" for name in sorted({name for name in names if names.count(name) > 1})]
    known = set(names)
    failed += [f"stage {name!r} is none of the pack's" for name in names if name not in pack.stages]
    terminal = {name for name, stage in pack.stages.items() if stage.terminal} & known
    if not terminal:
        failed.append("no stage ends the talk")
    starts = {path.stages[0] for path in blueprint.paths}
    if len(starts) > 1:
        failed.append(f"paths start at different stages: {', '.join(sorted(starts))}")
    for path in blueprint.paths:
        failed += [
            f"path {path.name!r} names the stage {name!r}, which does not exist"
            for name in path.stages
            if name not in known
        ]
        if path.stages[-1] not in terminal:
            failed.append(f"path {path.name!r} ends at {path.stages[-1]!r}, which is no end")
        if any(left == right for left, right in zip(path.stages, path.stages[1:], strict=False)):
            failed.append(f"path {path.name!r} stays at one stage twice")
    failed += [
        f"trigger {node.signal!r} leads to {node.stage!r}, which does not exist"
        for node in blueprint.nodes
        if node.stage not in known
    ]
    failed += [f"scenario {scenario.situation!r} names no act" for scenario in blueprint.scenarios if not scenario.act]
    return failed or _find_graph_faults(blueprint, names, terminal, starts)


def _find_graph_faults(blueprint: Blueprint, names: list[str], terminal: set[str], starts: set[str]) -> list[str]:
    place = {name: index for index, name in enumerate(names)}
    edges = [(place[left], place[right]) for left, right in list_transitions(blueprint.paths)]
    graph = igraph.Graph(n=len(names), edges=edges, directed=True)
    reached = set(graph.subcomponent(place[next(iter(starts))], mode="out"))
    leading = {vertex for name in terminal for vertex in graph.subcomponent(place[name], mode="in")}
    failed = [f"stage {name!r} cannot be reached" for name in names if place[name] not in reached]
    failed += [f"stage {name!r} leads to no end" for name in names if place[name] not in leading]
    return failed


def check_blueprint(blueprint: Blueprint, pack: DomainPack) -> Blueprint:
    """Return the blueprint if it passes its checks.

    Raises:
        BlueprintError: With all failed checks named.
    """
    if failed := find_failed_checks(blueprint, pack):
        raise BlueprintError(f"the blueprint {blueprint.title!r} does not pass: {'; '.join(failed)}")
    return blueprint
