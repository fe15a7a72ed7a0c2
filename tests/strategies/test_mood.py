"""A mood moves by what happened, is exported with its cause, and is seen in what the user does."""

from __future__ import annotations

import pytest

from streamdial.evaluation.dialogues import DialogueSet, view_dialogue
from streamdial.evaluation.metrics.satisfaction import agrees_with_ending, list_levels, measure_satisfaction
from streamdial.planning import build_planners, find_directive
from streamdial.planning.obeying import plan_leaving
from streamdial.planning.storyline import Storyline
from streamdial.planning.talk_view import StateView
from streamdial.records import Language, Turn
from streamdial.strategies import open_strategy
from streamdial.strategies.mood import NOTES, THOUGHTS, name_mood
from streamdial.strategies.turn_events import WEIGHTS, find_event, track_levels
from tests.dialogues import material
from tests.dialogues.material import say
from tests.strategies.test_contract import make

WISHES = {wish.slot: wish for wish in material.build_user().constraints}
ASK = say("user", "ask", request={"range": "?"}, entity="Calder")


@pytest.mark.parametrize(
    ("turns", "event"),
    [
        ([say("agent", "recommend", entity="Calder", tell={"price": "37200"})], "met"),
        ([say("agent", "recommend", entity="Aster", tell={"price": "28900"})], "better"),
        ([say("agent", "recommend", entity="Model 7", tell={"price": "45900"})], "dear"),
        ([say("agent", "recommend", entity="Model 7", tell={"energy": "plug_in_hybrid"})], "missed"),
        ([say("agent", "check_stock", entity="Aster", tell={"availability": "sold_out"})], "gone"),
        ([ASK, say("agent", "answer", entity="Calder", tell={"range": "640"})], "answered"),
        (
            [
                say("user", "ask", request={"range": "?"}, entity="Calder", inner={"pressure": "range"}),
                say("agent", "answer", entity="Calder", tell={"range": "640"}),
            ],
            "contradicted",
        ),
        ([ASK, say("agent", "no_answer", request={"range": "?"})], "unanswered"),
        ([ASK, say("agent", "request", request={"price": "?"})], "evaded"),
        (
            [say("agent", "request", request={"price": "?"}), say("agent", "request", request={"price": "?"})],
            "repeated",
        ),
        ([say("agent", "answer", entity="Calder", tell={"range": "640"})] * 2, "repeated"),
        ([say("user", "negotiate"), say("agent", "negotiate")], "denied"),
        ([say("user", "negotiate"), say("agent", "negotiate", moves=("act:negotiate_none",))], "denied"),
        ([say("user", "negotiate"), say("agent", "negotiate", moves=("act:negotiate",))], ""),
        ([say("user", "book"), say("agent", "refuse", tell={"day": "Sunday"})], "refused"),
        ([say("user", "book"), say("agent", "confirm")], "settled"),
        ([say("agent", "greet")], ""),
    ],
)
def test_what_an_agent_does_means_one_thing_for_its_customer(turns: list[Turn], event: str) -> None:
    assert find_event(turns, WISHES, material.PACK) == event


def test_a_wish_that_was_changed_in_the_talk_is_held_as_it_is_now() -> None:
    dear = say("agent", "recommend", entity="Model 7", tell={"price": "45900"})
    revised = say("user", "revise", inform={"price": "45900"})
    assert find_event([dear, revised, say("agent", "propose"), dear.model_copy(update={"entity": "Other"})], WISHES,
                      material.PACK) == "met"  # fmt: skip


