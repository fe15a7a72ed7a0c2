from __future__ import annotations

import numpy as np
import pytest

from streamdial.errors import MissingExtraError
from streamdial.models import PictureReader, build_picture_reader


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamdial.models.picture_text.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"streamdial\[screen\]"):
        build_picture_reader()


@pytest.mark.models
def test_lines_in_both_languages_are_found_and_read() -> None:
    from PIL import Image, ImageDraw

    from benchmarks.screen_videos import find_font

    lines = ["望湖大床房", "直播价：¥568", "Lake view room 36 sqm"]
    picture = Image.new("RGB", (640, 360), (240, 235, 220))
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((40, 60 + 80 * number), line, font=find_font(28), fill=(120, 20, 30))
    frame = np.asarray(picture)[:, :, ::-1].copy()
    reader = build_picture_reader()
    assert isinstance(reader, PictureReader) and reader.model_id.startswith("rapidocr/")
    boxes = reader.find_lines(frame)
    read = reader.read_lines([frame[top:bottom, left:right].copy() for left, top, right, bottom in boxes])
    assert [text.replace("￥", "¥") for text, _ in read] == lines
    assert all(score > 0.9 for _, score in read)
    assert reader.find_lines(np.full((100, 100, 3), 128, np.uint8)) == []
