"""Whether judges agree: Krippendorff's alpha, Cohen's kappa, rank correlation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Level = Literal["nominal", "ordinal", "interval"]
Matrix = NDArray[np.float64]


def compute_alpha(ratings: Sequence[Sequence[float | None]] | Matrix, level: Level = "ordinal") -> float | None:
    """Return Krippendorff's alpha: 1 is perfect agreement, 0 what chance gives (Krippendorff 2011).

    By the matrix of coincidences, so ratings may be missing and raters may be any number; a unit that fewer than two
    have rated is left out.

    Args:
        ratings: One row a rater, one column a unit; None or NaN where a rating is missing.
        level: What differences of values mean: none but same or not, the ranks between them, or their distance.

    Returns:
        Alpha; None where no unit was rated twice, or all ratings are the same and nothing could disagree.
    """
    table = np.asarray([[np.nan if value is None else value for value in row] for row in ratings], dtype=np.float64)
    if table.ndim != 2:
        return None
    table = table[:, (~np.isnan(table)).sum(axis=0) >= 2]
    values = np.unique(table[~np.isnan(table)])
    if len(values) < 2:
        return None
    counts = np.asarray([(table == value).sum(axis=0) for value in values], dtype=np.float64)
    raters = counts.sum(axis=0)
    coincidences = (counts / (raters - 1)) @ counts.T - np.diag((counts / (raters - 1)).sum(axis=1))
    margins = coincidences.sum(axis=1)
    distances = _measure_distances(values, margins, level)
    expected = (np.outer(margins, margins) * distances).sum()
    observed = (coincidences * distances).sum()
    return float(1 - (margins.sum() - 1) * observed / expected)


def _measure_distances(values: Matrix, margins: Matrix, level: Level) -> Matrix:
    """Return the squared differences of values, shape (values, values)."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    # Of ordinal data, the ratings that lie between two values, half of those at them.
    places = values if level == "interval" else np.cumsum(margins) - margins / 2
    return np.asarray((places[:, None] - places[None, :]) ** 2)


def compute_kappa(
    first: Sequence[float | None],
    second: Sequence[float | None],
    *,
    weights: Literal["linear", "quadratic"] | None = None,
) -> float | None:
    """Return Cohen's kappa of two raters on the items that both have rated (Cohen 1960, 1968).

    Args:
        first: Ratings of one, in the order of the items; None where there is none.
        second: Ratings of the other.
        weights: How disagreements count, by the distance of the scores; all the same by default.

    Returns:
        Kappa; None where there is no common item, or both always gave the same one rating.
    """
    pairs = np.asarray(_pair(first, second), dtype=np.float64).reshape(-1, 2)
    if len(np.unique(pairs)) < 2:
        return None
    left, right = pairs.T
    # By chance, each rating of the one meets each of the other.
    gaps = left - right, left[:, None] - right[None, :]
    observed, expected = (_weigh(gap, weights).mean() for gap in gaps)
    return float(1 - observed / expected)


def _weigh(gaps: Matrix, weights: Literal["linear", "quadratic"] | None) -> Matrix:
    if weights is None:
        return np.asarray(gaps != 0, dtype=np.float64)
    return np.asarray(np.abs(gaps) if weights == "linear" else gaps**2)


def compute_correlation(
    first: Sequence[float | None], second: Sequence[float | None], kind: Literal["spearman", "kendall"]
) -> float | None:
    """Return Spearman's rho or Kendall's tau-b of two raters on the items that both have rated.

    Args:
        first: Ratings of one, in the order of the items; None where there is none.
        second: Ratings of the other.
        kind: Which.

    Returns:
        The correlation; None with fewer than three common items, or where one of them always says the same.
    """
    pairs = _pair(first, second)
    if len(pairs) < 3 or any(len({pair[side] for pair in pairs}) < 2 for side in (0, 1)):
        return None
    from scipy import stats  # a second to import

    left, right = zip(*pairs, strict=True)
    value = float((stats.spearmanr if kind == "spearman" else stats.kendalltau)(left, right).statistic)
    return None if math.isnan(value) else value


def _pair(first: Sequence[float | None], second: Sequence[float | None]) -> list[tuple[float, float]]:
    return [(left, right) for left, right in zip(first, second, strict=True) if left is not None and right is not None]
