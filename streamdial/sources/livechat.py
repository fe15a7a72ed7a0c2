"""Live chat of YouTube and Twitch: yt-dlp's `.live_chat.json`, raw action lists, chat-downloader, Twitch downloads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message
from streamdial.sources._deletions import find_deleted
from streamdial.sources._files import parse_clock, parse_seconds
from streamdial.sources._json import iterate_json
from streamdial.sources._lines import Clock, Dropped, Line, dig, make_messages, read_name
from streamdial.sources._records import RecordMaker
from streamdial.sources.reader import GUESS, STRUCTURE, Gives, Head, ReadContext, Reader

_TEXT_RENDERERS = {
    "liveChatTextMessageRenderer": "chat",
    "liveChatPaidMessageRenderer": "paid",
    "liveChatMembershipItemRenderer": "chat",
}
_OTHER_RENDERERS = {"liveChatPaidStickerRenderer": "sticker"}
_SHOWN = re.compile(
    r'"(?:replayChatItemAction|addChatItemAction|addLiveChatTickerItemAction|liveChatContinuation|content_offset_seconds'
    r'|liveChat\w+Renderer)"'
)
_PAID_TYPES = ("paid_message", "super_chat", "superchat")


def read_live_chat(path: Path, *, pseudonyms: Pseudonymizer, counts: Counts) -> Iterator[Message]:
    """Yield the messages of a live chat file in its order; super chats are of kind `paid`.

    Known layouts, told item by item: yt-dlp's JSON lines, raw replay or live action lists and whole replies, items of
    chat-downloader with an `author` object or with flat author fields, Twitch comments. Times before the start stay
    negative down to an hour. Raw actions without an offset are timed from the first one.

    Messages that the file says were deleted or retracted, and all of an author whose messages were removed, are gone.
    Dropped with reasons: `deleted`, `same_id` (the same message once more), `ticker` (repeats a super chat), `sticker`,
    `not_a_message` (polls, joins, placeholders, deletions), `bad_time`, `empty`, `broken_json`, `unknown_item`.

    Args:
        path: JSON or JSON lines, gzip or not.
        pseudonyms: Gives authors their pseudonyms.
        counts: Gets what was asked, kept and dropped, and notes with file and place.

    Raises:
        SourceError: If the file cannot be read, or nothing in it is live chat.
    """
    maker = RecordMaker(path, pseudonyms, counts)
    clock = Clock()
    lines = (found for _, item in iterate_json(path, counts) for found in _read_item(item, clock))
    expected = SourceError(
        "holds JSON, but no live chat.", fix="give the file yt-dlp or chat-downloader wrote", where=str(path)
    )
    yield from make_messages(lines, maker, clock, deleted=find_deleted(path), expected=expected)


def _read_item(item: object, clock: Clock) -> Iterator[Line | Dropped]:
    if not isinstance(item, dict):
        yield Dropped("unknown_item")
        return
    reply = item.get("response") if isinstance(item.get("response"), dict) else item
    inner = dig(reply, "continuationContents", "liveChatContinuation") or dig(reply, "contents", "liveChatRenderer")
    if isinstance(inner, dict):
        actions = inner.get("actions")
        for action in actions if isinstance(actions, list) else []:
            yield from _read_action(action, None, clock)
    elif isinstance(item.get("comments"), list) and any("content_offset_seconds" in _keys(c) for c in item["comments"]):
        host = dig(item, "streamer", "id")
        for comment in item["comments"]:
            yield _read_twitch(comment, host)
    elif "content_offset_seconds" in item:
        yield _read_twitch(item, None)
    elif "time_in_seconds" in item or "message_type" in item or "time_text" in item:
        yield _read_downloader(item, clock)
    elif any(key.endswith(("Action", "Command")) for key in item) or "actions" in item:
        yield from _read_action(item, None, clock)
    else:
        yield Dropped("unknown_item")


def _keys(value: object) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def _read_action(action: object, offset: float | None, clock: Clock) -> Iterator[Line | Dropped]:
    replay = dig(action, "replayChatItemAction")
    if isinstance(replay, dict) or isinstance(dig(action, "actions"), list):
        holder = replay if isinstance(replay, dict) else action
        raw = dig(holder, "videoOffsetTimeMsec")
        raw = dig(action, "videoOffsetTimeMsec") if raw is None else raw
        seconds = parse_seconds(raw, scale=0.001)
        inner = dig(holder, "actions")
        if raw is not None and seconds is None:
            yield Dropped("bad_time")
            return
        for each in inner if isinstance(inner, list) else []:
            if not isinstance(each, dict) or "replayChatItemAction" in each or "actions" in each:
                yield Dropped("unknown_item")
            else:
                yield from _read_action(each, seconds, clock)
        return
    item = dig(action, "addChatItemAction", "item") or dig(action, "replaceChatItemAction", "replacementItem")
    if dig(action, "addLiveChatTickerItemAction") is not None:
        yield Dropped("ticker")
    elif not isinstance(item, dict):
        yield Dropped("not_a_message" if isinstance(action, dict) else "unknown_item")
    else:
        for name, renderer in item.items():
            yield _read_renderer(name, renderer, offset, clock)


def _read_renderer(name: str, renderer: object, offset: float | None, clock: Clock) -> Line | Dropped:
    kind = _TEXT_RENDERERS.get(name)
    if kind is None or not isinstance(renderer, dict):
        return Dropped(_OTHER_RENDERERS.get(name, "not_a_message"))
    if name == "liveChatMembershipItemRenderer" and "message" not in renderer:
        return Dropped("not_a_message")
    time = offset
    if time is None:
        time = clock.read(renderer.get("timestampUsec"))
    elif time == 0:
        # Before the start the offset is 0 and only the shown time tells how long before.
        shown = dig(renderer, "timestampText", "simpleText")
        told = parse_clock(shown) if isinstance(shown, str) else None
        time = told if told is not None and told < 0 else time
    author = renderer.get("authorExternalChannelId") or dig(renderer, "authorName", "simpleText")
    badges = renderer.get("authorBadges")
    by_host = isinstance(badges, list) and any(
        dig(badge, "liveChatAuthorBadgeRenderer", "icon", "iconType") == "OWNER" for badge in badges
    )
    text, key = _read_runs(renderer.get("message")), read_name(renderer.get("id"))
    return Line(text, time, read_name(author), kind, by_host, key)


def _read_runs(message: object) -> str:
    simple = dig(message, "simpleText")
    if isinstance(simple, str):
        return simple
    runs = dig(message, "runs")
    return "".join(_read_run(run) for run in runs) if isinstance(runs, list) else ""


def _read_run(run: object) -> str:
    text = dig(run, "text")
    if isinstance(text, str):
        return text
    shortcuts = dig(run, "emoji", "shortcuts")
    if isinstance(shortcuts, list) and shortcuts and isinstance(shortcuts[0], str):
        return shortcuts[0]
    label = dig(run, "emoji", "image", "accessibility", "accessibilityData", "label")
    emoji = dig(run, "emoji", "emojiId")
    if isinstance(label, str):
        return f":{label}:"
    return emoji if isinstance(emoji, str) and len(emoji) <= 8 else ""


def _read_downloader(item: dict[str, Any], clock: Clock) -> Line | Dropped:
    message_type = str(item.get("message_type") or "")
    if "ticker_duration" in item or message_type.startswith("ticker_"):
        return Dropped("ticker")
    if "sticker" in message_type:
        return Dropped("sticker")
    if item.get("is_deleted") is True or "delete" in message_type or "delete" in str(item.get("action_type") or ""):
        return Dropped("deleted" if item.get("message") else "not_a_message")
    message = item.get("message")
    if message_type and not isinstance(message, str) and message_type not in (*_PAID_TYPES, "text_message"):
        return Dropped("not_a_message")
    time = parse_seconds(item.get("time_in_seconds"))
    offset = parse_seconds(item.get("video_offset_time_msec"), scale=0.001)
    if time is None:
        shown = item.get("time_text")
        time = offset if offset is not None else parse_clock(shown) if isinstance(shown, str) else None
    elif offset is not None and abs(offset - time) <= 1:
        # The same time, to the millisecond.
        time = offset
    if time is None and item.get("time_text") is None and item.get("time_in_seconds") is None:
        time = clock.read(item.get("timestamp"))
    author = item.get("author")
    badges = item.get("badges")
    name: object = item.get("author_id") or author
    if isinstance(author, dict):
        badges = author.get("badges")
        name = author.get("id") or author.get("name") or author.get("display_name")
    paid = message_type in _PAID_TYPES or "amount" in item or "money" in item
    text = message if isinstance(message, str) else ""
    key = read_name(item.get("message_id"))
    return Line(text, time, read_name(name), "paid" if paid else "chat", _has_owner_badge(badges), key)


def _has_owner_badge(badges: object) -> bool:
    titles: list[object] = []
    if isinstance(badges, str):
        titles = list(badges.split(","))
    elif isinstance(badges, list):
        titles = [badge.get("title") or badge.get("name") if isinstance(badge, dict) else badge for badge in badges]
    return any(isinstance(title, str) and title.strip().lower() in ("owner", "broadcaster") for title in titles)


def _read_twitch(comment: object, host: object) -> Line | Dropped:
    if not isinstance(comment, dict):
        return Dropped("unknown_item")
    message = comment.get("message")
    body = dig(message, "body")
    who = comment.get("commenter")
    identity = read_name(dig(who, "_id")) or read_name(dig(who, "name")) or read_name(dig(who, "display_name"))
    badges = dig(message, "user_badges")
    by_host = (host is not None and identity == read_name(host)) or (
        isinstance(badges, list) and any(dig(badge, "_id") == "broadcaster" for badge in badges)
    )
    if dig(message, "user_notice_params", "msg-id") in (
        "rewardgift",
        "sub",
        "resub",
        "subgift",
        "submysterygift",
    ):
        return Dropped("not_a_message")
    time = parse_seconds(comment.get("content_offset_seconds"))
    text, key = body if isinstance(body, str) else "", read_name(comment.get("_id"))
    return Line(text, time, identity, "chat", by_host, key)


class LiveChatReader(Reader):
    """Live chat JSON."""

    gives: Gives = "chat"
    endings = (".live_chat.json",)

    def matches(self, head: Head) -> float:
        """Tell the actions of YouTube and the items of chat-downloader and Twitch by their keys."""
        if head.form == "empty":
            return GUESS if head.ending == "json" else 0.0
        if head.form != "json":
            return 0.0
        known = _SHOWN.search(head.start) or "time_in_seconds" in head.item
        return STRUCTURE if known or {"message", "author", "timestamp", "message_type"} <= set(head.item) else 0.0

    def read(self, source: Path | str, context: ReadContext) -> Iterable[Message]:
        """Return messages."""
        return read_live_chat(Path(source), pseudonyms=context.pseudonyms, counts=context.counts)
