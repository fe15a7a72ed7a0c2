"""Reads the speech of audio and video files with a recogniser."""

from __future__ import annotations

from pathlib import Path

from streamdial.counts import Counts
from streamdial.errors import SourceError, StreamDialError
from streamdial.models import HeardSegment, Transcriber, find_made_up
from streamdial.privacy import Pseudonymizer
from streamdial.records import Language, Segment
from streamdial.sources._files import is_believable
from streamdial.sources._records import RecordMaker
from streamdial.sources.reader import STRUCTURE, Gives, Head, ReadContext, Reader

_AUDIO = ("wav", "mp3", "m4a", "aac", "flac", "ogg", "oga", "opus", "wma", "amr", "aiff")
_VIDEO = ("mp4", "m4v", "mkv", "webm", "mov", "avi", "flv", "ts", "mpg", "mpeg", "3gp", "wmv")
VIDEO_ENDINGS = frozenset(f".{ending}" for ending in _VIDEO)
"""Endings of files that may have a moving picture."""
_MAGIC = (b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"FLV\x01", b"#!AMR", b"\xff\xfb", b"\xff\xf1", b"FORM")


def read_speech(
    path: Path,
    *,
    transcriber: Transcriber,
    language: Language | None,
    pseudonyms: Pseudonymizer,
    counts: Counts,
) -> list[Segment]:
    """Return what is said in an audio or video file, masked and with ids of this project.

    Args:
        path: Audio or video file.
        transcriber: The recogniser.
        language: Language that is spoken; None lets the recogniser tell.
        pseudonyms: Gives named speakers their pseudonyms.
        counts: Gets segments asked, kept and dropped, what nobody said with the reasons of
            `streamdial.models.find_made_up`; a file in which nobody speaks is noted.

    Returns:
        Segments in order of time; an empty list where nobody speaks.

    Raises:
        SourceError: If the file is empty or no media.
    """
    maker = RecordMaker(path, pseudonyms, counts)
    if path.stat().st_size == 0:
        raise SourceError("is empty; audio or video was expected.", where=str(path))
    try:
        heard = transcriber.transcribe(path, language=language, source_id=maker.source_id)
    except StreamDialError:
        raise
    except (ValueError, OSError, EOFError, IndexError, RuntimeError) as error:
        # Decoders tell "no media" in many ways (no audio stream, invalid data); to the reader it is one.
        raise SourceError(f"cannot be decoded as audio or video ({error}).", where=str(path)) from error
    heard = sorted(heard, key=lambda segment: segment.start)
    told = [(each.text, each.decoding if isinstance(each, HeardSegment) else None) for each in heard]
    segments = []
    for each, made_up in zip(heard, find_made_up(told), strict=True):
        if made_up is not None:
            maker.drop(made_up)
            continue
        if not is_believable(each.start) or not is_believable(each.end):
            maker.drop("bad_time")
            continue
        segment = maker.make_segment(
            each.text, start=each.start, end=max(each.start, each.end), words=each.words, speaker=each.speaker
        )
        if segment is not None:
            segments.append(segment.model_copy(update={"confidence": each.confidence or segment.confidence}))
    if not segments:
        counts.note(f"{path.name}: nobody speaks in it.")
    return segments


class SpeechReader(Reader):
    """Audio and video."""

    gives: Gives = "speech"
    # An .mp4 that is a saved error page is still told to be media: its reader says what is wrong with it.
    endings = tuple(f".{ending}" for ending in (*_AUDIO, *_VIDEO))

    def matches(self, head: Head) -> float:
        """Tell media by their first bytes."""
        raw = head.raw
        known = (
            raw.startswith(_MAGIC) or raw[4:8] == b"ftyp" or (raw[:4] == b"RIFF" and raw[8:12] in (b"WAVE", b"AVI "))
        )
        return STRUCTURE if known and head.form not in ("markup", "json") else 0.0

    def read(self, source: Path | str, context: ReadContext) -> list[Segment]:
        """Return segments in order of time, in seconds of this file."""
        assert context.transcriber is not None, "speech is read with a recogniser alone"
        return read_speech(
            Path(source),
            transcriber=context.transcriber,
            language=context.language,
            pseudonyms=context.pseudonyms,
            counts=context.counts,
        )
