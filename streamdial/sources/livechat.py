"""Live chat of YouTube and Twitch: yt-dlp's `.live_chat.json`, raw action lists, chat-downloader, Twitch downloads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Message
from streamdial.sources._files import MIN_SECONDS, is_believable, parse_clock, parse_seconds
from streamdial.sources._json import iterate_json
from streamdial.sources._records import RecordMaker
from streamdial.sources.reader import GUESS, STRUCTURE, Gives, Head, ReadContext, Reader

_TEXT_RENDERERS = {
    "liveChatTextMessageRenderer": "chat",
    "liveChatPaidMessageRenderer": "paid",
    "liveChatMembershipItemRenderer": "chat",
}
_OTHER_RENDERERS = {"liveChatPaidStickerRenderer": "sticker"}
_ACTION_KEYS = ("actions", "replayChatItemAction", "addChatItemAction", "replaceChatItemAction")
_SHOWN = re.compile(
    r'"(?:replayChatItemAction|addChatItemAction|addLiveChatTickerItemAction|liveChatContinuation|content_offset_seconds'
    r'|liveChat\w+Renderer)"'
)
_PAID_TYPES = ("paid_message", "super_chat", "superchat")


class _Line(NamedTuple):
    """A chat line as a file tells it."""

    text: str
    time: float | None
    author: str | None
    kind: str = "chat"
    by_host: bool = False


class _Dropped(NamedTuple):
    reason: str


def read_live_chat(path: Path, *, pseudonyms: Pseudonymizer, counts: Counts) -> Iterator[Message]:
    """Yield the messages of a live chat file in its order; super chats are of kind `paid`.

    Known layouts, told item by item: yt-dlp's JSON lines, raw replay or live action lists and whole replies, items of
    chat-downloader with an `author` object or with flat author fields, Twitch comments. Times before the start stay
    negative down to an hour. Raw actions without an offset are timed from the first one.

    Dropped with reasons: `ticker` (repeats a super chat), `sticker`, `not_a_message` (polls, joins, placeholders,
    deletions), `bad_time`, `empty`, `broken_json`, `unknown_item`.

    Args:
        path: JSON or JSON lines, gzip or not.
        pseudonyms: Gives authors their pseudonyms.
        counts: Gets what was asked, kept and dropped, and notes with file and place.

    Raises:
        SourceError: If the file cannot be read, or nothing in it is live chat.
    """
    maker = RecordMaker(path, pseudonyms, counts)
    clock = _Clock()
    known = 0
    unknown = 0
    for _, item in iterate_json(path, counts):
        for found in _read_item(item, clock):
            if isinstance(found, _Dropped):
                known += found.reason != "unknown_item"
                unknown += found.reason == "unknown_item"
                maker.drop(found.reason)
                continue
            known += 1
            if found.time is None or not is_believable(found.time, earliest=MIN_SECONDS):
                maker.drop("bad_time")
                continue
            message = maker.make_message(
                found.text, time=found.time, author=found.author, kind=found.kind, by_host=found.by_host
            )
            if message is not None:
                yield message
    if unknown and not known:
        raise SourceError(
            "holds JSON, but no live chat.", fix="give the file yt-dlp or chat-downloader wrote", where=str(path)
        )
    if clock.first is not None:
        counts.note(f"{path.name}: has no offsets; its times count from its first message.")
    if not known:
        counts.note(f"{path.name}: holds no chat.")


class _Clock:
    """Turns the time of day of live actions into seconds from the first of them."""

    def __init__(self) -> None:
        self.first: float | None = None

    def read(self, renderer: dict[str, Any]) -> float | None:
        seconds = parse_seconds(renderer.get("timestampUsec"), scale=1e-6)
        if seconds is None:
            return None
        if self.first is None:
            self.first = seconds
        return seconds - self.first


def _get(value: object, *keys: str) -> Any:  # noqa: ANN401
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _read_item(item: object, clock: _Clock) -> Iterator[_Line | _Dropped]:
    if not isinstance(item, dict):
        yield _Dropped("unknown_item")
        return
    reply = item.get("response") if isinstance(item.get("response"), dict) else item
    inner = _get(reply, "continuationContents", "liveChatContinuation") or _get(reply, "contents", "liveChatRenderer")
    if isinstance(inner, dict):
        actions = inner.get("actions")
        for action in actions if isinstance(actions, list) else []:
            yield from _read_action(action, None, clock)
    elif isinstance(item.get("comments"), list) and any("content_offset_seconds" in _keys(c) for c in item["comments"]):
        host = _get(item, "streamer", "id")
        for comment in item["comments"]:
            yield _read_twitch(comment, host)
    elif "content_offset_seconds" in item:
        yield _read_twitch(item, None)
    elif "time_in_seconds" in item or "message_type" in item or "time_text" in item:
        yield _read_downloader(item)
    elif any(key.endswith(("Action", "Command")) for key in item) or "actions" in item:
        yield from _read_action(item, None, clock)
    else:
        yield _Dropped("unknown_item")


def _keys(value: object) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def _read_action(action: object, offset: float | None, clock: _Clock) -> Iterator[_Line | _Dropped]:
    replay = _get(action, "replayChatItemAction")
    if isinstance(replay, dict) or isinstance(_get(action, "actions"), list):
        holder = replay if isinstance(replay, dict) else action
        raw = _get(holder, "videoOffsetTimeMsec")
        raw = _get(action, "videoOffsetTimeMsec") if raw is None else raw
        seconds = parse_seconds(raw, scale=0.001)
        inner = _get(holder, "actions")
        if raw is not None and seconds is None:
            yield _Dropped("bad_time")
            return
        for each in inner if isinstance(inner, list) else []:
            if not isinstance(each, dict) or "replayChatItemAction" in each or "actions" in each:
                yield _Dropped("unknown_item")
            else:
                yield from _read_action(each, seconds, clock)
        return
    item = _get(action, "addChatItemAction", "item") or _get(action, "replaceChatItemAction", "replacementItem")
    if _get(action, "addLiveChatTickerItemAction") is not None:
        yield _Dropped("ticker")
    elif not isinstance(item, dict):
        yield _Dropped("not_a_message" if isinstance(action, dict) else "unknown_item")
    else:
        for name, renderer in item.items():
            yield _read_renderer(name, renderer, offset, clock)


def _read_renderer(name: str, renderer: object, offset: float | None, clock: _Clock) -> _Line | _Dropped:
    kind = _TEXT_RENDERERS.get(name)
    if kind is None or not isinstance(renderer, dict):
        return _Dropped(_OTHER_RENDERERS.get(name, "not_a_message"))
    if name == "liveChatMembershipItemRenderer" and "message" not in renderer:
        return _Dropped("not_a_message")
    time = offset
    if time is None:
        time = clock.read(renderer)
    elif time == 0:
        # Before the start the offset is 0 and only the shown time tells how long before.
        shown = _get(renderer, "timestampText", "simpleText")
        told = parse_clock(shown) if isinstance(shown, str) else None
        time = told if told is not None and told < 0 else time
    author = renderer.get("authorExternalChannelId") or _get(renderer, "authorName", "simpleText")
    badges = renderer.get("authorBadges")
    by_host = isinstance(badges, list) and any(
        _get(badge, "liveChatAuthorBadgeRenderer", "icon", "iconType") == "OWNER" for badge in badges
    )
    return _Line(_read_runs(renderer.get("message")), time, _as_text(author), kind, by_host)


def _read_runs(message: object) -> str:
    simple = _get(message, "simpleText")
    if isinstance(simple, str):
        return simple
    runs = _get(message, "runs")
    return "".join(_read_run(run) for run in runs) if isinstance(runs, list) else ""


def _read_run(run: object) -> str:
    text = _get(run, "text")
    if isinstance(text, str):
        return text
    shortcuts = _get(run, "emoji", "shortcuts")
    if isinstance(shortcuts, list) and shortcuts and isinstance(shortcuts[0], str):
        return shortcuts[0]
    label = _get(run, "emoji", "image", "accessibility", "accessibilityData", "label")
    emoji = _get(run, "emoji", "emojiId")
    if isinstance(label, str):
        return f":{label}:"
    return emoji if isinstance(emoji, str) and len(emoji) <= 8 else ""


def _as_text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _read_downloader(item: dict[str, Any]) -> _Line | _Dropped:
    message_type = str(item.get("message_type") or "")
    if "ticker_duration" in item or message_type.startswith("ticker_"):
        return _Dropped("ticker")
    if "sticker" in message_type:
        return _Dropped("sticker")
    message = item.get("message")
    if message_type and not isinstance(message, str) and message_type not in (*_PAID_TYPES, "text_message"):
        return _Dropped("not_a_message")
    time = parse_seconds(item.get("time_in_seconds"))
    offset = parse_seconds(item.get("video_offset_time_msec"), scale=0.001)
    if time is None:
        shown = item.get("time_text")
        time = offset if offset is not None else parse_clock(shown) if isinstance(shown, str) else None
    elif offset is not None and abs(offset - time) <= 1:
        # The same time, to the millisecond.
        time = offset
    author = item.get("author")
    badges = item.get("badges")
    name: object = item.get("author_id") or author
    if isinstance(author, dict):
        badges = author.get("badges")
        name = author.get("id") or author.get("name") or author.get("display_name")
    paid = message_type in _PAID_TYPES or "amount" in item or "money" in item
    text = message if isinstance(message, str) else ""
    return _Line(text, time, _as_text(name), "paid" if paid else "chat", _has_owner_badge(badges))


def _has_owner_badge(badges: object) -> bool:
    titles: list[object] = []
    if isinstance(badges, str):
        titles = list(badges.split(","))
    elif isinstance(badges, list):
        titles = [badge.get("title") or badge.get("name") if isinstance(badge, dict) else badge for badge in badges]
    return any(isinstance(title, str) and title.strip().lower() in ("owner", "broadcaster") for title in titles)


def _read_twitch(comment: object, host: object) -> _Line | _Dropped:
    if not isinstance(comment, dict):
        return _Dropped("unknown_item")
    message = comment.get("message")
    body = _get(message, "body")
    who = comment.get("commenter")
    identity = _as_text(_get(who, "_id")) or _as_text(_get(who, "name")) or _as_text(_get(who, "display_name"))
    badges = _get(message, "user_badges")
    by_host = (host is not None and identity == _as_text(host)) or (
        isinstance(badges, list) and any(_get(badge, "_id") == "broadcaster" for badge in badges)
    )
    if _get(message, "user_notice_params", "msg-id") in ("rewardgift", "sub", "resub", "subgift", "submysterygift"):
        return _Dropped("not_a_message")
    time = parse_seconds(comment.get("content_offset_seconds"))
    return _Line(body if isinstance(body, str) else "", time, identity, "chat", by_host)


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
