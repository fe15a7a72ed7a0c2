"""Pairs of rows whose product is high, found tile by tile on all cores."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from streamdial.errors import ConfigurationError
from streamdial.machine import count_cores

BLOCK = 1024
"""Columns of a tile, and twice its rows: 2 MiB of products, which stay in the cache until they are looked through."""

_CHUNK = 4096
"""Candidates checked at once."""


class Tile(NamedTuple):
    """A rectangle of the matrix of all products, as half-open ranges of nodes."""

    top: int
    bottom: int
    left: int
    right: int


class ScoredPairs(NamedTuple):
    """Pairs of nodes, lower one first, with both cosines."""

    pairs: NDArray[np.int32]
    user_scores: NDArray[np.float32]
    agent_scores: NDArray[np.float32]


def cut_tiles(rows: range, columns: range, block: int = BLOCK) -> list[Tile]:
    """Return tiles that hold every pair (row, column) with row < column once.

    Args:
        rows: Nodes of the rows, without steps.
        columns: Nodes of the columns, without steps.
        block: Maximum number of columns of a tile; it has half as many rows.
    """
    height = max(1, block // 2)
    return [
        Tile(top, min(top + height, rows.stop), left, min(left + block, columns.stop))
        for top in range(rows.start, rows.stop, height)
        for left in range(columns.start, columns.stop, block)
        if top < min(left + block, columns.stop) - 1
    ]


def find_pairs(
    matrix: NDArray[np.float32],
    tiles: Iterable[Tile],
    least: float,
    check: Callable[[NDArray[np.int32]], ScoredPairs],
    *,
    max_pairs: int,
    workers: int | None = None,
) -> ScoredPairs:
    """Return the pairs in the tiles whose product reaches a bound and that pass a check, in order.

    Each thread multiplies a tile on its own core and looks through it while it is in the cache; the others multiply
    meanwhile. Most rows of a tile hold no pair: their maximum says so at a fraction of a comparison's cost.

    Args:
        matrix: One row a node.
        tiles: Where to look; only pairs with row < column count.
        least: Product from which a pair is checked.
        check: Scores candidates and returns those that pass.
        max_pairs: Pairs at which to give up, before memory runs out.
        workers: Threads; None takes one per core this process may use.

    Raises:
        ConfigurationError: If more than `max_pairs` pairs pass.
    """
    search = _Search(matrix, tiles, least, check, max_pairs)
    threads = min(workers or count_cores(), len(search.waiting))
    if threads < 2:
        search.run()
    else:
        # BLAS on one thread each: its own threads would wait for each other, and for the look through the tile.
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
            for run in [pool.submit(search.run) for _ in range(threads)]:
                run.result()
    return join_pairs(search.found)


def join_pairs(parts: Iterable[ScoredPairs]) -> ScoredPairs:
    """Return the pairs of several parts, in order."""
    nothing = ScoredPairs(np.zeros((0, 2), np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))
    held = [nothing, *parts]
    pairs = np.concatenate([part.pairs for part in held])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return ScoredPairs(
        pairs[order],
        np.concatenate([part.user_scores for part in held])[order],
        np.concatenate([part.agent_scores for part in held])[order],
    )


class _Search:
    """Tiles that wait and pairs that were found, shared by the threads."""

    def __init__(
        self,
        matrix: NDArray[np.float32],
        tiles: Iterable[Tile],
        least: float,
        check: Callable[[NDArray[np.int32]], ScoredPairs],
        max_pairs: int,
    ) -> None:
        self.waiting = deque(tiles)
        self.found: list[ScoredPairs] = []
        self._matrix, self._least, self._check, self._max_pairs = matrix, least, check, max_pairs
        self._count = 0
        self._lock = threading.Lock()

    def run(self) -> None:
        """Take tiles until none is left."""
        room = np.empty(0, np.float32)
        while True:
            try:
                tile = self.waiting.popleft()
            except IndexError:
                return
            height, width = tile.bottom - tile.top, tile.right - tile.left
            if room.size < height * width:
                room = np.empty(height * width, np.float32)
            products = room[: height * width].reshape(height, width)
            np.matmul(self._matrix[tile.top : tile.bottom], self._matrix[tile.left : tile.right].T, out=products)
            for candidates in _read_tile(products, tile, self._least):
                self._add(self._check(candidates))

    def _add(self, passed: ScoredPairs) -> None:
        with self._lock:
            self.found.append(passed)
            self._count += len(passed.pairs)
            if self._count > self._max_pairs:
                self.waiting.clear()
                raise ConfigurationError(
                    f"more than {self._max_pairs} pairs of dialogues are alike at these thresholds",
                    fix="raise the thresholds",
                )


def _read_tile(products: NDArray[np.float32], tile: Tile, least: float) -> Iterator[NDArray[np.int32]]:
    """Yield the pairs of a tile from `least` on, some thousands at a time."""
    rows = np.flatnonzero(products.max(axis=1) >= least)
    for start in range(0, len(rows), 64):
        near = rows[start : start + 64]
        places, columns = np.nonzero(products[near] >= least)
        pairs = np.stack([near[places] + tile.top, columns + tile.left], axis=1).astype(np.int32)
        if tile.left < tile.bottom:
            pairs = pairs[pairs[:, 0] < pairs[:, 1]]
        for first in range(0, len(pairs), _CHUNK):
            yield pairs[first : first + _CHUNK]
