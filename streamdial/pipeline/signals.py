"""The steps of SSI: one recording in, its signals and its rows of knowledge in the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.files import write_bytes
from streamdial.logs import log_about
from streamdial.models import Transcriber, build_picture_reader, build_transcriber, can_read_pictures
from streamdial.personas import ProseReader, extract_knowledge, propose_rows, word_row
from streamdial.pipeline.candidates import bring_candidates
from streamdial.pipeline.mining import mine_recording
from streamdial.pipeline.results import IngestedRecording
from streamdial.pipeline.run import Run
from streamdial.pipeline.workspace import name_picture
from streamdial.records import KnowledgeRow, Page
from streamdial.screen import ScreenReading, may_have_sound
from streamdial.signals import (
    SignalSet,
    collect_signals,
    name_cards,
    prepare_recording,
    settle_kinds,
    settle_strategies,
    settle_uncertain_spans,
)
from streamdial.signals.message_kinds import MessageKind
from streamdial.sources import Recording, RecordingFiles, open_recordings, read_recording
from streamdial.sources.fetched_pages import find_reading_date
from streamdial.sources.page import is_url
from streamdial.sources.speech import VIDEO_ENDINGS
from streamdial.text import hide_user_info

AT_ONCE = 2
"""Recordings read at the same time: recognising speech takes all cores of a laptop anyway."""
_places: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}

logger = logging.getLogger("streamdial.progress")


def _get_places() -> asyncio.Semaphore:
    """Return the places of this event loop; a semaphore belongs to the loop it was first waited on."""
    loop = asyncio.get_running_loop()
    for other in [other for other in _places if other.is_closed()]:
        del _places[other]
    return _places.setdefault(loop, asyncio.Semaphore(AT_ONCE))


def list_recordings(run: Run) -> list[RecordingFiles]:
    """Return the recordings of the run's sources, told apart by content, each once.

    Raises:
        ConfigurationError: If a table of what given agents sell would be read by nobody, for there are none, or one URL
            is given for several recordings.
    """
    sources = run.settings.sources
    if sources.knowledge and not sources.profiles:
        raise ConfigurationError(
            "--knowledge is what the agents of --profiles sell, and there are no --profiles.",
            fix="give --profiles too, or put what the sources' accounts sell beside them, as a page with a table",
        )
    recordings = _open_sources(run)
    if sources.url is None:
        return recordings
    if len(recordings) > 1:
        raise ConfigurationError(
            f"--url is the page of one recording, and the sources are {len(recordings)}.",
            fix="run each of them by itself, or put a yt-dlp .info.json beside each",
        )
    return [replace(files, url=hide_user_info(sources.url)) for files in recordings]


def _open_sources(run: Run) -> list[RecordingFiles]:
    """Return the recordings of the run's sources; they are looked through once, for each is told by all its content."""
    sources = run.settings.sources
    listed, brought = sources.list_paths(), tuple(bring_candidates(run))
    key = ("recordings", listed, brought)
    if key not in run.shared:
        counts = Counts("sources")
        # Loose files and URLs together are one recording, but each candidate is one of its own.
        together = [*([listed] if listed else []), *((source,) for source in brought)]
        private, salt = sources.allow_private, run.workspace.salt
        found = [
            files
            for paths in together
            for files in open_recordings(paths, salt=salt, counts=counts, allow_private=private)
        ]
        for sentence in counts.notes:
            logger.warning("%s", sentence)
        run.shared[key] = list({files.id: files for files in found}.values())
    known: list[RecordingFiles] = run.shared[key]
    return known


async def ingest_recording(run: Run, recording_id: str) -> IngestedRecording:
    """Read one recording, extract its signals and its rows of knowledge, and put both into the store.

    A strong model settles what lexicon and prototypes leave uncertain.
    """
    with log_about(account=recording_id):
        return await _ingest(run, recording_id)


async def _ingest(run: Run, recording_id: str) -> IngestedRecording:
    sources = run.settings.sources
    async with _get_places():
        recording, reading = await asyncio.to_thread(_read, run, recording_id)
        prepared = await asyncio.to_thread(
            prepare_recording,
            recording,
            run.pack,
            market=run.market,
            embedder=run.embedder,
            screen=run.settings.sources.screen,
        )
        if not prepared.decision.keep or prepared.decision.reason == "screen_warn":
            logger.warning("SSI: %s: %s", recording.name, prepared.screening.notes[-1])
        logger.info("SSI: %s: telling questions, answers and facts", recording.name)
        if run.settles_uncertain:
            prepared = await settle_uncertain_spans(recording, prepared, run.model)
        kinds: dict[str, MessageKind] | None = None
        labelled: list[Counts] = []
        if run.settings.sources.signals == "model":
            # As many calls as there are unsure lines: on request alone.
            kinds, told = await settle_kinds(recording, prepared, run.embedder, run.model)
            labelled.append(told)
        signals = await asyncio.to_thread(
            collect_signals, recording, prepared, run.embedder, kinds=kinds, account=sources.account
        )
        signals.counts.extend(labelled)
        if run.settles_uncertain:
            signals = await settle_strategies(signals, run.pack, run.model)
        signals = await asyncio.to_thread(mine_recording, run, recording, prepared, signals)
        proposed, proposing = await _propose(run, recording, signals)
        return await asyncio.to_thread(_keep, run, recording, signals, [reading, *proposing], proposed)


