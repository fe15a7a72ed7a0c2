"""Strategies that mine recordings, through a whole run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from streamdial.corpora import read_seeds
from streamdial.counts import Counts
from streamdial.models.build import ModelChoice
from streamdial.models.embedding import CachedEmbedder
from streamdial.pipeline import Pipeline
from streamdial.pipeline.run import open_run
from streamdial.records import Dialogue, SeedDialogue, UserPersona, UserQuestion
from streamdial.testing import HashingEmbedder, ScriptedChatModel
from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "restaurant_live"
MINERS = ("segments", "threads", "scenes")
CHOSEN = (*MINERS, "warmup=0.3")


FOLLOW_UPS = (
    ("f1", "c001", "marlow", "and how much is it?", False),
    ("f2", "f1", "The Copper Ladle", "The Lantern Hotpot is $96 for four people.", True),
    ("f3", "f2", "oli", "does it come with a private room?", False),
    ("f4", "f3", "The Copper Ladle", "There is no private room for the Lantern Hotpot.", True),
)


@dataclass(frozen=True)
class Made:
    """What a run made."""

    dialogues: Sequence[Dialogue]
    users: dict[str, UserPersona]
    questions: dict[str, UserQuestion]
    seeds: list[SeedDialogue]


def make_run(source: Path, out: Path, strategies: Sequence[str], dialogues: int) -> Made:
    given = {"mode": "planned", "signals": "rules", "min_turns": 4, "screen": "warn", "strategy": list(strategies)}
    with Pipeline(domain="restaurant", sources=[str(source)], out=str(out), dialogues=dialogues, **given) as making:
        run = open_run(making.settings)
        run.choice = ModelChoice(ScriptedChatModel(lambda request: "", model_id="none"), "planned", 64)
        run.embedder = CachedEmbedder(HashingEmbedder())
        made = making.generate()
        return Made(
            made.dialogues,
            {user.id: user for user in making.personas().users},
            {question.id: question for question in run.store.get("signals", UserQuestion)},
            run.store.get("exemplars", SeedDialogue),
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    source = tmp_path_factory.mktemp("source") / EXAMPLE.name
    shutil.copytree(EXAMPLE, source)
    with (source / "comments.jsonl").open("a", encoding="utf-8") as comments:
        for name, parent, author, text, by_host in FOLLOW_UPS:
            row = {"id": name, "parent": parent, "author": author, "text": text, "author_is_uploader": by_host}
            comments.write(json.dumps(row) + "\n")
    return make_run(source, tmp_path_factory.mktemp("mined") / "run", CHOSEN, 60)


@pytest.mark.parametrize("name", MINERS)
def test_dialogues_of_its_viewers_name_a_miner_and_the_turns_that_ask_for_it(made: Made, name: str) -> None:
    askers = {f"{name}-{seed.id}" for seed in made.seeds if seed.origin == name}
    theirs = [
        (dialogue, part) for dialogue in made.dialogues for part in dialogue.lineage if part.name == name and askers
    ]
    assert theirs and any(part.turns for _, part in theirs)
    for dialogue, part in theirs:
        own = made.users[dialogue.user_persona_id].provenance.derived_from
        assert made.questions[own[0]].asker in askers
        assert part.turns == tuple(turn.turn_id for turn in dialogue.turns if name in turn.by)
        for number in part.turns:
            asked = (made.questions.get(source) for source in dialogue.turns[number].evidence)
            asks = dialogue.turns[number].role == "user"
            assert not asks or any(question is not None and question.asker in askers for question in asked)


def test_others_do_not_name_it(made: Made) -> None:
    others = [dialogue for dialogue in made.dialogues if not dialogue.lineage]
    assert others and not any(turn.by for dialogue in others for turn in dialogue.turns)


def test_a_scene_stands_before_what_is_asked_at_it(made: Made) -> None:
    begun = [dialogue for dialogue in made.dialogues if dialogue.turns[0].role == "agent"]
    assert begun
    lines = {seed.turns[0].evidence: seed.turns[0] for seed in made.seeds if seed.origin == "scenes"}
    for dialogue in begun:
        first, second = dialogue.turns[:2]
        assert first.by == ("scenes",) and second.role == "user"
        assert any(first.evidence[0] in sources and first.entity == turn.entity for sources, turn in lines.items())


def test_small_talk_stands_first_in_its_share_and_names_where_it_was_written(made: Made) -> None:
    warm = [dialogue for dialogue in made.dialogues if any(part.name == "warmup" for part in dialogue.lineage)]
    assert 14 <= len(warm) <= 22
    written = {f"{seed.id}#0": seed.turns[0].utterance for seed in made.seeds if seed.origin == "warmup"}
    rested = [source for dialogue in warm for source in dialogue.turns[0].evidence if source in written]
    assert written and rested
    for dialogue in (one for one in warm if one.turns[0].role == "user"):
        assert any(name.startswith("bridge:small_talk") for name in dialogue.turns[0].moves)


def test_with_a_share_of_0_a_miner_changes_nothing(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(EXAMPLE / "pages", source / "pages")
    for name in ("profile.json", "comments.jsonl"):
        shutil.copy(EXAMPLE / name, source)
    for out, strategies in (("plain", ()), ("none", [f"{name}=0" for name in (*MINERS, "warmup")])):
        assert {seed.origin for seed in make_run(source, tmp_path / out, strategies, 3).seeds} == {"comments"}
    for name in ("cast/assignments-3.json", "dialogues/shard-0000000-0000003.jsonl"):
        assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "none" / name).read_bytes()


def test_threads_the_account_replies_in_are_seed_dialogues_without_any_strategy(tmp_path: Path) -> None:
    source, out = tmp_path / EXAMPLE.name, tmp_path / "run"
    shutil.copytree(EXAMPLE, source)
    thanks = ("f5", "f2", "marlow", "thank you!", False)
    with (source / "comments.jsonl").open("a", encoding="utf-8") as comments:
        for name, parent, author, text, by_host in (*FOLLOW_UPS, thanks):
            row = {"id": name, "parent": parent, "author": author, "text": text, "author_is_uploader": by_host}
            comments.write(json.dumps(row) + "\n")
    given = {"mode": "planned", "signals": "rules", "min_turns": 4, "screen": "warn"}
    with Pipeline(domain="restaurant", sources=[str(source)], out=str(out), dialogues=12, **given) as making:
        run = open_run(making.settings)
        run.choice = ModelChoice(ScriptedChatModel(lambda request: "", model_id="none"), "planned", 64)
        run.embedder = CachedEmbedder(HashingEmbedder())
        making.generate()
        kept = run.store.get("exemplars", SeedDialogue)
        (blueprint,) = making.blueprints().blueprints
        making.run()
    written = read_seeds(out / "dataset" / "records" / "threads.jsonl", run.pack, "en", Counts("seeds"))
    assert {seed.id: seed for seed in written} == {seed.id: seed for seed in kept}
    assert {seed.origin for seed in kept} == {"comments"}
    talk = next(seed for seed in kept if seed.turns[0].utterance.endswith("and how much is it?"))
    # What a viewer wrote in a row is one turn.
    asked = f"we were five and left full. {FOLLOW_UPS[0][3]}"
    assert [turn.utterance for turn in talk.turns] == [asked, FOLLOW_UPS[1][3], "thank you!"]
    told = json.loads((out / "delivery.json").read_text("utf-8"))["counts"]
    (counts,) = (part for part in told if part["phase"] == "dialogues of comment threads")
    assert counts["kept"] == len(kept) and counts["notes"]
    # The stream's own steps are evidence of the stream; a seed's name none of these.
    named = {source for step in blueprint.transitions for source in step.evidence}
    assert not any(source.startswith(seed.id) for source in named for seed in kept)
