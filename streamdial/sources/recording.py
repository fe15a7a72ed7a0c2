"""Recordings: the contents of files that belong together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.errors import MissingExtraError, SourceError
from streamdial.models import Transcriber
from streamdial.privacy import Pseudonymizer
from streamdial.records import Language, Message, Page, Profile, Segment, Word
from streamdial.screen import Aligned, ScreenReading, align_captions, may_have_sound, probe_video
from streamdial.sources._records import RecordMaker
from streamdial.sources.reader import Gives, ReadContext, Reader
from streamdial.sources.recording_files import RecordingFiles, drop_file
from streamdial.sources.shown import make_caption_segments, make_card_pages

LANGUAGE_SAMPLE = 500
"""Messages looked at to tell the language."""
CJK_SHARE = 0.2
"""Share of Chinese characters among letters from which on a text is zh: a character says more than a letter."""

_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_PLACEHOLDER = re.compile(r"\[[A-Z_]{2,12}\]")


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
    url: str | None = None
    """Page of the recording, where it is known."""

    def iterate_messages(self) -> Iterator[Message]:
        """Yield all chat messages, then all comments, in the order of files and lines; nothing is counted again."""
        context = ReadContext(Pseudonymizer(self.salt), Counts("messages"))
        for reader, source in self.files.iterate("chat", "comments"):
            for record in reader.read(source, context):
                if isinstance(record, Message):
                    yield record


class _Reading:
    """Reads the files of one recording and remembers which could be read."""

    def __init__(
        self,
        files: RecordingFiles,
        salt: bytes,
        counts: Counts,
        screen: ScreenReading | None = None,
        fetched: Path | None = None,
    ) -> None:
        self.files = files
        self.counts = counts
        self.context = ReadContext(
            Pseudonymizer(salt), counts, allow_private=files.allow_private, screen=screen, fetched=fetched
        )
        self.readable = 0

    @cached_property
    def silent(self) -> frozenset[Path]:
        """Videos without sound: their screens can be read, and nothing else."""
        return frozenset(path for path in self.files.speech if not may_have_sound(path))

    @cached_property
    def recorded_on(self) -> str | None:
        """ISO date of the recording."""
        return self.files.find_date()

    @cached_property
    def url(self) -> str | None:
        """Page of the recording."""
        return self.files.find_url()

    def try_read(
        self, reader: Reader, source: Path | str, take: Callable[[Any], object], context: ReadContext | None = None
    ) -> bool:
        """Hand on what a file holds, record by record; tell whether it could be read to its end."""
        before, taken = Counter(self.counts.dropped), 0
        try:
            for record in reader.read(source, context or self.context):
                take(record)
                taken += 1
        except SourceError as error:
            drop_file(self.counts, "unreadable", str(error))
            return False
        self.readable += 1
        lost = Counter(self.counts.dropped) - before
        if not taken and lost:
            reasons = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in lost.most_common())
            self.counts.note(f"{Path(str(source)).name}: nothing of it could be used ({reasons}).")
        return True

    def read_all(self, gives: Gives) -> list[Any]:
        records: list[Any] = []
        for reader, source in self.files.iterate(gives):
            self.try_read(reader, source, records.append)
        return records

    def read_lines(self) -> tuple[list[Segment], list[str], set[Path | str]]:
        """Read all chat and comments once: subtitle lines, a sample of the texts, the files that cannot be read."""
        subtitles: list[Segment] = []
        sample: list[str] = []

        def take(record: Message | Segment) -> None:
            if isinstance(record, Segment):
                subtitles.append(record)
            elif len(sample) < LANGUAGE_SAMPLE:
                sample.append(record.text)

        lines = self.files.iterate("chat", "comments")
        bad = {source for reader, source in lines if not self.try_read(reader, source, take)}
        return subtitles, sample, bad

    def read_profile(self) -> Profile | None:
        return next(iter(self.read_all("profile")), None)

    def read_speech(self, transcriber: Transcriber, language: Language) -> list[Segment]:
        segments: list[Segment] = []
        stems: set[str] = set()
        context = replace(self.context, transcriber=transcriber, language=language)
        for reader, source in self.files.iterate("speech"):
            path = Path(source)
            if path in self.silent:
                continue
            if path.stem in stems:
                self.counts.note(f"{path.name}: another file of that name was listened to; it was not used.")
                continue
            heard: list[Segment] = []
            if self.try_read(reader, path, heard.append, context):
                stems.add(path.stem)
                segments.extend(_move(segment, self.files.begins) for segment in heard)
        return segments

    def read_screens(self) -> tuple[list[Segment], list[Page]]:
        """Read what stands on the screens of videos: captions, and cards as pages."""
        captions: list[Segment] = []
        cards: list[Page] = []
        screen = self.context.screen
        for path in self.files.speech if screen else ():
            assert screen is not None
            try:
                if not probe_video(path).width:
                    continue
                maker = RecordMaker(path, self.context.pseudonyms, self.counts)
                seen = screen.read(path, maker.source_id, self.counts)
            except SourceError as error:
                self.counts.note(f"its screen was not read. {error}")
                continue
            self.readable += 1
            if path in self.silent:
                self.counts.note(f"{path.name}: has no sound; only its screen was read.")
            own = make_caption_segments(seen, maker)
            captions += [_move(segment, self.files.begins) for segment in own]
            cards += make_card_pages(
                seen.cards,
                source_id=self.files.id,
                url=self.url or "",
                published=self.recorded_on,
                counts=self.counts,
                begins=self.files.begins,
            )
        return captions, cards


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
    screen: ScreenReading | None = None,
    fetched: Path | None = None,
) -> Recording:
    """Read a recording. Chat and comments are read through once for counts and subtitles, and kept on disk.

    A transcript wins over audio beside it. Burnt-in captions of a video are put beside what was heard
    (`align_captions`), its cards beside the pages. A file that cannot be read is counted as dropped (`unreadable`),
    noted, and the others are read on.

    Args:
        files: What `open_recordings` found.
        transcriber: Recogniser for audio; None where there is none.
        language: Language of the recording; None tells it by its script.
        salt: Salt of the pseudonyms.
        counts: Gets records asked, kept and dropped, and notes.
        screen: How text on the screen and in pictures is read; None leaves it out.
        fetched: Folder in which pages that were fetched are kept, so that they are asked for once; None keeps none.

    Raises:
        MissingExtraError: If there is something to hear, no transcript, no recogniser, and no screen that is read.
        SourceError: If not one file could be read.
    """
    reading = _Reading(files, salt, counts, screen, fetched)
    spoken = [path for path in files.speech if path not in reading.silent]
    if spoken and not files.transcripts and transcriber is None and screen is None:
        raise MissingExtraError("faster-whisper", "asr", f"listening to {spoken[0].name}")
    for path in files.speech if screen is None else ():
        if path in reading.silent:
            counts.note(f"{path.name}: has no sound, and screens were not read; it was not used.")
    profile = reading.read_profile()
    pages: list[Page] = reading.read_all("page")
    captions, cards = reading.read_screens()
    pages += cards
    subtitles, sample, bad = reading.read_lines()
    segments: list[Segment] = reading.read_all("transcript")
    known = [page.text for page in pages] + [segment.text for segment in subtitles] + sample
    if profile is not None:
        known += [profile.name, profile.bio, *profile.categories]
    known += [caption.text for caption in captions]
    if segments:
        for path in spoken:
            counts.note(f"{path.name}: was not used, for there is a transcript.")
    elif spoken and transcriber is not None:
        segments = reading.read_speech(transcriber, language or detect_language(known) or "en")
    elif spoken:
        counts.note(f"{spoken[0].name}: was not used, for there is no recogniser (extra asr).")
    if not reading.readable:
        first = counts.notes[-1] if counts.notes else ""
        raise SourceError(
            f"not one of its files could be read. {first}".strip(), fix="see the notes for each file", where=files.name
        )
    segments = sorted(segments + subtitles, key=lambda segment: segment.start)
    if captions:
        aligned = align_captions(captions, segments, "" if (language or detect_language(known)) == "zh" else " ")
        segments = aligned.segments
        counts.note(_tell_captions(len(captions), aligned))
    known += [segment.text for segment in segments]
    return Recording(
        id=files.id,
        name=files.name,
        language=language or detect_language(known) or "en",
        profile=profile,
        segments=tuple(segments),
        pages=tuple(pages),
        files=files.leave_out(bad),
        salt=salt,
        recorded_on=reading.recorded_on,
        url=reading.url,
    )


def _tell_captions(number: int, aligned: Aligned) -> str:
    if not aligned.verbatim:
        return f"{number} captions on the screen are not what is said; they were not used as a transcript."
    return (
        f"{number} captions on the screen: {aligned.corrected} took the place of what was heard, "
        f"{aligned.added} stand where nothing was heard."
    )


def read_account(files: RecordingFiles, *, salt: bytes, counts: Counts) -> tuple[Profile | None, tuple[Page, ...]]:
    """Read a recording's profile and pages alone, anew; pages at URLs are fetched.

    Args:
        files: What `open_recordings` found.
        salt: Salt of the pseudonyms.
        counts: Gets drops and notes.
    """
    reading = _Reading(files, salt, counts)
    return reading.read_profile(), tuple(reading.read_all("page"))
