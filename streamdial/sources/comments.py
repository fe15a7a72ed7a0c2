"""Comments below a video: yt-dlp's `.info.json`, Bilibili exports, and any CSV or JSON lines with a text column."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.privacy import Pseudonymizer, mask_personal_data
from streamdial.records import Message
from streamdial.sources._columns import TRUE, flatten, map_columns
from streamdial.sources._files import clean_text, iterate_text
from streamdial.sources._json import iterate_json
from streamdial.sources._numbers import read_count
from streamdial.sources._records import RecordMaker
from streamdial.sources._rows import open_table
from streamdial.sources.dates import read_upload_date
from streamdial.sources.reader import GUESS, STRUCTURE, Gives, Head, ReadContext, Reader

_MOST_WAITING = 100_000
_VIDEO_KEYS = frozenset({"extractor", "extractor_key", "webpage_url", "uploader_id", "channel_id", "upload_date"})
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:a|b|i|em|strong|span|p)(?:\s+[a-z\-]{1,20}=\"[^\"<>]*\")*\s*>", re.IGNORECASE)
_NO_PARENT = ("", "0", "root", "none", "null", "nan", "-1")


class _Row(NamedTuple):
    text: str
    author: str | None
    key: str | None
    parent: str | None
    likes: int | None
    by_host: bool
    replies: object = None
    url: object = None
    name: str | None = None
    host: str | None = None
    """Who the account is, where the file tells."""


def read_comments(path: Path, *, pseudonyms: Pseudonymizer, counts: Counts) -> Iterator[Message]:
    """Yield comments in the file's order, each with its parent; a reply that stands before its comment comes after it.

    In tables where a comment is repeated once per reply (columns such as `User Name, Comments, Likes, Replies`), the
    comment comes once and each reply answers it. Title and channel of an `.info.json` go into the notes.

    Dropped with reasons: `empty`, `same_id` (the same comment once more), `no_text` (a row without the text field),
    `broken_json`, `too_long`.

    Args:
        path: `.info.json`, JSON, JSON lines or CSV, gzip or not; columns may be named in English or Chinese.
        pseudonyms: Gives authors their pseudonyms.
        counts: Gets what was asked, kept and dropped, and notes with file and place.

    Raises:
        SourceError: If the file cannot be read or has no column of comment texts.
    """
    maker = RecordMaker(path, pseudonyms, counts)
    name = path.name.lower().removesuffix(".gz")
    rows = _read_table(path, counts) if name.endswith((".csv", ".tsv")) or not _begins_json(path) else None
    thread = _Thread(maker)
    for row in rows if rows is not None else _read_json(path, maker):
        yield from thread.add(row)
    yield from thread.finish()
    thread.tell()


def _begins_json(path: Path) -> bool:
    for chunk in iterate_text(path):
        if text := chunk.lstrip("\ufeff \t\r\n"):
            return text[0] in "[{"
    raise SourceError("is empty; comments were expected.", where=str(path))


class _Thread:
    """Gives rows their message ids and replies their parents."""

    def __init__(self, maker: RecordMaker) -> None:
        self.maker = maker
        self._ids: dict[str, str] = {}
        self._told: dict[str, int] = {}
        self._waiting: dict[str, list[_Row]] = {}
        self._last: tuple[str, str | None, str | None] | None = None
        self._last_id: str | None = None
        self._lost = 0

    def add(self, row: _Row) -> Iterator[Message]:
        if row.parent is not None and row.parent not in self._ids and len(self._waiting) < _MOST_WAITING:
            # Some tools list a reply before what it answers.
            self._waiting.setdefault(row.parent, []).append(row)
            return
        yield from self._add(row)

    def finish(self) -> Iterator[Message]:
        """Yield the replies whose comment did not come, without a parent."""
        while self._waiting:
            for row in self._waiting.pop(next(iter(self._waiting))):
                yield from self._add(row)

    def _add(self, row: _Row) -> Iterator[Message]:
        same = (row.text, row.author, row.parent)
        # A comment that is told again beside another reply is the same comment.
        again = (row.key is None and row.replies is not None and same == self._last) or (
            row.key is not None and self._told.get(row.key) == hash(same)
        )
        if not again:
            message = self._make(row, self._find(row.parent))
            self._last_id = message.id if message else None
            if message is not None:
                yield from self._remember(row, message)
        elif row.key is not None:
            self._last_id = self._ids.get(row.key)
            if not isinstance(row.replies, str):
                self.maker.drop("same_id")
        # Only a row that holds a reply is one of several for its comment.
        self._last = same if isinstance(row.replies, str) and row.replies.strip() else None
        parent = self._last_id
        for reply in _read_replies(row.replies, row.host):
            if reply.key is not None and self._told.get(reply.key) == hash((reply.text, reply.author, reply.parent)):
                self.maker.drop("same_id")
                continue
            message = self._make(reply, (reply.parent and self._ids.get(reply.parent)) or parent)
            if message is not None:
                yield from self._remember(reply, message)

    def _remember(self, row: _Row, message: Message) -> Iterator[Message]:
        if row.key is not None:
            self._ids[row.key] = message.id
            self._told[row.key] = hash((row.text, row.author, row.parent))
        yield message
        if row.key is not None:
            for reply in self._waiting.pop(row.key, ()):
                yield from self._add(reply)

    def _find(self, parent: str | None) -> str | None:
        if parent is None:
            return None
        found = self._ids.get(parent)
        self._lost += found is None
        return found

    def _make(self, row: _Row, parent: str | None) -> Message | None:
        return self.maker.make_message(
            row.text,
            time=None,
            author=row.author,
            kind="comment",
            parent=parent,
            likes=row.likes,
            by_host=row.by_host,
            url=row.url if isinstance(row.url, str) else None,
            name=row.name,
        )

    def tell(self) -> None:
        if self._lost:
            self.maker.counts.note(f"{self.maker.place}: {self._lost} replies answer a comment that is not there.")


def _read_replies(replies: object, host: str | None) -> Iterator[_Row]:
    if isinstance(replies, str):
        if replies.strip():
            yield _Row(unescape_text(replies), None, None, None, None, False)
        return
    for reply in replies if isinstance(replies, list) else []:
        if isinstance(reply, str):
            yield _Row(unescape_text(reply), None, None, None, None, False)
        elif isinstance(reply, dict) and (row := _read_row(reply)) is not None:
            yield row._replace(replies=None, by_host=row.by_host or (host is not None and row.author == host))


def _read_json(path: Path, maker: RecordMaker) -> Iterator[_Row]:
    known = unknown = 0
    for _, item in iterate_json(path, maker.counts):
        listed = find_replies(item)
        if listed is not None:
            host, values = _find_uploader(item), listed
        elif isinstance(item, dict) and isinstance(item.get("comments"), list):
            known += 1
            host = _read_heading(item, path, maker.counts)
            values = item["comments"]
        elif isinstance(item, dict) and "comments" in item and ("title" in item or "channel" in item):
            maker.counts.note(f"{path.name}: holds no comments (fetch them with --write-comments).")
            known += 1
            continue
        else:
            host, values = None, [item]
        for value in values:
            row = _read_row(value) if isinstance(value, dict) else None
            if row is None:
                unknown += 1
                maker.drop("no_text")
                continue
            known += 1
            yield row._replace(by_host=row.by_host or (host is not None and row.author == host), host=host)
    if unknown and not known:
        raise SourceError(
            "has no field of comment texts.", fix="name one of its fields text, comment or 评论内容", where=str(path)
        )


def find_replies(item: object) -> list[Any] | None:
    """Return the comments in a reply of Bilibili's interface (`data.replies`), or None where it is none."""
    if not isinstance(item, dict):
        return None
    data = item.get("data", item.get("result"))
    replies = data.get("replies", data.get("comments")) if isinstance(data, dict) else None
    if not isinstance(replies, list) or not any(isinstance(each, dict) and _read_row(each) for each in replies):
        return None
    return replies


def _find_uploader(item: object) -> str | None:
    """Return the number of who put the video up, as a reply of Bilibili's interface tells it (`data.upper.mid`)."""
    data = item.get("data", item.get("result")) if isinstance(item, dict) else None
    upper = data.get("upper") if isinstance(data, dict) else None
    found = upper.get("mid") if isinstance(upper, dict) else None
    return str(found) if isinstance(found, int | str) and str(found) not in ("", "0") else None


def _read_heading(item: dict[str, Any], path: Path, counts: Counts) -> str | None:
    told = [
        f"{word} {mask_personal_data(clean_text(str(item[key])))!r}"
        for key, word in (("title", "title"), ("channel", "channel"), ("uploader", "uploader"))
        if isinstance(item.get(key), str) and item[key].strip()
    ]
    if told:
        counts.note(f"{path.name}: {', '.join(told)}.")
    host = item.get("channel_id") or item.get("uploader_id")
    return str(host) if host else None


def _read_row(value: Mapping[str, Any]) -> _Row | None:
    flat = flatten(value)
    columns = map_columns([str(key) for key in flat])
    text = flat.get(columns.get("text", ""))
    if not isinstance(text, str):
        return None
    return _build_row(text, {field: flat.get(name) for field, name in columns.items()})


def _build_row(text: str, fields: Mapping[str, object]) -> _Row:
    author = fields.get("author_id") or fields.get("author")
    parent = _as_key(fields.get("parent"))
    key = _as_key(fields.get("id"))
    return _Row(
        text=unescape_text(text),
        author=str(author) if author not in (None, "") else None,
        key=key,
        parent=None if parent is None or parent.lower() in _NO_PARENT or parent == key else parent,
        likes=read_count(fields.get("likes")),
        by_host=str(fields.get("by_host", "")).strip().lower() in TRUE,
        # A number in a column of that name counts the replies and holds none.
        url=fields.get("url"),
        replies=None if str(fields.get("replies") or "").isdigit() else fields.get("replies"),
        name=str(fields["author"]) if fields.get("author") else None,
    )


