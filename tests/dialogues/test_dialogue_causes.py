"""Causes and the world, each by a dialogue that counts and one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from streamdial.dialogues.causes import (
    Breach,
    breaks_wish,
    find_causeless,
    lacks_cause,
    list_breaches,
    list_goal_starts,
    list_unoffered,
)
from streamdial.dialogues.validation import validate_dialogue
from streamdial.domains import load_pack
from streamdial.environment.opening_hours import find_weekdays, read_opening_hours, read_times
from streamdial.personas import Knowledge
from streamdial.records import (
    Constraint,
    Dialogue,
    Inquiry,
    KnowledgeRow,
    MatchScore,
    Observed,
    Provenance,
    ReachedGoal,
    Turn,
    UserPersona,
    UserStyle,
    Utterance,
)

CARS, HOTEL, RESTAURANT = load_pack("automotive"), load_pack("hotel"), load_pack("restaurant")
SOURCE = Provenance(source_id="s")


def say(role: str, act: str, entity: str = "", **more: Any) -> Turn:
    return Turn.model_validate({"turn_id": 0, "role": role, "act": act, "utterance": act, "entity": entity, **more})


def make_dialogue(*turns: Turn, outcome: str = "success", domain: str = "automotive", **more: Any) -> Dialogue:
    return Dialogue.model_validate(
        {
            "id": "d",
            "domain": domain,
            "language": "en",
            "provenance": SOURCE,
            "user_persona_id": "u",
            "agent_persona_id": "a",
            "blueprint_id": "b",
            "turns": [turn.model_copy(update={"turn_id": number}) for number, turn in enumerate(turns)],
            "outcome": outcome,
            "stop_reason": "blueprint_end",
            "match": MatchScore(expertise=1, answerable=1, covered=1, alpha=1, beta=0, gamma=0, total=1),
            "seed": 1,
            **more,
        }
    )


def know(domain: str, *facts: tuple[str, str, str]) -> Knowledge:
    rows = [
        KnowledgeRow(
            id=f"k{number}", domain=domain, language="en", provenance=SOURCE, entity=entity, slot=slot, value=value,
            text=value,
        )
        for number, (entity, slot, value) in enumerate(facts)
    ]  # fmt: skip
    return Knowledge(rows, load_pack(domain))


def want(slot: str, value: str, hardness: str) -> UserPersona:
    lines = tuple(Utterance(text=f"line {number}", origin="own", evidence=("q",)) for number in range(5))
    return UserPersona(
        id="u",
        domain="automotive",
        language="en",
        provenance=SOURCE,
        objective=Observed(text="a car", evidence=("q",)),
        primary_inquiries=(Inquiry(text="how far", asks=("range",), evidence=("q",)),),
        constraints=(
            Constraint.model_validate({"slot": slot, "value": value, "hardness": hardness, "evidence": ["q"]}),
        ),
        potential_utterances=lines,
        style=UserStyle(mean_length=4),
    )


@pytest.mark.parametrize("name", ["Aster", "晨曦"])
@pytest.mark.parametrize(
    "act", ["recommend", "recover", "upsell", "propose", "negotiate", "handle_objection", "explain_conflict"]
)
def test_an_acceptance_needs_an_offer_and_a_plain_answer_is_none(name: str, act: str) -> None:
    asked = (say("user", "ask", name, request={"price": "?"}), say("agent", "answer", name, tell={"price": "30000"}))
    assert list_unoffered((*asked, say("user", "accept")), CARS) == [2]
    assert list_unoffered((*asked, say("agent", act, name), say("user", "accept")), CARS) == []


def test_an_offer_of_another_thing_is_no_offer_of_this_one() -> None:
    turns = (say("agent", "recommend", "Aster"), say("agent", "answer", "Calder"), say("user", "accept"))
    assert list_unoffered(turns, CARS) == [2]
    assert list_unoffered((*turns[:2], say("user", "accept", "aster")), CARS) == []
    # Who has named nothing takes what was put forward.
    assert list_unoffered((say("agent", "propose"), say("user", "accept")), CARS) == []


def test_stock_that_is_there_is_an_offer_and_so_is_what_is_named_instead() -> None:
    there = say("agent", "check_stock", "Aster", tell={"availability": "in_stock"})
    gone = say("agent", "check_stock", "Aster", tell={"availability": "sold_out"})
    instead = gone.model_copy(update={"other": "Calder", "tell_other": {"availability": "in_stock"}})
    assert list_unoffered((there, say("user", "accept")), CARS) == []
    assert list_unoffered((gone, say("user", "accept")), CARS) == [1]
    assert list_unoffered((instead, say("user", "accept")), CARS) == []
    assert list_unoffered((instead, say("user", "accept", "Aster")), CARS) == [1]


def test_an_offer_before_a_goal_was_reached_does_not_count_after_it() -> None:
    turns = (
        *(say("agent", "recommend", "Aster"), say("user", "book"), say("agent", "confirm", "Aster")),
        *(say("user", "ask", "Aster"), say("agent", "answer", "Aster"), say("user", "accept", "Aster")),
    )
    goal = ReachedGoal(first_turn=0, user_persona_id="u", path="p", outcome="success")
    assert list_goal_starts(turns, ()) == [0]
    assert list_goal_starts(turns, (goal,)) == [0, 3]
    assert list_unoffered(turns, CARS) == []
    assert list_unoffered(turns, CARS, [0, 3]) == [5]


WISH = say("user", "inform", inform={"price": "47000"})


@pytest.mark.parametrize(
    "turn",
    [
        say("agent", "answer", "Aster", tell={"price": "48000"}),
        say("agent", "compare", "Calder", other="Aster", tell_other={"price": "48000"}),
        say("agent", "check_stock", "Aster", tell={"availability": "sold_out"}),
        say("agent", "no_answer", "Aster"),
        say("agent", "refuse", "Aster"),
        say("user", "object", "Aster", request={"trunk": "?"}),
    ],
    ids=["over", "other over", "gone", "no answer", "refused", "objection"],
)
def test_a_drop_out_has_a_cause_where_something_was_said(turn: Turn) -> None:
    assert not lacks_cause((WISH, turn, say("user", "thank")), "drop_out", CARS)
    assert lacks_cause((WISH, say("user", "thank")), "drop_out", CARS)


@pytest.mark.parametrize(
    "turn",
    [
        say("agent", "answer", "Aster", tell={"price": "46900"}),
        say("agent", "answer", "Aster", tell={"range": "300"}),
        say("agent", "check_stock", "Aster", tell={"availability": "few_left"}),
        say("user", "object", "Aster"),
        say("user", "leave", "Aster", request={"price": "?"}),
    ],
    ids=["within the budget", "nothing wished", "still there", "objects to nothing", "never heard a price"],
)
def test_a_drop_out_lacks_a_cause_where_nothing_speaks_against_it(turn: Turn) -> None:
    assert lacks_cause((WISH, turn, say("user", "thank")), "drop_out", CARS)
    assert not lacks_cause((WISH, turn, say("user", "thank")), "deferral", CARS)


def test_a_goodbye_over_a_slot_that_was_told_is_a_cause_and_a_wish_given_up_is_none() -> None:
    told = say("agent", "answer", "Aster", tell={"price": "46900"})
    assert not lacks_cause((told, say("user", "leave", "Aster", request={"price": "?"})), "drop_out", CARS)
    over = say("agent", "answer", "Aster", tell={"price": "48000"})
    revised = say("user", "revise", inform={"price": "48000"})
    assert lacks_cause((WISH, over, revised, say("user", "thank")), "drop_out", CARS)


@pytest.mark.parametrize(
    ("slot", "value", "wish", "broken"),
    [
        ("price", "47001", "47000", True),
        ("price", "46900", "47000", False),
        ("seats", "5", "6", True),
        ("seats", "7", "6", False),
        ("energy", "petrol", "electric", True),
        ("energy", "electric", "electric", False),
        ("energy", "petrol", "dontcare", False),
        ("price", "cheap", "47000", False),
        ("nothing", "1", "2", False),
    ],
)
def test_a_wish_is_broken_by_the_bound_of_its_slot(slot: str, value: str, wish: str, broken: bool) -> None:
    assert breaks_wish(CARS, slot, value, wish) is broken


@pytest.mark.parametrize("act", ["recommend", "recover", "upsell", "propose", "confirm", "hold"])
def test_what_was_told_as_gone_or_is_known_to_be_is_not_put_forward(act: str) -> None:
    told = say("agent", "check_stock", "鹭鸣湖景套房", tell={"availability": "sold_out"})
    offer = say("agent", act, "鹭鸣湖景套房")
    assert list_breaches((told, offer), HOTEL) == [Breach(1, "gone")]
    assert list_breaches((offer,), HOTEL) == []
    assert list_breaches((offer,), HOTEL, know("hotel", ("鹭鸣湖景套房", "availability", "sold_out"))) == [
        Breach(0, "gone")
    ]
    assert list_breaches((offer,), HOTEL, know("hotel", ("鹭鸣湖景套房", "availability", "few_left"))) == []


def test_a_thing_on_order_can_be_bought_and_not_held() -> None:
    knowledge = know("automotive", ("Model 7", "availability", "on_order"))
    held = (say("agent", "answer", "Model 7"), say("agent", "hold", tell={"visit_date": "Friday"}))
    assert list_breaches(held, CARS, knowledge) == [Breach(1, "cannot_be_held")]
    assert list_breaches((say("agent", "confirm", "Model 7"),), CARS, knowledge) == []


@pytest.mark.parametrize(
    ("hours", "day", "time", "closed"),
    [
        ("11:00-22:00, closed on Monday", "Monday", "7 pm", True),
        ("11:00-22:00, closed on Monday", "this Saturday", "7 pm", False),
        ("11:00-22:00, closed on Monday", "Saturday", "9 am", True),
        ("11:00-22:00, closed on Monday", "tomorrow", "7:30", False),
        ("11:00-22:00，周一休息", "周一", "晚上七点", True),
        ("11:00-22:00，周一休息", "周六", "晚上七点", False),
        ("上午11点到晚上10点", "周六", "晚上10点", True),
        ("always welcome", "Monday", "3 am", False),
    ],
)
def test_a_table_is_booked_when_the_shop_is_open(hours: str, day: str, time: str, closed: bool) -> None:
    knowledge = know("restaurant", ("", "opening_hours", hours), ("Set A", "price", "90"))
    turns = (
        say("user", "book", inform={"visit_date": day, "visit_time": time}),
        say("agent", "confirm", "Set A", tell={"visit_date": day}),
    )
    assert list_breaches(turns, RESTAURANT, knowledge) == ([Breach(1, "closed")] if closed else [])
    assert list_breaches(turns, RESTAURANT, know("restaurant", ("Set A", "price", "90"))) == []


@pytest.mark.parametrize("act", ["revise", "concede"])
def test_a_must_is_not_given_up(act: str) -> None:
    turns = (say("user", "inform", inform={"price": "40000"}), say("user", act, inform={"price": "45000"}))
    assert list_breaches(turns, CARS, None, {0: want("price", "40000", "must")}) == [Breach(1, "must_given_up")]
    assert list_breaches(turns, CARS, None, {0: want("price", "40000", "prefer")}) == []
    assert list_breaches(turns, CARS) == []
    # What this viewer really changed their mind to is no concession.
    assert list_breaches(turns, CARS, None, {0: want("price", "45000", "must")}) == []


@pytest.mark.parametrize(
    ("text", "open_at", "closed_at"),
    [
        ("Tuesday to Sunday 11am-10pm", ("Sunday", "9 pm"), ("Monday", "1 pm")),
        ("Mon-Fri 11:00-14:00, Sat 17:00-23:00", ("Sat", "22:00"), ("Sat", "12:00")),
        ("周二至周日 11:00-14:00, 17:00-21:30", ("周三", "下午5点半"), ("周三", "下午3点")),
        ("周一到周五 上午十点半至晚上九点；周末 10:00-22:00", ("周末", "上午十点"), ("周五", "上午十点")),
        ("17:00-02:00", ("Friday", "1 am"), ("Friday", "3 am")),
        ("24 hours", ("Friday", "3 am"), ("", "")),
    ],
)
def test_opening_hours_are_read_by_day(text: str, open_at: tuple[str, str], closed_at: tuple[str, str]) -> None:
    hours = read_opening_hours(text)
    assert hours is not None
    assert hours.is_open(*open_at) is True
    assert hours.is_open(*closed_at) is (None if closed_at == ("", "") else False)


def test_what_says_no_hours_is_left_alone() -> None:
    assert read_opening_hours("call us") is None
    assert read_opening_hours("") is None
    only = read_opening_hours("closed on Mondays")
    assert only is not None
    assert (only.is_open("Monday", "noon"), only.is_open("Tuesday", "noon")) == (False, True)
    assert only.is_open("tomorrow", "") is None


def test_days_and_hours_are_read_with_what_they_leave_open() -> None:
    assert find_weekdays("money, sundae") == frozenset()
    assert find_weekdays("Friday to Monday") == {4, 5, 6, 0}
    assert (read_times("7点"), read_times("晚上7点"), read_times("noon"), read_times("soon")) == (
        (420, 1140),
        (1140,),
        (720,),
        (),
    )


def test_the_reasons_are_told_in_order_and_only_on_request() -> None:
    knowledge = know("automotive", ("Aster", "availability", "sold_out"))
    answer = say("agent", "answer", "Aster", tell={"range": "480"})
    accepted = make_dialogue(say("user", "greet"), answer, say("user", "accept", "Aster"), say("agent", "close"))
    left = make_dialogue(say("user", "greet"), answer, say("user", "thank"), say("agent", "close"), outcome="drop_out")
    offer = say("agent", "recommend", "Aster")
    gone = make_dialogue(say("user", "greet"), offer, say("user", "accept"), say("agent", "close"))
    assert find_causeless(accepted, CARS, knowledge) == "accept_without_offer"
    assert find_causeless(left, CARS, knowledge) == "dropout_without_cause"
    assert find_causeless(gone, CARS, knowledge) == "against_world"
    assert find_causeless(gone, CARS, None) is None
    assert validate_dialogue(gone, CARS, min_turns=2) is None
    assert validate_dialogue(gone, CARS, min_turns=2, knowledge=knowledge) == "against_world"
