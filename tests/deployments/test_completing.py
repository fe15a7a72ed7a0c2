from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from streamdial.deployments._completing import lead_to_options
from tests.conftest import ROOT

Complete = Callable[..., list[str]]
BASH = {"_STREAMDIAL_COMPLETE": "complete_bash"}


@pytest.fixture
def complete(shell_environment: dict[str, str]) -> Complete:
    """Ask as bash does: the last word is the one being completed."""

    def ask(*words: str) -> list[str]:
        line = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        told = subprocess.run(
            [sys.executable, "-m", "streamdial.deployments.cli"],
            env={**shell_environment, **BASH, **line},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not told.stderr and told.returncode == 0
        return told.stdout.split()

    return ask


@pytest.mark.slow
def test_commands_and_their_options_are_completed(complete: Complete) -> None:
    assert complete("streamdial", "fin") == ["finetune"]
    assert "--split-by" in complete("streamdial", "export", "--sp")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("run", "--dialogues"), "--dialogues"),
        (("run", "--dry"), "--dry-run"),
        (("tooluse", "--source-l"), "--source-language"),
        (("evaluate", "--crit"), "--criterion"),
        (("track", "--sh"), "--shots"),
        (("ablate", "--dialogues"), "--dialogues"),
        (("serve-user", "--po"), "--port"),
        (("run", "--domain", "hotel", "--source-language", "z"), "zh"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_options_that_are_made_when_they_are_used_are_completed(
    complete: Complete, words: tuple[str, ...], expected: str
) -> None:
    assert expected in complete("streamdial", *words)


@pytest.mark.parametrize("cword", [1, 2])
def test_a_command_is_led_to_only_when_its_own_words_are_asked_for(monkeypatch: pytest.MonkeyPatch, cword: int) -> None:
    for name, value in {**BASH, "COMP_WORDS": "streamdial run ", "COMP_CWORD": str(cword)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("_STREAMDIAL RUN_COMPLETE", "")
    assert lead_to_options({"run"}) == (["run"] if cword == 2 else None)


def test_without_a_shell_that_asks_nothing_is_led(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_STREAMDIAL_COMPLETE", raising=False)
    monkeypatch.setenv("COMP_WORDS", "streamdial run --dia")
    assert lead_to_options({"run"}) is None


def test_zsh_asks_by_the_line_up_to_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMP_WORDS", raising=False)
    monkeypatch.delenv("COMP_CWORD", raising=False)
    monkeypatch.setenv("_STREAMDIAL RUN_COMPLETE", "")
    for line, expected in (("streamdial run", None), ("streamdial run ", ["run"]), ("streamdial run --d", ["run"])):
        monkeypatch.setenv("_STREAMDIAL_COMPLETE", "complete_zsh")
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        assert lead_to_options({"run"}) == expected
