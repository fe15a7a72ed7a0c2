"""A short matrix whose products bound the cosines from above: few pairs need the whole vectors.

The rows are turned to their principal axes. Of the cosine of two rows the first axes give a part exactly; what the
other axes add is at most the product of the lengths that are left (Cauchy and Schwarz). That product is one more
column, so the bound is a plain matrix product of a sixth of the width. Where rows have no direction in common the
bound is too loose to prune; then the last column is scaled down as far as pairs known to be alike allow, which may
miss some, so how many is measured on others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from streamdial.filtering.scores import MARGIN, PairScorer

_HEADS = (15, 31, 47, 63, 95, 127, 191, 255, 383, 511)
"""Axes tried; with the column of the rest a multiple of 16, which the processor multiplies best."""

_SAMPLE = 512
"""Rows compared with all others to scale the bound, and as many to measure what it misses."""

_AXES_SAMPLE = 4096
"""Rows the axes come from."""

_MIN_EDGES = 100
"""Edges of a sample below which nothing is concluded from it."""

_MISSED = 0.001
"""Share of known edges the scaled bound may miss."""

_CHECK_COST = 300.0
"""A candidate's check, in products of two whole rows of 384 (measured)."""

_SCAN_COST = 0.03
"""The look through the products, in products of two whole rows (measured)."""

_ROOM = 4e-6
"""Added to a squared rest, so that rounding cannot make it too small."""


@dataclass(frozen=True)
class Bound:
    """What is multiplied instead of the whole rows.

    Attributes:
        matrix: One row per dialogue: its first axes and, last, the length of the rest times the root of the scale.
        scale: What the rest is multiplied by; 1 misses no pair.
        cost: Expected work over that of the whole rows.
        recall: Share of the edges of sampled dialogues that the bound finds; 1 at scale 1.
        sampled_edges: Edges the recall was measured on; 0 at scale 1, which needs no measuring.
    """

    matrix: NDArray[np.float32]
    scale: float
    cost: float
    recall: float = 1.0
    sampled_edges: int = 0


class _Plan(NamedTuple):
    cost: float
    axes: int
    scale: float


def make_bound(matrix: NDArray[np.float32], scorer: PairScorer, *, sound: bool) -> Bound | None:
    """Return the cheapest bound, or None where whole rows cost less.

    The samples are drawn from the ids, so that the order of the dialogues changes nothing.

    Args:
        matrix: Rows of the leading side at unit length, or zero.
        scorer: Says which pairs are alike.
        sound: Whether no pair may be missed; else one in a thousand may, and the recall is measured.
    """
    count, dimensions = matrix.shape
    heads = [axes for axes in _HEADS if axes < dimensions]
    if not heads or count < 3 * _SAMPLE:
        return None
    drawn = _draw_rows(scorer.vectors.ids)
    # From rows that neither scale the bound nor measure it: it fits the rows it comes from better than others.
    axes = _find_axes(matrix[drawn[2 * _SAMPLE : 2 * _SAMPLE + _AXES_SAMPLE]])
    least = scorer.least - MARGIN
    scales = dict.fromkeys(heads, 1.0)
    if not sound:
        known = _find_edges(matrix, scorer, drawn[:_SAMPLE])
        if len(known) < _MIN_EDGES:
            return None
        scales = _fit_scales(matrix, axes, known, least, heads)
    plan = min(_estimate_costs(matrix, axes, drawn, least, scales))
    if plan.cost >= 1:
        return None
    short = _shorten(matrix, axes, plan)
    if sound:
        return Bound(short, plan.scale, plan.cost)
    other = _find_edges(matrix, scorer, drawn[_SAMPLE : 2 * _SAMPLE])
    if len(other) < _MIN_EDGES:
        return None
    reached = np.einsum("ij,ij->i", short[other[:, 0]], short[other[:, 1]]) >= least
    return Bound(short, plan.scale, plan.cost, float(reached.mean()), len(other))


def measure_recall(matrix: NDArray[np.float32], scorer: PairScorer, edges: NDArray[np.int32]) -> tuple[float, int]:
    """Return the share of the edges of sampled rows that are among some edges, and how many those rows have.

    Args:
        matrix: Rows of the leading side at unit length, or zero.
        scorer: Says which pairs are alike.
        edges: What was found, lower node first.
    """
    count = len(matrix)
    wanted = np.sort(_find_edges(matrix, scorer, _draw_rows(scorer.vectors.ids)[:_SAMPLE]), axis=1).astype(np.int64)
    keys = np.unique(wanted[:, 0] * count + wanted[:, 1])
    found = np.isin(keys, edges[:, 0].astype(np.int64) * count + edges[:, 1])
    return (float(found.mean()) if len(keys) else 1.0), len(keys)


