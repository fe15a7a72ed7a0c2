from __future__ import annotations

import pytest

from streamdial.blueprints import find_behaviours
from tests.blueprints.blueprint_material import turn


@pytest.mark.parametrize(
    ("turns", "shown"),
    [
        ([turn(0, "agent", "explain_conflict", "")], ("constraint_conflict",)),
        ([turn(0, "agent", "check_stock", "")], ("inventory_check",)),
        ([turn(0, "agent", "check_stock", "", other="Calder")], ("recovery", "inventory_check")),
        ([turn(0, "agent", "hold", "")], ("reservation_holding",)),
        ([turn(0, "agent", "recover", "")], ("recovery",)),
        ([turn(0, "agent", "upsell", "")], ("upselling",)),
        ([turn(0, "user", "negotiate", ""), turn(1, "agent", "negotiate", "")], ("negotiation",)),
        ([turn(0, "user", "object", ""), turn(1, "agent", "handle_objection", "")], ("objection_handling",)),
        ([turn(0, "user", "object", ""), turn(1, "agent", "no_answer", "")], ()),
        ([turn(0, "agent", "negotiate", "")], ()),
        (
            [
                turn(0, "agent", "request", "", request={"seats": "?"}),
                turn(1, "user", "inform", "", inform={"seats": "5"}),
            ],
            ("requirement_mining",),
        ),
        (
            [
                turn(0, "agent", "request", "", request={"seats": "?"}),
                turn(1, "user", "no_preference", "", inform={"seats": "dontcare"}),
            ],
            (),
        ),
        ([turn(0, "user", "hold", "")], ()),
        ([], ()),
    ],
)
def test_a_behaviour_is_recognised_by_what_the_turns_do(turns: list, shown: tuple[str, ...]) -> None:  # type: ignore[type-arg]
    assert find_behaviours(turns) == shown
