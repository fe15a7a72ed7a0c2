"""Feeds: places that are watched for new, changed and growing recordings, pages and profiles."""

from streamdial.feeds.items import FeedItem, FeedKind, FeedSettings, Known
from streamdial.feeds.reading import Due, bring_item, find_due, name_item
from streamdial.feeds.watermarks import Watermarks, mark_failed, mark_taken

__all__ = [
    "Due",
    "FeedItem",
    "FeedKind",
    "FeedSettings",
    "Known",
    "Watermarks",
    "bring_item",
    "find_due",
    "mark_failed",
    "mark_taken",
    "name_item",
]
