"""Sorts folders, loose files and URLs into recordings: files that belong together."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.ids import hash_file, hash_text, make_id
from streamdial.privacy import Pseudonymizer
from streamdial.sources.addresses import clean_url, read_video_url
from streamdial.sources.page import is_url, list_page_pictures
from streamdial.sources.reader import UNKNOWN, Gives, Reader, detect_kind, list_readers

WINDOW_FILE = "window.json"
"""Beside a window of a longer recording: `{"begins": SECONDS}`, where in the recording its media begin."""
_IGNORED_ENDINGS = (".txt", ".md", ".py")
_IGNORED_STARTS = ("readme", "license")
_IGNORED_NAMES = ("stream.json", WINDOW_FILE)


@dataclass(frozen=True)
class RecordingFiles:
    """The files and URLs of one recording, by what they are.

    Attributes:
        id: Follows from the contents of the files and from the URLs, in no order.
        name: Name of the folder, or of the first file.
        by_kind: Files and URLs by the name of the reader they belong to, in the order in which they were found.
        allow_private: Whether URLs may lead into the private network.
        begins: Second of the recording at which its audio and video begin, where it is a window of a longer one.
        url: Page of the recording, where somebody gave it; `find_url` looks into the files too.
    """

    id: str
    name: str
    by_kind: Mapping[str, tuple[Path | str, ...]]
    allow_private: bool = False
    begins: float = 0.0
    url: str | None = None

    def iterate(self, *gives: Gives) -> Iterator[tuple[Reader, Path | str]]:
        """Yield what holds this, with its reader: in the order of `gives`, of the registry, and as it was found."""
        for kind, reader in list_readers(*gives).items():
            for source in self.by_kind.get(kind, ()):
                yield reader, source

    @property
    def speech(self) -> tuple[Path, ...]:
        """Audio and video."""
        return tuple(Path(source) for _, source in self.iterate("speech"))

    @property
    def transcripts(self) -> tuple[Path, ...]:
        """Transcripts of what is said."""
        return tuple(Path(source) for _, source in self.iterate("transcript"))

    @property
    def pages(self) -> tuple[str, ...]:
        """Paths and URLs of web pages."""
        return tuple(str(source) for _, source in self.iterate("page"))

    def find_date(self) -> str | None:
        """Return the ISO date of the recording, or None where nothing tells it.

        Comments are asked first (the upload date of a yt-dlp `.info.json`), then chat (its clock time).
        """
        dates = (reader.find_date(Path(source)) for reader, source in self.iterate("comments", "chat"))
        return next(filter(None, dates), None)

    def find_url(self) -> str | None:
        """Return the page of the recording: the one that was given, or that a yt-dlp `.info.json` tells."""
        told = (read_video_url(Path(source)) for _, source in self.iterate("comments"))
        return clean_url(self.url) or next(filter(None, told), None)

    def leave_out(self, sources: Collection[Path | str]) -> RecordingFiles:
        """Return the recording without some of its files."""
        kept = {kind: tuple(each for each in found if each not in sources) for kind, found in self.by_kind.items()}
        return replace(self, by_kind=kept)


def open_recordings(
    sources: Sequence[str | Path], *, salt: bytes, counts: Counts, allow_private: bool = False
) -> list[RecordingFiles]:
    """Sort files and URLs into recordings: each folder is one, all loose files and URLs together are one.

    In a folder (and below it) README files, licences, hidden files, `stream.json` and `window.json` are passed over,
    and `.txt`, `.md` and `.py`, which a note names. A file of no known kind is noted and counted as dropped
    (`unknown_kind`), one that cannot be read as `unreadable`, the same bytes twice as `duplicate_file`. Pictures that a
    loose page shows and that lie in its folder, or below it, belong to it.

    Args:
        sources: Folders, files and http(s) URLs.
        salt: Salt of the pseudonyms; checked here, before anything is read.
        counts: Gets drops and notes.
        allow_private: Whether URLs may lead to private addresses.

    Raises:
        SourceError: If a path does not exist, or nothing that can be read is left.
    """
    Pseudonymizer(salt)
    folders: list[Path] = []
    loose: list[str | Path] = []
    for source in sources:
        if is_url(source):
            loose.append(str(source))
            continue
        path = Path(source)
        if not path.exists():
            raise SourceError("there is no such file or folder.", fix="check the path", where=str(source))
        (folders if path.is_dir() else loose).append(path)
        if path.suffix.lower() in (".html", ".htm"):
            loose += list_page_pictures(path)
    found = [
        _sort_files(folder.resolve().name, _list_files(folder, counts), counts, allow_private, _read_begin(folder))
        for folder in folders
    ]
    if loose:
        found.append(_sort_files(_name_source(loose[0]), loose, counts, allow_private))
    recordings = [recording for recording in found if recording is not None]
    if not recordings:
        raise SourceError(
            "nothing that can be read: no chat, comments, transcript, audio, page or profile.",
            fix="name a folder or files with at least one of them",
            where=", ".join(map(str, sources)) or None,
        )
    return recordings


def _name_source(source: str | Path) -> str:
    return urlsplit(source).hostname or source if isinstance(source, str) else source.name.partition(".")[0]


def _list_files(folder: Path, counts: Counts) -> list[str | Path]:
    files: list[str | Path] = []
    passed: list[Path] = []
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        name = path.name.lower()
        expected = name.startswith(_IGNORED_STARTS) or name in _IGNORED_NAMES
        if not path.is_file() or hidden or expected:
            continue
        (passed if name.endswith(_IGNORED_ENDINGS) else files).append(path)
    if passed:
        more = f" and {len(passed) - 5} more" if len(passed) > 5 else ""
        told = ", ".join(str(path.name) for path in passed[:5])
        counts.note(f"{folder.name}: passed over for their endings: {told}{more}.")
    return files


def _read_begin(folder: Path) -> float:
    path = folder / WINDOW_FILE
    if not path.is_file():
        return 0.0
    try:
        begins = float(json.loads(path.read_text(encoding="utf-8"))["begins"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError('holds no {"begins": SECONDS}.', fix="mend or remove it", where=str(path)) from error
    return max(begins, 0.0)


def _sort_files(
    name: str, sources: Iterable[str | Path], counts: Counts, allow_private: bool, begins: float = 0.0
) -> RecordingFiles | None:
    by_kind: dict[str, list[Path | str]] = {}
    profiles, profile = list_readers("profile"), ""
    second: list[str] = []
    hashes: dict[str, str] = {}
    for source in sources:
        if isinstance(source, str):
            digest, told, kind = hash_text(source), source, "page"
        else:
            told = source.name
            try:
                kind = detect_kind(source)
                digest = hash_file(source)
            except (SourceError, OSError) as error:
                drop_file(counts, "unreadable", str(error))
                continue
            if kind == UNKNOWN:
                drop_file(counts, "unknown_kind", f"{told}: is of no kind that is read; it was left out.")
                continue
        if digest in hashes:
            drop_file(counts, "duplicate_file", f"{told}: holds the same as {hashes[digest]}; it was left out.")
            continue
        hashes[digest] = told
        if kind in profiles:
            if profile:
                second.append(f"{told}: {profile} is the profile already; it was left out.")
                continue
            profile = told
        by_kind.setdefault(kind, []).append(source)
    for sentence in second:
        drop_file(counts, "second_profile", sentence)
    if not hashes:
        return None
    return RecordingFiles(
        id=make_id("recording", sorted(hashes)),
        name=name,
        by_kind={kind: tuple(found) for kind, found in by_kind.items()},
        allow_private=allow_private,
        begins=begins,
    )


def drop_file(counts: Counts, reason: str, sentence: str) -> None:
    """Count a file as dropped, with the reason and a sentence for people."""
    counts.asked += 1
    counts.drop(reason)
    counts.note(sentence)
