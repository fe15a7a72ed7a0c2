"""Finds out whether a run is finished already, so that asking for it again costs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from streamdial.files import read_json
from streamdial.pipeline.fingerprint import collect_parts
from streamdial.pipeline.settings import BaseSettings


def find_finished(settings: BaseSettings, recordings: Iterable[str]) -> dict[str, Any] | None:
    """Return the summary of a finished run of the same settings and sources with all its files, else None.

    Args:
        settings: What is asked for.
        recordings: Ids of the recordings the sources hold now.
    """
    root = Path(settings.out)
    marker, summary_file = root / "run.json", root / "summary.json"
    if not (marker.is_file() and summary_file.is_file()) or settings.scale.retry_failed:
        return None
    if read_json(marker)["parts"] != collect_parts(settings):
        return None
    summary: dict[str, Any] = read_json(summary_file)
    same = (
        summary["dialogues_asked"] == settings.dialogues.count
        and set(summary["recordings_read"]) == set(recordings)
        and not summary["failed"]
        and not summary["left"]
        and all(Path(file).is_file() for file in summary["files"])
    )
    return summary if same else None
