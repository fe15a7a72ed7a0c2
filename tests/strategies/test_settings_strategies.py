"""Settings that were there before strategies choose one: there is one mechanism, and lineage says that it acted."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from streamdial.blueprints import BehaviourPlan
from streamdial.dialogues import Assignment, Goal
from streamdial.errors import ConfigurationError
from streamdial.pipeline import RunSettings
from streamdial.pipeline.dialogues import _arrange
from streamdial.pipeline.fingerprint import collect_parts
from streamdial.pipeline.run import needs_model
from streamdial.strategies import StrategyChoice, open_strategy
from streamdial.strategies.review import Review
from streamdial.testing import ScriptedChatModel
from tests.dialogues import material
from tests.strategies.test_contract import make

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
