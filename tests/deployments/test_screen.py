from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from streamdial.deployments.cli import app


def test_screening_prints_what_became_of_the_candidates_and_writes_the_lists(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "kind": "room", "tags": ["酒店"], "viewers": 1500},
        {"id": "b", "kind": "video", "title": "今晚唱歌点歌"},
    ]
    source = tmp_path / "candidates.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in rows) + "\nbroken\n", encoding="utf-8")
    out = tmp_path / "screened"
    result = CliRunner().invoke(app, ["screen", str(source), "--domain", "hotel", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "1 of 3 candidates kept." in result.output
    assert "no JSON object in line 3" in result.output
    assert pl.read_parquet(out / "kept.parquet")["id"].to_list() == ["a"]
    assert pl.read_parquet(out / "dropped.parquet")["reason"].to_list() == ["entertainment"]
