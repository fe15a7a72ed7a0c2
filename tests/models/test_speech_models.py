from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from streamdial.errors import ConfigurationError, MissingExtraError, SourceError
from streamdial.models import HeardSegment, Transcriber, build_transcriber, find_made_up
from streamdial.models.speech import FasterWhisperTranscriber, WhisperXTranscriber, build_segment, join_fragments
from streamdial.records import Word
from streamdial.testing import ScriptedTranscriber


def test_pieces_without_a_space_belong_to_the_word_before() -> None:
    pieces = [(" 48", 0.0, 0.2, 0.9), (",000", 0.2, 0.5, 0.6), (" plug", 0.6, 0.8, 0.7), ("-in", 0.8, 0.9, 0.95)]
    assert join_fragments(pieces) == (
        Word(text="48,000", start=0.0, end=0.5, probability=0.6),
        Word(text="plug-in", start=0.6, end=0.9, probability=0.7),
    )


def test_chinese_pieces_stay_words_of_their_own() -> None:
    pieces = [
        ("续航", 0.0, 0.4, 0.9),
        ("6", 0.4, 0.5, 0.8),
        ("20", 0.5, 0.7, 0.7),
        ("公里", 0.7, 1.0, 0.9),
        ("", 1.0, 1.0, 0.1),
    ]
    assert [word.text for word in join_fragments(pieces)] == ["续航", "620", "公里"]


def test_a_segment_has_the_mean_probability_of_its_words_and_an_id_of_its_content() -> None:
    words = (Word(text="a", start=0, end=1, probability=0.5), Word(text="b", start=1, end=2, probability=0.8))
    segment = build_segment("s", 1.23456, 2.0, "a b", words, speaker="SPEAKER_00")
    assert (segment.start, segment.confidence, segment.speaker) == (1.235, 0.65, "SPEAKER_00")
    assert segment.id == build_segment("s", 1.23456, 9.0, "a b", ()).id
    assert segment.id != build_segment("s", 1.23456, 2.0, "a c", words).id
    assert build_segment("s", 0, 1, "x", ()).confidence is None


def speak(start: float, end: float, text: str, *, ratio: float = 1.5) -> SimpleNamespace:
    words = [SimpleNamespace(word=f" {word}", start=start, end=end, probability=0.9) for word in text.split()]
    figures = {"compression_ratio": ratio, "avg_logprob": -0.3, "no_speech_prob": 0.1}
    return SimpleNamespace(start=start, end=end, text=f" {text}", words=words, **figures)


class FakeWhisper:
    """faster-whisper's WhisperModel, as far as it is used."""

    made: list[FakeWhisper]
    segments: list[SimpleNamespace]
    fault: Exception | None = None
    seconds = 60

    def __init__(self, path: str, **options: object) -> None:
        self.path, self.options, self.asked = path, options, {}
        FakeWhisper.made.append(self)

    def transcribe(self, sound: object, **asked: object) -> tuple[Iterator[SimpleNamespace], SimpleNamespace]:
        self.asked = asked
        return iter(FakeWhisper.segments), SimpleNamespace(duration=60.0)

    def detect_language(self, sound: object, *, vad_filter: bool) -> tuple[str, float, list[tuple[str, float]]]:
        assert vad_filter
        return "en", 1.0, []


def decode_audio(path: str, *, sampling_rate: int) -> np.ndarray:
    if FakeWhisper.fault is not None:
        raise FakeWhisper.fault
    return np.zeros(FakeWhisper.seconds * sampling_rate, dtype=np.float32)


@pytest.fixture
def whisper(monkeypatch: pytest.MonkeyPatch) -> type[FakeWhisper]:
    module = ModuleType("faster_whisper")
    module.WhisperModel = FakeWhisper  # type: ignore[attr-defined]
    module.decode_audio = decode_audio  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    FakeWhisper.made, FakeWhisper.segments, FakeWhisper.fault = [], [], None
    return FakeWhisper


def test_faster_whisper_is_asked_for_words_behind_voice_detection(whisper: type[FakeWhisper], tmp_path: Path) -> None:
    whisper.segments = [speak(0, 2, "the range is 620")]
    heard: list[tuple[float, float]] = []
    transcriber = build_transcriber("faster-whisper", str(tmp_path), progress=lambda *at: heard.append(at))
    assert isinstance(transcriber, Transcriber)
    assert whisper.made == []  # weights are loaded with the first file
    found = transcriber.transcribe(Path("a.mp4"), language="en", source_id="s")
    transcriber.transcribe(Path("b.mp4"), language="zh", source_id="s")
    assert [word.text for word in found[0].words] == ["the", "range", "is", "620"]
    assert len(whisper.made) == 1
    asked = whisper.made[0].asked
    assert (asked["language"], asked["temperature"], asked["condition_on_previous_text"]) == ("zh", 0.0, False)
    assert asked["vad_filter"] and asked["word_timestamps"]
    assert whisper.made[0].options["local_files_only"] is True
    assert heard == [(2, 60.0), (60, 60.0)] * 2


