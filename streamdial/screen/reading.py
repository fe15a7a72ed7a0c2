"""Reads what stands on the screen of a video, part by part, and the text of a single picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.files import read_json, write_json
from streamdial.models import Picture, PictureReader
from streamdial.privacy import mask_personal_data
from streamdial.screen.crops import crop_card
from streamdial.screen.frames import LOOK_EVERY, grab_picture, iterate_looks, probe_video
from streamdial.screen.layout import CardText, lay_out
from streamdial.screen.lines import Line, Place, join_lines
from streamdial.screen.sorting import sort_lines
from streamdial.screen.strikes import find_strike, strike_out
from streamdial.screen.tracking import Tracker

PART_SECONDS = 120.0
"""Seconds of video that are read in one go; what is finished is kept."""
_VERSION = 1
"""Of what a part says of the same frames; a part of another version is read anew."""
_LEAST_SCORE = 0.6
_MOST_SIDE = 2000


class ShownCard(NamedTuple):
    """A card or table on the screen; personal data is masked.

    Attributes:
        lines: Its lines.
        text: Its layout.
        start: Second from which on it is seen; 0 for a picture.
        end: Second until which it is seen.
        place: Where it stands, as shares of the picture.
        crop: A small JPEG of it in which personal data and what does not belong to it are covered; None without one.
    """

    lines: tuple[Line, ...]
    text: CardText
    start: float
    end: float
    place: Place
    crop: bytes | None = None


ScreenMode = Literal["off", "captions", "all"]


@dataclass(frozen=True)
class ScreenReading:
    """How the screen of a recording is read.

    Attributes:
        reader: Reads text in pictures.
        mode: `captions`, or `all` for cards and pictures too.
        folder: Folder in which what was read of each video is kept, by the id of its file; None keeps nothing.
        progress: Called with (seconds done, seconds in all).
    """

    reader: PictureReader
    mode: ScreenMode = "all"
    folder: Path | None = None
    progress: Callable[[float, float], None] | None = None

    def read(self, path: Path, source_id: str, counts: Counts) -> ScreenText:
        """Read a video; see `read_screen`."""
        parts = self.folder / source_id if self.folder else None
        return read_screen(path, self.reader, counts, parts=parts, cards=self.mode == "all", progress=self.progress)


class ScreenText(NamedTuple):
    """What stands on the screen of a video.

    Attributes:
        captions: Burnt-in captions in order of time.
        cards: Cards and tables in order of time, each once.
    """

    captions: tuple[Line, ...] = ()
    cards: tuple[ShownCard, ...] = ()


def read_screen(
    path: Path,
    reader: PictureReader,
    counts: Counts,
    *,
    parts: Path | None = None,
    cards: bool = True,
    progress: Callable[[float, float], None] | None = None,
) -> ScreenText:
    """Read what stands on the screen of a video.

    One frame a second is looked at; lines are found and read only where text is new and stands still. Memory does not
    grow with the length of the video.

    Args:
        path: Video file.
        reader: Reads text in pictures.
        counts: Gets the drops of `Tracker` and `sort_lines`, and notes on what could not be decoded.
        parts: Folder in which finished parts are kept, so that a reading that was broken off goes on; made if needed.
        cards: Whether cards are wanted, with crops; else captions alone.
        progress: Called with (seconds done, seconds in all) after each part.

    Raises:
        SourceError: If the file is no media, or has no moving picture.
    """
    info = probe_video(path)
    if not info.width:
        raise SourceError("has no moving picture.", where=path.name)
    lines: list[Line] = []
    start = seen = 0.0
    while start == 0.0 or start < info.seconds or (not info.seconds and seen >= start - LOOK_EVERY):
        found, last = _read_part(path, reader, counts, start, parts)
        lines += found
        seen = max(seen, last)
        start += PART_SECONDS
        if progress:
            progress(min(start, info.seconds or start), info.seconds or start)
    length = info.seconds or seen
    if info.seconds and seen < 0.9 * info.seconds - 2 * LOOK_EVERY:
        counts.note(f"{path.name}: its picture could be decoded up to second {seen:.0f} of {info.seconds:.0f}.")
    joined = [line._replace(end=min(line.end, length)) for line in join_lines(lines)]
    sorted_lines = sort_lines(joined, length, counts)
    if not sorted_lines.captions and not sorted_lines.cards:
        counts.note(f"{path.name}: no captions and no cards on its screen.")
    shown = _make_cards(sorted_lines.cards, counts) if cards else []
    cropped = []
    for card in shown:
        picture = grab_picture(path, (card.start + card.end) / 2)
        cropped.append(
            card if picture is None else card._replace(crop=crop_card(picture, card.lines, card.place, reader))
        )
    return ScreenText(tuple(sorted_lines.captions), tuple(cropped))


def read_picture(picture: Picture, reader: PictureReader, counts: Counts) -> ShownCard | None:
    """Read a single picture as one card; None where it holds no text.

    Args:
        picture: The picture.
        reader: Reads text in pictures.
        counts: Gets `asked` (lines), `kept` and the drop `unreadable`.
    """
    height, width = picture.shape[:2]
    lines = []
    for box in reader.find_lines(picture):
        left, top, right, bottom = box
        area = picture[top:bottom, left:right]
        text, score = reader.read_lines([area])[0]
        counts.asked += 1
        if not text or score < _LEAST_SCORE:
            counts.drop("unreadable")
            continue
        text, struck = strike_out(text, find_strike(area))
        place = (left / width, top / height, right / width, bottom / height)
        lines.append(_mask(Line(text, score, place, 0.0, 0.0, struck=struck)))
        counts.keep()
    if not lines:
        return None
    whole = (0.0, 0.0, 1.0, 1.0)
    return ShownCard(tuple(lines), lay_out(lines), 0.0, 0.0, whole, crop_card(picture, lines, whole, reader))


def open_picture(path: Path) -> Picture:
    """Return a picture file, made smaller where its longer side is over 2,000 pixels.

    Raises:
        SourceError: If it is no picture that can be decoded.
    """
    import cv2
    import numpy as np

    try:
        picture = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_COLOR)
    except (cv2.error, OSError, ValueError) as error:
        raise SourceError(f"is not a picture that can be decoded ({error}).", where=path.name) from error
    if picture is None:
        raise SourceError("is not a picture that can be decoded.", where=path.name)
    scale = _MOST_SIDE / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(picture, dtype=np.uint8)


def _read_part(
    path: Path, reader: PictureReader, counts: Counts, start: float, parts: Path | None
) -> tuple[list[Line], float]:
    """Return the lines of a part and the second of its last frame; what was read before is taken as it was."""
    file = parts / f"part-{int(start // PART_SECONDS):05d}.json" if parts else None
    asked = {"version": _VERSION, "model": reader.model_id, "seconds": PART_SECONDS}
    if file is not None and file.is_file():
        known = read_json(file)
        if {key: known.get(key) for key in asked} == asked:
            counts.merge(Counts.from_dict(known["counts"]))
            return [_load_line(row) for row in known["lines"]], float(known["last"])
    own = Counts(counts.phase)
    last = [0.0]

    def watch() -> Any:  # noqa: ANN401
        for look in iterate_looks(path, start=start, stop=start + PART_SECONDS):
            last[0] = look.time
            yield look

    lines = [_mask(line) for line in Tracker(reader, own).follow(watch())]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, {**asked, "lines": [list(line) for line in lines], "last": last[0], "counts": own.to_dict()})
    counts.merge(own)
    return lines, last[0]


def _mask(line: Line) -> Line:
    """Return a line without personal data; what a business says of itself stays."""
    return line._replace(text=mask_personal_data(line.text, keep_public_addresses=True))


def _load_line(row: list[Any]) -> Line:
    text, score, place, *rest = row
    return Line(text, score, tuple(place), *rest)


def _make_cards(blocks: list[list[Line]], counts: Counts) -> list[ShownCard]:
    cards: dict[tuple[str, ...], ShownCard] = {}
    for block in sorted(blocks, key=lambda block: min(line.start for line in block)):
        lefts, tops, rights, bottoms = zip(*(line.place for line in block), strict=True)
        text = lay_out(block)
        if text.lines in cards:
            counts.drop("shown_again")
            continue
        start, end = min(line.start for line in block), max(line.end for line in block)
        place = (min(lefts), min(tops), max(rights), max(bottoms))
        cards[text.lines] = ShownCard(tuple(block), text, round(start, 2), round(end, 2), place)
    return list(cards.values())
