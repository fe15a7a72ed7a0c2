"""The benchmark of facts in prose counts what a database confirms, and measures nothing without data."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.prose_rows import judge_rows, list_prose_rows, measure_rows
from benchmarks.real_prose import measure_prose, read_corpora

ROOM = {"名称": "竹影酒店", "价格": 388, "地址": "南山路18号"}


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / name, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    def tell(text: str, *acts: list[str]) -> dict[str, Any]:
        return {"role": "sys", "content": text, "dialog_act": [["Inform", "酒店", *act] for act in acts]}

    dialogue = {
        "messages": [
            tell("为您推荐竹影酒店。", ["名称", "竹影酒店"]),
            tell("价格是388元。", ["价格", "388元"]),
            tell("地址是北山路9号。", ["地址", "南山路18号"]),
        ]
    }
    write(
        tmp_path / "crosswoz", "dialogues.jsonl.gz", [{"dialogue_id": str(number), **dialogue} for number in range(8)]
    )
    (tmp_path / "crosswoz" / "hotel_db_head150.json").write_text(json.dumps([["竹影酒店", ROOM]]), encoding="utf-8")
    (tmp_path / "crosswoz" / "restaurant_db_head150.json").write_text("[]", encoding="utf-8")
    for corpus in ("multiwoz21", "sgd"):
        write(tmp_path / corpus, "dialogues.jsonl.gz", [])
    return tmp_path


def test_a_row_is_right_where_the_database_says_the_same(data: Path) -> None:
    figures = measure_prose(data)
    assert figures["k_precision_database"] == 0.5
    assert figures["k_recall_prose"] == 0.5


def test_the_halves_share_no_dialogue(data: Path) -> None:
    rows = [len(read_corpora(data, half)[0]) for half in ("development", "test")]
    assert sum(rows) == 16
    assert min(rows) > 0


def test_without_the_data_nothing_is_measured(tmp_path: Path) -> None:
    assert measure_prose(tmp_path) == {}
    assert measure_rows(tmp_path) == {}


def test_a_label_decides_and_what_has_none_counts_as_neither(data: Path, tmp_path: Path) -> None:
    rows = list_prose_rows("test", data)
    assert {row.slot for row in rows} == {"price", "distance"}
    price, *others = rows
    labels = tmp_path / "labels.tsv"
    lines = [f"{price.key}\tright\tright", *(f"{row.key}\tright\twrong" for row in others[:1])]
    labels.write_text("\n".join(["key\tfirst\tsecond", *lines]) + "\n", encoding="utf-8")
    judged = judge_rows(rows, labels)
    assert (judged.rows, judged.unlabelled, judged.right) == (len(rows), len(rows) - 2, 1)
    assert judged.precision == 0.5
    assert judged.agreement == 0.5


def test_too_many_rows_without_a_label_are_said_loudly(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = measure_rows(data)
    assert figures["k_unlabelled_prose"] == figures["k_rows_prose"] > 0
    assert "WARNING" in capsys.readouterr().out
