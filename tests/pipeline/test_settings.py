"""The table of settings: each one can be set from the command line, a file, a form and Python, and means the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from streamdial import options as options_module
from streamdial.deployments._settings_command import _choose_type, _unwrap, call_command
from streamdial.errors import ConfigurationError
from streamdial.options import Option, list_options, nest_options, read_settings
from streamdial.pipeline import BaseSettings, RunSettings, ToolUseSettings, compute_fingerprint

KINDS: dict[str, type[BaseSettings]] = {"run": RunSettings, "tooluse": ToolUseSettings}
FILES = (
    *(
        "seeds",
        "profiles",
        "knowledge",
        "phrases",
        "plans",
        "user_rules",
        "simulated_tools",
        "external_tools",
        "table",
        "lexicon",
        "base",
        "strategies_file",
    ),
)
"""Options whose file is read for the fingerprint."""
VALUES: dict[str, Any] = {
    "leave_out": ["persona", "phrases"],
    "domain": "hotel",
    "source_language": "zh",
    "language": "zh",
    "outcome_shares": {"success": 1.0},
    "behaviour_shares": {"upselling": 0.3},
    "phase_tokens": {"dialogues": 100},
    "phase_cost": {"dialogues": 1.5},
    "prices": [0.1, 0.4],
    "shapes": {"book": 1.0},
    "storage": "memory://elsewhere",
    "continued": 0.0,
    "strategy": ["skeleton=0.5"],
}
"""Values where one cannot be made up from the type."""


def list_cases() -> list[tuple[str, Option]]:
    return [(name, option) for name, kind in KINDS.items() for option in list_options(kind)]


def name_case(case: object) -> str:
    return case.name if isinstance(case, Option) else str(case)


def make_value(option: Option, tmp_path: Path) -> Any:
    """Return a value that is not the default, as YAML would give it."""
    if option.name in VALUES:
        return VALUES[option.name]
    kind, default = _unwrap(option.field.annotation), option.field.get_default(call_default_factory=True)
    if kind is bool:
        return not default
    if get_origin(kind) is Literal:
        return next(value for value in get_args(kind) if value != default)
    if kind is int:
        return (default or 1) + 1
    if kind is float:
        return 0.5 if default != 0.5 else 0.4
    return [f"{tmp_path}/x"] if option.name == "sources" else str(tmp_path / option.name)


def make_base(name: str, tmp_path: Path, option: Option) -> dict[str, Any]:
    """Return what every run must be given, without the option itself."""
    given: dict[str, Any] = {"domain": "automotive", "out": str(tmp_path / "out"), "sources": [str(tmp_path / "rec")]}
    if option.name in ("table", "base"):
        del given["sources"]
    given.pop(option.name, None)
    return given


def read_command(name: str, kind: type[BaseSettings], words: list[str]) -> BaseSettings:
    """Return the settings the command line makes of words."""
    read: list[BaseSettings] = []
    with pytest.raises(SystemExit) as left:
        call_command(words, kind, "A command.", lambda settings, verbose: read.append(settings), name)
    assert left.value.code == 0
    return read[0]


def write_words(given: dict[str, Any], kind: type[BaseModel]) -> list[str]:
    """Return settings as words of the command line."""
    words: list[str] = []
    flags = {option.name: option for option in list_options(kind)}
    for name, value in given.items():
        option = flags[name]
        if isinstance(value, bool):
            words.append(option.flag if value else f"--no-{option.flag[2:]}")
        elif _choose_type(_unwrap(option.field.annotation)) == list[str]:
            words += [word for one in value for word in (option.flag, str(one))]
        else:
            words += [option.flag, str(value) if isinstance(value, str | int | float) else yaml.safe_dump(value)]
    return words


@pytest.mark.parametrize(("name", "option"), list_cases(), ids=name_case)
def test_every_setting_is_set_in_four_ways_that_mean_the_same(name: str, option: Option, tmp_path: Path) -> None:
    kind, value = KINDS[name], make_value(option, tmp_path)
    given = {**make_base(name, tmp_path, option), option.name: value}
    assert option.field.description, "people must be told what it is"

    from_python = kind.model_validate(given)
    assert option.read(from_python) != option.field.get_default(call_default_factory=True) or option.name == "continued"
    flat, nested = tmp_path / "flat.yaml", tmp_path / "nested.yaml"
    flat.write_text(yaml.safe_dump(given), encoding="utf-8")
    nested.write_text(yaml.safe_dump(nest_options(kind, given)), encoding="utf-8")
    made = [
        read_command(name, kind, write_words(given, kind)),
        read_command(name, kind, ["--config", str(flat)]),
        read_command(name, kind, ["--config", str(nested)]),
        kind.model_validate(nest_options(kind, given)),
        # What a form sends.
        kind.model_validate_json(from_python.model_dump_json()),
    ]
    assert all(settings == from_python for settings in made)
    if option.name not in FILES:
        assert {compute_fingerprint(settings) for settings in made} == {compute_fingerprint(from_python)}


@pytest.mark.parametrize("name", KINDS)
def test_every_setting_stands_in_the_form_in_its_order(name: str) -> None:
    schema = KINDS[name].model_json_schema()
    for option in list_options(KINDS[name]):
        node: dict[str, Any] = schema
        for step in option.path:
            if "$ref" in node:
                node = schema["$defs"][node["$ref"].rpartition("/")[2]]
            assert step in node["properties"], option.path
            node = node["properties"][step]
    shown = sorted(schema["properties"], key=lambda field: schema["properties"][field]["position"])
    assert shown == list(KINDS[name].ORDER)


def test_options_win_over_the_file_and_groups_are_merged(tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    config.write_text(
        "domain: hotel\nout: o\nsources: {paths: [a]}\ndialogues: {count: 3, seed: 4}\n", encoding="utf-8"
    )
    settings = read_settings(RunSettings, {"dialogues": 9, "mode": "direct"}, config)
    assert (settings.dialogues.count, settings.dialogues.seed, settings.models.mode) == (9, 4, "direct")
    changed = settings.replace(seed=5)
    assert (changed.dialogues.count, changed.dialogues.seed, changed.sources) == (9, 5, settings.sources)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"dialogue": 3}, "there is no setting dialogue; did you mean dialogues?"),
        ({"dialogues": {"counts": 3}}, "there is no setting dialogues.counts"),
        ({"seed": -1}, "--seed -1: "),
        ({"sources": []}, "--source "),
        ({"mode": "clever"}, "--mode 'clever': "),
    ],
)
def test_what_is_wrong_is_told_in_one_line_by_its_option(given: dict[str, Any], told: str) -> None:
    base = {"domain": "hotel", "out": "o", "sources": ["a"]}
    with pytest.raises(ConfigurationError) as error:
        read_settings(RunSettings, {**base, **given})
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert "streamdial run --help" in str(error.value)


def test_a_file_that_is_no_table_of_settings_is_told(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    for text, told in (("- a\n", "holds no settings"), ("{a", "cannot be read")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=told):
            read_settings(RunSettings, {}, path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_settings(RunSettings, {}, tmp_path / "none.yaml")


def test_old_names_are_read_and_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    monkeypatch.setattr(options_module, "_noted", set())
    monkeypatch.setattr(options_module.logger, "warning", lambda text, *parts: notes.append(text % parts))
    base = {"domain": "hotel", "out": "o", "sources": ["a"]}
    for _ in range(2):
        old = RunSettings.model_validate({**base, "realisation": "direct", "least_turns": 4, "most_turns": 30})
        tools = ToolUseSettings.model_validate({**base, "mode": "task-oriented"})
    assert (old.models.mode, old.dialogues.min_turns, old.dialogues.max_turns) == ("direct", 4, 30)
    assert (tools.tool_use.orientation, tools.models.mode) == ("task-oriented", "auto")
    assert len(notes) == 4
    assert "the setting realisation is called mode now" in notes[0]
    words = ["--domain", "hotel", "--out", "o", "--source", "a", "--least-turns", "5"]
    settings = read_command("run", RunSettings, words)
    assert isinstance(settings, RunSettings)
    assert settings.dialogues.min_turns == 5


def test_options_that_came_later_leave_old_fingerprints_as_they_are(tmp_path: Path) -> None:
    settings = RunSettings(domain="hotel", sources=("a",), out=str(tmp_path))
    assert compute_fingerprint(settings.replace(user_policy="example")) != compute_fingerprint(settings)
    assert compute_fingerprint(settings.replace(user_policy="")) == compute_fingerprint(settings)

    # What words a whole dialogue at once counts only where a strong model words them.
    strong = settings.replace(model="openai/some-model")
    assert compute_fingerprint(strong.replace(guided_by="turn")) != compute_fingerprint(strong)
    assert compute_fingerprint(settings.replace(guided_by="turn")) == compute_fingerprint(settings)
    direct = strong.replace(mode="direct")
    assert compute_fingerprint(direct.replace(guided_by="turn")) == compute_fingerprint(direct)
    tools = ToolUseSettings(domain="hotel", sources=("a",), out=str(tmp_path), model="openai/some-model")
    assert compute_fingerprint(tools.replace(guided_by="turn")) == compute_fingerprint(tools)


def test_the_form_has_no_choice_between_a_value_and_nothing() -> None:
    groups = RunSettings.model_json_schema()["$defs"]
    described = [found for group in groups.values() for found in group.get("properties", {}).values()]
    assert {"type": "null"} not in [choice for found in described for choice in found.get("anyOf", ())]
    api_base = groups["ModelSettings"]["properties"]["api_base"]
    assert api_base["type"] == "string"
    assert "default" not in api_base
    # What may be left out may still be null where a deployment says so.
    assert RunSettings(domain="hotel", out="x", sources=["a"], models={"api_base": None}).models.api_base is None
