"""Sorts lines on the screen: captions, cards, and what is neither: bullet chat, chrome of the platform, watermarks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.screen.lines import LONGEST_GAP, SAME_PLACE, Line, is_again, join_lines, measure_cover, measure_overlap
from streamdial.text import fold_text

CHROME_SHARE = 0.8
"""Share of the video through which a line stands that belongs to the platform or is a watermark."""
CHROME_SECONDS = 20.0
"""A shorter video is too short to tell by."""
MIN_CAPTIONS = 3
"""Different lines that follow each other at one height: from there on they are captions."""
LONGEST_CAPTION = 15.0
LONE_SECONDS = 8.0
"""Seconds a line by itself stands to be a card of its own: bullet chat that is pinned is gone sooner."""
_LEAST_SCORE = 0.75
_BRIEF = 3
"""A reading is of a moment if another one at its place, right before or after, stood so many times as long."""
_OVER = 0.4
"""Share of the height of the less tall of two lines from which on one lies over the other."""
_CENTRE = 0.06
"""How far from the middle a caption may lie, as a share of the width."""
_BAND = 0.022
"""How far apart captions lie in height, as a share of the height."""
_MARGIN = 0.12
"""Part of the picture along its edges in which platforms put what is theirs."""


class SortedLines(NamedTuple):
    """Lines by what they are: captions in order of time, and the lines of each card."""

    captions: list[Line]
    cards: list[list[Line]]


def sort_lines(lines: Sequence[Line], seconds: float, counts: Counts) -> SortedLines:
    """Tell captions and cards apart, and leave out what is neither.

    Captions stand in the middle of the lower half, one after the other at one height. Chrome and watermarks stand
    through the whole video. What is left stands in blocks: a card is a block of lines that are seen together.

    Args:
        lines: All lines of a video, joined.
        seconds: Its length.
        counts: Gets `asked` (lines), `kept` and drops: `chrome`, `passing` (seen at one moment alone, as bullet chat
            is), `doubtful` (badly read, or laid over a better line), `lone` (a line by itself, soon gone).
    """
    counts.asked += len(lines)
    chrome = _find_chrome(lines, seconds)
    rest = [line for line in lines if fold_text(line.text) not in chrome]
    _drop(counts, "chrome", len(lines) - len(rest))
    captions = _find_captions(rest)
    others = [line for line in rest if line not in captions]
    clear = _leave_out_brief(_leave_out_doubtful([line for line in others if line.looks >= 2]))
    _drop(counts, "passing", sum(line.looks < 2 for line in others))
    _drop(counts, "doubtful", sum(line.looks >= 2 for line in others) - len(clear))
    cards = []
    counts.keep(len(captions))
    for block in _find_blocks(clear):
        if len(block) == 1 and block[0].end - block[0].start < LONE_SECONDS:
            _drop(counts, "lone", 1)
        else:
            cards += _split_versions(block)
            counts.keep(len(block))
    return SortedLines(sorted(captions, key=lambda line: line.start), cards)


def _drop(counts: Counts, reason: str, number: int) -> None:
    if number:
        counts.drop(reason, number)


def _find_chrome(lines: Sequence[Line], seconds: float) -> set[str]:
    """Return the texts that stand through the whole video, but for cards in the middle of the picture."""
    if seconds < CHROME_SECONDS:
        return set()
    stood: defaultdict[str, float] = defaultdict(float)
    until: dict[str, float] = {}
    for line in sorted(lines, key=lambda line: line.start):
        # Cells of a table may say the same at the same time: seconds count once.
        text = fold_text(line.text)
        stood[text] += max(line.end - max(line.start, until.get(text, 0.0)), 0.0)
        until[text] = max(line.end, until.get(text, 0.0))
    lasting = [line for line in lines if stood[fold_text(line.text)] >= CHROME_SHARE * seconds]
    large = {id(line) for block in _find_blocks(lasting) if len(block) > 2 and _is_inside(block) for line in block}
    return {fold_text(line.text) for line in lasting if id(line) not in large}


def _is_inside(block: Sequence[Line]) -> bool:
    return all(_MARGIN <= (line.place[1] + line.place[3]) / 2 <= 1 - _MARGIN for line in block)


def _find_captions(lines: Sequence[Line]) -> list[Line]:
    candidates = [line for line in lines if _is_centred(line) and line.end - line.start <= LONGEST_CAPTION]
    best: list[Line] = []
    for middle in candidates:
        band = [line for line in candidates if _shares_band(line, middle)]
        if _count_turns(band) > _count_turns(best):
            best = band
    if _count_turns(best) < MIN_CAPTIONS:
        return []
    # The second line of a caption stands right above or below, as long as the first.
    second = [line for line in candidates if line not in best and any(_stacks(line, first) for first in best)]
    return [*best, *second]


def _is_centred(line: Line) -> bool:
    left, top, right, bottom = line.place
    return abs((left + right) / 2 - 0.5) <= _CENTRE and (top + bottom) / 2 >= 0.5 and right - left > bottom - top


def _shares_band(line: Line, other: Line) -> bool:
    (_, top, _, bottom), (_, upper, _, lower) = line.place, other.place
    alike = 0.6 <= (bottom - top) / max(lower - upper, 1e-6) <= 1.7
    return alike and abs((top + bottom) - (upper + lower)) / 2 <= _BAND


def _count_turns(band: Sequence[Line]) -> int:
    """Return how many different lines follow each other in a band."""
    turns: list[Line] = []
    for line in sorted(band, key=lambda line: line.start):
        if not turns or (line.start >= turns[-1].end - 0.6 and line.text != turns[-1].text):
            turns.append(line)
    return len(turns)


def _stacks(line: Line, first: Line) -> bool:
    height = first.place[3] - first.place[1]
    gap = max(line.place[1] - first.place[3], first.place[1] - line.place[3])
    together = min(line.end, first.end) - max(line.start, first.start)
    return -0.4 * height <= gap <= 0.8 * height and together >= 0.7 * (line.end - line.start)


def _leave_out_doubtful(lines: Sequence[Line]) -> list[Line]:
    return [
        line
        for line in lines
        if line.score >= _LEAST_SCORE
        and not any(
            other is not line
            and _are_together(line, other)
            and _collide(other, line)
            and (other.looks * other.score, -other.start) > (line.looks * line.score, -line.start)
            for other in lines
        )
    ]


def _leave_out_brief(lines: Sequence[Line]) -> list[Line]:
    """Return lines without readings of a moment: what passed over a line that stood there before or after.

    The line that stood long is taken to have stood then too.
    """
    kept = {id(line): line for line in lines}
    for line in lines:
        for other in lines:
            near = other.start - LONGEST_GAP <= line.end and line.start <= other.end + LONGEST_GAP
            if near and other.looks >= _BRIEF * line.looks and line.looks <= 2 and _collide(other, line):
                del kept[id(line)]
                if (long := kept.get(id(other))) is not None:
                    start, end = min(long.start, line.start), max(long.end, line.end)
                    kept[id(other)] = long._replace(start=start, end=end, looks=long.looks + line.looks)
                break
    return list(kept.values())


def _collide(one: Line, other: Line) -> bool:
    """Tell whether two lines lie over each other: by a fourth of the smaller one, and not with their borders alone.

    Boxes of neighbouring rows of a small table reach into each other's rows.
    """
    (_, top, _, bottom), (_, upper, _, lower) = one.place, other.place
    height = min(bottom, lower) - max(top, upper)
    return height > _OVER * min(bottom - top, lower - upper) and measure_cover(one.place, other.place) > 0.25


def _are_together(one: Line, other: Line) -> bool:
    """Tell whether two lines are seen at the same time, for most of the shorter one's."""
    together = min(one.end, other.end) - max(one.start, other.start)
    return together >= 0.6 * min(one.end - one.start, other.end - other.start)


