"""The date of a recording, from what its files say of themselves."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from streamdial.sources._json import read_video_info

_UPLOADED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SENT = re.compile(rb'<d p="(?:[^",]*,){4}(\d{9,10})[,"]')
_HEAD = 65_536


def read_upload_date(path: Path) -> str | None:
    """Return the ISO date of upload that a yt-dlp `.info.json` tells, or None."""
    match = _UPLOADED.fullmatch(str(read_video_info(path).get("upload_date", "")))
    return "-".join(match.groups()) if match else None


def read_sent_date(path: Path) -> str | None:
    """Return the ISO date (UTC) of the first line of bullet chat XML, by its clock time, or None."""
    try:
        with path.open("rb") as file:
            sent = _SENT.search(file.read(_HEAD))
    except OSError:
        return None
    return datetime.fromtimestamp(int(sent[1]), UTC).date().isoformat() if sent else None
