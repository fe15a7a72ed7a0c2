"""An example stream whose pages have lost their tables: names and facts come out of titles, prose and speech."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.personas import Knowledge, extract_knowledge
from streamdial.records import KnowledgeRow, Language
from streamdial.signals import SignalSet, extract_signals
from streamdial.sources import open_recordings, read_recording
from streamdial.testing import HashingEmbedder
from tests.conftest import ROOT

STREAMS: tuple[tuple[str, str, Language], ...] = (
    ("restaurant_live", "restaurant", "en"),
    ("hotel_live_zh", "hotel", "zh"),
)


def mine(name: str, domain: str, language: Language) -> tuple[list[KnowledgeRow], SignalSet, list[KnowledgeRow]]:
    """Return what the tables say, then signals and rows without them."""
    salt = b"no tables" * 4
    (files,) = open_recordings((str(ROOT / "examples" / name),), salt=salt, counts=Counts("sources"))
    recording = read_recording(files, transcriber=None, language=language, salt=salt, counts=Counts("reading"))
    pack = load_pack(domain)
    tabled = extract_knowledge(recording.pages, [], pack, language, Counts("knowledge"))
    bare = replace(recording, pages=tuple(page.model_copy(update={"tables": ()}) for page in recording.pages))
    signals = extract_signals(bare, pack, HashingEmbedder())
    counts = Counts("knowledge")
    rows = extract_knowledge(
        bare.pages,
        signals.responses,
        pack,
        language,
        counts,
        things=signals.names,
        about=signals.about,
        messages=bare.iterate_messages(),
    )
    assert counts.asked == counts.kept + sum(counts.dropped.values())
    return [row for row in tabled if row.confidence == 1], signals, rows


@pytest.mark.parametrize(("name", "domain", "language"), STREAMS)
def test_names_and_facts_are_those_of_the_tables(name: str, domain: str, language: Language) -> None:
    tabled, signals, rows = mine(name, domain, language)
    known = Knowledge(tabled, load_pack(domain))
    assert set(known.entities) <= set(signals.names)
    assert any(counts.phase == "things" and counts.kept for counts in signals.counts)
    pairs = [
        (row.value, truth.value)
        for row in rows
        if row.number is not None and (truth := known.get(row.entity, row.slot)) is not None
    ]
    assert len(pairs) >= 8
    # The hotel's transcript has a price damaged on purpose: without a table nothing shows it.
    assert sum(said != truth for said, truth in pairs) <= 1