def _find_blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Return lines in blocks: near each other and seen together."""
    group = list(range(len(lines)))

    def find(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    for first, one in enumerate(lines):
        for second in range(first):
            if _are_together(one, lines[second]) and _are_near(one, lines[second]):
                group[find(first)] = find(second)
    blocks: defaultdict[int, list[Line]] = defaultdict(list)
    for number, line in enumerate(lines):
        blocks[find(number)].append(line)
    return [_sort_by_place(block) for block in blocks.values()]


def _are_near(one: Line, other: Line) -> bool:
    (left, top, right, bottom), (first, upper, last, lower) = one.place, other.place
    height = max(bottom - top, lower - upper)
    down = max(top - lower, upper - bottom)
    across = max(left - last, first - right)
    if down < -0.5 * min(bottom - top, lower - upper):
        return across <= 0.28  # two cells of one row
    return down <= 1.7 * height and (across < 0 or abs(left - first) <= 0.04)


def _split_versions(block: list[Line]) -> list[list[Line]]:
    """Return a block as the cards it shows one after the other: a line whose place another one takes ends a card.

    A line that is covered for long and comes back while its card stands is one line.
    """
    for line in sorted(block, key=lambda line: line.end):
        after = [
            other
            for other in block
            if other.start >= line.end - 0.6
            and other is not line
            and measure_overlap(line.place, other.place) > SAME_PLACE
            and not is_again(line, other)
        ]
        if after:
            change = min(other.start for other in after)
            first = [other for other in block if other.start < change - 0.6]
            second = [other for other in block if other.end > change + 0.6]
            if len(first) < len(block) and len(second) < len(block):
                return [*_split_versions(first), *_split_versions(second)]
    return [_sort_by_place(join_lines(block, longest_gap=math.inf))]


def _sort_by_place(block: Sequence[Line]) -> list[Line]:
    return sorted(block, key=lambda line: (line.place[1], line.place[0]))
