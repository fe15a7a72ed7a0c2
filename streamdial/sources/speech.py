"""Audio and video files, by a recogniser."""

from __future__ import annotations

from pathlib import Path

from streamdial.counts import Counts
from streamdial.errors import SourceError, StreamDialError
from streamdial.models import Transcriber
from streamdial.privacy import Pseudonymizer
from streamdial.records import Language, Segment
from streamdial.sources._files import is_believable
from streamdial.sources._making import RecordMaker


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
        counts: Gets segments asked, kept and dropped; a file in which nobody speaks is noted.

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
    segments = []
    for each in sorted(heard, key=lambda segment: segment.start):
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
