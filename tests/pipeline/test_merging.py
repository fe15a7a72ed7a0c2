"""Several runs of one account as one set."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import streamdial as sd
from streamdial.deployments.cli import app
from streamdial.errors import ConfigurationError
from streamdial.pipeline import merge_runs
from streamdial.pipeline.merging import _choose_words
from tests.conftest import ROOT

# Three runs are made.
pytestmark = pytest.mark.slow

DAY = 24 * 3600
NEWEST = 1_790_000_000


def make_run(folder: Path, source: Path, seed: int, age_days: int) -> Path:
    """Make a small run and date it back."""
    with sd.Pipeline(
        domain="hotel",
        sources=[str(source)],
        out=folder,
        dialogues=6,
        seed=seed,
        mode="planned",
        url="https://example.org",
    ) as run:
        run.run()
    os.utime(folder / "delivery.json", (NEWEST - age_days * DAY,) * 2)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three runs of one account; in the last one the price of every room is another one."""
    root = tmp_path_factory.mktemp("merging")
    example = ROOT / "examples" / "hotel_live_zh"
    changed = root / "changed"
    shutil.copytree(example, changed)
    for page in (changed / "pages").iterdir():
        text = page.read_text(encoding="utf-8")
        for before, after in (("388", "399"), ("438", "459"), ("568", "579"), ("688", "699"), ("-03-05", "-08-05")):
            text = text.replace(before, after)
        page.write_text(text, encoding="utf-8")
    return [
        make_run(root / "first", example, 7, 30),
        make_run(root / "second", example, 8, 10),
        make_run(root / "third", changed, 9, 0),
    ]


def test_all_dialogues_come_once_and_are_filtered_together(runs: list[Path], tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(runs[0], again)
    merged = merge_runs([runs[1], runs[0], again, runs[0]], tmp_path / "set")
    counts = {report.phase: report for report in merged.data.counts}
    made = {dialogue.id for folder in runs[:2] for dialogue in sd.open_run(folder).all_dialogues}
    assert counts["merge"].kept == counts["filter"].asked == len(made)
    assert counts["merge"].asked == counts["merge"].kept + counts["merge"].dropped["same_id"]
    kept = {dialogue.id for dialogue in merged.data.dialogues}
    dropped = {drop.id for drop in merged.data.dropped}
    assert kept | dropped == made
    assert not kept & dropped
    assert counts["filter"].kept == len(kept)
    assert [entry["age_days"] for entry in merged.runs] == [20, 0]


def test_a_merge_that_goes_on_is_the_merge_made_at_once(runs: list[Path], tmp_path: Path) -> None:
    merge_runs(runs[:2], tmp_path / "grown")
    grown = merge_runs(runs, tmp_path / "grown")
    whole = merge_runs(runs, tmp_path / "whole")
    assert grown.grown_from == sum(len(sd.open_run(folder).all_dialogues) for folder in runs[:2])
    assert whole.grown_from == len(sd.open_run(runs[0]).all_dialogues)
    assert {dialogue.id for dialogue in grown.data.dialogues} == {dialogue.id for dialogue in whole.data.dialogues}
    for name in ("sessions/train.jsonl", "dialogues.parquet", "README.md", "splits.json"):
        assert (tmp_path / "grown/dataset" / name).read_bytes() == (tmp_path / "whole/dataset" / name).read_bytes()


def test_the_card_names_the_runs_their_dates_and_counts_and_what_was_replaced(runs: list[Path], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["merge", *map(str, runs), "--out", str(tmp_path / "set")])
    assert done.exit_code == 0, done.output
    assert "dialogues of 3 runs" in done.output
    card = (tmp_path / "set/dataset/README.md").read_text(encoding="utf-8")
    for name, date, age in (("first", "2026-08-22", 30), ("second", "2026-09-11", 10), ("third", "2026-09-21", 0)):
        assert f"run {name}: made on {date}, {age} days before the newest, 6 dialogues" in card
    assert "facts were replaced by a newer run" in card
    told = json.loads((tmp_path / "set/merge.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in told["runs"]] == ["first", "second", "third"]


def test_what_cannot_be_merged_is_refused(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not the folder of a run"):
        merge_runs([tmp_path], tmp_path / "set")
    with pytest.raises(ConfigurationError, match="no run to merge"):
        merge_runs([], tmp_path / "set")
    with pytest.raises(ConfigurationError, match="something else"):
        merge_runs(runs, runs[0])
    begun = tmp_path / "begun"
    shutil.copytree(runs[0], begun)
    (begun / "delivery.json").unlink()
    with pytest.raises(ConfigurationError, match="is not finished"):
        merge_runs([begun], tmp_path / "set")


def test_of_one_id_the_newer_words_are_taken(runs: list[Path]) -> None:
    first = sd.open_run(runs[0]).all_dialogues[0]
    turn = first.turns[0].model_copy(update={"utterance": "worded anew"})
    anew = first.model_copy(update={"turns": (turn, *first.turns[1:])})
    older, newer = SimpleNamespace(all_dialogues=(first,)), SimpleNamespace(all_dialogues=(anew,))
    assert _choose_words([older, newer]) == {first.id: 1}  # type: ignore[list-item]
    assert _choose_words([older, older]) == {first.id: 0}  # type: ignore[list-item]
