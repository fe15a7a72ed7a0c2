"""SSI as tasks: one account's recording in, its signals and its K in the store."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from prefect import task

from streamdial.counts import Counts
from streamdial.models import Transcriber, build_transcriber
from streamdial.personas import extract_knowledge
from streamdial.runs import RunSettings
from streamdial.signals import extract_signals
from streamdial.sources import RecordingFiles, open_recordings, read_recording
from tasks._caching import TASK_OPTIONS, compute_cache_key, is_worth_retrying
from tasks._resources import Run, open_run

logger = logging.getLogger("streamdial.progress")


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
    version="1",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
def ingest_account(settings: RunSettings, recording_id: str) -> dict[str, Any]:
    """Read one recording, extract its signals and its rows of K, and put both into the store.

    Returns:
        recording, name, language, account, whether it was kept, and the reports of all steps.
    """
    run = open_run(settings)
    files = next(files for files in list_recordings(settings) if files.id == recording_id)
    reading = Counts("reading")
    logger.info("SSI: reading %s", files.name)
    recording = read_recording(
        files,
        transcriber=_build_transcriber(settings, files),
        language=settings.language,
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
    signals = extract_signals(recording, run.pack, run.embedder)
    knowing = Counts("knowledge")
    rows = (
        extract_knowledge(recording.pages, signals.responses, run.pack, recording.language, knowing)
        if signals.decision.keep
        else []
    )
    _store(run, list(signals), "signals", account=signals.account.account if signals.account else "")
    _store(run, rows, "knowledge", account=signals.account.account if signals.account else "")
    return {
        "recording": recording.id,
        "name": recording.name,
        "language": recording.language,
        "kept": signals.decision.keep,
        "account": signals.account.account if signals.account else None,
        "counts": [counts.to_dict() for counts in (reading, *signals.counts, knowing)],
    }


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


def _store(run: Run, records: list[Any], collection: str, *, account: str) -> None:
    """Put records with the vectors of their texts; the account is added to those that do not name it."""
    if not records:
        return
    texts = [getattr(record, "text", None) or getattr(record, "question", None) or record.name for record in records]
    vectors = run.embedder.embed(texts)
    run.store.put(
        collection,
        records,
        {"text": vectors},
        lambda record: {} if hasattr(record, "account") else {"account_id": account},
    )
