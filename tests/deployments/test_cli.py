from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# The command line is started as a process again and again.
pytestmark = pytest.mark.slow


@pytest.fixture
def streamdial(shell_environment: dict[str, str], tmp_path: Path):  # noqa: ANN201
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "streamdial.deployments.cli", *words]
        return subprocess.run(
            command,
            env={**shell_environment, "STREAMDIAL_HOME": str(tmp_path / "home")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call


def run_words(tmp_path: Path, **options: str) -> list[str]:
    given = {
        "--domain": "hotel",
        "--source": str(ROOT / "examples" / "hotel_live_zh"),
        "--out": str(tmp_path / "run"),
        "--model": "ollama/x",
    }
    given |= {f"--{name.replace('_', '-')}": value for name, value in options.items()}
    return ["run", *(word for pair in given.items() for word in pair)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"domain": "boats"}, "domain 'boats' is not known; there are automotive, hotel, restaurant."),
        ({"model": "gpt"}, "model 'gpt' names no provider."),
        (
            {"model": "local/qwen2.5-coder-0.5b", "mode": "reworded"},
            "To fix: streamdial models pull qwen2.5-coder-0.5b",
        ),
        ({"model": "local/none", "mode": "reworded"}, "no local model is called 'none'"),
        ({"model": "nowhere/model.gguf", "mode": "reworded"}, "there is no model file nowhere/model.gguf."),
        ({"model": "openai/x", "api_base": "http://127.0.0.1:9/v1"}, "does not answer"),
        ({"source": "nowhere", "model": "ollama/x"}, "nowhere"),
        ({"dialogues": "0"}, "--dialogues 0"),
        ({"language": "fr"}, "--language 'fr'"),
        ({"qdrant_url": "http://127.0.0.1:9"}, "the Qdrant server at 127.0.0.1:9 does not answer"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_what_to_do(
    streamdial,  # noqa: ANN001
    tmp_path: Path,
    options: dict[str, str],
    told: str,
) -> None:
    done = streamdial(*run_words(tmp_path, **options))
    assert done.returncode in (1, 2), done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error:")]
    assert len(lines) == 1, done.stderr
    assert told in lines[0]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "give one of sources, table and base, not none. To fix: streamdial tooluse --help"),
        (("--table", "rooms.csv", "--base", "runs"), "not table and base"),
        (("--table", "rooms.csv", "--continued", "0.5"), "continued needs base"),
        (("--table", "rooms.csv", "--error-rate", "2"), "--error-rate 2"),
        (("--table", "rooms.csv", "--mode", "any"), "--mode 'any'"),
        (("--table", "nowhere.csv"), "there is no file"),
        (("--base", "nowhere"), "is no folder of a run"),
    ],
)
def test_what_is_wrong_with_tools_is_said_in_one_line(
    streamdial,  # noqa: ANN001
    tmp_path: Path,
    options: tuple[str, ...],
    told: str,
) -> None:
    out = ("--out", str(tmp_path / "run"), "--model", "ollama/x")
    done = streamdial("tooluse", "--domain", "hotel", *out, *options)
    assert done.returncode in (1, 2), done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error:")]
    assert len(lines) == 1 and told in lines[0], done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_names_what_is_missing_and_fails(streamdial) -> None:  # noqa: ANN001
    done = streamdial("doctor", "--model", "local/qwen2.5-coder-1.5b")
    assert done.returncode == 1
    assert "MISSING  language model: the weights of 'qwen2.5-coder-1.5b' are not on this machine." in done.stdout
    assert "ok       domain pack" in done.stdout


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    heavy = ("prefect", "litellm", "torch", "numpy", "pydantic")
    code = f"import sys, streamdial.deployments.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_that_is_not_a_run_is_left_alone(streamdial, tmp_path: Path) -> None:  # noqa: ANN001
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("mine")
    done = streamdial(*run_words(tmp_path, model="ollama/x"))
    assert done.returncode == 2
    assert "was not made by a run" in done.stderr
    assert (tmp_path / "run" / "thesis.txt").read_text() == "mine"
