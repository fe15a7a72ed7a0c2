"""Renders videos whose text on the screen is known: captions, cards, tables, moving bullet chat, chrome, a watermark.

Needs Pillow, PyAV with an H.264 encoder, and a free font with Chinese characters (Noto Sans SC, OFL, as the package
`pylopdf-fonts-zh-cn` has it). All names, prices and lines are invented and drawn by a seed.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Language = Literal["en", "zh"]
SIZES = {"small": (640, 360), "wide": (1280, 720), "tall": (720, 1280)}
FADE = 0.6
"""Seconds a card takes to come and to go."""

_ROOMS = {
    "zh": (
        ("静谷", "望湖", "听松", "云栖", "竹里", "花间", "半山", "临溪"),
        ("大床房", "双床房", "亲子房", "湖景套房"),
    ),
    "en": (("Harbour", "Garden", "Cedar", "Maple", "Lakeside", "Summit"), ("Suite", "Room", "Villa", "Cabin")),
}
_CAPTIONS = {
    "zh": (
        "大家晚上好欢迎来到直播间", "今天给大家介绍几个房型", "有问题直接打在公屏上", "两个人来住这一间最合适",
        "窗户正对着湖面", "早餐在湖边的餐厅吃", "带孩子来的朋友看这里", "泳池早上七点开到晚上九点",
        "门口免费停车有八十个车位", "入住前一天可以免费取消", "没用完的券随时可以退", "这个价格只有今天晚上有",
        "楼下走路十分钟到古镇", "可以帮您提前留房", "加床一位一百块", "周末也不加价",
        "喜欢安静的朋友选这间", "阳台可以看到日落", "前台二十四小时有人", "我们再看下一个房型",
    ),
    "en": (
        "Good evening and welcome to the stream", "Tonight we look at a few of our rooms", "Just ask in the chat",
        "This one is best for two people", "The window faces the water", "Breakfast is served by the lake",
        "Families should look at this one", "The pool opens at seven", "Parking in front is free",
        "You can cancel the day before", "Vouchers can be returned any time", "This price is for tonight only",
        "The old town is ten minutes away", "We can hold a room for you", "An extra bed is possible",
        "Weekends cost the same", "Pick this one if you like it quiet", "You can watch the sunset from here",
        "The front desk never closes", "Let us look at the next room",
    ),
}  # fmt: skip
_BULLETS = {
    "zh": (
        "666666",
        "主播好漂亮",
        "这个多少钱",
        "想去想去",
        "1288太贵了吧",
        "有没有优惠",
        "哈哈哈哈",
        "第一次来",
        "688能便宜吗",
    ),
    "en": (
        "hello from the coast",
        "so pretty",
        "how much is it",
        "1290 is too much",
        "first time here",
        "lol",
        "want to go",
    ),
}
_SLOGANS = {"zh": ("限时特惠", "直播专享", "今晚福利"), "en": ("Tonight only", "Stream special", "Limited offer")}
_WATERMARK = {"zh": "湖居直播", "en": "LakeTV"}
_CHROME = {"zh": ("关注", "在线 2.3万"), "en": ("Follow", "23K watching")}


class Caption(NamedTuple):
    """A burnt-in line of what is said, with its seconds."""

    start: float
    end: float
    text: str


class CardLine(NamedTuple):
    """A line of a card: its cells, how large it is, and whether it is struck out."""

    cells: tuple[str, ...]
    size: float = 1.0
    struck: bool = False


@dataclass(frozen=True)
class Card:
    """A card or table, with its seconds and the facts it states: (thing, slot of the hotel pack, value)."""

    start: float
    end: float
    lines: tuple[CardLine, ...]
    facts: tuple[tuple[str, str, str], ...]
    place: tuple[float, float]
    """Left and top edge, as shares of the picture."""
    width: float
    scene: int = 0


@dataclass(frozen=True)
class Script:
    """All that stands on the screen of one video."""

    language: Language
    size: tuple[int, int]
    seconds: float
    captions: tuple[Caption, ...]
    cards: tuple[Card, ...]
    cuts: tuple[float, ...]
    bullets: tuple[tuple[float, float, float, str], ...] = ()
    """When each begins to move, its height as a share of the picture, pictures' widths a second, and its text."""
    watermark: str = ""
    chrome: tuple[str, ...] = ()
    seed: int = 0
    rate: int = 25
    quality: int = 30
    """Constant rate factor of H.264: larger is worse."""


