"""The page of a recording, from what its files say of themselves."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import orjson

from streamdial.sources.page import is_url


def read_video_url(path: Path) -> str | None:
    """Return the page of a video that a yt-dlp `.info.json` tells, or None."""
    if not path.name.endswith(".info.json"):
        return None
    try:
        info = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None  # counted where the file is read for its comments
    told = (info.get(key) for key in ("webpage_url", "original_url")) if isinstance(info, dict) else ()
    return next(filter(None, map(clean_url, told)), None)


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
