"""Recordings that lie in `media/` of a run, as its report plays them."""

from pathlib import Path

from streamdial.pipeline.exporting import find_media


def test_only_what_browsers_play_and_lies_there_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "media").mkdir(parents=True)
    for name in ("live.mp4", "other id.mp3", "notes.txt", "third.exe"):
        (folder / "media" / name).touch()
    outside = tmp_path / "away.mp4"
    outside.touch()
    (folder / "media" / "away.mp4").symlink_to(outside)
    sources = [
        {"id": "a", "name": "live.flv"}, {"id": "other id", "name": "x"}, {"id": "b", "name": "third"},
        {"id": "c", "name": "away"}, {"id": "d", "name": "../run/media/live/.."},
    ]  # fmt: skip
    assert find_media(folder, sources) == {"a": "../media/live.mp4", "other id": "../media/other%20id.mp3"}
    assert find_media(tmp_path / "nothing", sources) == {}
