"""Draw the video of an example stream: burnt-in captions of what the host says, price cards, a little bullet chat.

Reads `screen.tsv` (the lines of each card with its seconds) and the lines of the script, and writes `screen.mp4`. Needs
the development tools; the font is Noto Sans SC, of which only the drawn letters are in the video.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.screen_videos import Caption, Card, CardLine, Painter, Script, encode_frames

SIZE = (640, 360)
RATE = 5
LONGEST_CAPTION = 18
"""Characters of a line; longer ones are divided at their marks."""


class RoomPainter(Painter):
    """Paints a quiet room instead of noise."""

    def _draw_scene(self, number: int) -> np.ndarray:
        width, height = self.script.size
        down = np.linspace(0, 1, height)[:, None, None]
        top, bottom = np.array([70, 96, 110]), np.array([150, 140, 118])
        return np.broadcast_to((1 - down) * top + down * bottom, (height, width, 3)).astype(np.uint8).copy()


def cut_captions(
    lines: Sequence[tuple[str, str]], times: Mapping[str, tuple[float, float]], until: float
) -> list[Caption]:
    """Return the host's lines as captions: cut at their marks, without them, their time shared out by length.

    Args:
        lines: Id and text of each line.
        times: Start and end of each in seconds.
        until: Second before which a caption ends.
    """
    captions = []
    for key, text in lines:
        start, end = times[key]
        pieces: list[str] = []
        for piece in re.findall(r"[^，。！？、]+", text):
            if pieces and len(pieces[-1]) + len(piece) <= LONGEST_CAPTION:
                pieces[-1] += " " + piece
            else:
                pieces.append(piece)
        whole, place = sum(map(len, pieces)), 0
        for piece in pieces:
            first = start + (end - start) * place / whole
            place += len(piece)
            last = start + (end - start) * place / whole
            if last < until:
                captions.append(Caption(round(first, 2), round(last, 2), piece))
    return captions


def read_cards(rows: Sequence[Mapping[str, str]]) -> list[Card]:
    """Return the cards of a `screen.tsv`."""
    cards = []
    for _, group in groupby(rows, lambda row: row["card"]):
        lines = list(group)
        texts = tuple(CardLine((row["text"],), float(row["size"]), row["struck"] == "yes") for row in lines)
        cards.append(Card(float(lines[0]["from"]), float(lines[0]["until"]), texts, (), (0.58, 0.05), 0.38))
    return cards


def draw_screen(
    rows: Sequence[Mapping[str, str]],
    lines: Sequence[tuple[str, str]],
    times: Mapping[str, tuple[float, float]],
    chat: Sequence[tuple[float, str]],
    target: Path,
) -> float:
    """Write the video; return its seconds.

    Args:
        rows: Lines of `screen.tsv`.
        lines: Id and text of the host's lines.
        times: Start and end of each in seconds.
        chat: Second and text of messages that fly over the picture.
        target: The file.
    """
    cards = read_cards(rows)
    seconds = max(card.end for card in cards) + 6
    bullets = [
        (time, 0.04 + 0.07 * (number % 3), 0.16, text) for number, (time, text) in enumerate(chat) if time < seconds
    ]
    captions = cut_captions(lines, times, seconds)
    script = Script(
        "zh", SIZE, seconds, tuple(captions), tuple(cards), (), tuple(bullets), "鹭洲湖居", ("直播中",), rate=RATE
    )
    painter = RoomPainter(script)
    frames = (painter.paint(number / RATE) for number in range(int(seconds * RATE)))
    encode_frames(frames, SIZE, target, rate=RATE, quality=30, tune="stillimage")
    return seconds
