from __future__ import annotations

import pytest

from streamdial.planning.related_facts import find_related
from streamdial.records import Inquiry
from tests.dialogues.material import build_state, build_user, say


@pytest.mark.parametrize(
    ("worry", "slot"),
    [
        ("heard bad things about batteries dying", "warranty"),
        ("my neighbour says they rust", ""),
        ("", ""),
    ],
)
def test_a_worry_is_answered_by_the_text_that_shares_a_telling_word(worry: str, slot: str) -> None:
    inquiries = (Inquiry(text=worry, act="object", entities=("Aster",), evidence=("w1",)),)
    user = build_user(primary_inquiries=inquiries)
    state = build_state(user=user)
    turn = say("user", "object", worry, entity="Aster", evidence=("w1",))
    found = find_related(state, "Aster", turn)
    assert (found.slot if found else "") == slot
    state.told.add(("Aster", slot))
    assert find_related(state, "Aster", turn) is None
