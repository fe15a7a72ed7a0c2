"""Elicitation, contradictions, recall and role fidelity: dialogues made so that their figures are known."""

from __future__ import annotations

from typing import Any

import pytest

from streamdial.domains import load_pack
from streamdial.evaluation.dialogues import EvaluatedDialogue, Fact
from streamdial.evaluation.metrics.contradictions import (
    count_against_knowledge,
    list_agent_contradictions,
    list_user_contradictions,
    measure_contradictions,
)
from streamdial.evaluation.metrics.elicitation import measure_elicitation
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.evaluation.metrics.recall import (
    answers_probe,
    build_probe,
    count_asked_twice,
    measure_recall,
)
from streamdial.evaluation.metrics.role_fidelity import measure_role_fidelity
from streamdial.records import Constraint, Language, ReachedGoal, Recall, Session, Turn
from tests.dialogues import material
from tests.evaluation.evaluation_material import make_set, make_talk, say


def talk(*turns: Turn, key: str = "t", language: Language = "en", **more: Any) -> EvaluatedDialogue:
    numbered = tuple(turn.model_copy(update={"turn_id": number}) for number, turn in enumerate(turns))
    return EvaluatedDialogue(id=key, language=language, turns=numbered, **more)


def by_name(figures: list[Statistic]) -> dict[str, Statistic]:
    return {figure.name: figure for figure in figures}


OPENING = (
    say("user", "two of us", act="inform", inform={"people": "2", "spice": "dontcare"}),
    say("agent", "and the price?", act="request", request={"price": "?"}),
    say("user", "60 at most", act="inform", inform={"price": "60"}),
    say("agent", "the Garden", act="recommend", entity="Garden", tell={"price": "58"}),
    say("user", "without chilli", act="inform", inform={"spice": "none"}),
)
DONE = (
    say("user", "I take it, Monday", act="book", inform={"visit_date": "Monday"}),
    say("agent", "noted", act="confirm", tell={"visit_date": "Monday"}),
)


def test_wishes_are_counted_up_to_the_first_offer_and_turns_up_to_the_end() -> None:
    wishes = tuple(
        Constraint(slot=slot, value=value, evidence=("q",))
        for slot, value in (("people", "2"), ("price", "60"), ("spice", "none"), ("cuisine", "thai"))
    )
    user = material.build_user().model_copy(update={"constraints": wishes})
    known = make_set(
        talk(*OPENING, *DONE, user=user.id, outcome="success"),
        talk(*OPENING, outcome="deferral"),
        users={user.id: user},
    )
    found = by_name(measure_elicitation(known))
    assert found["wishes_before_offer"].value == 2
    assert found["wishes_found_before_offer"].value == 2 / 4
    assert found["turns_to_success"].value == 7
    assert found["turns_to_success"].reason == "one dialogue has no spread"


def test_only_the_first_goal_of_a_dialogue_counts() -> None:
    goal = ReachedGoal(first_turn=0, user_persona_id="u", path="p", outcome="success")
    again = (*OPENING, *DONE, *OPENING, *DONE)
    (before, _, turns) = measure_elicitation(make_set(talk(*again, outcome="drop_out", goals=(goal,))))
    assert (before.value, turns.value) == (2, 7)


def test_a_set_without_acts_says_why() -> None:
    assert [figure.reason for figure in measure_elicitation(make_set(make_talk("hi", "hello")))] == [
        "nothing is put forward, by its acts",
        "no user persona with a wish and an offer",
        "no dialogue ends in success, by its outcome",
    ]


@pytest.mark.parametrize(("price", "slots", "found"), [("58", (), []), ("68", (), [1]), ("68", ("price",), [])])
def test_an_agent_that_tells_two_values_of_one_thing_contradicts_itself(
    price: str, slots: tuple[str, ...], found: list[int]
) -> None:
    turns = (
        say("agent", "58", act="recommend", entity="Garden", tell={"price": "58"}),
        say("agent", "again", act="compare", entity="Table", other="Garden", tell_other={"price": price}),
    )
    assert list_agent_contradictions(turns, slots) == found


def test_another_day_after_a_refusal_is_no_contradiction() -> None:
    turns = [
        say("agent", text, act=act, entity="Garden", tell={"visit_date": day})
        for text, act, day in (("Monday is closed", "refuse", "Wednesday"), ("noted", "confirm", "Friday"))
    ]
    assert list_agent_contradictions(turns) == []


@pytest.mark.parametrize(
    ("act", "value", "text", "before", "found"),
    [
        ("inform", "80", "80 at most", "answer", [2]),
        ("inform", "80", "预算八十", "answer", [2]),
        ("inform", "80", "actually, 80 at most", "answer", []),
        ("inform", "80", "那就换成80的", "answer", []),
        ("inform", "80", "80 at most", "recover", []),
        ("revise", "80", "80 at most", "answer", []),
        ("inform", "60", "60 at most", "answer", []),
        ("book", "80", "80 at most", "answer", []),
    ],
)
def test_a_wish_that_changes_unannounced_is_found(
    act: str, value: str, text: str, before: str, found: list[int]
) -> None:
    turns = (
        say("user", "60 at most", act="inform", inform={"price": "60"}),
        say("agent", "well", act=before),
        say("user", text, act=act, inform={"price": value}),
    )
    assert list_user_contradictions(turns) == found


