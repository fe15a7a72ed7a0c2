"""`streamdial init`: what it writes is read back as the settings it says."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from streamdial.deployments._config_file import describe_settings
from streamdial.deployments.cli import app
from streamdial.errors import ConfigurationError, SourceError
from streamdial.options import list_options, read_settings
from streamdial.pipeline import RunSettings, ToolUseSettings

GIVEN = {"domain": "hotel", "out": "runs/hotel", "sources": ["rec/a"]}


@pytest.mark.parametrize("kind", [RunSettings, ToolUseSettings])
def test_what_is_written_gives_the_settings_it_was_written_for(kind: type, tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(describe_settings(kind, GIVEN), encoding="utf-8")
    assert read_settings(kind, {}, file) == read_settings(kind, GIVEN)


@pytest.mark.parametrize("kind", [RunSettings, ToolUseSettings])
def test_every_setting_is_there_with_its_default(kind: type) -> None:
    text = describe_settings(kind, GIVEN)
    names = {option.name for option in list_options(kind, deep=False)}
    shown = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    bare = "\n".join(line for line in shown if line.partition(":")[0] in names)
    values = {**yaml.safe_load(bare), **yaml.safe_load(text)}
    assert set(values) == names
    defaults = {name: value for name, value in values.items() if name not in GIVEN}
    assert read_settings(kind, {**defaults, **GIVEN}) == read_settings(kind, GIVEN)


def test_options_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    result = CliRunner().invoke(app, ["init", str(file), "--domain", "hotel", "--source", "rec/a"])
    assert result.exit_code == 0, result.output
    assert f"--config {file}" in result.output.replace("\n", "")
    assert read_settings(RunSettings, {"dialogues": 7}, file).dialogues.count == 7
    assert "auto|planned" in file.read_text(encoding="utf-8")


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("domain: hotel\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is there already"):
        CliRunner().invoke(app, ["init", str(file)], catch_exceptions=False)
    assert CliRunner().invoke(app, ["init", str(file), "--force"]).exit_code == 0


def test_a_source_that_is_not_there_leaves_no_run_behind(tmp_path: Path) -> None:
    for more in ([], ["--preview", "2"], ["--dry-run"]):
        command = [
            "run",
            "--domain",
            "hotel",
            "--source",
            str(tmp_path / "nowhere"),
            "--out",
            str(tmp_path / "run"),
            *more,
        ]
        with pytest.raises(SourceError, match="no such file or folder"):
            CliRunner().invoke(app, command, catch_exceptions=False)
        assert list(tmp_path.iterdir()) == []
