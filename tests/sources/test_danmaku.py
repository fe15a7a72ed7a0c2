"""Bilibili danmaku XML."""

from __future__ import annotations

import contextlib
import gzip
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamdial.counts import Counts
from streamdial.errors import SourceError, StreamDialError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message, Segment
from streamdial.sources import read_danmaku

HEAD = '<?xml version="1.0" encoding="UTF-8"?><i><chatserver>chat.bilibili.com</chatserver><chatid>1</chatid>'
SALTED = Pseudonymizer(bytes(range(32)))


def write(tmp_path: Path, text: str | bytes, name: str = "chat.xml") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path, counts: Counts | None = None) -> list[Message | Segment]:
    return list(read_danmaku(path, pseudonyms=SALTED, counts=counts or Counts("sources")))


def read_texts(path: Path, counts: Counts | None = None) -> list[str]:
    return [record.text for record in read(path, counts)]


def test_video_lines_are_read_with_eight_and_nine_fields(tmp_path: Path, counts: Counts) -> None:
    path = write(
        tmp_path,
        HEAD + '<d p="12.5,1,25,16777215,1625843057,0,94b84467,517,10">SU7多少钱？</d>'
        '<d p="3,1,25,16777215,1296965347,0,c4c06db0,14089276">路过 &amp; 看看</d></i>',
    )
    first, second = read(path, counts)
    assert isinstance(first, Message) and isinstance(second, Message)
    assert (first.text, first.time, first.kind, first.author) == ("SU7多少钱？", 12.5, "chat", SALTED.name("94b84467"))
    assert (second.text, second.time) == ("路过 & 看看", 3.0)
    assert (counts.asked, counts.kept, dict(counts.dropped), counts.notes) == (2, 2, {}, [])


def test_the_subtitle_pool_becomes_speech(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEAD + '<d p="9.459,4,18,15138834,1625838626,1,70d07ce3,51">大家好</d>'
        '<d p="20,7,25,1,1,1,70d07ce3,52">[0,0,"1-1",3.8,"今天看车/n看SU7",0,0]</d>'
        '<d p="30,1,25,1,1,0,70d07ce3,53">299/night</d></i>',
    )
    first, second, third = read(path)
    assert isinstance(first, Segment) and isinstance(second, Segment)
    assert (first.start, first.end, first.text) == (9.459, 13.459, "大家好")
    assert (second.start, second.end, second.text) == (20.0, 23.8, "今天看车 看SU7")
    assert isinstance(third, Message) and third.text == "299/night"


def test_a_live_room_has_paid_lines_gifts_and_guards(tmp_path: Path, counts: Counts) -> None:
    path = write(
        tmp_path,
        "<i><metadata><user_name>小李说车</user_name></metadata>"
        '<gift ts="1" uid="5" user="甲" giftname="小花花" giftcount="1"/>'
        '<guard ts="2" uid="6" user="乙" giftname="舰长"/><toast ts="2"/>'
        '<d p="2.5,1,25,1,1741787673905,0,486e53d6,5" uid="77" user="丙">能优惠吗</d>'
        '<d p="4,1,25,1,1741787673905,0,0,5" uid="0" user="小李说车">可以的</d>'
        '<sc ts="10.000" uid="123" user="丁" price="30" time="6">讲讲保养</sc></i>',
    )
    question, answer, paid = read(path, counts)
    assert isinstance(question, Message) and isinstance(answer, Message) and isinstance(paid, Message)
    assert (question.author, question.by_host) == (SALTED.name("77"), False)
    assert (answer.author, answer.by_host) == (SALTED.name("小李说车"), True)
    assert (paid.kind, paid.time, paid.text, paid.author) == ("paid", 10.0, "讲讲保养", SALTED.name("123"))
    assert dict(counts.dropped) == {"gift": 1, "guard": 2}
    assert (counts.asked, counts.kept) == (6, 3)


@pytest.mark.parametrize(
    "p", ["", "abc,1", "-5000,1,25,1,1,0,a,1", "NaN,1,25", "inf,1", "1e300,1", "99999999,1,25,1,1,0,a"]
)
def test_garbage_times_are_counted(tmp_path: Path, counts: Counts, p: str) -> None:
    path = write(tmp_path, f'{HEAD}<d p="{p}">坏</d><d p="1,1,25,1,1,0,a,1">好</d></i>')
    assert read_texts(path, counts) == ["好"]
    assert dict(counts.dropped) == {"bad_time": 1}


def test_empty_lines_and_scripts_are_counted(tmp_path: Path, counts: Counts) -> None:
    path = write(tmp_path, HEAD + '<d p="1,1,25">  </d><d p="1,8,25,1,1,2,a,1">function(){}</d><d p="1,1"/></i>')
    assert read(path, counts) == []
    assert dict(counts.dropped) == {"empty": 2, "script": 1}


def test_an_empty_chat_is_no_error(tmp_path: Path, counts: Counts) -> None:
    assert read(write(tmp_path, HEAD + "</i>"), counts) == []
    assert counts.notes == ["chat.xml: holds no chat."]


