"""What stands on the screen of a recording, and in pictures, as records: captions as segments, cards as pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.records import Page, Segment, Shown, Table
from streamdial.screen import ScreenText, ShownCard, open_picture, read_picture
from streamdial.sources._files import clean_text, make_source_id
from streamdial.sources._records import RecordMaker
from streamdial.sources._tables import looks_like_header
from streamdial.sources.reader import STRUCTURE, Gives, Head, ReadContext, Reader

PICTURES = ("png", "jpg", "jpeg", "webp", "bmp")
_MAGIC = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"BM")
LEAST_SIDE = 120
"""Pixels of a picture's shorter side below which it is an icon."""
_MOST_ENTRIES = 2
"""Rows of two columns that may still be names with values although the first could be a header."""


def make_caption_segments(screen: ScreenText, maker: RecordMaker) -> list[Segment]:
    """Return burnt-in captions as segments, masked, each with the confidence of its reading.

    Args:
        screen: What was read of a video.
        maker: Makes the records of the video's file.
    """
    segments = []
    for line in screen.captions:
        segment = maker.make_segment(line.text, start=max(line.start, 0.0), end=max(line.end, line.start, 0.0))
        if segment is not None:
            segments.append(segment.model_copy(update={"confidence": round(line.score, 4)}))
    return segments


def make_card_pages(
    cards: Sequence[ShownCard],
    *,
    source_id: str,
    url: str,
    published: str | None,
    counts: Counts,
    begins: float = 0.0,
    title: str = "",
    timed: bool = True,
) -> list[Page]:
    """Return cards as pages: headings, tables, and where each stands. One that says nothing is dropped (`no_pairs`).

    Args:
        cards: What was read of a video, or of a picture.
        source_id: Id of the recording or of the picture's file.
        url: Page of the recording; empty where it is not known.
        published: ISO date of the recording, where it is known.
        counts: Gets cards asked, kept and dropped.
        begins: Second of the recording at which the video begins.
        title: Name of a picture.
        timed: Whether they have seconds; pictures have none.
    """
    pages = []
    for card in cards:
        counts.asked += 1
        tables = _make_tables(card)
        if not tables:
            counts.drop("no_pairs")
            continue
        counts.keep()
        text = "\n".join(clean_text(line) for line in card.text.lines)
        start, end = (round(card.start + begins, 2), round(card.end + begins, 2)) if timed else (None, None)
        shown = Shown(start=start, end=end, box=card.place, headings=card.text.headings, crop=card.crop)
        rows = [[table.header, *table.rows] for table in tables]
        pages.append(
            Page(
                id=make_id("page", source_id, start, text, rows),
                source_id=source_id,
                url=url,
                title=title,
                text=text,
                tables=tuple(tables),
                published=published,
                shown=shown,
            )
        )
    return pages


def _make_tables(card: ShownCard) -> list[Table]:
    pairs, grid, tables = list(card.text.pairs), card.text.grid, []
    if grid and len(grid[0]) == 2 and not (len(grid) > _MOST_ENTRIES and looks_like_header(grid)):
        pairs += [(name, value) for name, value in grid if name and value]
    elif grid:
        headed = looks_like_header(grid)
        header = grid[0] if headed else ("",) * len(grid[0])
        rows = grid[1:] if headed else grid
        tables.append(Table(caption="", header=header, rows=rows))
    if pairs:
        tables.append(Table(header=("", ""), rows=tuple(pairs), about=""))
    return tables


class PictureFileReader(Reader):
    """Pictures that are given as files: price lists, menus, tables."""

    gives: Gives = "page"
    endings = tuple(f".{ending}" for ending in PICTURES)

    def matches(self, head: Head) -> float:
        """Tell a picture by its first bytes."""
        raw = head.raw
        return STRUCTURE if raw.startswith(_MAGIC) or (raw[:4] == b"RIFF" and raw[8:12] == b"WEBP") else 0.0

    def read(self, source: Path | str, context: ReadContext) -> list[Page]:
        """Return the picture as a page; nothing where it says nothing, or where pictures are not read."""
        path = Path(source)
        if context.screen is None or context.screen.mode != "all":
            context.counts.asked += 1
            context.counts.drop("picture_not_read")
            return []
        picture = open_picture(path)
        large = min(picture.shape[:2]) >= LEAST_SIDE
        card = read_picture(picture, context.screen.reader, Counts("picture")) if large else None
        if card is None:
            context.counts.asked += 1
            context.counts.drop("no_text_in_picture")
            return []
        return make_card_pages(
            [card],
            source_id=make_source_id(path),
            url=path.name,
            published=None,
            counts=context.counts,
            title=path.stem,
            timed=False,
        )
