"""A kept table of candidates as a feed and as the sources of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import streamdial.feeds.candidates as candidate_feed
from streamdial.errors import SourceError
from streamdial.feeds import FeedItem, FeedSettings, bring_item, find_due, mark_taken
from streamdial.feeds.items import Known


def write_table(folder: Path, rows: list[dict[str, Any]]) -> FeedSettings:
    pl.DataFrame(rows).write_parquet(folder / "kept.parquet")
    return FeedSettings(kind="candidates", at=str(folder / "kept.parquet"))


def list_due(feed: FeedSettings) -> tuple[list[FeedItem], list[str]]:
    due = find_due(feed, {}, now=0.0)
    return due.items, due.broken


def test_candidates_are_due_by_rank_and_each_once(tmp_path: Path) -> None:
    rows = [
        {"rank": 2, "id": "https://example.org/menu", "kind": "page", "platform": None, "name": "menu"},
        {"rank": 1, "id": "abc", "kind": "video", "platform": "YouTube", "name": "walkaround"},
    ]
    feed = write_table(tmp_path, rows)
    items, broken = list_due(feed)
    assert not broken
    assert [(item.name, item.sources) for item in items] == [
        ("walkaround", ("https://www.youtube.com/watch?v=abc",)),
        ("menu", ("https://example.org/menu",)),
    ]
    known = {item.id: mark_taken(item) for item in items}
    assert not find_due(feed, known, now=0.0).items


def test_a_video_is_fetched_and_a_page_or_folder_is_read_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "recording").mkdir()
    rows = [
        {"id": "1", "kind": "video", "platform": "", "url": "https://youtu.be/abc"},
        {"id": "2", "kind": "page", "platform": "", "url": "https://example.org"},
        {"id": "3", "kind": "room", "platform": "", "url": "recording"},
    ]
    feed = write_table(tmp_path, rows)
    fetched: list[str] = []

    def fetch(item: FeedItem, folder: Path, *, live_seconds: float | None) -> str:
        fetched.append(item.sources[0])
        return str(folder)

    monkeypatch.setattr("streamdial.feeds.reading.fetch_video", fetch)
    brought = [bring_item(feed, item, Known(), tmp_path / "items").sources[0] for item in list_due(feed)[0]]
    assert fetched == ["https://youtu.be/abc"]
    assert Path(brought[0]).parent == tmp_path / "items"
    assert brought[1:] == ["https://example.org", str(tmp_path / "recording")]


def test_the_newest_videos_of_an_account_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def list_videos(feed: FeedSettings, *, now: float) -> list[FeedItem]:
        assert feed.at == "https://space.bilibili.com/7/video"
        return [FeedItem(f"v{n}", "ended", f"v{n}", (f"https://www.bilibili.com/video/v{n}",)) for n in range(9)]

    monkeypatch.setattr(candidate_feed, "list_videos", list_videos)
    feed = write_table(tmp_path, [{"id": "7", "kind": "account", "platform": "bilibili"}])
    assert [item.name for item in list_due(feed)[0]] == ["v0", "v1", "v2", "v3", "v4"]


@pytest.mark.parametrize(
    "row",
    [
        {"id": "7", "kind": "room", "platform": "somewhere"},
        {"id": "7", "kind": "video", "platform": "", "url": "../secret"},
        {"id": "7", "kind": "video", "platform": "", "url": "/etc/passwd"},
        {"id": "../secret", "kind": "page", "platform": ""},
        {"id": "7", "kind": "video", "platform": "", "url": "http://127.0.0.1/x"},
        {"id": "7/../../x", "kind": "video", "platform": "youtube"},
    ],
)
def test_what_leads_nowhere_or_astray_is_told_and_stops_nothing(tmp_path: Path, row: dict[str, Any]) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "table").mkdir()
    good = {"id": "1", "kind": "page", "platform": "", "url": "https://example.org"}
    items, broken = list_due(write_table(tmp_path / "table", [row | {"url": row.get("url", "")}, good]))
    assert [item.id for item in items] == ["https://example.org"]
    assert len(broken) == 1
    assert broken[0].startswith(row["id"])


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text("name\nx\n", encoding="utf-8")
    with pytest.raises(SourceError, match="'id' is missing"):
        find_due(FeedSettings(kind="candidates", at=str(tmp_path / "kept.csv")), {}, now=0.0)
    with pytest.raises(SourceError, match="no table of candidates"):
        find_due(FeedSettings(kind="candidates", at=str(tmp_path / "kept.txt")), {}, now=0.0)
