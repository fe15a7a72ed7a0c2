"""What a told fact is worth to a customer, and how far a wish is given up for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.personas.verdicts import BARGAIN_UP_TO, BETTER_BY, GIVE
from streamdial.planning import Verdict, judge_fact
from streamdial.records import Constraint, Hardness
from tests.dialogues.material import build_knowledge

KNOWLEDGE = build_knowledge()


def judge(slot: str, value: str, wish: str = "", hardness: Hardness = "prefer") -> Verdict:
    wishes = {slot: Constraint(slot=slot, value=wish, hardness=hardness, evidence=("q1",))} if wish else {}
    return judge_fact(KNOWLEDGE, wishes, "Aster", slot, value, "unit")


@pytest.mark.parametrize(
    ("slot", "value", "wish", "kind", "gap"),
    [
        ("price", "40000", "40000", "fits", 0),
        ("price", "38000", "40000", "fits", 2000),
        ("price", "30000", "40000", "better", 10_000),
        ("price", "40001", "40000", "over", 1),
        ("range", "480", "480", "fits", 0),
        ("range", "479", "480", "short", 1),
        ("range", "640", "480", "better", 160),
        ("seats", "7", "5", "fits", 2),  # two seats more than needed are no luck
        ("seats", "5", "7", "short", 2),
        ("charging_time", "28", "20", "over", 8),
        ("body_type", "suv", "suv", "fits", 0),
        ("body_type", "suv", "sedan", "other", 0),
        ("availability", "sold_out", "", "gone", 0),
        ("availability", "in_stock", "", "irrelevant", 0),
        ("price", "40000", "", "irrelevant", 0),
        ("warranty", "eight years", "ten years", "irrelevant", 0),  # a text bounds nothing
        ("price", "about forty", "40000", "irrelevant", 0),
    ],
)
def test_a_fact_is_judged_by_the_side_a_wish_bounds_it_from(
    slot: str, value: str, wish: str, kind: str, gap: float
) -> None:
    verdict = judge(slot, value, wish)
    assert (verdict.kind, verdict.gap) == (kind, gap)
    assert (verdict.entity, verdict.slot, verdict.value, verdict.unit) == ("Aster", slot, value, "unit")


def test_a_verdict_knows_the_wish_it_rests_on() -> None:
    verdict = judge("price", "44000", "40000", "must")
    assert (verdict.wish, verdict.hardness, verdict.evidence) == ("40000", "must", ("q1",))
    assert verdict.distance == pytest.approx(0.1)
    assert judge("body_type", "suv", "sedan").distance == 1


@pytest.mark.parametrize(
    ("slot", "value", "wish", "given_up_by"),
    [
        ("price", "40100", "40000", {"prefer", "flexible"}),
        ("price", "44800", "40000", {"prefer", "flexible"}),
        ("price", "44900", "40000", {"flexible"}),
        ("price", "52001", "40000", set()),
        ("range", "450", "500", {"prefer", "flexible"}),
        ("range", "300", "500", set()),
        ("body_type", "suv", "sedan", {"flexible"}),
        ("price", "39000", "40000", set()),  # nothing to be given up
    ],
)
def test_how_hard_a_wish_is_says_how_far_it_is_given_up(
    slot: str, value: str, wish: str, given_up_by: set[Hardness]
) -> None:
    assert {hardness for hardness in GIVE if judge(slot, value, wish, hardness).can_be_given_up} == given_up_by


def test_bargaining_makes_sense_near_the_budget_alone() -> None:
    assert judge("price", "46000", "40000").is_bargain
    assert not judge("price", "46100", "40000").is_bargain
    assert not judge("price", "39000", "40000").is_bargain
    assert not judge("range", "499", "500").is_bargain


@given(
    slot=st.sampled_from(["price", "range", "seats", "charging_time"]),
    value=st.integers(0, 10**6),
    wish=st.integers(1, 10**6),
    hardness=st.sampled_from(list(GIVE)),
)
def test_a_number_misses_a_wish_exactly_where_it_breaks_it(
    slot: str, value: int, wish: int, hardness: Hardness
) -> None:
    verdict = judge(slot, str(value), str(wish), hardness)
    broken = value > wish if KNOWLEDGE.pack.slots[slot].constraint == "max" else value < wish
    assert verdict.misses == broken == (verdict.kind in ("over", "short"))
    assert (verdict.gap, verdict.distance) == (abs(value - wish), pytest.approx(abs(value - wish) / wish))
    assert not (verdict.can_be_given_up and hardness == "must")
    assert not (verdict.can_be_given_up and not broken)
    assert verdict.is_bargain == (verdict.kind == "over" and verdict.distance <= BARGAIN_UP_TO)
    if verdict.kind == "better":
        assert verdict.distance >= BETTER_BY
