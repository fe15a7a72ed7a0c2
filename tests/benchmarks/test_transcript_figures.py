"""Floors under what the transcript guard drops."""

from __future__ import annotations

from pathlib import Path

from benchmarks.real_transcripts import measure_loops


def test_marked_segments_are_dropped_and_speech_is_not(tmp_path: Path) -> None:
    figures = measure_loops(tmp_path / "nowhere")
    assert figures["marked_segments"] >= 60 and figures["real_segments"] == 0
    assert figures["loop_segments_dropped"] == 1.0
    assert figures["loop_false_drops"] <= 0.01


def test_real_text_is_kept(shared_data: Path) -> None:
    figures = measure_loops(shared_data)
    assert figures["real_segments"] > 7000
    assert figures["loop_false_drops"] <= 0.01
