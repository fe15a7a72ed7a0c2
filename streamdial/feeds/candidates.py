"""A table of candidates that screening kept: each account, room, video and page leads to what can be read of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl

from streamdial.errors import MissingExtraError, SourceError, StreamDialError
from streamdial.feeds.channel import list_videos
from streamdial.feeds.items import FeedItem, FeedSettings, Known
from streamdial.ids import hash_text
from streamdial.sources import is_url

NEWEST_VIDEOS = 5
"""Videos taken of an account: the newest ones its channel lists."""
_ADDRESSES = {
    ("youtube", "account"): "https://www.youtube.com/channel/{id}/videos",
    ("youtube", "video"): "https://www.youtube.com/watch?v={id}",
    ("youtube", "room"): "https://www.youtube.com/watch?v={id}",
    ("bilibili", "account"): "https://space.bilibili.com/{id}/video",
    ("bilibili", "video"): "https://www.bilibili.com/video/{id}",
    ("bilibili", "room"): "https://live.bilibili.com/{id}",
    ("twitch", "account"): "https://www.twitch.tv/{id}/videos",
    ("twitch", "video"): "https://www.twitch.tv/videos/{id}",
    ("twitch", "room"): "https://www.twitch.tv/{id}",
    ("douyin", "video"): "https://www.douyin.com/video/{id}",
    ("douyin", "room"): "https://live.douyin.com/{id}",
}
"""Where an id of a platform leads, where the table has no address of its own."""
_ID = re.compile(r"[\w.@-]{1,100}")
_VIDEO_HOSTS = re.compile(
    r"(?:^|\.)(?:youtube\.com|youtu\.be|bilibili\.com|b23\.tv|twitch\.tv|douyin\.com|tiktok\.com|kuaishou\.com|huya\.com"
    r"|douyu\.com|xiaohongshu\.com|vimeo\.com)$"
)
"""Hosts videos are fetched from: a table is mined, and must not lead what fetches them into the private network."""


def list_candidates(feed: FeedSettings, known: Mapping[str, Known], *, now: float) -> tuple[list[FeedItem], list[str]]:
    """Return what there is to read of the candidates of a table, by their rank, and sentences on what cannot be had.

    A page is read as it is, a video is fetched, a room is taken as a live URL of a `channel` feed is, and of an
    account the newest videos are. An address is the column `url` (the path of what lies in the table's folder is one
    too), an id that is a URL, or made of platform and id.

    Args:
        feed: The table, `kept.parquet` of `streamdial screen`, or one like it as JSONL or CSV.
        known: What was taken before, by item: no more is looked for than is wanted of new items.
        now: Present time, seconds since the epoch.

    Raises:
        SourceError: If the table cannot be read, or has no `id` and `kind`.
    """
    items: list[FeedItem] = []
    broken: list[str] = []
    for row in _read_table(Path(feed.at)):
        address = _find_address(row, Path(feed.at).parent)
        if address is None:
            broken.append(
                f"{row['id']}: has no address that can be used, and is of no platform whose ids lead to one; give it a "
                f"url, or the path of what lies beside the table"
            )
            continue
        try:
            items += _list_items(row, address, feed, now)
        except MissingExtraError:
            raise
        except StreamDialError as error:
            broken.append(f"{row['id']}: {error}")
        if sum(item.id not in known for item in items) >= feed.most_items:
            break  # asking the sites about all of a long table would take hours
    return items, broken


def _read_table(path: Path) -> list[dict[str, str]]:
    readers: dict[str, Callable[[Path], pl.DataFrame]] = {
        ".parquet": pl.read_parquet,
        ".jsonl": pl.read_ndjson,
        ".ndjson": pl.read_ndjson,
        ".csv": pl.read_csv,
    }
    read = readers.get(path.suffix.lower())
    if read is None or not path.is_file():
        raise SourceError(
            "is no table of candidates.", fix="name the kept.parquet that streamdial screen wrote", where=str(path)
        )
    try:
        table = read(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise SourceError(f"the candidates cannot be read: {reason}", where=str(path)) from error
    if absent := [name for name in ("id", "kind") if name not in table.columns]:
        raise SourceError(
            f"the column {absent[0]!r} is missing; there are {', '.join(table.columns[:12])}.",
            fix="name the kept.parquet that streamdial screen wrote",
            where=str(path),
        )
    wanted = ("id", "kind", "platform", "name", "url")
    shown = [
        (pl.col(name) if name in table.columns else pl.lit(None)).cast(pl.String).fill_null("").alias(name)
        for name in wanted
    ]
    ranked = table.sort("rank") if "rank" in table.columns else table
    rows: list[dict[str, str]] = ranked.select(shown).to_dicts()
    return rows


def _find_address(row: dict[str, str], folder: Path) -> str | None:
    told = row["url"].strip()
    if told and not is_url(told):
        # What others wrote must not lead out of the table's folder.
        place = (folder / told).resolve()
        return str(place) if folder.resolve() in place.parents and place.exists() else None
    if address := told or (row["id"].strip() if is_url(row["id"].strip()) else ""):
        return address
    form = _ADDRESSES.get((row["platform"].strip().lower(), row["kind"].strip().lower()))
    return form.format(id=row["id"].strip()) if form and _ID.fullmatch(row["id"].strip()) else None


def _list_items(row: dict[str, str], address: str, feed: FeedSettings, now: float) -> list[FeedItem]:
    name = row["name"].strip() or row["id"]
    kind = row["kind"].strip().lower()
    if not is_url(address) or kind == "page":
        return [FeedItem(address, hash_text(address), name, (address,))]
    if not _VIDEO_HOSTS.search(urlsplit(address).hostname or ""):
        raise SourceError(
            "is of no video site that is known here.", fix="watch it by a feed of the kind channel", where=address
        )
    if kind == "video":
        return [FeedItem(address, "ended", name, (address,), {"fetched": 1.0})]
    channel = FeedSettings(kind="channel", at=address, window_seconds=feed.window_seconds)
    videos = list_videos(channel, now=now)[: 1 if kind == "room" else NEWEST_VIDEOS]
    if not videos:
        raise SourceError(
            "there is no video that has ended.", fix="watch a live room by a feed with window_seconds", where=address
        )
    return [FeedItem(video.sources[0], video.version, video.name, video.sources, {"fetched": 1.0}) for video in videos]
