"""Watches folders that a recorder writes to and starts the whole job on what is new."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger

from flows.stream import stream
from streamdial.errors import NothingLeftError, SourceError, StreamDialError
from streamdial.ids import hash_file, hash_text
from streamdial.runs import RunSettings, read_json, write_json

SETTLED_SECONDS = 60.0
"""A recording is taken when none of its files has changed for this long."""


def find_new_recordings(feed: Path, seen: dict[str, str], *, now: float, settled: float) -> dict[str, str]:
    """Return the recordings of a feed that are complete and new or changed: folder name to a hash of its files.

    Args:
        feed: A folder with one sub-folder a recording.
        seen: What was taken before, by name.
        now: Present time, seconds since the epoch.
        settled: Seconds without change after which a recording is complete.
    """
    found = {}
    for folder in sorted(path for path in feed.iterdir() if path.is_dir() and not path.name.startswith(".")):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        if not files or any(now - path.stat().st_mtime < settled for path in files):
            continue
        state = "".join(f"{path.relative_to(folder)}:{hash_file(path)}\n" for path in files)
        if seen.get(folder.name) != state:
            found[folder.name] = state
    return found


@flow(name="poll", flow_run_name="poll-{settings.domain}")
async def poll(settings: RunSettings, settled: float = SETTLED_SECONDS) -> dict[str, Any]:
    """Look into the feeds once; where something is new, run the whole job on it in a folder of its own.

    Args:
        settings: As for `stream`; `sources` are the feeds, `out` holds one run a recording and the watermark.
        settled: Seconds without change after which a recording is complete.
    """
    logger = get_run_logger()
    watermark = Path(settings.out) / "watermark.json"
    taken: dict[str, dict[str, str]] = read_json(watermark) if watermark.is_file() else {}
    done, broken = [], {}
    for feed in settings.sources:
        seen = taken.setdefault(feed, {})
        for name, state in find_new_recordings(Path(feed), seen, now=time.time(), settled=settled).items():
            out = str(Path(settings.out) / f"{name}-{hash_text(state)[:8]}")
            try:
                summary = await stream(settings.model_copy(update={"sources": (str(Path(feed) / name),), "out": out}))
            except (NothingLeftError, SourceError) as error:
                # It will say the same the next time: taken, with its reason in the log.
                logger.warning("%s: %s", name, error)
                seen[name] = state
                write_json(watermark, taken)
                continue
            except Exception as error:  # a broken recording must not stop the others
                broken[name] = str(error)
                logger.error("%s: %s", name, error)
                continue
            if summary["failed"] or summary["left"]:
                broken[name] = f"{len(summary['failed'])} dialogues lost, {summary['left']} left"
                continue
            seen[name] = state
            write_json(watermark, taken)
            done.append(name)
    logger.info("%d new recordings, %d broken", len(done), len(broken))
    if broken:
        raise StreamDialError(
            f"{len(broken)} recordings are broken: {', '.join(broken)}", fix="see the log; poll again"
        )
    return {"done": done, "broken": broken}
