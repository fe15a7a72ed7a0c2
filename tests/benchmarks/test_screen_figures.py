"""The screen is read as well as docs/screen.md says, on a short video of another seed."""

from pathlib import Path

import pytest

from benchmarks.screen import compare_cards, measure_video, report, strip_text
from benchmarks.screen_videos import render_video, write_script
from streamdial.models import build_picture_reader
from streamdial.screen import ScreenText, ShownCard
from streamdial.screen.layout import lay_out
from streamdial.screen.lines import Line


def test_a_line_of_a_card_that_was_missed_counts_once() -> None:
    script = write_script("en", "small", seed=23, seconds=22.0)
    card = script.cards[0]
    texts = [cell for line in card.lines for cell in line.cells]
    lines = [Line(text, 1.0, (0.5, 0.1, 0.9, 0.2), card.start, card.end) for text in texts]
    missed = lines[:2] + lines[3:]
    read = ShownCard(tuple(missed), lay_out(missed), card.start, card.end, (0.5, 0.1, 0.9, 0.2))
    errors, characters, bullets = compare_cards(script, ScreenText((), (read,)))
    assert (errors, characters, bullets) == (len(texts[2]), sum(len(strip_text(text)) for text in texts), 0)


@pytest.mark.models
@pytest.mark.slow
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
