from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.screen import ScreenReading, ShownCard
from streamdial.screen.layout import CardText
from streamdial.sources import make_card_pages, open_recordings, read_recording
from tests.screen.drawn_text import PatternReader, draw_frame, write_video
from tests.screen.test_screen_reading import CARD, SAID, TEXTS, paint

SALT = b"a salt that is long enough for it"


def make_card(*, headings: tuple[str, ...] = (), pairs: tuple = (), grid: tuple = ()) -> ShownCard:
    text = CardText(headings, pairs, grid, tuple(" ".join(row) for row in (*pairs, *grid)))
    return ShownCard((), text, 4.0, 9.0, (0.5, 0.1, 0.9, 0.6), b"jpeg")


def make_pages(card: ShownCard, **options: object) -> list:
    given = {"source_id": "recording", "url": "", "published": None, "counts": Counts("cards"), **options}
    return make_card_pages([card], **given)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording: a video without sound, and a picture of a price list."""
    import cv2

    frames = (draw_frame(paint(number / 5)) for number in range(60))
    write_video(frames, tmp_path / "room.mp4")
    cv2.imwrite(str(tmp_path / "prices.png"), draw_frame(CARD))
    return tmp_path


def test_a_card_is_a_page_with_its_seconds_and_names_with_values_of_a_thing_to_be_found() -> None:
    card = make_card(headings=("今晚福利", "望湖大床房"), pairs=(("直播价", "568元"),))
    (page,) = make_pages(card, begins=100.0, published="2026-03-05", url="https://example.com/live")
    assert page.shown is not None
    assert (page.shown.start, page.shown.end, page.shown.crop) == (104.0, 109.0, b"jpeg")
    assert page.shown.headings == ("今晚福利", "望湖大床房")
    assert page.tables[0].about == "" and page.tables[0].rows == (("直播价", "568元"),)
    assert (page.published, page.url) == ("2026-03-05", "https://example.com/live")


def test_a_grid_is_a_table_with_its_header() -> None:
    (page,) = make_pages(make_card(grid=(("房型", "直播价", "面积"), ("静谷大床房", "388元", "28平米"))))
    assert page.tables[0].header == ("房型", "直播价", "面积") and page.tables[0].about is None


def test_two_columns_without_a_header_are_names_with_values() -> None:
    (page,) = make_pages(make_card(headings=("望湖大床房",), grid=(("直播价", "568元"), ("面积", "36平米"))))
    assert page.tables[0].about == "" and len(page.tables[0].rows) == 2


def test_a_card_without_values_is_dropped_with_the_reason() -> None:
    counts = Counts("cards")
    assert make_pages(make_card(headings=("欢迎来到直播间",)), counts=counts) == []
    assert counts.dropped == {"no_pairs": 1}


def test_a_silent_video_is_read_by_its_screen_and_a_picture_like_a_page(folder: Path) -> None:
    counts = Counts("reading")
    (files,) = open_recordings([folder], salt=SALT, counts=counts)
    screen = ScreenReading(PatternReader(TEXTS), "all", folder / ".parts")
    recording = read_recording(files, transcriber=None, language=None, salt=SALT, counts=counts, screen=screen)
    assert recording.language == "zh"
    assert [segment.text for segment in recording.segments] == list(SAID)
    assert all(segment.confidence and segment.confidence > 0.7 for segment in recording.segments)
    picture, card = recording.pages
    assert picture.shown is not None and picture.shown.start is None and picture.url == "prices.png"
    assert card.shown is not None and card.shown.start == 2.5 and card.source_id == recording.id
    assert picture.tables[0].rows == card.tables[0].rows == (("直播价", "568元"), ("早餐", "含双早"))
    assert any("has no sound" in note for note in counts.notes)
    assert any("4 stand where nothing was heard" in note for note in counts.notes)


def test_captions_alone_leave_cards_and_pictures_out(folder: Path) -> None:
    counts = Counts("reading")
    (files,) = open_recordings([folder], salt=SALT, counts=counts)
    screen = ScreenReading(PatternReader(TEXTS), "captions")
    recording = read_recording(files, transcriber=None, language="zh", salt=SALT, counts=counts, screen=screen)
    assert len(recording.segments) == 4 and not recording.pages
    assert counts.dropped["picture_not_read"] == 1


def test_pictures_of_a_page_that_lie_beside_it_are_sources_too_and_none_are_fetched(tmp_path: Path) -> None:
    import cv2

    (tmp_path / "site" / "files").mkdir(parents=True)
    page = tmp_path / "site" / "rooms.html"
    page.write_text(
        "<html><body><p>湖边的酒店，五种房型。</p><img src='files/prices.png'><img src='/etc/passwd'>"
        "<img src='../secret.png'><img src='https://example.com/far.png'><img src='files/gone.png'></body></html>",
        encoding="utf-8",
    )
    for path in (tmp_path / "site" / "files" / "prices.png", tmp_path / "secret.png"):
        cv2.imwrite(str(path), draw_frame(CARD if "prices" in path.name else CARD[:1]))
    (files,) = open_recordings([page], salt=SALT, counts=Counts("sources"))
    assert [Path(source).name for source in files.by_kind["picture"]] == ["prices.png"]


def test_a_file_that_is_no_picture_after_all_is_dropped_as_unreadable(folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    counts = Counts("reading")
    (files,) = open_recordings([folder], salt=SALT, counts=counts)
    screen = ScreenReading(PatternReader(TEXTS))
    read_recording(files, transcriber=None, language="zh", salt=SALT, counts=counts, screen=screen)
    assert counts.dropped["unreadable"] == 1
