"""Follows lines of text from frame to frame, and has read only what is new and stands still."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from streamdial.counts import Counts
from streamdial.models import Box, Picture, PictureReader
from streamdial.screen.allowance import SECONDS_PER_LINE, SECONDS_PER_MEGAPIXEL, Allowance
from streamdial.screen.changes import (
    Grey,
    Shades,
    compare_line,
    find_new_rows,
    is_moving,
    join_rows,
    paint_out,
    remember_still,
    shade,
)
from streamdial.screen.frames import LOOK_EVERY, Look
from streamdial.screen.lines import Line, Place, choose_reading, is_part, is_same_text, measure_cover
from streamdial.screen.strikes import find_strike, strike_out

_MOST_READINGS = 3
_FIRST_READINGS = 2
"""Readings that have to agree for a line to be read no more."""
_PATIENCE = 3
"""Looks for which a line may be covered."""
_LEAST_SCORE = 0.5
"""Confidence a reading has at least."""
_SURE_SCORE = 0.8
"""The same for a reading that takes the place of a line: what is left of a covered line is read badly."""
_SHARED = 0.6
"""Share of the smaller of two boxes that is shared by boxes of one line."""
_LOWEST = 0.6
"""Share of a line's height below which a box in it is what is left of the line, and not another line."""
_SEARCH_SIDE = 960


@dataclass(eq=False)
class _Track:
    """A line that is on the screen."""

    box: Box
    start: float
    last: float
    before: Grey
    readings: list[tuple[str, float]] = field(default_factory=list)
    strike: tuple[float, float] | None = None
    looks: int = 1
    hidden: int = 0

    def go_on(self, seen: _Track) -> None:
        """Take in that the line was found again; what is less than it was, something passes over."""
        self.last, self.hidden = seen.last, 0
        self.looks += 1
        if not _is_rest(seen.box, self.box) and not is_part(seen.readings[0][0], choose_reading(self.readings)[0]):
            self.box, self.before = seen.box, seen.before
            self.readings += seen.readings

    @property
    def settled(self) -> bool:
        texts = [text for text, _ in self.readings]
        agreed = max((texts.count(text) for text in texts), default=0) >= _FIRST_READINGS
        return agreed or len(texts) >= _MOST_READINGS


