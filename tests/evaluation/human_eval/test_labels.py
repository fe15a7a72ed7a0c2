"""Labels that readers exported from the report page, read back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.human_eval.labels import Label, list_reasons, read_labels, summarise_labels
from streamdial.evaluation.reading import read_dialogue_set
from streamdial.evaluation.runner import EvaluationOptions, run_evaluation
from streamdial.records import Turn
from tests.conftest import ROOT

OURS = ROOT / "examples" / "human_eval" / "ours"


def make_talk(key: str) -> EvaluatedDialogue:
    turns = (
        Turn(turn_id=0, role="user", utterance="Have you a terrace?", act="ask"),
        Turn(turn_id=1, role="agent", utterance="We have.", act="answer"),
    )
    return EvaluatedDialogue(key, "en", turns)


TALKS = DialogueSet("ours", (make_talk("d1"), make_talk("d2")), Counts("read"))


def write_lines(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_labels_are_counted_and_the_last_of_two_holds(tmp_path: Path) -> None:
    file = write_lines(
        tmp_path / "ann.jsonl",
        {"dialogue": "d1", "turn": None, "label": "bad", "why": ""},
        {"dialogue": "d1", "turn": None, "label": "good", "why": "ends\n well"},
        {"dialogue": "d1", "turn": 1, "label": "bad", "why": "curt"},
        {"dialogue": "d1", "turn": 9, "label": "bad"},
        {"dialogue": "elsewhere", "turn": None, "label": "bad"},
        {"dialogue": "d2", "turn": 0, "label": "middling"},
    )
    counts = Counts("labels")
    labels = read_labels([file], counts, talks=TALKS.talks)
    assert labels == [Label("d1", None, "ann", True, "ends well"), Label("d1", 1, "ann", False, "curt")]
    assert (counts.asked, counts.kept) == (6, 2)
    assert counts.dropped == {"twice": 1, "unknown_turn": 1, "unknown_dialogue": 1, "no_label": 1}
    assert list_reasons(labels) == ["bad: d1, turn 2: curt"]


@pytest.mark.parametrize("text", ["[1]", "{", '{"dialogue": 3}', '{"dialogue": "d1", "turn": "2"}', '{"turn": 1}'])
def test_what_is_no_file_of_labels_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    file = tmp_path / "labels-x.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"labels-x\.jsonl"):
        read_labels([file], Counts("labels"), talks=TALKS.talks)


def test_shares_are_by_dialogue_and_side_and_readers_are_compared() -> None:
    said = [
        Label("d1", None, "ann", True), Label("d2", None, "ann", False), Label("d1", 0, "ann", True),
        Label("d1", 1, "ann", True), Label("d2", 1, "ann", False), Label("d2", None, "bo", False),
        Label("d1", None, "bo", True),
    ]  # fmt: skip
    rows = {row.own.name: row.own for row in summarise_labels(said, [TALKS])}
    assert {name: row.value for name, row in rows.items()} == {
        "good_dialogues": 0.5, "good_user_turns": 1.0, "good_agent_turns": 0.5, "labels_alpha": 1.0,
    }  # fmt: skip
    assert rows["good_dialogues"].low is not None and rows["good_user_turns"].reason
    alone = {row.own.name: row.own for row in summarise_labels(said[:1], [TALKS])}
    assert alone["good_user_turns"].reason == "no labels" and alone["labels_alpha"].value is None


def test_an_evaluation_has_a_section_of_labels_and_keeps_it(tmp_path: Path) -> None:
    known = read_dialogue_set(OURS)
    lines = [
        {"run": "x", "dialogue": talk.id, "turn": None, "label": "good" if place else "bad", "why": "curt"}
        for place, talk in enumerate(known.talks[:4])
    ]
    labels = write_lines(tmp_path / "ann.jsonl", *lines)
    asked = EvaluationOptions(
        folder=str(OURS), embedder="none", labels=(str(labels),), json_path=str(tmp_path / "out.json")
    )
    evaluation, files = asyncio.run(run_evaluation(asked))
    rows = {row.own.name: row.own.value for row in evaluation.rows if row.own.section == "Labels"}
    assert rows["good_dialogues"] == 0.75
    assert "labels: 4 of 4 lines" in evaluation.notes
    assert any(note.startswith("bad: ") and note.endswith(": curt") for note in evaluation.notes)
    assert "## Labels" in files[1].read_text("utf-8")
    again, _ = asyncio.run(run_evaluation(asked.model_copy(update={"labels": ()})))
    assert "kept from an earlier evaluation of these dialogues: Labels" in again.notes
