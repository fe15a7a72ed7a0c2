"""The small odd inputs beside the repository, where they are: what is kept of each, and what is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message, Page, Segment
from streamdial.sources import ReadContext, detect_kind
from streamdial.sources.reader import list_readers

TIMES: dict[str, list[float]] = {
    "01-danmaku-v2": [61.486, 85.1, 1.2],
    "03-recorder-xsl": [0.042, 12.5, 1234.567],
    "04-recorder-selfclosing": [1389.2],
    "05-recorder-backspace": [18703.6, 18704.6],
    "06-recorder-no-end": [1, 2],
    "07-danmaku-json": [349.299, 1410.948],
    "08-ytdlp-live-capture": [-65, -5, 5, 6],
    "09-chatdownloader-live": [0, 12.5],
    "11-whisper-loop": [0, 25],
    "14-youtube-vtt": [0.24, 1.92, 4.01],
    "16-srt-odd": [1, 3, 5, 7, 9, 10],
    "32-twitch-emotes": [-3, 12.5, 13],
    "33-live-chat-glued": [1, 2, 3],
    "34-whispercpp": [0, 3],
    "47-danmaku-neg-huge": [-0.5, 1000, 12.5, 13, 62.5],
    "48-srt-gbk": [1, 3.5],
    "49-ass": [1],
    "50-lrc": [1, 3.5],
    "53-funasr": [0.5, 1.3],
    "54-ttml-ns": [0.5, 1, 4.4, 6],
    "55-srv3-auto": [0.24, 2],
}
"""When what is kept of chat and speech was said."""
DROPPED = {
    "03-recorder-xsl": {"gift": 1, "guard": 1},
    "04-recorder-selfclosing": {"empty": 2},
    "05-recorder-backspace": {"broken_xml": 1},
    "06-recorder-no-end": {},
    "08-ytdlp-live-capture": {"same_id": 1, "ticker": 1},
    "09-chatdownloader-live": {"empty": 1},
    "33-live-chat-glued": {"broken_json": 1},
    "47-danmaku-neg-huge": {"bad_time": 4},
}
COMMENTS = {
    "20-bilibili-reply-api": [5, None, None],
    "21-info-comments": [0, None],
    "28-csv-gbk-bad-byte": [3, 12000, None],
    "43-json-bom-lines": [1234, 2300, None, None],
    "45-csv-utf16": [3, 1],
}
"""Likes of the comments that are kept."""
PAGES: dict[str, tuple[list[str], list[str]]] = {
    "22-page-gbk-bad-byte": (["239800"], ["\ufffd\ufffd\ufffd"]),
    "24-page-gbk-cut": (["239800"], ["\ufffd\ufffd"]),
    "25-page-wrong-meta": (["239800"], ["\ufffd"]),
    "26-page-big5": ([], ["\ufffd"]),
    "29-table-rowspan": (["Meridian|$50,900|$48,500", "Model|Price List|Price Offer"], []),
    "30-table-nested-layout": (["Meridian|7"], []),
    "31-page-hidden": (["$46,900"], ["$99,999", "secret", "cookies", "$48,900"]),
    "71-page-table-nested-cell": (["Meridian|$46,900|7", "Comet|$39,000|5"], []),
    "72-page-div-table": (["Price|$46,900"], []),
    "73-page-strike-price": (["Meridian|$46,900", "Comet|$39,000"], ["48,900", "41,000"]),
    "75-page-transposed": (["Price|$46,900|$39,000"], []),
}
"""What text and tables of a page hold, cells parted by a bar, and what they do not."""


def read(real_data: Path, name: str, counts: Counts) -> list[Message | Segment | Page]:
    folder = real_data / "cases" / name
    if not folder.is_dir():
        pytest.skip("the folder of odd inputs is absent")
    (path,) = (each for each in folder.iterdir() if each.name != "expected.txt")
    records = list_readers()[detect_kind(path)].read(path, ReadContext(Pseudonymizer(bytes(32)), counts))
    return [record for record in records if isinstance(record, Message | Segment | Page)]


@pytest.mark.parametrize("name", TIMES)
def test_chat_and_speech_are_read(real_data: Path, counts: Counts, name: str) -> None:
    records = read(real_data, name, counts)
    times = [each.start if isinstance(each, Segment) else each.time for each in records if not isinstance(each, Page)]
    assert times == TIMES[name]
    assert dict(counts.dropped) == DROPPED.get(name, dict(counts.dropped))


@pytest.mark.parametrize("name", COMMENTS)
def test_comments_are_read(real_data: Path, counts: Counts, name: str) -> None:
    records = read(real_data, name, counts)
    assert [each.likes for each in records if isinstance(each, Message)] == COMMENTS[name]


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_read(real_data: Path, counts: Counts, name: str) -> None:
    (page,) = read(real_data, name, counts)
    assert isinstance(page, Page)
    rows = ["|".join(row) for table in page.tables for row in (table.header, *table.rows)]
    held = "\n".join([page.title, page.text, *rows])
    wanted, unwanted = PAGES[name]
    assert [each for each in wanted if each not in held] == []
    assert [each for each in unwanted if each in held] == []
