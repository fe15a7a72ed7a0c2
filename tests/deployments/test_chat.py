from __future__ import annotations

import builtins
from pathlib import Path

import pytest

from streamdial.deployments._chatting import hold_dialogue
from streamdial.errors import ConfigurationError


async def test_a_side_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'host' is no side"):
        await hold_dialogue(tmp_path, side="host", model=None, seed=1, domain=None)


async def test_a_folder_that_is_no_runs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtins, "input", lambda _: "")
    with pytest.raises(ConfigurationError, match="not the folder of a run"):
        await hold_dialogue(tmp_path, side="user", model=None, seed=1, domain=None)
