"""How closely a dialogue follows a blueprint: coverage, order, and how likely its steps are."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import LCSseq

from streamdial.blueprints import list_steps
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
    """Return the stages of a blueprint a dialogue goes through, one after the other without standing still.

    The agent's turns decide, for it is the agent who leads. A turn's stage is a stage of the blueprint or what one of
    them stands for; of several that stand for the same, the first one after the last place is meant, else the first.
    A stage the blueprint does not have keeps its own name: it is a departure and counts as one.
    """
    names = [stage.name for stage in blueprint.stages]
    kinds: dict[str, list[int]] = defaultdict(list)
    for row, stage in enumerate(blueprint.stages):
        kinds[stage.pack_stage].append(row)
    places: list[str] = []
    row = -1
    for turn in turns:
        if turn.role != "agent" or not turn.stage:
            continue
        rows = [names.index(turn.stage)] if turn.stage in names else kinds.get(turn.stage, [])
        if not rows:
            place = turn.stage
        elif row in rows and places[-1] == names[row]:
            place = names[row]
        else:
            row = next((candidate for candidate in rows if candidate > row), rows[0])
            place = names[row]
        if not places or places[-1] != place:
            places.append(place)
    return tuple(places)


def measure_adherence(
    turns: Sequence[Turn], blueprint: Blueprint, *, path: str | None = None, seed: int = 0
) -> Adherence:
    """Return how closely a dialogue follows a blueprint.

    Args:
        turns: The dialogue.
        blueprint: What it is held against; its own or another one.
        path: Name of the path it took; by default the one whose order it follows best.
        seed: Seed of the shuffled orders.
    """
    places = list_places(turns, blueprint)
    named = [candidate for candidate in blueprint.paths if path is None or candidate.name == path]
    chosen = max(named or blueprint.paths, key=lambda candidate: _compare_order(places, candidate))
    stages = dict.fromkeys(chosen.stages)
    likelihood = _measure_likelihood(places, blueprint)
    return Adherence(
        coverage=sum(stage in places for stage in stages) / len(stages),
        order=_compare_order(places, chosen),
        likelihood=likelihood,
        shuffled=None if likelihood is None else _measure_shuffled(places, blueprint, seed),
    )


def _compare_order(places: Sequence[str], path: FlowPath) -> float:
    if not places:
        return 0.0
    return float(LCSseq.similarity(places, path.stages)) / max(len(places), len(path.stages))


def _measure_likelihood(places: Sequence[str], blueprint: Blueprint) -> float | None:
    """Return the mean log probability of the steps, each given the stage it starts from."""
    steps = list(pairwise(places))
    if not steps:
        return None
    counts: dict[tuple[str, str], float] = defaultdict(float)
    for transition in blueprint.transitions:
        counts[transition.source, transition.target] += transition.count
    for step in list_steps(blueprint):
        counts[step] = max(counts[step], 1.0)  # a step only a path names was meant, though not counted
    leaving: dict[str, float] = defaultdict(float)
    for (source, _), count in counts.items():
        leaving[source] += count
    room = SMOOTHING * len(blueprint.stages)
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
