"""Recordings: which files belong together, and what is in them."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError, MissingExtraError, SourceError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Language, Segment
from streamdial.sources import Recording, detect_language, open_recordings, read_recording, read_speech
from streamdial.testing import ScriptedTranscriber
from tests.screen.drawn_text import draw_frame, write_video

SALT = bytes(range(32))
DANMAKU = (
    "<i><chatid>1</chatid>"
    '<d p="5,1,25,1,1,0,aa,1">SU7多少钱</d><d p="9,1,25,1,1,0,bb,2">电话13800138000</d>'
    '<d p="7,4,25,1,1,1,cc,3">今天看车</d></i>'
)


class FakeTranscriber:
    """Says one line, in the language it was asked for."""

    model_id = "fake"

    def __init__(self, fails: bool = False, silent: bool = False) -> None:
        self.fails = fails
        self.silent = silent
        self.asked: list[tuple[str, Language | None]] = []

    def transcribe(self, path: Path, *, language: Language | None, source_id: str) -> list[Segment]:
        self.asked.append((path.name, language))
        if self.fails:
            raise ValueError("Invalid data found when processing input")
        if self.silent:
            return []
        return [Segment(id="x", source_id=source_id, start=1, end=2, text="the price is 249,900", confidence=0.9)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "room 1"
    (path / "more").mkdir(parents=True)
    (path / "chat.xml").write_text(DANMAKU)
    (path / "more" / "comments.jsonl").write_text('{"text": "有优惠吗"}\n{"text": "好看"}\n')
    (path / "speech.srt").write_text("1\n00:00:06,000 --> 00:00:08,000\n二十一万五\n")
    (path / "profile.json").write_text('{"昵称": "小李说车", "简介": "卖车"}')
    (path / "page.html").write_text("<html><title>SU7</title><body><p>续航700公里</p></body></html>")
    for name in ("README.md", "notes.txt", "stream.json", ".hidden.json", "make.py"):
        (path / name).write_text("{}")
    return path


def open_one(folder: Path, counts: Counts) -> Recording:
    (files,) = open_recordings([folder], salt=SALT, counts=counts)
    return read_recording(files, transcriber=None, language=None, salt=SALT, counts=counts)


def test_a_folder_is_one_recording(folder: Path, counts: Counts) -> None:
    recording = open_one(folder, counts)
    assert (recording.name, recording.language) == ("room 1", "zh")
    assert [segment.text for segment in recording.segments] == ["二十一万五", "今天看车"]
    assert [message.text for message in recording.iterate_messages()] == [
        "SU7多少钱",
        "电话[PHONE]",
        "有优惠吗",
        "好看",
    ]
    assert [page.title for page in recording.pages] == ["SU7"]
    assert recording.profile is not None and recording.profile.name == "小李说车"
    assert not counts.dropped
    assert counts.notes == ["room 1: passed over for their endings: make.py, notes.txt."]


def test_messages_can_be_streamed_again_and_are_counted_once(folder: Path, counts: Counts) -> None:
    recording = open_one(folder, counts)
    kept = counts.kept
    assert list(recording.iterate_messages()) == list(recording.iterate_messages())
    assert counts.kept == kept == 3 + 2 + 1 + 1 + 1


def test_the_id_follows_from_the_contents_alone(folder: Path, tmp_path: Path, counts: Counts) -> None:
    first = open_one(folder, counts)
    other = folder.rename(tmp_path / "room 2")
    (other / "chat.xml").rename(other / "bullets.xml")
    second = open_one(other, counts)
    assert first.id == second.id
    (other / "page.html").unlink()
    assert open_one(other, counts).id != first.id


def test_loose_files_are_one_recording_beside_each_folder(folder: Path, tmp_path: Path, counts: Counts) -> None:
    chat, text = tmp_path / "a.xml", tmp_path / "chat.txt"
    chat.write_text(DANMAKU)
    text.write_text('[{"message": "hi there", "time_in_seconds": 1, "author": {"id": "a"}}]')
    found = open_recordings([folder, chat, text], salt=SALT, counts=counts)
    assert [files.name for files in found] == ["room 1", "a"]
    assert found[1].by_kind == {"danmaku": (chat,), "live_chat": (text,)}


def test_unknown_and_double_files_are_counted(folder: Path, counts: Counts) -> None:
    (folder / "table.json").write_text("[[1, 2]]")
    (folder / "copy.xml").write_text(DANMAKU)
    (folder / "z_profile.json").write_text('{"name": "B", "bio": "x"}')
    open_recordings([folder], salt=SALT, counts=counts)
    assert dict(counts.dropped) == {"unknown_kind": 1, "duplicate_file": 1, "second_profile": 1}
    assert "copy.xml: holds the same as chat.xml; it was left out." in counts.notes or (
        "chat.xml: holds the same as copy.xml; it was left out." in counts.notes
    )


def test_a_path_that_does_not_exist_is_named(tmp_path: Path, counts: Counts) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        open_recordings([tmp_path / "nowhere"], salt=SALT, counts=counts)


def test_an_empty_folder_and_no_source_are_refused(tmp_path: Path, counts: Counts) -> None:
    for sources in ([tmp_path], []):
        with pytest.raises(SourceError, match="nothing that can be read"):
            open_recordings(sources, salt=SALT, counts=counts)


def test_a_short_salt_is_refused_before_anything_is_read(folder: Path, counts: Counts) -> None:
    with pytest.raises(ConfigurationError):
        open_recordings([folder], salt=b"x", counts=counts)


def test_an_unreadable_file_is_counted_and_the_run_goes_on(folder: Path, counts: Counts) -> None:
    (folder / "bomb.xml").write_text('<!DOCTYPE i [<!ENTITY a "b">]><i><d p="1,1">&a;</d></i>')
    (folder / "empty.html").write_text("<html></html>")
    recording = open_one(folder, counts)
    assert counts.dropped["unreadable"] == 2
    assert any("bomb.xml" in note and "entity" in note for note in counts.notes)
    assert len(list(recording.iterate_messages())) == 4


def test_nothing_readable_is_an_error(tmp_path: Path, counts: Counts) -> None:
    (tmp_path / "a.xml").write_text('<!DOCTYPE i [<!ENTITY a "b">]><i><d p="1,1">&a;</d></i>')
    with pytest.raises(SourceError, match="not one of its files could be read"):
        open_one(tmp_path, counts)


def test_an_empty_chat_is_read_and_noted(tmp_path: Path, counts: Counts) -> None:
    (tmp_path / "a.xml").write_text("<i><chatid>1</chatid></i>")
    recording = open_one(tmp_path, counts)
    assert list(recording.iterate_messages()) == []
    assert counts.notes == ["a.xml: holds no chat."]


def write_wave(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))


def test_audio_is_listened_to_in_the_language_of_the_chat(tmp_path: Path, counts: Counts) -> None:
    write_wave(tmp_path / "a.wav")
    (tmp_path / "a.xml").write_text(DANMAKU)
    (files,) = open_recordings([tmp_path], salt=SALT, counts=counts)
    fake = FakeTranscriber()
    recording = read_recording(files, transcriber=fake, language=None, salt=SALT, counts=counts)
    assert fake.asked == [("a.wav", "zh")]
    assert [segment.text for segment in recording.segments] == ["the price is 249,900", "今天看车"]
    assert recording.segments[0].confidence == 0.9


def test_audio_alone_is_taken_for_english(tmp_path: Path, counts: Counts) -> None:
    write_wave(tmp_path / "a.wav")
    (files,) = open_recordings([tmp_path / "a.wav"], salt=SALT, counts=counts)
    fake = FakeTranscriber()
    assert read_recording(files, transcriber=fake, language=None, salt=SALT, counts=counts).language == "en"
    assert fake.asked == [("a.wav", "en")]


def test_a_transcript_wins_over_audio(folder: Path, counts: Counts) -> None:
    write_wave(folder / "a.wav")
    (files,) = open_recordings([folder], salt=SALT, counts=counts)
    fake = FakeTranscriber()
    read_recording(files, transcriber=fake, language=None, salt=SALT, counts=counts)
    assert fake.asked == []
    assert counts.notes[1:] == ["a.wav: was not used, for there is a transcript."]


def test_audio_without_a_recogniser_names_the_extra(tmp_path: Path, counts: Counts) -> None:
    write_wave(tmp_path / "a.wav")
    (files,) = open_recordings([tmp_path], salt=SALT, counts=counts)
    with pytest.raises(MissingExtraError, match=r"streamdial\[asr\]"):
        read_recording(files, transcriber=None, language=None, salt=SALT, counts=counts)


def test_a_video_without_sound_needs_no_recogniser_and_says_what_became_of_it(folder: Path, counts: Counts) -> None:
    (folder / "speech.srt").unlink()
    write_video((draw_frame([]) for _ in range(5)), folder / "room.mp4")
    recording = open_one(folder, counts)
    assert recording.pages
    assert [note for note in counts.notes if "room.mp4" in note] == [
        "room.mp4: has no sound, and screens were not read; it was not used."
    ]


def test_a_video_without_sound_alone_is_nothing_that_can_be_read(tmp_path: Path, counts: Counts) -> None:
    write_video((draw_frame([]) for _ in range(5)), tmp_path / "room.mp4")
    with pytest.raises(SourceError, match="has no sound, and screens were not read"):
        open_one(tmp_path, counts)


def test_a_file_that_is_no_media_is_a_source_error(tmp_path: Path, counts: Counts) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("not media")
    names = Pseudonymizer(SALT)
    with pytest.raises(SourceError, match="cannot be decoded"):
        read_speech(path, transcriber=FakeTranscriber(fails=True), language="en", pseudonyms=names, counts=counts)
    path.write_bytes(b"")
    with pytest.raises(SourceError, match="is empty"):
        read_speech(path, transcriber=FakeTranscriber(), language="en", pseudonyms=names, counts=counts)


def test_silence_is_noted(tmp_path: Path, counts: Counts) -> None:
    write_wave(tmp_path / "a.wav")
    names = Pseudonymizer(SALT)
    silent = FakeTranscriber(silent=True)
    assert read_speech(tmp_path / "a.wav", transcriber=silent, language="en", pseudonyms=names, counts=counts) == []
    assert counts.notes == ["a.wav: nobody speaks in it."]


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["这车SU7 Ultra多少钱"], "zh"),
        (["how much is the SU7", "理想"], "en"),
        (["666", "[PHONE]", "😊"], None),
        ([], None),
    ],
)
def test_the_script_tells_the_language(texts: list[str], language: Language | None) -> None:
    assert detect_language(texts) == language


def test_no_name_of_a_viewer_is_left_in_a_recording(tmp_path: Path, counts: Counts) -> None:
    chat = [{"message": "hi", "time_in_seconds": 1, "author": {"id": "UCsecret", "name": "Jane Roe"}}]
    (tmp_path / "a.json").write_text(json.dumps(chat))
    recording = open_one(tmp_path, counts)
    dumped = "".join(message.model_dump_json() for message in recording.iterate_messages()) + repr(recording)
    assert "UCsecret" not in dumped and "Jane" not in dumped and repr(SALT) not in dumped


def test_real_chat_makes_a_recording(real_data: Path, counts: Counts) -> None:
    recording = open_one(real_data / "danmaku" / "danmakufactory", counts)
    assert recording.language == "zh"
    assert len(recording.segments) == 104
    assert sum(1 for _ in recording.iterate_messages()) == 1_096


def test_what_a_recogniser_hears_in_silence_is_counted(tmp_path: Path, counts: Counts) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF0000WAVE")
    heard = ScriptedTranscriber([(0, 1, "the price is 5"), *((at, at + 1, "and so it goes on") for at in range(1, 8))])
    found = read_speech(
        tmp_path / "a.wav", transcriber=heard, language="en", pseudonyms=Pseudonymizer(SALT), counts=counts
    )
    assert [segment.text for segment in found] == ["the price is 5", "and so it goes on"]
    assert (counts.asked, counts.kept, counts.dropped) == (8, 2, {"repetition_loop": 6})
    assert all(type(segment) is Segment for segment in found)
