from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamdial.errors import StreamDialError
from streamdial.filtering import SideVectors, build_similarity_graph, embed_sides, load_vectors, save_vectors
from tests.filtering.helpers import TableEmbedder, make_dialogue
from tests.filtering.test_graph import make_near_duplicates

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


def test_rows_are_taken_and_joined() -> None:
    vectors = make_near_duplicates(6)
    both = vectors.take(0, 2).join(vectors.take(2, 6))
    assert both.ids == vectors.ids
    assert np.array_equal(both.user, vectors.user)
    assert np.array_equal(both.agent, vectors.agent)


def test_vectors_written_are_vectors_read(tmp_path: Path) -> None:
    made = make_near_duplicates(6)
    vectors = SideVectors(made.ids, made.user, made.agent, ("d0003",))
    save_vectors(vectors, tmp_path / "sides")
    read = load_vectors(tmp_path / "sides")
    assert (read.ids, read.empty) == (vectors.ids, vectors.empty)
    assert np.array_equal(read.user, vectors.user)
    assert np.array_equal(read.agent, vectors.agent)


def test_half_precision_moves_a_cosine_by_less_than_a_thousandth(tmp_path: Path) -> None:
    vectors = make_near_duplicates(60)
    save_vectors(vectors, tmp_path, dtype="float16")
    read = load_vectors(tmp_path)
    assert read.user.dtype == np.float16
    one, two = (build_similarity_graph(each, user_threshold=0.5, agent_threshold=0.5) for each in (vectors, read))
    assert one.edges.tolist() == two.edges.tolist()
    assert np.abs(one.user_scores - two.user_scores).max() < 1e-3


def test_a_folder_without_vectors_is_named(tmp_path: Path) -> None:
    with pytest.raises(StreamDialError, match="no side vectors can be read"):
        load_vectors(tmp_path)
