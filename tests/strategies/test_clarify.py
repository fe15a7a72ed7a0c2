"""An agent that has searched asks what tells the things found apart, and searches again; else it goes on as before."""

from __future__ import annotations

import pytest

from streamdial.planning.talk_view import StateView
from streamdial.records import Language
from streamdial.strategies import open_strategy
from tests.dialogues import material
from tests.dialogues.material import say
from tests.strategies.test_contract import make_with_tools


@pytest.mark.parametrize("account", ["hotel_en", "hotel_zh", "cars_en"])
def test_the_agent_asks_behind_a_search_that_leaves_several_things(account: str) -> None:
    asking, plain = make_with_tools([open_strategy("clarify")], account), make_with_tools([], account)
    assert all(made.verified for made in asking)

    def count_searched(dialogues: list) -> int:  # type: ignore[type-arg]
        return sum(
            any(act.act == "request" for act in turn.acts) and any("search" in step.call.name for step in turn.steps)
            for made in dialogues
            for turn in made.turns
            if turn.role == "agent"
        )

    assert count_searched(asking) > count_searched(plain) == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_tools_it_asks_while_several_things_fit_what_was_stated(language: Language) -> None:
    strategy = open_strategy("clarify")

    def advise(*turns: object) -> object:
        return strategy.advise(StateView(material.build_state(language, turns=turns), "agent"))  # type: ignore[attr-defined, arg-type]

    several = advise(say("user", "inform", inform={"energy": "electric"}))
    assert several is not None and several.prefer == ("request",) and "energy" not in several.say  # type: ignore[attr-defined]
    assert advise(say("user", "inform", inform={"energy": "plug_in_hybrid"})) is None  # one thing alone
    assert advise(say("user", "ask", request={"range": "?"}, entity="Calder")) is None
    assert advise(say("user", "greet")) is None