def _draw_rows(ids: Sequence[str]) -> NDArray[np.int64]:
    """Return all rows in an order drawn from their ids, whatever order they have."""
    order = np.asarray(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    return order[np.random.default_rng(0).permutation(len(ids))]


def _find_axes(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the principal axes as columns, the longest first; not centred, as it is products that are bounded."""
    wide = rows.astype(np.float64)
    # LAPACK's threads on a matrix this small wait for each other.
    with threadpool_limits(1, user_api="blas"):
        _, axes = np.linalg.eigh(wide.T @ wide)
    return np.ascontiguousarray(axes[:, ::-1]).astype(np.float32)


def _find_edges(matrix: NDArray[np.float32], scorer: PairScorer, rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return all edges of some rows."""
    found = [np.zeros((0, 2), np.int32)]
    for start in range(0, len(matrix), 4096):
        places, columns = np.nonzero(matrix[rows] @ matrix[start : start + 4096].T >= scorer.least - MARGIN)
        pairs = np.stack([rows[places], columns + start], axis=1).astype(np.int32)
        found.append(scorer.check(pairs[pairs[:, 0] != pairs[:, 1]]).pairs)
    return np.concatenate(found)


def _fit_scales(
    matrix: NDArray[np.float32], axes: NDArray[np.float32], known: NDArray[np.int32], least: float, heads: list[int]
) -> dict[int, float]:
    """Return, for each number of axes, the smallest scale at which all but a few known edges reach the bound."""
    left, right = matrix[known[:, 0]] @ axes, matrix[known[:, 1]] @ axes
    scales = {}
    for head in heads:
        products = np.einsum("ij,ij->i", left[:, :head], right[:, :head], dtype=np.float64)
        rests = _measure_rest(left[:, :head], _square(matrix[known[:, 0]]))
        rests *= _measure_rest(right[:, :head], _square(matrix[known[:, 1]]))
        needed = float(np.quantile((least - products) / rests, 1 - _MISSED, method="higher"))
        scales[head] = min(max(needed, 0.0), 1.0)
    return scales


def _estimate_costs(
    matrix: NDArray[np.float32],
    axes: NDArray[np.float32],
    drawn: NDArray[np.int64],
    least: float,
    scales: dict[int, float],
) -> Iterator[_Plan]:
    """Yield what each number of axes costs over whole rows, from the pairs of a sample that reach its bound."""
    rows, columns = matrix[drawn[:_SAMPLE]], matrix[drawn[_SAMPLE : 9 * _SAMPLE]]
    left, right = rows @ axes, columns @ axes
    # A check takes as long however short the rows of the bound are.
    check = _CHECK_COST * 384 / matrix.shape[1]
    whole = 1 + _SCAN_COST + check * float((rows @ columns.T >= least).mean())
    products = np.zeros((len(rows), len(columns)), np.float32)
    done = 0
    for head, scale in scales.items():
        products += left[:, done:head] @ right[:, done:head].T
        done = head
        rests = np.outer(_measure_rest(left[:, :head], _square(rows)), _measure_rest(right[:, :head], _square(columns)))
        share = float((products + scale * rests >= least).mean())
        # The rows are turned once, which counts for little beside all pairs of them.
        width = (head + 1) / matrix.shape[1]
        yield _Plan((width + _SCAN_COST + check * share) / whole, head, scale)


def _shorten(matrix: NDArray[np.float32], axes: NDArray[np.float32], plan: _Plan) -> NDArray[np.float32]:
    """Return the first axes of each row and the scaled length of the rest."""
    short = np.empty((len(matrix), plan.axes + 1), np.float32)
    for start in range(0, len(matrix), 4096):
        rows = matrix[start : start + 4096]
        head = rows @ axes[:, : plan.axes]
        short[start : start + 4096, :-1] = head
        short[start : start + 4096, -1] = np.sqrt(plan.scale) * _measure_rest(head, _square(rows))
    return short


def _square(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    squares: NDArray[np.float64] = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    return squares


def _measure_rest(head: NDArray[np.float32], squares: NDArray[np.float64]) -> NDArray[np.float64]:
    rest: NDArray[np.float64] = np.sqrt(np.maximum(squares - _square(head), 0.0) + _ROOM)
    return rest
