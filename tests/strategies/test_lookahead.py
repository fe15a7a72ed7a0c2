"""An agent that looks ahead does what leads to the wanted end, and leaves the dialogue as it stands."""

from __future__ import annotations

import pytest

from streamdial.planning import Storyline, TurnPlan
from streamdial.planning.lookahead import choose_plan, roll_out
from streamdial.planning.storylines import draw_storyline
from streamdial.planning.talk_view import StateView
from streamdial.records import Language, Outcome
from streamdial.strategies import SearchingStrategy, StrategyOptions, TalkView, open_strategy
from tests.dialogues import material
from tests.dialogues.material import say
from tests.strategies.test_contract import make


def draw(state: object, outcome: Outcome = "success") -> Storyline:
    return draw_storyline(state.user, state.world, outcome, "1")  # type: ignore[attr-defined]


class Counting(SearchingStrategy):
    """Wants the act it is told, and notes how far it was asked to look."""

    NAME = "counting"
    KIND = "agent"
    margin = 0.25  # type: ignore[assignment]
    shallow = 0  # type: ignore[assignment]
    depth = 3  # type: ignore[assignment]

    def __init__(self, worth: dict[str, float], start: int) -> None:
        super().__init__(StrategyOptions())
        self.worth, self.start, self.looked = worth, start, []  # type: ignore[var-annotated]

    def advise(self, view: TalkView) -> None:
        return None

    def value(self, view: TalkView, outcome: Outcome | None, wanted: Outcome) -> float:
        self.looked.append(len(view.turns) - self.start)
        return self.worth[view.turns[self.start].act]


PLANS = (
    TurnPlan("agent", "request", "needs_mining", request=("price",)),
    TurnPlan("agent", "recommend", "recommendation", entity="Calder", tell={"price": ("37200", "USD")}),
)


def test_only_what_is_close_is_looked_at_further() -> None:
    state = material.build_state(turns=(say("user", "inform", inform={"energy": "electric"}),))
    far_apart, close = Counting({"request": 0.0, "recommend": 1.0}, 1), Counting({"request": 0.9, "recommend": 1.0}, 1)
    for searcher in (far_apart, close):
        assert choose_plan(PLANS, state, draw(state), searcher).act == "recommend"
    assert max(far_apart.looked) == 1 and max(close.looked) > 1
    same = Counting({"request": 1.0, "recommend": 1.0}, 1)
    same.cost = 0.0  # type: ignore[misc]
    assert choose_plan(PLANS, state, draw(state), same) is PLANS[0]


def test_looking_ahead_changes_nothing_of_the_dialogue() -> None:
    state = material.build_state(turns=(say("user", "inform", inform={"energy": "electric"}),))
    before = (list(state.turns), set(state.told), set(state.used), dict(state.failed_checks), state.focus)
    after = roll_out(PLANS[1], state, draw(state), 6)
    assert len(after.turns) > 2 and after.turns[1].act == "recommend" and not any(t.utterance for t in after.turns[1:])
    assert (state.turns, state.told, state.used, state.failed_checks, state.focus) == before


def test_an_ending_is_worth_what_it_is_to_the_path_or_to_the_user() -> None:
    gone = say("agent", "check_stock", entity="Aster", tell={"availability": "sold_out"})
    view = StateView(material.build_state(turns=(gone,)), "agent")
    by_path, by_mood = open_strategy("lookahead"), open_strategy("lookahead", {"value": "mood"})
    assert isinstance(by_path, SearchingStrategy) and isinstance(by_mood, SearchingStrategy)
    endings: tuple[Outcome | None, ...] = ("success", "drop_out", None)
    assert [by_path.value(view, one, "success") for one in endings] == [1.0, -1.0, 0.0]
    assert by_mood.value(view, "success", "success") == pytest.approx(-0.4)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_as_many_dialogues_or_more_come_to_the_end_of_their_path(language: Language) -> None:
    ahead, plain = make([open_strategy("lookahead")], language), make([], language)

    def count_missed(made: list[object]) -> int:
        return sum(name.startswith("no_cause") for one in made for name in one.checks)  # type: ignore[attr-defined]

    assert count_missed(list(ahead)) <= count_missed(list(plain))
    searched = [turn for one in ahead for turn in one.turns if "search" in turn.inner]
    assert searched and all(turn.role == "agent" and turn.by == ("lookahead",) for turn in searched)
