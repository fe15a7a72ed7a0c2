"""SSI as tasks: one account's recording in, its signals and its K in the store."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import task

from streamdial.counts import Counts
from streamdial.logs import log_about
from streamdial.models import Transcriber, build_transcriber
from streamdial.personas import extract_knowledge, word_row
from streamdial.records import KnowledgeRow
from streamdial.runs import RunSettings
from streamdial.signals import SignalSet, collect_signals, prepare_recording, settle_doubts, settle_strategies
from streamdial.sources import Recording, RecordingFiles, open_recordings, read_recording
from streamdial.sources.page import is_url
from streamdial.tasks._caching import TASK_OPTIONS, compute_cache_key, is_worth_retrying
from streamdial.tasks._resources import Run, open_run

AT_ONCE = 2
"""Recordings read side by side: recognising speech takes all cores of a laptop anyway."""
_places: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}

logger = logging.getLogger("streamdial.progress")


def _get_places() -> asyncio.Semaphore:
    """Return the places of this event loop; a semaphore belongs to the loop it was first waited on."""
    loop = asyncio.get_running_loop()
    for other in [other for other in _places if other.is_closed()]:
        del _places[other]
    return _places.setdefault(loop, asyncio.Semaphore(AT_ONCE))


def list_recordings(settings: RunSettings) -> list[RecordingFiles]:
    """Return the recordings of the run's sources, told apart by content, each once."""
    run = open_run(settings)
    counts = Counts("sources")
    found = open_recordings(
        settings.sources, salt=run.workspace.salt, counts=counts, allow_private=settings.allow_private
    )
    for sentence in counts.notes:
        logger.warning("%s", sentence)
    return list({files.id: files for files in found}.values())


@task(
    name="ingest account",
    task_run_name="ingest-{recording_id}",
    tags=["streamdial-account"],
    version="2",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
async def ingest_account(settings: RunSettings, recording_id: str) -> dict[str, Any]:
    """Read one recording, extract its signals and its rows of K, and put both into the store.

    A strong model settles what lexicon and prototypes leave in doubt.

    Returns:
        recording, name, language, account, whether it was kept, and the reports of all steps.
    """
    run = open_run(settings)
    with log_about(account=recording_id):
        return await _ingest(run, recording_id)


async def _ingest(run: Run, recording_id: str) -> dict[str, Any]:
    async with _get_places():
        recording, reading = await asyncio.to_thread(_read, run, recording_id)
        prepared = await asyncio.to_thread(prepare_recording, recording, run.pack, market=run.market)
        if run.settles_doubts:
            prepared = await settle_doubts(recording, prepared, run.model)
        signals = await asyncio.to_thread(collect_signals, recording, prepared, run.embedder)
        if run.settles_doubts:
            signals = await settle_strategies(signals, run.pack, run.model)
        return await asyncio.to_thread(_keep, run, recording, signals, reading)


def _read(run: Run, recording_id: str) -> tuple[Recording, Counts]:
    settings = run.settings
    files = next(files for files in list_recordings(settings) if files.id == recording_id)
    reading = Counts("reading")
    logger.info("SSI: reading %s", files.name)
    recording = read_recording(
        files,
        transcriber=_build_transcriber(settings, files),
        language=settings.source_language,
        salt=run.workspace.salt,
        counts=reading,
    )
    reading.notes[:] = [_hide_folders(note, settings) for note in reading.notes]
    logger.info(
        "SSI: %s has %d stretches of speech, %d pages; extracting signals",
        files.name,
        len(recording.segments),
        len(recording.pages),
    )
    return recording, reading


def _keep(run: Run, recording: Recording, signals: SignalSet, reading: Counts) -> dict[str, Any]:
    """Put the signals and the rows of K into the store, and report."""
    knowing = Counts("knowledge")
    rows = (
        extract_knowledge(
            recording.pages,
            signals.responses,
            run.pack,
            recording.language,
            knowing,
            told_on=recording.recorded_on,
            read_on=get_reading_date(recording.files),
        )
        if signals.decision.keep
        else []
    )
    keep_records(run, list(signals), "signals", account=signals.account.account if signals.account else "")
    keep_records(run, rows, "knowledge", account=signals.account.account if signals.account else "")
    return {
        "recording": recording.id,
        "name": recording.name,
        "language": recording.language,
        "kept": signals.decision.keep,
        "account": signals.account.account if signals.account else None,
        "counts": [counts.to_dict() for counts in (reading, *signals.counts, knowing)],
    }


def get_reading_date(files: RecordingFiles) -> str | None:
    """Return today (UTC) for pages that are fetched; files of a folder may be of any age."""
    return datetime.now(UTC).date().isoformat() if any(map(is_url, files.pages)) else None


def _hide_folders(note: str, settings: RunSettings) -> str:
    """Return a note with paths as they stand inside the sources: notes are published with the data card."""
    for source in settings.sources:
        if "://" not in source:
            note = note.replace(f"{Path(source).parent}/", "")
    return note


def _build_transcriber(settings: RunSettings, files: RecordingFiles) -> Transcriber | None:
    if not files.speech or files.transcripts:
        return None
    told = [0]

    def report(done: float, whole: float) -> None:
        if done - told[0] >= 30:
            told[0] = int(done)
            logger.info("SSI: transcribing %s, %d of %d s", files.name, done, whole)

    return build_transcriber(settings.transcriber, settings.speech_model, progress=report)


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
