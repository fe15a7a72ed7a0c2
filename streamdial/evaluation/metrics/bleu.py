"""Self-BLEU: how much turns are like each other in words."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from streamdial.evaluation.dialogues import UNITS, EvaluatedDialogue, cut_dialogues
from streamdial.evaluation.metrics.intervals import ROUNDS, Ratio, Statistic, measure_ratios
from streamdial.records import Language

ORDER = 4
SAMPLED = 2000
"""Turns that are compared with each other."""


def compute_self_bleu(turns: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Return each turn's BLEU-4 with all others as references, 0 to 1 (Zhu et al. 2018, Texygen).

    Papineni et al. 2002 with clipped counts, the closest length (the shorter of two) and, of an order without a match,
    the smoothing of mteval-v13a, which is sacrebleu's `exp`. Instead of n² comparisons the two largest counts of each
    n-gram are kept, for the largest among the others is one of them.

    Args:
        turns: Tokens of each turn; a turn shorter than four has orders without n-grams and gets 0.
    """
    if len(turns) < 2:
        return np.zeros(len(turns))
    scores = np.ones((len(turns), ORDER))
    smooth = np.ones(len(turns))
    matched = np.zeros(len(turns), dtype=bool)
    for order in range(1, ORDER + 1):
        grams = [Counter(zip(*(turn[shift:] for shift in range(order)), strict=False)) for turn in turns]
        largest: dict[tuple[str, ...], tuple[int, int, int]] = {}
        for number, counted in enumerate(grams):
            for gram, count in counted.items():
                first, second, holder = largest.get(gram, (0, 0, -1))
                if count > first:
                    largest[gram] = (count, first, number)
                elif count > second:
                    largest[gram] = (first, count, holder)
        for number, counted in enumerate(grams):
            total = counted.total()
            hits = sum(
                min(count, largest[gram][1] if largest[gram][2] == number else largest[gram][0])
                for gram, count in counted.items()
            )
            if hits:
                matched[number] = True
                scores[number, order - 1] = hits / total
            elif total:
                smooth[number] *= 2
                scores[number, order - 1] = 1 / (smooth[number] * total)
            else:
                scores[number, order - 1] = 0.0
    with np.errstate(divide="ignore"):
        means = np.exp(np.log(scores).mean(axis=1))
    return np.where(matched, means, 0.0) * _measure_brevity([len(turn) for turn in turns])


def _measure_brevity(lengths: Sequence[int]) -> NDArray[np.float64]:
    """Return each turn's brevity penalty against the closest length among the others."""
    ordered = sorted(lengths)
    penalties = np.ones(len(lengths))
    for number, length in enumerate(lengths):
        place = bisect_left(ordered, length)
        others = ordered[max(place - 1, 0) : place] + ordered[place + 1 : place + 2]
        closest = min(others, key=lambda other: (abs(other - length), other))
        if length < closest:
            penalties[number] = np.exp(1 - closest / length) if length else 0.0
    return penalties


def measure_self_bleu(
    talks: Sequence[EvaluatedDialogue],
    language: Language,
    *,
    size: int = SAMPLED,
    dialogues: int | None = None,
    seed: int = 7,
    rounds: int = ROUNDS,
) -> Statistic:
    """Return the mean self-BLEU of a sample of turns, references fixed, resampled by dialogue.

    Turns of fewer than four tokens are left out: they repeat by nature. 1 means that all turns are the same. It grows
    with the number of turns and shrinks with that of dialogues they are of, so only equal sizes of both can be
    compared; a larger set is cut into parts, and turns are compared within theirs.

    Args:
        talks: Dialogues of the language.
        language: Decides the unit.
        size: Turns sampled of each part.
        dialogues: Dialogues of a part; None for one part of all.
        seed: Seed of parts, sample and resamples.
        rounds: Resamples.
    """
    figure = Statistic("self_bleu_4", None, unit=f"BLEU of {UNITS[language]}s", language=language)
    above: list[float] = []
    below: list[float] = []
    parts = cut_dialogues(talks, dialogues, seed)
    for part in parts:
        turns = [(row, turn) for row, talk in enumerate(part) for turn in talk.tokens if len(turn) >= ORDER]
        if len(turns) > 1:
            chosen = random.Random(seed).sample(turns, min(size, len(turns)))
            rows = [row for row, _ in chosen]
            scores = compute_self_bleu([turn for _, turn in chosen])
            above += np.bincount(rows, weights=scores, minlength=len(part)).tolist()
            below += np.bincount(rows, minlength=len(part)).tolist()
    if not below:
        return replace(figure, reason="fewer than two turns of four tokens")
    told = f"{len(parts)} x {dialogues:,} dialogues, " if dialogues is not None and len(parts) > 1 else ""
    figure = replace(figure, basis=f"{told}{int(sum(below)):,} turns")
    return measure_ratios([Ratio(figure, above, below)], seed=seed, rounds=rounds)[0]


def count_bleu_turns(talks: Sequence[EvaluatedDialogue]) -> int:
    """Return how many turns are long enough for BLEU-4."""
    return sum(len(turn) >= ORDER for talk in talks for turn in talk.tokens)
