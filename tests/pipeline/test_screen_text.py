"""A run over a recording whose screen is read: cards in the knowledge base, their pictures in the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import streamdial.pipeline.signals as step
from streamdial.pipeline import Pipeline
from tests.screen.drawn_text import PatternReader, draw_frame, write_video

CARD = [("望湖大床房", 380, 60), ("直播价：568元", 380, 96), ("早餐：含双早", 380, 132), ("面积36平米", 380, 168)]
SAID = ("大家晚上好欢迎来到酒店", "今天看看这个房型", "这一间正对着湖面", "早餐在湖边吃的")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "湖边酒店"
    folder.mkdir()

    def paint(second: float) -> list[tuple[str, int, int]]:
        text = SAID[int(second // 3)]
        return [(text, (640 - 12 * len(text)) // 2, 320), *(CARD if 2 <= second < 10 else [])]

    lines = enumerate(("望湖大床房多少钱", "有早餐吗", "两个人来，预算600以内", "房间多大"))
    chat = "".join(f'<d p="{n + 4}.0,1,25,16777215,1760000000,0,a{n},{n},10">{text}</d>' for n, text in lines)
    (folder / "chat.xml").write_text(f'<?xml version="1.0" encoding="UTF-8"?><i>{chat}</i>', encoding="utf-8")
    write_video((draw_frame(paint(number / 5)) for number in range(60)), folder / "room.mp4")
    return folder


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> PatternReader:
    reader = PatternReader([*(text for text, *_ in CARD), *SAID])
    monkeypatch.setattr(step, "build_picture_reader", lambda: reader)
    return reader


def test_cards_become_knowledge_with_a_picture(source: Path, reader: PatternReader, tmp_path: Path) -> None:
    with Pipeline(domain="hotel", sources=(str(source),), out=str(tmp_path / "run"), signals="rules") as run:
        mined = run.signals()
    rows = {row.slot: row for row in mined.knowledge if row.entity == "望湖大床房"}
    assert (rows["price"].value, rows["breakfast"].value, rows["room_area"].value) == ("568", "included", "36")
    at = rows["price"].provenance
    assert (at.start, at.end) == (1.5, 9.5) and at.box is not None
    picture = tmp_path / "run" / "pictures" / f"{at.derived_from[0]}.jpg"
    assert picture.read_bytes().startswith(b"\xff\xd8")
    parts = list((tmp_path / "run" / "cache" / "screens").rglob("part-*.json"))
    assert len(parts) == 1 and json.loads(parts[0].read_text())["model"] == "pattern-reader"
    assert not re.search(r"1[3-9]\d{9}", parts[0].read_text())


def test_nothing_is_looked_at_when_it_is_off(source: Path, reader: PatternReader, tmp_path: Path) -> None:
    (source / "rooms.html").write_text(
        "<html><body><p>湖边酒店有五种房型，含早餐。</p></body></html>", encoding="utf-8"
    )
    (source / "speech.srt").write_text("1\n00:00:00,000 --> 00:00:04,000\n大家好，欢迎来到湖边酒店\n", encoding="utf-8")
    out = str(tmp_path / "run")
    with Pipeline(domain="hotel", sources=(str(source),), out=out, signals="rules", screen_text="off") as run:
        mined = run.signals()
    assert reader.searched == 0
    assert not [row for row in mined.knowledge if row.provenance.box]
