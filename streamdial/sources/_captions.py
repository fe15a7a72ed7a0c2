"""WebVTT and SRT: cues, word tags, and the folding of captions that roll up."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from streamdial.models import Decoding
from streamdial.records import Word
from streamdial.sources._files import is_believable, parse_clock

_CLOCK = r"-?(?:\d{1,4}:)?\d{1,4}:\d{1,2}(?:[.,]\d{1,9})?"
# A time line, also with one dash, an escaped sign or a drawn arrow.
_ARROW = re.compile(rf"^\s*(?P<start>{_CLOCK})\s*(?:[-–—=]*\s?(?:>|&gt;)|→|⟶)\s*(?P<end>\S+)")
# What was one: a clock, and an arrow or another clock.
_DAMAGED = re.compile(
    rf"^\s*(?:{_CLOCK}|[\d:.,]{{4,80}})\s*(?:-+>|-+\s|\s+{_CLOCK}\s*$)|^\s*-+>\s*{_CLOCK}"
    rf"|^\s*(?:\S{{1,80}}|[\d:.,\s]{{1,80}})\s*-->\s*{_CLOCK}"
)
_NO_CUE = re.compile(r"\ufeff?\s*(?:WEBVTT|NOTE(?:\s|$)|STYLE\W*$|REGION\W*$|X-TIMESTAMP|::cue)")
"""How blocks of WebVTT begin that say nothing: the header, notes, styles."""
# A change of speaker in captions of television and YouTube.
_CHANGE = re.compile(r"^\s*(?:>>+|&gt;&gt;(?:&gt;)*)\s*")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|\{\\[^{}]{0,80}\}")
_WORD_TIME = re.compile(r"<(\d[\d:.,]{3,16})>")
_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^<>]{1,80})>")
_ROLLING_SHARE = 0.5


@dataclass(frozen=True)
class Cue:
    """A stretch of a transcript as the file has it; `end` is None where it is missing or garbage."""

    start: float
    end: float | None
    text: str
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    decoding: Decoding | None = None


@dataclass
class _Block:
    start: float
    end: float | None
    lines: list[str]


def strip_tags(text: str) -> str:
    """Return caption text without tags and marks of speakers, with entities resolved (twice: YouTube escapes twice)."""
    plain = _CHANGE.sub("", _TAG.sub("", _WORD_TIME.sub("", text)))
    return _TAG.sub("", html.unescape(html.unescape(plain))).replace("\u200b", "")


def parse_captions(text: str, drop: Callable[[str], None]) -> Iterator[Cue]:
    """Yield the cues of a WebVTT or SRT text in its order.

    Where captions roll up (YouTube's automatic ones: each cue shows the line before once more), every line comes once,
    at its first showing, and a cue that shows nothing new is dropped as `rolled_up`.

    Args:
        text: The file's text.
        drop: Told the reason for each cue left out: `bad_time` (of a text below no time line, too), `rolled_up`.
    """
    blocks = list(_split_blocks(text, drop))
    rolling = _tell_rolling(blocks)
    shown: list[str] = []
    for block in blocks:
        lines = block.lines
        fresh = lines
        if rolling:
            plain = [_plain(line) for line in lines]
            fresh = lines[_count_carried(shown, plain) :]
            shown = [line for line in plain if line]
            if not any(_plain(line) for line in fresh):
                drop("rolled_up" if shown else "empty")
                continue
        yield _make_cue(block, fresh)


def _plain(line: str) -> str:
    return " ".join(strip_tags(line).split())


def _count_carried(shown: list[str], lines: list[str]) -> int:
    """Return how many of the first lines are the last ones shown before."""
    # Blank lines pad a rolling caption; they carry nothing and hide nothing.
    padding = 0
    while padding < len(lines) and not lines[padding]:
        padding += 1
    solid = [line for line in lines if line]
    for size in range(min(len(shown), len(solid)), 0, -1):
        if shown[-size:] == solid[:size]:
            carried = 0
            for place, line in enumerate(lines):
                carried += bool(line)
                if carried == size:
                    return place + 1
    return padding


def _tell_rolling(blocks: list[_Block]) -> bool:
    if any(_WORD_TIME.search(line) for block in blocks for line in block.lines):
        return True
    carried = 0
    for earlier, later in pairwise(blocks):
        before = [line for line in map(_plain, earlier.lines) if line]
        after = [_plain(line) for line in later.lines]
        carried += bool(before) and any(after) and before[-1] == next(line for line in after if line)
    return len(blocks) >= 4 and carried >= _ROLLING_SHARE * (len(blocks) - 1)


def _split_blocks(text: str, drop: Callable[[str], None]) -> Iterator[_Block]:
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    place, timed = 0, False
    while place < len(lines):
        timed = timed or _is_time_line(lines[place])
        match = _ARROW.match(lines[place])
        if match is None:
            if _DAMAGED.match(lines[place]):
                drop("bad_time")
                # What stands below is the same cue's.
                place += 1
                while place < len(lines) and lines[place] != "" and not _is_time_line(lines[place]):
                    place += 1
                continue
            begin = place
            while place < len(lines) and lines[place] != "" and not _is_time_line(lines[place]):
                place += 1
            # The line before a time line is that cue's name.
            named = place < len(lines) and lines[place] != ""
            # Before the first time line stands what the file says of itself.
            if timed and _is_orphan(lines[begin : place - named]):
                drop("bad_time")
            place += place == begin
            continue
        place += 1
        body: list[str] = []
        while place < len(lines) and lines[place] != "" and not _is_time_line(lines[place]):
            body.append(lines[place])
            place += 1
        # Without a blank line between them, a number before the next time line is that cue's.
        if place < len(lines) and lines[place] != "" and body and body[-1].strip().isdigit() and len(body) > 1:
            body.pop()
        start, end = parse_clock(match["start"]), parse_clock(match["end"])
        garbled = end is None or not is_believable(end)
        if start is None or not is_believable(start) or garbled:
            drop("bad_time")
            continue
        yield _Block(start, end, body)


def _is_orphan(lines: list[str]) -> bool:
    """Tell a cue that has lost its time line from headers, notes, styles and mere numbers."""
    if not lines or _NO_CUE.match(lines[0]):
        return False
    return any(re.search(r"[^\W\d_]", line) for line in lines)


def _is_time_line(line: str) -> bool:
    return _ARROW.match(line) is not None or _DAMAGED.match(line) is not None


def _make_cue(block: _Block, lines: list[str]) -> Cue:
    text = "\n".join(lines)
    voice = _VOICE.search(text)
    return Cue(
        block.start,
        block.end,
        " ".join(filter(None, (_plain(line) for line in lines))),
        tuple(_make_words(block, text)),
        html.unescape(voice[1]).strip() if voice else None,
    )


def _make_words(block: _Block, text: str) -> Iterator[Word]:
    parts = _WORD_TIME.split(text)
    if len(parts) < 3:
        return
    begins = [block.start]
    for place in range(1, len(parts), 2):
        told = parse_clock(parts[place])
        begins.append(begins[-1] if told is None else max(begins[-1], told))
    begins.append(max(begins[-1], block.end if block.end is not None else begins[-1]))
    for place, part in enumerate(parts[::2]):
        if word := _plain(part):
            yield Word(text=word, start=begins[place], end=begins[place + 1])
