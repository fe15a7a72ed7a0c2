"""Floors under the figures of message kinds, with the real offline encoder; invented lines alone are at hand in CI."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.message_lines import read_own_lines, read_real_lines
from benchmarks.real_messages import score_constraints, score_kinds, score_noise
from streamdial.models import build_embedder
from streamdial.signals.message_kinds import MessageKindClassifier


@pytest.mark.models
def test_questions_and_needs_are_told_from_what_else_viewers_write(tmp_path: Path) -> None:
    embedder = build_embedder("use-multilingual", tmp_path / "vectors.sqlite")
    scores, pairs = score_kinds(read_own_lines("test"), MessageKindClassifier(embedder))
    constraints = score_constraints("test", embedder)
    embedder.close()
    assert pairs.total() >= 450
    assert scores["precision"] >= 0.8
    assert scores["recall"] >= 0.65
    assert constraints["precision"] >= 0.9


def test_reviews_are_no_noise() -> None:
    reviews = [line.text for line in read_own_lines("test") if len(line.text) > 60 and line.kind != "other"]
    assert len(reviews) >= 100
    assert score_noise(reviews)[0] <= 0.01


def test_parts_share_no_line_and_real_lines_ship_no_text(tmp_path: Path) -> None:
    texts = {part: {line.text for line in read_own_lines(part)} for part in ("dev", "test")}
    assert not texts["dev"] & texts["test"]
    assert read_real_lines("test", tmp_path) == []
