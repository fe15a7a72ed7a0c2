from __future__ import annotations

import random
from collections import Counter

import pytest
from material import PACK, build_expert, say

from streamdial.dialogues import CoverageQuotas, describe_coverage, list_cells
from streamdial.records import Dialogue

SHARES = {"success": 0.5, "deferral": 0.25, "drop_out": 0.25}
BLUEPRINT = build_expert().blueprint


def plan(count: int, users: int) -> list[tuple[str, str, str]]:
    quotas, rng, made = CoverageQuotas(SHARES, PACK), random.Random(1), []
    for number in range(count):
        user = f"u{number % users}"
        path = quotas.choose_path(user, BLUEPRINT, rng)
        made.append((user, path.outcome, quotas.choose_strategy(user, BLUEPRINT, path, rng)))
    return made


@pytest.mark.parametrize("count", [8, 40, 200])
def test_outcomes_come_to_their_shares_within_one_dialogue(count: int) -> None:
    made = Counter(outcome for _, outcome, _ in plan(count, 5))
    assert set(made) <= set(SHARES)
    for outcome, share in SHARES.items():
        assert abs(made[outcome] - share * count) <= 1.5


def test_every_persona_meets_every_outcome_before_long() -> None:
    met = {(user, outcome) for user, outcome, _ in plan(60, 5)}
    assert len(met) == 5 * 3


def test_the_strategies_of_an_outcome_come_equally_often() -> None:
    made = plan(400, 7)
    for outcome in SHARES:
        counted = Counter(strategy for _, o, strategy in made if o == outcome)
        assert max(counted.values()) - min(counted.values()) <= 1


def test_cells_are_counted_once_and_told_as_one_line() -> None:
    turn = say("agent", "answer", strategy="product_answer")
    dialogue = Dialogue.model_construct(user_persona_id="u", path="Success", turns=(turn, turn))
    assert list_cells([dialogue, dialogue]) == [("u", "product_answer", "Success")]
    line = describe_coverage([("u", "a", "p"), ("u", "b", "p"), ("v", "a", "q")], 4)
    assert line.startswith("coverage: 3 of 16 cells of persona, strategy and path (19%); 2 of 4 personas")
    assert describe_coverage([], 0).startswith("coverage: 0 of 0 cells")
