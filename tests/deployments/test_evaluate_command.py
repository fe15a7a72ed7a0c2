from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamdial.deployments.cli import app
from streamdial.errors import ConfigurationError
from tests.evaluation.test_reading_sets import PUBLISHED


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of StreamDial's files."""
    folders = (tmp_path / "car", tmp_path / "more")
    for folder in folders:
        folder.mkdir()
        (folder / "dialogue_0.json").write_text(json.dumps(PUBLISHED, ensure_ascii=False), encoding="utf-8")
    return folders


def run(*arguments: object, command: str = "evaluate") -> str:
    result = CliRunner().invoke(app, [command, *map(str, arguments)], env={"COLUMNS": "100"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_two_sets_are_compared_in_one_table(sets: tuple[Path, Path], tmp_path: Path) -> None:
    output = run(sets[0], "--against", sets[1], "--embedder", "none", "--json", tmp_path / "out.json")
    lines = {line.strip().split("  ")[0]: line for line in output.splitlines() if line.strip()}
    assert "1.500" in lines["turns per dialogue"] and "no" in lines["turns per dialogue"].split()
    assert "n/a" in lines["vendi"] and "n/a: no embedder" in output
    assert "Nearness to more" in output and "left out: no turns 1, unreadable 1" in output
    assert f"written: {tmp_path / 'out.json'}" in output and (tmp_path / "out.md").is_file()
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["against"] == "more"


def test_dialogues_for_people_go_out_and_their_answers_come_in(sets: tuple[Path, Path], tmp_path: Path) -> None:
    people = tmp_path / "people"
    given = (sets[0], "--against", sets[1], "--annotators", 1, "--criterion", "overall")
    asked = run(*given, "--out", people, command="human-eval")
    assert "answers_1.csv" in asked and "Keep key.json to yourself" in asked
    answers = people / "for_people" / "answers_1.csv"
    answers.write_text(answers.read_text("utf-8-sig").replace(",,,", ",5,3,"), encoding="utf-8")
    output = run(sets[0], "--embedder", "none", "--answers", answers)
    assert "overall user more" in output, "a set that is not compared has a row of its own"
    both = run(sets[0], "--against", sets[1], "--embedder", "none", "--answers", answers)
    (line,) = (line for line in both.splitlines() if line.strip().startswith("overall user  "))
    assert line.split()[2] == line.split()[5] == "5.000"
    assert "people: 10 scores of 10 cells" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "there is nothing at nowhere"),
        (["car", "--judge", "nobody"], "model 'nobody' names no provider"),
        (["car", "--criterion", "charm", "--judge", "openai/x"], "there is no criterion 'charm'"),
        (["car", "--domain", "no-such-pack"], "no-such-pack"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    sets: tuple[Path, Path], arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sets[0].parent)
    with pytest.raises(ConfigurationError, match=message):
        run(*arguments, "--embedder", "none")
