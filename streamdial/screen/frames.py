"""Frames of a video: one a second, each with the frame just after it, decoded one by one so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from streamdial.errors import SourceError
from streamdial.models import Picture

LOOK_EVERY = 1.0
"""Seconds from one frame that is looked at to the next."""
AFTER = 0.12
"""Seconds to the frame beside it, by which what moves is told from what stands still."""
_LONGEST_SIDE = 1280
"""A larger picture is made smaller: burnt-in text is written to be read on a telephone."""
_STILL = 0.8
"""A next frame later than this says nothing about movement."""


class VideoInfo(NamedTuple):
    """What a media file holds.

    Attributes:
        seconds: Length of its picture; 0 where the file does not tell.
        width: Pixels; 0 where there is no moving picture.
        height: Pixels.
        has_sound: Whether there is a sound track.
    """

    seconds: float
    width: int
    height: int
    has_sound: bool


class Look(NamedTuple):
    """A frame that is looked at.

    Attributes:
        time: Seconds from the start of the file.
        picture: The frame, its longer side at most 1280 pixels.
        after: The frame just after it, of the same size; itself where there is none.
    """

    time: float
    picture: Picture
    after: Picture


def probe_video(path: Path) -> VideoInfo:
    """Tell whether a media file has a moving picture and sound; the cover of a song is none.

    Raises:
        SourceError: If it cannot be opened as media.
    """
    import av

    try:
        with av.open(str(path)) as container:
            stream = _find_picture(container)
            sound = bool(container.streams.audio)
            if stream is None:
                return VideoInfo(0.0, 0, 0, sound)
            length = container.duration / av.time_base if container.duration else 0.0
            return VideoInfo(float(length), stream.width or 0, stream.height or 0, sound)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SourceError(f"is not media that can be decoded ({error}).", where=path.name) from error


def may_have_sound(path: Path) -> bool:
    """Tell whether there may be anything to hear in a media file: not in one whose picture alone can be decoded."""
    try:
        info = probe_video(path)
    except (SourceError, ImportError):
        return True  # whoever listens to it says what is wrong
    return info.has_sound or not info.width


def iterate_looks(path: Path, *, start: float = 0.0, stop: float | None = None) -> Iterator[Look]:
    """Yield a frame a second from `start` on, until `stop` or the end.

    A file that breaks off or is damaged in the middle ends where it can no longer be decoded.

    Args:
        path: Video file.
        start: Second of the first frame.
        stop: Second before which the last one lies.

    Raises:
        SourceError: If it cannot be opened, or has no moving picture.
    """
    wanted, held = start, None
    for time, frame in _decode(path, start):
        if held is not None:
            at, picture = held
            if time - at < AFTER and time - at >= 0:
                continue
            after = _convert(frame) if time - at <= _STILL else picture
            yield Look(at, picture, after if after.shape == picture.shape else picture)
            held = None
        if stop is not None and time >= stop:
            return
        if time >= wanted - 1e-6:
            held = (time, _convert(frame))
            # A gap in the times is passed over, not made up for.
            wanted = max(wanted + LOOK_EVERY, time - time % LOOK_EVERY + LOOK_EVERY)
    if held is not None:
        yield Look(held[0], held[1], held[1])


def grab_picture(path: Path, second: float) -> Picture | None:
    """Return the frame at a second, as large as `iterate_looks` has it; None where there is none."""
    for time, frame in _decode(path, second):
        if time >= second - 1e-6:
            return _convert(frame)
    return None


def _find_picture(container: Any) -> Any:  # noqa: ANN401
    from av.stream import Disposition

    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def _decode(path: Path, start: float) -> Iterator[tuple[float, Any]]:
    """Yield second and frame from the key frame before `start` on."""
    import av

    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SourceError(f"is not media that can be decoded ({error}).", where=path.name) from error
    with container:
        stream = _find_picture(container)
        if stream is None:
            raise SourceError("has no moving picture.", where=path.name)
        stream.codec_context.skip_frame = "NONREF"
        zero = float((stream.start_time or 0) * stream.time_base)
        try:
            if start > 0:
                container.seek(int((start + zero) / stream.time_base), stream=stream, backward=True)
            for frame in container.decode(stream):
                if frame.time is not None:
                    yield frame.time - zero, frame
        except (av.FFmpegError, OSError, ValueError):
            return


def _convert(frame: Any) -> Picture:  # noqa: ANN401
    scale = min(1.0, _LONGEST_SIDE / max(frame.width, frame.height))
    width, height = (max(int(side * scale) // 2 * 2, 2) for side in (frame.width, frame.height))
    picture: Picture = frame.to_ndarray(format="bgr24", width=width, height=height)
    turns = int(getattr(frame, "rotation", 0) or 0) // 90 % 4
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture
