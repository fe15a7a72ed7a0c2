"""What kind of source a file is: by its name and by its first bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.sources._files import read_head
from streamdial.sources._json import parse_whole, tell_layout
from streamdial.sources.comments import has_comment_text
from streamdial.sources.profile import find_profile_fields

SourceKind = Literal["danmaku", "live_chat", "comments", "transcript", "audio", "page", "profile", "unknown"]

HEAD_BYTES = 1 << 16
_MAX_PARSED = 1 << 25

_AUDIO = ("wav", "mp3", "m4a", "aac", "flac", "ogg", "oga", "opus", "wma", "amr", "aiff")
_VIDEO = ("mp4", "m4v", "mkv", "webm", "mov", "avi", "flv", "ts", "mpg", "mpeg", "3gp", "wmv")
_MEDIA = frozenset((*_AUDIO, *_VIDEO))
_MAGIC = (b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"FLV\x01", b"#!AMR", b"\xff\xfb", b"\xff\xf1", b"FORM")
_DANMAKU = re.compile(r"<d\s+p=|<chatserver>|<BililiveRecorder|<(?:gift|sc|guard|toast)\s+ts=|<i>\s*<|<chatid>")
_TIMED = re.compile(r"<(?:transcript|timedtext|tt)[\s>]")
_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]|<(?:head|body|div|article|table|p)[\s>]", re.IGNORECASE)
_LIVE = re.compile(
    r'"(?:replayChatItemAction|addChatItemAction|addLiveChatTickerItemAction|liveChatContinuation|content_offset_seconds'
    r'|liveChat\w+Renderer)"'
)
_LISTED = re.compile(r'"(?:segments|word_segments|transcription)"\s*:\s*\[')
_EMPTY_KINDS: dict[str, SourceKind] = {"xml": "danmaku", "jsonl": "comments", "json": "live_chat"}
_VIDEO_KEYS = frozenset({"extractor", "extractor_key", "webpage_url", "uploader_id", "channel_id", "upload_date"})


def detect_kind(path: Path) -> SourceKind:
    """Tell what kind of source a file is.

    The ending decides for media and for names that only one tool gives (`.live_chat.json`, `.info.json`); all others
    are told by content, for a `.json` may be chat, comments, a transcript or a profile, and an `.xml` danmaku or timed
    text. Only the first 64 KiB are looked at, except for a JSON object that does not show its kind by then.

    Args:
        path: File, gzip or not.

    Returns:
        The kind, or `unknown` where it is none of them.

    Raises:
        SourceError: If the file cannot be read.
    """
    name = path.name.lower().removesuffix(".gz")
    ending = name.rpartition(".")[2] if "." in name else ""
    head = read_head(path, HEAD_BYTES)
    text = _decode_head(head)
    start = text.lstrip("\ufeff \t\r\n\0")
    # An .mp4 that is a saved error page is still told to be media: its reader says what is wrong with it.
    if ending in _MEDIA:
        return "audio"
    if name.endswith(".live_chat.json"):
        return "live_chat"
    if name.endswith(".info.json"):
        return "comments"
    if start.startswith("<"):
        return _tell_markup(start, ending)
    if start[:1] in ("{", "["):
        return _tell_json(path, start)
    if _is_media(head):
        return "audio"
    if ending in ("vtt", "srt") or start.startswith("WEBVTT") or re.search(r"^\d[\d:.,]+\s*-->", start, re.MULTILINE):
        return "transcript"
    if ending in ("html", "htm", "xhtml"):
        return "page"
    if ending == "csv":
        return _tell_table(start)
    # An empty file still belongs to the reader its name asks for, which says that it is empty.
    return _EMPTY_KINDS.get(ending, "unknown") if not start else "unknown"


def _decode_head(head: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if head.startswith(mark):
            return head.decode(encoding, "ignore")
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError as error:
        encoding = "utf-8" if error.start > len(head) - 4 else "gb18030"
        return head.decode(encoding, "replace")


def _is_media(head: bytes) -> bool:
    return head.startswith(_MAGIC) or head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"AVI "))


def _tell_markup(start: str, ending: str) -> SourceKind:
    if _DANMAKU.search(start):
        return "danmaku"
    if _TIMED.search(start[:2000]):
        return "transcript"
    if _PAGE.search(start) or ending in ("html", "htm", "xhtml"):
        return "page"
    if re.match(r"(?:<\?xml[^>]*\?>)?\s*<i\s*/?>", start):
        return "danmaku"
    return "unknown"


def _tell_table(start: str) -> SourceKind:
    header = start.partition("\n")[0].strip()
    columns = {name.strip(" \"'").lower() for name in re.split(r"[,;\t]", header)}
    if {"start", "end", "text"} <= columns:
        return "transcript"
    # A name no reader knows is told by the reader, which lists the columns it found.
    return "comments" if header else "unknown"


def _tell_json(path: Path, start: str) -> SourceKind:
    if _LIVE.search(start):
        return "live_chat"
    layout = tell_layout(start)
    item = _read_first(start, layout)
    if item is None and layout == "object":
        if _LISTED.search(start):
            return "transcript"
        item = _read_object(path)
    if not isinstance(item, dict):
        return "unknown"
    return _tell_item(item, layout)


def _tell_item(item: dict[str, Any], layout: str) -> SourceKind:
    keys = set(item)
    if "time_in_seconds" in keys or ({"message", "author", "timestamp", "message_type"} <= keys):
        return "live_chat"
    if isinstance(item.get("comments"), list) or len(keys & _VIDEO_KEYS) >= 2:
        return "comments"
    if any(isinstance(item.get(key), list) for key in ("segments", "word_segments", "transcription")):
        return "transcript"
    if {"start", "end", "text"} <= keys:
        return "transcript"
    if layout != "object":
        return "comments" if has_comment_text(item) else "unknown"
    fields = find_profile_fields(item)
    return "profile" if "name" in fields and len(fields) >= 2 else "unknown"


def _read_first(start: str, layout: str) -> Any:  # noqa: ANN401
    """Parse the first item that is whole within the head; None where there is none."""
    decoder = json.JSONDecoder(strict=False)
    one = start[1:] if layout == "list" else start
    candidates = start.split("\n")[:50] if layout == "lines" else [one]
    for candidate in candidates:
        try:
            return decoder.raw_decode(candidate.lstrip())[0]
        except (ValueError, RecursionError):
            continue
    return None


def _read_object(path: Path) -> Any:  # noqa: ANN401
    if path.stat().st_size > _MAX_PARSED:
        return None
    try:
        return parse_whole(path, Counts("kinds"), "JSON")
    except SourceError:
        return None
