"""A hosted recogniser, against the mock endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError, ModelError, SourceError
from streamdial.models import Decoding, Transcriber, build_transcriber
from streamdial.models.hosted_speech import HostedTranscriber, build_hosted_transcriber
from streamdial.privacy import Pseudonymizer
from streamdial.records import Word
from streamdial.sources import read_speech
from streamdial.testing import Fault, MockEndpoint

FIGURES = {"no_speech_prob": 0.1, "avg_logprob": -0.2, "compression_ratio": 1.4}
ANSWER = {
    "language": "english",
    "duration": 6.0,
    "text": "The price is 5. Thank you for watching.",
    "segments": [
        {"id": 0, "start": 0.0, "end": 2.0, "text": " The price is 5.", **FIGURES},
        {"id": 1, "start": 2.0, "end": 6.0, "text": " Thank you for watching.", **FIGURES, "no_speech_prob": 0.9},
    ],
    "words": [
        {"word": "The", "start": 0.0, "end": 0.5},
        {"word": "price", "start": 0.5, "end": 1.0},
        {"word": "is", "start": 1.0, "end": 1.2},
        {"word": "5", "start": 1.2, "end": 2.1},
        {"word": "Thank", "start": 2.2, "end": 2.6},
    ],
}


@pytest.fixture
def media(tmp_path: Path) -> Path:
    path = tmp_path / "Li Hua's evening.wav"
    path.write_bytes(b"RIFF0000WAVE")
    return path


def answer(_: Mapping[str, Any]) -> Mapping[str, Any]:
    return ANSWER


def build(endpoint: MockEndpoint, **options: Any) -> HostedTranscriber:
    return HostedTranscriber("whisper-1", endpoint.url, longest_wait=0.01, **options)


def test_segments_come_with_words_and_the_recogniser_s_figures(media: Path) -> None:
    with MockEndpoint(answer) as endpoint:
        found = build(endpoint, api_key="sk-1").transcribe(media, language="en", source_id="s")
        asked, headers = endpoint.bodies[0], endpoint.headers
    assert [(each.start, each.end, each.text) for each in found] == [
        (0.0, 2.0, "The price is 5."),
        (2.0, 6.0, "Thank you for watching."),
    ]
    assert [word.text for word in found[0].words] == ["The", "price", "is", "5"]
    assert found[1].words == (Word(text="Thank", start=2.2, end=2.6),)
    assert getattr(found[1], "decoding", None) == Decoding(0.9, -0.2, 1.4)
    assert headers["Authorization"] == "Bearer sk-1"
    assert asked["timestamp_granularities[]"] == ["segment", "word"]
    # What the file is called is nobody's business.
    assert asked == asked | {
        "model": "whisper-1",
        "response_format": "verbose_json",
        "language": "en",
        "file": "speech.wav",
    }


def test_what_it_makes_up_is_dropped_as_in_any_transcript(media: Path) -> None:
    counts = Counts("speech")
    with MockEndpoint(answer) as endpoint:
        found = read_speech(
            media,
            transcriber=build(endpoint),
            language=None,
            pseudonyms=Pseudonymizer(bytes(32)),
            counts=counts,
        )
        assert "language" not in endpoint.bodies[0]
    assert [each.text for each in found] == ["The price is 5."]
    assert counts.dropped == {"stock_phrase": 1}


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", 429, retry_after="0"),
        Fault("status", 503),
        Fault("reset"),
        Fault("truncated"),
    ],
)
def test_failures_that_pass_are_tried_again(media: Path, fault: Fault) -> None:
    with MockEndpoint(answer, faults=[fault, fault]) as endpoint:
        assert len(build(endpoint).transcribe(media, language=None, source_id="s")) == 2
        assert endpoint.count == 3


def test_attempts_end(media: Path) -> None:
    with MockEndpoint(answer, faults=lambda *_: Fault("status", 500)) as endpoint:
        with pytest.raises(ModelError, match="answered 500"):
            build(endpoint, attempts=2).transcribe(media, language=None, source_id="s")
        assert endpoint.count == 2


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "the key"), (413, "cut the recording"), (400, "the model's name")]
)
def test_a_refusal_is_final_and_says_what_to_do_without_the_key(media: Path, status: int, advice: str) -> None:
    fault = Fault("status", status, message="refused for sk-secret")
    with MockEndpoint(answer, faults=lambda *_: fault) as endpoint:
        with pytest.raises(ModelError, match=advice) as caught:
            build(endpoint, api_key="sk-secret").transcribe(media, language=None, source_id="s")
        assert endpoint.count == 1
    assert "sk-secret" not in str(caught.value)


def test_an_answer_without_times_is_refused_and_silence_is_none(media: Path) -> None:
    with MockEndpoint(lambda _: {"text": "The price is 5."}) as endpoint, pytest.raises(SourceError, match="no times"):
        build(endpoint).transcribe(media, language=None, source_id="s")
    with MockEndpoint(lambda _: {"text": " ", "segments": []}) as endpoint:
        assert build(endpoint).transcribe(media, language=None, source_id="s") == []


async def test_it_works_inside_a_running_loop(media: Path) -> None:
    with MockEndpoint(answer) as endpoint:
        assert build(endpoint).transcribe(media, language=None, source_id="s")


def test_it_is_named_as_chat_models_are(monkeypatch: pytest.MonkeyPatch, media: Path) -> None:
    monkeypatch.setenv("HOSTED_VLLM_API_KEY", "sk-2")
    with MockEndpoint(answer) as endpoint:
        made = build_transcriber("hosted", "hosted_vllm/whisper-large-v3", api_base=endpoint.url)
        assert isinstance(made, Transcriber)
        assert made.model_id == "hosted_vllm/whisper-large-v3"
        made.transcribe(media, language=None, source_id="s")
        assert endpoint.bodies[0]["model"] == "whisper-large-v3"
        assert endpoint.headers["Authorization"] == "Bearer sk-2"
    monkeypatch.delenv("HOSTED_VLLM_API_BASE", raising=False)
    with pytest.raises(ConfigurationError, match="--speech-api-base"):
        build_hosted_transcriber("hosted_vllm/whisper-large-v3")
    with pytest.raises(ConfigurationError, match="openai/whisper-1"):
        build_hosted_transcriber("whisper-base")


def test_a_file_that_was_heard_is_not_paid_twice(media: Path, tmp_path: Path) -> None:
    with MockEndpoint(answer) as endpoint:
        first = build(endpoint, parts=tmp_path / "speech").transcribe(media, language="en", source_id="s")
        again = build(endpoint, parts=tmp_path / "speech").transcribe(media, language="en", source_id="s")
        assert endpoint.count == 1
        assert [each.model_dump_json() for each in again] == [each.model_dump_json() for each in first]
        build(endpoint, parts=tmp_path / "speech").transcribe(media, language="zh", source_id="s")
        assert endpoint.count == 2
