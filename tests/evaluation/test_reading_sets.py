from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError
from streamdial.evaluation import read_dialogue_set
from streamdial.evaluation.runner import read_set
from streamdial.exports import DataSet
from streamdial.exports.formats.sessions import write_records, write_sessions_jsonl
from streamdial.exports.formats.streamdial_files import write_streamdial_files
from streamdial.exports.formats.tables import write_parquet
from tests.exports.conftest import (
    make_agent,
    make_blueprint,
    make_dialogue,
    make_evidence,
    make_row,
    make_turns,
    make_user,
)

PUBLISHED = [
    {
        "dialogue_id": "car_stream_1",
        "user_profile_id": "u",
        "assistant_profile_id": "a",
        "dialogue_plan_id": "p",
        "domain": "car",
        "dialogue": [
            {"turn_id": 0, "role": "user", "utterance": "续航多少公里？"},
            {"turn_id": 1, "role": "system", "utterance": "五百四十公里。"},
        ],
    },
    {"dialogue_id": "car_stream_2", "dialogue": [{"turn_id": 0, "role": "user", "utterance": "hello there"}]},
    {"dialogue_id": "car_stream_3", "dialogue": []},
    {"dialogue_id": "car_stream_4"},
]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A run folder with the data set of two dialogues, two user personas used and one more."""
    folder = tmp_path / "demo"
    dialogues = (make_dialogue("d1", *make_turns()), make_dialogue("d2", *make_turns(), user="u2"))
    users = {key: make_user(key) for key in ("u1", "u2", "u3")}
    data = DataSet(
        pack=load_pack("automotive"), languages=("en",), dialogues=dialogues, users=users,
        agents={"a1": make_agent("a1")}, blueprints={"b1": make_blueprint("b1")}, evidence=make_evidence(),
    )  # fmt: skip
    write_sessions_jsonl(data, folder / "dataset" / "sessions" / "train.jsonl")
    write_records(data, folder / "dataset" / "records")
    write_parquet(data, folder / "dataset")
    write_streamdial_files(data, folder / "dataset" / "car")
    (folder / "run.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.mark.parametrize("part", ["", "dataset"])
def test_a_run_and_its_data_set_are_read_with_all_they_rest_on(export: Path, part: str) -> None:
    known = read_dialogue_set(export / part)
    assert known.name == "demo"
    assert [(talk.id, talk.user, talk.agent, talk.path) for talk in known.talks] == [
        ("d1", "u1", "a1", "Success"),
        ("d2", "u2", "a1", "Success"),
    ]
    assert known.talks[0].turns == make_turns()
    assert {*known.users} == {"u1", "u2"} and {*known.people} == {"u1", "u2", "u3"}
    assert known.evidence["r1"] == "540 kilometers"
    assert {fact.slot for fact in known.knowledge["a1"]} == {"range", "price"}
    assert known.plans["b1"].strategies == {"product_answer"} and known.plans["b1"].paths == {"Success"}


def test_our_own_streamdial_files_hold_the_same_words(export: Path) -> None:
    known = read_dialogue_set(export / "dataset" / "car")
    assert [[turn.utterance for turn in talk.turns] for talk in known.talks] == [
        [turn.utterance for turn in make_turns()]
    ] * 2
    assert known.languages == ("en",)


def test_published_dialogues_tell_their_language_by_their_words(tmp_path: Path) -> None:
    (tmp_path / "dialogue_0.json").write_text(json.dumps(PUBLISHED, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "dialogue_plan.json").write_text("[]", encoding="utf-8")
    known = read_dialogue_set(tmp_path)
    assert [(talk.id, talk.language) for talk in known.talks] == [("car_stream_1", "zh"), ("car_stream_2", "en")]
    assert [turn.role for turn in known.talks[0].turns] == ["user", "agent"]
    assert (known.counts.asked, known.counts.kept) == (4, 2)
    assert known.counts.dropped == {"unreadable": 1, "no_turns": 1}
    assert known.counts.notes == ["dialogue_0.json, dialogue 4: KeyError 'dialogue'"]


def test_records_of_another_version_cost_no_dialogue(export: Path) -> None:
    sessions = export / "dataset" / "sessions" / "train.jsonl"
    sessions.write_text(sessions.read_text("utf-8") + "{broken\n", encoding="utf-8")
    old = [{"id": key, "of": "an older version"} for key in ("u1", "u2")]
    users = export / "dataset" / "records" / "users.jsonl"
    users.write_text("\n".join(json.dumps(line) for line in old), encoding="utf-8")
    known = read_dialogue_set(export)
    assert len(known.talks) == 2 and not known.users and {*known.people} == {"u1", "u2", "u3"}
    assert known.counts.dropped == {"broken_line": 1}
    assert "2 personas and blueprints were written by another version and cannot be read" in known.counts.notes


def write_multiwoz(path: Path) -> None:
    metadata = {"hotel": {"semi": {"area": "north"}, "book": {"booked": []}}}
    log = [
        {"text": "I 'm after a hotel in the north , please .", "metadata": {}},
        {"text": "The Arbury Lodge.", "metadata": metadata},
    ]
    body = json.dumps({"A.json": {"goal": {}, "log": log}})
    path.write_bytes(gzip.compress(body.encode()) if path.suffix == ".gz" else body.encode())


@pytest.mark.parametrize("name", ["dialogues.json", "dialogues.json.gz"])
def test_a_public_corpus_is_read_by_file_or_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "multiwoz"
    folder.mkdir()
    write_multiwoz(folder / name)
    (folder / "schema.json").write_text('{"services": []}', encoding="utf-8")
    for path in (folder, folder / name):
        known = read_dialogue_set(path)
        assert known.name == "multiwoz"
        assert known.talks[0].turns[0].inform == {"hotel-area": "north"}
        assert known.talks[0].turns[0].utterance == "I'm after a hotel in the north, please."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no file of dialogues lies in"),
        ("[]", "no dialogue can be read"),
        ("no JSON", "begins with 'n'"),
        ('[{"unknown": 1}]', "as no set that is known has"),
    ],
)
def test_what_is_no_set_is_refused_in_a_sentence(tmp_path: Path, content: Any, message: str) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    if content is not None:
        (folder / "dialogues.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message):
        read_set(folder)


def test_a_run_that_is_not_finished_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="has no data set yet"):
        read_dialogue_set(tmp_path)
    with pytest.raises(ConfigurationError, match="there is nothing at"):
        read_dialogue_set(tmp_path / "nowhere")


def test_rows_of_k_are_those_of_the_records_where_no_table_lies_beside(export: Path) -> None:
    (export / "dataset" / "knowledge.parquet").unlink()
    row = make_row("k1", "price", "46900")
    assert (row.entity, row.slot, row.value, row.text) in read_dialogue_set(export).knowledge["a1"]
