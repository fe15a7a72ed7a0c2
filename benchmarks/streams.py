"""The two example streams as signals and K, read without a recogniser: the English one is taken from its script."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from streamdial.counts import Counts
from streamdial.domains import DomainPack, load_pack, load_seeds
from streamdial.models import Embedder
from streamdial.personas import extract_knowledge
from streamdial.records import (
    AgentResponse,
    KnowledgeRow,
    Language,
    Page,
    SeedDialogue,
    Segment,
)
from streamdial.signals import SignalSet, extract_signals
from streamdial.sources import open_recordings, read_recording

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
STREAMS: tuple[tuple[str, str, Language], ...] = (
    ("automotive_live", "automotive", "en"),
    ("hotel_live_zh", "hotel", "zh"),
)
WORD_SECONDS = 0.38
"""Seconds a word of the script takes to say; the clip of speech is as long."""


@dataclass(frozen=True)
class Stream:
    """What is known of one example stream."""

    name: str
    pack: DomainPack
    language: Language
    signals: SignalSet
    rows: list[KnowledgeRow]
    pages: tuple[Page, ...]
    seeds: tuple[SeedDialogue, ...]

    @property
    def responses(self) -> dict[str, AgentResponse]:
        """The host's answers by id."""
        return {response.id: response for response in self.signals.responses}

    def list_ids(self) -> set[str]:
        """Return the ids that can be evidence: of signals, rows of K, pages and turns of seed dialogues."""
        turns = {f"{seed.id}#{turn.turn_id}" for seed in self.seeds for turn in seed.turns}
        return {record.id for part in (self.signals, self.rows, self.pages) for record in part} | turns


class ScriptReader:
    """A recogniser that hears a stream's script word for word."""

    model_id = "script"

    def transcribe(self, path: Path, *, language: Language | None, source_id: str) -> list[Segment]:
        """Return the lines of the script beside the speech, one after another at the usual pace."""
        start = 0.0
        segments = []
        with (EXAMPLES / "scripts" / path.parent.name / "script.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                end = start + len(row["text"].split()) * WORD_SECONDS
                segments.append(Segment(id=row["id"], source_id=source_id, start=start, end=end, text=row["text"]))
                start = end + float(row["pause"] or 0.3)
        return segments


def read_streams(embedder: Embedder) -> list[Stream]:
    """Return both example streams; no speech is recognised, so that what is measured is what comes after it."""
    streams = []
    for name, domain, language in STREAMS:
        salt = b"benchmark" * 4
        (files,) = open_recordings((str(EXAMPLES / name),), salt=salt, counts=Counts("sources"))
        transcriber = None if files.transcripts else ScriptReader()
        recording = read_recording(
            files, transcriber=transcriber, language=language, salt=salt, counts=Counts("reading")
        )
        pack = load_pack(domain)
        signals = extract_signals(recording, pack, embedder)
        rows = extract_knowledge(
            recording.pages, signals.responses, pack, language, Counts("knowledge"), things=signals.names
        )
        streams.append(
            Stream(name, pack, language, signals, rows, recording.pages, load_seeds(load_pack(domain), language))
        )
    return streams
