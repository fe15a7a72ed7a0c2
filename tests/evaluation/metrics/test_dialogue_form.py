"""Form, causes and sources of small sets, each by what counts and what does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from streamdial.domains import load_pack
from streamdial.evaluation.dialogues import EvaluatedDialogue
from streamdial.evaluation.metrics.dialogue_causes import (
    count_own_questions,
    count_stream_turns,
    find_slotless,
    measure_causes,
    measure_slotless_used,
)
from streamdial.evaluation.metrics.dialogue_form import (
    FormReader,
    count_forms_of_acts,
    count_repeated,
    find_repeated_tails,
    list_forms,
    measure_form,
    measure_reactions,
    measure_words,
    opens_with_reaction,
)
from streamdial.evaluation.reading import read_dialogue_set
from streamdial.evaluation.sets import measure_set
from streamdial.records import (
    Inquiry,
    Language,
    Observed,
    PairScore,
    Provenance,
    QAPair,
    ReachedGoal,
    Turn,
    UserPersona,
    UserQuestion,
    UserStyle,
    Utterance,
)
from tests.conftest import SHARED
from tests.evaluation.evaluation_material import make_set, make_talk, say

SOURCE = Provenance(source_id="s")


def make_person(key: str, *inquiries: Inquiry) -> UserPersona:
    lines = tuple(Utterance(text=f"line {number}", origin="own", evidence=("q",)) for number in range(5))
    return UserPersona(
        id=key,
        domain="automotive",
        language="en",
        provenance=SOURCE,
        objective=Observed(text="a car", evidence=("q",)),
        primary_inquiries=inquiries,
        potential_utterances=lines,
        style=UserStyle(mean_length=4),
    )


def talk_of(*turns: Turn, **more: Any) -> EvaluatedDialogue:
    return EvaluatedDialogue(id="t", language="en", turns=turns, domain="automotive", **more)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "ok, and the range?",
            "Oh, that far?",
            "That's great. Does it tow?",
            "too expensive for me",
            "hmm",
            "Thanks!",
        ),
        *("Sounds good, book it", "Good, then Friday", "yes, great", "I see", "That sounds perfect!"),
    ],
)
def test_english_reactions_are_heard(text: str) -> None:
    assert opens_with_reaction(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        *("Does it have wifi?", "good evening, a question", "Okinawa, please", "That is all", "Yes please", "No."),
        *("goods trains", "Thatched roof?", "I want that", ""),
    ],
)
def test_english_turns_without_a_reaction_are_told_apart(text: str) -> None:
    assert not opens_with_reaction(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "好的，那续航呢",
        "嗯，明白了",
        "行，就这个",
        "那停车呢",
        "不错啊",
        "太贵了",
        "哦这样",
        "可以，周五",
        "明白",
        "好，谢谢",
    ],
)
def test_chinese_reactions_are_heard(text: str) -> None:
    assert opens_with_reaction(text, "zh")


@pytest.mark.parametrize(
    "text",
    ["多少钱", "那个红色的多少钱", "好像有泳池？", "行李能寄存吗", "可以带狗吗", "你好", "请问含早吗", "那家店在哪"],
)
def test_chinese_turns_without_a_reaction_are_told_apart(text: str) -> None:
    assert not opens_with_reaction(text, "zh")


def test_the_first_turn_of_the_user_is_no_reaction() -> None:
    talk = make_talk("ok so how far?", "Far.", "Great!", "Yes.", "and the boot?")
    assert measure_reactions([talk]) == ([1], [2])


def test_lengths_are_in_the_unit_of_the_language() -> None:
    english, chinese = make_talk("how far is it?", "Far."), make_talk("多远", "不远的", language="zh")
    assert measure_words([english, chinese], "user", "en") == 4
    assert measure_words([english, chinese], "agent", "zh") == 3
    assert measure_words([english], "agent", "zh") is None


@pytest.mark.parametrize(
    ("language", "left", "right"),
    [
        ("en", "The Aster costs $28,900, and has 5 seats!", "the calder costs $37,200 and has 7 seats"),
        ("en", "Is an Aster there at 14:30?", "is a Calder there at 9 am"),
        ("zh", "晨曦续航510公里。", "青岚续航700公里"),
        ("zh", "周六下午3点 ，可以吗？", "周日上午10点可以吗"),
    ],
)
def test_names_values_numbers_case_and_marks_are_no_part_of_a_form(language: Language, left: str, right: str) -> None:
    reader = FormReader(load_pack("automotive"), language, ["Aster", "Calder", "晨曦", "青岚"])
    assert reader.read(say("agent", left)) == reader.read(say("agent", right)) != ""


def test_other_words_are_another_form_and_labels_are_taken_out_without_a_pack() -> None:
    reader = FormReader(None, "en", ["Aster"])
    assert reader.read(say("agent", "The Aster is red")) != reader.read(say("agent", "The Aster looks red"))
    turn = say(
        "agent", "It leaves Ely at noon", tell={"train-departure": "ely", "train-leave": "noon"}, request={"x": "?"}
    )
    assert reader.read(turn) == "it leaves _ at _"


def make_forms() -> list[EvaluatedDialogue]:
    return [
        make_talk("how much?", "It is 10.", "Thanks", "Bye", key="a"),
        make_talk("how far?", "It is 20.", "thanks!", "bye", key="b"),
        make_talk("how big?", "it is 7", "no", "well", key="c"),
    ]


def test_a_form_in_three_dialogues_is_repeated_and_one_in_two_is_not() -> None:
    forms = list_forms(make_forms())
    assert count_repeated(forms) == [1, 1, 1]
    assert count_repeated(forms, least=2) == [3, 3, 1]
    # Three times in one dialogue is no repeat across dialogues.
    assert count_repeated([["x", "x", "x"], ["y"]]) == [0, 0]


def test_tails_are_the_last_three_turns() -> None:
    assert find_repeated_tails(list_forms(make_forms())) == [True, True, False]


def test_forms_are_counted_by_act_where_there_are_enough_turns() -> None:
    turns = tuple(say("user", f"{'so' * (number % 2)} deal", act="accept") for number in range(20))
    talks = [talk_of(*turns, say("agent", "fine", act="close"))]
    counted = count_forms_of_acts(talks, list_forms(talks))
    assert [(entry.role, entry.act, entry.forms, entry.turns) for entry in counted] == [("user", "accept", 2, 20)]
    assert count_forms_of_acts(talks, list_forms(talks), least_turns=21) == []


def test_the_figures_of_form_have_intervals_and_reasons() -> None:
    found = {figure.name: figure for figure in measure_form(make_forms())}
    assert found["forms_in_3plus"].value == 3 / 12
    assert found["identical_tails"].value == 2 / 3
    assert found["reaction_share"].value == 2 / 3
    assert found["least_forms_of_an_act"].reason == "no act has 20 turns"
    assert {figure.reason for figure in measure_form([])} == {"no dialogues"}
    assert measure_form(make_forms(), size=1)[0].value == 0


def test_a_question_is_the_personas_own_by_its_message_or_its_slot() -> None:
    person = make_person("u", Inquiry(text="how far", asks=("range",), evidence=("q1",)))
    talk = talk_of(
        say("user", "how far", act="ask", request={"range": "?"}, evidence=("x",)),
        say("user", "my own words", act="object", evidence=("q1",)),
        say("user", "the boot?", act="ask", request={"trunk": "?"}, evidence=("q2",)),
        say("user", "hello", act="greet", evidence=("q2",)),
        user="u",
    )
    assert count_own_questions(talk, {"u": person}) == (2, 3)
    assert count_own_questions(talk, {}) == (0, 0)


def test_each_goal_has_a_persona_of_its_own() -> None:
    first = make_person("u1", Inquiry(text="how far", asks=("range",), evidence=("q1",)))
    last = make_person("u2", Inquiry(text="how big", asks=("trunk",), evidence=("q2",)))
    talk = talk_of(
        say("user", "how far", act="ask", request={"range": "?"}),
        say("agent", "done", act="confirm"),
        say("user", "how far", act="ask", request={"range": "?"}),
        user="u2",
        goals=(ReachedGoal(first_turn=0, user_persona_id="u1", path="p", outcome="success"),),
    )
    assert count_own_questions(talk, {"u1": first, "u2": last}) == (1, 2)


def test_words_of_the_stream_are_real_lines_of_its_answers() -> None:
    talk = talk_of(
        say("agent", "a", realisation="real_line", evidence=("r1",)),
        say("agent", "b", realisation="real_line", evidence=("car_1#3",)),
        say("agent", "c", realisation="template", evidence=("r1",)),
        say("user", "d", realisation="real_line", evidence=("r1",)),
    )
    assert count_stream_turns(talk, {"r1"}) == (1, 3)


def ask(key: str, act: str = "ask", *asks: str) -> UserQuestion:
    return UserQuestion(
        id=key, domain="hotel", language="zh", provenance=SOURCE, text="?", raw_text="?", act=act, asks=asks
    )


def test_questions_without_slot_are_used_where_they_are_asked() -> None:
    score = PairScore(time=1, meaning=1, entities=1, total=1)
    pairs = [
        QAPair(
            id=f"p{key}", domain="hotel", language="zh", provenance=SOURCE, question_id=key, response_id="r",
            question="?", answer="!", score=score,
        )
        for key in ("q1", "q2", "q3", "q4")
    ]  # fmt: skip
    slotless = find_slotless([ask("q1"), ask("q2"), ask("q3", "ask", "price"), ask("q4", "inform"), ask("q5")], pairs)
    assert slotless == {"q1", "q2"}
    talk = talk_of(
        say("user", "a", act="ask", evidence=("q1",)),
        say("user", "b", act="inform", evidence=("q2",)),
        say("agent", "c", act="answer", evidence=("q2",)),
    )
    assert measure_slotless_used([talk], slotless) == 0.5
    assert measure_slotless_used([talk], ()) is None


def test_causes_are_shares_of_what_could_lack_them() -> None:
    accepted = talk_of(say("agent", "It is red.", act="answer", entity="Aster"), say("user", "ok", act="accept"))
    offered = talk_of(say("agent", "Take it.", act="recommend", entity="Aster"), say("user", "ok", act="accept"))
    left = talk_of(say("user", "bye", act="thank"), outcome="drop_out")
    known = make_set(replace(accepted, outcome="success"), replace(offered, outcome="success"), left)
    found = {figure.name: figure for figure in measure_causes(known, load_pack("automotive"))}
    assert found["accept_without_offer"].value == 1 / 2
    assert found["dropout_without_cause"].value == 1
    assert found["against_world"].value == 0
    assert found["own_question_share"].reason == "no personas in the set"
    assert found["stream_share_agent"].reason == "the set has no evidence of a stream"
    assert {figure.value for figure in measure_causes(make_set(accepted), None)} == {None}


def test_both_metrics_stand_in_an_evaluation() -> None:
    sections = {figure.section for figure in measure_set(make_set(*make_forms()), embedder=None)}
    assert {"Form", "Cause and world"} <= sections


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real data is not beside the repository")
@pytest.mark.parametrize(("name", "most"), [("multiwoz21", 0.05), ("crosswoz", 0.3)])
def test_people_seldom_say_the_same_and_often_react(name: str, most: float) -> None:
    found = {figure.name: figure.value for figure in measure_form(read_dialogue_set(SHARED / name).talks, size=100)}
    assert found["forms_in_3plus"] is not None and found["forms_in_3plus"] < most
    assert found["reaction_share"] is not None and found["reaction_share"] > 0.2
