"""Feeds: what is due, what is put off, what is cut."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.feeds import FeedItem, FeedSettings, Known, Watermarks, bring_item, find_due, mark_failed, mark_taken
from streamdial.feeds import name_item as name_folder
from streamdial.sources import open_recordings, read_recording
from streamdial.store import ServerStore
from streamdial.testing import ScriptedTranscriber

NOW = 1_000_000.0
SALT = b"0123456789abcdef"


def record(folder: Path, name: str, text: str, age: float) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    os.utime(file, (NOW - age, NOW - age))
    return file


def take(feed: FeedSettings, known: dict[str, Known], now: float = NOW) -> list[str]:
    """Return the names that are due, and remember them as taken."""
    due = find_due(feed, known, now=now, allow_private=True)
    known.update({item.id: mark_taken(item) for item in due.items})
    return [item.name for item in due.items]


class TestRecordings:
    def test_only_settled_ones_that_are_new_or_changed_are_due(self, tmp_path: Path) -> None:
        feed, known = FeedSettings(kind="recordings", at=str(tmp_path)), dict[str, Known]()
        record(tmp_path / "done", "chat.xml", "a", 120)
        record(tmp_path / "growing", "chat.xml", "b", 5)
        (tmp_path / "empty").mkdir()
        assert take(feed, known) == ["done"]
        assert take(feed, known) == []
        record(tmp_path / "done", "chat.xml", "changed", 90)
        assert take(feed, known) == ["done"]
        assert take(feed, known, NOW + 100) == ["growing"]

    def test_one_that_looks_as_it_did_is_not_read_again_and_one_that_was_only_touched_is_not_taken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        feed, known = FeedSettings(kind="recordings", at=str(tmp_path)), dict[str, Known]()
        file = record(tmp_path / "done", "chat.xml", "a", 120)
        assert take(feed, known) == ["done"]
        os.utime(file, (NOW - 100, NOW - 100))
        assert take(feed, known) == []
        os.utime(file, (NOW - 120, NOW - 120))
        monkeypatch.setattr("streamdial.feeds.folder.hash_file", lambda _: pytest.fail("was read again"))
        assert take(feed, known) == []

    @pytest.mark.parametrize("ending", [".part", ".tmp", ".ytdl"])
    def test_one_with_an_unfinished_file_is_not_complete(self, tmp_path: Path, ending: str) -> None:
        record(tmp_path / "stream", "chat.jsonl", "{}", 500)
        record(tmp_path / "stream", f"speech.m4a{ending}", "", 500)
        assert take(FeedSettings(kind="recordings", at=str(tmp_path)), {}) == []

    def test_no_more_are_taken_than_the_feed_allows(self, tmp_path: Path) -> None:
        for number in range(5):
            record(tmp_path / f"r{number}", "chat.xml", str(number), 500)
        feed, known = FeedSettings(kind="recordings", at=str(tmp_path), most_items=2), dict[str, Known]()
        assert [take(feed, known) for _ in range(4)] == [["r0", "r1"], ["r2", "r3"], ["r4"], []]

    def test_a_missing_folder_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="no such folder"):
            find_due(FeedSettings(kind="recordings", at=str(tmp_path / "no")), {}, now=NOW)


def write_chat(file: Path, first: int, stop: int) -> None:
    lines = [
        {"message": f"line {n}", "time_in_seconds": float(n), "message_type": "text_message", "author": {"name": "a"}}
        for n in range(first, stop)
    ]
    with file.open("a", encoding="utf-8") as out:
        out.writelines(json.dumps(line) + "\n" for line in lines)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not there")
def test_a_growing_recording_is_taken_in_windows_that_neither_miss_nor_repeat_a_line(tmp_path: Path) -> None:
    place, out = tmp_path / "feed" / "live", tmp_path / "out"
    place.mkdir(parents=True)
    feed = FeedSettings(kind="recordings", at=str(tmp_path / "feed"), window_seconds=60, settled_seconds=1000)
    known: dict[str, Known] = {}
    seen: list[str] = []
    begins: list[float] = []

    def grow(lines: tuple[int, int], seconds: int, begun: float, changed: float) -> None:
        write_chat(place / "chat.jsonl", *lines)
        tone = ["-f", "lavfi", "-i", f"sine=duration={seconds}", "-ac", "1", "-ar", "8000", str(place / "speech.wav")]
        subprocess.run(["ffmpeg", "-y", "-v", "error", *tone], check=True)
        os.utime(place / "chat.jsonl", (begun, begun))
        os.utime(place / "speech.wav", (changed, changed))

    def take_window(now: float) -> FeedItem:
        (item,) = find_due(feed, known, now=now).items
        brought = bring_item(feed, item, known.get(item.id, Known()), out)
        known[item.id] = mark_taken(brought)
        lines = (Path(brought.sources[0]) / "chat.jsonl").read_text().splitlines()
        seen.extend(json.loads(line)["message"] for line in lines)
        begins.append(json.loads((Path(brought.sources[0]) / "window.json").read_text())["begins"])
        return brought

    grow((0, 5), 3, NOW - 70, NOW)
    with (place / "chat.jsonl").open("a") as half:
        half.write('{"message": "half')
    os.utime(place / "chat.jsonl", (NOW - 70, NOW - 70))
    first = take_window(NOW)
    assert find_due(feed, known, now=NOW + 30).items == []
    text = (place / "chat.jsonl").read_text()
    (place / "chat.jsonl").write_text(text[: text.rindex('{"message": "half')])
    grow((5, 9), 5, NOW + 20, NOW + 60)
    second = take_window(NOW + 61)
    grow((9, 12), 6, NOW + 62, NOW + 62)
    last = take_window(NOW + 2000)
    assert seen == [f"line {number}" for number in range(12)]
    assert begins == pytest.approx([0.0, 3.0, 5.0], abs=0.1)
    assert len({first.version, second.version, last.version}) == 3
    assert len({name_folder(item) for item in (first, second, last)}) == 3
    assert find_due(feed, known, now=NOW + 5000).items == []


def test_speech_of_a_window_is_told_at_its_second_of_the_whole_recording(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "speech.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\x00\x00" * 8000)
    (tmp_path / "window.json").write_text('{"begins": 1800}')
    (files,) = open_recordings([tmp_path], salt=SALT, counts=Counts("sources"))
    transcriber = ScriptedTranscriber([(1.0, 2.5, "The range is 510 km.")])
    recording = read_recording(files, transcriber=transcriber, language="en", salt=SALT, counts=Counts("reading"))
    assert [(segment.start, segment.end) for segment in recording.segments] == [(1801.0, 1802.5)]


class _Handler(BaseHTTPRequestHandler):
    pages: dict[str, tuple[str, str]] = {}  # noqa: RUF012
    asked: list[tuple[str, str | None]] = []  # noqa: RUF012

    def do_GET(self) -> None:
        known = self.headers.get("If-None-Match")
        self.asked.append((self.path, known))
        body, etag = self.pages.get(self.path, ("", ""))
        status = 404 if not body else 304 if etag and known == etag else 200
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        if status == 200:
            self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def web() -> Iterator[str]:
    _Handler.pages, _Handler.asked = {}, []
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class TestPages:
    def test_a_known_page_is_asked_for_by_its_etag_and_a_changed_one_is_due(self, web: str, tmp_path: Path) -> None:
        _Handler.pages = {"/a": ("<p>one</p>", '"1"'), "/b": ("<p>two</p>", "")}
        pages = tmp_path / "pages.txt"
        pages.write_text(f"# ours\n{web}/a\n\n{web}/b\n{web}/a\n")
        feed, known = FeedSettings(kind="pages", at=str(pages)), dict[str, Known]()
        assert len(take(feed, known)) == 2
        assert take(feed, known) == []
        assert _Handler.asked[-2:] == [("/a", '"1"'), ("/b", None)]
        _Handler.pages["/a"] = ("<p>changed</p>", '"2"')
        assert find_due(feed, known, now=NOW, allow_private=True).items[0].sources == (f"{web}/a",)

    def test_a_page_that_is_gone_does_not_stop_the_others(self, web: str, tmp_path: Path) -> None:
        _Handler.pages = {"/b": ("<p>two</p>", "")}
        pages = tmp_path / "pages.txt"
        pages.write_text(f"{web}/gone\n{web}/b\n")
        due = find_due(FeedSettings(kind="pages", at=str(pages)), {}, now=NOW, allow_private=True)
        assert [item.id for item in due.items] == [f"{web}/b"]
        assert "404" in due.broken[0]

    def test_a_private_address_is_refused(self, web: str, tmp_path: Path) -> None:
        pages = tmp_path / "pages.txt"
        pages.write_text(f"{web}/b\n")
        due = find_due(FeedSettings(kind="pages", at=str(pages)), {}, now=NOW)
        assert due.items == []
        assert "not a public address" in due.broken[0]

    def test_a_line_that_is_no_address_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "pages.txt").write_text("file:///etc/passwd\n")
        with pytest.raises(SourceError, match="no http or https URL"):
            find_due(FeedSettings(kind="pages", at=str(tmp_path / "pages.txt")), {}, now=NOW)


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><guid>1</guid><title>{title}</title><link>https://example.org/1</link></item>
<item><guid>2</guid><title>Two</title><link>https://example.org/2</link></item>
<item><title>No page</title></item></channel></rss>"""


