"""Floors under the published figures of SSI, with the real offline encoder."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from streamdial.models import CachedEmbedder, build_embedder
from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import signals as benchmark
from recognition import score_correction
from scoring import score_classes, score_personal
from timelines import score_pairing

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CachedEmbedder]:
    made = build_embedder("use-multilingual", tmp_path_factory.mktemp("vectors") / "vectors.sqlite")
    yield made
    made.close()


def test_a_clear_and_authentic_intent_is_told_from_noise(embedder: CachedEmbedder) -> None:
    scores = benchmark.score_intents("test", embedder)
    assert scores["lines"] >= 200
    assert scores["f1"] >= 0.9


def test_strategies_are_told_apart_by_prototypes_alone(embedder: CachedEmbedder) -> None:
    assert benchmark.score_strategies("test", embedder)["macro_f1"] >= 0.75


def test_personal_data_is_found_without_false_alarms() -> None:
    scores = score_personal(benchmark.read_lines("personal", "test"))
    assert scores["recall"] >= 0.88
    assert scores["precision"] >= 0.95


def test_damaged_entities_are_recovered_and_sound_ones_left_alone() -> None:
    scores = score_correction(benchmark.read_lines("damaged", "test"), benchmark.read_contexts("test"))
    assert scores["recovered"] >= 0.8
    assert scores["damaged"] <= 0.005


def test_three_tests_pair_better_than_time_or_meaning_alone(embedder: CachedEmbedder) -> None:
    scores = score_pairing("middle", embedder, split="test", streams=2, first_seed=1000)
    assert scores["f1"] > scores["f1_time_only"] + 0.2
    assert scores["f1"] > scores["f1_meaning_only"] + 0.2


def test_the_sets_hold_what_they_are_said_to_hold_and_share_no_line() -> None:
    least = {"intents": 400, "strategies": 200, "personal": 100, "damaged": 150}
    for name, count in least.items():
        lines = {split: [line["text"] for line in benchmark.read_lines(name, split)] for split in ("dev", "test")}
        assert len(lines["dev"]) + len(lines["test"]) >= count, name
        assert not set(lines["dev"]) & set(lines["test"]), name


def test_classes_are_scored_by_their_mean_f1() -> None:
    scores = score_classes([("a", "a"), ("a", "b"), ("b", "b"), ("c", "b")])
    assert scores["classes"] == {"a": pytest.approx(2 / 3), "b": 0.5, "c": 0.0}
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 0.5) / 3)
    assert scores["accuracy"] == 0.5


def test_an_entity_counts_by_its_form_in_the_corrected_text() -> None:
    contexts = {
        "automotive.en": {
            "names": ["Meridian"],
            "locations": [],
            "terms": [],
            "facts": [{"entity": "Meridian", "slot": "price", "value": "$46,900"}],
        }
    }
    line = {
        "domain": "automotive",
        "language": "en",
        "text": "the Meridien beats the Falcon",
        "entities": [
            {"kind": "name", "right": "Meridian", "heard": "Meridien", "damaged": True},
            {"kind": "name", "right": "Cascade", "heard": "cask", "damaged": True},
            {"kind": "name", "right": "Falcon", "heard": "Falcon", "damaged": False},
        ],
    }
    scores = score_correction([line], contexts)
    assert (scores["recovered"], scores["damaged"]) == (0.5, 0.0)
    assert scores["kinds"] == {"name en": (1, 2)}
