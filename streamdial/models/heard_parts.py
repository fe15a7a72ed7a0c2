"""What was heard of a file, kept part by part and masked, so that a recognition that was broken off goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamdial.errors import StoreError
from streamdial.files import read_json, write_json
from streamdial.ids import make_id
from streamdial.models.transcript_guard import Decoding
from streamdial.privacy import find_personal_data, mask_personal_data
from streamdial.records import Segment, Word

PART_SECONDS = 120.0
"""The most seconds of sound that are recognised in one go; what is finished is kept."""
_VERSION = 1
"""Of what a part says of the same sound; a part of another version is heard anew."""
_LEAST = 0.75
"""Share of a part after which it may end, at the quietest place that is left."""
_QUIET_SECONDS = 0.2


class HeardSegment(Segment):
    """A segment with what the recogniser says about it; readers judge by it and keep a plain `Segment`."""

    decoding: Decoding | None = None


class HeardParts:
    """The parts of one file that have been heard.

    Personal data is masked in all that is given back, whether it was kept or heard just now: both are the same.

    Args:
        folder: Where they are kept, a file each; made if needed. None keeps nothing.
        asked: What decides what is heard, beside the sound: the model, the language.
    """

    def __init__(self, folder: Path | None, **asked: Any) -> None:  # noqa: ANN401
        self._folder = folder
        self._asked = {"version": _VERSION, **asked}

    def take(self, number: int, hear: Callable[[], Iterable[Segment]], **asked: Any) -> list[Segment]:  # noqa: ANN401
        """Return the segments of a part: those kept, else those heard now, which are kept.

        Args:
            number: Number of the part.
            hear: Hears it.
            asked: What else decides what is heard in this part: where it begins and ends.

        Raises:
            StoreError: If the part cannot be kept.
        """
        file = self._folder / f"part-{number:05d}.json" if self._folder else None
        decisive = {**self._asked, **asked}
        if file is not None and (kept := _read_part(file, decisive)) is not None:
            return kept
        segments = [mask_segment(segment) for segment in hear()]
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            rows = [segment.model_dump(mode="json") for segment in segments]
            write_json(file, {**decisive, "segments": rows})
        return segments


def _read_part(file: Path, asked: dict[str, Any]) -> list[Segment] | None:
    """Return what is kept of a part; None where nothing is, or it was heard in another way, or is damaged."""
    if not file.is_file():
        return None
    try:
        known = read_json(file)
        if {key: known.get(key) for key in asked} != asked:
            return None
        return [HeardSegment.model_validate(row) for row in known["segments"]]
    except (StoreError, ValueError, KeyError, AttributeError):
        return None


def cut_sound(sound: NDArray[np.float32], rate: int) -> list[tuple[int, int]]:
    """Return where the parts of a recording begin and end, in samples: each ends where it is quietest.

    A part takes `PART_SECONDS` at most, and three quarters of that at least where more follows. The same sound is
    always cut in the same way.

    Args:
        sound: Samples of one channel.
        rate: Samples per second.
    """
    longest, hop = int(PART_SECONDS * rate), int(_QUIET_SECONDS * rate)
    parts, start = [], 0
    while len(sound) - start > longest:
        first = start + int(longest * _LEAST)
        blocks = sound[first : first + (start + longest - first) // hop * hop].reshape(-1, hop)
        stop = first + int(np.argmin((blocks.astype(np.float64) ** 2).sum(axis=1))) * hop + hop // 2
        parts.append((start, stop))
        start = stop
    return [*parts, (start, len(sound))]


def mask_segment(segment: Segment) -> Segment:
    """Return a segment without personal data; what a business says of itself stays."""
    text, changed = mask_personal_data(segment.text, keep_public_addresses=True), {}
    if text != segment.text:
        # The id of a segment comes of its text: that of what is masked would betray it to who can guess.
        changed = {"id": make_id("segment", segment.source_id, round(segment.start, 2), text)}
    return segment.model_copy(update={"text": text, "words": mask_words(segment.words), **changed})


def mask_words(words: Sequence[Word]) -> tuple[Word, ...]:
    """Replace the words that hold personal data by one word with the placeholder, over the same time."""
    joiner = " " if all(word.text.isascii() for word in words) else ""
    spans = find_personal_data(joiner.join(word.text for word in words), keep_public_addresses=True)
    if not spans:
        return tuple(words)
    masked: list[Word] = []
    place = 0
    waiting = list(spans)
    open_until = -1
    for word in words:
        start, place = place, place + len(word.text) + len(joiner)
        end = start + len(word.text)
        if start < open_until:
            masked[-1] = masked[-1].model_copy(update={"end": max(word.end, masked[-1].end)})
            continue
        if waiting and waiting[0].start < end:
            span = waiting.pop(0)
            while waiting and waiting[0].start < end:
                span = waiting.pop(0)
            open_until = span.end
            masked.append(word.model_copy(update={"text": f"[{span.kind}]"}))
        else:
            masked.append(word)
    return tuple(masked)
