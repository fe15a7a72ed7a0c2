"""Distinct n-grams, their expectation-adjusted form and their entropy, over dialogues of one language."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streamdial.evaluation.dialogues import MAX_PARTS, UNITS, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import FEW_ROUNDS, Statistic, draw_weights, place_spread
from streamdial.records import Language

Integers = NDArray[np.int64]
ORDERS = (1, 2, 3)
VOCABULARY: Mapping[Language, int] = {"en": 30522, "zh": 21128}
"""Vocabulary the adjusted form assumes: that of BERT in the language, as Liu et al. (2022) do. A constant, so that sets
can be compared."""


@dataclass(frozen=True)
class NgramTable:
    """Which n-grams stand in which dialogues.

    Attributes:
        dialogues: How many dialogues there are.
        types: How many different n-grams.
        rows: Dialogue of each entry.
        codes: N-gram of each entry.
        counts: How often it stands there.
    """

    dialogues: int
    types: int
    rows: Integers
    codes: Integers
    counts: Integers

    def count_types(self, weights: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Return how often each n-gram occurs, dialogues taken as often as their weights say."""
        taken = self.counts if weights is None else self.counts * weights[self.rows]
        return np.bincount(self.codes, weights=taken, minlength=self.types).astype(np.float64)


def build_tables(tokens: Sequence[Sequence[Sequence[str]]], orders: Sequence[int] = ORDERS) -> dict[int, NgramTable]:
    """Return the table of each order; n-grams do not reach over the end of a turn.

    Args:
        tokens: Tokens by dialogue and turn.
        orders: Lengths of n-grams, ascending from 1.
    """
    vocabulary: dict[str, int] = {}
    flat: list[int] = []
    turns: list[int] = []
    rows: list[int] = []
    number = 0
    for row, dialogue in enumerate(tokens):
        for turn in dialogue:
            flat += [vocabulary.setdefault(token, len(vocabulary)) for token in turn]
            turns += [number] * len(turn)
            rows += [row] * len(turn)
            number += 1
    words, borders, places = (np.asarray(part, dtype=np.int64) for part in (flat, turns, rows))
    tables = {}
    starts, codes, types = np.arange(len(words)), words, len(vocabulary)
    for order in range(1, max(orders) + 1):
        if order > 1:
            # An n-gram is the one before it and one word more, numbered anew, so that codes stay small.
            inside = starts + order - 1 < len(words)
            starts, codes = starts[inside], codes[inside]
            same = borders[starts] == borders[starts + order - 1]
            starts = starts[same]
            joined = codes[same] * len(vocabulary) + words[starts + order - 1]
            known, codes = np.unique(joined, return_inverse=True)
            types = len(known)
        if order in orders:
            tables[order] = _count(places[starts], codes, len(tokens), types)
    return tables


