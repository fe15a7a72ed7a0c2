"""Sampling: which dialogues of each community stay."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError, StreamDialError
from streamdial.filtering.graph import SimilarityGraph

DEFAULT_RATIO = 0.5

DropReason = Literal["repeats", "repeats_indirectly"]


class Drop(NamedTuple):
    """A dialogue left out, and what it repeats."""

    id: str
    repeats: str | None
    """The kept dialogue of its community most like it, or None where it resembles that one through others only."""
    user_score: float | None
    """Cosine with that one's user side."""
    agent_score: float | None
    """Cosine with that one's agent side."""
    reason: DropReason


@dataclass(frozen=True)
class Sample:
    """What stays and what does not, both in the order of the graph.

    Attributes:
        kept: Ids that stay.
        dropped: The others, each with what it repeats.
    """

    kept: tuple[str, ...]
    dropped: tuple[Drop, ...]


def sample_dialogues(
    graph: SimilarityGraph,
    membership: NDArray[np.int32],
    quality: Sequence[float] | None,
    *,
    ratio: float | None = None,
    size: int | None = None,
    seed: int = 0,
) -> Sample:
    """Keep of each community in proportion to its size, at least one: the best first, then the farthest from those.

    The distance of two dialogues is 1 - the weight of their edge, and 1 where they have none; ties go to the better
    dialogue, then to one drawn by the seed from the id, so the order of the dialogues does not matter.

    Args:
        graph: The similarity graph.
        membership: Community of each node.
        quality: Worth of each dialogue, higher is better; None makes all equal.
        ratio: Share to keep of the communities of two and more, above 0 and at most 1; 0.5 where neither ratio nor
            size is given. A dialogue alone in its community always stays.
        size: Dialogues to keep in all; more are kept where there are more communities, all where there are fewer.
        seed: Of the draw between equals.

    Raises:
        ConfigurationError: If ratio or size is out of range, or both are given.
        StreamDialError: If membership or quality do not fit the graph.
    """
    count = len(graph.ids)
    worth = _check_inputs(count, membership, quality, ratio, size)
    groups = _group_members(membership, graph.ids)
    quotas = _find_quotas([len(group) for group in groups], ratio, size)
    neighbours = _Neighbours(graph)
    # A draw per id, not per place: the kept set must not depend on the order of the dialogues.
    draws = _draw_by_id(graph.ids, seed)
    kept = np.zeros(count, dtype=bool)
    for group, quota in zip(groups, quotas, strict=True):
        if quota == len(group):
            kept[group] = True
        else:
            order = sorted(group.tolist(), key=lambda node: (-worth[node], draws[node], graph.ids[node]))
            kept[_pick_farthest(np.asarray(order), quota, neighbours)] = True
    dropped = (_describe_drop(graph, int(node), kept, membership, neighbours) for node in np.nonzero(~kept)[0])
    return Sample(kept=tuple(graph.ids[node] for node in np.nonzero(kept)[0]), dropped=tuple(dropped))


def count_kept(membership: NDArray[np.int32], *, ratio: float | None = None, size: int | None = None) -> int:
    """Return how many dialogues `sample_dialogues` keeps, without choosing them."""
    sizes = np.bincount(membership) if len(membership) else np.zeros(0, int)
    return sum(_find_quotas(sizes[sizes > 0].tolist(), ratio, size))


def divide_quota(sizes: Sequence[int], budget: int) -> list[int]:
    """Divide a budget in proportion to sizes by largest remainder, each share at least 1 and at most its size.

    The shares sum to the budget, but to no less than one each and no more than all. Equal remainders go to the
    larger size, then to the earlier one.

    Args:
        sizes: Each at least 1.
        budget: What there is to divide.
    """
    total = sum(sizes)
    budget = min(max(budget, len(sizes)), total)
    ideal = [budget * size / total for size in sizes]
    shares = [max(1, budget * size // total) for size in sizes]
    missing = budget - sum(shares)
    if missing > 0:
        order = sorted(range(len(sizes)), key=lambda place: (shares[place] - ideal[place], -sizes[place], place))
        for place in order[:missing]:
            shares[place] += 1
    # Shares lifted to 1 are paid for by the one most above its due.
    heap = [(ideal[place] - share, sizes[place], place) for place, share in enumerate(shares) if share > 1]
    heapq.heapify(heap)
    for _ in range(-missing):
        over, size, place = heapq.heappop(heap)
        shares[place] -= 1
        if shares[place] > 1:
            heapq.heappush(heap, (over + 1, size, place))
    return shares


class _Neighbours:
    """The edges of each node, both ways."""

    def __init__(self, graph: SimilarityGraph) -> None:
        ends = np.concatenate([graph.edges, graph.edges[:, ::-1]])
        order = np.lexsort((ends[:, 1], ends[:, 0]))
        self._starts = np.searchsorted(ends[order, 0], np.arange(len(graph.ids) + 1))
        self._nodes = ends[order, 1]
        self._edges = np.tile(np.arange(len(graph.edges)), 2)[order]
        self._weights = graph.weights

    def find(self, node: int) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float32]]:
        """Return a node's neighbours, its edges and their weights."""
        part = slice(self._starts[node], self._starts[node + 1])
        return self._nodes[part], self._edges[part], self._weights[self._edges[part]]