async def _propose(run: Run, recording: Recording, signals: SignalSet) -> tuple[list[KnowledgeRow], list[Counts]]:
    """Let the model look for facts in prose where it was asked to by name: it reads every page and every answer."""
    if run.settings.sources.signals != "model" or not signals.decision.keep:
        return [], []
    counts = Counts("knowledge by model")
    rows = await propose_rows(
        recording.pages,
        signals.responses,
        ProseReader(run.pack, recording.language, signals.names),
        run.model,
        counts,
        told_on=recording.recorded_on,
        read_on=get_reading_date(run, recording.files),
    )
    return rows, [counts]


def _read(run: Run, recording_id: str) -> tuple[Recording, Counts]:
    files = next(files for files in list_recordings(run) if files.id == recording_id)
    reading = Counts("reading")
    logger.info("SSI: reading %s", files.name)
    recording = read_recording(
        files,
        transcriber=_build_transcriber(run, files),
        language=run.settings.sources.source_language,
        salt=run.workspace.salt,
        counts=reading,
        screen=_build_screen_reading(run, files),
        fetched=run.workspace.pages,
    )
    recording = replace(recording, pages=tuple(name_cards(recording.pages, run.pack, recording.language)))
    reading.notes[:] = [_hide_folders(note, run.settings.sources.list_paths()) for note in reading.notes]
    logger.info(
        "SSI: %s has %d stretches of speech, %d pages; extracting signals",
        files.name,
        len(recording.segments),
        len(recording.pages),
    )
    return recording, reading


def _keep(
    run: Run, recording: Recording, signals: SignalSet, reports: list[Counts], proposed: list[KnowledgeRow]
) -> IngestedRecording:
    """Put the signals and the rows of knowledge into the store, and report."""
    knowing = Counts("knowledge")
    rows = (
        extract_knowledge(
            recording.pages,
            signals.responses,
            run.pack,
            recording.language,
            knowing,
            told_on=recording.recorded_on,
            read_on=get_reading_date(run, recording.files),
            things=signals.names,
            about=signals.about,
            messages=recording.iterate_messages(),
            testimonies={line.message_id for line in signals.testimonies},
            proposed=proposed,
        )
        if signals.decision.keep
        else []
    )
    _keep_pictures(run, recording.pages, rows)
    keep_records(run, list(signals), "signals", account=signals.account.account if signals.account else "")
    keep_records(run, rows, "knowledge", account=signals.account.account if signals.account else "")
    return IngestedRecording(
        recording=recording.id,
        name=recording.name,
        language=recording.language,
        kept=signals.decision.keep,
        account=signals.account.account if signals.account else None,
        counts=[reports[0], *signals.counts, *reports[1:], knowing],
    )


def get_reading_date(run: Run, files: RecordingFiles) -> str | None:
    """Return the day (UTC) on which pages were fetched; files of a folder may be of any age."""
    return find_reading_date(run.workspace.pages, filter(is_url, files.pages))


def _hide_folders(note: str, sources: Iterable[str]) -> str:
    """Return a note with paths as they stand inside the sources: notes are published with the data card."""
    for source in sources:
        if "://" not in source:
            note = note.replace(f"{Path(source).parent}/", "")
    return note


def _build_transcriber(run: Run, files: RecordingFiles) -> Transcriber | None:
    settings = run.settings.sources
    if files.transcripts or not any(map(may_have_sound, files.speech)):
        return None
    told = [0]

    def report(done: float, whole: float) -> None:
        if done - told[0] >= 30:
            told[0] = int(done)
            logger.info("SSI: transcribing %s, %d of %d s", files.name, done, whole)

    return build_transcriber(
        settings.transcriber,
        settings.speech_model,
        api_base=settings.speech_api_base,
        diarize=settings.diarize,
        speakers=settings.speakers,
        progress=report,
        parts=run.workspace.speech,
    )


def _build_screen_reading(run: Run, files: RecordingFiles) -> ScreenReading | None:
    """Return how the screen is read, where there is anything to look at and the extra is installed."""
    mode = run.settings.sources.screen_text
    looks = any(Path(source).suffix.lower() in VIDEO_ENDINGS for source in files.speech) or "picture" in files.by_kind
    if mode == "off" or not looks:
        return None
    if not can_read_pictures():
        logger.warning("SSI: text on the screen of %s is not read: pip install 'streamdial[screen]'", files.name)
        return None

    def report(done: float, whole: float) -> None:
        logger.info("SSI: reading the screen of %s, %d of %d s", files.name, done, whole)

    return ScreenReading(build_picture_reader(), mode, run.workspace.screens, report)


def _keep_pictures(run: Run, pages: Iterable[Page], rows: Iterable[KnowledgeRow]) -> None:
    """Write the pictures of the cards that knowledge rests on, for the report."""
    used = {name for row in rows for name in row.provenance.derived_from}
    for page in pages:
        if page.shown is not None and page.shown.crop and page.id in used:
            path = write_bytes(run.workspace.root / name_picture(page.id), page.shown.crop)
            run.files.bring(path)


def keep_records(run: Run, records: list[Any], collection: str, *, account: str) -> None:
    """Put records with the vectors of their texts; the account is added to those that do not name it."""
    if not records:
        return
    texts = [
        word_row(record, run.pack)
        if isinstance(record, KnowledgeRow)
        else getattr(record, "text", None) or getattr(record, "question", None) or record.name
        for record in records
    ]
    vectors = run.embedder.embed(texts)
    run.store.put(
        collection,
        records,
        {"text": vectors},
        lambda record: {} if hasattr(record, "account") else {"account_id": account},
    )
