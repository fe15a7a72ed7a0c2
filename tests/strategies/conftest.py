"""A recording as SSI leaves it, for strategies that mine it further; made once."""

from __future__ import annotations

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.signals import collect_signals, prepare_recording
from streamdial.sources import open_recordings, read_recording
from streamdial.strategies import MinedRecording
from streamdial.testing import HashingEmbedder
from tests.conftest import ROOT

SALT = bytes(32)


def build_mined(folder: str, domain: str) -> MinedRecording:
    embedder, pack = HashingEmbedder(), load_pack(domain)
    (files,) = open_recordings([str(ROOT / "examples" / folder)], salt=SALT, counts=Counts("sources"))
    recording = read_recording(files, transcriber=None, language=None, salt=SALT, counts=Counts("reading"))
    prepared = prepare_recording(recording, pack)
    return MinedRecording(
        id=recording.id,
        language=recording.language,
        pack=pack,
        signals=collect_signals(recording, prepared, embedder),
        sentences=prepared.sentences,
        embedder=embedder,
        iterate_messages=recording.iterate_messages,
    )


@pytest.fixture(scope="session")
def mined_recordings() -> dict[str, MinedRecording]:
    return {"en": build_mined("restaurant_live", "restaurant"), "zh": build_mined("hotel_live_zh", "hotel")}
