"""What kind of source a file is."""

from __future__ import annotations

import contextlib
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamdial.errors import StreamDialError
from streamdial.sources import detect_kind

SEGMENTS = {"segments": [{"start": 0, "end": 1, "text": "x"}]}
CHAT = [{"message": "x", "time_in_seconds": 1, "author": {"id": "a"}}]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.xml", '<?xml version="1.0"?><i><chatid>1</chatid><d p="1,1">x</d></i>', "danmaku"),
        ("a.xml", "<i></i>", "danmaku"),
        ("a.xml", '<transcript><text start="1">x</text></transcript>', "transcript"),
        ("a.xml", "<rss><channel/></rss>", "unknown"),
        ("a.live_chat.json", "{}", "live_chat"),
        ("a.json", json.dumps(CHAT), "live_chat"),
        ("a.json", json.dumps(CHAT, indent=4), "live_chat"),
        ("a.json", '[{"addChatItemAction": {}}]', "live_chat"),
        ("a.jsonl", '{"replayChatItemAction": {}}\n', "live_chat"),
        ("a.info.json", "{}", "comments"),
        ("a.json", '{"id": "v", "title": "x", "comments": []}', "comments"),
        ("a.jsonl", '{"text": "x", "like": 1}\n{"text": "y"}\n', "comments"),
        ("a.csv", "昵称,评论内容\n甲,x\n", "comments"),
        ("a.csv", "start,end,text\n0,1,x\n", "transcript"),
        ("a.csv", "sep=;\r\nstart;end;text\r\n0;1;x\r\n", "transcript"),
        ("a.csv", 'sep=;\n"time";"author";"text"\n3;a;x\n', "chat_list"),
        ("a.csv", "time|text\n00:03|x\n", "chat_list"),
        ("a.csv", "sep=;\n昵称;评论内容\n甲;x\n", "comments"),
        ("a.json", json.dumps(SEGMENTS), "transcript"),
        ("a.json", json.dumps({"text": "x" * 100_000, **SEGMENTS}), "transcript"),
        ("a.vtt", "WEBVTT\n\n", "transcript"),
        ("a", "1\n00:00:01,000 --> 00:00:02,000\nx\n", "transcript"),
        ("a.html", "<!DOCTYPE html><p>x</p>", "page"),
        ("a", "<html><body>x</body></html>", "page"),
        ("a.json", '{"昵称": "店", "粉丝数": 5, "简介": "x"}', "profile"),
        ("a.json", json.dumps({"name": "Shop", "bio": "x"}, indent=2), "profile"),
        ("a.json", "{}", "unknown"),
        ("a.json", "[[1, 2]]", "unknown"),
        ("a.json", '[{"name": "Hotel", "address": "x", "area": "east"}]', "unknown"),
        ("a.mp4", "this is not media", "audio"),
        ("a.bin", "nothing known", "unknown"),
        ("a.bin", "", "unknown"),
    ],
)
def test_kinds_are_told_by_ending_and_content(tmp_path: Path, name: str, text: str, kind: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert detect_kind(path) == kind
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert detect_kind(packed) == kind


def test_media_are_told_by_their_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "sound"
    path.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40))
    assert detect_kind(path) == "audio"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["a.json", "a.xml", "a.csv", "a", "a.vtt"]), st.binary(max_size=60) | st.text(max_size=40))
def test_no_bytes_whatever_raise_anything_of_their_own(tmp_path: Path, name: str, data: bytes | str) -> None:
    path = tmp_path / name
    path.write_bytes(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
    kind: str | None = None
    with contextlib.suppress(StreamDialError):
        kind = detect_kind(path)
    assert kind is None or kind.isidentifier()


@pytest.mark.parametrize(
    ("folder", "pattern", "kind"),
    [
        ("danmaku/danmakufactory", "*.xml", "danmaku"),
        ("live_chat/chat_downloader", "2020_*.json", "live_chat"),
        ("comments", "*.*[vz]", "comments"),
        ("transcripts/webvtt_py", "*.*t", "transcript"),
        ("pages", "*.gz", "page"),
        ("crosswoz", "*.gz", "unknown"),
        ("streamdial", "*.gz", "unknown"),
        ("livechat_subset", "*.json", "unknown"),
    ],
)
def test_real_files_are_told(real_data: Path, folder: str, pattern: str, kind: str) -> None:
    files = sorted((real_data / folder).glob(pattern))
    assert files
    assert {detect_kind(path) for path in files} == {kind}
