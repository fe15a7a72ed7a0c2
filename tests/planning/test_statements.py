"""Which sentences of a stream are said again, of what, and as an answer to what."""

from __future__ import annotations

import random

import pytest

from streamdial.dialogues import DialogueState
from streamdial.personas import Knowledge
from streamdial.planning import MinedAnswers
from streamdial.planning.agent_moves import add_statement
from streamdial.planning.statements import Statement, list_statements
from streamdial.records import AgentResponse, KnowledgeRow, Language, Turn
from tests.dialogues.material import PACK, build_knowledge, build_reader, build_state, plan, say, share

TERMS = "$4,000 down, $519 a month"
WISHES = say("user", "inform", inform={"range": "600"})
TOO_DEAR = say("user", "object", "too expensive", entity="Calder", request={"price": "?"})


def read(text: str, act: str = "answer", language: Language = "en") -> list[Statement]:
    fields = {"id": "r1", "text": text, "raw_text": text, "start": 3.0, **share(language)}
    known = list(build_knowledge(language).rows)
    if language == "en":
        known.append(
            KnowledgeRow(id="k-terms", entity="Calder", slot="down_payment", value=TERMS, text=TERMS, **share(language))
        )
    response = AgentResponse.model_validate(fields)
    return list(list_statements(response, act, Knowledge(known, PACK), build_reader(language)))


def stating(text: str, *slots: str, entity: str = "Calder", act: str = "answer") -> Statement:
    return Statement(text, entity, slots, act, f"r-{text}")


def tell_of(said: Statement, *turns: Turn) -> DialogueState:
    state = build_state(turns=turns)
    state.answers = MinedAnswers(statements=[said])
    return state


def test_a_sentence_after_the_name_is_about_it_where_it_states_a_value_of_it() -> None:
    found = read("Financing for the Calder. You pay $4,000 down, and $519 a month. You will love it, believe me.")
    assert [(said.entity, said.slots, said.alone) for said in found] == [("Calder", ("down_payment",), False)]


@pytest.mark.parametrize(
    "text",
    [
        "Now the Calder. You pay $3,000 down, and $450 a month.",  # K says something else
        "Now the Calder and the Aster. It costs $37,200.",  # of which?
        "You pay $4,000 down, and $519 a month.",  # for what?
    ],
)
def test_what_is_not_clearly_true_of_one_thing_is_left(text: str) -> None:
    assert [said for said in read(text) if said.slots] == []


def test_an_agreement_goes_and_a_value_is_known_without_its_hyphens() -> None:
    (said,) = read("Yes, the Calder has all wheel drive.")
    assert (said.text, said.slots) == ("The Calder has all wheel drive.", ("drive",))


def test_what_answered_somebody_is_said_where_it_is_asked_and_never_unasked() -> None:
    (said,) = read("The Calder goes 640 km on a charge.", act="recover")
    answers = MinedAnswers(statements=[said])
    assert not said.alone and answers.find_statement("Calder", ["range"], ()) is said
    assert answers.list_statements("Calder", ["recover"]) == []


def test_of_a_sentence_about_two_things_each_clause_is_about_its_own() -> None:
    found = read("晨曦是SUV，青岚是轿车，更好开。", language="zh")
    assert [(said.text, said.entity, said.slots) for said in found] == [
        ("晨曦是SUV。", "晨曦", ("body_type",)),
        ("青岚是轿车。", "青岚", ("body_type",)),
    ]


def test_topic_and_promise_of_somebody_else_are_cut() -> None:
    (said,) = read("想坐七个人的，鹿鸣7有7座，我给您留一台。", language="zh")
    assert said.text == "鹿鸣7有7座。"


def test_the_sentence_that_answers_most_and_adds_least_comes_first_and_equals_take_turns() -> None:
    price, both = stating("It costs $37,200.", "price"), stating("$37,200, and 5 seats.", "price", "seats")
    again = stating("The price is $37,200.", "price")
    answers = MinedAnswers(statements=[both, price, again])
    assert answers.find_statement("Calder", ["price", "seats"], ()) is both
    assert [answers.find_statement("Calder", ["price"], (), turn=turn) for turn in (0, 1)] == [price, again]
    used = {price.evidence, again.evidence}
    assert answers.find_statement("Calder", ["price"], used) is both
    # What was told is not told once more in passing.
    assert answers.find_statement("Calder", ["price"], used, told=[("Calder", "seats")]) is None
    assert answers.find_statement("Aster", ["price"], ()) is None


@pytest.mark.parametrize(
    ("slots", "text", "added"),
    [
        (("range",), "The Calder goes 640 km.", True),  # what was wished for
        ((), "The Calder is the quiet one.", True),  # praise
        (("warranty",), "The battery is covered.", False),  # nobody asked
        (("seats",), "The Calder has 5 seats.", False),  # the act itself
    ],
)
def test_a_recommendation_gets_a_reason_and_nothing_else(slots: tuple[str, ...], text: str, added: bool) -> None:
    offer = plan("agent", "recommend", entity="Calder", tell={"seats": ("5", None)})
    state = tell_of(stating(text, *slots), WISHES)
    assert any(add_statement(offer, state, random.Random(seed)) != offer for seed in range(20)) is added


@pytest.mark.parametrize(
    ("slots", "text", "added"),
    [
        (("delivery",), "Delivery is only two weeks.", False),
        ((), "The charger is included.", True),
        ((), "It is a quiet car.", False),
        (("trade_in",), "There is a bonus for your old car.", True),
    ],
)
def test_a_doubt_about_the_price_is_answered_by_what_comes_with_it(
    slots: tuple[str, ...], text: str, added: bool
) -> None:
    answer = plan("agent", "negotiate", entity="Calder")
    state = tell_of(stating(text, *slots, act="negotiate"), TOO_DEAR)
    assert any(add_statement(answer, state, random.Random(seed)) != answer for seed in range(20)) is added