def write_script(language: Language, size: str = "wide", *, seed: int = 7, seconds: float = 60.0) -> Script:
    """Return a script drawn by a seed: captions all through, two price cards, a table, bullets, cuts and chrome."""
    draw = random.Random(f"{seed}|{language}|{size}")
    width, height = SIZES[size]
    captions, clock = [], 0.8
    for text in draw.sample(_CAPTIONS[language], len(_CAPTIONS[language])):
        spoken = max(1.6, len(text) / (5.0 if language == "zh" else 14.0)) + draw.uniform(0, 0.6)
        if clock + spoken > seconds - 0.5:
            break
        captions.append(Caption(round(clock, 2), round(clock + spoken, 2), text))
        clock += spoken + draw.choice((0.0, 0.0, 0.0, 0.5, 1.5))
    names = _draw_rooms(language, draw)
    tall = height > width
    cards = (
        _draw_price_card(language, draw, names[0], 4.0, 17.0, tall),
        _draw_table(language, draw, names[1:5], 21.0, 38.0, tall),
        _draw_price_card(language, draw, names[5], 42.0, 55.0, tall),
    )
    bullets, clock = [], 1.0
    while clock < seconds - 5:
        clock += draw.uniform(0.4, 1.6)
        lane = draw.randrange(7)
        bullets.append((clock, 0.03 + lane * 0.065, draw.uniform(0.12, 0.25), draw.choice(_BULLETS[language])))
    return Script(
        language,
        (width, height),
        seconds,
        tuple(captions),
        tuple(card for card in cards if card.end < seconds),
        tuple(draw.uniform(5, seconds - 5) for _ in range(4)),
        tuple(bullets),
        _WATERMARK[language],
        _CHROME[language],
        seed,
    )


def _draw_rooms(language: Language, draw: random.Random) -> list[str]:
    fronts, kinds = _ROOMS[language]
    joiner = "" if language == "zh" else " "
    return [front + joiner + draw.choice(kinds) for front in draw.sample(fronts, 6)]


def _draw_price_card(language: Language, draw: random.Random, room: str, start: float, end: float, tall: bool) -> Card:
    price = draw.randrange(260, 1200, 2) + 1
    former, area, guests = price + draw.randrange(100, 400), draw.randrange(20, 90), draw.randrange(2, 6)
    day = draw.randrange(1, 29)
    if language == "zh":
        lines = (
            CardLine((draw.choice(_SLOGANS["zh"]),), 1.1), CardLine((room,), 1.3),
            CardLine((f"原价 ¥{former}",), 0.9, True), CardLine((f"直播价：¥{price}",), 1.2),
            CardLine((f"面积 {area}平米",)), CardLine((f"可住人数：{guests}人",)), CardLine(("早餐：含双早",)),
            CardLine((f"有效期至6月{day}日",), 0.9),
        )  # fmt: skip
        valid = f"6月{day}日"
    else:
        lines = (
            CardLine((draw.choice(_SLOGANS["en"]),), 1.1), CardLine((room,), 1.3),
            CardLine((f"${former}",), 0.9, True), CardLine((f"Price: ${price}",), 1.2),
            CardLine((f"Room size: {area} sqm",)), CardLine((f"Guests: {guests}",)), CardLine(("Breakfast: included",)),
            CardLine((f"Valid until: June {day}",), 0.9),
        )  # fmt: skip
        valid = f"June {day}"
    facts = (
        (room, "price", str(price)), (room, "room_area", str(area)), (room, "guests", str(guests)),
        (room, "breakfast", "included"), (room, "validity", valid),
    )  # fmt: skip
    return Card(start, end, lines, facts, (0.08, 0.25) if tall else (0.56, 0.12), 0.6 if tall else 0.36)