def test_personal_data_and_names_do_not_come_through(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + '<d p="1,1,25,1,1,0,hash77,1" user="张三">我电话13800138000</d></i>')
    (message,) = read(path)
    assert message.text == "我电话[PHONE]"
    assert "hash77" not in message.model_dump_json() and "张三" not in message.model_dump_json()


def test_a_truncated_file_keeps_its_good_part_and_tells_the_place(tmp_path: Path, counts: Counts) -> None:
    path = write(
        tmp_path, HEAD + '\n<d p="1,1,25,1,1,0,a,1">一</d>\n<d p="2,1,25,1,1,0,a,1">二</d>\n<d p="3,1,25,1,1,0'
    )
    assert read_texts(path, counts) == ["一", "二"]
    assert len(counts.notes) == 1
    assert counts.notes[0].startswith("chat.xml: the XML is broken at line 4, about byte ")


def test_a_line_cut_in_its_text_is_dropped(tmp_path: Path, counts: Counts) -> None:
    path = write(tmp_path, HEAD + '<d p="1,1,25,1,1,0,a,1">一</d><d p="2,1,25,1,1,0,a,1">价格是249')
    assert read_texts(path, counts) == ["一"]
    assert dict(counts.dropped) == {"broken_xml": 1}


def test_reading_goes_on_behind_a_broken_line(tmp_path: Path, counts: Counts) -> None:
    path = write(
        tmp_path,
        HEAD + '<d p="1,1,25,1,1,0,a,1">一</d><d p="2,1,25"[坏]二</d><d p="3,1,25,1,1,0,a,1">三</d>'
        '<d p="4,1,25,1,1,0,a,1">四 & 五 < 六</d><d p="5,1,25,1,1,0,a,1">七</d></i>',
    )
    assert read_texts(path, counts) == ["一", "三", "四 & 五 < 六", "七"]
    assert dict(counts.dropped) == {"broken_xml": 1}


def test_a_missing_end_tag_ends_with_the_next_line(tmp_path: Path, counts: Counts) -> None:
    path = write(tmp_path, HEAD + '<d p="1,1,25,1,1,0,a,1">一<d p="2,1,25,1,1,0,a,1">二</d></i>')
    assert read_texts(path, counts) == ["一", "二"]


