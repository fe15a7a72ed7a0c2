"""The flow atlas as a directed graph: its steps, and the paths through it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import get_args

import igraph

from streamdial.domains import DomainPack
from streamdial.records import Blueprint, FlowPath, Outcome, Transition

MAX_PATHS = 10_000
"""Maximum number of paths enumerated; twenty stages that all lead to each other have more than anybody reads."""

Step = tuple[str, str]
"""Two stages that follow each other."""


def list_steps(blueprint: Blueprint) -> tuple[Step, ...]:
    """Return the edges of the flow atlas: the steps of the paths in order, then those observed beside them, once."""
    steps = [step for path in blueprint.paths for step in pairwise(path.stages)]
    steps += [(transition.source, transition.target) for transition in blueprint.transitions]
    return tuple(dict.fromkeys(steps))


def list_ends(blueprint: Blueprint, pack: DomainPack) -> tuple[str, ...]:
    """Return the stages of a blueprint that end a dialogue, as the pack says of what they stand for."""
    terminal = {name for name, stage in pack.stages.items() if stage.terminal}
    return tuple(stage.name for stage in blueprint.stages if stage.pack_stage in terminal)


def build_graph(blueprint: Blueprint) -> igraph.Graph:
    """Return the blueprint as a directed graph, a vertex a stage in the blueprint's order.

    Edges have `count` (how often the step was seen, 0 for one that only a path names) and `triggers` (user acts, the
    most frequent first). Steps from or to a stage that does not exist are left out; `find_failed_checks` names them.
    """
    place = {stage.name: index for index, stage in enumerate(blueprint.stages)}
    steps = [step for step in list_steps(blueprint) if step[0] in place and step[1] in place]
    seen: dict[Step, list[Transition]] = defaultdict(list)
    for transition in blueprint.transitions:
        seen[transition.source, transition.target].append(transition)
    graph = igraph.Graph(
        n=len(blueprint.stages), edges=[(place[left], place[right]) for left, right in steps], directed=True
    )
    graph.vs["name"] = [stage.name for stage in blueprint.stages]
    graph.es["count"] = [sum(transition.count for transition in seen[step]) for step in steps]
    graph.es["triggers"] = [_list_triggers(seen[step]) for step in steps]
    return graph


def _list_triggers(transitions: Iterable[Transition]) -> tuple[str, ...]:
    ordered = sorted(transitions, key=lambda transition: (-transition.count, transition.trigger))
    return tuple(dict.fromkeys(transition.trigger for transition in ordered if transition.trigger))


def enumerate_paths(blueprint: Blueprint, pack: DomainPack) -> dict[Outcome, tuple[tuple[str, ...], ...]]:
    """Return all ways through a blueprint without returns, by outcome, from its opening to an end.

    A way has the outcomes with which its last step was observed; a way that a path names has that path's outcome
    too. All four outcomes are keys; one that nothing leads to has no ways. At most `MAX_PATHS` ways are looked at.
    """
    outcomes: dict[Step, set[Outcome]] = defaultdict(set)
    for transition in blueprint.transitions:
        if transition.outcome:
            outcomes[transition.source, transition.target].add(transition.outcome)
    found: dict[Outcome, dict[tuple[str, ...], None]] = {outcome: {} for outcome in get_args(Outcome)}
    for path in blueprint.paths:
        found[path.outcome][path.stages] = None
    start = blueprint.paths[0].stages[0]
    for stages in _walk(list_steps(blueprint), start, set(list_ends(blueprint, pack))):
        for outcome in sorted(outcomes[stages[-2], stages[-1]]):
            found[outcome][stages] = None
    return {outcome: tuple(stages) for outcome, stages in found.items()}


def _walk(steps: Iterable[Step], start: str, ends: Collection[str]) -> Iterable[tuple[str, ...]]:
    """Yield the ways from a stage to an end on which no stage stands twice, the shortest first."""
    following: dict[str, list[str]] = defaultdict(list)
    for left, right in steps:
        following[left].append(right)
    waiting: list[tuple[str, ...]] = [(start,)]
    yielded = 0
    for stages in waiting:
        for target in following[stages[-1]]:
            if target in ends:
                yield (*stages, target)
                yielded += 1
            elif target not in stages and len(waiting) < MAX_PATHS:
                waiting.append((*stages, target))
            if yielded >= MAX_PATHS:
                return


def rank_paths(
    transitions: Sequence[Transition],
    start: str,
    ends: Collection[str],
    whole: Mapping[tuple[Outcome, tuple[str, ...]], int],
) -> dict[Outcome, list[tuple[str, ...]]]:
    """Return the ways through observed transitions by outcome, the best first.

    Ways that were seen whole come first, by how often. The others follow by the mean log probability of their steps
    in the Markov chain of the transition counts, so that a long way of usual steps is before a short cut that was
    seen once; a last step counts by the share of dialogues of its outcome that ended with it.

    Args:
        transitions: Steps with their counts; those into `ends` say the outcome.
        start: First stage of every way.
        ends: Stages that end a dialogue.
        whole: Dialogues seen from the first stage to an end, as (outcome, stages) -> how often.
    """
    counts: dict[Step, int] = defaultdict(int)
    leaving: dict[str, int] = defaultdict(int)
    closing: dict[Outcome, dict[Step, int]] = defaultdict(lambda: defaultdict(int))
    for transition in transitions:
        step = (transition.source, transition.target)
        if transition.target in ends and transition.outcome:
            closing[transition.outcome][step] += transition.count
        elif transition.target not in ends:
            counts[step] += transition.count
            leaving[transition.source] += transition.count
    ranked: dict[Outcome, list[tuple[str, ...]]] = {}
    for outcome, last_steps in closing.items():
        total = sum(last_steps.values())
        scored = []
        for stages in _walk([*counts, *last_steps], start, ends):
            *inner, last = pairwise(stages)
            likelihood = [math.log(counts[step] / leaving[step[0]]) for step in inner]
            likelihood.append(math.log(last_steps[last] / total))
            seen = whole.get((outcome, stages), 0)
            scored.append((-seen, -sum(likelihood) / len(likelihood), stages))
        ranked[outcome] = [stages for *_, stages in sorted(scored)]
    return ranked


def make_paths(
    ranked: Mapping[Outcome, Sequence[tuple[str, ...]]],
    titles: Mapping[Outcome, str],
    evidence: Mapping[tuple[Outcome, tuple[str, ...]], Sequence[str]],
    *,
    most: int,
) -> tuple[FlowPath, ...]:
    """Return named flow paths, at most `most` per outcome, in the order of the outcomes."""
    paths = []
    for outcome in get_args(Outcome):
        for number, stages in enumerate(ranked.get(outcome, ())[:most]):
            name = titles[outcome] if not number else f"{titles[outcome]} {number + 1}"
            known = tuple(dict.fromkeys(evidence.get((outcome, stages), ())))[:5]
            paths.append(FlowPath(name=name, outcome=outcome, stages=stages, evidence=known))
    return tuple(paths)