class TestSyndication:
    def test_entries_are_due_once_and_again_when_they_change(self, web: str) -> None:
        feed, known = FeedSettings(kind="syndication", at=f"{web}/rss"), dict[str, Known]()
        _Handler.pages = {"/rss": (RSS.format(title="One"), "")}
        assert take(feed, known) == ["One", "Two"]
        assert take(feed, known) == []
        _Handler.pages = {"/rss": (RSS.format(title="One, mended"), "")}
        assert take(feed, known) == ["One, mended"]

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ('<!DOCTYPE r [<!ENTITY a "b">]><rss/>', "declares entities"),
            ("<html><body>no feed</body></html>", "no RSS or Atom feed"),
        ],
    )
    def test_what_is_no_harmless_feed_is_refused(self, web: str, body: str, told: str) -> None:
        _Handler.pages = {"/rss": (body, "")}
        with pytest.raises(SourceError, match=told):
            find_due(FeedSettings(kind="syndication", at=f"{web}/rss"), {}, now=NOW, allow_private=True)


def test_profiles_are_due_when_new_or_changed(tmp_path: Path) -> None:
    feed, known = FeedSettings(kind="profiles", at=str(tmp_path)), dict[str, Known]()
    record(tmp_path, "hotel.json", '{"name": "Hotel"}', 0)
    record(tmp_path, "notes.txt", "no profile", 0)
    assert take(feed, known) == ["hotel"]
    record(tmp_path, "hotel.json", '{"name": "Hotel Two"}', 0)
    assert take(feed, known) == ["hotel"]


