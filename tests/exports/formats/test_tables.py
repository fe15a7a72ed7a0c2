from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from streamdial.exports import SCHEMAS, DataSet, split_data_set, write_parquet, write_split_tables
from streamdial.exports.formats import tables
from streamdial.records import Dialogue, FlowPath, KeyNode, Scenario, Stage
from tests.exports.conftest import MATCH, make_given_blueprint


def test_a_dialogue_is_a_row_with_states(data: DataSet, tmp_path: Path) -> None:
    write_parquet(data, tmp_path)
    table = pl.read_parquet(tmp_path / "dialogues.parquet")
    assert table["id"].to_list() == ["d1", "d2"]
    row = table.row(0, named=True)
    assert (row["outcome"], row["stop_reason"], row["path"], row["seed"]) == ("success", "blueprint_end", "Success", 7)
    assert row["match_total"] == MATCH.total
    assert row["evidence"] == ["q1", "k2", "r1", "seed-1#2"]
    assert row["checks"] == [{"check": "missing_value", "failed": 2}]
    first, second, third = row["turns"]
    assert first["inform"] == [{"slot": "seats", "value": "7"}]
    assert first["request"] == [{"slot": "range", "value": "?"}]
    assert second["tell"] == [{"slot": "range", "value": "540"}]
    assert second["state"] == [{"slot": "seats", "value": "7"}]
    assert third["state"] == [{"slot": "seats", "value": "5"}, {"slot": "price", "value": "50000"}]


def test_personas_of_both_sides_share_a_table(data: DataSet, tmp_path: Path) -> None:
    write_parquet(data, tmp_path)
    table = pl.read_parquet(tmp_path / "personas.parquet")
    assert table["role"].to_list() == ["user", "user", "agent"]
    assert table["identity"].to_list() == [None, None, "Silver Leaf Motors"]
    assert table["strategies"].to_list()[2] == [
        {"strategy": "product_answer", "seen": 3, "share": 1.0, "evidence": ["s1"]}
    ]
    knowledge = pl.read_parquet(tmp_path / "knowledge.parquet")
    assert knowledge.select("id", "agent_persona_id", "slot", "value").rows() == [
        ("k1", "a1", "price", "46900"),
        ("k2", "a1", "range", "540"),
    ]
    assert pl.read_parquet(tmp_path / "evidence.parquet").row(2) == (
        "r1", "response", "540 kilometers", "stream", 141.0, 146.0, "https://example.org/live",
        "https://example.org/live#t=141",
    )  # fmt: skip
    assert pl.read_parquet(tmp_path / "blueprints.parquet")["paths"].to_list() == [
        [{"name": "Success", "outcome": "success", "stages": ["clarification", "closing"], "steps": [], "evidence": []}]
    ]


def test_tables_written_in_chunks_hold_the_same_rows_and_leave_nothing_else(
    data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_parquet(data, tmp_path / "whole")
    monkeypatch.setattr(tables, "ROWS", 1)
    chunked = write_parquet(data, tmp_path / "chunked")
    for one, other in zip(whole, chunked, strict=True):
        assert pl.read_parquet(other).equals(pl.read_parquet(one)), one.name
        assert pl.read_parquet_schema(other) == pl.read_parquet_schema(one)
    assert sorted((tmp_path / "chunked").iterdir()) == sorted(chunked)


def test_a_given_plans_own_words_are_in_the_table(data: DataSet, tmp_path: Path) -> None:
    write_parquet(replace(data, blueprints={"b1": make_given_blueprint("b1")}), tmp_path)
    row = pl.read_parquet(tmp_path / "blueprints.parquet").row(0, named=True)
    (scenario,) = row["scenarios"]
    assert (scenario["action"], scenario["manner"]) == ("name the price", "calm\nfor families")
    assert row["paths"][0]["steps"] == ["ask", "price", "end"]


def test_columns_of_blueprints_are_the_fields_of_the_records() -> None:
    for column, record in (("stages", Stage), ("nodes", KeyNode), ("scenarios", Scenario), ("paths", FlowPath)):
        fields = SCHEMAS["blueprints"][column].inner.fields  # type: ignore[attr-defined]
        assert {field.name for field in fields} == set(record.model_fields)


def test_empty_data_gives_the_same_columns(data: DataSet, empty: DataSet, tmp_path: Path) -> None:
    for full, none in zip(write_parquet(data, tmp_path / "a"), write_parquet(empty, tmp_path / "b"), strict=True):
        assert pl.read_parquet(none).is_empty()
        assert pl.read_parquet_schema(none) == pl.read_parquet_schema(full) == dict(SCHEMAS[full.stem])


def test_parts_are_tables_of_the_same_columns_and_empty_ones_have_no_file(data: DataSet, tmp_path: Path) -> None:
    (tmp_path / "test.parquet").write_bytes(b"of an earlier export")
    (train,) = write_split_tables(data, split_data_set(data), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["train.parquet"] == [train.name]
    assert pl.read_parquet(train)["id"].to_list() == ["d1", "d2"]
    assert pl.read_parquet_schema(train) == dict(SCHEMAS["dialogues"])


def test_the_columns_of_dialogues_name_all_a_dialogue_holds() -> None:
    left_out = {"match", "provenance"}  # spread over columns of their own
    assert set(Dialogue.model_fields) - left_out <= set(SCHEMAS["dialogues"])


def test_the_datasets_library_reads_the_tables(data: DataSet, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="the datasets library is no dependency")
    for path in write_parquet(data, tmp_path):
        table = datasets.load_dataset("parquet", data_files=str(path), cache_dir=str(tmp_path / "cache"))["train"]
        assert table.column_names == list(SCHEMAS[path.stem])
