"""Speech recognisers with word times: faster-whisper by default, whisperX with its extra, or a hosted one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from streamdial.errors import ConfigurationError, MissingExtraError, SourceError
from streamdial.ids import make_id
from streamdial.machine import count_cores
from streamdial.models._protocols import Transcriber
from streamdial.models.heard_parts import HeardParts, HeardSegment, cut_sound
from streamdial.models.transcript_guard import Decoding
from streamdial.models.weights import require_weights
from streamdial.records import Language, Segment, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)


class FasterWhisperTranscriber:
    """Whisper by CTranslate2, with Silero VAD before it and word times after it.

    The parts of a long recording are heard side by side: what it says is the same, in whatever order they are done.

    Args:
        model: Name of pulled weights or the path of a CTranslate2 folder.
        progress: Called with (seconds done, seconds in all) after each segment, from any thread.
        threads: CPU threads; by default one a core.
        parts: Folder in which what was heard of each file is kept, part by part; None keeps nothing.
    """

    RATE = 16_000

    def __init__(
        self,
        model: str = "whisper-base",
        *,
        progress: Callable[[float, float], None] | None = None,
        threads: int | None = None,
        parts: Path | None = None,
    ) -> None:
        folder = Path(model) if Path(model).is_dir() else require_weights(model)
        try:
            from faster_whisper import WhisperModel, decode_audio
        except ImportError as error:
            raise MissingExtraError("faster-whisper", "asr", "speech recognition") from error
        self.model_id = f"faster-whisper/{folder.name}"
        self._folder = folder
        self._threads = threads or count_cores()
        self._load = WhisperModel
        self._decode = decode_audio
        self._model: Any = None
        self._workers = 1
        self._progress = progress
        self._parts = parts

    def transcribe(self, path: Path, *, language: Language | None, source_id: str) -> list[Segment]:
        """Return segments with word times, loops and words heard in silence among them (`find_made_up` tells them).

        Raises:
            SourceError: If the file cannot be decoded.
        """
        try:
            sound = self._decode(str(path), sampling_rate=self.RATE)
            parts = cut_sound(sound, self.RATE)
            self._load_model(min(len(parts), self._threads))
            if language is None:
                # Of the whole file, so that no part of it takes its music or a guest for another language.
                language = self._model.detect_language(sound, vad_filter=True)[0]
            kept = HeardParts(self._parts / source_id if self._parts else None, model=self.model_id, language=language)
            done, telling = [0] * len(parts), threading.Lock()

            def hear(number: int) -> list[Segment]:
                start, stop = parts[number]

                def tell(samples: int) -> None:
                    with telling:
                        done[number] = samples
                        if self._progress:
                            self._progress(sum(done) / self.RATE, len(sound) / self.RATE)

                listen = partial(self._hear, sound, start, stop, language, source_id, tell)
                segments = kept.take(number, listen, start=start, stop=stop)
                tell(stop - start)
                return segments

            with ThreadPoolExecutor(self._workers, thread_name_prefix="speech") as pool:
                segments = list(chain.from_iterable(pool.map(hear, range(len(parts)))))
        except (ValueError, IndexError, RuntimeError, OSError) as error:
            raise SourceError(f"cannot be decoded as audio ({error})", where=path.name) from error
        except Exception as error:
            if type(error).__module__.startswith("av"):  # PyAV's errors are not imported with the package
                raise SourceError(f"is not media that can be decoded ({error})", where=path.name) from error
            raise
        return segments

    def _load_model(self, workers: int) -> None:
        """Load the weights, with the first file, for so many parts at once."""
        if self._model is None:
            self._workers = workers
            self._model = self._load(
                str(self._folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=self._threads // workers,
                num_workers=workers,
                local_files_only=True,
            )

    def _hear(
        self,
        sound: NDArray[np.float32],
        start: int,
        stop: int,
        language: str,
        source_id: str,
        tell: Callable[[int], None],
    ) -> Iterator[Segment]:
        """Yield the segments of a part, with their times in the whole recording."""
        found, _ = self._model.transcribe(
            sound[start:stop],
            language=language,
            temperature=0.0,
            condition_on_previous_text=False,
            vad_filter=True,
            word_timestamps=True,
            beam_size=5,
        )
        begin = start / self.RATE
        for segment in found:
            tell(int(segment.end * self.RATE))
            text = segment.text.strip()
            if not text:
                continue
            words = join_fragments(
                (word.word, begin + float(word.start), begin + float(word.end), float(word.probability))
                for word in segment.words or ()
            )
            told = Decoding(segment.no_speech_prob, segment.avg_logprob, segment.compression_ratio)
            yield build_segment(source_id, begin + segment.start, begin + segment.end, text, words, decoding=told)


def join_fragments(fragments: Iterable[tuple[str, float, float, float]]) -> tuple[Word, ...]:
    """Return whole words out of Whisper's pieces: ` 48` and `,000` are one word, as are ` plug` and `-in`.

    A piece that starts without a space belongs to the word before it, in scripts that put spaces between words. The
    word's probability is that of its least likely piece.
    """
    words: list[Word] = []
    for text, start, end, probability in fragments:
        before = words[-1] if words else None
        if before and text and not text[0].isspace() and text[0].isascii() and before.text[-1:].isascii():
            least = min(before.probability or 0.0, probability)
            words[-1] = Word(text=before.text + text.strip(), start=before.start, end=end, probability=least)
        elif text.strip():
            words.append(Word(text=text.strip(), start=start, end=end, probability=probability))
    return tuple(words)


def build_segment(
    source_id: str,
    start: float,
    end: float,
    text: str,
    words: tuple[Word, ...],
    speaker: str | None = None,
    *,
    decoding: Decoding | None = None,
) -> HeardSegment:
    """Return a segment with its content-addressed id and its mean word probability."""
    known = [word.probability for word in words if word.probability is not None]
    return HeardSegment(
        id=make_id("segment", source_id, round(start, 2), text),
        source_id=source_id,
        start=round(start, 3),
        end=round(end, 3),
        text=text,
        words=words,
        speaker=speaker,
        confidence=round(sum(known) / len(known), 4) if known else None,
        decoding=decoding,
    )


class WhisperXTranscriber:
    """whisperX: batched Whisper, forced alignment, and diarisation where a model for it is at hand.

    Bain et al. 2023, "WhisperX: Time-Accurate Speech Transcription of Long-Form Audio". Lives in an environment of
    its own: it pins a torch that the other extras do not work with.

    Args:
        model: Name of pulled weights or the path of a CTranslate2 folder.
        diarize: Tell speakers apart by voice; needs weights whose terms were accepted on the model hub. None does so
            where they are at hand and says in the log where they are not.
        speakers: How many people speak, where that is known.
        batch_size: Stretches of speech recognised at once.
        parts: Folder in which what was heard of each file is kept; None keeps nothing.
    """

    def __init__(
        self,
        model: str = "whisper-base",
        *,
        diarize: bool | None = None,
        speakers: int | None = None,
        batch_size: int = 8,
        parts: Path | None = None,
    ) -> None:
        folder = Path(model) if Path(model).is_dir() else require_weights(model)
        try:
            import whisperx
        except ImportError as error:
            raise MissingExtraError("whisperx", "whisperx", "alignment and diarisation") from error
        self.model_id = f"whisperx/{folder.name}"
        self._whisperx: Any = whisperx
        self._folder = folder
        self._diarize = diarize
        self._speakers = speakers
        self._batch_size = batch_size
        self._parts = parts

    def transcribe(self, path: Path, *, language: Language | None, source_id: str) -> list[Segment]:
        """Return aligned segments, with speakers where they could be told apart.

        Raises:
            ConfigurationError: If diarisation was asked for and its weights cannot be loaded.
            SourceError: If the file cannot be decoded.
        """
        kept = HeardParts(
            self._parts / source_id if self._parts else None,
            model=self.model_id,
            language=language,
            diarize=self._diarize,
            speakers=self._speakers,
        )
        # Voices are told apart in all of a file or not at all: it is one part.
        return kept.take(0, partial(self._hear, path, language, source_id))

    def _hear(self, path: Path, language: Language | None, source_id: str) -> list[Segment]:
        whisperx = self._whisperx
        try:
            audio = whisperx.load_audio(str(path))
        except RuntimeError as error:
            raise SourceError(f"is not media that can be decoded ({error})", where=path.name) from error
        model = whisperx.load_model(str(self._folder), "cpu", compute_type="int8", vad_method="pyannote")
        result = model.transcribe(audio, batch_size=self._batch_size, language=language)
        aligner, metadata = whisperx.load_align_model(language_code=result["language"], device="cpu")
        result = whisperx.align(result["segments"], aligner, metadata, audio, "cpu")
        if self._diarize is not False:
            result = self._tell_speakers_apart(audio, result)
        return [self._convert(segment, source_id) for segment in result["segments"] if segment["text"].strip()]

    def _tell_speakers_apart(self, audio: Any, result: Any) -> Any:  # noqa: ANN401
        try:
            # The package's own namespace does not have it.
            from whisperx.diarize import DiarizationPipeline

            pipeline = DiarizationPipeline(device="cpu")
        except Exception as error:  # whatever the hub's client raises for weights that are gated or not there
            if self._diarize:
                raise ConfigurationError(
                    f"the weights of diarisation cannot be loaded: {error}.",
                    fix="accept their terms on the model hub and set HF_TOKEN, or leave diarisation out",
                ) from error
            logger.warning("speakers are told apart by turns, not by voice: %s", error)
            return result
        voices = pipeline(audio, num_speakers=self._speakers)
        return self._whisperx.assign_word_speakers(voices, result)

    def _convert(self, segment: Mapping[str, Any], source_id: str) -> Segment:
        words = tuple(
            Word(text=word["word"], start=word["start"], end=word["end"], probability=word.get("score"))
            for word in segment.get("words", ())
            if "start" in word and "end" in word
        )
        text, told = segment["text"].strip(), Decoding(avg_logprob=segment.get("avg_logprob"))
        speaker = segment.get("speaker")
        return build_segment(source_id, segment["start"], segment["end"], text, words, speaker, decoding=told)


Engine = Literal["faster-whisper", "whisperx", "hosted"]
Diarize = Literal["auto", "always", "never"]


def build_transcriber(
    engine: Engine = "faster-whisper",
    model: str = "whisper-base",
    *,
    api_base: str | None = None,
    diarize: Diarize = "auto",
    speakers: int | None = None,
    progress: Callable[[float, float], None] | None = None,
    parts: Path | None = None,
) -> Transcriber:
    """Return a recogniser by name.

    Args:
        engine: What recognises.
        model: Name of pulled weights or the path of a CTranslate2 folder; of a hosted one `PROVIDER/MODEL`.
        api_base: Address of the hosted one's endpoint.
        diarize: Whether voices are told apart: `auto` does where the engine and its weights can.
        speakers: How many people speak, where that is known.
        progress: Called with (seconds done, seconds in all) after each segment, by the engine that knows them.
        parts: Folder in which what was heard is kept, so that a recognition that was broken off goes on: of
            `faster-whisper` part by part, of the others file by file.

    Raises:
        MissingExtraError: If its extra is not installed.
        ConfigurationError: If its weights were not pulled, or it cannot tell voices apart and is to.
    """
    if engine == "whisperx":
        chosen = {"auto": None, "always": True, "never": False}[diarize]
        return WhisperXTranscriber(model, diarize=chosen, speakers=speakers, parts=parts)
    if diarize == "always" or speakers is not None:
        raise ConfigurationError(
            f"{engine} cannot tell voices apart.",
            fix="use --transcriber whisperx, or leave out --diarize and --speakers",
        )
    if engine == "hosted":
        from streamdial.models.hosted_speech import build_hosted_transcriber

        return build_hosted_transcriber(model, api_base=api_base, parts=parts)
    return FasterWhisperTranscriber(model, progress=progress, parts=parts)
