"""Comments below a video."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamdial.counts import Counts
from streamdial.errors import SourceError, StreamDialError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message
from streamdial.sources import read_comments

SALTED = Pseudonymizer(bytes(range(32)))


def write(tmp_path: Path, text: str, name: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def read(path: Path, counts: Counts | None = None) -> list[Message]:
    return list(read_comments(path, pseudonyms=SALTED, counts=counts or Counts("sources")))


def test_comments_of_yt_dlp_keep_parents_likes_and_the_uploader(tmp_path: Path, counts: Counts) -> None:
    info = {
        "id": "v1",
        "title": "Test drive, call 13800138000",
        "channel": "Car Talk",
        "channel_id": "UCX",
        "comments": [
            {
                "id": "c1",
                "parent": "root",
                "text": "How far does it go?",
                "author": "@ann",
                "author_id": "UC1",
                "like_count": 7,
            },
            {
                "id": "c1.r1",
                "parent": "c1",
                "text": "620 km",
                "author": "@host",
                "author_id": "UC2",
                "author_is_uploader": True,
            },
            {"id": "c2", "parent": "root", "text": "Nice", "author": "@own", "author_id": "UCX"},
            {"id": "c3", "parent": "root"},
        ],
    }
    question, answer, own = read(write(tmp_path, json.dumps(info), "a.info.json"), counts)
    assert (question.text, question.likes, question.parent, question.time) == ("How far does it go?", 7, None, None)
    assert (question.kind, question.author, question.by_host) == ("comment", SALTED.name("UC1"), False)
    assert (answer.parent, answer.by_host) == (question.id, True)
    assert own.by_host
    assert counts.notes == ["a.info.json: title 'Test drive, call [PHONE]', channel 'Car Talk'."]
    assert dict(counts.dropped) == {"no_text": 1}


def test_a_comment_repeated_once_per_reply_comes_once(tmp_path: Path, counts: Counts) -> None:
    text = (
        "\ufeffUser Name,Sex,Comments,Likes,Replies\n甲,男,落地多少,759,23万\n甲,男,落地多少,759,回复 @乙 :谢谢\n"
        '丙,女,"好看,想买",1.2万,\n丙,女,"好看,想买",1.2万,\n'
    )
    first, reply, other, third, again = read(write(tmp_path, text, "c.csv"), counts)
    assert (first.text, first.likes, first.author) == ("落地多少", 759, SALTED.name("甲"))
    assert (reply.text, reply.parent) == ("23万", first.id)
    assert (other.text, other.parent) == ("回复 [USER] :谢谢", first.id)
    assert (third.text, third.likes) == ("好看,想买", 12_000)
    assert again.id != third.id
    assert counts.kept == 5


def test_chinese_column_names_are_known(tmp_path: Path) -> None:
    text = "评论ID,父评论ID,昵称,评论内容,点赞数,是否UP主\n1,0,甲,多少钱,3,否\n2,1,店家,249900元,5,是\n"
    question, answer = read(write(tmp_path, text, "c.csv"))
    assert (question.text, question.likes, question.by_host) == ("多少钱", 3, False)
    assert (answer.parent, answer.by_host, answer.text) == (question.id, True, "249900元")


def test_a_table_in_gb18030_with_semicolons_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes("用户;评论\n甲;续航多少\n".encode("gb18030"))
    assert [message.text for message in read(path)] == ["续航多少"]


def test_bilibili_replies_are_read_from_json_lines(tmp_path: Path, counts: Counts) -> None:
    root = {"rpid": 11, "parent": 0, "mid": 5, "like": 2, "content": {"message": "有优惠吗"}, "member": {"uname": "甲"}}
    root["replies"] = [{"rpid": 12, "parent": 11, "mid": 6, "content": {"message": "有的"}, "member": {"uname": "乙"}}]
    lost = {"rpid": 13, "parent": 99, "mid": 7, "content": {"message": "+1"}}
    text = "\n".join([json.dumps(root), "{broken", json.dumps(lost)])
    first, reply, third = read(write(tmp_path, text, "c.jsonl"), counts)
    assert (first.text, first.likes, first.author) == ("有优惠吗", 2, SALTED.name("5"))
    assert (reply.text, reply.parent) == ("有的", first.id)
    assert third.parent is None
    assert dict(counts.dropped) == {"broken_json": 1}
    assert counts.notes == [
        "c.jsonl: not valid JSON in line 2; the other lines were kept.",
        "c.jsonl: 1 replies answer a comment that is not there.",
    ]


def test_any_text_field_is_enough(tmp_path: Path) -> None:
    assert [m.text for m in read(write(tmp_path, '{"text": "a"}\n{"text": "b", "level": "3"}\n', "c.jsonl"))] == [
        "a",
        "b",
    ]
    assert [m.text for m in read(write(tmp_path, '[{"content": "a"}]', "c.json"))] == ["a"]
    assert [m.text for m in read(write(tmp_path, "text\nhello\n", "c.csv"))] == ["hello"]


def test_a_table_without_texts_names_its_columns(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="its columns are 'price, km'"):
        read(write(tmp_path, "price,km\n1,2\n", "c.csv"))


@pytest.mark.parametrize("name", ["c.csv", "c.jsonl", "c.info.json"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="is empty"):
        read(write(tmp_path, " \n", name))


def test_an_info_file_without_comments_is_noted(tmp_path: Path, counts: Counts) -> None:
    assert read(write(tmp_path, '{"title": "x", "comments": null}', "a.info.json"), counts) == []
    assert counts.notes == ["a.info.json: holds no comments (fetch them with --write-comments)."]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(alphabet='text,parent\n"1{}[]:;\x00é', max_size=60) | st.text(max_size=60), st.sampled_from(["csv", "json"])
)
def test_no_text_whatever_raises_anything_of_its_own(tmp_path: Path, text: str, ending: str) -> None:
    path = tmp_path / f"c.{ending}"
    path.write_bytes((("text,id\n" if ending == "csv" else "") + text).encode("utf-8", "surrogatepass"))
    try:
        first = [message.id for message in read(path)]
        assert first == [message.id for message in read(path)]
        assert len(set(first)) == len(first)
    except StreamDialError:
        pass


def test_the_real_table_gives_a_comment_a_group_and_all_replies(real_data: Path, counts: Counts) -> None:
    messages = read(real_data / "comments" / "bilibili_comments_lvlh2.csv", counts)
    # Grouped with the csv module by neighbours with the same user and comment and a reply; 539 replies are not blank.
    assert sum(message.parent is not None for message in messages) == 539
    assert sum(message.parent is None for message in messages) == 2_515
    assert not counts.dropped


def test_the_real_json_lines_give_a_comment_a_line(real_data: Path, counts: Counts) -> None:
    messages = read(real_data / "comments" / "RunningIntoSea_commentdata.jsonl.gz", counts)
    assert (len(messages), dict(counts.dropped)) == (3_000, {})
    assert len({message.id for message in messages}) == 3_000


def test_whom_a_reply_is_for_is_kept_as_a_pseudonym(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "author": "@anna", "author_id": "UC1", "text": "does it fit?"},
        {"id": "2", "author": "@ben", "author_id": "UC2", "text": "@anna it does", "parent": "1"},
        {"id": "3", "author": "小红", "text": "回复 @小明 :可以的", "parent": "1"},
        {"id": "4", "author": "小红", "text": "see you @anna", "parent": "1"},
    ]
    path = write(tmp_path, "\n".join(json.dumps(row) for row in rows), "comments.jsonl")
    question, answer, other, last = read(path)
    assert answer.mention == question.author == SALTED.name("UC1")
    assert other.mention == SALTED.name("小明")
    assert question.mention is None and last.mention is None
    assert "anna" not in answer.text


def test_the_uploader_of_bilibilis_replies_is_the_account(tmp_path: Path) -> None:
    reply = {"rpid": 2, "parent": 1, "mid": 9, "content": {"message": "二十万"}, "member": {"uname": "店家"}}
    first = {"rpid": 1, "mid": 4, "content": {"message": "多少钱"}, "member": {"uname": "甲"}, "replies": [reply]}
    path = tmp_path / "reply.json"
    for upper, expected in ((9, [False, True]), ("9", [False, True]), (0, [False, False]), (None, [False, False])):
        path.write_text(json.dumps({"code": 0, "data": {"upper": {"mid": upper}, "replies": [first]}}), "utf-8")
        found = list(read_comments(path, pseudonyms=Pseudonymizer(bytes(range(32))), counts=Counts("comments")))
        assert [message.by_host for message in found] == expected
