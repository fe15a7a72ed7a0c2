"""Human evaluation from sheets to a table, on the example whose dialogues and scores are made up."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

import pytest

from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.evaluation.runner import EvaluationOptions, HumanEvalOptions, export_human_eval, run_evaluation
from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "human_eval"
FIELDS = ("overall_user", "overall_agent")


def read_sheet(path: Path) -> dict[str, dict[str, str]]:
    return {row["item"]: row for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))}


def read_filled() -> list[dict[str, dict[str, str]]]:
    return [read_sheet(EXAMPLE / "scoring" / "for_people" / f"answers_{number}.csv") for number in (1, 2)]


def read_items() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((EXAMPLE / "scoring" / "key.json").read_text("utf-8"))["items"]
    return found


def test_the_example_says_that_it_is_made_up() -> None:
    assert "made up" in (EXAMPLE / "README.md").read_text("utf-8")
    assert "made up" in {row["comment"] for row in read_filled()[0].values()}


def test_sheets_go_out_as_they_lie_in_the_example_without_scores(tmp_path: Path) -> None:
    options = HumanEvalOptions(
        folder=str(EXAMPLE / "ours"),
        against=str(EXAMPLE / "theirs"),
        out=str(tmp_path / "scoring"),
        count=12,
        annotators=2,
        criteria=("overall",),
    )
    export_human_eval(options)
    assert json.loads((tmp_path / "scoring" / "key.json").read_text("utf-8"))["items"] == read_items()
    for number, filled in enumerate(read_filled(), start=1):
        sheet = read_sheet(tmp_path / "scoring" / "for_people" / f"answers_{number}.csv")
        assert {key: row["dialogue"] for key, row in sheet.items()} == {
            key: row["dialogue"] for key, row in filled.items()
        }
        assert all(row[field] == "" for row in sheet.values() for field in FIELDS)
        assert all(row[field] in "12345" for row in filled.values() for field in FIELDS)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, tuple[Statistic, Statistic | None]], str]:
    """The section of people: name to both figures; and the table."""
    sheets = tuple(str(EXAMPLE / "scoring" / "for_people" / f"answers_{number}.csv") for number in (1, 2))
    path = tmp_path_factory.mktemp("people") / "people.json"
    options = EvaluationOptions(
        folder=str(EXAMPLE / "ours"),
        against=str(EXAMPLE / "theirs"),
        embedder="none",
        answers=sheets,
        json_path=str(path),
    )
    evaluation, _ = asyncio.run(run_evaluation(options))
    rows = {row.own.name: (row.own, row.other) for row in evaluation.rows if row.own.section == "People"}
    return rows, path.with_suffix(".md").read_text("utf-8")


def test_means_by_set_are_those_of_the_tables(
    people: tuple[dict[str, tuple[Statistic, Statistic | None]], str],
) -> None:
    rows, table = people
    items, filled = read_items(), read_filled()
    for field in FIELDS:
        for figure, name in zip(rows[field], ("ours", "theirs"), strict=True):
            scored = [key for key, item in items.items() if item["set"] == name and not item["repeats"]]
            assert len(scored) == 6 and figure is not None
            assert figure.value == pytest.approx(fmean(float(sheet[key][field]) for key in scored for sheet in filled))
    own, other = rows["overall_agent"]
    assert own.low is not None and other is not None and other.high is not None and own.low > other.high
    assert "## People" in table and "| overall agent |" in table


def test_agreement_is_that_of_a_second_implementation(
    people: tuple[dict[str, tuple[Statistic, Statistic | None]], str],
) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rows, _ = people
    items, filled = read_items(), read_filled()
    first = [key for key, item in items.items() if not item["repeats"]]
    for field in FIELDS:
        one, other = ([int(sheet[key][field]) for key in first] for sheet in filled)
        expected = metrics.cohen_kappa_score(one, other, weights="quadratic", labels=[1, 2, 3, 4, 5])
        assert rows[f"{field}_kappa"][0].value == pytest.approx(expected)
    agent, user = rows["overall_agent_alpha"][0].value, rows["overall_user_alpha"][0].value
    assert agent is not None and user is not None and agent > 0.8 > user
    again = [(key, item["repeats"]) for key, item in items.items() if item["repeats"]]
    same = [sheet[key][field] == sheet[before][field] for key, before in again for sheet in filled for field in FIELDS]
    assert rows["repeats_same_score"][0].value == pytest.approx(fmean(same)) and 0 < fmean(same) < 1
