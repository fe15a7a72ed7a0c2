from pathlib import Path

import pytest

from benchmarks.tracking import score_corpus

pytest.importorskip("sklearn", reason="the extra `evaluate` is not installed")

MARGIN = 0.4


@pytest.mark.parametrize("name", ["multiwoz21", "crosswoz"])
def test_the_tracker_beats_the_best_constant_state_by_a_margin(shared_data: Path, name: str) -> None:
    found = score_corpus(name, shared_data, part="dev")
    majority, linear = found["majority"][0], found["linear"][0]
    assert linear.turns > 100
    assert linear.f1 is not None
    assert majority.f1 is not None
    assert linear.f1 >= majority.f1 + MARGIN
    assert linear.jga is not None
    assert majority.jga is not None
    assert linear.jga >= majority.jga + 0.15
    lookup = found["lookup"][0].f1
    assert lookup is not None
    assert linear.f1 > lookup