def test_an_entity_bomb_is_refused(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE i [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><i><d p="1,1,25">&b;</d></i>'
    with pytest.raises(SourceError, match="declares the XML entity 'a'"):
        read(write(tmp_path, bomb))


def test_an_external_entity_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/hostname">]><i><d p="1,1,25">&x;</d></i>'
    with pytest.raises(SourceError, match="entity"):
        read(write(tmp_path, bomb))


def test_control_characters_are_tolerated(tmp_path: Path, counts: Counts) -> None:
    path = write(tmp_path, HEAD + '<d p="1,1,25,1,1,0,a,1">多\x00\x0b少&#x8;&#11;钱&nbsp;吗</d></i>')
    assert read_texts(path, counts) == ["多少钱&nbsp;吗"]
    assert not counts.dropped


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_every_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><i>' + '<d p="1,1,25,1,1,0,a,1">续航多少公里</d></i>'
    assert read_texts(write(tmp_path, text.encode(encoding))) == ["续航多少公里"]


def test_mixed_encodings_are_replaced_and_noted(tmp_path: Path, counts: Counts) -> None:
    bad = b'<d p="2,1,25,1,1,0,a,1">ok\xff</d>'
    path = write(tmp_path, HEAD.encode() + '<d p="1,1,25,1,1,0,a,1">续航</d>'.encode() + bad + b"</i>")
    assert read_texts(path, counts) == ["续航", "ok\ufffd"]
    assert counts.notes == ["chat.xml: 1 places were not valid utf-8 and were replaced."]


def test_gzip_is_unpacked_and_a_cut_one_keeps_its_good_part(tmp_path: Path, counts: Counts) -> None:
    lines = "".join(f'<d p="{n},1,25,1,1,0,a,{n}">第{n * 7919}条</d>\n' for n in range(20_000))
    packed = gzip.compress((HEAD + lines + "</i>").encode())
    assert len(read(write(tmp_path, packed, "a.xml.gz"))) == 20_000
    part = read(write(tmp_path, packed[: len(packed) // 2], "b.xml.gz"), counts)
    assert 0 < len(part) < 20_000
    assert any("packed data ends early" in note for note in counts.notes)


@pytest.mark.parametrize(
    "text", ["", "   \n", "<html><body>404</body></html>", "not xml at all", "\x00\x01\x02\x03binary\x00\x00"]
)
def test_what_is_no_danmaku_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        read(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.xml"):
        read(tmp_path / "nowhere.xml")


def test_the_same_file_twice_gives_the_same_ids_and_none_twice(tmp_path: Path) -> None:
    lines = '<d p="1,1,25,1,1,0,a,1">666</d>' * 5 + '<d p="2,1,25,1,1,0,a,1">666</d>'
    path = write(tmp_path, HEAD + lines + "</i>")
    copy = write(tmp_path, HEAD + lines + "</i>", "copy.xml")
    ids = [record.id for record in read(path)]
    assert ids == [record.id for record in read(copy)]
    assert len(set(ids)) == 6


def test_ids_do_not_depend_on_the_salt(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + '<d p="1,1,25,1,1,0,a,1">666</d></i>')
    other = read_danmaku(path, pseudonyms=Pseudonymizer(bytes(32)), counts=Counts("sources"))
    assert [record.id for record in read(path)] == [record.id for record in other]


@pytest.mark.slow
def test_a_large_chat_is_streamed_with_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    line = '<d p="{n},1,25,16777215,1625843057,0,94b84467,517">' + "这款车的续航到底有多少公里" * 26 + "</d>\n"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for n in range(19_500):
            file.write(line.format(n=n))
        file.write("</i>")
    assert path.stat().st_size > 20_000_000
    reader = read_danmaku(path, pseudonyms=SALTED, counts=Counts("sources"))
    next(reader)
    tracemalloc.start()
    try:
        count = 1
        for _ in reader:
            count += 1
            if count == 4_000:
                break
        early = tracemalloc.get_traced_memory()[1]
        for _ in reader:
            count += 1
        late = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 19_500
    assert late < early + 1_000_000
    assert late < 16_000_000


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200)
    | st.text(alphabet='<d p="1,7[]>/&;#xi!ENTITY\x00\ud800é', max_size=80).map(
        lambda text: (HEAD + text).encode("utf-8", "surrogatepass")
    )
)
def test_no_bytes_whatever_raise_anything_of_their_own(tmp_path: Path, data: bytes) -> None:
    path, counts = write(tmp_path, data), Counts("sources")
    records: list[Message | Segment] = []
    with contextlib.suppress(StreamDialError):
        records = read(path, counts)
    assert len(records) <= counts.kept


@pytest.mark.parametrize(
    ("name", "messages", "segments", "dropped"),
    [
        # Counted with a regular expression over <d p="..."> by pool, and with grep for <gift, <guard and <sc.
        ("danmakufactory/danmaku01.xml", 1096, 104, {}),
        ("commentcorelibrary/boss.xml", 1000, 0, {}),
        ("commentcorelibrary/mikunoshoushitsu.xml", 1000, 1674, {}),
        ("commentcorelibrary/unowen.xml", 152, 1701, {}),
        ("danmakuflamemaster/comments.xml", 1000, 239, {}),
        ("danmakuconvert_live/sample.xml", 126, 0, {"gift": 24, "guard": 3}),
        ("commentcorelibrary/invalid_no_closing.xml", 7, 0, {}),
        ("commentcorelibrary/invalid_syntax_error.xml", 6, 0, {"broken_xml": 1}),
        ("commentcorelibrary/synthetic_BilibiliFormat.xml", 0, 0, {"bad_time": 1}),
    ],
)
def test_real_files_give_the_counts_that_grep_gives(
    real_data: Path, counts: Counts, name: str, messages: int, segments: int, dropped: dict[str, int]
) -> None:
    records = read(real_data / "danmaku" / name, counts)
    assert Counter(type(record) for record in records) == Counter({Message: messages, Segment: segments})
    assert dict(counts.dropped) == dropped
    assert counts.kept == messages + segments
    assert len({record.id for record in records}) == len(records)


def test_a_real_page_in_place_of_danmaku_is_refused(real_data: Path) -> None:
    with pytest.raises(SourceError, match="is not danmaku XML"):
        read(real_data / "danmaku" / "commentcorelibrary" / "invalid_xss.xml")


@pytest.mark.parametrize("text", ["<500", "a<b吗", "<3", "用<b>粗体", "</x>", "<d", "1<2>0", "看<!--这", "x<i>y</i>"])
def test_what_looks_like_a_tag_in_a_line_is_text(tmp_path: Path, counts: Counts, text: str) -> None:
    lines = f'<d p="1,1,25,1,1,0,a,1">预算{text}</d><d p="2,1,25,1,1,0,a,1">下一条</d>'
    assert read_texts(write(tmp_path, HEAD + lines + "</i>"), counts) == [f"预算{text}", "下一条"]
    assert not counts.dropped


def test_the_second_form_has_milliseconds_behind_the_row(tmp_path: Path, counts: Counts) -> None:
    rows = "".join(
        f'<d p="7001002003004{n},{pool},{ms},1,25,16777215,1700000000,0,f{n}">第{n}条</d>'
        for n, pool, ms in ((1, 0, 2500), (2, 1, 4000), (1, 0, 2500))
    )
    first, second = read(write(tmp_path, f'<?xml version="2.0"?><i>{rows}</i>'), counts)
    assert isinstance(first, Message) and isinstance(second, Segment)
    assert (first.time, first.author, second.start) == (2.5, SALTED.name("f1"), 4.0)
    assert dict(counts.dropped) == {"same_id": 1}


def test_a_line_cut_in_its_tag_is_counted(tmp_path: Path, counts: Counts) -> None:
    path = write(tmp_path, HEAD + '<d p="1,1,25,1,1,0,a,1">一</d><d p="2,1,25,1,1,0,a,1" raw="x')
    assert read_texts(path, counts) == ["一"]
    assert dict(counts.dropped) == {"broken_xml": 1}
