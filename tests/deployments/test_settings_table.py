"""The page of settings is generated, and nobody forgot to generate it again."""

from __future__ import annotations

from streamdial.deployments.settings_table import KINDS, write_page
from streamdial.options import list_options
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "settings.md"


def test_the_page_is_up_to_date() -> None:
    told = "run: python -m streamdial.deployments.settings_table > docs/settings.md"
    assert PAGE.read_text(encoding="utf-8") == write_page(), told


def test_every_setting_has_a_row_with_a_description() -> None:
    rows = [line.split(" | ") for line in write_page().splitlines() if line.startswith("| `")]
    assert len(rows) == sum(len(list_options(kind)) for kind in KINDS)
    assert all(len(row) == 6 and row[-1].strip(" |") for row in rows)
