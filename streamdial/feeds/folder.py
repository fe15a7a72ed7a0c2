"""Folders that something else writes into: recordings, complete or growing, and profiles."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson

from streamdial.errors import SourceError
from streamdial.feeds.items import FeedItem, FeedSettings, Known
from streamdial.files import write_json
from streamdial.ids import hash_file, hash_text
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
    Of media the sound after the last window, cut by ffmpeg without encoding it again; `window.json` says at which
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
    played = 0.0
    for path in sorted(source.rglob("*")):
        if not path.is_file() or path.name.startswith(".") or path.suffix == ".lock":
            continue
        # A recorder takes the ending off when it is done; it stays the same file.
        name = _strip_unfinished(path.relative_to(source)).as_posix()
        kind = Path(name).suffix.lower()
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind in GROWING_MEDIA:
            before = float(known.state.get(f"seconds:{name}", 0.0))
            new = _cut_media(path, target, before)
            state[f"seconds:{name}"] = before + new
            played = max(played, new)
        elif kind in GROWING_LINES and not _is_one_value(path, kind):
            read = int(known.state.get(f"bytes:{name}", 0))
            state[f"bytes:{name}"] = _cut_lines(path, target, read, kind)
        else:
            shutil.copyfile(path, target)
    state["seconds"] = begins + played
    write_json(folder / WINDOW_FILE, {"begins": begins})
    return str(folder), state


def _strip_unfinished(path: Path) -> Path:
    return path.with_suffix("") if path.suffix in UNFINISHED else path


def _is_one_value(path: Path, kind: str) -> bool:
    """Tell a JSON file that holds one value, a profile for instance, from one that is written line by line."""
    if kind != ".json":
        return False
    try:
        orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        return False
    return True


def _cut_lines(path: Path, target: Path, read: int, kind: str) -> int:
    """Write whole lines after `read` bytes and return how far that is."""
    size = path.stat().st_size
    with path.open("rb") as file, target.open("wb") as out:
        if size <= read:
            return read
        if read and kind in (".xml", ".vtt", ".csv"):
            out.write(file.readline() if kind != ".xml" else _read_head(file.readline()))
        file.seek(read)
        body = file.read(size - read)
        whole = body[: body.rfind(b"\n") + 1]
        out.write(whole)
        return read + len(whole)


def _read_head(line: bytes) -> bytes:
    """Return the declaration and the root's start tag of an XML file whose first line may hold more."""
    head = line.find(b">", line.find(b"<i") if b"<i" in line else 0)
    return line[: head + 1] + b"\n" if head >= 0 else line


def _cut_media(path: Path, target: Path, begins: float) -> float:
    """Cut the sound from a second on, where every packet is a place to cut, and return how long it plays."""
    if shutil.which("ffmpeg") is None:
        raise SourceError("a recording that grows is cut by ffmpeg, which is not there.", fix="install ffmpeg")
    command = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-y",
        "-ss",
        f"{begins:.3f}",
        "-i",
        str(path),
        "-map",
        "0:a",
        "-c",
        "copy",
    ]
    cut = subprocess.run([*command, str(target)], capture_output=True, timeout=600, check=False)
    if cut.returncode or not target.is_file():
        told = cut.stderr.decode(errors="replace").strip().splitlines()
        raise SourceError(f"cannot be cut ({told[-1] if told else 'no reason given'}).", where=path.name)
    return _measure_seconds(target)


def _measure_seconds(path: Path) -> float:
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", os.fspath(path)]
    probe = subprocess.run(command, capture_output=True, timeout=60, check=False, text=True)
    try:
        return float(probe.stdout.strip())
    except ValueError:
        return 0.0
