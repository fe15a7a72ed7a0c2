import pytest

from streamdial.errors import StreamDialError
from streamdial.evaluation.dst.scores import list_slots, score_states
from streamdial.evaluation.dst.states import StateDialogue, StateTurn

SCHEMA = ("area", "price", "stars", "day")


def make_dialogue(*states: dict[str, str], key: str = "d1") -> StateDialogue:
    return StateDialogue(key, "en", tuple(StateTurn("", "", state) for state in states))


def test_measures_of_four_turns_are_those_counted_by_hand() -> None:
    true = make_dialogue(
        {"area": "north"},
        {"area": "north", "price": "cheap"},
        {"area": "north", "price": "cheap"},
        {"area": "north", "price": "cheap", "stars": "4"},
    )
    predicted = [
        {"area": "north"},  # right
        {"area": "north"},  # price missed
        {"area": "north", "price": "cheap", "day": "monday"},  # one too many
        {"area": "south", "price": "cheap", "stars": "4"},  # one wrong
    ]
    scores = score_states([true], [predicted], SCHEMA)
    assert (scores.dialogues, scores.turns, scores.changing) == (1, 4, 3)
    assert scores.jga == 1 / 4
    assert scores.jga_changing == 1 / 3
    # 8 true pairs, 8 predicted ones; right are 1, 1, 2 and 2 of them.
    assert scores.recall == 6 / 8
    assert scores.precision == 6 / 8
    assert scores.f1 == 6 / 8
    # Of four slots right: 4, 3, 3, 3.
    assert scores.slot_accuracy == pytest.approx((1 + 3 / 4 + 3 / 4 + 3 / 4) / 4)
    # Of the slots in either state right: 1 of 1, 1 of 2, 2 of 3, 2 of 3.
    assert scores.relative_slot_accuracy == pytest.approx((1 + 1 / 2 + 2 / 3 + 2 / 3) / 4)


def test_a_wrong_value_counts_once_in_slot_accuracy() -> None:
    # TRADE's count: a slot that is missed is not counted as predicted wrongly as well.
    scores = score_states([make_dialogue({"area": "north"})], [[{"area": "south"}]], SCHEMA)
    assert scores.slot_accuracy == 3 / 4
    assert scores.relative_slot_accuracy == 0
    assert scores.f1 == 0


def test_values_are_compared_after_normalisation_and_fuzzy_figures_stand_apart() -> None:
    true = make_dialogue({"area": "North ", "stars": "four"}, {"area": "North", "price": "acorn guest house"})
    scores = score_states(
        [true], [[{"area": "north", "stars": "4"}, {"area": "north", "price": "acorn guesthouse"}]], SCHEMA
    )
    assert scores.jga == 1 / 2
    assert scores.jga_fuzzy == 1
    assert scores.f1 == 3 / 4
    assert scores.f1_fuzzy == 1


def test_turns_without_any_slot_are_right_and_have_no_relative_accuracy() -> None:
    scores = score_states([make_dialogue({}, {})], [[{}, {}]], SCHEMA)
    assert scores.jga == 1
    assert scores.jga_changing is None
    assert scores.f1 is None
    assert scores.relative_slot_accuracy is None
    assert scores.slot_accuracy == 1


def test_nothing_to_score_gives_no_figure() -> None:
    scores = score_states([], [], SCHEMA)
    assert scores.turns == 0
    assert scores.jga is None
    assert scores.slot_accuracy is None


def test_a_slot_taken_back_changes_the_state() -> None:
    true = make_dialogue({"area": "north"}, {})
    scores = score_states([true], [[{"area": "north"}, {"area": ""}]], SCHEMA)
    assert scores.changing == 2
    assert scores.jga == 1


def test_predicted_slots_the_schema_lacks_are_wrong_and_counted() -> None:
    scores = score_states([make_dialogue({"area": "north"})], [[{"area": "north", "colour": "red"}]], SCHEMA)
    assert scores.unknown_slots == 1
    assert scores.jga == 0
    assert scores.slot_accuracy == 4 / 5


def test_a_prediction_must_be_whole() -> None:
    with pytest.raises(StreamDialError, match="0 dialogues were predicted"):
        score_states([make_dialogue({})], [], SCHEMA)
    with pytest.raises(StreamDialError, match="2 user turns, 1 states"):
        score_states([make_dialogue({}, {})], [[{}]], SCHEMA)


def test_the_schema_of_a_set_without_one_is_what_its_states_have() -> None:
    assert list_slots([make_dialogue({"b": "1"}, {"a": "1"})]) == ("a", "b")
