"""Text that needs no font and no model: each line is a pattern of its own, which the fake reader knows again."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from streamdial.models import Box, Picture
from streamdial.screen.frames import Look

HEIGHT = 24
"""Pixels of a line's height."""
_DOT = 4


def draw_pattern(text: str) -> Picture:
    """Return the picture of a line: black and white dots that depend on the text alone."""
    dots = np.random.default_rng(zlib.crc32(text.encode())).integers(0, 2, (HEIGHT // _DOT, 3 * max(len(text), 3)))
    dots[:, 0] = dots[:, -1] = dots[0, :] = dots[-1, :] = 1  # so that its ends are found
    grey = np.kron(dots, np.ones((_DOT, _DOT))).astype(np.uint8) * 255
    return np.repeat(grey[:, :, None], 3, axis=2)


def draw_frame(lines: Iterable[tuple[str, int, int]], size: tuple[int, int] = (640, 360)) -> Picture:
    """Return a grey frame with lines at (left, top)."""
    frame = np.full((size[1], size[0], 3), 128, np.uint8)
    for text, left, top in lines:
        pattern = draw_pattern(text)
        right = min(left + pattern.shape[1], size[0])
        if right > max(left, 0):
            frame[top : top + HEIGHT, max(left, 0) : right] = pattern[
                :, max(-left, 0) : max(-left, 0) + right - max(left, 0)
            ]
    return frame


def make_looks(frames: Sequence[Picture], after: Sequence[Picture] | None = None) -> list[Look]:
    """Return frames a second apart as looks."""
    return [Look(float(n), one, two) for n, (one, two) in enumerate(zip(frames, after or frames, strict=True))]


def write_video(frames: Iterable[Picture], path: Path, *, rate: Fraction = Fraction(5), sound: bool = False) -> Path:
    """Write frames as a video; with sound, a second of silence is beside them."""
    import av

    with av.open(str(path), "w") as container:
        stream = None
        for picture in frames:
            if stream is None:
                stream = container.add_stream("libx264", rate=rate, options={"crf": "12", "preset": "ultrafast"})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        if stream is not None:
            container.mux(stream.encode())
        if sound:
            voice = container.add_stream("aac", rate=16000)
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
            frame.rate = 16000
            container.mux(voice.encode(frame))
            container.mux(voice.encode())
    return path


class PatternReader:
    """Finds and reads drawn patterns.

    Args:
        texts: The lines it can read; any other is read as nothing.
    """

    model_id = "pattern-reader"

    def __init__(self, texts: Iterable[str]) -> None:
        self._patterns = {text: draw_pattern(text)[:, :, 0] for text in texts}
        self.searched = 0
        self.read = 0

    def find_lines(self, picture: Picture) -> list[Box]:
        """Return the boxes of all that is as bright or dark as patterns are, from top to bottom."""
        import cv2

        self.searched += 1
        grey = picture[:, :, 0].astype(int)
        marked = (np.abs(grey - 128) > 70).astype(np.uint8)
        joined = cv2.dilate(marked, np.ones((5, 9), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(joined)
        boxes = []
        for left, top, width, height, _ in stats[1:count]:
            area = marked[top : top + height, left : left + width]
            rows, columns = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
            if len(rows) >= 8 and len(columns) >= 8:
                boxes.append(
                    (int(left + columns[0]), int(top + rows[0]), int(left + columns[-1] + 1), int(top + rows[-1] + 1))
                )
        return sorted(boxes, key=lambda box: (box[1], box[0]))

    def read_lines(self, pictures: Sequence[Picture]) -> list[tuple[str, float]]:
        """Return the text whose pattern a picture is most like, with the likeness."""
        self.read += len(pictures)
        return [self._read(picture[:, :, 0].astype(float)) for picture in pictures]

    def _read(self, picture: np.ndarray) -> tuple[str, float]:
        best = ("", 0.0)
        for text, pattern in self._patterns.items():
            if abs(pattern.shape[1] - picture.shape[1]) > 6 or abs(pattern.shape[0] - picture.shape[0]) > 6:
                continue
            height, width = (min(pair) for pair in zip(pattern.shape, picture.shape, strict=True))
            like = 1 - float(np.abs(pattern[:height, :width] - picture[:height, :width]).mean()) / 255
            best = max(best, (text, like), key=lambda found: found[1])
        return best if best[1] > 0.7 else ("", 0.0)
