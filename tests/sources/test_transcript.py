"""Transcripts of what is said."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamdial.counts import Counts
from streamdial.errors import SourceError, StreamDialError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Segment
from streamdial.sources import read_transcript
from tests.conftest import ROOT

SALTED = Pseudonymizer(bytes(range(32)))


def write(tmp_path: Path, text: str, name: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def read(path: Path, counts: Counts | None = None) -> list[Segment]:
    return read_transcript(path, pseudonyms=SALTED, counts=counts or Counts("sources"))


def show(segments: list[Segment]) -> list[tuple[float, float, str]]:
    return [(segment.start, segment.end, segment.text) for segment in segments]


def test_srt_is_read(tmp_path: Path, counts: Counts) -> None:
    text = "1\r\n00:00:00,500 --> 00:00:07,000\r\nHello\r\nthere\r\n\r\n"
    text += "2\r\n00:01:07,000 --> 01:00:00,000\r\n<i>Bye</i>\r\n"
    assert show(read(write(tmp_path, text, "a.srt"), counts)) == [(0.5, 7.0, "Hello there"), (67.0, 3600.0, "Bye")]
    assert counts.kept == 2 and not counts.dropped


def test_webvtt_loses_notes_tags_and_entities_and_keeps_voices(tmp_path: Path) -> None:
    text = (
        "WEBVTT - title\n\nSTYLE\n::cue { color: red }\n\nNOTE a note\n\nid 1\n00:01.000 --> 00:02.500 align:start\n"
        "<v Zhang San>Price &amp; <c.red>range</c></v>\n"
    )
    (segment,) = read(write(tmp_path, text, "a.vtt"))
    assert (segment.text, segment.start, segment.end) == ("Price & range", 1.0, 2.5)
    assert segment.speaker == SALTED.name("Zhang San")


ROLLING = """WEBVTT
Kind: captions

00:00:00.000 --> 00:00:02.000 align:start position:0%
\x20
the<00:00:00.500><c> price</c><00:00:01.000><c> is</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
the price is
\x20

00:00:02.010 --> 00:00:04.000 align:start position:0%
the price is
249,900<00:00:03.000><c> yuan</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
249,900 yuan
\x20
"""


def test_rolling_captions_come_once_with_word_times(tmp_path: Path, counts: Counts) -> None:
    segments = read(write(tmp_path, ROLLING, "a.vtt"), counts)
    assert show(segments) == [(0.0, 2.0, "the price is"), (2.01, 4.0, "249,900 yuan")]
    assert [(word.text, word.start, word.end) for word in segments[0].words] == [
        ("the", 0.0, 0.5),
        ("price", 0.5, 1.0),
        ("is", 1.0, 2.0),
    ]
    assert dict(counts.dropped) == {"rolled_up": 2}


def test_a_line_said_twice_is_no_rolling_caption(tmp_path: Path) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nyes\n\n00:02.000 --> 00:03.000\nyes\n\n00:04.000 --> 00:05.000\nno\n"
    assert [segment.text for segment in read(write(tmp_path, text, "a.vtt"))] == ["yes", "yes", "no"]


def test_whisper_json_keeps_words_and_their_mean_probability(tmp_path: Path) -> None:
    words = [
        {"word": " hello", "start": 0.0, "end": 0.4, "probability": 0.9},
        {"word": " world", "start": 0.4, "end": 1.0, "probability": 0.7},
    ]
    value = {
        "text": "…",
        "language": "en",
        "segments": [{"id": 0, "start": 0.0, "end": 1.0, "text": " hello world", "words": words}],
    }
    (segment,) = read(write(tmp_path, json.dumps(value), "a.json"))
    assert (segment.text, segment.confidence) == ("hello world", 0.8)
    assert [(word.text, word.probability) for word in segment.words] == [("hello", 0.9), ("world", 0.7)]


def test_whisperx_words_without_times_lie_between_their_neighbours(tmp_path: Path) -> None:
    words = [
        {"word": "costs", "start": 1.0, "end": 1.5, "score": 0.5},
        {"word": "249,900"},
        {"word": "yuan", "start": 2.5, "end": 3.0, "score": 1.0},
    ]
    value = {
        "segments": [{"start": 1.0, "end": 3.0, "text": "costs 249,900 yuan", "words": words, "speaker": "SPEAKER_01"}]
    }
    (segment,) = read(write(tmp_path, json.dumps(value), "a.json"))
    assert [(w.text, w.start, w.end) for w in segment.words] == [
        ("costs", 1.0, 1.5),
        ("249,900", 1.5, 2.5),
        ("yuan", 2.5, 3.0),
    ]
    assert (segment.speaker, segment.confidence) == ("SPEAKER_01", 0.75)


def test_lists_lines_tuples_and_whisper_cpp_are_read(tmp_path: Path) -> None:
    item = {"start": 0, "end": 1, "text": "你好", "words": [[0, 1, "你好", 0.5]]}
    assert show(read(write(tmp_path, json.dumps([item]), "a.json"))) == [(0.0, 1.0, "你好")]
    assert len(read(write(tmp_path, json.dumps(item) + "\n" + json.dumps(item), "a.jsonl"))) == 2
    cpp = {"transcription": [{"offsets": {"from": 500, "to": 1500}, "text": "你好"}]}
    assert show(read(write(tmp_path, json.dumps(cpp), "a.json"))) == [(0.5, 1.5, "你好")]


def test_whisper_csv_is_in_milliseconds(tmp_path: Path) -> None:
    text = 'start,end,text\n0,1500," Hello, there"\n1500,2000,one, two\nx,2,bad\n'
    counts = Counts("sources")
    assert show(read(write(tmp_path, text, "a.csv"), counts)) == [(0.0, 1.5, "Hello, there"), (1.5, 2.0, "one, two")]
    assert dict(counts.dropped) == {"bad_time": 1}


def test_timed_text_is_read_in_both_forms(tmp_path: Path, counts: Counts) -> None:
    old = '<transcript><text start="0" dur="1.5">it&amp;#39;s &lt;i>new&lt;/i></text>'
    old += '<text start="x">no</text></transcript>'
    assert show(read(write(tmp_path, old, "a.xml"), counts)) == [(0.0, 1.5, "it's new")]
    assert dict(counts.dropped) == {"bad_time": 1}
    new = '<timedtext><body><p t="1000" d="2000"><s>so</s><s t="500"> far</s></p></body></timedtext>'
    (segment,) = read(write(tmp_path, new, "a.xml"))
    assert (segment.start, segment.end, segment.text) == (1.0, 3.0, "so far")
    assert [(word.text, word.start, word.end) for word in segment.words] == [("so", 1.0, 1.5), ("far", 1.5, 3.0)]


def test_times_that_run_backwards_are_sorted_and_ends_mended(tmp_path: Path, counts: Counts) -> None:
    text = "start,end,text\n5000,6000,two\n1000,500,one\n9000,8000,three\n"
    assert show(read(write(tmp_path, text, "a.csv"), counts)) == [
        (1.0, 4.0, "one"),
        (5.0, 6.0, "two"),
        (9.0, 12.0, "three"),
    ]
    assert counts.notes == [
        "a.csv: times run backwards in 1 places; the segments were sorted.",
        "a.csv: 2 segments ended before they began; their ends were mended.",
    ]


def test_garbage_times_are_counted(tmp_path: Path, counts: Counts) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n00:00:0x,000 --> 00:00:03,000\nb\n\n"
    text += "3\n99999:00:00,000 --> 99999:00:01,000\nc\n"
    assert [segment.text for segment in read(write(tmp_path, text, "a.srt"), counts)] == ["a"]
    assert dict(counts.dropped) == {"bad_time": 2}


def test_personal_data_is_masked_in_text_and_words(tmp_path: Path) -> None:
    words = [{"word": w, "start": n, "end": n + 1} for n, w in enumerate(["call", "138", "0013", "8000", "now"])]
    value = {"segments": [{"start": 0, "end": 5, "text": "call 138 0013 8000 now", "words": words}]}
    (segment,) = read(write(tmp_path, json.dumps(value), "a.json"))
    assert segment.text == "call [PHONE] now"
    assert [(w.text, w.start, w.end) for w in segment.words] == [("call", 0, 1), ("[PHONE]", 1, 4), ("now", 4, 5)]


def test_zh_words_are_masked_too(tmp_path: Path) -> None:
    words = [{"word": w, "start": n, "end": n + 1} for n, w in enumerate(["打", "13800", "138000", "吧"])]
    (segment,) = read(
        write(tmp_path, json.dumps([{"start": 0, "end": 4, "text": "打13800138000吧", "words": words}]), "a.json")
    )
    assert [word.text for word in segment.words] == ["打", "[PHONE]", "吧"]


def test_a_cut_transcript_keeps_its_good_part(tmp_path: Path, counts: Counts) -> None:
    lines = [{"start": n, "end": n + 1, "text": f"t{n}"} for n in range(3)]
    assert len(read(write(tmp_path, json.dumps(lines)[:-10], "a.json"), counts)) == 2
    assert dict(counts.dropped) == {"broken_json": 1}


def test_silence_is_noted(tmp_path: Path, counts: Counts) -> None:
    assert read(write(tmp_path, '{"segments": []}', "a.json"), counts) == []
    assert counts.notes == ["a.json: holds no speech."]


@pytest.mark.parametrize("text", ["", "hello world", '{"a": 1}', "<html><p>x</p></html>", "a,b\n1,2\n"])
def test_what_is_no_transcript_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        read(write(tmp_path, text, "a.vtt"))


def test_an_entity_bomb_in_timed_text_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE t [<!ENTITY a "ha">]><transcript><text start="1">&a;</text></transcript>'
    with pytest.raises(SourceError, match="entity"):
        read(write(tmp_path, bomb, "a.xml"))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["", "WEBVTT\n\n", "start,end,text\n", "[", '{"segments":[', "<transcript>", "<timedtext>"]),
    st.text(alphabet='0:.,->\n <c>/"{}[]startendwordxé1s\x00', max_size=80) | st.text(max_size=40),
)
def test_no_text_whatever_raises_anything_of_its_own(tmp_path: Path, head: str, text: str) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes((head + text).encode("utf-8", "surrogatepass"))
    try:
        segments = read(path)
    except StreamDialError:
        return
    assert [segment.id for segment in segments] == [segment.id for segment in read(path)]
    assert all(segment.start <= segment.end for segment in segments)


@pytest.mark.parametrize(
    ("name", "kept", "dropped"),
    [
        # Time lines counted with grep "-->" (or "<text "), less those seen to be broken, empty or rolled up.
        ("webvtt_py/sample.vtt", 16, {}),
        ("webvtt_py/sample.srt", 5, {}),
        ("webvtt_py/comments.vtt", 3, {}),
        ("webvtt_py/cue_tags.vtt", 3, {}),
        ("webvtt_py/using_identifiers.vtt", 6, {}),
        ("webvtt_py/invalid_timeframe.vtt", 6, {"bad_time": 1}),
        ("webvtt_py/missing_caption_text.srt", 4, {"empty": 1}),
        ("webvtt_py/youtube_dl.vtt", 3, {"rolled_up": 1}),
        ("youtube_timedtext.xml", 3, {"empty": 1}),
    ],
)
def test_real_files_give_the_cues_grep_counts(
    real_data: Path, counts: Counts, name: str, kept: int, dropped: dict[str, int]
) -> None:
    assert len(read(real_data / "transcripts" / name, counts)) == kept
    assert dict(counts.dropped) == dropped


def test_the_shop_s_address_stays_and_a_home_s_does_not(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n地址是北京朝阳区建国路88号\n\n"
    text += "2\n00:00:03,000 --> 00:00:04,000\n我住在北京朝阳区建国路88号\n"
    told = [segment.text for segment in read(write(tmp_path, text, "a.srt"))]
    assert told == ["地址是北京朝阳区建国路88号", "我住在[ADDRESS]"]


def test_marked_segments_are_dropped_for_their_reasons_and_no_others() -> None:
    folder = ROOT / "tests" / "data" / "transcripts"
    for name, starts in json.loads((folder / "labels.json").read_text("utf-8")).items():
        counts = Counts("sources")
        kept = {str(segment.start) for segment in read(folder / name, counts)}
        assert not kept & set(starts), name
        assert counts.dropped == Counter(starts.values()), name


def test_clock_times_of_whisper_cpp_do_without_offsets(tmp_path: Path) -> None:
    text = '{"transcription": [{"timestamps": {"from": "00:00:03,000", "to": "00:00:05,500"}, "text": "hello"}]}'
    assert show(read(write(tmp_path, text, "w.json"))) == [(3.0, 5.5, "hello")]


def test_a_table_that_says_its_separator_is_read(tmp_path: Path) -> None:
    text = "sep=;\r\n\r\nstart;end;text\r\n0;2000;good evening, all\r\n"
    assert show(read(write(tmp_path, text, "speech.csv"))) == [(0.0, 2.0, "good evening, all")]


@pytest.mark.parametrize(
    "line",
    [
        "00:07:01.000:09:01.000 --> 00:09:04.000",
        "00:07 :01.000 --> 00:09:04.000",
        "00:07:01.000x00:08:01.000x00:08:30.000 --> 00:09:04.000",
    ],
)
def test_a_time_line_that_is_two_run_together_is_counted(tmp_path: Path, counts: Counts, line: str) -> None:
    captions = f"WEBVTT\n\n00:00:01.000 --> 00:00:04.000\none\n\n{line}\ntwo\n\n00:10:01.000 --> 00:10:04.000\nthree\n"
    segments = read(write(tmp_path, captions, "a.vtt"), counts)
    assert [segment.text for segment in segments] == ["one", "three"]
    assert dict(counts.dropped) == {"bad_time": 1}


def test_a_text_whose_time_line_is_gone_is_counted_and_what_is_no_text_is_not(tmp_path: Path, counts: Counts) -> None:
    captions = (
        "WEBVTT - title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE made by hand\n\n"
        "intro\n00:00:01.000 --> 00:00:04.000\none\n\n[[[[[[[[\ntwo\n\n7\n\nNOTE\nseen again\n\n"
        "8\n00:10:01.000 --> 00:10:04.000\nthree\n"
    )
    segments = read(write(tmp_path, captions, "a.vtt"), counts)
    assert [segment.text for segment in segments] == ["one", "three"]
    assert dict(counts.dropped) == {"bad_time": 1}
