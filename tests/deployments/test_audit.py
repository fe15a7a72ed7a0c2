"""Advisories about pinned versions: findings are told, and so is that none could be looked up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from streamdial.deployments import audit

SOUND = {"name": "orjson", "version": "3.0", "vulns": []}
FOUND = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": []}]}
SKIPPED = {"name": "own", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "told", "strict"),
    [
        ([SOUND], ["audit: 0 findings in 1 of 1 versions."], 0),
        (
            [SOUND, FOUND],
            ["audit: old 1.0: PYSEC-1, mended in 1.1", "audit: 1 findings in 2 of 2 versions."],
            audit.FOUND,
        ),
        (
            [SOUND, SKIPPED],
            [
                "audit: 0 findings in 1 of 2 versions.",
                "audit: 1 were not looked up (Dependency not found on PyPI).",
            ],
            0,
        ),
        (
            [SKIPPED],
            ["audit: nothing was looked up, the index serves no advisories here (Dependency not found on PyPI)."],
            audit.UNKNOWN,
        ),
    ],
)
def test_findings_are_told_and_fail_the_strict_audit_alone(
    packages: list[dict[str, Any]],
    told: list[str],
    strict: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(audit, "ask_index", lambda pins: audit.read_report({"dependencies": packages}))
    for options, code in ((["--advise"], 0), ([], strict)):
        monkeypatch.setattr(sys, "argv", ["audit", *options])
        assert audit.main() == code
        assert capsys.readouterr().out.splitlines() == told


@pytest.mark.parametrize("answer", ["", "no JSON"])
def test_no_report_is_no_good_news(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], 1, answer, "Traceback\nno such host")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    told = audit.describe(audit.ask_index(Path("pins")))
    assert told == ["audit: nothing was looked up, the index serves no advisories here (no such host)."]


def test_an_index_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **given: Any) -> None:
        raise subprocess.TimeoutExpired("pip-audit", given["timeout"])

    monkeypatch.setattr(subprocess, "run", hang)
    assert "no answer within 3 s" in audit.describe(audit.ask_index(Path("pins"), 3))[0]
