"""What the README tells people to type works."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from tests.conftest import ROOT

# The command line is started as a process again and again.
pytestmark = pytest.mark.slow

READMES = ("README.md", "README.zh.md")


def list_commands(name: str) -> list[str]:
    """Return the lines of the shell blocks of a README, without remarks."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    return [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


COMMANDS = list_commands("README.md")


def call(*command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("make ")])
def test_make_targets_exist(command: str, shell_environment: dict[str, str]) -> None:
    done = call(*shlex.split(command), "--dry-run", environment=shell_environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command", [line for line in COMMANDS if line in ("streamdial models list", "streamdial domains")]
)
def test_commands_that_only_tell_are_run(command: str, shell_environment: dict[str, str]) -> None:
    done = call(
        sys.executable, "-m", "streamdial.deployments.cli", *shlex.split(command)[1:], environment=shell_environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("streamdial ")])
def test_options_are_known(command: str, shell_environment: dict[str, str]) -> None:
    words = shlex.split(command)[1:]
    group = words[:2] if words[0] in ("models", "lexicon", "show", "deployment", "domains") else words[:1]
    told = call(
        sys.executable, "-m", "streamdial.deployments.cli", *group, "--help", environment=shell_environment
    ).stdout
    for option in (word for word in words if word.startswith("--")):
        assert option in told, f"{option} of {command!r} is no option"


def test_the_demo_of_the_makefile_is_the_command_of_the_real_model_test() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "streamdial run --domain automotive --source examples/automotive_live" in makefile


@pytest.mark.parametrize("name", READMES)
def test_files_the_readme_links_to_exist(name: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target


def test_both_readmes_show_the_same_commands() -> None:
    assert list_commands("README.zh.md") == COMMANDS
