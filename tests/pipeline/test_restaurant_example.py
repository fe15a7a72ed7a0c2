"""The restaurant's example stream: its built files, what is known of it, and what is mined of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.environment.opening_hours import read_opening_hours
from streamdial.models import build_embedder
from streamdial.personas import Knowledge, extract_knowledge
from streamdial.signals import SignalSet, extract_signals
from streamdial.sources import open_recordings, read_recording
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
EXAMPLE = EXAMPLES / "restaurant_live"


@pytest.fixture(scope="module")
def mined() -> tuple[SignalSet, Knowledge]:
    """The signals and the knowledge base of the stream."""
    salt = b"restaurant" * 4
    (files,) = open_recordings((str(EXAMPLE),), salt=salt, counts=Counts("sources"))
    recording = read_recording(files, transcriber=None, language="en", salt=salt, counts=Counts("reading"))
    pack = load_pack("restaurant")
    signals = extract_signals(recording, pack, build_embedder("use-multilingual"))
    rows = extract_knowledge(recording.pages, signals.responses, pack, "en", Counts("knowledge"))
    return signals, Knowledge(rows, pack)


@pytest.mark.parametrize("name", ["restaurant_live", "hotel_live_zh"])
def test_transcript_and_chat_are_those_of_the_two_tables(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    scripts = tmp_path / "scripts" / name
    scripts.mkdir(parents=True)
    for table in ("script.tsv", "chat.tsv"):
        shutil.copy(EXAMPLES / "scripts" / name / table, scripts)
    subprocess.run([sys.executable, str(EXAMPLES / "build_stream.py"), str(folder)], check=True, capture_output=True)
    for built in ("transcript.json", "chat.xml"):
        assert (folder / built).read_bytes() == (EXAMPLES / name / built).read_bytes(), built


def test_the_knowledge_base_is_that_of_the_pages(mined: tuple[SignalSet, Knowledge]) -> None:
    known = mined[1]
    told = {
        entity: [row.value for slot in ("price", "people", "availability") if (row := known.get(entity, slot))]
        for entity in known.entities
    }
    assert told == {
        "Lantern Hotpot": ["96", "4", "available"],
        "Ember Grill": ["58", "2", "few_left"],
        "Tidewater Platter": ["168", "6", "sold_out"],
        "Peppercorn Table": ["138", "6", "available"],
        "Jade Garden": ["198", "8", "available"],
        "Olive Courtyard": ["52", "2", "available"],
    }
    assert not known.list_disputes()
    assert not [row for row in known.rows if known.pack.slots[row.slot].booking]


def test_the_house_is_closed_on_mondays(mined: tuple[SignalSet, Knowledge]) -> None:
    row = mined[1].get("", "opening_hours")
    hours = read_opening_hours(row.text) if row else None
    assert hours is not None
    assert hours.is_open("Monday", "7 pm") is False
    assert hours.is_open("Tuesday", "8 pm") is True
    assert hours.is_open("Tuesday", "10:30 pm") is False


def test_questions_that_no_slot_holds_are_answered(mined: tuple[SignalSet, Knowledge]) -> None:
    signals = mined[0]
    responses = {response.id: response.text for response in signals.responses}
    answers = {pair.question_id: responses[pair.response_id] for pair in signals.pairs}
    slotless = {q.text: answers[q.id] for q in signals.questions if q.act == "ask" and not q.asks and q.id in answers}
    assert len(slotless) >= 25
    assert "keep it cold" in slotless["can we bring a birthday cake"]
    assert "side door" in slotless["can we get in with a stroller"]
    assert "peanuts in two dishes" in slotless["my son is allergic to peanuts, is the peppercorn table safe for him?"]


def test_at_least_twenty_viewers_say_two_things(mined: tuple[SignalSet, Knowledge]) -> None:
    askers = [question.asker for question in mined[0].questions]
    assert sum(askers.count(asker) >= 2 for asker in set(askers)) >= 22