def test_parts_are_heard_side_by_side_and_stand_in_their_order(
    whisper: type[FakeWhisper], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2)
    monkeypatch.setattr(whisper, "seconds", 350)
    seen: list[int] = []

    def hear(self: FakeWhisper, sound: np.ndarray, **_: object) -> tuple[Iterator[SimpleNamespace], None]:
        both.wait(10)  # breaks where one part is heard after the other
        seen.append(len(sound))
        return iter([speak(1, 2, f"{len(sound)} samples")]), None

    monkeypatch.setattr(whisper, "transcribe", hear)
    heard: list[tuple[float, float]] = []
    transcriber = FasterWhisperTranscriber(str(tmp_path), threads=2, progress=lambda *at: heard.append(at))
    found = transcriber.transcribe(Path("a.mp4"), language="en", source_id="s")
    starts = [segment.start for segment in found]
    assert len(starts) == 4 and starts == sorted(starts)
    assert sorted(seen) == sorted(int(segment.text.split()[0]) for segment in found)
    assert sum(seen) == 350 * FasterWhisperTranscriber.RATE
    assert (whisper.made[0].options["num_workers"], whisper.made[0].options["cpu_threads"]) == (2, 1)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1] == (350.0, 350.0)


def test_what_faster_whisper_says_of_a_segment_goes_on_to_the_guard(whisper: type[FakeWhisper], tmp_path: Path) -> None:
    whisper.segments = [speak(2, 3, ""), speak(3, 4, "music", ratio=2.5), speak(4, 5, "hello")]
    found = build_transcriber("faster-whisper", str(tmp_path)).transcribe(Path("a.mp4"), language="en", source_id="s")
    told = [(each.text, each.decoding) for each in found if isinstance(each, HeardSegment)]
    assert find_made_up(told) == ["repetition_loop", None]


@pytest.mark.parametrize("module", ["builtins", "av.error"])
def test_a_file_that_cannot_be_decoded_is_a_source_error(
    whisper: type[FakeWhisper], tmp_path: Path, module: str
) -> None:
    whisper.fault = (
        ValueError("no audio")
        if module == "builtins"
        else type("InvalidDataError", (Exception,), {"__module__": module})("bad")
    )
    with pytest.raises(SourceError, match=r"broken\.mp4"):
        build_transcriber("faster-whisper", str(tmp_path)).transcribe(Path("broken.mp4"), language=None, source_id="s")


def test_other_errors_are_not_hidden(whisper: type[FakeWhisper], tmp_path: Path) -> None:
    whisper.fault = KeyError("bug")
    with pytest.raises(KeyError):
        build_transcriber("faster-whisper", str(tmp_path)).transcribe(Path("a.mp4"), language=None, source_id="s")


def test_weights_that_were_not_pulled_and_extras_not_installed_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMDIAL_HOME", str(tmp_path))
    with pytest.raises(ConfigurationError, match="models pull whisper-base"):
        build_transcriber()
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(MissingExtraError, match=r"streamdial\[asr\]"):
        build_transcriber("faster-whisper", str(tmp_path))
    monkeypatch.setitem(sys.modules, "whisperx", None)
    with pytest.raises(MissingExtraError, match=r"streamdial\[whisperx\]"):
        build_transcriber("whisperx", str(tmp_path))


class FakeWhisperX(ModuleType):
    """whisperX's interface, as far as it is used."""

    def __init__(self) -> None:
        super().__init__("whisperx")
        self.calls: list[tuple[Any, ...]] = []

    def load_audio(self, path: str) -> str:
        if "broken" in path:
            raise RuntimeError("ffmpeg failed")
        return f"audio of {path}"

    def load_model(self, folder: str, device: str, *, compute_type: str, vad_method: str) -> FakeWhisperX:
        self.calls.append(("model", device, compute_type, vad_method))
        return self

    def transcribe(self, audio: str, *, batch_size: int, language: str | None) -> dict[str, Any]:
        self.calls.append(("transcribe", audio, batch_size, language))
        return {"language": "en", "segments": [{"start": 0.0, "end": 2.0, "text": " The range is 620"}]}

    def load_align_model(self, *, language_code: str, device: str) -> tuple[str, dict[str, Any]]:
        return f"aligner {language_code}", {}

    def align(
        self, segments: list[dict[str, Any]], model: str, metadata: object, audio: str, device: str
    ) -> dict[str, Any]:
        words = [{"word": "The", "start": 0.1, "end": 0.2, "score": 0.8}, {"word": "620"}]  # numbers are not aligned
        silent = {"start": 3.0, "end": 4.0, "text": " ", "words": []}
        return {"segments": [{**segments[0], "words": words}, silent]}

    def assign_word_speakers(self, speakers: str, result: dict[str, Any]) -> dict[str, Any]:
        return {"segments": [{**segment, "speaker": "SPEAKER_01"} for segment in result["segments"]]}


