"""How closely a dialogue follows a blueprint: coverage, order, and how likely its steps are."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rapidfuzz.distance import LCSseq

from streamdial.blueprints import list_steps
from streamdial.errors import BlueprintError
from streamdial.evaluation.dialogues import DialogueSet
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Blueprint, FlowPath, Turn

SHUFFLES = 50
"""Orders of the same stages that a dialogue's own order is compared with."""
SMOOTHING = 0.5
"""What is added to every count, so that a step nobody took is unlikely and not impossible (Krichevsky, Trofimov)."""


@dataclass(frozen=True)
class Adherence:
    """How closely one dialogue follows one path of a blueprint.

    Attributes:
        coverage: Share of the path's stages the dialogue went through, 0 to 1.
        order: Length of the longest common subsequence of the dialogue's places and the path, over the longer of the
            two, 0 to 1.
        likelihood: Mean log probability (natural) of the dialogue's steps in the blueprint's graph; None for a
            dialogue without steps.
        shuffled: The same for the same places in random orders, on average; None likewise.
    """

    coverage: float
    order: float
    likelihood: float | None
    shuffled: float | None

    @property
    def lift(self) -> float | None:
        """How much likelier the dialogue's steps are than those of its stages in random order, in nats a step.

        0 means that the blueprint says nothing about the order; None where there are too few steps to tell.
        """
        if self.likelihood is None or self.shuffled is None:
            return None
        return self.likelihood - self.shuffled


def list_places(turns: Sequence[Turn], blueprint: Blueprint) -> tuple[str, ...]:
    """Return the stages of the pack a dialogue goes through, one after the other without standing still.

    The agent's turns decide, for it is the agent who leads. A turn that names one of the blueprint's own stages is
    where that one stands for; so a plan with several stages of one kind is followed as far as acts can tell. A stage
    the blueprint does not have is a departure and counts as one.
    """
    kinds = {stage.name: stage.pack_stage for stage in blueprint.stages}
    stages = (kinds.get(turn.stage, turn.stage) for turn in turns if turn.role == "agent" and turn.stage)
    return _merge(stages)


def _merge(stages: Iterable[str]) -> tuple[str, ...]:
    return tuple(stage for stage, _ in groupby(stages))


def _list_kinds(path: FlowPath, blueprint: Blueprint) -> tuple[str, ...]:
    kinds = {stage.name: stage.pack_stage for stage in blueprint.stages}
    return _merge(kinds.get(name, name) for name in path.stages)


def measure_adherence(
    turns: Sequence[Turn], blueprint: Blueprint, *, path: str | None = None, seed: int = 0
) -> Adherence:
    """Return how closely a dialogue follows a blueprint.

    Args:
        turns: The dialogue.
        blueprint: What it is held against; its own or another one.
        path: Name of the path it took; by default the one whose order it follows best.
        seed: Seed of the shuffled orders.

    Raises:
        BlueprintError: If the blueprint has no path of that name.
    """
    places = list_places(turns, blueprint)
    named = [_list_kinds(known, blueprint) for known in blueprint.paths if path in (None, known.name)]
    if not named:
        raise BlueprintError(
            f"path {path!r} is not in the blueprint; it has {', '.join(known.name for known in blueprint.paths)}"
        )
    chosen = max(named, key=lambda stages: compare_order(places, stages))
    stages = dict.fromkeys(chosen)
    likelihood = _measure_likelihood(places, blueprint)
    return Adherence(
        coverage=sum(stage in places for stage in stages) / len(stages),
        order=compare_order(places, chosen),
        likelihood=likelihood,
        shuffled=None if likelihood is None else _measure_shuffled(places, blueprint, seed),
    )


def compare_order(places: Sequence[str], stages: Sequence[str]) -> float:
    """Return the longest common subsequence of two sequences of stages over the longer one, 0 to 1."""
    if not places:
        return 0.0
    return float(LCSseq.similarity(places, stages)) / max(len(places), len(stages))


def _measure_likelihood(places: Sequence[str], blueprint: Blueprint) -> float | None:
    """Return the mean log probability of the steps, each given the stage it starts from."""
    steps = list(pairwise(places))
    if not steps:
        return None
    kinds = {stage.name: stage.pack_stage for stage in blueprint.stages}
    counts: dict[tuple[str, str], float] = defaultdict(float)
    for transition in blueprint.transitions:
        counts[kinds.get(transition.source, ""), kinds.get(transition.target, "")] += transition.count
    for source, target in list_steps(blueprint):
        step = (kinds.get(source, ""), kinds.get(target, ""))
        counts[step] = max(counts[step], 1.0)  # a step only a path names was meant, though not counted
    leaving: dict[str, float] = defaultdict(float)
    for (source, _), count in counts.items():
        leaving[source] += count
    room = SMOOTHING * len(set(kinds.values()))
    told = ((counts.get(step, 0.0) + SMOOTHING) / (leaving[step[0]] + room) for step in steps)
    return sum(math.log(probability) for probability in told) / len(steps)


def _measure_shuffled(places: Sequence[str], blueprint: Blueprint, seed: int) -> float:
    rng = random.Random(seed)
    found = []
    for _ in range(SHUFFLES):
        order = rng.sample(list(places), len(places))
        collapsed = [place for number, place in enumerate(order) if number == 0 or order[number - 1] != place]
        likelihood = _measure_likelihood(collapsed, blueprint)
        if likelihood is not None:
            found.append(likelihood)
    return sum(found) / len(found) if found else 0.0


def measure_set_adherence(known: DialogueSet, *, seed: int = 7) -> list[Statistic]:
    """Return the mean adherence of a set's dialogues to their own blueprints, with intervals.

    Dialogues whose blueprint or path is not among the records are left out, and told by the number that is left; in
    each mean, also those without a likelihood.

    Args:
        known: The set.
        seed: Seed of the shuffled orders and the resamples.
    """
    paths = {key: {path.name for path in blueprint.paths} for key, blueprint in known.blueprints.items()}
    talks = [talk for talk in known.talks if talk.path in paths.get(talk.blueprint, ())]
    found = [
        measure_adherence(talk.turns, known.blueprints[talk.blueprint], path=talk.path, seed=seed) for talk in talks
    ]
    lifts = [adherence.lift for adherence in found]
    basis = f"{len(talks):,} of {len(known.talks):,} dialogues"
    ones = [1.0] * len(found)
    missing = "no dialogue with its blueprint and path"
    told = [
        Statistic("adherence_coverage", None, unit="share of stages", basis=basis),
        Statistic("adherence_order", None, unit="share of stages", basis=basis),
        Statistic("adherence_lift", None, unit="nats a step", basis=basis),
    ]
    if not found:
        return [Statistic(figure.name, None, unit=figure.unit, reason=missing) for figure in told]
    return measure_ratios(
        [
            Ratio(told[0], [adherence.coverage for adherence in found], ones, missing),
            Ratio(told[1], [adherence.order for adherence in found], ones, missing),
            Ratio(
                told[2],
                [lift or 0.0 for lift in lifts],
                [lift is not None for lift in lifts],
                "no dialogue of two stages",
            ),
        ],
        seed=seed,
    )
