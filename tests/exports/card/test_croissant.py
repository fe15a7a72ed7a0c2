import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from streamdial.exports import DataSet, write_all


@pytest.fixture
def folder(data: DataSet, tmp_path: Path) -> Path:
    write_all(data, tmp_path)
    return tmp_path / "dataset"


def read_metadata(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "croissant.json").read_text())  # type: ignore[no-any-return]


def list_leaves(fields: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for field in fields:
        if below := field.get("subField"):
            yield from list_leaves(below)
        else:
            yield field


def test_every_file_is_listed_with_its_hash_and_size(folder: Path) -> None:
    listed = {entry["contentUrl"]: entry for entry in read_metadata(folder)["distribution"] if "sha256" in entry}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(listed) == there - {"croissant.json"}
    for name, entry in listed.items():
        content = (folder / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["contentSize"] == f"{len(content)} B"


def test_the_specification_finds_what_it_asks_for(folder: Path) -> None:
    metadata = read_metadata(folder)
    assert metadata["conformsTo"] == "http://mlcommons.org/croissant/1.0" and metadata["@type"] == "sc:Dataset"
    assert metadata["@context"]["cr"] == "http://mlcommons.org/croissant/"
    assert all(metadata[key] for key in ("name", "description", "license", "distribution", "recordSet"))
    resources = {entry["@id"]: entry["@type"] for entry in metadata["distribution"]}
    assert len(resources) == len(metadata["distribution"])
    for table in metadata["recordSet"]:
        names = {field["@id"] for field in table["field"]}
        assert {key["@id"] for key in table.get("key", ())} <= names
        for leaf in list_leaves(table["field"]):
            assert leaf["@id"].startswith(f"{table['@id']}/") and leaf["dataType"].startswith("sc:")
            [(kind, origin)] = [
                (key, leaf["source"][key]) for key in ("fileObject", "fileSet") if key in leaf["source"]
            ]
            assert resources[origin["@id"]] == f"cr:{kind[0].upper()}{kind[1:]}"


def test_tables_have_the_columns_of_their_files(folder: Path) -> None:
    tables = {table["name"]: table for table in read_metadata(folder)["recordSet"]}
    assert list(tables) == [
        *("dialogues", "personas", "knowledge", "blueprints", "evidence", "splits", "chat", "trajectories")
    ]
    for name, path in (("dialogues", "dialogues.parquet"), ("chat", "chat/train.parquet")):
        columns = [field["name"] for field in tables[name]["field"] if field["name"] != "split"]
        assert columns == list(pl.read_parquet_schema(folder / path))
    turns = next(field for field in tables["dialogues"]["field"] if field["name"] == "turns")
    assert turns["repeated"] and "state (slot, value)" in turns["description"]
    assert "utterance" in {field["name"] for field in turns["subField"]}


def test_written_twice_it_is_the_same(data: DataSet, folder: Path) -> None:
    first = (folder / "croissant.json").read_bytes()
    write_all(data, folder.parent)
    assert (folder / "croissant.json").read_bytes() == first


def test_mlcroissant_validates_it_and_reads_the_tables(data: DataSet, folder: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    rows = {table.uuid: list(dataset.records(table.uuid)) for table in dataset.metadata.record_sets}
    assert len(rows["dialogues"]) == len(rows["chat"]) == len(data.dialogues)
    assert {row["chat/split"] for row in rows["chat"]} == {b"train"}
    assert rows["dialogues"][0]["dialogues/turns"][0]["dialogues/turns/utterance"]
