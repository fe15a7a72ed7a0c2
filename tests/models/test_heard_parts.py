"""What was heard is kept part by part: a recognition that is broken off goes on, and hears the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from streamdial.models import HeardSegment
from streamdial.models.heard_parts import PART_SECONDS, HeardParts, cut_sound
from streamdial.models.speech import FasterWhisperTranscriber, build_segment
from streamdial.records import Segment, Word

RATE = 100
"""Samples a second: enough for a sound nobody listens to."""


def make_sound(seconds: int) -> np.ndarray:
    sound = np.random.default_rng(5).uniform(0.5, 1.0, seconds * RATE).astype(np.float32)
    for pause in range(25, seconds, 25):
        sound[pause * RATE : pause * RATE + 60] = 0.0
    return sound


def test_sound_is_cut_where_it_is_quiet_and_nothing_of_it_is_lost() -> None:
    sound = make_sound(600)
    parts = cut_sound(sound, RATE)
    assert [start for start, _ in parts] == [0, *(stop for _, stop in parts[:-1])]
    assert parts[-1][1] == len(sound)
    assert all(stop - start <= PART_SECONDS * RATE for start, stop in parts)
    for _, stop in parts[:-1]:
        assert not sound[stop - 5 : stop + 5].any()
    assert cut_sound(sound, RATE) == parts
    assert cut_sound(sound[: 90 * RATE], RATE) == [(0, 90 * RATE)]
    assert cut_sound(sound[:0], RATE) == [(0, 0)]


class Killed(BaseException):
    """What no code of ours catches."""


class Whisper:
    """Hears what the sound sums up to in each part, until it is killed."""

    heard: int
    lives: int

    def __init__(self, path: str, **options: object) -> None:
        pass

    def transcribe(self, sound: np.ndarray, **asked: object) -> tuple[Iterator[SimpleNamespace], SimpleNamespace]:
        def hear() -> Iterator[SimpleNamespace]:
            figures = {"compression_ratio": 1.5, "avg_logprob": -0.3, "no_speech_prob": 0.1}
            for start in (1.0, 20.0):
                text = f"room {int(sound.sum())} call 13812345678 please"
                words = [
                    SimpleNamespace(word=f" {word}", start=start, end=start + 1, probability=0.9)
                    for word in text.split()
                ]
                yield SimpleNamespace(start=start, end=start + 1, text=f" {text}", words=words, **figures)
                if start > 1 and Whisper.lives == 0:
                    raise Killed
            Whisper.lives -= 1
            Whisper.heard += 1

        return hear(), SimpleNamespace(duration=0.0)


@pytest.fixture
def whisper(monkeypatch: pytest.MonkeyPatch) -> type[Whisper]:
    module = ModuleType("faster_whisper")
    module.WhisperModel = Whisper  # type: ignore[attr-defined]
    module.decode_audio = lambda path, sampling_rate: make_sound(600)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    monkeypatch.setattr(FasterWhisperTranscriber, "RATE", RATE)
    Whisper.heard, Whisper.lives = 0, 1000
    return Whisper


def hear(model: Path, parts: Path | None, language: str = "en") -> list[Segment]:
    made = FasterWhisperTranscriber(str(model), parts=parts)
    return made.transcribe(Path("a.mp4"), language=language, source_id="source")  # type: ignore[arg-type]


def test_a_recognition_killed_again_and_again_gets_further_each_time_and_hears_the_same(
    whisper: type[Whisper], tmp_path: Path
) -> None:
    undisturbed = hear(tmp_path, None)
    whole, whisper.heard = whisper.heard, 0
    assert whole > 4
    kept = []
    for _ in range(whole - 1):
        whisper.lives = 1
        with pytest.raises(Killed):
            hear(tmp_path, tmp_path / "speech")
        kept.append(len(list((tmp_path / "speech" / "source").glob("part-*.json"))))
    assert kept == list(range(1, whole))
    whisper.lives = 1
    found = hear(tmp_path, tmp_path / "speech")
    assert whisper.heard == whole
    assert [each.model_dump_json() for each in found] == [each.model_dump_json() for each in undisturbed]
    assert all(isinstance(each, HeardSegment) and each.decoding for each in found)
    assert [each.start for each in found] == sorted(each.start for each in found)


def test_all_that_is_kept_is_masked(whisper: type[Whisper], tmp_path: Path) -> None:
    found = hear(tmp_path, tmp_path / "speech")
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "speech").rglob("*.json"))
    assert "13812345678" not in written and "[PHONE]" in written
    assert all("[PHONE]" in each.text and "[PHONE]" in [word.text for word in each.words] for each in found)


def test_parts_heard_in_another_way_and_damaged_ones_are_heard_anew(whisper: type[Whisper], tmp_path: Path) -> None:
    hear(tmp_path, tmp_path / "speech")
    whole = whisper.heard
    hear(tmp_path, tmp_path / "speech")
    assert whisper.heard == whole
    hear(tmp_path, tmp_path / "speech", "zh")
    assert whisper.heard == 2 * whole
    for damage in ("", "[]", "{}", '{"version": 1'):
        (tmp_path / "speech" / "source" / "part-00000.json").write_text(damage, encoding="utf-8")
        hear(tmp_path, tmp_path / "speech", "zh")
    assert whisper.heard == 2 * whole + 4


def test_the_id_of_what_is_masked_does_not_come_of_what_was_said(tmp_path: Path) -> None:
    said = "call 13812345678"
    words = (Word(text="call", start=0, end=1), Word(text="13812345678", start=1, end=2))
    raw = build_segment("s", 0.0, 2.0, said, words)
    (kept,) = HeardParts(tmp_path, model="m").take(0, lambda: [raw])
    assert kept.id == build_segment("s", 0.0, 2.0, kept.text, ()).id != raw.id
    assert json.loads((tmp_path / "part-00000.json").read_text(encoding="utf-8"))["model"] == "m"
