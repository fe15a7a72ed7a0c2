from __future__ import annotations

import re
from typing import Any

import pytest
from scripted_agent import write_act
from tool_material import Account

from streamdial.environment import ToolCall
from streamdial.environment.calls import ToolFailure
from streamdial.environment.tools import Purpose
from streamdial.tooluse import Act, Step, ToolTurn
from streamdial.tooluse.claims import SUCCESSES
from streamdial.tooluse.grounding import Refused, ReplyCheck
from streamdial.tooluse.replies import NEEDS, Reply, SaidAct, describe_reply

ACCOUNT = Account()
FREE = next(day for name, day, units in ACCOUNT.contents.stock if name == "Lake King" and units)
FULL = next(day for name, day, units in ACCOUNT.contents.stock if name == "Lake King" and not units)
SAID = (
    Act(act="ask_offer", task="find", inform={"price": "250", "view": "lake"}),
    Act(act="book", task="book", inform={"check_in_date": FREE, "nights": "2"}),
)


def tell(**values: str) -> dict[str, str]:
    return values


def act(name: str, entity: str = "", **more: Any) -> Act:
    return Act(act=name, entity=entity, **more)


class EvaluatedDialogue:
    """What has been called in a talk so far."""

    def __init__(self, account: Account = ACCOUNT, said: tuple[Act, ...] = SAID) -> None:
        self.account = account
        self.database = account.database.copy()
        self.steps: list[Step] = []
        self.turns = [ToolTurn(turn_id=0, role="user", utterance="For 250 a night, please.", acts=said)]

    def call(self, purpose: Purpose, task: str = "book", **arguments: Any) -> EvaluatedDialogue:
        name = self.account.toolbox.find(purpose).name
        made = ToolCall(id=f"call_{len(self.steps) + 1}", name=name, arguments=arguments)
        result = self.account.toolbox.execute(made, self.database)
        self.steps.append(Step(reasoning="", call=made, result=result, task=task))
        return self

    def read(self, utterance: str, *acts: Act) -> tuple[str, tuple[Act, ...]]:
        said = [SaidAct.model_validate(write_act(one)) for one in acts]
        check = ReplyCheck(self.account.toolbox, self.account.reader, self.account.schema)
        return check.read(Reply(utterance=utterance, acts=said), self.turns, self.steps)


def look_up() -> EvaluatedDialogue:
    talk = EvaluatedDialogue().call("search", "find").call("details", room="Lake King")
    return talk.call("availability", room="Lake King", check_in_date=FREE)


def book() -> EvaluatedDialogue:
    return look_up().call("book", room="Lake King", check_in_date=FREE, nights=2, arrival_time="18:00")


OFFER = act("recommend", "Lake King", tell=tell(price="210"))
BOOKED = act("confirm", "Lake King", tell=tell(check_in_date=FREE), reference="B1001")


@pytest.mark.parametrize(
    ("utterance", "said", "refused"),
    [
        ("", OFFER, "empty"),
        ("您好，推荐湖景房，一晚210元，含早餐。", OFFER, "language"),
        ("My budget is $210.", OFFER, "role_confusion"),
        ("Write to me at jo.doe@example.org, $210.", OFFER, "personal_data"),
        ("The Lake King, $210.", act("praise"), "unknown_act"),
        ("The Lake King, $210.", act("recommend"), "incomplete_act: recommend needs entity"),
        ("The Sea Palace, $210.", act("recommend", "Sea Palace"), "unknown_entity"),
        ("Which stars would you like?", act("request", request=("stars",)), "unknown_slot"),
        ("The Lake King, $209.", act("recommend", "Lake King", tell=tell(price="209")), "invented_value"),
        ("The Lake King, five stars.", act("recommend", "Lake King", tell=tell(stars="5")), "unknown_slot"),
        ("I have something lovely for $210.", OFFER, "missing_entity: the utterance does not name"),
        ("The Lake King, $210, with pets allowed. Shall I book it?", OFFER, "invented_value: pets allowed"),
        ("The Lake King, $210, 42 m2.", OFFER, "invented_number: 42"),
        ("The Lake King, $210 for 4 guests.", OFFER, "invented_number: 4 guests"),
        ("The Lake King is $210, the Garden Double $280.", OFFER, "invented_number: 280"),
        (f"The Lake King, $210. It is free on {FULL}, too.", OFFER, f"invented_value: {FULL}"),
        ("The Lake King, $210. You are all set!", OFFER, "made_up_success: 'all set'"),
        ("The system does not answer.", act("trouble"), "made_up_trouble"),
        ("Nobody knows.", act("no_answer", "Lake King", request=("price",)), "known_value: price of Lake King is 210"),
        ("Nobody knows.", act("no_answer", "Lake Family", request=("cancellation",)), "not_looked_up: look canc"),
        (
            f"No, the Lake King is full on {FREE}.",
            act("say_free", "Lake King", tell=tell(check_in_date=FREE)),
            "made_up_availability: 'is full'",
        ),
        ("The Lake King is for you.", OFFER, "missing_value: the utterance does not say price = 210; write $210"),
        ("It is $210.", act("answer", "", tell=tell(price="210")), "incomplete_act"),
        ("The Lake King, $210, 45 m2.", OFFER, "invented_number: 45"),
        ("The Lake King, $210, with a sea view.", OFFER, "invented_value: sea view"),
        ("The Lake King, $210. Your number is B1001.", OFFER, "made_up_reference"),
        ("The Lake King, $210. I have booked it.", OFFER, "made_up_success"),
        ("Your booking is confirmed: the Lake King, $210.", OFFER, "made_up_success"),
        (f"It's booked for {FREE}.", BOOKED, "made_up_success"),
        ("It costs $210.", act("answer", "Lake King", tell=tell(price="210"), reference="B7"), "made_up_reference"),
        ("The Lake Family, $280.", act("recommend", "Lake Family", tell=tell(price="280")), "breaks_wish"),
        ("The Lake King, $210.", act("recover", "Lake King", tell=tell(price="210")), "meets_all"),
        ("It is full then.", act("say_full", "Lake King", tell=tell(check_in_date=FREE)), "missing_value"),
        (f"It is full on {FREE}.", act("say_full", "Lake King", tell=tell(check_in_date=FREE)), "made_up_avail"),
        ("It is free.", act("say_free", "Lake King", tell=tell(price="210")), "missing_value"),
        ("Shall I put you on the waitlist? $210.", act("offer_waitlist", "Lake King", tell=tell(price="210")), "incom"),
    ],
)
def test_what_no_call_has_brought_is_refused_by_name(utterance: str, said: Act, refused: str) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(refused)}"):
        look_up().read(utterance, said)


