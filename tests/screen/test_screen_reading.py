from __future__ import annotations

import tracemalloc
from fractions import Fraction
from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.screen import probe_video, read_picture, read_screen
from streamdial.screen.crops import is_personal
from tests.screen.drawn_text import PatternReader, draw_frame, write_video

CARD = [("望湖大床房", 380, 60), ("直播价：568元", 380, 96), ("早餐：含双早", 380, 132)]
SAID = ("大家晚上好欢迎", "今天看几个房型", "这一间正对着湖", "早餐在湖边吃的")
TEXTS = [*(text for text, *_ in CARD), *SAID]


def paint(second: float) -> list[tuple[str, int, int]]:
    """Return what stands on the screen at a second: a caption every three seconds, a card from 3 to 10."""
    text = SAID[int(second // 3) % len(SAID)]
    caption = (text, (640 - 12 * len(text)) // 2, 320)
    return [caption, *(CARD if 3 <= second < 10 else [])]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = (draw_frame(paint(number / 5)) for number in range(60))
    return write_video(frames, tmp_path_factory.mktemp("video") / "room.mp4")


def test_captions_and_cards_of_a_video_are_read_with_their_seconds(video: Path) -> None:
    counts = Counts("screen")
    screen = read_screen(video, PatternReader(TEXTS), counts)
    assert [(line.text, line.start, line.end) for line in screen.captions] == [
        (SAID[0], 0.0, 2.5), (SAID[1], 2.5, 5.5), (SAID[2], 5.5, 8.5), (SAID[3], 8.5, 11.5),
    ]  # fmt: skip
    (card,) = screen.cards
    assert card.text.headings == ("望湖大床房",)
    assert card.text.pairs == (("直播价", "568元"), ("早餐", "含双早"))
    assert (card.start, card.end) == (2.5, 9.5)
    assert card.crop is not None and card.crop.startswith(b"\xff\xd8") and len(card.crop) < 40_000


def test_captions_alone_are_read_without_cards(video: Path) -> None:
    screen = read_screen(video, PatternReader(TEXTS), Counts("screen"), cards=False)
    assert len(screen.captions) == 4 and not screen.cards


def test_a_reading_that_was_broken_off_goes_on_with_the_next_part(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamdial.screen.reading.PART_SECONDS", 4.0)
    whole = read_screen(video, PatternReader(TEXTS), Counts("screen"), parts=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"part-{n:05d}.json" for n in range(3)]
    (tmp_path / "part-00001.json").unlink()
    reader, counts = PatternReader(TEXTS), Counts("screen")
    again = read_screen(video, reader, counts, parts=tmp_path)
    assert again == whole
    assert reader.read < 15  # those of one part and of the crop
    assert [line.text for line in again.captions] == list(SAID)


def test_parts_of_another_model_are_read_anew(video: Path, tmp_path: Path) -> None:
    read_screen(video, PatternReader([]), Counts("screen"), parts=tmp_path)
    other = PatternReader(TEXTS)
    other.model_id = "another"
    assert read_screen(video, other, Counts("screen"), parts=tmp_path).cards


def test_a_video_without_text_says_so(tmp_path: Path) -> None:
    path = write_video([draw_frame([])] * 20, tmp_path / "empty.mp4")
    counts = Counts("screen")
    assert read_screen(path, PatternReader([]), counts) == ((), ())
    assert counts.notes == ["empty.mp4: no captions and no cards on its screen."]


def test_a_video_that_breaks_off_gives_what_can_be_decoded(video: Path, tmp_path: Path) -> None:
    frames = (draw_frame(paint(number / 5)) for number in range(60))
    whole = write_video(frames, tmp_path / "whole.mkv")
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size * 9 // 10])
    counts = Counts("screen")
    screen = read_screen(broken, PatternReader(TEXTS), counts)
    assert screen.captions[0].text == SAID[0]
    assert "could be decoded up to second" in counts.notes[0]


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\x00\x00\x00\x18ftypmp42" + bytes(200)])
def test_what_is_no_media_is_an_error_that_names_the_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"bad\.mp4"):
        read_screen(path, PatternReader([]), Counts("screen"))


def test_sound_alone_has_no_screen(tmp_path: Path) -> None:
    path = write_video([], tmp_path / "voice.m4a", sound=True)
    info = probe_video(path)
    assert info.has_sound and not info.width
    with pytest.raises(SourceError, match="no moving picture"):
        read_screen(path, PatternReader([]), Counts("screen"))


@pytest.mark.slow
def test_four_hours_take_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    """A frame every five seconds, so that it can be made in a test; the card changes every minute."""

    def paint_hours() -> object:
        for number in range(4 * 720):
            yield (
                draw_frame([CARD[0], CARD[1 + number // 12 % 2]], (320, 180 + 4))
                if number % 12 < 8
                else draw_frame([], (320, 184))
            )

    long = write_video(paint_hours(), tmp_path / "long.mp4", rate=Fraction(1, 5))  # type: ignore[arg-type]
    short = write_video([draw_frame([CARD[0]], (320, 184))] * 12, tmp_path / "short.mp4", rate=Fraction(1, 5))
    peaks = []
    for path in (short, long):
        tracemalloc.start()
        read_screen(path, PatternReader(TEXTS), Counts("screen"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 8_000_000


def test_a_picture_is_read_like_a_card() -> None:
    card = read_picture(draw_frame(CARD), PatternReader(TEXTS), Counts("picture"))
    assert card is not None
    assert card.text.pairs == (("直播价", "568元"), ("早餐", "含双早"))
    assert read_picture(draw_frame([]), PatternReader([]), Counts("picture")) is None


def test_personal_data_is_masked_and_covered_in_the_crop() -> None:
    import cv2
    import numpy as np

    phone = "电话13800138000"
    frame = draw_frame([*CARD, (phone, 40, 60), ("弹幕", 40, 200)])
    card = read_picture(frame, PatternReader([*TEXTS, phone]), Counts("picture"))
    assert card is not None and card.crop is not None
    assert not any("13800138000" in line for line in card.text.lines)
    assert any(is_personal(line.text) for line in card.lines)
    crop = cv2.imdecode(np.frombuffer(card.crop, np.uint8), cv2.IMREAD_GRAYSCALE)
    scale = crop.shape[1] / 640

    def spread(left: int, top: int, right: int, bottom: int) -> float:
        return float(crop[int(top * scale) : int(bottom * scale), int(left * scale) : int(right * scale)].std())

    assert spread(44, 64, 90, 80) < 20 < spread(384, 64, 430, 80)
    assert spread(44, 204, 60, 220) < 20, "what is no line of the card is covered"
