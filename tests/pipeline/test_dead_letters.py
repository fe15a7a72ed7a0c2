from __future__ import annotations

from pathlib import Path

from streamdial.pipeline import DeadLetters


def lose(ledger: DeadLetters, number: int, attempt: str = "") -> None:
    ledger.append("lost", number, attempt, id=f"d{number}", reason="server", message="away", attempts=1)


def test_a_shard_nothing_happened_to_has_no_attempt(tmp_path: Path) -> None:
    ledger = DeadLetters(tmp_path / "letters")
    lose(ledger, 70)
    assert ledger.name_attempt(0, 64, retry=True) == ""


def test_what_was_lost_is_tried_again_where_that_is_asked_for(tmp_path: Path) -> None:
    ledger = DeadLetters(tmp_path / "letters")
    lose(ledger, 3)
    assert ledger.name_attempt(0, 64, retry=False) == ""
    again = ledger.name_attempt(0, 64, retry=True)
    assert again
    ledger.append("back", 3, again, id="d3")
    # From now on the answer of the second try holds, whether or not it is asked for again.
    reopened = DeadLetters(tmp_path / "letters")
    assert reopened.lost == {}
    assert {reopened.name_attempt(0, 64, retry=retry) for retry in (False, True)} == {again}


def test_what_a_budget_left_is_always_tried_again_until_nothing_is_left(tmp_path: Path) -> None:
    ledger = DeadLetters(tmp_path / "letters")
    ledger.append("left", 0, "", count=5)
    first = ledger.name_attempt(0, 64, retry=False)
    assert first
    ledger.append("left", 0, first, count=2)
    second = ledger.name_attempt(0, 64, retry=False)
    assert second not in ("", first)
    ledger.append("left", 0, second, count=0)
    assert ledger.name_attempt(0, 64, retry=True) == second


def test_attempts_are_counted_over_all_runs(tmp_path: Path) -> None:
    ledger = DeadLetters(tmp_path / "letters")
    lose(ledger, 3)
    lose(ledger, 3, "x")
    lose(ledger, 4)
    assert DeadLetters(tmp_path / "letters").count_attempts() == {"d3": 2, "d4": 1}
    assert set(ledger.lost) == {"d3", "d4"}
