"""Verticals nobody tuned for: their drafted and corrected packs through `run` and `tooluse`, and nothing of hotels."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

import streamdial as sd
from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError
from streamdial.pipeline import RunSettings
from streamdial.pipeline.run import Run
from streamdial.signals.screening import screen_recording
from tests.conftest import ROOT

VERTICALS = {"cameras": "cameras_live", "skincare": "skincare_live_zh"}
HOTEL = re.compile(
    r"\b(?:hotels?|rooms? (?:for|type|rate)|check-?in|guests?|nights?)\b|酒店|房间|房型|入住|退房|间夜", re.IGNORECASE
)


@pytest.mark.parametrize("file", ["_words.yaml", "_tools.yaml"])
def test_the_templates_of_tool_use_carry_no_word_of_hotels(file: str) -> None:
    text = resources.files("streamdial.tooluse").joinpath(file).read_text(encoding="utf-8")
    assert HOTEL.findall(text) == []


@pytest.mark.parametrize("name", VERTICALS)
def test_dialogues_in_a_language_the_pack_does_not_speak_are_refused(name: str, tmp_path: Path) -> None:
    pack = str(ROOT / "examples" / "packs" / f"{name}.yaml")
    speaks = load_pack(pack).languages[0]
    other = "en" if speaks == "zh" else "zh"
    settings = RunSettings.model_validate(
        {"domain": pack, "out": str(tmp_path / "run"), "sources": {"paths": ["x"]}, "dialogues": {"language": other}}
    )
    with pytest.raises(ConfigurationError, match=rf"--language {other}: the pack {name} speaks {speaks}"):
        Run(settings)


def test_a_recording_in_a_language_the_pack_does_not_speak_is_left_out_with_the_reason() -> None:
    pack = load_pack(str(ROOT / "examples" / "packs" / "cameras.yaml"))
    decision = screen_recording(pack, language="zh", profile=None, segments=(), pages=())
    assert (decision.keep, decision.reason) == (False, "pack_language")
    assert "it is in zh, and the pack cameras speaks en" in decision.sentence


@pytest.mark.slow
@pytest.mark.parametrize("name", VERTICALS)
def test_a_drafted_pack_goes_through_run_and_the_run_needs_no_pack_any_more(name: str, tmp_path: Path) -> None:
    pack = tmp_path / f"{name}.yaml"
    pack.write_bytes((ROOT / "examples" / "packs" / f"{name}.draft.yaml").read_bytes())
    out = tmp_path / "run"
    with sd.Pipeline(domain=str(pack), sources=[str(ROOT / "examples" / VERTICALS[name])], out=out, dialogues=4) as run:
        run.run()
    pack.unlink()
    loaded = sd.open_run(out)
    assert loaded.pack.id == name
    assert len(loaded.dataset.dialogues) >= 3
    said = "\n".join(turn.utterance for dialogue in loaded.dialogues for turn in dialogue.turns)
    assert HOTEL.findall(said) == []
    assert loaded.filter(user_threshold=0.8).export(tmp_path / "out", formats=["sharegpt"])
