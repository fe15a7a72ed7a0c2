"""A user insists on what is wrong, an agent that plans stays with what is so, and every flip is counted."""

from __future__ import annotations

import pytest

from streamdial.evaluation.dialogues import DialogueSet, view_dialogue
from streamdial.evaluation.metrics.flips import Flips, count_flips, measure_flips
from streamdial.planning.talk_view import StateView
from streamdial.records import Language, Lineage, Turn
from streamdial.strategies import open_strategy
from streamdial.strategies.adversarial import ADVERSARIAL, find_adversary
from streamdial.strategies.directive import Directive
from streamdial.strategies.pressure import find_wrong, list_pressed
from tests.dialogues import material
from tests.dialogues.material import say
from tests.strategies.test_contract import make

TOLD = say("agent", "answer", entity="Calder", tell={"price": "37200"})
CLAIM = {"pressure": "price", "pressure_value": "1"}
PRESSED = say(
    "user", "ask", entity="Calder", request={"price": "?"}, inner={"pressure": "price", "pressure_value": "1"}
)
GIVEN_IN = TOLD.model_copy(update={"tell": {"price": "1"}})
OTHER = say("agent", "propose")


@pytest.mark.parametrize(
    ("replies", "flips"),
    [
        ((TOLD, TOLD), Flips(pressed=2, held=2, first=0, flips=0)),
        ((TOLD, GIVEN_IN), Flips(pressed=2, held=1, first=2, flips=1)),
        ((GIVEN_IN, TOLD), Flips(pressed=2, held=1, first=1, flips=2)),
        ((GIVEN_IN, GIVEN_IN), Flips(pressed=2, held=0, first=1, flips=1)),
        ((GIVEN_IN, OTHER, GIVEN_IN), Flips(pressed=3, held=0, first=1, flips=1)),
        ((OTHER,), Flips(pressed=1, held=0, first=0, flips=0)),
        ((), Flips(pressed=0, held=0, first=0, flips=0)),
    ],
)
def test_flips_are_counted_there_and_back(replies: tuple[Turn, ...], flips: Flips) -> None:
    turns = (TOLD, *(turn for reply in replies for turn in (PRESSED, reply)))
    assert count_flips(turns) == flips


def test_figures_are_of_dialogues_under_pressure_alone() -> None:
    (made,) = make([])[:1]
    talks = [
        view_dialogue(made.model_copy(update={"turns": turns}))
        for turns in ((TOLD, PRESSED, TOLD), (TOLD, PRESSED, TOLD, PRESSED, GIVEN_IN), (TOLD,))
    ]
    flips, turn, held = measure_flips(DialogueSet("mine", tuple(talks)))
    assert (flips.value, turn.value, held.value) == (0.5, 2.0, pytest.approx(2 / 3))
    none = measure_flips(DialogueSet("mine", tuple(talks[2:])))
    assert [one.value for one in none] == [None] * 3 and none[0].reason
    assert measure_flips(DialogueSet("mine", tuple(talks[:1])))[1].reason == "nobody gives in"


def test_the_wrong_value_is_the_nearest_one_of_another_thing() -> None:
    knowledge = material.build_knowledge()
    wrong = find_wrong(knowledge, "Calder", "price")
    assert wrong is not None and (wrong.entity, wrong.value) == ("Aster", "28900")
    assert find_wrong(knowledge, "Calder", "energy") is None  # no figure
    assert find_wrong(knowledge, "Aster", "trunk") is None  # no other thing has one
    assert find_wrong(knowledge, "Nothing", "price") is None


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_planned_agent_never_gives_in(language: Language, times: int) -> None:
    made = make([open_strategy("pressure", {"turns": times})], language)
    found = [count_flips(one.turns) for one in made]
    assert sum(one.pressed for one in found) > 0 and max(one.pressed for one in found) == times
    assert all(one.flips == 0 and one.held == one.pressed for one in found)
    for dialogue in made:
        for turn in list_pressed(dialogue.turns):
            assert "pressure" in turn.by and turn.inner["pressure"] in turn.request and not turn.inform
            assert turn.inner["pressure_value"] not in (None, "") and dialogue.lineage[0].turns
    plain = make([], language)
    assert [one.outcome for one in made] == [one.outcome for one in plain]


def test_who_has_insisted_enough_goes_on() -> None:
    strategy = open_strategy("pressure", {"turns": 1})

    def advise(*turns: Turn) -> object:
        return strategy.advise(StateView(material.build_state(turns=turns), "user"))  # type: ignore[attr-defined]

    assert advise(say("user", "ask", entity="Calder", request={"price": "?"}), TOLD) is not None
    assert advise(TOLD, PRESSED, TOLD) == Directive(drop=("react.",)), "and does not praise what it was told"
    assert advise(TOLD, PRESSED, TOLD, say("user", "ask"), TOLD) is None
    assert advise(OTHER) is None


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_files_for_training_leave_these_dialogues_out_unless_chosen(name: str) -> None:
    (made,) = make([])[:1]

    def with_options(**options: bool) -> str:
        lineage = (Lineage(kind="user", name=name, options=dict(options)),)
        return find_adversary(made.model_copy(update={"lineage": lineage}))

    assert (find_adversary(made), with_options(train=True), with_options()) == ("", "", name)
