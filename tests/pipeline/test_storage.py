"""Files of a run in its folder, in memory, and on a local S3 server."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamdial.errors import ConfigurationError, StoreError
from streamdial.pipeline import RunSettings, Storage, Workspace
from streamdial.pipeline.storage import read_dialogues
from streamdial.records import Turn
from tests.exports.conftest import make_dialogue


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket on moto's S3 server, spoken to over HTTP as any other."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    s3fs = pytest.importorskip("s3fs")
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem(skip_instance_cache=True).mkdir("kept")
    yield "s3://kept"
    patch.undo()
    server.stop()


@pytest.fixture(params=["folder", "memory", "file", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "s3":
        return Storage(tmp_path, f"{request.getfixturevalue('bucket')}/{tmp_path.name}")
    urls = {"memory": f"memory://{tmp_path.name}", "file": f"file://{tmp_path}/elsewhere"}
    return Storage(tmp_path, urls.get(request.param))


def test_what_is_written_is_read(storage: Storage) -> None:
    assert not storage.has("dialogues/a.jsonl")
    with pytest.raises(StoreError, match=r"a\.jsonl"):
        list(storage.read_lines("dialogues/a.jsonl"))
    storage.write_lines("dialogues/a.jsonl", ['{"id": 1}', '{"text": "房间"}'])
    assert storage.has("dialogues/a.jsonl")
    assert list(storage.read_lines("dialogues/a.jsonl")) == [{"id": 1}, {"text": "房间"}]
    storage.write("dialogues/a.jsonl", "{}\n")
    assert list(storage.read_lines("dialogues/a.jsonl")) == [{}]


def test_a_file_that_is_not_there_is_told(storage: Storage) -> None:
    with pytest.raises(StoreError, match=r"b\.json"):
        storage.read("b.json")


def test_of_several_files_those_that_are_there_are_read(storage: Storage) -> None:
    assert storage.read_found([]) == {}
    assert storage.read_found(["cards/a.jpg"]) == {}
    storage.write("cards/a.jpg", "a")
    storage.write("cards/c.jpg", "c")
    assert storage.read_found(["cards/a.jpg", "cards/b.jpg", "cards/c.jpg"]) == {
        "cards/a.jpg": b"a",
        "cards/c.jpg": b"c",
    }


def test_a_file_of_the_folder_is_brought_under_its_name(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "card.md").write_text("card")
    storage.bring(tmp_path / "dataset" / "card.md")
    assert storage.read("dataset/card.md") == b"card"


def test_an_address_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        Storage(tmp_path, "nowhere://bucket")


def test_a_run_that_was_begun_on_another_machine_is_the_same_run(tmp_path: Path) -> None:
    def settle(out: Path) -> RunSettings:
        return RunSettings(
            domain="hotel", sources=("x",), out=str(out), storage=f"memory://{tmp_path.name}", embedder="hashing"
        )

    first, second = Workspace.open(settle(tmp_path / "a")), Workspace.open(settle(tmp_path / "b"))
    assert (first.instance, first.fingerprint) == (second.instance, second.fingerprint)


def test_dialogues_that_are_read_share_the_sets_of_their_fields(tmp_path: Path) -> None:
    turns = tuple(Turn(turn_id=number, role="user", utterance="hi", act="greet", stage="") for number in range(2))
    dialogue = make_dialogue("d", *turns)
    files = Storage(tmp_path)
    files.write_lines("dialogues/shard.jsonl", [dialogue.model_dump_json()])
    first, second = (read for _ in range(2) for read in read_dialogues(files, ["dialogues/shard.jsonl"]))
    assert first == second == dialogue
    assert first.turns[0].model_fields_set is second.turns[1].model_fields_set
    changed = first.turns[0].model_copy(update={"utterance": "hello"})
    assert changed.model_fields_set is not first.turns[0].model_fields_set
    assert (first.turns[0].utterance, changed.utterance) == ("hi", "hello")


def test_dialogues_that_are_read_share_their_empty_dictionaries_which_cannot_be_filled(tmp_path: Path) -> None:
    dialogue = make_dialogue("d", Turn(turn_id=0, role="user", utterance="hi", act="greet", stage=""))
    files = Storage(tmp_path)
    files.write_lines("dialogues/shard.jsonl", [dialogue.model_dump_json()])
    (read,) = read_dialogues(files, ["dialogues/shard.jsonl"])
    turn = read.turns[0]
    assert turn.request is turn.inform
    fill: tuple[Callable[[], object], ...] = (
        lambda: turn.request.update(price="?"),
        lambda: turn.request.setdefault("price", "?"),
        lambda: operator.setitem(turn.request, "price", "?"),
    )
    for change in fill:
        with pytest.raises(TypeError, match="never changed"):
            change()
    for made in (turn.model_copy(deep=True), copy.deepcopy(turn), pickle.loads(pickle.dumps(turn))):
        assert made == turn
        made.request["price"] = "?"
    assert turn.request == {}
    assert read.model_dump_json() == dialogue.model_dump_json()
    assert read.model_dump(mode="json") == dialogue.model_dump(mode="json")
