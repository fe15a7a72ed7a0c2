"""Settings that were there before strategies choose one: there is one mechanism, and lineage says that it acted."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streamdial.blueprints import BehaviourPlan
from streamdial.dialogues import Assignment, Goal
from streamdial.errors import ConfigurationError
from streamdial.models import ModelRuntime
from streamdial.models.build import ModelChoice
from streamdial.pipeline import LoadedRun, Pipeline, RunSettings
from streamdial.pipeline.dialogues import _arrange
from streamdial.pipeline.fingerprint import collect_parts
from streamdial.pipeline.run import needs_model, open_run
from streamdial.strategies import StrategyChoice, open_strategy
from streamdial.strategies.model_pairs import ModelPairs
from streamdial.strategies.review import Review
from streamdial.testing import ObedientModel, ScriptedChatModel
from tests.conftest import ROOT
from tests.dialogues import material
from tests.strategies.test_contract import make

EXAMPLE = ROOT / "examples" / "restaurant_live"
GIVEN = {"domain": "restaurant", "sources": ["x"], "out": "run"}


def build_settings(**options: object) -> RunSettings:
    return RunSettings.model_validate({**GIVEN, **options})


def test_old_settings_choose_the_strategy_of_their_name() -> None:
    assert build_settings().strategies.list_choices() == ()
    chosen = build_settings(
        second_goals=0.3, human_rules=0.2, review="model", review_model="critic", strategy=["skeleton"]
    )
    assert [(one.name, one.share, dict(one.options)) for one in chosen.strategies.list_choices()] == [
        ("skeleton", 1.0, {}),
        ("second_goals", 0.3, {}),
        ("human_rules", 0.2, {}),
        ("review", 1.0, {"model": "critic"}),
    ]
    assert json.loads(collect_parts(chosen)["strategy_versions"]).keys() == {
        *("skeleton", "second_goals", "human_rules", "review")
    }
    assert "strategy_versions" not in collect_parts(build_settings())
    with pytest.raises(ConfigurationError, match="second_goals is chosen twice"):
        build_settings(second_goals=0.3, strategy=["second_goals"]).strategies.list_choices()


def test_a_run_whose_model_reviews_alone_needs_it() -> None:
    assert not needs_model(build_settings(second_goals=1.0))
    assert needs_model(build_settings(review="model"))
    assert needs_model(build_settings(strategy=["review=0.5"])) and not needs_model(
        build_settings(strategy=["review=0"])
    )
    assert not needs_model(build_settings(review="model", review_model="critic"))


def test_a_second_goal_has_a_part_only_where_a_dialogue_can_go_on() -> None:
    user, blueprint = material.build_user(), material.build_expert().blueprint
    other = material.build_user(id="other")
    names = {path.outcome: path.name for path in blueprint.paths}
    first = Assignment(
        id="a",
        number=0,
        user=user,
        expert=0,
        path=names["success"],
        strategy="",
        match=material.MATCH,
        seed=5,
        behaviours=BehaviourPlan(),
        paths=blueprint.paths,
    )
    choice = StrategyChoice(name="second_goals")
    after, acting = _arrange(first, [choice], [user, other])
    assert [type(goal) for goal in after.then] == [Goal] and after.then[0].user is other and acting == [choice]
    assert replace(after, then=()) == first and _arrange(first, [choice], [user, other])[0] == after
    left = replace(first, path=names["drop_out"])
    assert _arrange(left, [choice], [user, other]) == (left, [])
    assert _arrange(first, [choice], [user]) == (first, [])


def test_a_review_is_a_part_of_the_dialogue_with_the_turn_it_changed() -> None:
    number = next(turn.turn_id for turn in make([])[0].turns if turn.act in ("recommend", "answer"))
    strategy = open_strategy("review")
    assert isinstance(strategy, Review) and not strategy.OFFLINE and strategy.wants_model == ""
    with pytest.raises(ConfigurationError, match="review has no model"):
        asyncio.run(strategy.review(material.build_state()))
    answer = json.dumps({"reason": "stiff", "decision": "redo", "turn": number})
    strategy.bind(ScriptedChatModel(lambda request: answer, model_id="critic"))
    made = make([strategy])[0]
    (lineage,) = made.lineage
    assert (lineage.kind, lineage.name) == ("rewriter", "review")
    assert lineage.turns == tuple(revision.turn_id for revision in made.revisions)
    assert all(revision.reviewer == "critic" for revision in made.revisions)


def test_two_models_hold_a_dialogue_and_are_named(tmp_path: Path) -> None:
    pairs = StrategyChoice(name="model_pairs", options={"pairs": [["ann", "bob"]]})
    source = tmp_path / "source"
    shutil.copytree(EXAMPLE / "pages", source / "pages")
    shutil.copy(EXAMPLE / "profile.json", source)
    given: dict[str, Any] = {
        "domain": "restaurant",
        "sources": [str(source)],
        "dialogues": 4,
        "signals": "rules",
        "min_turns": 4,
    }
    played = {name: ObedientModel() for name in ("ann", "bob")}
    for name, model in played.items():
        model.model_id = name
    options: dict[str, Any] = {
        "mode": "guided",
        "guided_by": "turn",
        "strategy": ["documents", pairs],
        "out": str(tmp_path / "run"),
    }
    with Pipeline(**given, **options) as making:
        run = open_run(making.settings)
        run.choice = ModelChoice(ScriptedChatModel(lambda request: "{}", model_id="own"), "guided", 4)
        run.named_models.update({name: ModelRuntime(model) for name, model in played.items()})
        making.run()
    made = LoadedRun(tmp_path / "run").all_dialogues
    assert [one.models for one in made] == [{"user": "ann", "agent": "bob"}] * len(made)
    assert made and all(one.lineage[-1].name == "model_pairs" for one in made)
    purposes = {name: {request.purpose for request in model.requests} for name, model in played.items()}
    assert purposes == {"ann": {"user_turn"}, "bob": {"agent_turn"}}
    with (
        pytest.raises(ConfigurationError, match="model_pairs has nothing to do in the mode planned"),
        Pipeline(**given, **{**options, "mode": "planned", "out": str(tmp_path / "other")}) as making,
    ):
        making.run()


def test_pairs_are_drawn_by_the_dialogue() -> None:
    strategy = open_strategy("model_pairs", {"pairs": [["ann", "bob"], ["bob", "ann"]]})
    assert isinstance(strategy, ModelPairs) and not strategy.OFFLINE
    plan = Assignment(
        id="a",
        number=0,
        user=material.build_user(),
        expert=0,
        path="p",
        strategy="",
        match=material.MATCH,
        seed=0,
        behaviours=BehaviourPlan(),
    )
    drawn = [strategy.arrange(replace(plan, seed=seed), []).models for seed in range(20)]
    assert set(drawn) == {("ann", "bob"), ("bob", "ann")}
    with pytest.raises(ConfigurationError, match="model_pairs: pairs"):
        open_strategy("model_pairs", {"pairs": []})
