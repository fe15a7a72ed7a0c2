"""One vector for what each side of a dialogue says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from streamdial.models import Embedder
from streamdial.records import Dialogue, Role
from streamdial.text import tokenize

_CHUNK = 256
"""Dialogues embedded at once: keeps memory flat and repeated lines cheap."""


@dataclass(frozen=True)
class SideVectors:
    """Vectors of unit length, one row a dialogue.

    Attributes:
        ids: Ids of the dialogues, in order.
        user: What the user says, shape (dialogues, dimensions).
        agent: What the agent says, shape (dialogues, dimensions).
        empty: Ids of dialogues with a side that says nothing; that side's row is zero and resembles no other.
    """

    ids: tuple[str, ...]
    user: NDArray[np.float32]
    agent: NDArray[np.float32]
    empty: tuple[str, ...] = ()


def embed_sides(dialogues: Iterable[Dialogue], embedder: Embedder) -> SideVectors:
    """Return the length-weighted mean of each side's utterance vectors, scaled to unit length.

    An utterance weighs as much as it has tokens (words, or Chinese characters), so that `ok` moves the mean less
    than a paragraph. A side without any token is empty.

    Args:
        dialogues: Read once, in order.
        embedder: Gives one vector an utterance; equal utterances of neighbouring dialogues are embedded once.
    """
    ids: list[str] = []
    empty: list[str] = []
    rows: dict[Role, list[NDArray[np.float32]]] = {"user": [], "agent": []}
    for chunk in _split(dialogues):
        texts = list(dict.fromkeys(turn.utterance for dialogue in chunk for turn in dialogue.turns))
        places = {text: row for row, text in enumerate(texts)}
        weights = np.asarray([len(tokenize(text)) for text in texts], dtype=np.float64)
        vectors = np.asarray(embedder.embed(texts), dtype=np.float32).reshape(len(texts), embedder.dimensions)
        for dialogue in chunk:
            ids.append(dialogue.id)
            lengths = []
            for role, side in rows.items():
                said = [places[turn.utterance] for turn in dialogue.turns if turn.role == role]
                row, length = _average(vectors[said], weights[said])
                side.append(row)
                lengths.append(length)
            if not all(lengths):
                empty.append(dialogue.id)
    shape = (len(ids), embedder.dimensions)
    return SideVectors(
        ids=tuple(ids),
        user=np.asarray(rows["user"], dtype=np.float32).reshape(shape),
        agent=np.asarray(rows["agent"], dtype=np.float32).reshape(shape),
        empty=tuple(empty),
    )


def _average(vectors: NDArray[np.float32], weights: NDArray[np.float64]) -> tuple[NDArray[np.float32], float]:
    """Return the weighted sum at unit length, and the length it had; zero where there is nothing to weigh."""
    total = weights @ vectors.astype(np.float64)
    length = float(np.linalg.norm(total))
    return (total / length if length else total).astype(np.float32), length


def _split(dialogues: Iterable[Dialogue]) -> Iterator[Sequence[Dialogue]]:
    source = iter(dialogues)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk
