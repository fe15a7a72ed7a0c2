from __future__ import annotations

from pathlib import Path

from streamdial.sources import RecordingFiles


def find_date(comments: list[Path], danmaku: list[Path]) -> str | None:
    return RecordingFiles("id", "name", {"danmaku": tuple(danmaku), "comments": tuple(comments)}).find_date()


def test_the_upload_date_of_the_video_comes_before_the_clock_of_the_chat(tmp_path: Path) -> None:
    info, chat = tmp_path / "a.info.json", tmp_path / "a.xml"
    info.write_text('{"upload_date": "20260412", "comments": []}', encoding="utf-8")
    chat.write_text('<i><d p="1.2,1,25,16777215,1777000000,0,abc,1">hi</d></i>', encoding="utf-8")
    assert find_date([info], [chat]) == "2026-04-12"
    assert find_date([], [chat]) == "2026-04-24"


def test_where_nothing_tells_a_date_there_is_none(tmp_path: Path) -> None:
    broken, chat, csv = tmp_path / "b.info.json", tmp_path / "b.xml", tmp_path / "c.csv"
    broken.write_text("{", encoding="utf-8")
    chat.write_text('<i><d p="1.2,1,25,16777215,0,0,abc,1">hi</d></i>', encoding="utf-8")
    csv.write_text("text\nhi\n", encoding="utf-8")
    assert find_date([broken, csv, tmp_path / "gone.info.json"], [chat, tmp_path / "gone.xml"]) is None
