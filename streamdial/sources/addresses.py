"""The page of a recording, from what its files say of themselves."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from streamdial.sources._json import read_video_info
from streamdial.sources.page import is_url

_PLACES = ("v", "lc", "p", "t", "bvid", "comment_id", "root_id", "id")
"""Keys of a query that say which video and which comment it is."""
_PROFILE = re.compile(
    r"(?:^|/)(?:@[^/]+|(?:u|user|users|profile|member|people|channel|c|space)/[^/]+)/?$", re.IGNORECASE
)
_LONG_NUMBER = re.compile(r"(?<!\d)1\d{10}(?!\d)")
"""A telephone number of China."""


def read_video_url(path: Path) -> str | None:
    """Return the page of a video that a yt-dlp `.info.json` tells, or None."""
    info = read_video_info(path)
    told = (info.get(key) for key in ("webpage_url", "original_url"))
    return next(filter(None, map(clean_url, told)), None)


def clean_comment_url(url: object) -> str | None:
    """Return the page of a comment; None where it is that of its author, or holds what would be masked in a text."""
    if (cleaned := clean_url(url)) is None:
        return None
    parts = urlsplit(cleaned)
    if _PROFILE.search(parts.path) or _LONG_NUMBER.search(parts.path):
        return None
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key in _PLACES]
    return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))


def clean_url(url: object) -> str | None:
    """Return an http(s) URL without the name and password it may hold; None for anything else."""
    if not isinstance(url, str) or not is_url(url.strip()):
        return None
    try:
        parts = urlsplit(url.strip())
        place = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    return urlunsplit(parts._replace(netloc=place)) if place else None
