"""Subsamples of the unfiltered dialogues, of the filtered set's size: the baselines the filter has to beat."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamdial.models import Embedder, Vectors
from streamdial.records import Dialogue

_STEPS = 30


def embed_whole(dialogues: Sequence[Dialogue], embedder: Embedder) -> Vectors:
    """Return one vector of unit length per dialogue, of all that both sides say as one text.

    It sees that two dialogues resemble each other, not that they do so on both sides.
    """
    return embedder.embed(["\n".join(turn.utterance for turn in dialogue.turns) for dialogue in dialogues])


def draw_subsamples(ids: Sequence[str], vectors: Vectors, size: int, *, seed: int = 0) -> dict[str, list[str]]:
    """Return ids of two subsamples of the unfiltered dialogues, each of the size that the filter kept.

    `random` is drawn by the seed. `semhash` is what SemHash keeps (van Dongen and Tulkens 2025): one vector a record,
    first come, first kept, and a later record is dropped from a cosine on; here in an order the seed decides, with the
    cosine chosen so that as many stay.

    Args:
        ids: Ids of all dialogues.
        vectors: One row each; see `embed_whole`.
        size: How many to keep of each; at most all.
        seed: Seed of the draw and the order.
    """
    size = min(size, len(ids))
    order = random.Random(f"{seed}/subsamples").sample(range(len(ids)), len(ids))
    return {
        "random": sorted(ids[place] for place in order[:size]),
        "semhash": sorted(ids[place] for place in _thin_out(vectors, order, size)),
    }


def _thin_out(vectors: Vectors, order: Sequence[int], size: int) -> list[int]:
    """Return the first `size` of what is kept at the lowest threshold that keeps as many."""
    if not order:
        return []
    cosines = vectors @ vectors.T
    low, high, kept = -1.0, 1.0 + 1e-6, list(order)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        found = keep_first(cosines, order, middle)
        # The lowest threshold that keeps enough is the strictest one that can.
        low, high, kept = (low, middle, found) if len(found) >= size else (middle, high, kept)
    return kept[:size]


def keep_first(cosines: NDArray[Any], order: Sequence[int], threshold: float) -> list[int]:
    """Return the places that are kept where each is dropped that is near one kept before it.

    Args:
        cosines: Cosines of all pairs, shape (dialogues, dialogues).
        order: Places in the order in which they come.
        threshold: Cosine from which on two are near.
    """
    kept: list[int] = []
    for place in order:
        if not kept or float(np.max(cosines[place, kept])) < threshold:
            kept.append(place)
    return kept
