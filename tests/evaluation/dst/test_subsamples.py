from __future__ import annotations

import random

import numpy as np
import pytest

from streamdial.evaluation.dst.subsamples import draw_subsamples, embed_whole, keep_first
from streamdial.testing import HashingEmbedder
from tests.exports.conftest import make_dialogue, make_turns

EMBEDDER = HashingEmbedder()


def test_subsamples_have_the_size_asked_for_and_one_of_them_drops_near_duplicates() -> None:
    first, *rest = make_turns()
    other = first.model_copy(update={"utterance": "Something else altogether, about boats and harbours."})
    dialogues = [make_dialogue(f"d{number}", first, *rest) for number in range(4)] + [make_dialogue("d9", other)]
    ids, vectors = [dialogue.id for dialogue in dialogues], embed_whole(dialogues, EMBEDDER)
    drawn = draw_subsamples(ids, vectors, 2, seed=3)
    assert len(drawn["random"]) == len(drawn["semhash"]) == 2
    assert "d9" in drawn["semhash"]
    assert draw_subsamples(ids, vectors, 2, seed=3) == drawn
    assert len({tuple(draw_subsamples(ids, vectors, 2, seed=seed)["random"]) for seed in range(9)}) > 1
    assert len(draw_subsamples(ids, vectors, 99)["semhash"]) == 5


def test_of_nothing_nothing_is_drawn() -> None:
    assert draw_subsamples([], EMBEDDER.embed([]), 2) == {"random": [], "semhash": []}


def test_the_first_is_kept_and_what_is_near_it_dropped() -> None:
    cosines = np.asarray([[1.0, 0.9, 0.2], [0.9, 1.0, 0.8], [0.2, 0.8, 1.0]])
    assert keep_first(cosines, [0, 1, 2], 0.8) == [0, 2]
    assert keep_first(cosines, [1, 0, 2], 0.8) == [1]
    assert keep_first(cosines, [0, 1, 2], 0.95) == [0, 1, 2]


def test_what_is_kept_is_what_semhash_keeps() -> None:
    """The package itself, on the same vectors in the same order."""
    semhash = pytest.importorskip("semhash", reason="semhash is not installed")
    rng = np.random.default_rng(5)
    vectors = np.repeat(rng.normal(size=(20, 16)), 3, axis=0) + rng.normal(scale=0.25, size=(60, 16))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    order = random.Random(1).sample(range(60), 60)
    names = [f"d{place}" for place in order]
    index = semhash.SemHash.from_embeddings(vectors[order], names, model=None, ann_backend="basic")
    for threshold in (0.5, 0.7, 0.9):
        expected = index.self_deduplicate(threshold).selected
        assert [f"d{place}" for place in keep_first(vectors @ vectors.T, order, threshold)] == expected
