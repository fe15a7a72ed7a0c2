from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.evaluation.human_eval.answers import correlate_with_judges, read_answers, read_key, summarise_answers
from streamdial.evaluation.human_eval.sheets import choose_items, list_fields, write_items
from tests.evaluation.evaluation_material import make_set, make_talk

OURS = make_set(*(make_talk(f"ours {n}?", "=yes", key=f"o{n}", user="persona-x") for n in range(20)), name="ours")
THEIRS = make_set(*(make_talk(f"theirs {n}?", "no", key=f"x{n}") for n in range(20)), name="theirs")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_items(choose_items([OURS, THEIRS], count=20), tmp_path, criteria=("overall",))
    return tmp_path


def fill(folder: Path, number: int, scores: dict[str, str]) -> Path:
    """Fill in a person's table: one score an item, for both sides."""
    path = folder / "for_people" / f"answers_{number}.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        for row in rows:
            told = scores.get(row["item"], "")
            writer.writerow({**row, "overall_user": told, "overall_agent": told})
    return path


def test_two_sets_are_mixed_in_equal_number_with_hidden_repeats() -> None:
    items = choose_items([OURS, THEIRS], count=20, repeats=0.1)
    first, again = ([i for i in items if bool(i.repeats) == repeated] for repeated in (False, True))
    assert len(first) == 20 and len(again) == 2
    assert sorted(item.source for item in first) == ["ours"] * 10 + ["theirs"] * 10
    assert [item.id for item in items] == [f"item-{number:04d}" for number in range(1, 23)]
    names = {item.id: place for place, item in enumerate(items)}
    for place, item in enumerate(items):
        if item.repeats:
            assert items[names[item.repeats]].talk is item.talk
            assert place - names[item.repeats] >= 2, "a repeat never follows at once"
    assert items == choose_items([OURS, THEIRS], count=20, repeats=0.1)
    assert items != choose_items([OURS, THEIRS], count=20, repeats=0.1, seed=8)


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (2, 2), (3, 4), (500, 22)])
def test_small_sets_and_large_wishes_are_met_as_far_as_can_be(count: int, expected: int) -> None:
    assert len(choose_items([OURS], count=count)) == expected


def test_nothing_to_score_and_two_sets_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="no dialogue to export"):
        choose_items([make_set()])
    with pytest.raises(ConfigurationError, match="both sets are called 'ours'"):
        choose_items([OURS, OURS])


def test_what_people_get_does_not_tell_where_it_comes_from(folder: Path) -> None:
    for path in (folder / "for_people").iterdir():
        text = path.read_text(encoding="utf-8-sig")
        assert "persona-x" not in text and '"set"' not in text and "repeats" not in text
        assert not any(f'"{key}"' in text for key in ("o1", "x1"))
    assert {entry["set"] for entry in read_key(folder / "key.json")["items"].values()} == {"ours", "theirs"}


def test_the_three_forms_hold_the_same_items(folder: Path) -> None:
    people = folder / "for_people"
    rows = list(csv.DictReader(io.StringIO((people / "answers_2.csv").read_text("utf-8-sig"))))
    lines = [json.loads(line) for line in (people / "items.jsonl").read_text("utf-8").splitlines()]
    tasks = json.loads((people / "label_studio.json").read_text("utf-8"))
    ids = [row["item"] for row in rows]
    assert ids == [line["item"] for line in lines] == [task["data"]["item"] for task in tasks]
    assert lines[0]["scores"] == {"overall_user": None, "overall_agent": None}
    assert all(row["dialogue"].startswith("Customer: ") for row in rows), "no cell begins with a formula"
    interface = ElementTree.fromstring((people / "label_studio.xml").read_text("utf-8"))
    assert [rating.get("name") for rating in interface.iter("Rating")] == list_fields(("overall",))
    assert {rating.get("toName") for rating in interface.iter("Rating")} == {"dialogue"}


def test_the_guide_has_every_anchor_in_both_languages(folder: Path) -> None:
    english, chinese = (
        (folder / "for_people" / f"guide.{language}.md").read_text("utf-8") for language in ("en", "zh")
    )
    assert "5. Exemplary: as an expert" in english and "5. 典范" in chinese
    assert "Coherence" not in english, "what is not scored is not explained"


def test_answers_are_read_back_with_what_is_wrong_in_them(folder: Path) -> None:
    key = read_key(folder / "for_people" / "answers_1.csv")
    scores = dict.fromkeys(key["items"], "4") | {"item-0001": "6", "item-0002": "4.5", "item-0003": "good"}
    counts = Counts("answers")
    answers = read_answers([fill(folder, 1, scores)], counts, key=key)
    assert len(answers) == counts.kept == 2 * (len(key["items"]) - 3)
    assert counts.dropped == {"no_score": 6}
    assert "answers_1.csv, item-0001, overall_agent: '6' is no score from 1 to 5" in counts.notes
    empty = Counts("answers")
    assert read_answers([folder / "for_people" / "answers_2.csv"], empty, key=key) == []
    assert empty.dropped == {"empty": 2 * len(key["items"])}


