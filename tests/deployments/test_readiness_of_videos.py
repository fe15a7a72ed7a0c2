from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.deployments import _readiness
from streamdial.pipeline import RunSettings
from tests.screen.drawn_text import draw_frame, write_video


@pytest.mark.parametrize("sound", ["", "voice.m4a", "voice.avi"])
def test_a_recogniser_is_needed_for_what_can_be_heard(sound: str, tmp_path: Path) -> None:
    write_video([draw_frame([])] * 5, tmp_path / "room.mp4")
    if sound:
        write_video([], tmp_path / sound, sound=True)
    settings = RunSettings(domain="hotel", out="run", sources={"paths": [str(tmp_path)]})
    names = [name for name, _ in _readiness.run_checks(settings, thorough=False)]
    assert ("speech" in names) is bool(sound)
