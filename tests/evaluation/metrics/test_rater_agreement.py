from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.evaluation.metrics.agreement import Level, compute_alpha, compute_correlation, compute_kappa

N = None
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]
"""Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: four coders, twelve units."""


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_the_published_example(level: Level, alpha: float) -> None:
    assert compute_alpha(PUBLISHED, level) == pytest.approx(alpha, abs=0.0005)


def test_alpha_of_two_coders_is_by_hand() -> None:
    """Example A of the same paper: ten units, two coders, two values: 0.095."""
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert compute_alpha([first, second], "nominal") == pytest.approx(0.095, abs=0.0005)


def test_alpha_has_nothing_to_say_without_a_second_rating_or_a_second_value() -> None:
    assert compute_alpha([]) is None
    assert compute_alpha([[1, 2, 3]]) is None
    assert compute_alpha([[1, None], [None, 2]]) is None
    assert compute_alpha([[3, 3], [3, 3]]) is None


@pytest.mark.parametrize(
    ("units", "level", "alpha"),
    [
        # The values inspect_ai's own tests hold its metric to, one row a unit.
        ([[1, 1, 1], [0, 0, 0], [1, 1, 1]], "nominal", 1.0),
        ([[0, 1], [0, 1], [1, 0], [1, 0]], "nominal", -3 / 4),
        ([[1, 1, 1], [0, 0, 0], [1, 1, 1], [0, 0, 1]], "nominal", 1 - 132 / 420),
        ([[1, 1, 0], [0, 0, N]], "nominal", 1 / 3),
        ([[1, 2], [3, 4], [1, 1]], "interval", 19 / 24),
        ([[1, 1], [3, 4], [5, 5]], "ordinal", 94 / 99),
    ],
)
def test_alpha_is_that_of_inspect_ai(units: list[list[int | None]], level: Level, alpha: float) -> None:
    assert compute_alpha([list(row) for row in zip(*units, strict=True)], level) == pytest.approx(alpha, abs=1e-12)


@given(st.lists(st.lists(st.sampled_from([None, 1, 2, 3]), min_size=6, max_size=6), min_size=2, max_size=4))
def test_alpha_is_one_at_most_and_the_order_of_raters_says_nothing(rows: list[list[int | None]]) -> None:
    alpha = compute_alpha(rows)
    if alpha is not None:
        assert alpha <= 1 + 1e-12
        assert compute_alpha(rows[::-1]) == pytest.approx(alpha)


def test_alpha_counts_pairs_of_different_raters() -> None:
    """An independent reckoning from all pairs of ratings, for nominal data."""
    rng = np.random.default_rng(1)
    rows = [[None if rng.random() < 0.2 else int(rng.integers(3)) for _ in range(40)] for _ in range(3)]
    units = [[value for value in column if value is not None] for column in zip(*rows, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    observed = sum(
        sum(a != b for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j) / (len(unit) - 1)
        for unit in units
    ) / len(values)
    expected = sum(a != b for i, a in enumerate(values) for j, b in enumerate(values) if i != j)
    assert compute_alpha(rows, "nominal") == pytest.approx(
        1 - observed / (expected / (len(values) * (len(values) - 1)))
    )


def test_kappa_is_by_hand() -> None:
    """Cohen's textbook table: 20 yes-yes, 15 no-no, 5 and 10 apart of 50: 0.7 seen, 0.5 by chance."""
    first = [1] * 25 + [0] * 25
    second = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert compute_kappa(first, second) == pytest.approx(0.4)


def test_weighted_kappa_forgives_neighbours() -> None:
    """By hand over 1, 2, 3: one pair one apart of four; expected squares from the margins."""
    first, second = [1, 2, 3, 3], [1, 2, 3, 2]
    expected = np.mean([(a - b) ** 2 for a in first for b in second])
    assert compute_kappa(first, second, weights="quadratic") == pytest.approx(1 - (1 / 4) / expected)
    assert compute_kappa([1, None, 2], [1, 2, None]) is None
    assert compute_kappa([4, 4], [4, 4]) is None


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_is_that_of_scikit_learn(weights: Literal["linear", "quadratic"] | None) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(9)
    first = rng.integers(1, 6, 200)
    second = np.clip(first + rng.integers(-1, 2, 200), 1, 5)
    expected = metrics.cohen_kappa_score(first, second, weights=weights)
    assert compute_kappa(first.tolist(), second.tolist(), weights=weights) == pytest.approx(expected)


def test_weights_are_of_scores_and_not_of_their_ranks() -> None:
    """Nobody gave a 3: from 2 to 4 it is two points all the same."""
    first, second = [2, 4, 5, 2], [2, 4, 4, 4]
    expected = np.mean([(a - b) ** 2 for a in first for b in second])
    assert compute_kappa(first, second, weights="quadratic") == pytest.approx(1 - (1 + 4) / 4 / expected)


def test_correlations_are_by_hand() -> None:
    """Ranks 1 2 3 4 against 1 3 2 4: rho = 1 - 6*2/(4*15); five pairs in order and one not."""
    first, second = [10, 20, 30, 40, 5], [1, 3, 2, 4, None]
    assert compute_correlation(first, second, "spearman") == pytest.approx(1 - 12 / 60)
    assert compute_correlation(first, second, "kendall") == pytest.approx((5 - 1) / 6)


def test_a_rater_who_always_says_the_same_correlates_with_nothing() -> None:
    for kind in ("spearman", "kendall"):
        assert compute_correlation([1, 2, 3], [4, 4, 4], kind) is None  # type: ignore[arg-type]
        assert compute_correlation([1, 2], [1, 2], kind) is None  # type: ignore[arg-type]
