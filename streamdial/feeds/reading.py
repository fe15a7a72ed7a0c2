"""Reads any feed: finds the items that are due, and puts them where a run can read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from streamdial.feeds.candidates import list_candidates
from streamdial.feeds.channel import fetch_video, list_videos
from streamdial.feeds.folder import cut_window, list_profiles, list_recordings
from streamdial.feeds.items import FeedItem, FeedSettings, Known
from streamdial.feeds.pages import list_pages
from streamdial.feeds.syndication import list_entries
from streamdial.feeds.watermarks import choose_due
from streamdial.ids import hash_text

_UNSAFE = re.compile(r"[^\w-]+")


class Due(NamedTuple):
    """What is to be taken of a feed now, and what could not be looked at."""

    items: list[FeedItem]
    broken: list[str]


def find_due(feed: FeedSettings, known: Mapping[str, Known], *, now: float, allow_private: bool = False) -> Due:
    """Return the items of a feed that are new or changed and not put off, at most as many as the feed allows.

    Args:
        feed: The feed.
        known: What was taken before, by item.
        now: Present time, seconds since the epoch.
        allow_private: Whether URLs may lead into the private network.

    Raises:
        SourceError: If the feed itself cannot be read.
        MissingExtraError: If what reads it is not installed.
    """
    broken: list[str] = []
    match feed.kind:
        case "recordings":
            items = list_recordings(feed, known, now=now)
        case "profiles":
            items = list_profiles(feed)
        case "pages":
            items, broken = list_pages(feed, known, allow_private=allow_private)
        case "syndication":
            items = list_entries(feed, allow_private=allow_private)
        case "channel":
            items = list_videos(feed, now=now)
        case "candidates":
            items, broken = list_candidates(feed, known, now=now)
    return Due(choose_due(items, known, now)[: feed.most_items], broken)


def bring_item(feed: FeedSettings, item: FeedItem, known: Known, folder: Path) -> FeedItem:
    """Return an item with sources that a run can read: a window is cut, a video fetched, all else stands already.

    Args:
        feed: The feed.
        item: An item of `find_due`.
        known: What was taken of it before.
        folder: Where what is cut or fetched is put.

    Raises:
        SourceError: If it cannot be had.
    """
    place = folder / name_item(item)
    if feed.kind == "recordings" and "windows" in item.state:
        source, state = cut_window(item, known, place)
        return FeedItem(item.id, item.version, item.name, (source,), state)
    if feed.kind == "channel" or (feed.kind == "candidates" and "fetched" in item.state):
        return FeedItem(
            item.id, item.version, item.name, (fetch_video(item, place, live_seconds=feed.window_seconds),), item.state
        )
    return item


def name_item(item: FeedItem) -> str:
    """Return a name for folders: readable, safe, and another one for another item or version."""
    readable = _UNSAFE.sub("-", item.name).strip("-")[:40] or "item"
    return f"{readable}-{hash_text(f'{item.id} {item.version}')[:8]}"
