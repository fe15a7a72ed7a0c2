from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamdial.deployments.cli import app
from streamdial.errors import ConfigurationError
from tests.evaluation.dst.test_tracking_runs import write_real

pytest.importorskip("sklearn", reason="the extra `evaluate` is not installed")


def run(*arguments: object, columns: int = 140) -> str:
    result = CliRunner().invoke(app, ["track", *map(str, arguments)], env={"COLUMNS": str(columns)})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_a_tracker_is_trained_on_real_dialogues_alone(tmp_path: Path) -> None:
    real = write_real(tmp_path / "public" / "dialogues.jsonl", range(12))
    output = run("--real", real, "--share", 1, "--seeds", 1, "--json", tmp_path / "out.json")
    assert "8 real dialogues to train on and 4 to score on, of dialogues.jsonl (en), 2 slots: price, seats." in output
    rows = {line.strip().split("  ")[0]: line.split() for line in output.splitlines()}
    assert "8 (100%)" in " ".join(rows["real"]) and rows["constant state"]
    assert f"written: {tmp_path / 'out.json'}" in output
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["test"] == 4
    narrow = run("--real", real, "--share", 1, "--seeds", 1, columns=80)
    assert "jga fuzzy" in output and "jga fuzzy" not in narrow and "…" not in narrow


def test_without_real_dialogues_there_is_nothing_to_score_on() -> None:
    with pytest.raises(ConfigurationError, match="nothing to score on"):
        run()
