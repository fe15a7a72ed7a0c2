from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from streamdial.errors import ConfigurationError, NothingLeftError, SourceError
from streamdial.feeds import FeedItem
from streamdial.pipeline import RunSettings
from streamdial.pipeline.candidates import bring_candidates, count_candidates
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


def test_what_could_not_be_had_is_counted_and_tried_again_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    broken: set[str] = set()

    def bring(_feed: object, item: FeedItem, _known: object, _folder: Path) -> FeedItem:
        asked.append(item.name)
        if item.name in broken:
            raise SourceError("times out", where="https://me:secret@example.org/b")
        return item

    monkeypatch.setattr("streamdial.pipeline.candidates.bring_item", bring)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    run = make_run(tmp_path, ["b", "a"])
    run_again = Run(run.settings)
    names = {row: str(tmp_path / url) for row, url in (("0", "b"), ("1", "a"))}
    broken = {"0"}
    assert bring_candidates(run) == [names["1"]]
    (counts,) = count_candidates(run)
    assert (counts.asked, counts.kept, dict(counts.dropped)) == (2, 1, {"cannot_be_had": 1})
    assert "times out" in counts.notes[0]
    assert "secret" not in counts.notes[0]
    assert bring_candidates(run) == [names["1"]]
    assert asked == ["0", "1"]  # the same run does not ask again
    broken = set()
    assert bring_candidates(run_again) == [names["0"], names["1"]]
    assert asked == ["0", "1", "0"]
    (counts,) = count_candidates(run_again)
    assert (counts.kept, dict(counts.dropped), counts.notes) == (2, {}, [])


def test_what_was_brought_before_a_kill_is_not_brought_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    alive = {"0"}

    def bring(_feed: object, item: FeedItem, _known: object, _folder: Path) -> FeedItem:
        if item.name not in alive:
            raise KeyboardInterrupt
        asked.append(item.name)
        return item

    monkeypatch.setattr("streamdial.pipeline.candidates.bring_item", bring)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    run = make_run(tmp_path, ["b", "a"])
    with pytest.raises(KeyboardInterrupt):
        bring_candidates(run)
    (counts,) = count_candidates(run)
    assert counts.kept == 1
    alive.add("1")
    assert bring_candidates(Run(run.settings)) == [str(tmp_path / "b"), str(tmp_path / "a")]
    assert asked == ["0", "1"]


def test_a_table_for_nobody_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "rooms.csv"
    table.write_text("room,price\nLake Room,120\n", encoding="utf-8")
    settings = RunSettings(domain="hotel", out=str(tmp_path / "run"), sources=[str(tmp_path)], knowledge=str(table))
    with pytest.raises(ConfigurationError, match="there are no --profiles"):
        list_recordings(Run(settings))