def _check_inputs(
    count: int,
    membership: NDArray[np.int32],
    quality: Sequence[float] | None,
    ratio: float | None,
    size: int | None,
) -> NDArray[np.float64]:
    if ratio is not None and size is not None:
        raise ConfigurationError(f"both ratio {ratio} and size {size} are given", fix="give one of them")
    if ratio is not None and not 0 < ratio <= 1:
        raise ConfigurationError(f"the ratio is {ratio}, expected above 0 and at most 1")
    if size is not None and size < 1:
        raise ConfigurationError(f"the size is {size}, expected at least 1")
    if membership.shape != (count,):
        raise StreamDialError(f"membership has shape {membership.shape}, expected ({count},)")
    worth = np.zeros(count) if quality is None else np.asarray(quality, dtype=np.float64)
    if worth.shape != (count,):
        raise StreamDialError(f"there are {worth.size} qualities for {count} dialogues")
    if not np.isfinite(worth).all():
        raise StreamDialError("a quality is NaN or infinite", fix="give a finite number for each dialogue")
    return worth


def _group_members(membership: NDArray[np.int32], ids: Sequence[str]) -> list[NDArray[np.int64]]:
    """Return the nodes of each community; communities by their smallest id, which no reordering changes."""
    order = np.argsort(membership, kind="stable")
    groups = [part for part in np.split(order, np.nonzero(np.diff(membership[order]))[0] + 1) if len(part)]
    return sorted(groups, key=lambda group: min(ids[node] for node in group))


def _find_quotas(sizes: list[int], ratio: float | None, size: int | None) -> list[int]:
    if size is not None:
        return divide_quota(sizes, size)
    crowds = [place for place, members in enumerate(sizes) if members > 1]
    # Half up, with room for the rounding of products like 0.07 * 50.
    budget = math.floor(
        (DEFAULT_RATIO if ratio is None else ratio) * sum(sizes[place] for place in crowds) + 0.5 + 1e-9
    )
    quotas = [1] * len(sizes)
    for place, quota in zip(crowds, divide_quota([sizes[place] for place in crowds], budget), strict=True):
        quotas[place] = quota
    return quotas


def _draw_by_id(ids: Sequence[str], seed: int) -> NDArray[np.float64]:
    draws = np.empty(len(ids))
    draws[sorted(range(len(ids)), key=lambda node: ids[node])] = np.random.default_rng(seed).random(len(ids))
    return draws


def _pick_farthest(order: NDArray[np.int64], quota: int, neighbours: _Neighbours) -> list[int]:
    """Return `quota` nodes: the first, then again and again the one farthest from those; earlier ones win ties."""
    places = {int(node): place for place, node in enumerate(order)}
    distances = np.ones(len(order))
    # Above 1, so that the best is taken first although none is kept yet.
    distances[0] = 2.0
    picked: list[int] = []
    for _ in range(quota):
        place = int(np.argmax(distances))
        distances[place] = -1.0
        picked.append(int(order[place]))
        nodes, _, weights = neighbours.find(picked[-1])
        for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
            near = places.get(node)
            if near is not None:
                distances[near] = min(distances[near], 1.0 - weight)
    return picked


def _describe_drop(
    graph: SimilarityGraph,
    node: int,
    kept: NDArray[np.bool_],
    membership: NDArray[np.int32],
    neighbours: _Neighbours,
) -> Drop:
    nodes, edges, weights = neighbours.find(node)
    near = [
        (-weight, graph.ids[other], edge)
        for other, edge, weight in zip(nodes.tolist(), edges.tolist(), weights.tolist(), strict=True)
        if kept[other] and membership[other] == membership[node]
    ]
    if not near:
        return Drop(graph.ids[node], None, None, None, "repeats_indirectly")
    _, nearest, edge = min(near)
    return Drop(graph.ids[node], nearest, float(graph.user_scores[edge]), float(graph.agent_scores[edge]), "repeats")
