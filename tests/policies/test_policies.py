"""Policies are chosen by name, and human rules are one model for both generators."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from streamdial import plugins
from streamdial.counts import Counts
from streamdial.dialogues import DialogueMaker, GenerationOptions, PolicyParts
from streamdial.errors import ConfigurationError
from streamdial.plugins import register
from streamdial.policies import HumanRules, Policy, load_human_rules
from streamdial.records import Dialogue
from streamdial.testing import ScriptedChatModel
from streamdial.tooluse import Act, ToolDialogueMaker, ToolOptions, ToolTurn, ToolUserParts
from tests.dialogues import material
from tests.exports.tool_sets import record_world
from tests.tooluse.tool_material import Account

EXPERT = material.build_expert("en")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_registered", {})


def make(seed: int = 3, **options: str) -> Dialogue:
    maker = DialogueMaker(
        material.PACK, "en", EXPERT, material.build_bank(), None, options=GenerationOptions(**options)
    )
    path = next(path.name for path in EXPERT.blueprint.paths if path.outcome == "success")
    made = maker.make(material.build_user(), path=path, seed=seed, record_id="d", match=material.MATCH)
    return asyncio.run(made)[0]


def test_policies_are_chosen_by_name() -> None:
    assert make(user_policy="planned", agent_policy="planned") == make()
    assert any(make(seed, user_policy="human_rules") != make(seed) for seed in range(4))
    assert any(make(seed, user_policy="example", agent_policy="example") != make(seed) for seed in range(4))


def test_what_a_policy_needs_and_is_not_there_is_told() -> None:
    with pytest.raises(ConfigurationError, match="needs a model"):
        make(agent_policy="direct")
    with pytest.raises(ConfigurationError, match="nobody is there"):
        make(user_policy="person")
    with pytest.raises(ConfigurationError, match=r"no user policy 'exmple'.*'example'"):
        make(user_policy="exmple")


def test_a_policy_of_ones_own_has_the_planned_side_beside_it() -> None:
    @register("user_policy", "thrifty")
    def build(parts: PolicyParts) -> Policy[..., object]:
        assert parts.planner.persona == parts.state.user
        return parts.require_planned()

    assert make(user_policy="thrifty") == make()


class Silent:
    """A user with tools who wants nothing."""

    async def speak(self, turns: Sequence[ToolTurn]) -> ToolTurn | None:
        hello = ToolTurn(turn_id=0, role="user", utterance="Never mind.", acts=(Act(act="thank"),))
        return None if turns else hello

    def list_taken(self) -> tuple[str, ...]:
        return ()

    def has_open(self, turns: Sequence[ToolTurn]) -> bool:
        return False


async def test_a_policy_of_ones_own_talks_to_an_agent_with_tools() -> None:
    @register("user_policy", "silent")
    def build(parts: ToolUserParts) -> Silent:
        assert parts.plan.tasks
        return Silent()

    account = Account("cars_en")
    for policy, turns in (("silent", 2), ("", 6)):
        maker = ToolDialogueMaker(
            record_world(account),
            account.pack,
            EXPERT,
            material.build_bank(),
            None,
            options=ToolOptions(user_policy=policy, agent_policy="tool_planned"),
        )
        user = material.build_user()
        made = await maker.make(user, seed=1, record_id="d", match=material.MATCH, counts=Counts("tasks"))
        assert (len(made.dialogue.turns) == turns) if policy else len(made.dialogue.turns) >= turns


async def test_a_model_of_the_users_own_plays_the_user_where_models_decide() -> None:
    account = Account("cars_en")
    asked = []
    for mode in ("planned", "direct"):
        player = ScriptedChatModel(lambda request: "nothing of use")
        maker = ToolDialogueMaker(
            record_world(account),
            account.pack,
            EXPERT,
            material.build_bank(),
            None,
            user_model=player,
            options=ToolOptions(realisation=mode),
        )
        made = await maker.make(
            material.build_user(), seed=1, record_id="d", match=material.MATCH, counts=Counts("tasks")
        )
        assert made.dialogue.verified
        asked.append({request.json_schema is not None for request in player.requests})
    assert asked == [{False}, {True}], "reworded, and decided"


def test_the_rules_of_both_generators_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("rates: {silence: 0.5, thanks: 1}\nfeedback: {en: {met: [Wow.]}}\n", encoding="utf-8")
    rules = load_human_rules(str(path))
    assert (rules.rates.silence, rules.rates.thanks, rules.rates.slips) == (0.5, 1.0, 0.0)
    assert rules.list_reactions("en", "met", ["Wow. How much?"]) == []
    assert rules.list_reactions("en", "met", ["How much?"]) == ["Wow."]
    own = load_human_rules()
    assert own.rates.silence > 0 and own.rates.vague_first > 0, "one file has the rules of both generators"


def test_rules_that_were_written_down_have_the_form_they_had() -> None:
    rates = "vague_first small_steps second_thoughts corrections additions feedback impatience thanks".split()  # noqa: SIM905
    written = HumanRules.model_validate({"rates": {"thanks": 1}, "patience": 9}).model_dump(mode="json")
    assert [*written] == ["rates", "patience", "slow_calls"] and [*written["rates"]] == rates
    assert HumanRules.model_validate(written).rates.thanks == 1
