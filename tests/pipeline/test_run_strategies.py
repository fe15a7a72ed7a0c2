"""Strategies through a whole run: drawn, obeyed, derived from, exported, compared, and gone on from."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from streamdial.deployments._continuing import continue_dialogues
from streamdial.errors import ConfigurationError
from streamdial.evaluation.reading import read_dialogue_set
from streamdial.evaluation.runner import part_by_mechanism
from streamdial.files import read_lines
from streamdial.models.build import ModelChoice
from streamdial.pipeline import LoadedRun, Pipeline, RunSettings
from streamdial.pipeline.fingerprint import collect_parts
from streamdial.pipeline.mining import open_reading
from streamdial.pipeline.run import open_run
from streamdial.pipeline.tool_dialogues import require_advising
from streamdial.records import Dialogue
from streamdial.strategies import StrategyChoice
from streamdial.testing import ScriptedChatModel
from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "restaurant_live"


def run_pages(out: Path, **options: object) -> Path:
    """A run of the example's pages alone, without a model."""
    source = out.parent / "source"
    if not source.is_dir():
        shutil.copytree(EXAMPLE / "pages", source / "pages")
        shutil.copy(EXAMPLE / "profile.json", source)
    given = {"dialogues": 8, "mode": "planned", "signals": "rules", "min_turns": 6, "keep_ratio": 1.0, **options}
    with Pipeline(domain="restaurant", sources=[str(source)], out=str(out), **given) as making:
        silent = ScriptedChatModel(lambda request: "", model_id="none")
        open_run(making.settings).choice = ModelChoice(silent, "planned", 64)
        making.run()
    return out


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = ["documents", "counterfactual=0.5", "hidden_context=0.5", "episode=0.25", "join"]
    return run_pages(tmp_path_factory.mktemp("strategies") / "run", strategy=chosen)


def test_pages_without_chat_become_dialogues_whose_facts_rest_on_them(made: Path) -> None:
    run = LoadedRun(made)
    assert run.all_dialogues
    rows = {row.id for agent in run.personas.agents for row in agent.knowledge}
    told = [
        turn
        for dialogue in run.all_dialogues
        for turn in dialogue.turns
        if turn.role == "agent" and turn.act == "answer"
    ]
    assert told and all(set(turn.evidence) & rows for turn in told if turn.tell)


def test_a_share_of_the_dialogues_follows_a_strategy_and_is_told_by_it(made: Path) -> None:
    first = [dialogue for dialogue in LoadedRun(made).all_dialogues if not _list_parents(dialogue)]
    named = [dialogue for dialogue in first if any(one.name == "hidden_context" for one in dialogue.lineage)]
    assert 2 <= len(named) <= 6
    table = pl.read_parquet(made / "dataset" / "dialogues.parquet")
    names = table["lineage"].explode().struct.field("name").drop_nulls()
    assert {"hidden_context", "counterfactual"} <= set(names)
    by = table["turns"].explode().struct.field("by").explode().drop_nulls()
    assert set(by) <= {"hidden_context", "counterfactual", "documents", "facts", "join"} and len(by)


def _list_parents(dialogue: Dialogue) -> list[str]:
    return [parent for one in dialogue.lineage for parent in one.parents]


def test_a_derived_dialogue_names_its_parent_and_brings_its_user(made: Path) -> None:
    data = LoadedRun(made).dataset
    by_id = {dialogue.id: dialogue for dialogue in LoadedRun(made).all_dialogues}
    derived = [
        one for one in data.dialogues if [part.name for part in one.lineage if part.parents] == ["counterfactual"]
    ]
    assert derived
    for dialogue in derived:
        (parent,) = (by_id[name] for name in _list_parents(dialogue))
        assert dialogue.user_persona_id in data.users and dialogue.user_persona_id != parent.user_persona_id
        (first, *_) = dialogue.lineage[0].turns
        assert dialogue.turns[:first] == parent.turns[:first]
        before, after = parent.turns[first].inform, dialogue.turns[first].inform
        assert before.keys() == after.keys() and sum(before[slot] != after[slot] for slot in before) == 1


def test_a_set_is_parted_by_its_strategies(made: Path) -> None:
    own = read_dialogue_set(made)
    parted = {left.name: (len(left.talks), len(right.talks)) for left, right in part_by_mechanism(own)}
    # All but the derived dialogues are of readers of pages.
    assert set(parted) >= {"with hidden_context", "with counterfactual", "with documents", "with episode"}
    assert all(sum(counts) == len(own.talks) and min(counts) for counts in parted.values())