def test_label_studio_and_jsonl_answers_are_read_too(folder: Path) -> None:
    key = read_key(folder / "key.json")
    result = {"type": "rating", "from_name": "overall_agent", "to_name": "dialogue", "value": {"rating": 3}}
    done: list[dict[str, Any]] = [
        {
            "data": {"item": "item-0001"},
            "annotations": [
                {"completed_by": 7, "result": [result]},
                {"completed_by": {"email": "b@example.org"}, "result": [result]},
                {"completed_by": 9, "was_cancelled": True, "result": [result]},
            ],
        },
        {"data": {"item": "item-9999"}, "annotations": [{"completed_by": 7, "result": [result]}]},
    ]
    exported, lines = folder / "export.json", folder / "kim.jsonl"
    exported.write_text(json.dumps(done), encoding="utf-8")
    lines.write_text('{"item": "item-0001", "scores": {"overall_agent": 5, "overall_user": null}}\n', encoding="utf-8")
    counts = Counts("answers")
    answers = read_answers([exported, lines], counts, key=key)
    assert [(a.annotator, a.score) for a in answers] == [("user-7", 3.0), ("user-b@example.org", 3.0), ("kim", 5.0)]
    assert counts.dropped == {"unknown_item": 1, "empty": 1}


@pytest.mark.parametrize(("name", "text"), [("a.json", "{"), ("a.jsonl", "{}"), ("a.json", '[{"x": 1}]')])
def test_broken_answers_are_refused_by_name(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"{name}: the answers cannot be read"):
        read_answers([folder / name], Counts("answers"), key=read_key(folder / "key.json"))


def test_answers_without_a_key_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no key\.json beside answers\.csv"):
        read_key(tmp_path / "deep" / "deeper" / "deepest" / "answers.csv")


def test_people_are_held_against_each_other_and_against_themselves(folder: Path) -> None:
    key = read_key(folder / "key.json")
    scores = {item: "5" if entry["set"] == "ours" else "2" for item, entry in key["items"].items()}
    harsh = {item: str(int(score) - 1) for item, score in scores.items()}
    repeated = next(item for item, entry in key["items"].items() if entry["repeats"])
    harsh[repeated] = str(int(harsh[repeated]) + 1)  # changed his mind
    answers = read_answers([fill(folder, 1, scores), fill(folder, 2, harsh)], Counts("answers"), key=key)
    rows = {row.own.name: row for row in summarise_answers(answers, key, ["ours", "theirs"])}
    found = {name: row.own.value for name, row in rows.items()}
    theirs = rows["overall_agent"].other
    assert theirs is not None and (found["overall_agent"], theirs.value) == (4.5, 1.5)
    assert rows["overall_agent"].apart
    # Ten items 5 and 4, ten 2 and 1: an ordinal alpha of the four equally frequent values.
    ranks = [5, 15, 25, 35]
    expected = sum((a - b) ** 2 for a in ranks for b in ranks) / 16 * 40 / 39
    assert found["overall_agent_alpha"] == pytest.approx(1 - 10**2 / expected)
    assert found["overall_agent_kappa"] == pytest.approx(1 - 1 / ((2 * 1 + 16 + 4) / 4))
    assert found["repeats_same_score"] == pytest.approx(6 / 8)  # two repeats, two people, two sides
    assert found["repeats_distance"] == pytest.approx(2 / 8)


def test_judges_are_held_against_the_mean_of_people(folder: Path) -> None:
    key = read_key(folder / "key.json")
    first = [item for item, entry in key["items"].items() if not entry["repeats"]]
    scores = {item: str(number % 5 + 1) for number, item in enumerate(first)}
    answers = read_answers([fill(folder, 1, scores)], Counts("answers"), key=key)
    judged = [
        {
            "kind": "rating",
            "criterion": "overall",
            "side": "agent",
            "subjects": [f"{key['items'][item]['set']}/{key['items'][item]['dialogue']}"],
            "value": 6.0 - float(scores[item]),
        }
        for item in first[:10]
    ]
    found = {figure.name: figure for figure in correlate_with_judges(answers, key, judged)}
    assert found["overall_agent_spearman"].value == pytest.approx(-1.0)
    assert found["overall_agent_kendall"].value == pytest.approx(-1.0)
    assert found["overall_agent_spearman"].basis == "10 scores"
    assert found["overall_user_spearman"].reason.startswith("fewer than three common items")
