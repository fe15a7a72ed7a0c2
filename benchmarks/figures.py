"""How figures are printed, and the intervals they get."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 2000
"""Resamples of an interval."""


def find_interval(count: int, measure: Callable[[NDArray[np.int64]], Any]) -> tuple[float, float]:
    """Return the 95% interval of a figure, resampled with replacement.

    Args:
        count: Things that are drawn from.
        measure: Returns the figure of those drawn, given by their places.
    """
    draws = np.random.default_rng(7).integers(count, size=(ROUNDS, count))
    low, high = np.quantile([measure(draw) for draw in draws], (0.025, 0.975))
    return float(low), float(high)


def print_figures(figures: Mapping[str, float], *, as_json: bool) -> None:
    """Print figures by name, as one line of JSON or as a table."""
    if as_json:
        print(json.dumps(figures))
        return
    print("| figure | value |\n| --- | ---: |")
    for name, value in figures.items():
        print(f"| {name} | {value:g} |")
