import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from streamdial.errors import ConfigurationError, MissingExtraError, StreamDialError
from streamdial.exports import DataSet, push_data_set, write_all
from streamdial.records import Turn
from tests.exports.conftest import make_dialogue
from tests.exports.tool_sets import make_tool_set


class FakeHub:
    """huggingface_hub's interface, as far as it is used."""

    def __init__(self, token: str = "", error: Exception | None = None) -> None:
        self.token = token
        self.error = error
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def create_repo(self, repo_id: str, **options: Any) -> str:
        self.calls.append(("create_repo", {"repo_id": repo_id, **options}))
        if self.error:
            raise self.error
        return f"https://hub.example/datasets/{repo_id}"

    def upload_folder(self, **options: Any) -> None:
        self.calls.append(("upload_folder", options))


def test_the_data_set_is_uploaded_as_one_commit(data: DataSet, tmp_path: Path) -> None:
    write_all(data, tmp_path)
    hub = FakeHub()
    assert push_data_set(tmp_path, "me/cars", api=hub) == "https://hub.example/datasets/me/cars"
    (create, made), (upload, sent) = hub.calls
    assert (create, upload) == ("create_repo", "upload_folder")
    assert made == {"repo_id": "me/cars", "repo_type": "dataset", "private": True, "exist_ok": True}
    assert (sent["repo_id"], sent["repo_type"]) == ("me/cars", "dataset")
    assert sent["folder_path"] == str(tmp_path / "dataset")


def test_the_token_comes_from_the_environment_alone(
    data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(data, tmp_path)
    made: list[FakeHub] = []

    def build(token: str) -> FakeHub:
        made.append(FakeHub(token))
        return made[-1]

    fake = ModuleType("huggingface_hub")
    fake.HfApi = build  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="no token of the hub is given"):
        push_data_set(tmp_path, "me/cars")
    assert not made
    monkeypatch.setenv("HF_TOKEN", "secret")
    push_data_set(tmp_path, "me/cars", private=False)
    assert made[0].token == "secret"
    assert made[0].calls[0][1]["private"] is False
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'streamdial\[hub\]'"):
        push_data_set(tmp_path, "me/cars")


def test_what_looks_personal_is_not_pushed_unasked(data: DataSet, tmp_path: Path) -> None:
    told = Turn(turn_id=1, role="agent", utterance="Write to jane.doe@mail.example.com please.", act="answer")
    write_all(replace(data, dialogues=(*data.dialogues, make_dialogue("d7", told))), tmp_path)
    hub = FakeHub()
    with pytest.raises(ConfigurationError, match=r"personal data \(email 1\)"):
        push_data_set(tmp_path, "me/cars", api=hub)
    assert not hub.calls
    push_data_set(tmp_path, "me/cars", allow_personal=True, api=hub)
    assert len(hub.calls) == 2


def test_a_folder_without_a_data_set_and_a_bad_name_are_refused(data: DataSet, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"README.md, dialogues.parquet, chat missing"):
        push_data_set(tmp_path, "me/cars", api=FakeHub())
    write_all(data, tmp_path)
    with pytest.raises(ConfigurationError, match="'cars' is no repository"):
        push_data_set(tmp_path, "cars", api=FakeHub())


def test_a_refusal_of_the_hub_is_one_line(data: DataSet, tmp_path: Path) -> None:
    write_all(data, tmp_path)
    with pytest.raises(StreamDialError, match="the hub refused me/cars: 401 Unauthorized"):
        push_data_set(tmp_path, "me/cars", api=FakeHub(error=RuntimeError("401 Unauthorized\ntrace")))


def test_what_a_database_holds_is_looked_at_too(tmp_path: Path) -> None:
    data = make_tool_set()
    assert data.tool_use is not None
    (world,) = data.tool_use.worlds.values()
    first, *others = world.contents.rows
    rows = ({**first, "view": "ask 138 1234 5678"}, *others)
    leaky = world.model_copy(update={"contents": world.contents.model_copy(update={"rows": rows})})
    write_all(replace(data, tool_use=replace(data.tool_use, worlds={world.id: leaky})), tmp_path)
    with pytest.raises(ConfigurationError, match="phone 1"):
        push_data_set(tmp_path, "me/hotels", api=FakeHub())


@pytest.mark.parametrize("name", ["bfcl_multi_turn.jsonl", "tau2/w/tasks.json", "tau2/w/policy.md"])
def test_what_benchmarks_read_is_looked_at_too(tmp_path: Path, name: str) -> None:
    write_all(make_tool_set(), tmp_path)
    path = tmp_path / "dataset" / "tools" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"a": [{"b": "Call me: 138 1234 5678"}]}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="phone 1"):
        push_data_set(tmp_path, "me/hotels", api=FakeHub())


def test_words_of_a_dialogue_that_failed_are_looked_at_too(tmp_path: Path) -> None:
    data = make_tool_set()
    write_all(data, tmp_path)
    assert push_data_set(tmp_path, "me/hotels", api=FakeHub())
    assert data.tool_use is not None
    failed = data.tool_use.unverified[0]
    first = failed.turns[0].model_copy(update={"utterance": "Call me: 138 1234 5678"})
    leaky = failed.model_copy(update={"turns": (first, *failed.turns[1:])})
    write_all(replace(data, tool_use=replace(data.tool_use, unverified=(leaky,))), tmp_path)
    with pytest.raises(ConfigurationError, match="phone 1"):
        push_data_set(tmp_path, "me/hotels", api=FakeHub())
