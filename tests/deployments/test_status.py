from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamdial.deployments._status import describe_run
from streamdial.deployments.cli import app
from streamdial.models import CallCache, ChatReply
from streamdial.pipeline import DeadLetters


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run that is under way: three of ten dialogues made, one lost, two calls."""
    folder = tmp_path / "hotels"
    for name in ("dialogues", "cast"):
        (folder / name).mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    (folder / "cast" / "assignments-10.json").write_text("[]")
    lines = "".join(json.dumps({"id": str(number), "fault": None}) + "\n" for number in range(3))
    (folder / "dialogues" / "shard-0000000-0000010.journal").write_text(f'{lines}{{"id": "cut')
    DeadLetters(folder / "dead_letters.jsonl").append("lost", 4, "", id="x", reason="server", message="m", attempts=1)
    cache = CallCache(folder / "cache" / "calls.sqlite")
    for key in ("a", "b"):
        cache.put(key, ChatReply(text="hi", model="m", prompt_tokens=600, completion_tokens=400, cost=0.05), "turn")
    cache.close()
    return folder


def test_a_run_under_way_is_told_from_its_files(run: Path) -> None:
    told = describe_run(run)[:8]
    assert told == ["hotels", "under way", "3 of 10", "6", "1", "2", "2,000", "$0.10"]


def test_the_command_shows_it(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    done = CliRunner().invoke(app, ["status", str(run)], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert "3 of 10" in done.output


def test_a_folder_without_runs_says_so(tmp_path: Path) -> None:
    assert "no runs" in CliRunner().invoke(app, ["status", str(tmp_path)]).output
