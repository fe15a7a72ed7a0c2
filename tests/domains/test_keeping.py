"""A run keeps its pack and the seeds beside it; seeds beside a pack's file win over those of the package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streamdial.domains import keep_pack, load_pack, load_seeds, open_pack
from streamdial.errors import ConfigurationError
from tests.domains.test_inheritance import COSMETICS, write_pack


def write_seed(folder: Path, domain: str) -> None:
    """Write one seed dialogue beside own.yaml, as one of the package's."""
    seed = load_seeds(load_pack("hotel"), "zh")[0].model_dump(mode="json") | {"domain": domain}
    (folder / "own.zh.jsonl").write_text(json.dumps(seed, ensure_ascii=False) + "\n", encoding="utf-8")


def test_a_kept_pack_is_the_pack_wherever_its_file_went(tmp_path: Path) -> None:
    path = write_pack(tmp_path, COSMETICS)
    write_seed(tmp_path, "cosmetics")
    run = tmp_path / "run"
    run.mkdir()
    pack = load_pack(path)
    assert len(load_seeds(pack, "zh")) == 1
    keep_pack(pack, run)
    (tmp_path / "own.yaml").unlink()
    (tmp_path / "own.zh.jsonl").unlink()
    kept = open_pack(run, "cosmetics")
    assert kept.model_dump() == pack.model_dump()
    assert len(load_seeds(kept, "zh")) == 1
    assert load_seeds(kept, "en") == ()


def test_a_run_of_before_has_the_pack_of_its_name(tmp_path: Path) -> None:
    assert open_pack(tmp_path, "hotel").id == "hotel"
    with pytest.raises(ConfigurationError, match="'cosmetics' is not known"):
        open_pack(tmp_path, "cosmetics")


def test_a_kept_pack_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "pack.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="give the path of its pack as --domain"):
        open_pack(tmp_path, "hotel")


def test_packs_of_the_package_keep_the_seeds_of_the_package() -> None:
    hotel = load_pack("hotel")
    assert hotel.origin == ""
    assert len(load_seeds(hotel, "en")) >= 6
