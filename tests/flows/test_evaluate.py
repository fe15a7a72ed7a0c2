from __future__ import annotations

import json
from pathlib import Path

import pytest

from streamdial.evaluation import EvaluationOptions
from streamdial.flows import evaluate
from tests.evaluation.test_reading_sets import PUBLISHED

pytestmark = pytest.mark.prefect


async def test_a_set_is_evaluated_as_a_flow(tmp_path: Path, prefect_server: str) -> None:
    (tmp_path / "dialogue_0.json").write_text(json.dumps(PUBLISHED, ensure_ascii=False), encoding="utf-8")
    out = tmp_path / "figures.json"
    done = await evaluate(EvaluationOptions(folder=str(tmp_path), embedder="none", json_path=str(out)))
    assert done["files"] == [str(out), str(out.with_suffix(".md"))]
    assert done["figures"] > 10 and any("dialogues read" in note for note in done["notes"])
