"""More of the small odd inputs beside the repository: recordings, folders and transcripts as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.errors import SourceError
from streamdial.privacy import Pseudonymizer
from streamdial.records import Segment
from streamdial.sources import ReadContext, Recording, detect_kind, open_recordings, read_recording
from streamdial.sources.reader import list_readers


@pytest.fixture
def cases(real_data: Path) -> Path:
    folder = real_data / "cases"
    if not folder.is_dir():
        pytest.skip("the folder of odd inputs is absent")
    return folder


def read(path: Path, counts: Counts) -> list[Segment]:
    records = list_readers()[detect_kind(path)].read(path, ReadContext(Pseudonymizer(bytes(32)), counts))
    return [record for record in records if isinstance(record, Segment)]


def read_folder(folder: Path, counts: Counts) -> Recording:
    (files,) = open_recordings([folder], salt=bytes(32), counts=counts)
    return read_recording(files, salt=bytes(32), counts=counts, transcriber=None, language=None)


def test_words_without_times_lie_between_their_neighbours(cases: Path, counts: Counts) -> None:
    costs, seats = read(cases / "13-whisperx-no-times" / "x.json", counts)
    (price,) = [word for word in costs.words if word.text == "46900"]
    assert (price.start, price.end) == (1.1, 2.6)
    assert seats.text == "how many seats" and seats.start < seats.end
    assert counts.dropped == {"bad_time": 1, "empty": 1}


def test_captions_that_overlap_lose_no_text(cases: Path, counts: Counts) -> None:
    segments = read(cases / "18-overlap" / "o.vtt", counts)
    assert [segment.text for segment in segments][:2] == ["how much is it", "46900"]
    assert [segment.start for segment in segments] == sorted(segment.start for segment in segments)


def test_a_transcript_without_times_is_refused_with_what_is_missing(cases: Path, counts: Counts) -> None:
    with pytest.raises(SourceError, match=r"without times.*verbose_json"):
        read(cases / "51-whisper-txt" / "t.json", counts)


def test_what_a_recogniser_looped_is_dropped_and_the_rest_kept(cases: Path, counts: Counts) -> None:
    recording = read_folder(cases / "36-loop-recording" / "rec", counts)
    dropped = {reason: counts.dropped[reason] for reason in ("repetition_loop", "stock_phrase")}
    assert sum(dropped.values()) == 61
    assert len(recording.segments) == 54


def test_every_file_that_gave_nothing_is_named(cases: Path, counts: Counts) -> None:
    folder = cases / "70-folder-of-odd-files" / "rec"
    recording = read_folder(folder, counts)
    assert recording.segments and list(recording.iterate_messages())
    for path in folder.iterdir():
        alone = Counts("alone")
        found = list(list_readers()[detect_kind(path)].read(path, ReadContext(Pseudonymizer(bytes(32)), alone)))
        assert found or any(path.name in note for note in counts.notes)
