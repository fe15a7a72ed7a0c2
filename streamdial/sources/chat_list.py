"""Chat as lists of rows: Bilibili's and AcFun's bullet chat as JSON, pytchat, and any rows with a text and a clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.delimited import read_first_rows
from streamdial.errors import SourceError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message, Segment
from streamdial.sources._columns import TRUE, flatten, fold_name, map_columns
from streamdial.sources._files import is_believable, parse_seconds
from streamdial.sources._json import iterate_json
from streamdial.sources._lines import Clock, Dropped, Line, RecentKeys, dig, make_message, read_name
from streamdial.sources._records import RecordMaker
from streamdial.sources._rows import open_table
from streamdial.sources.danmaku import Bullet, make_bullet
from streamdial.sources.reader import STRUCTURE, Gives, Head, ReadContext, Reader

_LISTS = ("elems", "danmakus", "danmaku", "comments", "messages", "chat", "items", "list", "data", "result")
_SECONDS = (
    *("time", "timeinseconds", "seconds", "offset", "offsetseconds", "videotime", "playtime", "playbacktime"),
    *("timecode", "timetext", "timestamptext", "elapsed", "elapsedtime", "clock", "时间", "视频时间", "弹幕时间"),
    *("出现时间", "时间点", "播放时间", "时间轴"),
)
_MILLISECONDS = ("offsetms", "videooffsettimemsec", "timems", "progressms", "offsetmsec", "毫秒")
# Comments have these and chat has not.
_OF_COMMENTS = frozenset({"likes", "parent", "replies"})
_PAID = ("superchat", "donation", "paid")


def read_chat_list(path: Path, *, pseudonyms: Pseudonymizer, counts: Counts) -> Iterator[Message | Segment]:
    """Yield the messages of a list of chat rows in its order; bullet chat's subtitle pool becomes segments.

    Known are Bilibili's bullet chat as JSON (`progress` in milliseconds, `content`), AcFun's (`position`, `body`),
    pytchat's items (`elapsedTime`, or their `timestamp` from the first), and rows with a column of texts and one of
    times: a clock, or a number of seconds. A time of day in Unix time counts from the first.

    Dropped with reasons: `bad_time`, `empty`, `script`, `sticker`, `same_id`, `broken_json`, `unknown_item`.

    Args:
        path: JSON, JSON lines, CSV or TSV, gzip or not.
        pseudonyms: Gives authors their pseudonyms.
        counts: Gets what was asked, kept and dropped, and notes with file and place.

    Raises:
        SourceError: If the file cannot be read, or nothing in it is chat.
    """
    maker = RecordMaker(path, pseudonyms, counts)
    clock, recent = Clock(), RecentKeys()
    known = False
    for row in _iterate_rows(path, counts):
        if (bullet := _read_bullet(row)) is not None:
            known = True
            record: Message | Segment | None = make_bullet(bullet, maker, recent)
        else:
            line = _read_line(row, clock)
            known = known or isinstance(line, Line)
            record = make_message(line, maker, recent)
        if record is not None:
            yield record
    if not known:
        raise SourceError("holds no rows with a text and a time.", where=str(path))
    if clock.first is not None:
        counts.note(f"{path.name}: has no offsets; its times count from its first message.")


def _iterate_rows(path: Path, counts: Counts) -> Iterator[Any]:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        header, rows = open_table(path, counts, "chat was expected")
        for cells in rows:
            yield dict(zip(header, cells, strict=False))
        return
    for _, item in iterate_json(path, counts):
        listed = _find_list(item)
        yield from listed if listed is not None else [item]


def _find_list(item: object, depth: int = 0) -> list[Any] | None:
    """Return the list of rows in an object, also below the usual wrappers."""
    if isinstance(item, list):
        return item if any(is_chat_row(each) for each in item[:5]) else None
    if not isinstance(item, dict) or depth > 3 or is_chat_row(item):
        return None
    found = (_find_list(item[key], depth + 1) for key in _LISTS if isinstance(item.get(key), list | dict))
    return next((each for each in found if each is not None), None)


def is_chat_row(row: object) -> bool:
    """Tell whether a row has a text and a place in a stream, and nothing that only comments have."""
    if not isinstance(row, dict) or "replayChatItemAction" in row:
        return False
    if _read_bullet(row) is not None:
        return True
    columns = map_columns([str(key) for key in row])
    if "text" not in columns or _OF_COMMENTS & set(columns) or not isinstance(row[columns["text"]], str):
        return False
    return _find_time(row) is not None or _is_pytchat(row)


def _is_pytchat(row: Mapping[str, Any]) -> bool:
    return "messageEx" in row or ("elapsedTime" in row and "author" in row)


def _read_bullet(row: object) -> Bullet | None:
    if not isinstance(row, dict):
        return None
    mode, pool = (str(row.get(key, given)) for key, given in (("mode", "1"), ("pool", "0")))
    shown = {"midHash", "mid_hash", "idStr", "id_str", "fontsize", "weight"} & set(row)
    if isinstance(row.get("content"), str) and "progress" in row and shown:
        key = read_name(row.get("idStr") or row.get("id_str") or row.get("id"))
        author = read_name(row.get("midHash") or row.get("mid_hash"))
        return Bullet(row["content"], parse_seconds(row["progress"], scale=0.001), author, mode, pool, key)
    if isinstance(row.get("body"), str) and "position" in row:
        key, author = read_name(row.get("danmakuId")), read_name(row.get("userId"))
        return Bullet(row["body"], parse_seconds(row["position"], scale=0.001), author, "1", "0", key)
    return None


def _find_time(row: Mapping[str, Any]) -> float | None:
    """Return the place in the stream that a row tells: a clock, or a number too small to be a date."""
    folded = {fold_name(key): value for key, value in row.items()}
    for keys, scale in ((_SECONDS, 1.0), (_MILLISECONDS, 0.001)):
        for key in keys:
            value = folded.get(key)
            seconds = parse_seconds(value, scale=scale)
            if seconds is not None and is_believable(abs(seconds)):
                return seconds
    return None


def _read_line(row: object, clock: Clock) -> Line | Dropped:
    if not isinstance(row, dict):
        return Dropped("unknown_item")
    told = str(row.get("type") or row.get("message_type") or "").lower()
    if "sticker" in told:
        return Dropped("sticker")
    flat = flatten(row)
    columns = map_columns([str(key) for key in flat])
    text = flat.get(columns.get("text", ""))
    time = _find_time(row)
    if time is None and "timestamp" in row and not row.get("elapsedTime"):
        time = clock.read(row["timestamp"])
    if time is None and not isinstance(text, str):
        return Dropped("unknown_item")
    given = row.get("author")
    author = read_name(dig(given, "channelId")) or read_name(
        flat.get(columns.get("author_id", "")) or flat.get(columns.get("author", ""))
    )
    by_host = dig(given, "isChatOwner") is True or str(flat.get(columns.get("by_host", ""), "")).strip().lower() in TRUE
    key = read_name(row.get("id")) if _is_pytchat(row) else None
    kind = "paid" if any(word in told for word in _PAID) else "chat"
    return Line(text if isinstance(text, str) else "", time, author, kind, by_host, key)


class ChatListReader(Reader):
    """Lists of chat rows."""

    gives: Gives = "chat"

    def matches(self, head: Head) -> float:
        """Tell rows by a text with a place in the stream."""
        if head.form == "json":
            return STRUCTURE if is_chat_row(head.item) or _find_list(head.item) is not None else 0.0
        if head.form == "other" and head.ending in ("csv", "tsv"):
            header, first = (*read_first_rows(head.start, 2), [], [])[:2]
            return STRUCTURE if is_chat_row(dict(zip(header, first, strict=False))) else 0.0
        return 0.0

    def read(self, source: Path | str, context: ReadContext) -> Iterable[Message | Segment]:
        """Return messages, and the subtitle pool as segments."""
        return read_chat_list(Path(source), pseudonyms=context.pseudonyms, counts=context.counts)
