"""Recordings: what is in files that belong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from streamdial.counts import Counts
from streamdial.errors import MissingExtraError, SourceError
from streamdial.models import Transcriber
from streamdial.privacy import Pseudonymizer
from streamdial.records import Language, Message, Page, Profile, Segment, Word
from streamdial.sources.comments import read_comments
from streamdial.sources.danmaku import read_danmaku
from streamdial.sources.dates import find_recording_date
from streamdial.sources.livechat import read_live_chat
from streamdial.sources.page import read_page
from streamdial.sources.profile import read_profile
from streamdial.sources.recording_files import RecordingFiles, drop_file
from streamdial.sources.speech import read_speech
from streamdial.sources.transcript import read_transcript

LANGUAGE_SAMPLE = 500
"""Messages looked at to tell the language."""
CJK_SHARE = 0.2
"""Share of Chinese characters among letters from which on a text is zh: a character says more than a letter."""

_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_PLACEHOLDER = re.compile(r"\[[A-Z_]{2,12}\]")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Recording:
    """What was read of one recording; its messages are streamed from the files each time they are asked for."""

    id: str
    name: str
    language: Language
    profile: Profile | None
    segments: tuple[Segment, ...]
    pages: tuple[Page, ...]
    files: RecordingFiles
    salt: bytes = field(repr=False)
    recorded_on: str | None = None
    """ISO date of the recording, where its files tell it."""

    def iterate_messages(self) -> Iterator[Message]:
        """Yield all chat messages, then all comments, in the order of files and lines; nothing is counted again."""
        counts = Counts("messages")
        pseudonyms = Pseudonymizer(self.salt)
        for path in (*self.files.chats, *self.files.comments):
            for record in _read_lines(path, self.files, pseudonyms, counts):
                if isinstance(record, Message):
                    yield record


def _read_lines(
    path: Path, files: RecordingFiles, pseudonyms: Pseudonymizer, counts: Counts
) -> Iterator[Message | Segment]:
    if path in files.danmaku:
        return read_danmaku(path, pseudonyms=pseudonyms, counts=counts)
    read = read_live_chat if path in files.live_chats else read_comments
    return read(path, pseudonyms=pseudonyms, counts=counts)


class _Reader:
    """Reads the files of one recording and remembers which could be read."""

    def __init__(self, files: RecordingFiles, salt: bytes, counts: Counts) -> None:
        self.files = files
        self.counts = counts
        self.pseudonyms = Pseudonymizer(salt)
        self.readable = 0

    def try_read(self, read: Callable[[], _T]) -> _T | None:
        try:
            value = read()
        except SourceError as error:
            drop_file(self.counts, "unreadable", str(error))
            return None
        self.readable += 1
        return value

    def read_lines(self) -> tuple[list[Segment], list[str], set[Path]]:
        """Read all chat and comments once: subtitle lines, a sample of the texts, the files that cannot be read."""
        subtitles: list[Segment] = []
        sample: list[str] = []
        bad: set[Path] = set()
        for path in (*self.files.chats, *self.files.comments):

            def read(path: Path = path) -> None:
                for record in _read_lines(path, self.files, self.pseudonyms, self.counts):
                    if isinstance(record, Segment):
                        subtitles.append(record)
                    elif len(sample) < LANGUAGE_SAMPLE:
                        sample.append(record.text)

            before = self.readable
            self.try_read(read)
            if self.readable == before:
                bad.add(path)
        return subtitles, sample, bad

    def read_pages(self) -> tuple[Page, ...]:
        pages = []
        for source in self.files.pages:
            page = self.try_read(
                lambda source=source: read_page(  # type: ignore[misc]
                    source, counts=self.counts, allow_private=self.files.allow_private
                )
            )
            if page is not None:
                pages.append(page)
        return tuple(pages)

    def read_profile(self) -> Profile | None:
        path = self.files.profile
        return None if path is None else self.try_read(lambda: read_profile(path, counts=self.counts))

    def read_transcripts(self) -> list[Segment]:
        segments: list[Segment] = []
        for path in self.files.transcripts:

            def read(path: Path = path) -> list[Segment]:
                return read_transcript(path, pseudonyms=self.pseudonyms, counts=self.counts)

            segments.extend(self.try_read(read) or [])
        return segments

    def read_speech(self, transcriber: Transcriber, language: Language) -> list[Segment]:
        segments: list[Segment] = []
        stems: set[str] = set()
        for path in self.files.speech:
            if path.stem in stems:
                self.counts.note(f"{path.name}: another file of that name was listened to; it was not used.")
                continue

            def read(path: Path = path) -> list[Segment]:
                return read_speech(
                    path,
                    transcriber=transcriber,
                    language=language,
                    pseudonyms=self.pseudonyms,
                    counts=self.counts,
                )

            heard = self.try_read(read)
            if heard is not None:
                stems.add(path.stem)
                segments.extend(_move(segment, self.files.begins) for segment in heard)
        return segments


def _move(segment: Segment, seconds: float) -> Segment:
    """Return a segment of a window with its times in the whole recording."""
    if not seconds:
        return segment

    def move(spoken: Word | Segment) -> dict[str, float]:
        return {"start": spoken.start + seconds, "end": spoken.end + seconds}

    words = tuple(word.model_copy(update=move(word)) for word in segment.words)
    return segment.model_copy(update={**move(segment), "words": words})


def detect_language(texts: Iterable[str]) -> Language | None:
    """Tell zh from en by the share of Chinese characters among the letters; None where there are no letters.

    Short chat defeats language identifiers; the script does not lie.
    """
    chinese = letters = 0
    for text in texts:
        plain = _PLACEHOLDER.sub("", text[:20_000])
        chinese += len(_CJK.findall(plain))
        letters += len(_LETTER.findall(plain))
    if not letters:
        return None
    return "zh" if chinese >= CJK_SHARE * letters else "en"


def read_recording(
    files: RecordingFiles,
    *,
    transcriber: Transcriber | None,
    language: Language | None,
    salt: bytes,
    counts: Counts,
) -> Recording:
    """Read a recording. Chat and comments are read through once for counts and subtitles, and kept on disk.

    A transcript wins over audio beside it. A file that cannot be read is counted as dropped (`unreadable`), noted, and
    the others are read on.

    Args:
        files: What `open_recordings` found.
        transcriber: Recogniser for audio; None where there is none.
        language: Language of the recording; None tells it by its script.
        salt: Salt of the pseudonyms.
        counts: Gets records asked, kept and dropped, and notes.

    Raises:
        MissingExtraError: If there is audio, no transcript and no recogniser.
        SourceError: If not one file could be read.
    """
    if files.speech and not files.transcripts and transcriber is None:
        raise MissingExtraError("faster-whisper", "asr", f"listening to {files.speech[0].name}")
    reader = _Reader(files, salt, counts)
    profile = reader.read_profile()
    pages = reader.read_pages()
    subtitles, sample, bad = reader.read_lines()
    segments = reader.read_transcripts()
    known = [page.text for page in pages] + [segment.text for segment in subtitles] + sample
    if profile is not None:
        known += [profile.name, profile.bio, *profile.categories]
    if segments:
        for path in files.speech:
            counts.note(f"{path.name}: was not used, for there is a transcript.")
    elif files.speech and transcriber is not None:
        segments = reader.read_speech(transcriber, language or detect_language(known) or "en")
    elif files.speech:
        counts.note(f"{files.speech[0].name}: was not used, for there is no recogniser (extra asr).")
    if not reader.readable:
        first = counts.notes[-1] if counts.notes else ""
        raise SourceError(
            f"not one of its files could be read. {first}".strip(), fix="see the notes for each file", where=files.name
        )
    segments = sorted(segments + subtitles, key=lambda segment: segment.start)
    known += [segment.text for segment in segments]
    return Recording(
        id=files.id,
        name=files.name,
        language=language or detect_language(known) or "en",
        profile=profile,
        segments=tuple(segments),
        pages=pages,
        files=_without(files, bad),
        salt=salt,
        recorded_on=find_recording_date(files.comments, files.danmaku),
    )


def _without(files: RecordingFiles, bad: set[Path]) -> RecordingFiles:
    def keep(paths: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(path for path in paths if path not in bad)

    return replace(files, danmaku=keep(files.danmaku), live_chats=keep(files.live_chats), comments=keep(files.comments))


def read_account(files: RecordingFiles, *, salt: bytes, counts: Counts) -> tuple[Profile | None, tuple[Page, ...]]:
    """Read a recording's profile and pages alone, anew; pages at URLs are fetched.

    Args:
        files: What `open_recordings` found.
        salt: Salt of the pseudonyms.
        counts: Gets drops and notes.
    """
    reader = _Reader(files, salt, counts)
    return reader.read_profile(), reader.read_pages()
