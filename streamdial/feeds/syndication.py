"""RSS and Atom: each entry is an item, its page and what is enclosed are its sources."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from streamdial.errors import MissingExtraError, SourceError
from streamdial.feeds.items import FeedItem, FeedSettings
from streamdial.ids import hash_text
from streamdial.sources import fetch_page, is_url

_DECLARES = re.compile(rb"<!(?:ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)


def list_entries(feed: FeedSettings, *, allow_private: bool) -> list[FeedItem]:
    """Return the entries of a feed, newest first as feeds have them.

    An entry is known by its id, else its link; it changes with its date, title, link or text. Read by feedparser from
    bytes that were fetched here, so that the rules of every other URL hold.

    Args:
        feed: URL of the feed.
        allow_private: Whether URLs may lead into the private network.

    Raises:
        SourceError: If it cannot be fetched, declares entities, or is no feed.
        MissingExtraError: If feedparser is not installed.
    """
    try:
        import feedparser
    except ImportError as error:
        raise MissingExtraError("feedparser", "channels", "reading RSS and Atom feeds") from error
    fetched = fetch_page(feed.at, allow_private=allow_private)
    if _DECLARES.search(fetched.body):
        raise SourceError("declares entities, which no feed needs; it was not read.", where=feed.at)
    # Bytes by themselves feedparser would take for the name of a file or a URL first.
    parsed = feedparser.parse(BytesIO(fetched.body), response_headers={"content-location": fetched.url})
    if not parsed.entries and (parsed.bozo or not parsed.version):
        raise SourceError(f"is no RSS or Atom feed ({parsed.get('bozo_exception', 'no entries')}).", where=feed.at)
    items = []
    for entry in parsed.entries:
        sources = _list_sources(entry)
        identity = str(entry.get("id") or (sources[0] if sources else ""))
        if not sources or not identity:
            continue
        told = [str(entry.get(field, "")) for field in ("updated", "published", "title", "summary")]
        version = hash_text("\n".join([*told, *sources]))
        items.append(FeedItem(identity, version, str(entry.get("title") or identity), sources))
    return items


def _list_sources(entry: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Return the entry's page; enclosed media are left to a `channel` feed, which limits what it fetches."""
    links = [
        entry.get("link"),
        *(link.get("href") for link in entry.get("links", ()) if link.get("rel") == "alternate"),
    ]
    return tuple(dict.fromkeys(link for link in links if link and is_url(link)))
