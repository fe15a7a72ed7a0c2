from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streamdial.errors import ConfigurationError
from streamdial.filtering.pairs import ScoredPairs, Tile, cut_tiles, find_pairs, join_pairs


def pass_all(pairs: NDArray[np.int32]) -> ScoredPairs:
    scores = np.arange(len(pairs), dtype=np.float32)
    return ScoredPairs(pairs, scores, scores)


def pass_even_rows(pairs: NDArray[np.int32]) -> ScoredPairs:
    return pass_all(pairs[pairs[:, 0] % 2 == 0])


def test_tiles_are_twice_as_wide_as_high_and_leave_out_what_lies_below_the_diagonal() -> None:
    assert cut_tiles(range(5), range(5), 4) == [Tile(0, 2, 0, 4), Tile(0, 2, 4, 5), Tile(2, 4, 0, 4), Tile(2, 4, 4, 5)]


@given(count=st.integers(0, 40), start=st.integers(0, 40), block=st.integers(1, 50))
def test_tiles_hold_every_pair_once(count: int, start: int, block: int) -> None:
    tiles = cut_tiles(range(count), range(min(start, count), count), block)
    pairs = [
        (row, column)
        for tile in tiles
        for row in range(tile.top, tile.bottom)
        for column in range(tile.left, tile.right)
        if row < column
    ]
    assert sorted(pairs) == [(row, column) for row in range(count) for column in range(start, count) if row < column]


@given(seed=st.integers(0, 99), block=st.integers(1, 40), workers=st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_pairs_are_those_of_the_whole_product_however_it_is_cut(seed: int, block: int, workers: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(30, 4)).astype(np.float32)
    found = find_pairs(
        matrix, cut_tiles(range(30), range(30), block), 1.5, pass_even_rows, max_pairs=999, workers=workers
    )
    whole = np.triu(matrix.astype(float) @ matrix.T.astype(float) >= 1.5, 1)
    whole[1::2] = False
    assert found.pairs.tolist() == np.argwhere(whole).tolist()


@pytest.mark.parametrize("workers", [1, 3])
def test_too_many_pairs_end_the_search(workers: int) -> None:
    with pytest.raises(ConfigurationError, match=r"more than 10 pairs.*raise the thresholds"):
        find_pairs(
            np.ones((50, 2), np.float32), cut_tiles(range(50), range(50), 8), 1, pass_all, max_pairs=10, workers=workers
        )


def test_parts_are_joined_in_order_with_their_scores() -> None:
    one = ScoredPairs(np.asarray([[1, 2]], np.int32), np.asarray([0.5], np.float32), np.asarray([0.6], np.float32))
    two = ScoredPairs(np.asarray([[0, 9]], np.int32), np.asarray([0.7], np.float32), np.asarray([0.8], np.float32))
    joined = join_pairs([one, two])
    assert joined.pairs.tolist() == [[0, 9], [1, 2]]
    assert joined.user_scores.tolist() == pytest.approx([0.7, 0.5])
    assert joined.agent_scores.tolist() == pytest.approx([0.8, 0.6])
    assert join_pairs([]).pairs.shape == (0, 2)
