"""Side vectors: one vector for what each side of a dialogue says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from streamdial.errors import StreamDialError
from streamdial.models import Embedder
from streamdial.records import Dialogue, Role
from streamdial.text import tokenize

_ROLES: tuple[Role, ...] = ("user", "agent")

_CHUNK = 256
"""Dialogues embedded at once: keeps memory flat and repeated lines cheap."""


@dataclass(frozen=True)
class SideVectors:
    """Vectors of unit length, one row per dialogue.

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

    def take(self, start: int, stop: int) -> SideVectors:
        """Return some of the rows, not copied."""
        return SideVectors(self.ids[start:stop], self.user[start:stop], self.agent[start:stop])

    def join(self, other: SideVectors) -> SideVectors:
        """Return these rows followed by others."""
        return SideVectors(
            ids=self.ids + other.ids,
            user=np.concatenate([self.user, other.user]),
            agent=np.concatenate([self.agent, other.agent]),
            empty=self.empty + other.empty,
        )


def save_vectors(vectors: SideVectors, folder: Path, *, dtype: Literal["float32", "float16"] = "float32") -> None:
    """Write one array file a side and the ids, for steps that read some rows of them at a time.

    Edges that `compare_partition` left in the folder are removed.

    Args:
        vectors: What to write.
        folder: Where; made if it is not there.
        dtype: `float16` halves the files and moves a cosine by at most 1e-3.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # What was made from other vectors must not be taken for these ones'.
    for old in (folder / "ids.json", *folder.glob("edges-*")):
        old.unlink(missing_ok=True)
    np.save(folder / "user.npy", vectors.user.astype(dtype, copy=False))
    np.save(folder / "agent.npy", vectors.agent.astype(dtype, copy=False))
    ids = {"ids": vectors.ids, "empty": vectors.empty}
    # Last, so that a folder with it is whole.
    (folder / "ids.json").write_text(json.dumps(ids), encoding="utf-8")


def load_vectors(folder: Path) -> SideVectors:
    """Return what `save_vectors` wrote; rows stay in the files until they are used.

    Raises:
        StreamDialError: If the folder does not hold vectors.
    """
    try:
        known = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
        user, agent = (np.load(folder / f"{side}.npy", mmap_mode="r") for side in ("user", "agent"))
    except (OSError, ValueError) as error:
        raise StreamDialError("no side vectors can be read", where=str(folder), fix="write them again") from error
    return SideVectors(tuple(known["ids"]), user, agent, tuple(known["empty"]))


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
    parts: dict[Role, list[NDArray[np.float32]]] = {
        role: [np.zeros((0, embedder.dimensions), dtype=np.float32)] for role in _ROLES
    }
    for chunk in _split(dialogues):
        texts = list(dict.fromkeys(turn.utterance for dialogue in chunk for turn in dialogue.turns))
        places = {text: row for row, text in enumerate(texts)}
        weights = np.asarray([len(tokenize(text)) for text in texts], dtype=np.float64)
        vectors = np.asarray(embedder.embed(texts), dtype=np.float32).reshape(len(texts), embedder.dimensions)
        for role in _ROLES:
            parts[role].append(np.zeros((len(chunk), embedder.dimensions), dtype=np.float32))
        for place, dialogue in enumerate(chunk):
            ids.append(dialogue.id)
            lengths = []
            for role in _ROLES:
                said = [places[turn.utterance] for turn in dialogue.turns if turn.role == role]
                parts[role][-1][place], length = _average(vectors[said], weights[said])
                lengths.append(length)
            if not all(lengths):
                empty.append(dialogue.id)
    # One side after the other, so that only one is there twice.
    user = np.concatenate(parts.pop("user"))
    agent = np.concatenate(parts.pop("agent"))
    return SideVectors(ids=tuple(ids), user=user, agent=agent, empty=tuple(empty))


def _average(vectors: NDArray[np.float32], weights: NDArray[np.float64]) -> tuple[NDArray[np.float32], float]:
    """Return the weighted sum at unit length, and the length it had; zero where there is nothing to weigh."""
    total = weights @ vectors.astype(np.float64)
    length = float(np.linalg.norm(total))
    return (total / length if length else total).astype(np.float32), length


def _split(dialogues: Iterable[Dialogue]) -> Iterator[Sequence[Dialogue]]:
    source = iter(dialogues)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk
