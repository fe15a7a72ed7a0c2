"""The tracker on real dialogues it has not seen, in both languages."""

from pathlib import Path

import pytest

from benchmarks.tracking import score_corpus

pytest.importorskip("sklearn", reason="the extra `evaluate` is not installed")

F1_MARGIN = 0.4
JGA_MARGIN = 0.15
"""By how much the tracker has to beat the best constant state; options were chosen on other dialogues."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["multiwoz21", "crosswoz"])
def test_the_tracker_beats_the_best_constant_state_by_a_margin(shared_data: Path, name: str) -> None:
    found = {label: scores for label, (scores, _) in score_corpus(name, shared_data, part="test").items()}
    majority, lookup, linear = found["majority"], found["lookup"], found["linear"]
    assert linear.turns > 100
    assert linear.f1 is not None and majority.f1 is not None and lookup.f1 is not None
    assert linear.jga is not None and majority.jga is not None
    assert linear.f1 >= majority.f1 + F1_MARGIN
    assert linear.jga >= majority.jga + JGA_MARGIN
    assert linear.f1 > lookup.f1
