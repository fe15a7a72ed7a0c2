from dataclasses import replace
from pathlib import Path

import pytest

from streamdial.errors import StreamDialError
from streamdial.exports import DataSet, EvidenceItem, collect_evidence, write_all
from streamdial.files import replace_file
from streamdial.records import AccountMetadata, Provenance, SeedDialogue, Turn, UserQuestion
from tests.exports.conftest import make_agent, make_dialogue

LAYOUT = {
    "dataset/README.md",
    "dataset/blueprints.parquet",
    "dataset/car/assistant_profile.json",
    "dataset/car/dialogue_0.json",
    "dataset/car/dialogue_plan.json",
    "dataset/car/user_profile.json",
    "dataset/croissant.json",
    "dataset/dialogues.parquet",
    "dataset/evidence.parquet",
    "dataset/knowledge.parquet",
    "dataset/personas.parquet",
    "dataset/multiwoz/dev/dialogues_001.json",
    "dataset/multiwoz/schema.json",
    "dataset/multiwoz/test/dialogues_001.json",
    "dataset/multiwoz/train/dialogues_001.json",
    "dataset/records/agents.jsonl",
    "dataset/records/blueprints.jsonl",
    "dataset/records/users.jsonl",
    "dataset/sgd/dev/dialogues_001.json",
    "dataset/sgd/dev/schema.json",
    "dataset/sgd/schema.json",
    "dataset/sgd/test/dialogues_001.json",
    "dataset/sgd/test/schema.json",
    "dataset/sgd/train/dialogues_001.json",
    "dataset/sgd/train/schema.json",
    "dataset/splits.json",
    "report/index.html",
}


TRAINING = {
    "dataset/chat/train.jsonl",
    "dataset/chat/train.parquet",
    "dataset/sessions/train.jsonl",
    "dataset/sharegpt/train.jsonl",
    "dataset/splits/train.parquet",
    "dataset/trajectories/train.jsonl",
    "dataset/trajectories/train.parquet",
}
"""What only a part with dialogues has."""


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_is_written_in_its_place(data: DataSet, tmp_path: Path) -> None:
    written = write_all(data, tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in written} == set(read_files(tmp_path))
    # Both dialogues are of one account: there is no other part than training.
    assert set(read_files(tmp_path)) == LAYOUT | TRAINING


def test_the_same_data_gives_the_same_bytes_in_any_order(data: DataSet, tmp_path: Path) -> None:
    write_all(data, tmp_path / "a")
    turned = replace(
        data,
        dialogues=data.dialogues[::-1],
        users=dict(reversed(data.users.items())),
        evidence=dict(reversed(data.evidence.items())),
    )
    write_all(turned, tmp_path / "b")
    assert read_files(tmp_path / "a") == read_files(tmp_path / "b")


def test_forms_are_written_by_name_and_the_card_comes_last(data: DataSet, tmp_path: Path) -> None:
    mute = make_dialogue("d9", Turn(turn_id=0, role="user", utterance="hello?", act="greet"))
    written = write_all(replace(data, dialogues=(*data.dialogues, mute)), tmp_path, formats=["card", "chat"])
    chats = {"dataset/chat/train.jsonl", "dataset/chat/train.parquet"}
    assert written[-1].name == "README.md" and set(read_files(tmp_path)) == {*chats, "dataset/README.md"}
    card = written[-1].read_text()
    assert "| chat export | 3 |" in card and "sgd export" not in card
    with pytest.raises(StreamDialError, match=r"no exporter 'parket'.*'parquet'"):
        write_all(data, tmp_path, formats=["parket"])


def test_an_empty_data_set_has_no_file_of_a_part(empty: DataSet, tmp_path: Path) -> None:
    write_all(empty, tmp_path)
    assert set(read_files(tmp_path)) == {path for path in LAYOUT if "/records/" not in path}


def test_a_part_that_is_empty_now_keeps_no_file_of_before(data: DataSet, empty: DataSet, tmp_path: Path) -> None:
    write_all(data, tmp_path)
    write_all(empty, tmp_path)
    assert TRAINING.isdisjoint(set(read_files(tmp_path)) - {"dataset/splits/train.parquet"})


def test_the_datasets_library_loads_every_name_of_the_card(
    data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="the datasets library is not installed")
    write_all(data, tmp_path)
    folder, cache = str(tmp_path / "dataset"), str(tmp_path / "cache")
    names = datasets.get_dataset_config_names(folder)
    assert names == ["chat", "sessions", "trajectories", "personas", "knowledge", "blueprints", "evidence"]
    sizes = {name: datasets.load_dataset(folder, name, cache_dir=cache)["train"].num_rows for name in names}
    assert sizes["chat"] == sizes["sessions"] == len(data.dialogues) and all(sizes.values())
    chat = datasets.load_dataset(folder, cache_dir=cache)["train"][0]
    assert [message["role"] for message in chat["messages"]] == ["system", "user", "assistant"]


def test_what_the_chat_form_cannot_hold_is_told_in_the_card(data: DataSet, tmp_path: Path) -> None:
    mute = make_dialogue("d9", Turn(turn_id=0, role="user", utterance="hello?", act="greet"))
    write_all(replace(data, dialogues=(*data.dialogues, mute)), tmp_path)
    assert "| chat export | 3 | 2 | 2 | no agent turn 1 |" in (tmp_path / "dataset" / "README.md").read_text()


def test_a_dialogue_whose_persona_is_missing_is_refused(data: DataSet) -> None:
    with pytest.raises(
        StreamDialError, match="dialogue d1 names the user persona u1, which the data set does not have"
    ):
        replace(data, users={"u2": data.users["u2"]})


def test_an_id_that_comes_twice_is_refused(data: DataSet) -> None:
    with pytest.raises(StreamDialError, match="same id"):
        replace(data, dialogues=(*data.dialogues, data.dialogues[0]))


@pytest.mark.parametrize("published", [True, False])
def test_a_write_that_fails_leaves_the_old_file(published: bool, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(RuntimeError), replace_file(path, published=published) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_evidence_is_collected_from_signals_rows_and_seeds() -> None:
    at = Provenance(source_id="stream", start=12.0, end=12.0, url="https://example.org")
    question = UserQuestion(
        id="q", domain="automotive", language="en", provenance=at, text="t", raw_text="t", act="ask"
    )
    account = AccountMetadata(
        id="m",
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="profile"),
        account="m",
        name="Silver Leaf",
        bio="cars",
    )
    seed = SeedDialogue(
        id="seed-1",
        domain="automotive",
        language="en",
        turns=(Turn(turn_id=3, role="user", utterance="hi", act="greet"),),
    )
    found = collect_evidence([question, account], [seed], [make_agent("a")])
    assert sorted(found) == ["k1", "k2", "m", "q", "seed-1#3"]
    assert found["q"] == EvidenceItem("q", "question", "t", "stream", 12.0, 12.0, "https://example.org")
    assert found["m"].text == "Silver Leaf · cars"
    assert found["k2"].text == "Meridian · range: 540"
    assert found["seed-1#3"] == EvidenceItem("seed-1#3", "seed", "hi", "seed-1")
