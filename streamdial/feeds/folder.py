"""Folders that something else writes into: recordings, complete or growing, and profiles."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from streamdial.errors import SourceError
from streamdial.feeds.items import FeedItem, FeedSettings, Known
from streamdial.ids import hash_file, hash_text
from streamdial.runs import write_json
from streamdial.sources import WINDOW_FILE

UNFINISHED = (".part", ".ytdl", ".tmp", ".crdownload", ".lock")
"""Endings of files that a recorder has not finished."""
GROWING_MEDIA = (".ts", ".flv", ".mkv", ".webm", ".wav", ".mp3", ".aac", ".ogg", ".opus")
"""Containers that can be read before they are finished; an MP4 has no index until its end."""
GROWING_LINES = (".jsonl", ".ndjson", ".xml", ".vtt", ".srt", ".csv", ".json")
"""Text that is written line by line."""


def list_recordings(feed: FeedSettings, known: Mapping[str, Known], *, now: float) -> list[FeedItem]:
    """Return the recordings of a folder: complete ones, and of growing ones the next window where windows are wanted.

    A recording is a sub-folder. It is complete when no file of it is unfinished or has changed of late. A growing one
    has a window as soon as `window_seconds` have passed since its first file was made or since the last window. When
    it is complete, what came after the last window is its last one; a recording that was never windowed is taken whole.

    Args:
        feed: The folder and what counts as settled.
        known: What was taken before.
        now: Present time, seconds since the epoch.

    Raises:
        SourceError: If there is no such folder.
    """
    items = []
    for folder in _list_entries(feed):
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        if not folder.is_dir() or not files:
            continue
        changed = max(path.stat().st_mtime for path in files)
        complete = now - changed >= feed.settled_seconds and not any(path.name.endswith(UNFINISHED) for path in files)
        before = known.get(folder.name, Known())
        stat = _describe_places(folder, files)
        if complete:
            # What looks as it did is not read again: recordings are large.
            version = before.version if before.state.get("stat") == stat else _describe(folder, files)
        elif feed.window_seconds is None:
            continue
        else:
            begun = float(before.state.get("taken_at") or min(path.stat().st_mtime for path in files))
            if now - begun < feed.window_seconds:
                continue
            version = f"growing:{int(now)}"
        windows = int(before.state.get("windows", 0)) + (0 if complete else 1)
        state: dict[str, str | float] = {"stat": stat} if complete else {}
        if windows:
            state = {**before.state, **state, "taken_at": now, "windows": windows + complete}
        items.append(FeedItem(folder.name, version, folder.name, (str(folder),), state))
    return items


def list_profiles(feed: FeedSettings) -> list[FeedItem]:
    """Return the profiles of a folder: each JSON file that has settled is one.

    Raises:
        SourceError: If there is no such folder.
    """
    return [
        FeedItem(path.name, hash_file(path), path.stem, (str(path),))
        for path in _list_entries(feed)
        if path.is_file() and path.name.endswith((".json", ".json.gz"))
    ]


def _list_entries(feed: FeedSettings) -> list[Path]:
    root = Path(feed.at)
    if not root.is_dir():
        raise SourceError("there is no such folder.", fix="make it, or correct the feed", where=feed.at)
    return sorted(path for path in root.iterdir() if not path.name.startswith("."))


def _describe_places(folder: Path, files: Iterable[Path]) -> str:
    told = ((path.relative_to(folder), path.stat()) for path in files)
    return hash_text("".join(f"{name}:{stat.st_size}:{stat.st_mtime_ns}\n" for name, stat in told))


def _describe(folder: Path, files: Iterable[Path]) -> str:
    return hash_text("".join(f"{path.relative_to(folder)}:{hash_file(path)}\n" for path in files))


def cut_window(item: FeedItem, known: Known, folder: Path) -> tuple[str, dict[str, str | float]]:
    """Copy what is new of a growing recording into a folder of its own, and return it with how far it was read.

    Of text the lines after the last window; the first lines of XML and VTT are repeated, for they say what the file is.
    Of media what plays after the last window, cut by ffmpeg without encoding it again; `window.json` says at which
    second of the recording it begins. Whole files that do not grow (profile, pages) are copied each time.

    Args:
        item: A recording of `list_recordings`.
        known: What was taken of it before.
        folder: Where the window is put; emptied first.

    Raises:
        SourceError: If media cannot be cut.
    """
    source = Path(item.sources[0])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    state: dict[str, str | float] = dict(item.state)
    begins = float(known.state.get("seconds", 0.0))
    reached = begins
    for path in sorted(source.rglob("*")):
        if not path.is_file() or path.name.startswith(".") or path.suffix == ".lock":
            continue
        name = path.relative_to(source).as_posix()
        kind = _strip_unfinished(path).suffix.lower()
        target = folder / _strip_unfinished(Path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind in GROWING_MEDIA:
            reached = max(reached, _cut_media(path, target, begins))
        elif kind in GROWING_LINES:
            read = int(known.state.get(f"bytes:{name}", 0))
            state[f"bytes:{name}"] = _cut_lines(path, target, read)
        else:
            shutil.copyfile(path, target)
    state["seconds"] = reached
    write_json(folder / WINDOW_FILE, {"begins": begins})
    return str(folder), state


def _strip_unfinished(path: Path) -> Path:
    return path.with_suffix("") if path.suffix in UNFINISHED else path


def _cut_lines(path: Path, target: Path, read: int) -> int:
    """Write whole lines after `read` bytes and return how far that is; a file that does not grow is written whole."""
    size = path.stat().st_size
    with path.open("rb") as file, target.open("wb") as out:
        if size <= read:
            # A profile or page data beside the stream: the same in every window.
            if path.suffix == ".json":
                shutil.copyfileobj(file, out)
            return read
        if read and path.suffix in (".xml", ".vtt", ".csv"):
            out.write(file.readline() if path.suffix != ".xml" else _read_head(file.readline()))
        file.seek(read)
        body = file.read(size - read)
        whole = body if path.suffix == ".json" else body[: body.rfind(b"\n") + 1]
        out.write(whole)
        return read + len(whole)


def _read_head(line: bytes) -> bytes:
    """Return the declaration and the root's start tag of an XML file whose first line may hold more."""
    head = line.find(b">", line.find(b"<i") if b"<i" in line else 0)
    return line[: head + 1] + b"\n" if head >= 0 else line


def _cut_media(path: Path, target: Path, begins: float) -> float:
    """Cut what plays from a second on and return the second it ends at."""
    if shutil.which("ffmpeg") is None:
        raise SourceError("a recording that grows is cut by ffmpeg, which is not there.", fix="install ffmpeg")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-ss", f"{begins:.3f}", "-i", str(path), "-c", "copy"]
    cut = subprocess.run([*command, str(target)], capture_output=True, timeout=600, check=False)
    if cut.returncode or not target.is_file():
        told = cut.stderr.decode(errors="replace").strip().splitlines()
        raise SourceError(f"cannot be cut ({told[-1] if told else 'no reason given'}).", where=path.name)
    return begins + _measure_seconds(target)


def _measure_seconds(path: Path) -> float:
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", os.fspath(path)]
    probe = subprocess.run(command, capture_output=True, timeout=60, check=False, text=True)
    try:
        return float(probe.stdout.strip())
    except ValueError:
        return 0.0