class FakeDiarization:
    """The pipeline of the module `whisperx.diarize`; `whisperx` itself does not have it."""

    asked: dict[str, int | None]

    def __init__(
        self, model_name: str | None = None, token: str | None = None, device: str = "cpu", cache_dir: str | None = None
    ) -> None:
        FakeDiarization.asked = {}

    def __call__(
        self,
        audio: str,
        num_speakers: int | None = None,
        min_speakers: int | None = None,
        max_speakers: int | None = None,
    ) -> str:
        FakeDiarization.asked = {"num_speakers": num_speakers}
        return "speakers"


@pytest.fixture
def whisperx(monkeypatch: pytest.MonkeyPatch) -> FakeWhisperX:
    fake, diarize = FakeWhisperX(), ModuleType("whisperx.diarize")
    diarize.DiarizationPipeline = FakeDiarization  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "whisperx", fake)
    monkeypatch.setitem(sys.modules, "whisperx.diarize", diarize)
    return fake


@pytest.mark.parametrize("diarize", [False, True, None])
def test_whisperx_gives_aligned_words_and_speakers_unless_told_not_to(
    whisperx: FakeWhisperX, tmp_path: Path, diarize: bool | None
) -> None:
    transcriber = WhisperXTranscriber(str(tmp_path), diarize=diarize)
    found = transcriber.transcribe(Path("a.mp4"), language="en", source_id="s")
    assert [(segment.start, segment.end, segment.text) for segment in found] == [(0.0, 2.0, "The range is 620")]
    assert found[0].words == (Word(text="The", start=0.1, end=0.2, probability=0.8),)
    assert found[0].speaker == (None if diarize is False else "SPEAKER_01")
    assert whisperx.calls == [("model", "cpu", "int8", "pyannote"), ("transcribe", "audio of a.mp4", 8, "en")]


def test_without_the_weights_of_diarisation_speech_has_no_speakers_unless_they_were_asked_for(
    whisperx: FakeWhisperX, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*, device: str) -> None:
        raise OSError("gated repository")

    monkeypatch.setattr(sys.modules["whisperx.diarize"], "DiarizationPipeline", refuse)
    (segment,) = WhisperXTranscriber(str(tmp_path)).transcribe(Path("a.mp4"), language="en", source_id="s")
    assert segment.speaker is None
    with pytest.raises(ConfigurationError, match="gated repository"):
        WhisperXTranscriber(str(tmp_path), diarize=True).transcribe(Path("a.mp4"), language="en", source_id="s")


def test_diarisation_is_chosen_by_settings_and_told_how_many_speak(whisperx: FakeWhisperX, tmp_path: Path) -> None:
    build_transcriber("whisperx", str(tmp_path), diarize="always", speakers=2).transcribe(
        Path("a.mp4"), language="en", source_id="s"
    )
    assert FakeDiarization.asked == {"num_speakers": 2}
    quiet = build_transcriber("whisperx", str(tmp_path), diarize="never")
    assert quiet.transcribe(Path("a.mp4"), language="en", source_id="s")[0].speaker is None
    with pytest.raises(ConfigurationError, match=r"faster-whisper cannot tell voices apart.*whisperx"):
        build_transcriber("faster-whisper", str(tmp_path), diarize="always")
    with pytest.raises(ConfigurationError, match="cannot tell voices apart"):
        build_transcriber("hosted", "openai/whisper-1", speakers=2)


def test_whisperx_names_the_file_it_cannot_decode(whisperx: FakeWhisperX, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"broken\.mp4"):
        build_transcriber("whisperx", str(tmp_path)).transcribe(Path("broken.mp4"), language="en", source_id="s")


def test_the_fake_transcriber_hears_what_it_was_told() -> None:
    fake = ScriptedTranscriber([(0.0, 1.5, "hello"), (2.0, 3.0, "你好")])
    assert isinstance(fake, Transcriber)
    found = fake.transcribe(Path("x.mp4"), language=None, source_id="s")
    assert [(segment.start, segment.text) for segment in found] == [(0.0, "hello"), (2.0, "你好")]
