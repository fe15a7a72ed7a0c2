from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamdial.deployments.cli import app
from streamdial.errors import ConfigurationError
from streamdial.pipeline import RunSettings, compute_fingerprint


def test_lists_are_compiled_with_a_report_and_then_searched(tmp_path: Path) -> None:
    (tmp_path / "names.tsv").write_text("form\tkind\n望湖大床房\tname\n\tname\n望湖大床房\tname\n", encoding="utf-8")
    (tmp_path / "more.txt").write_text("Borealis\n", encoding="utf-8")
    out = tmp_path / "market"
    command = ["lexicon", "compile", str(tmp_path / "names.tsv"), str(tmp_path / "more.txt"), "--out", str(out)]
    made = CliRunner().invoke(app, command)
    assert made.exit_code == 0, made.output
    assert "2 entries of 4 lines" in made.output
    assert "left out, no form: 1" in made.output
    assert "left out, duplicate: 1" in made.output

    found = CliRunner().invoke(app, ["lexicon", "find", "推荐忘湖大床方 bore alice", "--lexicon", str(out)])
    assert found.output.splitlines() == ["忘湖大床方\tsound\t望湖大床房\tname", "bore alice\tsound\tBorealis\tname"]


def test_another_lexicon_is_another_run(tmp_path: Path) -> None:
    fingerprints = set()
    for name in ("Alpha", "Gamma"):
        (tmp_path / f"{name}.txt").write_text(name, encoding="utf-8")
        out = tmp_path / name
        CliRunner().invoke(app, ["lexicon", "compile", str(tmp_path / f"{name}.txt"), "--out", str(out)])
        settings = RunSettings(domain="hotel", sources=("a",), out=str(tmp_path / "run"), lexicon=str(out))
        fingerprints.add(compute_fingerprint(settings))
        moved = out.rename(tmp_path / f"moved-{name}")
        fingerprints.add(compute_fingerprint(settings.replace(lexicon=str(moved))))
    assert len(fingerprints) == 2


def test_a_folder_that_is_no_lexicon_is_refused_before_the_run(tmp_path: Path) -> None:
    settings = RunSettings(domain="hotel", sources=("a",), out=str(tmp_path / "run"), lexicon=str(tmp_path))
    with pytest.raises(ConfigurationError, match="no compiled lexicon"):
        compute_fingerprint(settings)