def unescape_text(text: str) -> str:
    """Return the text of a comment that comes as HTML: breaks as blanks, tags of links and type gone, entities read."""
    return html.unescape(_TAG.sub("", _BREAK.sub(" ", text))) if "&" in text or "<" in text else text


def _as_key(value: object) -> str | None:
    if value is None or isinstance(value, bool | float | list | dict):
        return None
    return str(value).strip() or None


def _read_table(path: Path, counts: Counts) -> Iterator[_Row]:
    header, rows = open_table(path, counts, "comments were expected")
    columns = map_columns(header)
    if "text" not in columns:
        raise SourceError(
            f"has no column of comment texts; its columns are {', '.join(header)[:200]!r}.",
            fix="name one of its columns text, comment or 评论内容",
            where=str(path),
        )
    places = {field: header.index(name) for field, name in columns.items()}
    for cells in rows:
        fields: dict[str, object] = {field: cells[place] for field, place in places.items() if place < len(cells)}
        if "replies" in fields and "replies" in places:
            fields["replies"] = fields["replies"] or ""
        row = _build_row(str(fields.get("text", "")), fields)
        yield row if "replies" not in places or row.replies is not None else row._replace(replies="")


class CommentReader(Reader):
    """Comments below a recording."""

    gives: Gives = "comments"
    endings = (".info.json",)

    def matches(self, head: Head) -> float:
        """Tell a video's description by its keys; other JSON by a field of text, and any table may be comments."""
        if head.form == "json":
            listed = isinstance(head.item.get("comments"), list) or find_replies(head.item) is not None
            if listed or len(_VIDEO_KEYS & set(head.item)) >= 2:
                return STRUCTURE
            return GUESS if head.layout != "object" and _read_row(head.item) is not None else 0.0
        # A table no reader knows is told by the reader, which lists the columns it found.
        ending = {"empty": "jsonl", "other": "csv"}.get(head.form)
        return GUESS if head.ending == ending else 0.0

    def read(self, source: Path | str, context: ReadContext) -> Iterable[Message]:
        """Return messages."""
        return read_comments(Path(source), pseudonyms=context.pseudonyms, counts=context.counts)

    def find_date(self, path: Path) -> str | None:
        """Return the upload date of an `.info.json`."""
        return read_upload_date(path)
