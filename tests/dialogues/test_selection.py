from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material import PACK, build_expert, build_user

from streamdial.dialogues import AgentProfile, Assignment, MatchWeights, assign_dialogues
from streamdial.dialogues.selection import choose_weighted, score_match
from streamdial.personas import Knowledge
from streamdial.records import Constraint, Inquiry, Scenario
from streamdial.testing import HashingEmbedder

SHARES = {"success": 0.5, "deferral": 0.25, "drop_out": 0.25}


def assign(count: int, *, seed: int = 7, users: int = 3, shares: dict[str, float] = SHARES) -> list[Assignment]:
    people = [build_user(id=f"user-{number}") for number in range(users)]
    experts = [build_expert(id="agent-a"), build_expert(id="agent-b")]
    return assign_dialogues(people, experts, HashingEmbedder(), count=count, seed=seed, shares=shares)


def test_a_score_is_the_weighted_sum_of_its_terms() -> None:
    expert = build_expert()
    scenarios = (
        Scenario(situation="ask:range", act="answer", strategy="s"),
        Scenario(situation="negotiate", act="negotiate", strategy="s"),
    )
    expert = AgentProfile(
        expert.persona, expert.blueprint.model_copy(update={"scenarios": scenarios}), expert.knowledge
    )
    user = build_user(
        constraints=(
            Constraint(slot="price", value="1", evidence=("q",)),
            Constraint(slot="visit_date", value="Friday", evidence=("q",)),
        ),
        primary_inquiries=(
            Inquiry(text="range?", asks=("range", "colour"), evidence=("q",)),
            Inquiry(text="which?", act="compare", evidence=("q",)),
        ),
    )
    score = score_match(user, expert, 0.5, MatchWeights(alpha=0.4, beta=0.35, gamma=0.25))
    # Asked: price, range, colour (a day is no matter of K); K knows two of the three. One of two inquiries is covered.
    assert (score.expertise, score.answerable, score.covered) == (0.5, 0.6667, 0.5)
    assert score.total == pytest.approx(0.4 * 0.5 + 0.35 * 2 / 3 + 0.25 * 0.5, abs=1e-4)


def test_nothing_wanted_is_met_and_unlike_is_not_less_than_nothing() -> None:
    user = build_user(constraints=(), primary_inquiries=())
    score = score_match(user, build_expert(), -0.8, MatchWeights())
    assert (score.expertise, score.answerable, score.covered, score.total) == (0.0, 1.0, 1.0, 0.6)


def test_the_same_arguments_give_the_same_assignments() -> None:
    assert assign(10) == assign(10)
    assert [a.seed for a in assign(10)] != [a.seed for a in assign(10, seed=8)]


@settings(max_examples=20, deadline=None)
@given(small=st.integers(0, 12), more=st.integers(0, 12))
def test_a_larger_count_begins_with_a_smaller_one(small: int, more: int) -> None:
    assert assign(small + more)[:small] == assign(small)


def test_every_persona_is_used_before_one_is_used_twice() -> None:
    used = [assignment.user.id for assignment in assign(7)]
    assert len(set(used[:3])) == 3
    assert used[:3] == used[3:6]
    assert len({assignment.id for assignment in assign(7)}) == 7


def test_outcomes_come_in_their_shares_and_those_without_a_path_are_left_out() -> None:
    outcomes = {path.name: path.outcome for path in build_expert().blueprint.paths}
    found = Counter(outcomes[assignment.path] for assignment in assign(400))
    assert found["success"] == pytest.approx(200, abs=40)
    assert found["deferral"] == pytest.approx(100, abs=35)
    assert found["hand_over"] == 0
    assert {outcomes[assignment.path] for assignment in assign(20, shares={"hand_over": 1.0})} == {"hand_over"}


def test_a_user_talks_to_an_expert_of_the_same_language() -> None:
    experts = [build_expert("zh"), build_expert("en")]
    made = assign_dialogues([build_user("en")], experts, HashingEmbedder(), count=5, seed=1, shares=SHARES)
    assert {assignment.expert for assignment in made} == {1}


def test_the_better_expert_is_chosen_more_often() -> None:
    able, unable = build_expert(), build_expert(id="agent-b")
    experts = [AgentProfile(unable.persona, unable.blueprint, Knowledge((), PACK)), able]
    made = assign_dialogues([build_user()], experts, HashingEmbedder(), count=60, seed=1, shares=SHARES)
    assert Counter(assignment.expert for assignment in made)[1] > 50


def test_without_users_experts_or_a_count_nothing_is_made() -> None:
    assert assign(0) == []
    assert assign(3, users=0) == []


def test_softmax_prefers_the_best_at_a_low_temperature_and_survives_large_scores() -> None:
    rng = random.Random(1)
    assert {choose_weighted([0.1, 0.9], 0.001, rng) for _ in range(50)} == {1}
    assert {choose_weighted([1000.0, 1000.0], 0.1, rng) for _ in range(50)} == {0, 1}
