from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from streamdial.errors import NothingLeftError
from streamdial.pipeline import RunSettings
from streamdial.pipeline.candidates import bring_candidates
from streamdial.pipeline.run import Run
from streamdial.pipeline.signals import list_recordings


def make_run(folder: Path, urls: list[str], most: int = 20) -> Run[RunSettings]:
    rows = [{"rank": row, "id": str(row), "kind": "page", "platform": "", "url": url} for row, url in enumerate(urls)]
    pl.DataFrame(rows).write_parquet(folder / "kept.parquet")
    table = str(folder / "kept.parquet")
    return Run(RunSettings(domain="hotel", out=str(folder / "run"), candidates=table, most_candidates=most))


def test_kept_candidates_are_the_sources_of_a_run(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "chat.jsonl").write_text(f'{{"text": "breakfast {name}?"}}\n' * 2, encoding="utf-8")
    run = make_run(tmp_path, ["b", "a", "c"], most=2)
    assert bring_candidates(run) == [str(tmp_path / "b"), str(tmp_path / "a")]
    assert [files.name for files in list_recordings(run)] == ["b", "a"]
    # A changed table is looked at again.
    assert bring_candidates(make_run(tmp_path, ["c"])) == [str(tmp_path / "c")]


def test_candidates_that_all_lead_nowhere_stop_the_run(tmp_path: Path) -> None:
    with pytest.raises(NothingLeftError, match="candidates kept nothing"):
        bring_candidates(make_run(tmp_path, ["gone"]))


def test_a_run_needs_sources_or_candidates(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="give --source or --candidates, or both"):
        RunSettings(domain="hotel", out=str(tmp_path), seed=1)
