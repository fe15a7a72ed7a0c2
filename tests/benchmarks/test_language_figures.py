"""Floors under what is told of other languages; lines are our own, half of them unseen while the words were widened."""

from __future__ import annotations

import pytest

from benchmarks.languages import is_foreign_here, read_lines, score_lines

LINES = read_lines()


@pytest.mark.parametrize("half", ["dev", "test"])
def test_half_of_short_foreign_lines_are_told_and_no_english_one_is_lost(half: str) -> None:
    score = score_lines([line for line in LINES if line.half == half], is_foreign_here)
    assert score.foreign >= 100 and score.english >= 45
    assert score.told >= 0.5 * score.foreign
    assert score.lost == 0


def test_hindi_in_latin_letters_is_told() -> None:
    hindi = [line for line in LINES if line.language == "hi"]
    score = score_lines(hindi, is_foreign_here)
    assert score.told >= 0.75 * score.foreign