class Tracker:
    """Reads looks in order of time and gives the lines that were seen.

    Args:
        reader: Reads text in pictures.
        counts: Gets `asked` (boxes of text that were found), `kept` (lines) and drops: `moving` (bullet chat),
            `unreadable`, and `over_budget` (looks that were not read because reading had cost too much).
    """

    def __init__(self, reader: PictureReader, counts: Counts) -> None:
        self._reader = reader
        self._counts = counts
        self._allowance = Allowance()
        self._tracks: list[_Track] = []
        self._unread: list[Box] = []
        self._known: Grey | None = None
        self._before: float | None = None
        self._size = (1, 1)

    def follow(self, looks: Iterable[Look]) -> list[Line]:
        """Return the lines of looks that follow each other, in order of their ends."""
        lines: list[Line] = []
        for look in looks:
            height, width = look.picture.shape[:2]
            if self._known is None or self._known.shape != (height, width):
                lines += self._end(self._tracks, look.time)
                self._tracks, self._size = [], (width, height)
                self._known = np.zeros((height, width), np.uint8)
            lines += self._read(look)
            self._before = look.time
        return lines + self._end(self._tracks, (self._before or 0.0) + LOOK_EVERY)

    def _read(self, look: Look) -> list[Line]:
        """Take in a look; return the lines that ended with it."""
        assert self._known is not None
        shades = shade(look.picture, look.after)
        self._allowance.earn(LOOK_EVERY if self._before is None else min(look.time - self._before, 10 * LOOK_EVERY))
        doubtful = [track for track in self._tracks if self._has_changed(track, shades, look.time)]
        rows = find_new_rows(shades, self._known)
        rows += [(track.box[1], track.box[3]) for track in doubtful]
        rows = join_rows(rows, 12, look.picture.shape[0])
        if rows and not self._allowance.spend(self._price(rows, look.picture)):
            self._counts.drop("over_budget")
            rows = []
        found = [box for stretch in rows for box in self._find(look, stretch)]
        ended = self._update(look, shades, found, doubtful if rows else [])
        self._read_again(look, shades)
        if rows:
            known = remember_still(shades, self._known)
            # What could not be read for something that passed over it is still to be read.
            for left, top, right, bottom in self._unread:
                known[top:bottom, left:right] = 255 - shades.now[top:bottom, left:right]
            self._known = known
        return ended

    def _has_changed(self, track: _Track, shades: Shades, time: float) -> bool:
        seen = compare_line(shades, track.box, track.before)
        if seen.changed == 0 and seen.same >= seen.covered:
            track.last, track.hidden = time, 0
            track.looks += 1
            return False
        track.hidden += 1
        return seen.changed > 0 or seen.covered == 0 or track.hidden > _PATIENCE

    def _price(self, rows: list[tuple[int, int]], picture: Picture) -> float:
        height, width = picture.shape[:2]
        scale = min(1.0, _SEARCH_SIDE / max(height, width))
        area = float(sum(bottom - top for top, bottom in rows) * width * scale * scale)
        return SECONDS_PER_MEGAPIXEL * area / 1e6 + SECONDS_PER_LINE

    def _find(self, look: Look, rows: tuple[int, int]) -> list[Box]:
        top, bottom = rows
        picture = look.picture[top:bottom].copy()
        for track in self._tracks:
            if track.last == look.time:
                # A line that is known is painted out, or it may be found as one with a new line beside it.
                left, upper, right, lower = track.box
                paint_out(picture, (left, upper - top, right, lower - top))
        boxes = self._reader.find_lines(picture)
        return [(left, upper + top, right, lower + top) for left, upper, right, lower in boxes]

    def _update(self, look: Look, shades: Shades, found: list[Box], doubtful: list[_Track]) -> list[Line]:
        """Read the boxes nobody knows yet; go on with doubtful lines that are still there and end the others."""
        alive = [track for track in self._tracks if track.last == look.time]
        hidden = [track for track in self._tracks if track.last != look.time]
        self._unread = []
        going: list[_Track] = []
        fresh: list[_Track] = []
        for box in found:
            if any(_touches(box, track.box) for track in alive):
                continue
            self._counts.asked += 1
            if is_moving(shades, box):
                self._counts.drop("moving")
                self._unread.append(box)
                continue
            if any(_is_rest(box, track.box) for track in hidden):
                self._counts.drop("unreadable")
                self._unread.append(box)
                continue
            text, score = self._read_box(look.picture, box)
            least = _SURE_SCORE if any(_touches(box, track.box) for track in hidden) else _LEAST_SCORE
            if not text or score < least:
                self._counts.drop("unreadable")
                self._unread.append(box)
                continue
            track = self._make_track(look, shades, box, (text, score))
            before = next((old for old in hidden if old not in going and _continues(old, track)), None)
            if before is None:
                fresh.append(track)
            else:
                going.append(before)
                before.go_on(track)
        over = [track for track in hidden if track not in going and self._is_over(track, track in doubtful, fresh)]
        self._tracks = [track for track in self._tracks if track not in over] + fresh
        return self._end(over, look.time)

    def _is_over(self, track: _Track, searched: bool, fresh: list[_Track]) -> bool:
        """Tell whether a line that is not seen is gone: another one took its place, or nothing passes over it."""
        if any(_touches(track.box, new.box) for new in fresh) or track.hidden > _PATIENCE:
            return True
        return searched and not any(_meets(track.box, box) for box in self._unread)

    def _make_track(self, look: Look, shades: Shades, box: Box, reading: tuple[str, float]) -> _Track:
        left, top, right, bottom = box
        start = look.time if self._before is None else (self._before + look.time) / 2
        strike = find_strike(look.picture[top:bottom, left:right])
        return _Track(box, start, look.time, shades.now[top:bottom, left:right].copy(), [reading], strike)

    def _read_again(self, look: Look, shades: Shades) -> None:
        """Read lines a second time: what passed over them or faded in may have damaged the first reading."""
        for track in self._tracks:
            if track.last != look.time or track.looks < 2 or track.settled or is_moving(shades, track.box):
                continue
            if not self._allowance.spend(0.0):
                return
            track.readings.append(self._read_box(look.picture, track.box))

    def _read_box(self, picture: Picture, box: Box) -> tuple[str, float]:
        self._allowance.spend(SECONDS_PER_LINE, needed=True)
        left, top, right, bottom = box
        return self._reader.read_lines([np.ascontiguousarray(picture[top:bottom, left:right])])[0]

    def _end(self, tracks: list[_Track], time: float) -> list[Line]:
        ended = []
        for track in tracks:
            text, score = choose_reading(track.readings)
            if text:
                self._counts.keep()
                text, struck = strike_out(text, track.strike)
                end = min((track.last + time) / 2, track.last + LOOK_EVERY / 2)
                place = self._place(track.box)
                ended.append(Line(text, round(score, 4), place, track.start, end, struck, track.looks))
        return ended

    def _place(self, box: Box) -> Place:
        width, height = self._size
        left, top, right, bottom = box
        return round(left / width, 4), round(top / height, 4), round(right / width, 4), round(bottom / height, 4)


def _touches(box: Box, other: Box) -> bool:
    """Tell whether two boxes are of one line: they share most of the smaller one."""
    return measure_cover(box, other) >= _SHARED


def _is_rest(box: Box, line: Box) -> bool:
    """Tell whether a box is a strip of a line: its upper or lower half, where something passes over the other one."""
    return _touches(box, line) and box[3] - box[1] < _LOWEST * (line[3] - line[1])


def _meets(box: Box, other: Box) -> bool:
    """Tell whether two boxes have a place in common."""
    return max(box[0], other[0]) < min(box[2], other[2]) and max(box[1], other[1]) < min(box[3], other[3])


def _continues(old: _Track, new: _Track) -> bool:
    before, text = choose_reading(old.readings)[0], new.readings[0][0]
    return _touches(old.box, new.box) and (is_same_text(before, text) or is_part(text, before))
