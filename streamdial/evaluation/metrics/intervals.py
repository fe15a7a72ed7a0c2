"""Figures with their intervals: the bootstrap, resampled by dialogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
ROUNDS = 1000
"""Resamples of figures that are sums over dialogues."""
FEW_ROUNDS = 200
"""Resamples of figures that have to be computed anew for each."""
LEVEL = 0.95
_BATCH = 50


@dataclass(frozen=True)
class Statistic:
    """One measured figure.

    Attributes:
        name: Key of the figure, `distinct_2`.
        value: The figure; None where there is nothing to measure.
        low: Lower end of the 95% interval; None where there is none.
        high: Upper end of it.
        unit: What it counts in: `share`, `words`, `bits`, `score 1-5`.
        basis: What was looked at: `16 dialogues`.
        reason: Why there is no value or no interval; else empty.
        language: Language it is about; empty for all.
        section: Heading it stands under.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = "share"
    basis: str = ""
    reason: str = ""
    language: str = ""
    section: str = ""

    @property
    def key(self) -> str:
        """Name with the language, unlike that of any other figure of an evaluation."""
        return f"{self.name}_{self.language}" if self.language else self.name

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as JSON values."""
        return {name: value for name, value in vars(self).items() if value != ""}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Statistic:
        """Read a figure written by `to_dict`."""
        return cls(**value)


@dataclass(frozen=True)
class Ratio:
    """A figure that is one sum over dialogues divided by another: a mean, a share, a rate.

    Attributes:
        figure: Name, unit and the like; its value is filled in.
        above: What each dialogue adds to the numerator.
        below: What each dialogue adds to the denominator.
        missing: What to say where the denominator is zero.
    """

    figure: Statistic
    above: Sequence[float] | NDArray[Any]
    below: Sequence[float] | NDArray[Any]
    missing: str = "nothing of the kind in the set"


def draw_weights(count: int, rounds: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield how often each of `count` dialogues is drawn, shape (resamples, count), some resamples at a time."""
    rng = np.random.default_rng(seed)
    for start in range(0, rounds, _BATCH):
        size = min(_BATCH, rounds - start)
        # Counting drawn numbers is five times as fast as a draw from the multinomial distribution, and the same.
        drawn = rng.integers(count, size=(size, count)) + np.arange(size)[:, None] * count
        yield np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)


def measure_ratios(ratios: Sequence[Ratio], *, rounds: int = ROUNDS, seed: int = 7) -> list[Statistic]:
    """Return the figures with percentile intervals, all from the same resamples of dialogues.

    Efron and Tibshirani 1993, chapter 13; dialogues are the unit, for the turns of one are not independent. All ratios
    must be over the same dialogues; those with nothing to measure (a denominator of zero) are not counted. One dialogue
    gives a value and no interval. The interval of a share that no dialogue shows, or all do, is that of the rule of
    three.
    """
    if not ratios:
        return []
    above = np.asarray([ratio.above for ratio in ratios], dtype=np.float64).T
    below = np.asarray([ratio.below for ratio in ratios], dtype=np.float64).T
    if not len(above):
        return [replace(ratio.figure, value=None, reason="no dialogues") for ratio in ratios]
    drawn = [_divide(weights @ above, weights @ below) for weights in draw_weights(len(above), rounds, seed)]
    resampled = np.concatenate(drawn)
    values = _divide(above.sum(axis=0), below.sum(axis=0))
    figures = []
    for column, ratio in enumerate(ratios):
        if np.isnan(values[column]):
            figures.append(replace(ratio.figure, value=None, reason=ratio.missing))
            continue
        known = resampled[~np.isnan(resampled[:, column]), column]
        low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        held = int(np.count_nonzero(below[:, column]))
        if ratio.figure.unit.startswith("share"):
            low, high = _widen(float(values[column]), low, high, held)
        figures.append(add_interval(ratio.figure, float(values[column]), float(low), float(high), held))
    return figures


def _widen(value: float, low: float, high: float, dialogues: int) -> tuple[float, float]:
    """Return the interval of a share that is 0 or 1 in every dialogue, where resamples show no spread.

    What none of n dialogues shows is in fewer than 1 - 0.05^(1/n) of them, at 95% (the rule of three).
    """
    unseen = 1 - (1 - LEVEL) ** (1 / dialogues)
    if value == 0:
        return 0.0, unseen
    return (1 - unseen, 1.0) if value == 1 else (low, high)


def add_interval(figure: Statistic, value: float, low: float, high: float, dialogues: int) -> Statistic:
    """Return a figure with its value, and with the interval where there are at least two dialogues."""
    basis = figure.basis or f"{dialogues:,} dialogue{'s' * (dialogues != 1)}"
    if dialogues < 2:
        return replace(figure, value=value, basis=basis, reason="one dialogue has no spread")
    return replace(figure, value=value, low=low, high=high, basis=basis)


def measure_spread(
    figure: Statistic,
    value: float,
    resample: Callable[[NDArray[np.int64]], float],
    dialogues: int,
    *,
    bounds: tuple[float, float] = (0.0, np.inf),
    rounds: int = FEW_ROUNDS,
    seed: int = 7,
) -> Statistic:
    """Return a figure that is no sum over dialogues with the spread of its resamples around its value.

    A resample holds some dialogues twice and a third of them not at all; what counts what is different is smaller in
    all of them, so their own quantiles would lie below the value. Their spread is right and is put around it, as is
    done for numbers of species (Chao et al. 2014, iNEXT).

    Args:
        figure: Name, unit and the like.
        value: The figure of the whole.
        resample: The figure under weights of the dialogues, shape (dialogues).
        dialogues: How many there are.
        bounds: The interval is cut to what the figure can be.
        rounds: Resamples.
        seed: Their seed.
    """
    if dialogues < 2:
        return add_interval(figure, value, value, value, dialogues)
    drawn = [resample(weights) for batch in draw_weights(dialogues, rounds, seed) for weights in batch]
    return place_spread(figure, value, np.asarray(drawn), dialogues, bounds=bounds)


def place_spread(
    figure: Statistic, value: float, drawn: Numbers, dialogues: int, *, bounds: tuple[float, float] = (0.0, np.inf)
) -> Statistic:
    """Return a figure with the quantiles of resampled values, moved so that their mean is its value.

    Where few resamples lie far off, both quantiles may lie on one side of the mean; the interval still holds the value,
    and never leaves the bounds: a set that goes through all paths there are is 1.000 [1.000, 1.000].
    """
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return replace(figure, value=value, reason="no resample could be measured")
    moved = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) - known.mean() + value
    low, high = np.clip([min(moved[0], value), max(moved[1], value)], *bounds)
    return add_interval(figure, value, float(low), float(high), dialogues)


def _divide(above: Numbers, below: Numbers) -> Numbers:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below != 0))
