"""`streamdial domains`: list, check, show, explain, schema; and the page made of the models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamdial.deployments.cli import app
from streamdial.deployments.domains_page import write_page
from streamdial.errors import ConfigurationError
from tests.conftest import ROOT
from tests.domains.test_checking import FAULTY
from tests.domains.test_inheritance import COSMETICS, write_pack


def call(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["domains", *words], catch_exceptions=False)
    return done.exit_code, done.output


def test_the_page_is_up_to_date() -> None:
    told = "run: python -m streamdial.deployments.domains_page > docs/domains.md"
    assert (ROOT / "docs" / "domains.md").read_text(encoding="utf-8") == write_page(), told


def test_packs_are_listed() -> None:
    code, told = call()
    assert code == 0
    assert told.splitlines()[0] == "automotive   Cars / 汽车: 20 slots"


def test_a_faulty_pack_fails_and_a_whole_one_does_not(tmp_path: Path) -> None:
    code, told = call("check", write_pack(tmp_path, FAULTY))
    assert code == 1
    assert told.splitlines()[-1].endswith("7 errors, 6 warnings")
    assert call("check", "hotel") == (0, "hotel: usable, 23 slots; 0 errors, 0 warnings\n")


def test_a_pack_is_shown_with_what_it_inherits_and_takes(tmp_path: Path) -> None:
    code, told = call("show", write_pack(tmp_path, COSMETICS))
    assert code == 0
    assert "| `price` | money | service (of the package) | max asked for | 多少钱, 价格, 什么价 |  |" in told
    assert "口红, 色号" in told.splitlines()[-1]


def test_a_line_is_explained(tmp_path: Path) -> None:
    pack = write_pack(tmp_path, COSMETICS)
    assert call("explain", "这个口红什么色号", "--domain", pack)[1].splitlines()[1] == "  kept: ask"
    code, told = call("explain", "这个口红什么色号", "--domain", "automotive")
    assert code == 0
    assert "  dropped: off_topic" in told
    assert "why: a phrase of chat about other things" in told
    priced = call("explain", "how much is the Gloss One, under 40?", "--domain", "restaurant", "--thing", "Gloss One")[
        1
    ]
    assert "asks about price: 'how much'" in priced
    assert "states set_menu=Gloss One: 'Gloss One'" in priced


def test_the_schema_is_printed_and_written(tmp_path: Path) -> None:
    file = tmp_path / "pack.schema.json"
    assert "yaml-language-server: $schema=pack.schema.json" in call("schema", "--out", str(file))[1]
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(call("schema")[1])


def test_a_pack_is_drafted_previewed_and_never_written_over(tmp_path: Path) -> None:
    out = tmp_path / "shops.yaml"
    source = ("--source", str(ROOT / "examples" / "cameras_live"))
    code, told = call("new", "shops", *source, "--out", str(out))
    assert code == 0
    assert "6 things: Merrow Lite, Merrow Pro" in told
    assert told.splitlines()[-1].startswith(f"{out}: 24 slots.")
    assert call("check", str(out))[0] == 0
    refused = {
        "is there already": ("shops", "--out", str(out)),
        "no id of a pack": ("Shops",),
        "pack 'hotel'": ("hotel",),
    }
    for reason, words in refused.items():
        with pytest.raises(ConfigurationError, match=reason):
            call("new", *words, *source)


def test_the_drafts_of_the_examples_are_what_is_drafted_today(tmp_path: Path) -> None:
    for name, example in (("cameras", "cameras_live"), ("skincare", "skincare_live_zh")):
        out = tmp_path / f"{name}.yaml"
        call("new", name, "--source", str(ROOT / "examples" / example), "--out", str(out))
        kept = ROOT / "examples" / "packs" / f"{name}.draft.yaml"
        assert out.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8"), name
        assert call("check", str(ROOT / "examples" / "packs" / f"{name}.yaml"))[1].endswith("0 errors, 0 warnings\n")
