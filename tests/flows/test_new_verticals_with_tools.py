"""Verticals nobody tuned for go through the flow of dialogues with tools."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streamdial.flows.tool_use import tool_use
from streamdial.pipeline import ToolUseSettings
from tests.conftest import ROOT
from tests.pipeline.test_new_verticals import HOTEL, VERTICALS

pytestmark = [pytest.mark.slow, pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


@pytest.mark.parametrize("name", VERTICALS)
def test_a_corrected_pack_goes_through_tool_use_without_a_word_of_hotels(name: str, tmp_path: Path) -> None:
    settings = ToolUseSettings.model_validate(
        {
            "domain": str(ROOT / "examples" / "packs" / f"{name}.yaml"),
            "out": str(tmp_path / "run"),
            "sources": {"paths": [str(ROOT / "examples" / VERTICALS[name])]},
            "dialogues": {"count": 3},
        }
    )
    asyncio.run(tool_use(settings))
    shards = sorted((tmp_path / "run" / "tool_dialogues").glob("*.jsonl"))
    text = "\n".join(shard.read_text(encoding="utf-8") for shard in shards)
    assert text
    assert HOTEL.findall(text) == []
