"""Sampling: which dialogues of each community stay."""

from __future__ import annotations

import heapq
import math
from collections.abc import Container, Sequence
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
    texts: Sequence[str] = (),
) -> Sample:
    """Keep of each community in proportion to its size, at least one: the best first, then the farthest from those.

    Of dialogues with the same text one stays at most, whatever ratio and size say; the others do not count as members.

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
        texts: What tells one dialogue's text from another's, of each dialogue; none are the same where it is empty.

    Raises:
        ConfigurationError: If ratio or size is out of range, or both are given.
        StreamDialError: If membership, quality or texts do not fit the graph.
    """
    count = len(graph.ids)
    worth = _check_inputs(count, membership, quality, ratio, size)
    # A draw per id, not per place: the kept set must not depend on the order of the dialogues.
    draws = _draw_by_id(graph.ids, seed)
    ranked = sorted(range(count), key=lambda node: (-worth[node], draws[node], graph.ids[node]))
    rank = np.empty(count, dtype=np.int64)
    rank[ranked] = np.arange(count)
    twins = find_copies(texts, ranked, count)
    groups = _group_members(membership, graph.ids, twins)
    quotas = _find_quotas([len(group) for group in groups], ratio, size)
    neighbours = _Neighbours(graph)
    kept = np.zeros(count, dtype=bool)
    for group, quota in zip(groups, quotas, strict=True):
        if quota == len(group):
            kept[group] = True
        else:
            kept[_pick_farthest(group[np.argsort(rank[group])], quota, neighbours)] = True
    dropped = (
        _describe_copy(graph, int(node), twins[int(node)], neighbours)
        if int(node) in twins and kept[twins[int(node)]]
        else _describe_drop(graph, int(node), kept, membership, neighbours)
        for node in np.nonzero(~kept)[0]
    )
    return Sample(kept=tuple(graph.ids[node] for node in np.nonzero(kept)[0]), dropped=tuple(dropped))


def find_copies(texts: Sequence[str], order: Sequence[int], count: int) -> dict[int, int]:
    """Return the nodes whose text an earlier one in the order has, each with that one.

    Raises:
        StreamDialError: If there are texts, but not one for each node.
    """
    if texts and len(texts) != count:
        raise StreamDialError(f"there are {len(texts)} texts for {count} dialogues")
    first: dict[str, int] = {}
    return {node: first[texts[node]] for node in order if texts and first.setdefault(texts[node], node) != node}


def count_kept(
    membership: NDArray[np.int32],
    *,
    ratio: float | None = None,
    size: int | None = None,
    texts: Sequence[str] = (),
) -> int:
    """Return how many dialogues `sample_dialogues` keeps, without choosing them.

    Which of equal texts stays decides nothing here where they are in one community, as copies nearly always are.
    """
    copies = find_copies(texts, range(len(membership)), len(membership))
    members = np.delete(membership, list(copies)) if copies else membership
    sizes = np.bincount(members) if len(members) else np.zeros(0, int)
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


def _group_members(
    membership: NDArray[np.int32], ids: Sequence[str], left_out: Container[int]
) -> list[NDArray[np.int64]]:
    """Return the nodes of each community; communities by their smallest id, which no reordering changes."""
    order = np.argsort(membership, kind="stable")
    order = order[[node not in left_out for node in order.tolist()]]
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


def _describe_copy(graph: SimilarityGraph, node: int, twin: int, neighbours: _Neighbours) -> Drop:
    """Return the drop of a copy of a kept dialogue; where they have no edge (another script) both sides are alike."""
    nodes, edges, _ = neighbours.find(node)
    edge = next((each for other, each in zip(nodes.tolist(), edges.tolist(), strict=True) if other == twin), None)
    scores = (1.0, 1.0) if edge is None else (float(graph.user_scores[edge]), float(graph.agent_scores[edge]))
    return Drop(graph.ids[node], graph.ids[twin], *scores, "repeats")


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
