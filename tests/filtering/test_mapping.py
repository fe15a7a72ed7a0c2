from __future__ import annotations

from dataclasses import replace

import numpy as np

from streamdial.filtering import map_dialogues
from tests.filtering.helpers import make_vectors


def test_groups_lie_apart_and_the_order_of_dialogues_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    centres = np.repeat(np.eye(3), 20, axis=0) + 0.05 * rng.normal(size=(60, 3))
    vectors = make_vectors(centres, centres)
    share, points = map_dialogues(vectors)
    places = np.asarray([points[name] for name in vectors.ids]).reshape(3, 20, 2)
    middles = places.mean(axis=1)
    spread = np.linalg.norm(places - middles[:, None], axis=2).max()
    apart = min(np.linalg.norm(middles[one] - middles[other]) for one, other in ((0, 1), (0, 2), (1, 2)))
    assert apart > 3 * spread
    assert 0.9 < share <= 1 and np.abs(places).max() == 1
    turned = make_vectors(centres[::-1], centres[::-1], vectors.ids[::-1])
    assert map_dialogues(turned).points == points


def test_a_map_is_bounded_and_leaves_out_what_says_nothing() -> None:
    rows = np.random.default_rng(2).normal(size=(50, 4))
    vectors = make_vectors(rows, rows)
    assert list(map_dialogues(vectors, limit=5).points) == ["d0000", "d0010", "d0020", "d0030", "d0040"]
    placed = map_dialogues(vectors, fitted=20)
    assert list(placed.points) == list(vectors.ids), "axes from some of them, a place for each"
    assert 0 < placed.share <= map_dialogues(vectors).share
    assert "d0000" not in map_dialogues(replace(vectors, empty=("d0000",))).points
    assert map_dialogues(make_vectors(rows[:2], rows[:2])).points == {}
    assert map_dialogues(make_vectors(np.ones((5, 4)), np.ones((5, 4)))).points == {}
