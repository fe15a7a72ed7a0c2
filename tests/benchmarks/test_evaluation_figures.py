"""The benchmark of evaluation measures what its names say."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import evaluation
from benchmarks.evaluation_measures import TURNS, make_set, measure_time


def test_the_set_has_the_shape_that_is_told_and_is_the_same_each_time() -> None:
    known = make_set(20)
    assert {len(talk.turns) for talk in known.talks} == {TURNS}
    assert len({turn.utterance for talk in known.talks for turn in talk.turns}) > 100
    assert [talk.turns for talk in make_set(20).talks] == [talk.turns for talk in known.talks]


def test_the_encoders_time_stands_apart() -> None:
    seconds, figures = measure_time(None, 20)
    assert [*seconds] == ["measures_s_10000_dialogues"] and seconds["measures_s_10000_dialogues"] > 0
    assert {figure.name: figure.reason for figure in figures}["vendi"] == "no embedder"


def test_what_cannot_be_measured_is_said_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(dialogues: int) -> dict[str, float]:
        raise OSError(f"no browser for {dialogues}")

    monkeypatch.setattr(evaluation, "measure_page", refuse)
    out = tmp_path / "out.json"
    monkeypatch.setattr(sys, "argv", ["x", "--data", "nowhere", "--dialogues", "20", "--json", str(out)])
    evaluation.main()
    told = capsys.readouterr().out
    assert "tracker: not measured, the real data is not at nowhere" in told
    assert "report page: not measured, no browser for 20" in told
    assert [*json.loads(out.read_text("utf-8"))] == ["measures_s_10000_dialogues"]
