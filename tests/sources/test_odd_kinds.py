"""Kinds told by structure, and what odd files keep and lose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamdial.counts import Counts
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message
from streamdial.sources import ReadContext, detect_kind
from streamdial.sources.reader import list_readers


def read(path: Path, counts: Counts, kind: str) -> list[Any]:
    assert detect_kind(path) == kind
    return list(list_readers()[kind].read(path, ReadContext(Pseudonymizer(bytes(32)), counts)))


def write(tmp_path: Path, name: str, body: object) -> Path:
    path = tmp_path / name
    path.write_text(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False), encoding="utf-8")
    return path


BULLET = {"idStr": "70010020030041", "progress": 2500, "mode": 1, "midHash": "f1", "content": "后排宽吗", "ctime": 1}


@pytest.mark.parametrize(
    ("name", "body", "times"),
    [
        ("a.json", [BULLET, {**BULLET, "idStr": "70010020030042", "progress": 4000}, BULLET], [2.5, 4.0]),
        ("a.json", {"elems": [BULLET]}, [2.5]),
        ("a.json", {"danmakus": [{"danmakuId": 1, "userId": 2, "position": 1500, "body": "好看"}]}, [1.5]),
        ("a.json", [{"message": "x", "messageEx": ["x"], "elapsedTime": "-0:05", "author": {"channelId": "c"}}], [-5]),
        (
            "a.json",
            [{"user": "a", "text": "好", "time": "0:01:05"}, {"user": "b", "text": "买", "time": "70"}],
            [65, 70],
        ),
        ("a.csv", "时间,昵称,内容\n00:03,甲,颜色加钱吗\n1:02:03,乙,好\n", [3, 3723]),
        ("a.jsonl", '{"offset": 3.5, "user": "a", "message": "hi"}\n{"offset": 4, "message": "ho"}\n', [3.5, 4]),
    ],
)
def test_a_text_with_a_clock_is_chat(
    tmp_path: Path, counts: Counts, name: str, body: object, times: list[float]
) -> None:
    messages = read(write(tmp_path, name, body), counts, "chat_list")
    assert [message.time for message in messages if isinstance(message, Message)] == times


def test_a_date_or_likes_make_comments_of_it(tmp_path: Path) -> None:
    assert detect_kind(write(tmp_path, "a.json", [{"text": "x", "user": "a", "time": 1_700_000_000}])) == "comments"
    assert detect_kind(write(tmp_path, "b.json", [{"text": "x", "likes": 2, "time": "10:15"}])) == "comments"


@pytest.mark.parametrize(
    ("name", "body", "starts"),
    [
        ("a.json", {"words": [{"word": "a", "start": 1, "end": 2}, {"word": "b", "start": 9, "end": 10}]}, [1, 9]),
        ("a.json", [{"text": "甲乙，丙", "timestamp": [[0, 500], [500, 900], [2000, 2500]]}], [0, 2]),
        ("a.json", [{"text": "x", "sentence_info": [{"text": "好", "start": 700, "end": 900, "spk": 1}]}], [0.7]),
        ("a.tsv", "start\tend\ttext\r\n1000\t2000\thello\r\n", [1]),
        ("a.csv", "start,end,text\r\n1000,2000,hello\r\n", [1]),
        ("a.ass", "[Script Info]\n[Events]\nDialogue: 0,0:00:02.50,0:00:03.00,D,,0,0,0,,{\\b1}one,\\Ntwo\n", [2.5]),
        ("a.lrc", "[ti:x]\n[00:01.50][00:04.00]again\n[00:02.00]once\n", [1.5, 2, 4]),
        ("a.srt", "1\n00:00:01,000 -> 00:00:02,000\none\n\n2\n00:00:05.000 &gt; 00:00:06.000\ntwo --> three\n", [1, 5]),
        (
            "a.xml",
            '<tt xmlns:t="p" t:tickRate="1000" t:frameRate="10"><p begin="2500t" end="3s">a</p>'
            '<p begin="00:00:04:05" dur="500ms">b</p></tt>',
            [2.5, 4.5],
        ),
    ],
)  # fmt: skip
def test_speech_in_any_shape_is_a_transcript(
    tmp_path: Path, counts: Counts, name: str, body: object, starts: list[float]
) -> None:
    assert [segment.start for segment in read(write(tmp_path, name, body), counts, "transcript")] == starts


def test_a_damaged_time_line_is_counted(tmp_path: Path, counts: Counts) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:0x.000 --> 00:04.000\ntwo\n\n00:05.000 --> 00:06.000\nthree\n"
    assert [each.text for each in read(write(tmp_path, "a.vtt", text), counts, "transcript")] == ["one", "three"]
    assert dict(counts.dropped) == {"bad_time": 1}


def test_marks_of_speakers_are_no_text(tmp_path: Path, counts: Counts) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n>> hello\n\n00:03.000 --> 00:04.000\n&gt;&gt; 3 > 2\n"
    assert [each.text for each in read(write(tmp_path, "a.vtt", text), counts, "transcript")] == ["hello", "3 > 2"]


def make_action(key: str, text: str, author: str) -> dict[str, Any]:
    renderer = {"message": {"simpleText": text}, "id": key, "authorExternalChannelId": author, "timestampUsec": "1"}
    return {"addChatItemAction": {"item": {"liveChatTextMessageRenderer": renderer}}}


def test_deleted_messages_and_those_of_a_removed_author_are_gone(tmp_path: Path, counts: Counts) -> None:
    actions = [
        make_action("1", "stays", "a"),
        make_action("2", "taken back", "a"),
        make_action("3", "of somebody removed", "b"),
        make_action("1", "stays", "a"),
        {"markChatItemAsDeletedAction": {"targetItemId": "2"}},
        {"markChatItemsByAuthorAsDeletedAction": {"externalChannelId": "b"}},
    ]
    path = write(tmp_path, "a.live_chat.json", "\n".join(map(json.dumps, actions)))
    assert [message.text for message in read(path, counts, "live_chat")] == ["stays"]
    assert dict(counts.dropped) == {"deleted": 2, "same_id": 1, "not_a_message": 2}


def test_comments_are_unescaped_told_once_and_find_a_later_parent(tmp_path: Path, counts: Counts) -> None:
    rows = [
        {"id": "2", "parent": "1", "text": "It&#39;s 3 &lt; 4<br>ok", "likes": "1,234"},
        {"id": "1", "text": "how <b>much</b>?", "likes": "2.345"},
        {"id": "1", "text": "how <b>much</b>?", "likes": "2.345"},
    ]
    first, second = read(write(tmp_path, "a.json", rows), counts, "comments")
    assert (first.text, first.likes, second.text, second.likes) == ("how much?", 2345, "It's 3 < 4 ok", 1234)
    assert second.parent == first.id
    assert dict(counts.dropped) == {"same_id": 1}


@pytest.mark.parametrize("name", ["a.json", "a.info.json"])
def test_broken_json_keeps_what_stands_before_and_after(tmp_path: Path, counts: Counts, name: str) -> None:
    rows = [f'{{"id": "{n}", "text": "text {n}", "likes": {n}}}' for n in range(5)]
    rows[2] = '{"id": "2", "text": "cut he'
    listed = "[" + ",\n".join(rows) + "]"
    body = listed if name == "a.json" else f'{{"title": "x", "comments": {listed}, "channel_id": "c"}}'
    records = read(write(tmp_path, name, body), counts, "comments")
    assert [record.text for record in records] == ["text 0", "text 1", "text 3", "text 4"]
    assert counts.dropped["broken_json"] == 1


def test_a_broken_transcript_and_glued_objects_are_read(tmp_path: Path, counts: Counts) -> None:
    parts = [f'{{"id": {n}, "start": {n}, "end": {n + 1}, "text": "line {n}", "words": []}}' for n in range(4)]
    parts[1] = '{"id": 1, "start": 1, "end": }'
    path = write(tmp_path, "a.json", '{"language": "en", "segments": [' + ", ".join(parts) + "]}")
    assert [segment.start for segment in read(path, counts, "transcript")] == [0, 2, 3]
    glued = write(tmp_path, "b.jsonl", '{"text": "a"}{"text": "b"}\n{"text": "c"}\n{"text"')
    assert [each.text for each in read(glued, counts, "comments")] == ["a", "b", "c"]
    assert counts.dropped["broken_json"] == 2