def _count(rows: Integers, codes: Integers, dialogues: int, types: int) -> NgramTable:
    pairs, counts = np.unique(rows * max(types, 1) + codes, return_counts=True)
    return NgramTable(dialogues, types, pairs // max(types, 1), pairs % max(types, 1), counts.astype(np.int64))


def compute_distinct(counts: NDArray[np.float64]) -> float:
    """Return the share of n-grams that are different (Li et al. 2016); NaN where there are none.

    Args:
        counts: How often each n-gram occurs.
    """
    total = counts.sum()
    return float(np.count_nonzero(counts) / total) if total else float("nan")


def compute_adjusted_distinct(counts: NDArray[np.float64], vocabulary: int) -> float:
    """Return different words over the number expected from as many draws out of a vocabulary (Liu et al. 2022).

    EAD = N / (V (1 - ((V - 1) / V)^C)) with N different words among C; for single words, since of longer n-grams nearly
    every draw would be another one and the form equals distinct-n. NaN where there are none.

    Args:
        counts: How often each word occurs.
        vocabulary: V, size of the vocabulary.
    """
    total = counts.sum()
    if not total:
        return float("nan")
    return float(np.count_nonzero(counts) / (vocabulary * -np.expm1(total * np.log1p(-1 / vocabulary))))


def compute_entropy(counts: NDArray[np.float64]) -> float:
    """Return the entropy of the n-grams in bits (Zhang et al. 2018, there in nats); NaN where there are none."""
    told = counts[counts > 0]
    if not len(told):
        return float("nan")
    shares = told / told.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def cut_parts(
    tokens: Sequence[Sequence[Sequence[str]]], size: int, *, seed: int, most: int = MAX_PARTS
) -> list[list[list[list[str]]]]:
    """Return parts of exactly `size` tokens each, of different dialogues in an order the seed decides.

    The last dialogue of a part is cut off where the part is full. Fewer parts where the tokens do not suffice, and one
    of all tokens where there are no more than `size`.
    """
    order = random.Random(seed).sample(range(len(tokens)), len(tokens))
    parts: list[list[list[list[str]]]] = []
    part: list[list[list[str]]] = []
    left = size
    for number in order:
        dialogue = []
        for turn in tokens[number]:
            dialogue.append(list(turn[:left]))
            left -= len(dialogue[-1])
            if not left:
                break
        part.append(dialogue)
        if not left:
            parts.append(part)
            part, left = [], size
            if len(parts) == most:
                return parts
    return parts or [part]


def measure_ngrams(
    talks: Sequence[EvaluatedDialogue],
    language: Language,
    *,
    size: int | None = None,
    seed: int = 7,
    rounds: int = FEW_ROUNDS,
) -> list[Statistic]:
    """Return distinct-1 to 3, adjusted distinct-1 and entropy of 1- to 3-grams, with the spread over dialogues.

    All of them depend on how much text there is. With a size, they are those of that many tokens: a larger set is cut
    into parts, and the figure is the mean over the parts.

    Args:
        talks: Dialogues of the language.
        language: Decides the unit: words of en, characters of zh.
        size: Tokens of a part; None for all.
        seed: Seed of cut and resamples.
        rounds: Resamples.
    """
    tokens = [talk.tokens for talk in talks]
    total = sum(len(turn) for dialogue in tokens for turn in dialogue)
    unit = UNITS[language]
    if not total:
        return [
            Statistic(name, None, unit=told, language=language, reason="no text in the language")
            for name, told in _list_names(unit)
        ]
    parts = [tokens] if size is None or size >= total else cut_parts(tokens, size, seed=seed)
    each = [_measure_part(part, language, rounds, seed + number) for number, part in enumerate(parts)]
    values = np.mean([value for value, _ in each], axis=0)
    # Parts share no dialogue, so the deviations of their means are the means of their deviations.
    drawn = values + np.mean([resampled - resampled.mean(axis=0) for _, resampled in each], axis=0)
    shown = f"{len(parts)} x {size:,} {unit}s" if size is not None and size < total else f"{total:,} {unit}s"
    dialogues = sum(len(part) for part in parts)
    figures = []
    for column, (name, told) in enumerate(_list_names(unit)):
        figure = Statistic(name, None, unit=told, language=language, basis=shown)
        bounds = (0.0, 1.0 if told.startswith("share") else np.inf)
        value = float(values[column])
        if np.isnan(value):
            figures.append(Statistic(name, None, unit=told, language=language, reason="every turn is too short"))
        else:
            figures.append(place_spread(figure, value, drawn[:, column], dialogues, bounds=bounds))
    return figures


def _list_names(unit: str) -> Iterator[tuple[str, str]]:
    for order in ORDERS:
        yield f"distinct_{order}", f"share of {unit}s" if order == 1 else f"share of {unit} {order}-grams"
    yield "adjusted_distinct_1", "ratio"
    for order in ORDERS:
        yield f"entropy_{order}", "bits"


def _measure_part(
    tokens: Sequence[Sequence[Sequence[str]]], language: Language, rounds: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the figures of a part and those of its resamples, shape (resamples, figures)."""
    tables = build_tables(tokens)
    drawn = [
        _compute_all(tables, language, weights)
        for batch in draw_weights(len(tokens), rounds, seed)
        for weights in batch
    ]
    return np.asarray(_compute_all(tables, language, None)), np.asarray(drawn)


def _compute_all(
    tables: Mapping[int, NgramTable], language: Language, weights: NDArray[np.int64] | None
) -> list[float]:
    counts = {order: table.count_types(weights) for order, table in tables.items()}
    return [
        *(compute_distinct(counts[order]) for order in ORDERS),
        compute_adjusted_distinct(counts[1], VOCABULARY[language]),
        *(compute_entropy(counts[order]) for order in ORDERS),
    ]
