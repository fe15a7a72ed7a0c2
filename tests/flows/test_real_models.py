"""The whole job with the real local models: speech, embedding and the small language model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from streamdial.models.weights import TEST_WEIGHTS, find_weights
from streamdial.pipeline import LoadedRun
from tests.conftest import ROOT

pytestmark = [pytest.mark.models, pytest.mark.prefect]


@pytest.mark.skipif(
    any(find_weights(name) is None for name in TEST_WEIGHTS), reason="weights are missing: streamdial models pull"
)
def test_the_english_example_becomes_dialogues_on_this_machine(
    tmp_path: Path, shell_environment: dict[str, str]
) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "streamdial.deployments.cli", "run", "--domain", "automotive"]
    command += ["--source", str(ROOT / "examples" / "automotive_live"), "--out", str(out)]
    command += ["--model", "local/qwen2.5-coder-0.5b", "--mode", "reworded", "--dialogues", "4"]
    done = subprocess.run(
        command, env=shell_environment, cwd=ROOT, text=True, capture_output=True, timeout=1500, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "What became of what" in done.stdout
    assert "One dialogue" in done.stdout

    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    counts = {report["phase"]: report for report in summary["counts"]}
    # 54 lines of speech and 300 of chat: most answers must be heard and most questions found.
    assert counts["responses"]["kept"] >= 30
    assert counts["questions"]["kept"] >= 60
    assert counts["QA pairs"]["kept"] >= 50
    assert counts["knowledge"]["kept"] >= 50
    assert counts["user personas"]["kept"] >= 12
    assert summary["usage"]["calls"], "the language model was never asked"

    dialogues = LoadedRun(out).dialogues
    assert len(dialogues) >= 3
    worded = Counter(turn.realisation for dialogue in dialogues for turn in dialogue.turns)
    assert worded["real_line"] > 0
    assert all(len(dialogue.turns) >= 8 and dialogue.turns[-1].role == "agent" for dialogue in dialogues)


@pytest.mark.skipif(
    any(find_weights(name) is None for name in TEST_WEIGHTS), reason="weights are missing: streamdial models pull"
)
def test_the_rooms_of_a_hotel_become_dialogues_with_tools_on_this_machine(
    tmp_path: Path, shell_environment: dict[str, str]
) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "streamdial.deployments.cli", "tooluse", "--domain", "hotel"]
    command += ["--source", str(ROOT / "examples" / "hotel_live_zh"), "--out", str(out)]
    command += ["--model", "local/qwen2.5-coder-0.5b", "--dialogues", "2", "--follow-ups", "1", "--mode", "reworded"]
    done = subprocess.run(
        command, env=shell_environment, cwd=ROOT, text=True, capture_output=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "One dialogue (" in done.stdout and "\n        -> {" in done.stdout, "no call is shown"
    lines = (out / "dataset" / "tools" / "dialogues.jsonl").read_text("utf-8").splitlines()
    dialogues = [json.loads(line) for line in lines]
    assert dialogues and all(verdict["passed"] for dialogue in dialogues for verdict in dialogue["verdicts"])
    assert {turn["realisation"] for dialogue in dialogues for turn in dialogue["turns"]} & {"model", "real_line"}
    assert json.loads((out / "summary.json").read_text("utf-8"))["usage"]["calls"]
