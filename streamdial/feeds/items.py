"""Feeds and their items, which may be new, changed, or still growing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from streamdial.records import FrozenModel

FeedKind = Literal["recordings", "profiles", "pages", "syndication", "channel", "candidates"]


class FeedSettings(FrozenModel):
    """A place that is watched."""

    kind: FeedKind = Field(
        description="recordings: a folder with one sub-folder per recording. profiles: a folder of profile JSON. "
        "pages: a file or page with one URL per line. syndication: an RSS or Atom feed. channel: a channel, playlist, "
        "video or live URL that yt-dlp knows (extra `channels`). candidates: the table kept.parquet that `streamdial "
        "screen` wrote."
    )
    at: str = Field(min_length=1, description="Folder, file or URL.")
    settled_seconds: float = Field(
        default=60.0, ge=0, description="A recording is complete when none of its files has changed for so long."
    )
    window_seconds: float | None = Field(
        default=None, ge=10, description="Take a recording that is still growing in windows of so many seconds."
    )
    most_items: int = Field(
        default=20, ge=1, le=1000, description="Maximum number of items taken in one poll; the others wait."
    )

    @property
    def name(self) -> str:
        """What tells a feed from others."""
        return f"{self.kind}:{self.at}"


@dataclass(frozen=True)
class FeedItem:
    """Something a feed offers.

    Attributes:
        id: What it is, however it changes.
        version: What it holds; another version is taken anew.
        name: A readable name, for folders and logs.
        sources: Folders, files and URLs a run reads; what has to be fetched first has none until then.
        state: What the feed wants to be told the next time: how far a growing recording was read, a page's ETag.
    """

    id: str
    version: str
    name: str
    sources: tuple[str, ...] = ()
    state: Mapping[str, str | float] = field(default_factory=dict)


class Known(FrozenModel):
    """What is remembered of an item."""

    version: str = ""
    """Version that was taken; empty where none was."""
    state: dict[str, str | float] = Field(default_factory=dict)
    failures: int = 0
    """Tries that failed one after the other."""
    next_try: float = 0.0
    """Not before then, seconds since the epoch."""
    error: str = ""