def test_levels_add_up_within_their_limits() -> None:
    gone = say("agent", "check_stock", entity="Aster", tell={"availability": "sold_out"})
    turns = [gone, say("user", "ask_offer"), say("agent", "recommend", entity="Calder", tell={"price": "37200"})]
    assert track_levels(turns, list(WISHES.values()), material.PACK) == [(-2, "gone"), (-2, ""), (-1, "met")]
    assert track_levels([gone] * 4, [], material.PACK)[-1][0] == -5
    assert [name_mood(level) for level in (-5, -3, -2, 0, 1, 2, 3, 5)] == [
        *("annoyed", "annoyed", "uneasy", "calm", "pleased", "pleased", "delighted", "delighted")
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_cause_has_a_thought_and_every_turn_of_the_user_a_mood(language: Language) -> None:
    assert THOUGHTS[language].keys() == {*WEIGHTS, ""}
    turns = [turn for made in make([open_strategy("mood")], language) for turn in made.turns]
    for turn in turns:
        assert ("mood" in turn.by) == (turn.role == "user") == bool(turn.inner)
        if turn.inner:
            assert turn.inner["mood"] in NOTES[language]
            assert turn.inner["thought"] == THOUGHTS[language][turn.inner.get("mood_cause", "")]
    voiced = [turn for turn in turns if any(name.startswith("react:react.mood") for name in turn.moves)]
    silent = make([open_strategy("mood", {"voiced": False})], language)
    assert not any("mood.up" in name for made in silent for turn in made.turns for name in turn.moves)
    assert all(turn.role == "user" for turn in voiced)


def test_who_has_had_enough_leaves_for_what_was_said_last() -> None:
    gone = say("agent", "check_stock", entity="Aster", tell={"availability": "sold_out"})
    state = material.build_state(turns=(say("user", "ask"), gone, say("user", "ask"), gone))
    state.advisers = (open_strategy("mood"),)  # type: ignore[assignment]
    directive = find_directive(state, "user")
    assert directive is not None and directive.leave and directive.inner["mood"] == "annoyed"
    user, _ = build_planners(state, Storyline("success"))
    plan = user.plan(state)
    assert plan is not None and (plan.act, plan.key, plan.entity) == ("leave", "leave.gone", "Aster")
    patient = open_strategy("mood", {"patience": 5}).advise(StateView(state, "user"))  # type: ignore[attr-defined]
    assert patient is not None and not patient.leave


def test_somebody_leaves_for_a_wish_that_is_missed_or_for_an_answer_that_was_not_given() -> None:
    dear = say("agent", "recommend", entity="Model 7", tell={"price": "45900"})
    assert plan_leaving(material.build_state(turns=(dear,)), "mood").key == "leave.over"
    unknown = say("agent", "no_answer", request={"range": "?"})
    assert plan_leaving(material.build_state(turns=(unknown,)), "mood").key == "leave.unknown"


def test_satisfaction_is_the_mean_of_the_moods_and_agrees_with_endings_by_sign() -> None:
    (made,) = make([open_strategy("mood")])[:1]
    turns = (
        say("user", "inform", inform={"price": "40000"}),
        say("agent", "recommend", number=1, entity="Calder", tell={"price": "37200"}),
        say("user", "accept", number=2),
        say("agent", "confirm", number=3),
        say("user", "thank", number=4),
    )
    talk = view_dialogue(made.model_copy(update={"turns": turns, "outcome": "success"}))
    assert list_levels(talk, (), material.PACK) == [0, 1, 3]
    sad = view_dialogue(made.model_copy(update={"turns": turns, "outcome": "drop_out"}))
    later = view_dialogue(made.model_copy(update={"turns": turns, "outcome": "deferral"}))
    assert [agrees_with_ending(one, [0, 1, 3]) for one in (talk, sad, later)] == [True, False, None]
    told = tuple(turn.model_copy(update={"inner": {"mood_level": "-5"}}) for turn in turns)
    assert list_levels(view_dialogue(made.model_copy(update={"turns": told})), (), material.PACK) == [-5, -5, -5]
    mean, agree = measure_satisfaction(DialogueSet("mine", (talk, sad, later)), material.PACK)
    assert mean.value == pytest.approx(3 + 2 / 5 * (0 + 1 + 3) / 3)
    assert agree.value == 0.5
    none = measure_satisfaction(DialogueSet("mine", ()), material.PACK)
    assert [figure.value for figure in none] == [None, None] and none[0].reason
