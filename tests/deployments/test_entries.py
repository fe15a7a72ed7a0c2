from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from streamdial.deployments._entries import PREFECT_FILE
from streamdial.deployments.cli import app
from streamdial.errors import ConfigurationError
from tests.conftest import ROOT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(shutil.copy(PREFECT_FILE, tmp_path))


def add(file: Path, domain: str) -> str:
    arguments = ["deployment", "add", domain, "--source", "recordings/boats", "--limit", "2", "--file", str(file)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_entry_of_another_domain_is_written_and_all_else_stays(file: Path, tmp_path: Path) -> None:
    before = file.read_text()
    pack = (ROOT / "streamdial" / "domains" / "hotel.yaml").read_text(encoding="utf-8")
    own = tmp_path / "boats.yaml"
    own.write_text(pack.replace("id: hotel", "id: boats", 1), encoding="utf-8")
    assert "stream-boats added" in add(file, str(own))
    text = file.read_text()
    assert text.startswith(before.rstrip())
    entry = yaml.safe_load(text)["deployments"][-1]
    assert (entry["name"], entry["concurrency_limit"]) == ("stream-boats", 2)
    assert entry["parameters"]["settings"] == {
        "domain": str(own),
        "sources": {"paths": ["recordings/boats"]},
        "out": "runs/boats",
    }


def test_a_domain_that_has_an_entry_is_refused(file: Path) -> None:
    with pytest.raises(ConfigurationError, match="'stream-hotel' already"):
        add(file, "hotel")
