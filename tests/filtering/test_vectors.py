from __future__ import annotations

import numpy as np
import pytest

from streamdial.filtering import embed_sides
from tests.filtering.helpers import TableEmbedder, make_dialogue

TABLE = {
    "yes": [1.0, 0.0],
    "a quiet room": [0.0, 1.0],
    "of course": [1.0, 0.0],
    "good day": [0.0, 1.0],
    "？？！": [1.0, 0.0],
    "no": [-1.0, 0.0],
}


def test_a_side_is_the_mean_of_its_utterances_weighted_by_tokens() -> None:
    dialogue = make_dialogue(
        "d", ("user", "yes"), ("agent", "of course"), ("user", "a quiet room"), ("agent", "good day")
    )
    sides = embed_sides([dialogue], TableEmbedder(TABLE))
    # User: 1·(1, 0) + 3·(0, 1) = (1, 3), length √10. Agent: 2·(1, 0) + 2·(0, 1), length √8.
    assert sides.user[0] == pytest.approx(np.asarray([1, 3]) / np.sqrt(10))
    assert sides.agent[0] == pytest.approx(np.asarray([2, 2]) / np.sqrt(8))
    assert sides.user.dtype == sides.agent.dtype == np.float32
    assert sides.ids == ("d",)
    assert sides.empty == ()


def test_a_side_that_says_nothing_is_zero_and_reported() -> None:
    dialogues = [
        make_dialogue("silent", ("user", "yes")),
        make_dialogue("marks", ("user", "？？！"), ("agent", "good day")),
        make_dialogue("cancels", ("user", "yes"), ("user", "no"), ("agent", "good day")),
        make_dialogue("full", ("user", "yes"), ("agent", "good day")),
    ]
    sides = embed_sides(dialogues, TableEmbedder(TABLE))
    assert sides.empty == ("silent", "marks", "cancels")
    assert sides.agent[0].tolist() == [0, 0]
    assert sides.user[1].tolist() == [0, 0]
    assert sides.user[2].tolist() == [0, 0]


def test_no_dialogue_gives_no_rows() -> None:
    sides = embed_sides([], TableEmbedder(TABLE))
    assert sides.user.shape == sides.agent.shape == (0, 2)
    assert sides.ids == ()


def test_dialogues_are_read_once_and_equal_utterances_are_embedded_once() -> None:
    embedder = TableEmbedder(TABLE)
    lines = (("user", "yes"), ("agent", "good day"))
    sides = embed_sides((make_dialogue(f"d{number}", *lines) for number in range(600)), embedder)
    assert sides.user.shape == (600, 2)
    assert sides.ids[-1] == "d599"
    assert len(embedder.asked) == 2 * 3