def test_a_wish_taken_back_may_be_stated_anew() -> None:
    turns = [say("user", "x", act="inform", inform={"price": value}) for value in ("60", "", "80")]
    assert list_user_contradictions(turns) == []
    assert list_user_contradictions(turns[::2], booking=["price"]) == []


def test_what_is_told_is_held_against_what_the_agent_knows() -> None:
    facts = [Fact("Garden", "price", value, "") for value in ("58", "55")]
    turns = [
        say("agent", "x", act="answer", entity="Garden", tell={"price": price, "spice": "none"})
        for price in ("58", "55", "60")
    ]
    assert count_against_knowledge(turns, facts) == (1, 3)


def test_contradictions_of_a_set_are_shares_of_the_dialogues_that_could_show_one() -> None:
    told = [say("agent", "x", act="answer", entity="Garden", tell={"price": price}) for price in ("58", "60")]
    known = make_set(
        talk(*told, agent="a"),
        talk(*told[:1], agent="a"),
        make_talk("hi", "hello"),
        knowledge={"a": [Fact("Garden", "price", "58", "")]},
    )
    found = by_name(measure_contradictions(known, load_pack("restaurant")))
    assert found["agent_contradictions"].value == 1 / 2
    assert found["against_knowledge"].value == 1 / 3
    assert found["user_contradictions"].reason == "no turn says what the user wants"


def remember(kind: str, **more: Any) -> Recall:
    return Recall.model_validate({"kind": kind, "dialogue": "s1", "turn": 0, **more})


CITED = {
    "wish": say("user", "60", act="inform", inform={"price": "60"}),
    "told": say("agent", "58", act="answer", entity="Garden", tell={"price": "58"}),
    "offered": say("agent", "the Garden", act="recommend", entity="Garden"),
    "put_off": say("user", "later", act="defer"),
}


@pytest.mark.parametrize(
    ("recall", "answer"),
    [
        (remember("wish", slot="price", value="60"), "60"),
        (remember("told", slot="price", value="58", entity="Garden"), "58"),
        (remember("offered", entity="Garden"), "Garden"),
        (remember("put_off", entity="Garden"), "put_off"),
    ],
)
def test_a_probe_is_answered_from_the_turn_it_cites_and_from_no_other(recall: Recall, answer: str) -> None:
    for kind, turn in CITED.items():
        right = kind == recall.kind or (recall.kind == "offered" and kind == "told")
        assert answers_probe(recall, {"s1": (turn,)}) == right
    assert not answers_probe(recall, {}) and not answers_probe(recall, {"s1": ()})
    assert build_probe(recall, "en").answer == answer


def test_a_probe_asks_in_the_language_of_the_dialogue() -> None:
    pack, told = load_pack("hotel"), remember("told", slot="price", value="438", entity="听松双床房")
    assert build_probe(told, "zh", pack).question == "用户被告知“听松双床房”的“每晚价格”是什么？"
    assert build_probe(remember("left"), "en").question == "How did the dialogue end?"


def test_sessions_are_measured_together() -> None:
    first = talk(*OPENING, key="s1", session=Session(episode="s1", number=1))
    back = Recall(kind="wish", dialogue="s1", turn=2, slot="price", value="60")
    wrong = back.model_copy(update={"turn": 0})
    later = [
        say("user", "60 again", act="inform", inform={"price": "60"}, recalls=[back.model_dump(), wrong.model_dump()]),
        say("agent", "how many are you?", act="request", request={"people": "?"}),
        say("user", "2", act="inform", inform={"people": "2"}),
    ]
    second = talk(*later, key="s2", session=Session(episode="s1", number=2, gap="P7D"))
    found = by_name(measure_recall(make_set(second, first), load_pack("restaurant")))
    assert found["recall_answered"].value == 1 / 2
    assert found["recall_spoken"].value == 1
    assert found["asked_twice"].value == 1
    assert count_asked_twice([first.turns, second.turns, ()]) == [1, 0]
    alone = measure_recall(make_set(second), None)
    assert {figure.reason for figure in alone} == {"no episode of several sessions"}


@pytest.mark.parametrize(
    ("side", "line"),
    [
        ("user", "How can I help you today?"),
        ("user", "请问有什么可以帮您？"),
        ("user", "As an AI language model I want a room"),
        ("agent", "客服：这间有房"),
        ("agent", "my budget is 400"),
    ],
)
def test_a_side_that_leaves_its_role_is_found(side: str, line: str) -> None:
    good = make_talk("is it still there?", "Yes, it is.", key="good")
    other = {"user": "agent", "agent": "user"}[side]
    bad = talk(say(side, line), key="bad")
    found = by_name(measure_role_fidelity(make_set(good, bad)))
    assert found[f"{side}_role_fidelity"].value == 1 / 2
    assert found[f"{other}_role_fidelity"].value == 1
