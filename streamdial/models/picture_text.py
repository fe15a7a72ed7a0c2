"""The reader of text in pictures: PP-OCR by rapidocr, with the extra `screen`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np

from streamdial.errors import MissingExtraError
from streamdial.models._protocols import Box, Picture, PictureReader

_PACKAGES = ("rapidocr", "onnxruntime", "cv2", "av")
_LONGEST_SIDE = 960
"""Pixels of a picture's longer side in which lines are looked for: letters of a fiftieth of its height are found."""


def can_read_pictures() -> bool:
    """Tell whether the extra `screen` is installed."""
    return all(find_spec(name) is not None for name in _PACKAGES)


class RapidOcrReader:
    """PP-OCRv6 (Chinese and English), whose weights lie in the package: nothing is downloaded.

    Args:
        threads: CPU threads; more than one are faster and take more CPU time in all.

    Raises:
        MissingExtraError: If the extra `screen` is not installed.
    """

    def __init__(self, *, threads: int = 1) -> None:
        if not can_read_pictures():
            raise MissingExtraError("rapidocr", "screen", "reading text in pictures")
        try:
            self.model_id = f"rapidocr/{version('rapidocr')}"
        except PackageNotFoundError:
            self.model_id = "rapidocr"
        self._threads = threads
        self._engine: Any = None

    def _load(self) -> Any:  # noqa: ANN401
        if self._engine is None:
            from rapidocr import RapidOCR

            self._engine = RapidOCR(
                params={
                    "Global.log_level": "critical",
                    "Global.use_cls": False,
                    "Global.text_score": 0.0,
                    "Det.limit_type": "max",
                    "Det.limit_side_len": _LONGEST_SIDE,
                    "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                }
            )
        return self._engine

    def find_lines(self, picture: Picture) -> list[Box]:
        """Return the lines of text in a picture, from top to bottom; a slanting one as the rectangle around it."""
        found = self._load()(picture, use_det=True, use_cls=False, use_rec=False)
        corners = getattr(found, "boxes", None)
        if corners is None or not len(corners):
            return []
        height, width = picture.shape[:2]
        boxes = []
        for corner in np.asarray(corners, dtype=float):
            left, top = np.floor(corner.min(axis=0)).astype(int)
            right, bottom = np.ceil(corner.max(axis=0)).astype(int)
            box = (max(int(left), 0), max(int(top), 0), min(int(right), width), min(int(bottom), height))
            if box[2] - box[0] >= 4 and box[3] - box[1] >= 4:
                boxes.append(box)
        return sorted(boxes, key=lambda box: (box[1], box[0]))

    def read_lines(self, pictures: Sequence[Picture]) -> list[tuple[str, float]]:
        """Return text and confidence of pictures that hold a line each."""
        return [self._read_line(picture) for picture in pictures]

    def _read_line(self, picture: Picture) -> tuple[str, float]:
        found = self._load()(picture, use_det=False, use_cls=False, use_rec=True)
        texts, scores = getattr(found, "txts", None), getattr(found, "scores", None)
        return (str(texts[0]).strip(), float(scores[0])) if texts and scores else ("", 0.0)


def build_picture_reader() -> PictureReader:
    """Return the reader of text in pictures.

    Raises:
        MissingExtraError: If the extra `screen` is not installed.
    """
    return RapidOcrReader()
