"""Messages that a live chat file says were deleted or retracted: whoever took them back is not quoted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.sources._files import iterate_bytes
from streamdial.sources._json import iterate_json
from streamdial.sources._lines import Deleted, dig, read_name

_SIGNS = (b"eleted", b"emove", b"retract", b"clear_", b"delete_")
_ITEM_ACTIONS = ("markChatItemAsDeletedAction", "removeChatItemAction")
_AUTHOR_ACTIONS = ("markChatItemsByAuthorAsDeletedAction", "removeChatItemByAuthorAction")
_WORDS = ("delete", "remove", "retract", "clear_msg", "clear_message", "clear_chat", "ban_user")


def find_deleted(path: Path) -> Deleted:
    """Return what a live chat file says was deleted; it is parsed only where it holds a word for that.

    Known are YouTube's actions (a message, all of an author) and chat-downloader's items with an `action_type` or
    `message_type` of deleting and a target.
    """
    if not _shows_deletions(path):
        return Deleted()
    keys: set[str] = set()
    authors: set[str] = set()
    for _, item in iterate_json(path, Counts("deleted")):
        for action in _walk_actions(item, 0):
            for name in _ITEM_ACTIONS:
                if key := read_name(dig(action, name, "targetItemId")):
                    keys.add(key)
            for name in _AUTHOR_ACTIONS:
                if author := read_name(dig(action, name, "externalChannelId")):
                    authors.add(author)
            told = f"{action.get('action_type', '')} {action.get('message_type', '')}".lower()
            if any(word in told for word in _WORDS):
                key = read_name(action.get("target_message_id") or action.get("target_id"))
                author = read_name(action.get("target_author_id"))
                if key:
                    keys.add(key)
                elif author or ("author" in told and (author := read_name(action.get("author_id")))):
                    authors.add(author)
    return Deleted(frozenset(keys), frozenset(authors))


def _shows_deletions(path: Path) -> bool:
    last = b""
    for chunk in iterate_bytes(path):
        joined = last + chunk
        if any(sign in joined for sign in _SIGNS):
            return True
        last = chunk[-16:]
    return False


def _walk_actions(value: Any, depth: int) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    if not isinstance(value, dict) or depth > 6:
        return
    yield value
    for key in ("replayChatItemAction", "response", "continuationContents", "liveChatContinuation", "contents",
                "liveChatRenderer"):  # fmt: skip
        yield from _walk_actions(value.get(key), depth + 1)
    inner = value.get("actions")
    for action in inner if isinstance(inner, list) else []:
        yield from _walk_actions(action, depth + 1)
