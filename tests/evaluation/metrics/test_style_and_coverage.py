from __future__ import annotations

import pytest

from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue, Plan
from streamdial.evaluation.metrics.coverage import measure_coverage
from streamdial.evaluation.metrics.style_metrics import count_longest_farewell, is_question, measure_style
from streamdial.evaluation.reading import read_dialogue_set
from tests.conftest import SHARED
from tests.evaluation.evaluation_material import make_set, make_talk, say

BYE = ("Thanks, bye!", "You're welcome. Have a nice day!", "See you", "Goodbye")


@pytest.mark.parametrize(
    "text",
    [
        "Is it red?",
        "how much is it",
        "And what about Sunday",
        "亲子房什么价啊",
        "含早餐吗",
        "几点退房",
        "还有没有房",
        "you deliver?",
    ],
)
def test_questions_are_known_by_mark_or_wording(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["It is red.", "I'll take it", "That is what I want", "就订这间吧", "好的，谢谢", ""])
def test_statements_are_no_questions(text: str) -> None:
    assert not is_question(text)


def test_a_loop_is_three_farewells_in_a_row() -> None:
    assert count_longest_farewell(make_talk("Which one?", "The red one.", *BYE[:2])) == 2
    assert count_longest_farewell(make_talk("Which one?", "The red one.", *BYE)) == 4
    assert count_longest_farewell(make_talk("谢谢", "不客气，慢走", "再见", language="zh")) == 3


def test_thanks_with_a_question_or_a_figure_are_no_farewell() -> None:
    assert count_longest_farewell(make_talk("Thanks, and does it have wifi?", "Thank you, it is 30 pounds")) == 0
    long = "Thank you so much for this, now I would also like to find a place to stay in the north of town"
    assert count_longest_farewell(make_talk(long)) == 0


def test_lengths_rates_and_turn_taking_are_counted_over_turns() -> None:
    talk = EvaluatedDialogue(
        id="a",
        language="en",
        turns=(
            say("user", "how far does it go?"),
            say("agent", "Far."),
            say("agent", "My budget is high."),
            say("user", "ok"),
        ),
    )
    found = {figure.key: figure.value for figure in measure_style([talk, make_talk("hi", "hello", *BYE)])}
    assert found["turns_per_dialogue"] == 5
    assert found["user_turn_length_en"] == (5 + 1 + 1 + 2 + 2) / 5
    assert found["agent_turn_length_en"] == (1 + 4 + 1 + 6 + 1) / 5
    assert found["user_share_of_text_en"] == 11 / 24
    assert found["user_question_rate"] == 1 / 5
    assert found["agent_role_confusion"] == 1 / 5
    assert found["user_role_confusion"] == 0
    assert found["speaker_changes"] == (2 + 5) / (3 + 5)
    assert found["farewell_loops"] == 1 / 2


def test_two_languages_have_lengths_of_their_own_and_rates_in_common() -> None:
    talks = [make_talk("how much?", "Ten."), make_talk("多少钱", "十块钱吧", language="zh")]
    found = {figure.key: figure for figure in measure_style(talks)}
    assert (found["user_turn_length_en"].value, found["user_turn_length_en"].unit) == (2, "words")
    assert (found["agent_turn_length_zh"].value, found["agent_turn_length_zh"].unit) == (4, "characters")
    assert found["user_question_rate"].value == 1.0


def test_a_set_without_dialogues_or_without_a_side_says_so() -> None:
    assert {figure.reason for figure in measure_style([])} == {"no dialogues"}
    found = {figure.key: figure for figure in measure_style([make_talk("hello")])}
    assert (found["agent_question_rate"].value, found["agent_question_rate"].reason) == (None, "the agent says nothing")
    assert found["speaker_changes"].reason == "no second turn"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real data is not beside the repository")
@pytest.mark.parametrize("name", ["multiwoz21", "sgd", "crosswoz"])
def test_people_are_hardly_ever_taken_for_the_other_side(name: str) -> None:
    """What the patterns read on dialogues between people is what they read by mistake."""
    found = {figure.name: figure.value for figure in measure_style(read_dialogue_set(SHARED / name).talks)}
    for side in ("user", "agent"):
        rate = found[f"{side}_role_confusion"]
        assert rate is not None and rate < 0.05, name
    assert found["farewell_loops"] is not None and found["farewell_loops"] < 0.3


def cover(key: str, user: str, path: str, *strategies: str) -> EvaluatedDialogue:
    turns = tuple(say("agent", "…", number, strategy=strategy) for number, strategy in enumerate(strategies))
    return EvaluatedDialogue(key, "en", turns, user=user, blueprint="b1", path=path)


def test_coverage_counts_the_cells_of_persona_strategy_and_path() -> None:
    plan = Plan("en", frozenset({"needs", "facts"}), frozenset({"success", "deferral"}))
    known = make_set(
        cover("1", "u1", "success", "needs", "facts", "needs"),
        cover("2", "u1", "success", "facts"),
        cover("3", "u2", "deferral", "facts"),
        people={"u1": "en", "u2": "en", "u3": "en", "u9": "zh"},
        plans={"b1": plan, "b2": Plan("zh", frozenset({"needs"}), frozenset({"success"}))},
    )
    found = {figure.name: figure for figure in measure_coverage(known)}
    # Three personas, two strategies, two paths; one of the zh plan; three cells are covered.
    assert found["covered_persona_strategy_path"].value == 3 / (3 * 2 * 2 + 1)
    assert found["covered_persona_strategy_path"].unit == "share of 13"
    assert found["covered_personas"].value == 2 / 4
    assert found["covered_strategies"].value == 2 / 3
    assert found["covered_paths"].value == 2 / 3


def test_a_strategy_the_blueprint_does_not_have_counts_as_one_of_its_own() -> None:
    plan = Plan("en", frozenset({"needs"}), frozenset({"success"}))
    known = make_set(cover("1", "u1", "success", "urgency"), people={"u1": "en"}, plans={"b1": plan})
    found = {figure.name: figure.value for figure in measure_coverage(known)}
    assert found["covered_persona_strategy_path"] == 1 / 2
    assert found["covered_strategies"] == 1 / 2


@pytest.mark.parametrize("known", [make_set(make_talk("hi", "hello")), make_set()], ids=["plain", "empty"])
def test_sets_without_personas_have_nothing_to_cover(known: DialogueSet) -> None:
    assert all(figure.value is None and figure.reason for figure in measure_coverage(known))