@pytest.mark.parametrize(
    ("utterance", "said"),
    [
        ("The Lake King: lake view, $210 a night, 30 m², and it's within your 250.", OFFER),
        ("Which night would you come, and how many nights?", act("request", request=("check_in_date", "nights"))),
        (f"It's free on {FREE}.", act("say_free", "lake king", tell=tell(check_in_date=FREE))),
        (f"So 2 nights from {FREE}?", act("propose", "Lake King", request=("arrival_time",), tell=tell(nights="2"))),
        ("I don't know about that.", act("no_answer", "Lake King", request=("parking",))),
        ("The Garden Double for $120 misses the lake.", act("recover", "Garden Double", tell=tell(price="$120"))),
        ("Is there anything else?", act("anything_else")),
        ("The Lake King is $210 for 2 guests. It can be cancelled a day before. Shall I book it?", OFFER),
        ("We have city, garden and lake views from $110.", act("request", request=("view",))),
    ],
)
def test_what_calls_have_brought_or_the_user_said_may_be_said(utterance: str, said: Act) -> None:
    text, acts = look_up().read(utterance, said)
    assert text == utterance and acts[0].act == said.act


def test_names_and_values_are_written_as_the_database_has_them_and_acts_get_their_tasks() -> None:
    said = act("recommend", "lake king", tell=tell(price="$210", view="lake view"))
    _, acts = look_up().read("The Lake King: lake view, $210.", said, act("anything_else"))
    assert acts[0] == act("recommend", "Lake King", tell=tell(price="210", view="lake"), task="find")
    assert acts[1].task == ""


def test_a_booking_that_was_made_may_be_told() -> None:
    _, acts = book().read(f"Done, the Lake King is booked for {FREE}: B1001.", act("confirm", reference="B1001"))
    assert acts == (act("confirm", "Lake King", task="book", reference="B1001"),)


@pytest.mark.parametrize(
    ("utterance", "said", "refused"),
    [
        ("It's booked: B1001.", act("confirm", "Lake Family", reference="B1001"), "made_up_success: B1001 is of"),
        ("It's booked: B1002.", act("confirm", "Lake King", reference="B1002"), "made_up_success: no call"),
        ("It's cancelled.", act("confirm_cancel", "Lake King", reference="B1001"), "made_up_success: no call"),
        ("It's booked for 3 nights.", BOOKED.model_copy(update={"tell": tell(nights="3")}), "invented_value"),
    ],
)
def test_a_booking_is_told_as_it_was_made(utterance: str, said: Act, refused: str) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(refused)}"):
        book().read(utterance, said)


@pytest.mark.parametrize(
    ("utterance", "said", "refused"),
    [
        ("Right.", BOOKED, "missing_value"),
        (f"{FREE} it is.", BOOKED, "missing_entity: the utterance does not name what confirm is of"),
        (f"The Lake King is booked for {FREE}.", BOOKED, "missing_reference: the utterance does not give the number"),
        (f"The Lake King is booked for {FREE}: B1001. Or for {FULL}.", BOOKED, f"invented_value: {FULL}"),
        (f"The Lake King is booked for {FREE}, 3 nights: B1001.", BOOKED, "invented_number: 3 nights"),
        (
            f"The Lake King is booked for {FREE}: B1001. I've cancelled the other.",
            BOOKED,
            "made_up_success: \"I've canc",
        ),
        (f"The Lake King is booked for {FREE}: B1001. I've booked the Lake Family.", BOOKED, "made_up_success"),
        ("There is no booking of yours.", act("no_booking"), "denied_booking: there is the booking B1001"),
    ],
)
def test_the_words_of_a_success_name_it_and_claim_no_other(utterance: str, said: Act, refused: str) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(refused)}"):
        book().read(utterance, said)


