"""A sample of dialogues as vectors: one per turn, and one per dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from streamdial.evaluation.dialogues import EvaluatedDialogue, draw_dialogues
from streamdial.evaluation.metrics.intervals import FEW_ROUNDS, Statistic, draw_weights, place_spread
from streamdial.models import Embedder, Vectors

SAMPLED = 100
"""Dialogues that are embedded; the offline encoder takes 2 s for their turns on two idle cores, 20 on busy ones."""


@dataclass(frozen=True)
class SpokenVectors:
    """Turns as vectors of unit length.

    Attributes:
        vectors: One row per turn.
        rows: Number of each turn's dialogue.
        users: Whether it is the user's.
        weights: Tokens of the turn.
        dialogues: How many dialogues there are.
    """

    vectors: Vectors
    rows: NDArray[np.int64]
    users: NDArray[np.bool_]
    weights: NDArray[np.int64]
    dialogues: int

    def take(self, rng: np.random.Generator, size: int) -> SpokenVectors:
        """Return some of the turns, in order, with the numbers of their dialogues as they were."""
        return self._choose(np.sort(rng.permutation(len(self.vectors))[:size]))

    def split(self, rng: np.random.Generator) -> tuple[SpokenVectors, SpokenVectors]:
        """Return the turns of one half of the dialogues, and those of the other."""
        chosen = np.isin(self.rows, rng.permutation(self.dialogues)[: self.dialogues // 2])
        return self._choose(np.flatnonzero(chosen)), self._choose(np.flatnonzero(~chosen))

    def _choose(self, turns: NDArray[np.int64]) -> SpokenVectors:
        return SpokenVectors(
            self.vectors[turns], self.rows[turns], self.users[turns], self.weights[turns], self.dialogues
        )


def embed_turns(
    talks: Sequence[EvaluatedDialogue], embedder: Embedder, *, size: int = SAMPLED, seed: int = 7
) -> SpokenVectors:
    """Embed the turns of a sample of dialogues; turns without a word are left out.

    Args:
        talks: The dialogues.
        embedder: The encoder.
        size: Dialogues sampled.
        seed: Seed of the sample.
    """
    chosen = draw_dialogues(talks, size, seed)
    told = [
        (row, turn.role == "user", len(said), turn.utterance)
        for row, talk in enumerate(chosen)
        for turn, said in zip(talk.turns, talk.tokens, strict=True)
        if said
    ]
    rows, users, weights = (np.asarray([entry[place] for entry in told]) for place in range(3))
    vectors = embedder.embed([text for *_, text in told])
    return SpokenVectors(vectors, rows.astype(np.int64), users.astype(bool), weights.astype(np.int64), len(chosen))


def join_sides(spoken: SpokenVectors) -> NDArray[np.float64]:
    """Return one vector of unit length per dialogue, whose cosine is the mean of the two sides' cosines.

    A side is the mean of its turns weighted by their length, at unit length, as in the filter; a side that says nothing
    is left out of its dialogue. Dialogues without a word are left out.
    """
    sides = []
    for user in (True, False):
        chosen = spoken.users == user
        total = np.zeros((spoken.dialogues, spoken.vectors.shape[1]))
        np.add.at(total, spoken.rows[chosen], spoken.vectors[chosen] * spoken.weights[chosen, None])
        lengths = np.linalg.norm(total, axis=1, keepdims=True)
        sides.append(np.divide(total, lengths, out=np.zeros_like(total), where=lengths > 0))
    joined = np.concatenate(sides, axis=1)
    lengths = np.linalg.norm(joined, axis=1, keepdims=True)
    spoken_ones = lengths[:, 0] > 0
    return np.asarray(joined[spoken_ones] / lengths[spoken_ones])


def compute_vendi(vectors: NDArray[np.float64], weights: Sequence[float] | NDArray[np.int64] | None = None) -> float:
    """Return the Vendi score: how many different items there are in effect (Friedman and Dieng 2023).

    exp of the entropy of the eigenvalues of K / n, with cosine as the kernel: 1 where all are the same, n where each is
    at right angles to all others.

    Args:
        vectors: One row per item, of unit length.
        weights: How often each item is taken; once by default.
    """
    taken = np.ones(len(vectors)) if weights is None else np.asarray(weights, dtype=np.float64)
    scaled = vectors * np.sqrt(taken / taken.sum())[:, None]
    # The smaller of the two products has the same eigenvalues, zeros aside.
    kernel = scaled @ scaled.T if len(scaled) <= scaled.shape[1] else scaled.T @ scaled
    values = np.linalg.eigvalsh(kernel)
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def measure_vendi(
    spoken: SpokenVectors, *, size: int | None = None, seed: int = 7, rounds: int = FEW_ROUNDS
) -> Statistic:
    """Return the Vendi score of a sample of dialogues: how many different ones there are in effect.

    Args:
        spoken: Vectors of the turns of the sample.
        size: Dialogues of a part, the figure being the mean over parts; None for one part of all. Only equal numbers
            can be compared.
        seed: Seed of the resamples.
        rounds: Resamples.
    """
    figure = Statistic("vendi", None, unit="dialogues in effect")
    vectors = join_sides(spoken)
    if not len(vectors):
        return replace(figure, reason="no dialogue with a word")
    width = min(size or len(vectors), len(vectors))
    parts = [vectors[start : start + width] for start in range(0, len(vectors) - width + 1, width)]
    basis = f"{len(parts)} x {width:,} dialogues" if len(parts) > 1 else f"{width:,} dialogues"
    drawn = np.zeros((len(parts), rounds))
    for place, part in enumerate(parts):
        draws = (weights for batch in draw_weights(width, rounds, seed + place) for weights in batch)
        drawn[place] = [compute_vendi(part[weights > 0], weights[weights > 0]) for weights in draws]
    value = float(np.mean([compute_vendi(part) for part in parts]))
    # Parts share no dialogue, so the deviations of their mean are the means of their deviations.
    spread = (drawn - drawn.mean(axis=1, keepdims=True)).mean(axis=0)
    return place_spread(
        replace(figure, basis=basis), value, spread + value, width * len(parts), bounds=(1.0, float(width))
    )
