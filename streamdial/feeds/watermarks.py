"""Watermarks: how far each feed was read, what was taken, and what is put off after a failure; kept in the store."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np

from streamdial.feeds.items import FeedItem, FeedSettings, Known
from streamdial.ids import make_id
from streamdial.store import CollectionSchema, Point, VectorStore

COLLECTION = "feeds"
FIRST_WAIT = 60.0
"""Seconds after the first failure; doubled with each further one."""
LONGEST_WAIT = 6 * 3600.0
# Qdrant keeps points by their vectors; a watermark has nothing to compare.
_VECTOR = {"none": np.ones(1, dtype=np.float32)}


class Watermarks:
    """What is known of the items of all feeds.

    The feed itself is remembered as the item without id: where it could not be read, it is put off like any item.

    Args:
        store: Where it is kept; the collection `feeds` is made where it is missing.
        scope: Who polls: two on one server each take everything.
    """

    def __init__(self, store: VectorStore, *, scope: str) -> None:
        self._store = store
        self._scope = scope
        store.ensure_collection(COLLECTION, CollectionSchema({"none": 1}, {"feed": "keyword"}))

    def read(self, feed: FeedSettings) -> dict[str, Known]:
        """Return what is known of a feed's items, by id."""
        points = self._store.scroll(COLLECTION, conditions={"feed": self._name(feed)})
        return {str(point.payload["item"]): Known.model_validate(point.payload["known"]) for point in points}

    def _name(self, feed: FeedSettings) -> str:
        return f"{self._scope} {feed.name}"

    def keep(self, feed: FeedSettings, item: str, known: Known) -> None:
        """Remember an item at once, on disk."""
        key = make_id("watermark", self._name(feed), item)
        payload = {"feed": self._name(feed), "item": item, "known": known.model_dump()}
        self._store.upsert(COLLECTION, [Point(key, _VECTOR, payload)])
        self._store.flush()


def mark_taken(item: FeedItem) -> Known:
    """Return what is remembered of an item that was taken."""
    return Known(version=item.version, state=dict(item.state))


def mark_failed(known: Known, error: str, now: float) -> Known:
    """Return what is remembered of an item or feed that failed: it is put off, longer each time, up to six hours.

    A tenth is left to chance, so that feeds of one broken host do not come back together.
    """
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(known.failures, 20))
    later = now + wait * random.uniform(1.0, 1.1)
    return known.model_copy(update={"failures": known.failures + 1, "next_try": later, "error": error[:500]})


def choose_due(items: list[FeedItem], known: Mapping[str, Known], now: float) -> list[FeedItem]:
    """Return the items that are new or changed and not put off, in the feed's order."""
    blank = Known()
    return [
        item
        for item in items
        if known.get(item.id, blank).version != item.version and known.get(item.id, blank).next_try <= now
    ]
