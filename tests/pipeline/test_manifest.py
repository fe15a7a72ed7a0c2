"""Sources may stand in a file, and do where they are too many to be passed around."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamdial.errors import ConfigurationError
from streamdial.pipeline import RunSettings, ToolUseSettings, read_manifest, write_manifest
from streamdial.pipeline.manifest import MOST_PATHS


def build(tmp_path: Path, **sources: object) -> RunSettings:
    return RunSettings.model_validate({"domain": "hotel", "out": str(tmp_path / "run"), "sources": sources})


def test_a_file_names_sources_from_where_it_lies(tmp_path: Path) -> None:
    listed = tmp_path / "lists" / "all.txt"
    listed.parent.mkdir()
    listed.write_text("\ufeff# mine\n../monday\n\nhttps://a.example/page\n/abs/tuesday\n../monday\n", encoding="utf-8")
    settings = build(tmp_path, paths=["/abs/sunday"], manifest=str(listed))
    assert settings.sources.list_paths() == (
        "/abs/sunday",
        str(tmp_path / "monday"),
        "https://a.example/page",
        "/abs/tuesday",
    )
    assert settings.sources.given
    tools = ToolUseSettings.model_validate(
        {**settings.model_dump(include={"domain", "out"}), "sources_file": str(listed)}
    )
    assert tools.sources.given and not tools.sources.paths


@pytest.mark.parametrize(("text", "told"), [("# nothing\n\n", "names nothing"), (None, "cannot be read")])
def test_a_file_that_names_nothing_is_refused(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "all.txt"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        read_manifest(path)


def test_thousands_of_sources_are_written_down_and_settings_stay_small(tmp_path: Path) -> None:
    few = build(tmp_path, paths=[f"/recordings/{number}" for number in range(MOST_PATHS)])
    assert write_manifest(few) is few
    paths = [f"/recordings/a rather long name of a recording {number}" for number in range(5000)]
    many = build(tmp_path, paths=paths)
    short = write_manifest(many)
    assert len(short.model_dump_json()) < 10_000 < len(many.model_dump_json())
    assert short.sources.list_paths() == tuple(paths)
    assert Path(str(short.sources.manifest)).parent == tmp_path / "run"
    assert write_manifest(short) is short
