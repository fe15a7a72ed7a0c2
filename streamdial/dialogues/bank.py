"""The bank of real lines: found by what they do, or across roles by what the other role had said before them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streamdial.dialogues.lines import Line, Signature
from streamdial.domains import Retrieval
from streamdial.models import BatchingEmbedder, Embedder, Vectors
from streamdial.records import Role

POOL = 8
"""Candidates looked at for each line wanted, where the lines are to differ from each other."""


class _Rows:
    """Vectors of the bank's texts, each embedded once, when it is first needed."""

    def __init__(self, texts: Sequence[str], batches: BatchingEmbedder) -> None:
        self._texts = texts
        self._batches = batches
        self._vectors = np.zeros((len(texts), batches.embedder.dimensions), dtype=np.float32)
        self._known = np.zeros(len(texts), dtype=bool)

    async def take(self, rows: NDArray[np.intp]) -> Vectors:
        missing = rows[~self._known[rows]]
        if len(missing):
            # A space stands for a text that is not there; its vector is never looked at.
            self._vectors[missing] = await self._batches.embed([self._texts[row] or " " for row in missing])
            self._known[missing] = True
        return self._vectors[rows]


class LineBank:
    """All lines of one language, found by what they do and by what was said before them.

    Args:
        lines: The lines.
        embedder: Compares texts; one that batches is shared with other banks.
    """

    def __init__(self, lines: Sequence[Line], embedder: Embedder | BatchingEmbedder) -> None:
        self.lines = tuple(lines)
        self._batches = embedder if isinstance(embedder, BatchingEmbedder) else BatchingEmbedder(embedder)
        self._previous = _Rows([line.previous for line in self.lines], self._batches)
        self._templates = _Rows([line.template for line in self.lines], self._batches)
        self._rows = {id(line): row for row, line in enumerate(self.lines)}
        self._by_signature: dict[Signature, list[int]] = defaultdict(list)
        replies: dict[Role, list[int]] = {"user": [], "agent": []}
        openings: list[int] = []
        for index, line in enumerate(self.lines):
            self._by_signature[line.signature].append(index)
            if line.previous:
                replies[line.signature.role].append(index)
            elif line.signature.role == "user":
                openings.append(index)
        self._replies = {role: np.asarray(rows, dtype=np.intp) for role, rows in replies.items()}
        self._openings = np.asarray(openings, dtype=np.intp)

    def find_same(self, signature: Signature, *, used: set[str], names_entity: bool) -> list[Line]:
        """Return the lines that do the same and were not used, in the bank's order.

        Args:
            signature: What the line must do.
            used: Evidence ids already used in the dialogue.
            names_entity: Whether the line must name what it is about; lines that do may always stand.
        """
        found = [self.lines[index] for index in self._by_signature.get(signature, ())]
        return [line for line in found if line.evidence not in used and (line.names_entity or not names_entity)]

    async def retrieve(self, role: Role, last: str, *, used: set[str], options: Retrieval | None = None) -> list[Line]:
        """Return lines of a role that followed messages like the last one of the other role, the best first.

        This is the retrieval across roles: the key is what the *other* role said, the value what was replied.

        Args:
            role: Whose lines.
            last: What the other role said last; nothing is found for an empty text.
            used: Evidence ids already used in the dialogue.
            options: How many, how like and how different from each other.
        """
        return await self._search(self._replies[role], self._previous, last, used, options or Retrieval())

    async def retrieve_openings(self, need: str, *, used: set[str], options: Retrieval | None = None) -> list[Line]:
        """Return real questions and first lines of customers that are like a need, the best first."""
        return await self._search(self._openings, self._templates, need, used, options or Retrieval())

    async def _search(
        self, rows: NDArray[np.intp], keys: _Rows, query: str, used: set[str], options: Retrieval
    ) -> list[Line]:
        if not query or not len(rows) or not options.count:
            return []
        vector = (await self._batches.embed([query]))[0]
        scores = await keys.take(rows) @ vector
        best = np.argsort(-scores, kind="stable")
        best = best[scores[best] >= options.least_similarity]
        free = [row for row in best[: options.count * POOL + len(used)] if self.lines[rows[row]].evidence not in used]
        pool = np.asarray(free[: options.count * POOL], dtype=np.intp)
        if len(pool) <= 1 or not options.diversity:
            return [self.lines[rows[row]] for row in pool[: options.count]]
        likeness = await self._templates.take(rows[pool])
        chosen = choose_diverse(scores[pool], likeness, options.count, options.diversity)
        return [self.lines[rows[pool[place]]] for place in chosen]

    async def compare(self, left: str, right: str) -> float:
        """Return the cosine of two texts."""
        vectors = await self._batches.embed([left, right])
        return float(vectors[0] @ vectors[1])

    async def compare_previous(self, lines: Sequence[Line], last: str) -> Vectors:
        """Return how much what was said before each line is like a message: cosines, 0 where nothing was.

        Args:
            lines: Lines of this bank.
            last: The message.
        """
        if not lines or not last:
            return np.zeros(len(lines), dtype=np.float32)
        rows = np.asarray([self._rows[id(line)] for line in lines], dtype=np.intp)
        vector = (await self._batches.embed([last]))[0]
        known = np.asarray([bool(line.previous) for line in lines])
        return np.asarray(np.where(known, await self._previous.take(rows) @ vector, 0.0), dtype=np.float32)


def choose_diverse(scores: Vectors, vectors: Vectors, count: int, diversity: float) -> list[int]:
    """Return places of at most `count` items, best first: maximal marginal relevance (Carbonell and Goldstein 1998).

    Args:
        scores: How relevant each item is, shape (items,).
        vectors: Unit vectors of the items, shape (items, dimensions).
        count: Items wanted.
        diversity: Weight of being unlike those chosen before, 0 to 1; 0 takes the most relevant ones.
    """
    left = list(range(len(scores)))
    chosen: list[int] = []
    nearest = np.zeros(len(scores), dtype=np.float32)
    while left and len(chosen) < count:
        gains = (1 - diversity) * scores[left] - diversity * nearest[left]
        place = left.pop(int(np.argmax(gains)))
        chosen.append(place)
        cosines = vectors @ vectors[place]
        nearest = cosines if len(chosen) == 1 else np.maximum(nearest, cosines)
    return chosen