def test_a_channel_is_listed_by_yt_dlp_and_what_is_to_come_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    yt_dlp = pytest.importorskip("yt_dlp")
    entries = [
        {"id": "a", "url": "https://example.org/a", "title": "A", "live_status": "was_live"},
        {"id": "b", "url": "https://example.org/b", "title": "B", "live_status": "is_live"},
        {"id": "c", "url": "https://example.org/c", "title": "C", "live_status": "is_upcoming"},
    ]
    monkeypatch.setattr(yt_dlp.YoutubeDL, "extract_info", lambda *_, **__: {"entries": entries})
    feed, known = FeedSettings(kind="channel", at="https://example.org/channel"), dict[str, Known]()
    assert take(feed, known) == ["A"]
    windows = feed.model_copy(update={"window_seconds": 600})
    assert [take(windows, known, NOW + later) for later in (0, 1, 600)] == [["B"], [], ["B"]]
    entries[1]["live_status"] = "was_live"
    assert take(feed, known) == ["B"]


class TestWatermarks:
    def test_what_was_taken_is_known_in_the_next_process(self) -> None:
        store = ServerStore.in_memory()
        feed, other = (FeedSettings(kind="profiles", at=name) for name in ("one", "two"))
        item = FeedItem("x", "v1", "X", ("x",), {"etag": "7"})
        Watermarks(store, scope="a").keep(feed, item.id, mark_taken(item))
        assert Watermarks(store, scope="a").read(feed) == {"x": Known(version="v1", state={"etag": "7"})}
        assert Watermarks(store, scope="a").read(other) == {}
        assert Watermarks(store, scope="b").read(feed) == {}

    def test_what_fails_is_put_off_twice_as_long_each_time_up_to_six_hours(self) -> None:
        known, waits = Known(), []
        for _ in range(12):
            known = mark_failed(known, "away", NOW)
            waits.append(known.next_try - NOW)
        assert 60 <= waits[0] <= 66
        assert 120 <= waits[1] <= 132
        assert 6 * 3600 <= waits[-1] <= 1.1 * 6 * 3600
        assert known.failures == 12

    def test_an_item_that_is_put_off_is_not_due_before_its_time(self, tmp_path: Path) -> None:
        record(tmp_path, "hotel.json", "{}", 0)
        feed = FeedSettings(kind="profiles", at=str(tmp_path))
        known = {"hotel.json": mark_failed(Known(), "broken", NOW)}
        assert find_due(feed, known, now=NOW + 30).items == []
        assert len(find_due(feed, known, now=NOW + 70).items) == 1
