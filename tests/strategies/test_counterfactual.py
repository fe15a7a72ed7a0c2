from __future__ import annotations

import random

from streamdial.strategies import DerivingStrategy, open_strategy
from streamdial.strategies.counterfactual import list_other_values
from tests.dialogues import material
from tests.strategies.test_contract import make


def test_one_wish_is_another_one_and_its_words_are_gone() -> None:
    strategy = open_strategy("counterfactual")
    assert isinstance(strategy, DerivingStrategy)
    user, knowledge = material.build_user(), material.build_knowledge()
    derived = [
        (made, begun) for made in make([]) for begun in strategy.derive(made, user, knowledge, random.Random(made.seed))
    ]
    assert derived
    for made, begun in derived:
        before = {wish.slot: wish.value for wish in user.constraints}
        after = {wish.slot: wish.value for wish in begun.user.constraints}
        (changed,) = (slot for slot in before if before[slot] != after[slot])
        assert begun.history == made.turns[: len(begun.history)]
        assert begun.first is not None and changed in begun.first.say
        assert not set(begun.first.say) & set(begun.first.withhold)
        gone = {source for wish in user.constraints if wish.slot == changed for source in wish.evidence}
        assert not any(gone & set(question.evidence) for question in begun.user.primary_inquiries)
        assert begun.user.id != user.id
        # The same again is the same.
        assert strategy.derive(made, user, knowledge, random.Random(made.seed)) == (begun,)


def test_other_values_are_those_of_things_on_sale() -> None:
    knowledge = material.build_knowledge()
    assert list_other_values(knowledge, "energy", "electric") == ["plug_in_hybrid"]
    assert list_other_values(knowledge, "visit_date", "Monday") == []
    assert list_other_values(knowledge, "wheels", "4") == []
