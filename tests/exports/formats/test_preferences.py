"""Pairs and trajectories: what TRL documents of its forms, and where each pair comes from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from streamdial.exports import DataSet, render_card, split_data_set, write_all
from streamdial.exports.formats.preferences import (
    count_pairs,
    list_pairs,
    write_preferences_jsonl,
    write_trajectories_jsonl,
)
from streamdial.records import Dialogue, Lineage, RefusedWords, Revision, Turn, Variant
from tests.exports.conftest import make_dialogue


def say(number: int, text: str, act: str, **more: Any) -> Turn:
    return Turn(turn_id=number, role="agent" if number % 2 else "user", utterance=text, act=act, **more)


def make_parent() -> Dialogue:
    return make_dialogue(
        "d1",
        say(0, "seven seats?", "inform", inform={"seats": "7"}),
        say(1, "The Meridian has seven.", "recommend", entity="Meridian", tell={"seats": "7"}),
        say(2, "how far does it go?", "ask", request={"range": "?"}),
        say(3, "It goes 540 km.", "answer", entity="Meridian", tell={"range": "540"}),
    )


def make_pairs() -> tuple[Dialogue, Dialogue]:
    """A dialogue with a turn said again, one by the user, and variants; and one derived from it with another wish."""
    parent = make_parent()
    variants = (
        Variant(kind="answerable", turn=3, entity="Meridian", slot="range", value="540", utterance="It goes 540 km."),
        Variant(kind="contradicted", turn=3, entity="Meridian", slot="range", value="540", utterance="It goes 300 km."),
        Variant(kind="unanswerable", turn=3, entity="Meridian", slot="range"),
    )
    revisions = (
        Revision(turn_id=1, before="It has seven.", reason="name it", reviewer="principle"),
        Revision(turn_id=2, before="how far?", reason="stiff", reviewer="critic"),
    )
    derived = make_dialogue(
        "d2",
        say(0, "five seats?", "inform", inform={"seats": "5"}),
        say(1, "The Lark has five.", "recommend", entity="Lark", tell={"seats": "5"}),
        *parent.turns[2:],
    )
    lineage = (Lineage(kind="derive", name="counterfactual", parents=("d1",), turns=(0,)),)
    return (
        parent.model_copy(update={"revisions": revisions, "variants": variants}),
        derived.model_copy(update={"lineage": lineage}),
    )


@pytest.fixture
def paired(data: DataSet) -> DataSet:
    return replace(data, dialogues=make_pairs())


def test_each_pair_comes_from_where_a_turn_was_replaced() -> None:
    parent, derived = make_pairs()
    pairs = [*list_pairs(parent, {}), *list_pairs(derived, {"d1": parent})]
    assert [(pair.source, pair.turn, pair.chosen, pair.rejected) for pair in pairs] == [
        ("principle", 1, "The Meridian has seven.", "It has seven."),
        ("perturb", 3, "It goes 540 km.", "It goes 300 km."),
        ("counterfactual", 1, "The Lark has five.", "The Meridian has seven."),
    ]
    assert not list(list_pairs(derived, {})), "what it was derived from is not in the set"
    same = derived.model_copy(update={"turns": (derived.turns[0], *parent.turns[1:])})
    assert not list(list_pairs(same, {"d1": parent})), "the same thing suits both wishes"


def test_what_an_agent_said_is_better_than_what_was_refused_in_its_place() -> None:
    refused = (
        RefusedWords(turn_id=1, text="The Meridian has nine.", check="invented_number"),
        RefusedWords(turn_id=1, text="The Meridian has nine.", check="invented_number"),
        RefusedWords(turn_id=2, text="I recommend it.", check="role_confusion"),  # the user's
        RefusedWords(turn_id=3, text="It goes 540 km.", check="repetition"),  # said all the same
        RefusedWords(turn_id=3, text="It goes far.", check="missing_value"),
        RefusedWords(turn_id=9, text="Bye.", check="repetition"),  # of a turn that was never made
    )
    pairs = list(list_pairs(make_parent().model_copy(update={"refused": refused}), {}))
    assert [(pair.source, pair.turn, pair.chosen, pair.rejected, pair.reason) for pair in pairs] == [
        ("refused", 1, "The Meridian has seven.", "The Meridian has nine.", "invented_number"),
        ("refused", 3, "It goes 540 km.", "It goes far.", "missing_value"),
    ]
    assert [len(pair.before) for pair in pairs] == [1, 3]


def check_preference(line: dict[str, Any]) -> None:
    """TRL, "Dataset formats and types": conversational preference with an explicit prompt."""
    assert {"prompt", "chosen", "rejected"} <= set(line)
    for key in ("prompt", "chosen", "rejected"):
        assert line[key] and all(set(message) == {"role", "content"} for message in line[key])
        assert all(isinstance(message["content"], str) and message["content"] for message in line[key])
    roles = [message["role"] for message in line["prompt"]]
    assert set(roles[1:]) <= {"user", "assistant"} and roles[0] in ("system", "user") and roles[-1] == "user"
    assert [message["role"] for message in (*line["chosen"], *line["rejected"])] == ["assistant"] * 2
    assert line["chosen"] != line["rejected"]


def test_a_line_has_the_form_that_trl_documents(paired: DataSet, tmp_path: Path) -> None:
    counts = write_preferences_jsonl(paired, tmp_path / "p.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (counts.made, counts.kept, len(lines)) == (3, 3, 3)
    for line in lines:
        check_preference(line)
    assert [message["content"] for message in lines[1]["prompt"]][1:] == [
        turn.utterance for turn in make_parent().turns[:3]
    ]
    assert lines[0]["metadata"] == {
        "dialogue_id": "d1",
        "turn": "1",
        "source": "principle",
        "reason": "name it",
        "domain": "automotive",
        "language": "en",
    }


def test_a_pair_that_does_not_follow_the_user_is_counted_as_dropped(data: DataSet, tmp_path: Path) -> None:
    first = Turn(turn_id=0, role="agent", utterance="Hello!", act="greet")
    lone = make_dialogue("d9", first).model_copy(
        update={"revisions": (Revision(turn_id=0, before="Hi", reason="r", reviewer="principle"),)}
    )
    counts = write_preferences_jsonl(replace(data, dialogues=(lone,)), tmp_path / "p.jsonl")
    assert (counts.made, counts.kept, dict(counts.dropped)) == (1, 0, {"not_after_the_user": 1})
    assert not count_pairs(replace(data, dialogues=(lone,)))


def test_a_trajectory_has_its_reward_at_the_end(data: DataSet, tmp_path: Path) -> None:
    ended = [make_parent().model_copy(update={"id": key, "outcome": key}) for key in ("drop_out", "success")]
    write_trajectories_jsonl(replace(data, dialogues=tuple(ended)), tmp_path / "t.jsonl")
    lost, won = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (lost["reward"], won["reward"]) == (0.0, 1.0)
    assert [step["reward"] for step in won["steps"]] == [0, 0, 0, 1]
    assert [step["done"] for step in won["steps"]] == [False, False, False, True]
    assert [step["act"] for step in won["steps"]] == ["inform", "recommend", "ask", "answer"]


def test_nothing_empty_is_written_and_the_card_tells_the_rest(data: DataSet, paired: DataSet, tmp_path: Path) -> None:
    write_all(paired, tmp_path)
    folder = tmp_path / "dataset" / "preferences"
    assert sorted(path.name for path in folder.iterdir()) == ["train.jsonl", "train.parquet"]
    table = pl.read_parquet(folder / "train.parquet")
    assert table.columns == ["prompt", "chosen", "rejected", "metadata"] and len(table) == 3
    card = (tmp_path / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "3 pairs" in card and "perturb 1" in card and "config_name: preferences" in card
    write_all(data, tmp_path)
    assert not folder.exists()
    assert "preferences" not in render_card(data, split_data_set(data))


def test_the_datasets_library_loads_pairs_and_trajectories(
    paired: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="the datasets library is not installed")
    write_all(paired, tmp_path)
    folder, cache = str(tmp_path / "dataset"), str(tmp_path / "cache")
    pairs = datasets.load_dataset(folder, "preferences", cache_dir=cache)["train"]
    for line in pairs:
        check_preference(line)
    assert datasets.load_dataset(folder, "trajectories", cache_dir=cache)["train"].num_rows == 2