def test_sessions_of_an_episode_are_linked_and_remember(made: Path) -> None:
    by_id = {dialogue.id: dialogue for dialogue in LoadedRun(made).all_dialogues}
    later = [one for one in by_id.values() if one.session is not None and one.session.number > 1]
    assert later
    for dialogue in later:
        (parent,) = (by_id[name] for name in dialogue.lineage[0].parents)
        session, before = dialogue.session, parent.session
        assert session is not None and before is not None and session.gap
        assert (session.episode, session.number) == (before.episode, before.number + 1)
        assert {one.name for one in dialogue.lineage} == {"episode", "facts"}
        for recall in (one for turn in dialogue.turns for one in turn.recalls):
            assert recall.turn < len(by_id[recall.dialogue].turns)
    table = pl.read_parquet(made / "dataset" / "dialogues.parquet")
    kept = table.filter(pl.col("session").struct.field("number") > 1)
    assert kept.height and kept["lineage"].explode().struct.field("parents").list.len().sum() >= kept.height
    assert set(table["turns"].explode().struct.field("recalls").explode().struct.field("kind").drop_nulls())


def test_a_joined_dialogue_is_made_of_two(made: Path) -> None:
    by_id = {dialogue.id: dialogue for dialogue in LoadedRun(made).all_dialogues}
    joined = [(one, part) for one in by_id.values() for part in one.lineage if part.name == "join" and part.parents]
    assert joined
    for dialogue, part in joined:
        first, second = (by_id[name] for name in part.parents)
        (seam,) = part.turns
        assert [turn.utterance for turn in dialogue.turns[:seam]] == [turn.utterance for turn in first.turns[:seam]]
        assert dialogue.turns[seam].utterance.endswith(second.turns[-len(dialogue.turns) + seam].utterance)
        assert dialogue.turns[-1].utterance == second.turns[-1].utterance and len(dialogue.goals) == 1


def test_share_0_is_the_run_without(tmp_path: Path) -> None:
    plain = run_pages(tmp_path / "plain", strategy=["documents"])
    none = run_pages(
        tmp_path / "none", strategy=["documents", "hidden_context=0", "counterfactual=0", "episode=0", "join=0"]
    )
    for name in ("cast/assignments-8.json", "dialogues/shard-0000000-0000008.jsonl"):
        assert (plain / name).read_bytes() == (none / name).read_bytes()


async def test_dialogues_of_a_run_go_on_from_a_turn(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "on.jsonl"
    await continue_dialogues(made, out, count=3, after=3, seed=5, strategies=["skeleton"])
    known = {dialogue.id: dialogue for dialogue in LoadedRun(made).all_dialogues}
    begun = [Dialogue.model_validate(line) for line in read_lines(out)]
    assert begun
    for dialogue in begun:
        (parent,) = _list_parents(dialogue)
        assert [turn.utterance for turn in dialogue.turns[:3]] == [turn.utterance for turn in known[parent].turns[:3]]
        assert dialogue.lineage[0].options == {"after": 3} and dialogue.lineage[1].name == "skeleton"
    with pytest.raises(ConfigurationError, match="policy_graph says nothing about single turns"):
        await continue_dialogues(made, out, count=1, after=3, seed=5, strategies=["policy_graph"])


def test_dialogues_with_tools_refuse_what_has_no_part_in_them() -> None:
    require_advising([StrategyChoice(name="skeleton"), StrategyChoice(name="documents")])
    for name in ("policy_graph", "counterfactual", "episode", "join"):
        with pytest.raises(ConfigurationError, match=f"strategy {name} is of the kind"):
            require_advising([StrategyChoice(name=name)])


def test_a_run_begun_with_a_file_of_strategies_is_not_gone_on_with_without_it(tmp_path: Path) -> None:
    listed = tmp_path / "strategies.yaml"
    listed.write_text("- skeleton", encoding="utf-8")
    given = {"domain": "restaurant", "sources": ["x"], "out": str(tmp_path / "run")}
    begun = collect_parts(RunSettings.model_validate({**given, "strategies_file": str(listed)}))
    now = collect_parts(RunSettings.model_validate(given), begun)
    assert set(begun) - set(now) == {"strategies_file", "strategy_versions"}


def test_readers_come_with_a_share_alone(tmp_path: Path) -> None:
    given = {"domain": "restaurant", "sources": ["x"], "out": str(tmp_path / "run")}
    named = [
        open_reading(RunSettings.model_validate({**given, "strategy": [name]})) for name in ("documents", "documents=0")
    ]
    assert [len(mining) for mining in named] == [1, 0]


def test_an_unknown_strategy_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no strategy 'hiden_context'.*did you mean 'hidden_context'"):
        run_pages(tmp_path / "run", strategy=["hiden_context"])
