"""The screen is read as well as docs/screen.md says, on a short video of another seed."""

from pathlib import Path

import pytest

from benchmarks.screen import measure_video, report
from benchmarks.screen_videos import render_video, write_script
from streamdial.models import build_picture_reader

pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cards_and_captions_of_a_rendered_video_are_read(language: str, tmp_path: Path) -> None:
    script = write_script(language, "small", seed=23, seconds=22.0)  # type: ignore[arg-type]
    path = render_video(script, tmp_path / "room.mp4")
    figures = report([measure_video(script, path, build_picture_reader())])
    assert figures["card_character_error"] <= 0.02
    assert figures["caption_character_error"] <= 0.03
    assert figures["caption_time_error_s"] <= 0.5
    assert figures["bullets_taken_for_cards"] == 0
    assert figures["k_precision"] == 1.0
    assert figures["k_recall"] >= 0.95
