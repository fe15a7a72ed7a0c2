from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.evaluation.metrics.intervals import (
    Ratio,
    Statistic,
    draw_weights,
    measure_ratios,
    measure_spread,
    place_spread,
)
from streamdial.evaluation.metrics.ngrams import measure_ngrams
from tests.evaluation.evaluation_material import make_talk

MEAN = Statistic("mean", None, unit="turns")
SHARE = Statistic("share", None, unit="share of turns")


def test_a_ratio_is_of_sums_and_not_a_mean_of_ratios() -> None:
    (found,) = measure_ratios([Ratio(MEAN, [1, 9], [1, 3])])
    assert found.value == 10 / 4
    assert found.basis == "2 dialogues"


def test_a_bootstrap_interval_is_that_of_the_normal_theory_where_it_holds() -> None:
    """Mean of 400 values with deviation 1: 1.96 / 20 to each side."""
    values = np.random.default_rng(1).normal(5.0, 1.0, 400)
    values = (values - values.mean()) / values.std() + 5.0
    (found,) = measure_ratios([Ratio(MEAN, values, np.ones(400))], rounds=4000)
    assert found.low == pytest.approx(5 - 1.96 / 20, abs=0.005)
    assert found.high == pytest.approx(5 + 1.96 / 20, abs=0.005)


def test_resamples_are_by_dialogue_so_turns_of_one_do_not_count_as_many() -> None:
    """Two dialogues of a hundred turns each, all or none a hit: nothing is known but that."""
    (found,) = measure_ratios([Ratio(SHARE, [100, 0], [100, 100])])
    assert (found.value, found.low, found.high) == (0.5, 0.0, 1.0)


def test_what_nothing_shows_has_the_interval_of_the_rule_of_three() -> None:
    never, always = measure_ratios([Ratio(SHARE, [0] * 16, [5] * 16), Ratio(SHARE, [5] * 16, [5] * 16)])
    bound = 1 - 0.05 ** (1 / 16)  # 0.171
    assert (never.low, never.high) == (0.0, pytest.approx(bound))
    assert (always.low, always.high) == (pytest.approx(1 - bound), 1.0)


def test_one_dialogue_has_a_value_and_no_interval_and_none_has_a_reason() -> None:
    (one,) = measure_ratios([Ratio(MEAN, [3], [1])])
    assert (one.value, one.low, one.high, one.reason) == (3.0, None, None, "one dialogue has no spread")
    (none,) = measure_ratios([Ratio(MEAN, [], [])])
    assert (none.value, none.reason) == (None, "no dialogues")
    (zero,) = measure_ratios([Ratio(MEAN, [0, 0], [0, 0], "nobody says a thing")])
    assert (zero.value, zero.reason) == (None, "nobody says a thing")


def test_dialogues_with_nothing_to_measure_are_not_counted() -> None:
    """One Chinese dialogue among ten has a length and no interval, whatever the other nine say."""
    lone, pair = measure_ratios(
        [Ratio(MEAN, [7, *[0] * 9], [2, *[0] * 9]), Ratio(MEAN, [7, 5, *[0] * 8], [2, 1, *[0] * 8])]
    )
    assert (lone.value, lone.low, lone.basis, lone.reason) == (3.5, None, "1 dialogue", "one dialogue has no spread")
    assert (pair.value, pair.low, pair.high, pair.basis) == (4.0, 3.5, 5.0, "2 dialogues")


def test_the_spread_of_what_counts_different_things_lies_around_its_value() -> None:
    """Each of 40 dialogues has one thing of its own: every resample sees fewer, and yet none lies above the 40."""
    found = measure_spread(MEAN, 40.0, lambda weights: float(np.count_nonzero(weights)), 40, bounds=(0.0, 40.0))
    assert found.low is not None and found.low < 40.0 == found.high
    plain = [np.count_nonzero(weights) for batch in draw_weights(40, 200, 7) for weights in batch]
    assert max(plain) < 34, "quantiles of the resamples themselves would not hold the value"


def test_an_interval_holds_its_value_and_keeps_within_its_bounds() -> None:
    """Nearly every resample goes through all paths: both quantiles lie above their mean, which is moved to 1."""
    drawn = np.asarray([1.0] * 99 + [0.8])
    found = place_spread(MEAN, 1.0, drawn, 60, bounds=(0.0, 1.0))
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    none = place_spread(MEAN, 0.0, 1 - drawn, 60, bounds=(0.0, 1.0))
    assert (none.low, none.high) == (0.0, 0.0)
    below = place_spread(MEAN, 0.9, drawn - 0.1, 60, bounds=(0.0, 1.0))
    assert below.low == 0.9 and below.high == pytest.approx(0.902)


@pytest.mark.parametrize("size", [None, 150])
def test_intervals_of_distinct_words_hold_what_another_draw_would_show(size: int | None) -> None:
    """Of 60 sets drawn from one source, the interval of each should hold the mean of all in about 95 of 100 cases."""
    rng = np.random.default_rng(3)
    words = [f"w{number}" for number in range(400)]
    shares = 1 / np.arange(1, 401)
    sets = []
    for _ in range(60):
        lines = [" ".join(rng.choice(words, 12, p=shares / shares.sum())) for _ in range(60)]
        sets.append([make_talk(line, key=str(number)) for number, line in enumerate(lines)])
    figures = [measure_ngrams(talks, "en", size=size, rounds=100)[0] for talks in sets]
    truth = np.mean([figure.value for figure in figures if figure.value is not None])
    held = sum(f.low <= truth <= f.high for f in figures if f.low is not None and f.high is not None)
    assert held >= 51, f"{held} of 60"  # fewer by chance in one of 100 tries at 95%


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=2, max_size=12), st.integers(0, 99))
def test_intervals_hold_their_value_and_depend_on_the_seed_alone(sums: list[tuple[int, int]], seed: int) -> None:
    ratio = Ratio(SHARE, [min(pair) for pair in sums], [pair[1] for pair in sums])
    (found,) = measure_ratios([ratio], rounds=50, seed=seed)
    if sum(pair[1] > 0 for pair in sums) > 1:
        assert found.low is not None and found.high is not None
        assert 0 <= found.low <= found.high <= 1
    assert measure_ratios([ratio], rounds=50, seed=seed) == [found]


def test_a_figure_reads_back_what_it_wrote() -> None:
    figure = Statistic("distinct_2", 0.5, 0.4, 0.6, "share", "3 dialogues", language="zh", section="Diversity")
    assert Statistic.from_dict(figure.to_dict()) == figure
    assert figure.key == "distinct_2_zh"
