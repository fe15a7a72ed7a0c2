"""When a recording was made, from what its files say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import orjson

_UPLOADED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SENT = re.compile(rb'<d p="(?:[^",]*,){4}(\d{9,10})[,"]')
_HEAD = 65_536


def find_recording_date(comments: Iterable[Path], danmaku: Iterable[Path]) -> str | None:
    """Return the ISO date of a recording, or None where nothing tells it.

    The upload date of a yt-dlp `.info.json` counts first, then the clock time of the first bullet comment (UTC).

    Args:
        comments: Comment files; only `.info.json` tells a date.
        danmaku: Bullet chat XML.
    """
    for path in comments:
        if path.name.endswith(".info.json"):
            try:
                info = orjson.loads(path.read_bytes())
            except (OSError, orjson.JSONDecodeError):
                continue  # counted where the file is read for its comments
            match = _UPLOADED.fullmatch(str(info.get("upload_date", ""))) if isinstance(info, dict) else None
            if match:
                return "-".join(match.groups())
    for path in danmaku:
        try:
            with path.open("rb") as file:
                sent = _SENT.search(file.read(_HEAD))
        except OSError:
            continue
        if sent:
            return datetime.fromtimestamp(int(sent[1]), UTC).date().isoformat()
    return None
