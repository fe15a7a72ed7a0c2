from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.deployments._readiness import list_problems
from streamdial.pipeline import ToolUseSettings


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("user_rules", "rates: {thanks: 3}", "cannot be used"),
        ("simulated_tools", "name: x", "given.yaml cannot be used"),
        ("simulated_tools", "[{name: get_room, description: x, returns: [{name: a, type: text}]}]", "of another tool"),
    ],
)
def test_files_of_tools_and_users_are_looked_at_before_a_run_starts(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    given, table = tmp_path / "given.yaml", tmp_path / "rooms.csv"
    given.write_text(text, encoding="utf-8")
    table.touch()
    values = {"domain": "hotel", "table": str(table), "out": str(tmp_path / "run"), "model": "ollama/x"}
    settings = ToolUseSettings.model_validate({**values, name: str(given), "realisation": "direct"})
    assert any(told in str(problem) for problem in list_problems(settings))