def _draw_table(
    language: Language, draw: random.Random, rooms: Sequence[str], start: float, end: float, tall: bool
) -> Card:
    head = ("房型", "直播价", "面积", "床型") if language == "zh" else ("Room", "Price", "Size", "Beds")
    beds = {"zh": (("大床", "king"), ("双床", "twin")), "en": (("king bed", "king"), ("twin beds", "twin"))}[language]
    rows, facts = [CardLine(head)], []
    for room in rooms:
        price, area, bed = draw.randrange(260, 1200), draw.randrange(20, 90), draw.choice(beds)
        money, size = (f"{price}元", f"{area}平米") if language == "zh" else (f"${price}", f"{area} sqm")
        rows.append(CardLine((room, money, size, bed[0])))
        facts += [(room, "price", str(price)), (room, "room_area", str(area)), (room, "bed_type", bed[1])]
    return Card(start, end, tuple(rows), tuple(facts), (0.04, 0.3) if tall else (0.12, 0.16), 0.92 if tall else 0.72)


def find_font(size: int) -> ImageFont.FreeTypeFont:
    """Return the free font at a size in pixels."""
    return ImageFont.truetype(str(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf"), max(size, 8))


def draw_card(card: Card, size: tuple[int, int]) -> Image.Image:
    """Return the picture of a card, to be laid over a frame of a size."""
    width, height = size
    tall_table = len(card.lines[0].cells) > 1 and height > width
    unit = int(min(width, height) / (30 if tall_table else 26 if len(card.lines[0].cells) > 1 else 20))
    wide = int(card.width * width)
    tall = int(sum(line.size * unit * 1.65 for line in card.lines) + unit)
    picture = Image.new("RGBA", (wide, tall), (252, 246, 232, 242))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, wide - 1, tall - 1), outline=(190, 120, 60, 255), width=2)
    top = unit * 0.5
    columns = range(len(card.lines[0].cells))
    font = find_font(unit)
    widest = [max((font.getlength(line.cells[column]) for line in card.lines), default=0) for column in columns]
    gap = max((wide - 1.4 * unit - sum(widest)) / max(len(widest) - 1, 1), 0.8 * unit)
    lefts = [unit * 0.7 + sum(widest[:column]) + column * gap for column in columns]
    for number, line in enumerate(card.lines):
        font = find_font(int(line.size * unit))
        for column, cell in enumerate(line.cells):
            place = (lefts[column], top)
            grey = line.struck or (number == 0 and len(line.cells) > 1)
            pen.text(place, cell, font=font, fill=(120, 120, 120, 255) if grey else (150, 20, 30, 255))
            if line.struck:
                box = pen.textbbox(place, cell, font=font)
                middle = (box[1] + box[3]) / 2
                pen.line((box[0] - 2, middle, box[2] + 2, middle), fill=(120, 120, 120, 255), width=max(2, unit // 14))
        top += line.size * unit * 1.65
    return picture


class Painter:
    """Paints the frames of a script."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.cards = [draw_card(card, script.size) for card in script.cards]
        self.bullets = [self._write(text, 0.040, (255, 255, 255)) for *_, text in script.bullets]
        self.captions = [self._write(line.text, 0.055, (255, 255, 255)) for line in script.captions]
        self.watermark = self._write(script.watermark, 0.036, (230, 230, 230)) if script.watermark else None
        self.chrome = [self._write(text, 0.036, (255, 255, 255)) for text in script.chrome]
        self.scenes = [self._draw_scene(number) for number in range(len(script.cuts) + 1)]

    def _write(self, text: str, share: float, colour: tuple[int, int, int]) -> Image.Image:
        font = find_font(int(min(self.script.size) * share))
        left, top, right, bottom = font.getbbox(text, stroke_width=2)
        picture = Image.new("RGBA", (int(right - left) + 4, int(bottom - top) + 4))
        pen = ImageDraw.Draw(picture)
        pen.text(
            (2 - left, 2 - top), text, font=font, fill=(*colour, 255), stroke_width=2, stroke_fill=(20, 20, 20, 255)
        )
        return picture

    def _draw_scene(self, number: int) -> np.ndarray:
        """Return a smooth made-up picture: a room out of coloured noise."""
        chance = np.random.default_rng((self.script.seed, number))
        width, height = self.script.size
        small = chance.integers(30, 200, (6, 8, 3), dtype=np.uint8)
        return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))

    def paint(self, time: float) -> np.ndarray:
        """Return the frame of a second: a scene with somebody moving in it, then cards, captions, bullets, chrome."""
        script, (width, height) = self.script, self.script.size
        scene = sum(cut <= time for cut in script.cuts)
        frame = Image.fromarray(self.scenes[scene])
        pen = ImageDraw.Draw(frame)
        centre = width * (0.3 + 0.05 * np.sin(time * 1.7)), height * 0.55
        for radius, colour in ((0.22, (90, 60, 50)), (0.12, (220, 180, 150))):
            reach = radius * min(width, height)
            x, y = centre[0], centre[1] - (reach * 1.6 if radius < 0.2 else 0)
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
        for card, picture in zip(script.cards, self.cards, strict=True):
            if card.start <= time < card.end:
                share = min(1.0, (time - card.start) / FADE, (card.end - time) / FADE)
                place = (int(card.place[0] * width), int(card.place[1] * height))
                mask = picture.getchannel("A").point(lambda value, share=share: int(value * share))
                frame.paste(picture, place, mask)
        for line, picture in zip(script.captions, self.captions, strict=True):
            if line.start <= time < line.end:
                frame.paste(picture, ((width - picture.width) // 2, int(height * 0.88)), picture)
        for (start, lane, speed, _), picture in zip(script.bullets, self.bullets, strict=True):
            left = int(width - (time - start) * speed * width)
            if start <= time and left > -picture.width:
                frame.paste(picture, (left, int(lane * height)), picture)
        if self.watermark:
            frame.paste(
                self.watermark, (width - self.watermark.width - 10, height - self.watermark.height - 8), self.watermark
            )
        for number, picture in enumerate(self.chrome):
            frame.paste(picture, (8 + number * int(width * 0.16), height - picture.height - 8), picture)
        return np.asarray(frame)

    def paint_all(self) -> Iterator[np.ndarray]:
        """Yield all frames, with a little noise as a camera has it."""
        chance = np.random.default_rng(self.script.seed)
        width, height = self.script.size
        noise = [chance.integers(-5, 6, (height, width, 1), dtype=np.int16) for _ in range(4)]
        for number in range(int(self.script.seconds * self.script.rate)):
            frame = self.paint(number / self.script.rate).astype(np.int16) + noise[number % 4]
            yield np.clip(frame, 0, 255).astype(np.uint8)


def render_video(script: Script, path: Path) -> Path:
    """Write a script as an MP4 file; the same bytes for the same libraries."""
    encode_frames(Painter(script).paint_all(), script.size, path, rate=script.rate, quality=script.quality)
    return path


def encode_frames(
    frames: Iterator[np.ndarray], size: tuple[int, int], path: Path, *, rate: int, quality: int, tune: str = ""
) -> None:
    """Write frames as H.264.

    Args:
        frames: RGB pictures.
        size: Width and height.
        path: The file.
        rate: Frames a second.
        quality: Constant rate factor; larger is worse.
        tune: Tuning of the encoder, as `stillimage`.
    """
    with av.open(str(path), "w") as container:
        container.flags |= 0x0400  # bitexact: no version of the encoder in the file
        options = {"crf": str(quality), "preset": "veryfast", "threads": "1", **({"tune": tune} if tune else {})}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, rate)
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def main() -> None:
    """Render one video to look at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--language", default="zh", choices=("zh", "en"))
    parser.add_argument("--size", default="wide", choices=tuple(SIZES))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    script = write_script(given.language, given.size, seed=given.seed, seconds=given.seconds)
    render_video(script, given.path)
    print(f"{given.path}: {len(script.captions)} captions, {len(script.cards)} cards, {len(script.bullets)} bullets")


if __name__ == "__main__":
    main()
