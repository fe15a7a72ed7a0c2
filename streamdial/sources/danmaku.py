"""Bilibili danmaku XML: of videos (8 or 9 fields in `p`) and of recorded live rooms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message, Segment
from streamdial.sources._files import MIN_SECONDS, is_believable, parse_seconds
from streamdial.sources._lines import Line, RecentKeys, make_message
from streamdial.sources._records import RecordMaker
from streamdial.sources._xml import Element, walk_xml
from streamdial.sources.dates import read_sent_date
from streamdial.sources.reader import GUESS, STRUCTURE, Gives, Head, ReadContext, Reader

SUBTITLE_SECONDS = 4.0
"""How long a line of the subtitle pool stays where it does not say so itself."""
_LONGEST_SUBTITLE = 60.0
# Ids of rows are long; tools that have none write a small number or the sender's.
_ROW_DIGITS = 10
# The player breaks lines at /n; 299/night is a price.
_LINE_BREAK = re.compile(r"/n(?![A-Za-z])")
_TAGS = frozenset({"d", "gift", "sc", "guard", "toast", "user_name", "BililiveRecorderRecordInfo"})
_EVENTS = {"gift": "gift", "guard": "guard", "toast": "guard"}
_SHOWN = re.compile(r"<d\s+p=|<chatserver>|<BililiveRecorder|<(?:gift|sc|guard|toast)\s+ts=|<i>\s*<|<chatid>")
_EMPTY = re.compile(r"(?:<\?xml[^>]*\?>)?\s*<i\s*/?>")
_SIGNS = _TAGS | {"i", "chatid", "chatserver", "maxlimit"}


def read_danmaku(path: Path, *, pseudonyms: Pseudonymizer, counts: Counts) -> Iterator[Message | Segment]:
    """Yield bullet chat as messages and the subtitle pool (pool 1) as segments, in the file's order.

    `p` is time in seconds, mode, font size, colour, Unix time, pool, sender's hash, row id and in newer files a weight;
    in the second form (of the app's cache) it begins with the row id and the time is in milliseconds. Super chats
    (`sc`) are of kind `paid`. Dropped with reasons: `gift`, `guard`, `bad_time` (unreadable, not finite, more than an
    hour before the start or past 30 days), `script` (modes 8 and 9 are programs), `same_id` (the same row once more),
    `empty`, `broken_xml`. Memory stays flat.

    Args:
        path: XML file, gzip or not.
        pseudonyms: Gives senders their pseudonyms.
        counts: Gets what was asked, kept and dropped, and notes with file and place.

    Raises:
        SourceError: If the file cannot be read, is not danmaku XML, or declares entities.
    """
    maker = RecordMaker(path, pseudonyms, counts)
    host: str | None = None
    told = False
    elements = walk_xml(
        path,
        _TAGS,
        counts,
        accept=lambda seen: bool(seen & _SIGNS),
        expected="danmaku XML (<i> with <d p=...>)",
        plain=frozenset({"d", "sc"}),
    )
    recent = RecentKeys()
    for element in elements:
        if element.tag == "user_name":
            host = element.text.strip() or None
        elif element.tag == "BililiveRecorderRecordInfo":
            host = element.attributes.get("name", "").strip() or None
        elif reason := _EVENTS.get(element.tag):
            maker.drop(reason)
            told = True
        else:
            told = True
            record = (
                make_message(_read_paid(element, host), maker, recent)
                if element.tag == "sc"
                else _make_line(element, maker, host, recent)
            )
            if record is not None:
                yield record
    if not told:
        counts.note(f"{path.name}: holds no chat.")


def _pick_author(element: Element, hashed: str = "") -> str | None:
    for raw in (element.attributes.get("uid", ""), hashed, element.attributes.get("user", "")):
        if raw.strip() not in ("", "0"):
            return raw
    return None


def _is_host(element: Element, host: str | None) -> bool:
    return host is not None and element.attributes.get("user", "").strip() == host


def _read_paid(element: Element, host: str | None) -> Line:
    time = parse_seconds(element.attributes.get("ts"))
    return Line(element.text, time, _pick_author(element), "paid", _is_host(element, host))


def _make_line(element: Element, maker: RecordMaker, host: str | None, recent: RecentKeys) -> Message | Segment | None:
    fields = [field.strip() for field in element.attributes.get("p", "").split(",")]
    if _is_second_form(fields):
        # The second form: row id, pool, milliseconds, mode, size, colour, Unix time, weight, hash of the sender.
        time, mode, pool = parse_seconds(fields[2], scale=0.001), fields[3], fields[1]
        hashed = fields[8] if len(fields) > 8 else ""
        row = fields[0]
    else:
        time, mode = parse_seconds(fields[0]), fields[1] if len(fields) > 1 else "1"
        pool, hashed, row = (fields[place] if len(fields) > place else "" for place in (5, 6, 7))
    author = _pick_author(element, hashed)
    line = Bullet(element.text, time, author, mode, pool, row if len(row) >= _ROW_DIGITS else None)
    return make_bullet(line, maker, recent, by_host=_is_host(element, host))


def _is_second_form(fields: list[str]) -> bool:
    return len(fields) > 8 and fields[0].isdigit() and len(fields[0]) > 9 and fields[2].isdigit()


class Bullet(NamedTuple):
    """A line of bullet chat, from whatever file; mode and pool as Bilibili numbers them, the key is its row there."""

    text: str
    time: float | None
    author: str | None
    mode: str = "1"
    pool: str = "0"
    key: str | None = None


def make_bullet(
    line: Bullet, maker: RecordMaker, recent: RecentKeys, *, by_host: bool = False
) -> Message | Segment | None:
    """Make a line of bullet chat a message, one of the subtitle pool a segment, or count why not."""
    if recent.is_known(line.key, line.text):
        maker.drop("same_id")
        return None
    if line.time is None or not is_believable(line.time, earliest=0.0 if line.pool == "1" else MIN_SECONDS):
        maker.drop("bad_time")
        return None
    if line.mode in ("8", "9"):
        maker.drop("script")
        return None
    text, seconds = _read_positioned(line.text) if line.mode == "7" else (line.text, SUBTITLE_SECONDS)
    text = _LINE_BREAK.sub(" ", text)
    if line.pool == "1":
        return maker.make_segment(text, start=line.time, end=line.time + seconds)
    return maker.make_message(text, time=line.time, author=line.author, by_host=by_host)


def _read_positioned(text: str) -> tuple[str, float]:
    # Mode 7 is a JSON list [x, y, opacity, seconds, text, ...]; old files hold the text as it is.
    if not text.lstrip().startswith("["):
        return text, SUBTITLE_SECONDS
    try:
        fields = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text, SUBTITLE_SECONDS
    if not isinstance(fields, list) or len(fields) < 5 or not isinstance(fields[4], str):
        return text, SUBTITLE_SECONDS
    seconds = parse_seconds(fields[3])
    return fields[4], min(seconds, _LONGEST_SUBTITLE) if seconds is not None and seconds > 0 else SUBTITLE_SECONDS


class DanmakuReader(Reader):
    """Bullet chat."""

    gives: Gives = "chat"

    def matches(self, head: Head) -> float:
        """Tell danmaku XML by its elements; an empty `<i>`, and an empty .xml, may be bullet chat too."""
        if head.form == "markup":
            return STRUCTURE if _SHOWN.search(head.start) else GUESS if _EMPTY.match(head.start) else 0.0
        # An empty file still belongs to the reader its name asks for, which says that it is empty.
        return GUESS if head.form == "empty" and head.ending == "xml" else 0.0

    def read(self, source: Path | str, context: ReadContext) -> Iterable[Message | Segment]:
        """Return messages, and the subtitle pool as segments."""
        return read_danmaku(Path(source), pseudonyms=context.pseudonyms, counts=context.counts)

    def find_date(self, path: Path) -> str | None:
        """Return the day (UTC) of the first line."""
        return read_sent_date(path)
