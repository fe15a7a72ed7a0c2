"""Channels, playlists, videos and live streams that yt-dlp knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamdial.errors import MissingExtraError, SourceError
from streamdial.feeds.items import FeedItem, FeedSettings

MAX_BYTES = 2 << 30
"""Larger media are not fetched."""
LIVE = "live:"
MAX_SECONDS = 8 * 3600
"""Longer recordings are not fetched."""
_QUIET = {"quiet": True, "no_warnings": True, "noprogress": True, "logger": None}


def _open(options: dict[str, Any]) -> Any:  # noqa: ANN401
    try:
        import yt_dlp
    except ImportError as error:
        raise MissingExtraError("yt-dlp", "channels", "reading channels and live URLs") from error
    return yt_dlp.YoutubeDL({**_QUIET, **options})


def list_videos(feed: FeedSettings, *, now: float) -> list[FeedItem]:
    """Return the videos of a channel or playlist, or the one at a URL; nothing is fetched yet.

    A live stream waits until it has ended, or is another version in each window, where the feed has windows.

    Args:
        feed: The feed.
        now: Present time, seconds since the epoch.

    Raises:
        SourceError: If yt-dlp cannot read the URL.
        MissingExtraError: If it is not installed.
    """
    with _open({"extract_flat": "in_playlist", "playlistend": 200}) as reader:
        try:
            found = reader.extract_info(feed.at, download=False)
        except Exception as error:
            raise SourceError(f"yt-dlp cannot read it ({_shorten(error)}).", where=feed.at) from error
    entries = found.get("entries") or [found]
    items = []
    for entry in entries:
        if not entry or not (entry.get("id") and (entry.get("url") or entry.get("webpage_url"))):
            continue
        status = entry.get("live_status") or "not_live"
        url = str(entry.get("webpage_url") or entry["url"])
        # What is to come has nothing yet.
        if status == "is_upcoming" or (status == "is_live" and not feed.window_seconds):
            continue
        version = f"{LIVE}{now // (feed.window_seconds or 1):.0f}" if status == "is_live" else "ended"
        items.append(FeedItem(str(entry["id"]), version, str(entry.get("title") or entry["id"]), (url,)))
    return items


def fetch_video(item: FeedItem, folder: Path, *, live_seconds: float | None = None) -> str:
    """Fetch audio, live chat, comments and description of a video into a folder, and return the folder.

    Args:
        item: A video of `list_videos`.
        folder: Where it is put.
        live_seconds: Of a stream that is still live, as much is recorded, from now.

    Raises:
        SourceError: If yt-dlp cannot fetch it, or it is larger or longer than what is fetched.
        MissingExtraError: If yt-dlp is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "format": "bestaudio/best",
        "outtmpl": str(folder / "%(id)s.%(ext)s"),
        "writeinfojson": True,
        "getcomments": True,
        "writesubtitles": True,
        "subtitleslangs": ["live_chat", "danmaku", "zh.*", "en.*"],
        "max_filesize": MAX_BYTES,
        "match_filter": _refuse_long,
        "noplaylist": True,
        "cachedir": False,
        "progress_hooks": [_stop_large],
    }
    if item.version.startswith(LIVE) and live_seconds:
        # The live chat of a stream that runs is written until it ends, whatever the media do.
        options["subtitleslangs"] = ["zh.*", "en.*"]
        options["external_downloader"] = {"default": "ffmpeg"}
        options["external_downloader_args"] = {"ffmpeg": ["-t", f"{live_seconds:.0f}"]}
    with _open(options) as reader:
        try:
            failed = reader.download(list(item.sources))
        except Exception as error:
            raise SourceError(f"yt-dlp cannot fetch it ({_shorten(error)}).", where=item.sources[0]) from error
    if failed or not any(folder.iterdir()):
        raise SourceError(
            f"nothing was fetched: over {MAX_SECONDS // 3600} hours, over {MAX_BYTES >> 30} GB, or gone.",
            where=item.sources[0],
        )
    return str(folder)


def _stop_large(progress: dict[str, Any]) -> None:
    """Stop what the length told beforehand did not stop: segments of HLS and DASH have none."""
    if (progress.get("downloaded_bytes") or 0) > MAX_BYTES:
        raise SourceError(f"is larger than {MAX_BYTES >> 30} GB.")


def _refuse_long(info: dict[str, Any], *, incomplete: bool = False) -> str | None:
    seconds = info.get("duration") or 0
    return f"longer than {MAX_SECONDS} s" if seconds > MAX_SECONDS and not incomplete else None


def _shorten(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
