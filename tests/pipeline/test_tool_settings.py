"""Settings of the second generator: what they refuse, and what they need on which machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError
from streamdial.files import write_json
from streamdial.pipeline import ToolUseSettings, Workspace, collect_parts, load_generation_rules
from streamdial.pipeline.generation_rules import load_external
from streamdial.policies import load_human_rules

WEATHER = """
- name: get_weather
  description: The weather on a day.
  returns: [{name: sky, type: text}]
"""
PACK = load_pack("hotel")


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    path = tmp_path / "rooms.csv"
    path.write_text("room,price\nLoft,$99\n", encoding="utf-8")
    return path


def build(tmp_path: Path, **more: object) -> ToolUseSettings:
    values = {"domain": "hotel", "table": str(tmp_path / "rooms.csv"), "out": str(tmp_path / "run")}
    return ToolUseSettings.model_validate({**values, **more})


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_that_is_not_there_is_named_by_its_option(tmp_path: Path, rooms: Path) -> None:
    settings = build(tmp_path, simulated_tools=str(tmp_path / "none.yaml"))
    with pytest.raises(ConfigurationError, match="--simulated-tools: there is no file"):
        collect_parts(settings)


def test_another_machine_needs_no_file_that_was_read_at_the_start(tmp_path: Path, rooms: Path) -> None:
    given = {"storage": (tmp_path / "bucket").as_uri(), "user_rules": write(tmp_path / "rules.yaml", "patience: 3")}
    begun = Workspace.open(build(tmp_path, **given))
    rooms.unlink()
    (tmp_path / "rules.yaml").unlink()
    elsewhere = build(tmp_path, **given, out=str(tmp_path / "elsewhere"))
    for settings in (elsewhere, elsewhere, build(tmp_path, **given)):
        assert Workspace.open(settings).instance == begun.instance
    with pytest.raises(ConfigurationError, match="--table: there is no file"):
        Workspace.open(build(tmp_path, out=str(tmp_path / "new")))
    assert not (tmp_path / "new").exists()


def test_a_base_of_the_same_generator_is_refused(tmp_path: Path, rooms: Path) -> None:
    base = Workspace.open(build(tmp_path))
    settings = build(tmp_path, table=None, base=str(base.root), out=str(tmp_path / "next"))
    with pytest.raises(ConfigurationError, match="was made by streamdial tooluse"):
        collect_parts(settings)
    known = {"instance": "i", "fingerprint": "f", "parts": {"domain": "hotel"}}
    write_json(base.root / "run.json", known)
    held = collect_parts(settings)
    assert held["base"] == "i/f"
    (base.root / "run.json").unlink()
    assert collect_parts(settings, held) == held


def test_simulated_tools_need_an_agent_that_decides(tmp_path: Path, rooms: Path) -> None:
    given = write(tmp_path / "tools.yaml", WEATHER)
    with pytest.raises(ValidationError, match="a planned agent never calls them"):
        build(tmp_path, simulated_tools=given, realisation="planned")
    settings = build(tmp_path, simulated_tools=given)
    with pytest.raises(ConfigurationError, match="never call them"):
        load_generation_rules(settings, PACK, "planned")
    manners = load_generation_rules(settings, PACK, "direct")
    assert load_generation_rules(settings, PACK, "guided") == manners
    assert [tool.name for tool in manners.simulated] == ["get_weather"]
    assert manners.rules == load_human_rules()
    assert type(manners).model_validate_json(manners.model_dump_json()) == manners


def test_tools_of_ones_own_need_an_agent_that_decides(tmp_path: Path, rooms: Path) -> None:
    given = write(tmp_path / "tools.py", 'def get_sky(day: str) -> str:\n    "The sky."\n    return "clear"\n')
    with pytest.raises(ValidationError, match="a planned agent never calls them"):
        build(tmp_path, external_tools=given, realisation="planned")
    settings = build(tmp_path, external_tools=given)
    with pytest.raises(ConfigurationError, match="--external-tools: agents are planned"):
        load_generation_rules(settings, PACK, "planned")
    rules = load_generation_rules(settings, PACK, "direct")
    assert [tool.name for tool in load_external(settings, PACK, rules)] == ["get_sky"]
    plain = collect_parts(build(tmp_path))
    assert "external_tools" not in plain and "tools_url" not in plain, "older runs keep their fingerprint"
    assert collect_parts(settings)["external_tools"] != "null"


def test_files_that_cannot_be_used_are_refused_before_anything_is_made(tmp_path: Path, rooms: Path) -> None:
    rules = write(tmp_path / "rules.yaml", "rates: {thanks: 3}")
    with pytest.raises(ConfigurationError, match="rules"):
        load_generation_rules(build(tmp_path, user_rules=rules), PACK, "direct")
    tools = write(tmp_path / "tools.yaml", WEATHER.replace("get_weather", "get_room"))
    with pytest.raises(ConfigurationError, match="'get_room' is the name of another tool"):
        load_generation_rules(build(tmp_path, simulated_tools=tools), PACK, "direct")
    with pytest.raises(ValidationError, match="all 0"):
        build(tmp_path, tasks={"shapes": {"book": 0}})