def test_trouble_may_be_told_after_a_call_that_failed_for_a_reason_that_may_pass() -> None:
    talk = look_up()
    down = talk.steps[0].result.model_copy(
        update={"rows": (), "failure": ToolFailure(kind="unavailable", message="", transient=True)}
    )
    talk.steps[0] = talk.steps[0].model_copy(update={"result": down})
    assert talk.read("The system does not answer, sorry.", act("trouble"))[1][0].act == "trouble"


def test_what_a_simulated_tool_says_grounds_nothing() -> None:
    talk = look_up()
    offered = "The Lake King has a lake view, $210."
    assert talk.read(offered, OFFER)
    talk.steps = [
        step.model_copy(update={"result": step.result.model_copy(update={"origin": "simulated"})})
        for step in talk.steps
    ]
    with pytest.raises(Refused, match=r"^unknown_entity"):
        talk.read(offered, OFFER)
    booked = book()
    booked.steps[-1] = booked.steps[-1].model_copy(
        update={"result": booked.steps[-1].result.model_copy(update={"origin": "simulated"})}
    )
    with pytest.raises(Refused, match=r"^made_up_success: no call"):
        booked.read(f"The Lake King is booked for {FREE}: B1001.", BOOKED)


def test_a_thing_that_is_full_may_lead_to_the_waitlist() -> None:
    said = act("offer_waitlist", "Lake King", tell=tell(check_in_date=FULL))
    utterance = f"The Lake King is booked out on {FULL}. Shall I put you on the waitlist?"
    talk = EvaluatedDialogue(said=(Act(act="book", task="book", inform={"check_in_date": FULL}),)).call(
        "search", "find"
    )
    with pytest.raises(Refused, match=r"^made_up_availability"):
        talk.read(utterance, said)
    seen = talk.call("availability", room="Lake King", check_in_date=FULL)
    assert seen.read(utterance, said)[1][0].task == "book"
    tried = EvaluatedDialogue(said=talk.turns[0].acts).call("search", "find")
    tried.call("book", room="Lake King", check_in_date=FULL, nights=2, arrival_time="18:00")
    assert tried.steps[-1].result.failure is not None
    assert tried.read(utterance, said)[1][0].task == "book"


@pytest.mark.parametrize(
    "utterance",
    ["I've booked it for you.", "Your booking has been cancelled.", "You're on the waitlist now.", "All confirmed!"],
)
def test_claims_of_success_are_heard_in_english(utterance: str) -> None:
    with pytest.raises(Refused, match=r"^made_up_success"):
        look_up().read(utterance, act("anything_else"))


@pytest.mark.parametrize(
    "utterance", ["已经为您预订好了。", "给您订好了。", "预订成功。", "已为您取消预订。", "候补登记好了。"]
)
def test_claims_of_success_are_heard_in_chinese(utterance: str) -> None:
    talk = EvaluatedDialogue(Account("hotel_zh"), (Act(act="book", task="book"),))
    with pytest.raises(Refused, match=r"^made_up_success"):
        talk.read(utterance, act("anything_else"))


@pytest.mark.parametrize(
    "utterance", ["那天已经订满了，需要帮您登记候补吗？", "请问您要预订哪一天？", "可以取消，要帮您取消吗？"]
)
def test_a_question_or_a_full_day_is_no_claim_of_success(utterance: str) -> None:
    talk = EvaluatedDialogue(Account("hotel_zh"), (Act(act="book", task="book"),))
    assert talk.read(utterance, act("anything_else"))[0] == utterance


def test_a_turn_is_not_said_twice() -> None:
    talk = look_up()
    talk.turns.insert(0, ToolTurn(turn_id=0, role="agent", utterance="Anything else?", acts=()))
    with pytest.raises(Refused, match=r"^repetition"):
        talk.read("anything else?", act("anything_else"))


def test_a_reply_without_acts_is_refused() -> None:
    with pytest.raises(Refused, match=r"^no_act"):
        look_up().read("Hello there.")


def test_an_agent_can_tell_of_every_success() -> None:
    assert set(SUCCESSES) <= set(NEEDS)


def test_the_function_to_speak_by_knows_acts_and_slots() -> None:
    described: Any = describe_reply(ACCOUNT.schema)
    act_schema = described["function"]["parameters"]["properties"]["acts"]["items"]["properties"]
    assert act_schema["act"]["enum"] == list(NEEDS)
    assert {"price", "check_in_date"} <= set(act_schema["request"]["items"]["enum"])
    assert set(act_schema) == set(SaidAct.model_fields)
