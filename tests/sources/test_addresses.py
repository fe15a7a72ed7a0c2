from __future__ import annotations

import json
from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.privacy import Pseudonymizer
from streamdial.sources import RecordingFiles, read_comments
from streamdial.sources.addresses import clean_comment_url, clean_url, read_video_url

PAGE = "https://www.youtube.com/watch?v=abc"


def test_a_recording_has_the_page_of_its_info_json(tmp_path: Path) -> None:
    info = tmp_path / "abc.info.json"
    info.write_text(json.dumps({"webpage_url": PAGE, "comments": []}), encoding="utf-8")
    assert read_video_url(info) == PAGE
    files = RecordingFiles("id", "name", {"comments": (info,)})
    assert files.find_url() == PAGE
    assert (
        RecordingFiles("id", "name", {"comments": (info,)}, url="https://youtu.be/x").find_url() == "https://youtu.be/x"
    )


@pytest.mark.parametrize("body", ["{", "[]", '{"webpage_url": "file:///etc/hosts"}', "{}"])
def test_what_tells_no_page_gives_none(tmp_path: Path, body: str) -> None:
    info = tmp_path / "abc.info.json"
    info.write_text(body, encoding="utf-8")
    assert read_video_url(info) is None
    assert read_video_url(tmp_path / "gone.info.json") is None


def test_names_and_passwords_are_no_part_of_an_address() -> None:
    assert clean_url(" https://me:secret@example.org/a?b=1 ") == "https://example.org/a?b=1"
    assert clean_url("javascript:alert(1)") is None
    assert clean_url("https://") is None
    assert clean_url(None) is None


def test_a_comment_keeps_its_own_page(tmp_path: Path) -> None:
    path = tmp_path / "comments.jsonl"
    rows = [{"text": "does it tow", "url": f"{PAGE}&lc=1"}, {"text": "nice", "link": "no page"}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    messages = list(read_comments(path, pseudonyms=Pseudonymizer(b"x" * 32), counts=Counts("comments")))
    assert [message.url for message in messages] == [f"{PAGE}&lc=1", None]


def test_a_comment_s_page_is_kept_and_that_of_its_author_is_not() -> None:
    kept = "https://www.youtube.com/watch?v=abc&lc=Ugx1"
    assert clean_comment_url(f"{kept}&token=secret") == kept
    for profile in ("https://www.weibo.com/u/name_1", "https://www.youtube.com/@name", "https://example.org/user/7/"):
        assert clean_comment_url(profile) is None
    assert clean_comment_url("https://example.org/call/13812345678") is None
