"""The answer lag of a stream: how long it takes to answer, learnt from the answers that are clear."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

ASSUMED_LAG = 10.0
"""Seconds taken where fewer than three answers are clear."""

_FEWEST = 3
_MOST = 20_000
_NEARLY = 0.05
_SMOOTHING = 3
_ROUNDS = 4


class AnswerLag:
    """The stream's own answer lag, estimated again with every block of questions.

    The clear answers of a question are its candidates of (nearly) the highest score; where several are equal, each
    counts in part. The lag is the mode of their lags, smoothed over some seconds, and then the median around it: what
    is said by chance after a question lies evenly over the window and moves neither.

    Args:
        spread: Seconds on either side of the mode that the median is taken of.
    """

    def __init__(self, spread: float) -> None:
        self._spread = spread
        self._lags: Numbers = np.zeros(0)
        self._weights: Numbers = np.zeros(0)
        self.seconds = ASSUMED_LAG
        self.history: list[float] = []

    def learn(self, rows: Places, lags: Numbers, scores: Numbers) -> float:
        """Take in the candidates of a block and return the lag in seconds.

        Args:
            rows: The question of each candidate, ascending.
            lags: Seconds from question to candidate.
            scores: How clearly the candidate answers, the more the clearer.
        """
        if len(rows):
            firsts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
            sizes = np.diff(np.r_[firsts, len(rows)])
            best = np.repeat(np.maximum.reduceat(scores, firsts), sizes)
            clear = scores >= best - _NEARLY
            equals = np.repeat(np.add.reduceat(clear.astype(np.int64), firsts), sizes)
            self._lags = np.r_[self._lags, lags[clear]][-_MOST:]
            self._weights = np.r_[self._weights, 1.0 / equals[clear]][-_MOST:]
        if self._weights.sum() >= _FEWEST - 1e-9:
            self.seconds = self._estimate()
        self.history.append(self.seconds)
        return self.seconds

    def _estimate(self) -> float:
        first = float(np.floor(self._lags.min()))
        counts = np.bincount((self._lags - first).astype(np.int64), weights=self._weights)
        kernel = np.bartlett(2 * _SMOOTHING + 3)
        lag = first + float(np.argmax(np.convolve(counts, kernel, mode="same")[: len(counts)])) + 0.5
        for _ in range(_ROUNDS):
            near = np.abs(self._lags - lag) <= self._spread
            lag = _find_median(self._lags[near], self._weights[near])
        return float(lag)


def _find_median(values: Numbers, weights: Numbers) -> float:
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(passed, passed[-1] / 2)])
