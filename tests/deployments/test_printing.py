from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.deployments._printing import print_summary
from streamdial.domains import load_pack
from streamdial.exports import DataSet, write_all
from streamdial.files import write_atomically
from streamdial.pipeline import RunSettings
from tests.exports.conftest import make_agent, make_blueprint, make_dialogue, make_turns, make_user


def test_a_run_that_kept_nothing_is_told_without_an_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = RunSettings(domain="hotel", sources=("a",), out=str(tmp_path))
    summary = {"counts": [], "dialogues_kept": 0, "dialogues_asked": 4, "failed": [], "left": 0, "files": []}
    for name in ("tools/dialogues.jsonl", "sessions/train.jsonl"):
        write_atomically(tmp_path / "dataset" / name, "")
    for more in ({"pass_hat": {"1": 0.0}}, {}):
        print_summary(settings, {**summary, **more})
        assert "0 dialogues kept of 4 asked for." in capsys.readouterr().out


def test_what_is_to_be_done_about_a_run_that_is_not_whole_comes_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = RunSettings(domain="hotel", sources=("a",), out=str(tmp_path))
    summary = {"counts": [], "dialogues_kept": 0, "dialogues_asked": 4, "failed": [], "left": 0, "files": []}
    print_summary(settings, {**summary, "failed": ["a"]})
    assert capsys.readouterr().out.splitlines()[-1].endswith("run the same command with --retry-failed.")
    print_summary(settings, {**summary, "left": 3})
    assert "run the same command again" in capsys.readouterr().out.splitlines()[-1]


def test_one_dialogue_of_the_data_set_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = RunSettings(domain="automotive", sources=("a",), out=str(tmp_path))
    data = DataSet(
        load_pack("automotive"),
        ("en",),
        (make_dialogue("d1", *make_turns()),),
        {"u1": make_user("u1")},
        {"a1": make_agent("a1")},
        {"b1": make_blueprint("b1")},
    )
    write_all(data, tmp_path, formats=["sessions"])
    print_summary(
        settings, {"counts": [], "dialogues_kept": 1, "dialogues_asked": 1, "failed": [], "left": 0, "files": []}
    )
    told = capsys.readouterr().out
    assert "One dialogue (Success, 3 turns):" in told
    assert "agent | 540 km on a full charge.  answer range=540" in told
