"""Coverage: which share of the personas, strategies and paths there are a set goes through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import FEW_ROUNDS, Statistic, measure_spread

Cell = tuple[str, str, str, str]
"""User persona, strategy, blueprint, path."""


def list_cells(talk: EvaluatedDialogue) -> set[Cell]:
    """Return what a dialogue covers: its persona and path with each strategy its agent follows."""
    strategies = {turn.strategy for turn in talk.turns if turn.role == "agent" and turn.strategy}
    if not (talk.user and talk.blueprint and talk.path):
        return set()
    return {(talk.user, strategy, talk.blueprint, talk.path) for strategy in strategies}


def count_possible(known: DialogueSet, seen: set[Cell]) -> int:
    """Return how many cells there are: every persona with every strategy and path of each blueprint of its language.

    A strategy that a dialogue follows and its blueprint does not have counts as one of that blueprint's.
    """
    possible = 0
    for key, plan in known.plans.items():
        people = sum(language == plan.language for language in known.people.values())
        strategies = plan.strategies | {strategy for _, strategy, blueprint, _ in seen if blueprint == key}
        possible += people * len(strategies) * len(plan.paths)
    return possible


def measure_coverage(known: DialogueSet, *, seed: int = 7, rounds: int = FEW_ROUNDS) -> list[Statistic]:
    """Return the share of persona x strategy x path that is covered, and of each of the three alone.

    Coverage grows with the size of a set; the joint one says how far a set is from having tried everything.
    """
    talks = known.talks
    cells = [list_cells(talk) for talk in talks]
    seen = set().union(*cells)
    possible = count_possible(known, seen)
    names = ("covered_persona_strategy_path", "covered_personas", "covered_strategies", "covered_paths")
    if not talks:
        return [Statistic(name, None, reason="no dialogues") for name in names]
    if not seen or not possible:
        return [Statistic(name, None, reason="the set names no personas, strategies and paths") for name in names]
    strategies = {(key, strategy) for key, plan in known.plans.items() for strategy in plan.strategies}
    strategies |= {(blueprint, strategy) for _, strategy, blueprint, _ in seen}
    paths = {(key, path) for key, plan in known.plans.items() for path in plan.paths} | {cell[2:] for cell in seen}
    kinds: tuple[tuple[str, list[set[tuple[str, ...]]], int], ...] = (
        (names[0], [set(part) for part in cells], possible),
        (names[1], [{cell[:1] for cell in part} for part in cells], len(known.people)),
        (names[2], [{(cell[2], cell[1]) for cell in part} for part in cells], len(strategies)),
        (names[3], [{cell[2:] for cell in part} for part in cells], len(paths)),
    )
    return [_measure(name, covered, count, seed, rounds) for name, covered, count in kinds]


def _measure(name: str, covered: Sequence[set[tuple[str, ...]]], possible: int, seed: int, rounds: int) -> Statistic:
    codes: dict[tuple[str, ...], int] = {}
    pairs = [(row, codes.setdefault(cell, len(codes))) for row, part in enumerate(covered) for cell in sorted(part)]
    rows, columns = (np.asarray(part, dtype=np.int64) for part in zip(*pairs, strict=True))

    def resample(weights: NDArray[np.int64]) -> float:
        return float(np.count_nonzero(np.bincount(columns, weights=weights[rows]))) / possible

    figure = Statistic(name, None, unit=f"share of {possible:,}", basis=f"{len(covered):,} dialogues")
    return measure_spread(
        figure, len(codes) / possible, resample, len(covered), bounds=(0.0, 1.0), rounds=rounds, seed=seed
    )
