import json
from dataclasses import replace
from pathlib import Path

import pytest

from streamdial.corpora import open_corpus
from streamdial.counts import Counts
from streamdial.exports import DataSet, list_states, split_data_set, write_schema_guided
from streamdial.exports.formats.schema_guided import Form
from streamdial.records import SeedDialogue, Turn, accumulate_state
from tests.exports.conftest import make_dialogue, make_turns

FORMS: tuple[Form, ...] = ("sgd", "multiwoz")


@pytest.fixture
def talks(data: DataSet) -> DataSet:
    """A talk in which a slot is taken back and an offer compares two things, beside those of `data`."""
    turns = (
        *make_turns(),
        Turn(
            turn_id=3,
            role="agent",
            utterance="Take the Meridian, it has 540 km, the other 400.",
            act="recommend",
            entity="Meridian",
            tell={"range": "540"},
            other="Aurora",
            tell_other={"range": "400"},
        ),
        Turn(turn_id=4, role="user", utterance="The price does not matter then.", act="insist", inform={"price": ""}),
        Turn(turn_id=5, role="user", utterance="Saturday?", act="book", inform={"visit_date": "Saturday"}),
    )
    return replace(data, dialogues=(*data.dialogues, make_dialogue("d4", *turns)))


def read_back(data: DataSet, folder: Path, form: Form) -> dict[str, SeedDialogue]:
    files, _ = write_schema_guided(data, split_data_set(data), folder, form)
    counts = Counts("reading")
    found = {
        seed.id: seed
        for file in files
        if file.name.startswith("dialogues") and json.loads(file.read_text(encoding="utf-8"))
        for seed in open_corpus(file, counts)
    }
    assert not counts.dropped
    return found


@pytest.mark.parametrize("form", FORMS)
def test_our_reader_reads_the_same_talks_and_states_back(talks: DataSet, tmp_path: Path, form: Form) -> None:
    found = read_back(talks, tmp_path, form)
    assert sorted(found) == ["d1", "d2", "d4"]
    prefix = {"sgd": "automotive_1-", "multiwoz": "automotive-"}[form]
    for dialogue in talks.dialogues:
        seed = found[dialogue.id]
        assert seed.domain == ("automotive" if dialogue.id != "d2" else "unknown"), "d2 names no slot"
        assert [(turn.role, turn.utterance) for turn in seed.turns] == [
            (turn.role, turn.utterance.strip()) for turn in dialogue.turns
        ]
        for number, state in enumerate(list_states(dialogue)):
            read = accumulate_state(seed.turns[: number + 1])
            assert read == {f"{prefix}{slot}": value for slot, value in state.items()}


def test_sgd_keeps_what_both_sides_ask_and_tell(talks: DataSet, tmp_path: Path) -> None:
    found = read_back(talks, tmp_path, "sgd")
    first, second = found["d1"].turns[:2]
    assert first.request == {"automotive_1-range": "?"}
    assert second.tell == {"automotive_1-range": "540"}


def test_frames_hold_state_spans_and_acts(talks: DataSet, tmp_path: Path) -> None:
    _, counts = write_schema_guided(talks, split_data_set(talks), tmp_path, "sgd")
    listed = json.loads((tmp_path / "train" / "dialogues_001.json").read_text(encoding="utf-8"))
    turns = next(row for row in listed if row["dialogue_id"] == "d4")["turns"]
    (frame,) = turns[0]["frames"]
    assert turns[0]["speaker"] == "USER"
    assert frame["state"] == {
        "active_intent": "find_automotive",
        "requested_slots": ["range"],
        "slot_values": {"seats": ["7", "7 seats"]},
    }
    (span,) = frame["slots"]
    assert turns[0]["utterance"][span["start"] : span["exclusive_end"]] == "7 seats"
    assert [(a["act"], a["slot"], a["canonical_values"]) for a in frame["actions"]] == [
        ("INFORM", "seats", ["7"]),
        ("REQUEST", "range", []),
    ]
    offer = turns[3]["frames"][0]["actions"]
    assert [(a["act"], a["slot"], a["canonical_values"]) for a in offer] == [
        ("OFFER", "range", ["540"]),
        ("OFFER", "model", ["Meridian"]),
    ]
    assert turns[5]["frames"][0]["state"]["active_intent"] == "book_automotive"
    assert "price" not in turns[4]["frames"][0]["state"]["slot_values"]
    assert dict(counts.dropped) == {"second_entity": 1, "act_without_counterpart": 2}


def test_the_schema_describes_every_slot_of_the_pack(talks: DataSet, tmp_path: Path) -> None:
    for form in FORMS:
        write_schema_guided(talks, split_data_set(talks), tmp_path / form, form)
    (service,) = json.loads((tmp_path / "sgd" / "schema.json").read_text(encoding="utf-8"))
    assert service["service_name"] == "automotive_1"
    assert [slot["name"] for slot in service["slots"]] == list(talks.pack.slots)
    energy = next(slot for slot in service["slots"] if slot["name"] == "energy")
    assert energy["is_categorical"]
    assert "dontcare" in energy["possible_values"]
    assert {intent["name"]: intent["is_transactional"] for intent in service["intents"]} == {
        "find_automotive": False,
        "book_automotive": True,
    }
    (multiwoz,) = json.loads((tmp_path / "multiwoz" / "schema.json").read_text(encoding="utf-8"))
    assert multiwoz["slots"][0]["name"] == f"automotive-{next(iter(talks.pack.slots))}"
    assert (tmp_path / "sgd" / "dev" / "schema.json").is_file()
    assert not (tmp_path / "multiwoz" / "dev" / "schema.json").exists()


def test_a_shorter_export_removes_the_files_of_a_longer_one(talks: DataSet, tmp_path: Path) -> None:
    old = tmp_path / "train" / "dialogues_002.json"
    old.parent.mkdir(parents=True)
    old.write_text("[]")
    write_schema_guided(talks, split_data_set(talks), tmp_path, "multiwoz")
    assert not old.exists()
