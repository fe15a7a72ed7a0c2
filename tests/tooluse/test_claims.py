from __future__ import annotations

import pytest
from tool_material import Account

from streamdial.text import fold_text
from streamdial.tooluse import Act, ToolTurn
from streamdial.tooluse.claims import (
    SUCCESSES,
    find_false_day,
    find_false_success,
    find_false_words,
    find_lacks,
    find_references,
    split_sentences,
)

EN, ZH = Account().reader, Account("hotel_zh").reader
FALSE = ["made_up_reference", "claims_in_words"]
CLAIMS_EN = (
    "I booked the Garden Double for you on Monday.",
    "I've gone ahead and booked it for you.",
    "Your room is secured for Monday.",
    "Booking confirmed!",
    "Booked!",
    "You're all set for Monday.",
    "Your reservation has been made.",
    "The booking went through; see you Monday.",
    "I've added you to the waitlist.",
    "I have put you on the waitlist.",
    "I've moved it to Friday.",
    "Your booking is now cancelled.",
    "I cancelled your booking.",
    "Your booking for Monday is complete.",
    "I've placed a hold on it.",
    "It's all booked.",
    "We have processed your booking.",
    "We've got you booked for Monday.",
    "No problem, it's booked, anything else?",
    "It costs $210. I've reserved it.",
    "I can confirm it's booked.",
)
CLAIMS_ZH = (
    "已为您安排好周一入住。",
    "订上了，周一见。",
    "帮您订了周一的。",
    "给您留了一间。",
    "已帮您取消了。",
    "您的订单已生成。",
    "预订完成。",
    "搞定了，周一入住。",
    "已经为您成功预订",
    "已为您登记",
    "周一的房间已确认。",
    "不客气，预订好了。",
    "已将您的预订改为周五。",
    "给您留着了，还需要别的吗？",
)
NO_CLAIMS_EN = (
    "Shall I book it?",
    "I can book it for you.",
    "I could have it booked by noon.",
    "So it's booked for Monday?",
    "Is it booked?",
    "It is not booked yet.",
    "I haven't booked anything.",
    "Once it's booked, changes are free.",
    "If it is cancelled a day before, you get it all back.",
    "It can be cancelled till 6 pm.",
    "The Lake King is fully booked on Monday.",
    "The Lake King is booked out on Monday.",
    "I can put you on the waitlist, if you like.",
    "There is no booking I could change.",
    "I've confirmed that breakfast is included.",
    "The room is set in a garden.",
)
NO_CLAIMS_ZH = (
    "未预订。",
    "可以预订。",
    "还没有预订成功。",
    "要给您留一间吗？",
    "已经订好了吗？",
    "可以给您登记候补。",
    "周一已经预订满了。",
    "已经被别人订了。",
    "订好了再告诉您。",
    "已预订的客人可免费取消。",
    "预订成功后会发短信。",
    "没有查到您的预订。",
    "入住前一天可取消。",
)


@pytest.mark.parametrize("text", (*CLAIMS_EN, *CLAIMS_ZH))
def test_what_is_said_to_be_done_is_a_claim_of_success(text: str) -> None:
    assert find_false_success(fold_text(text), (Act(act="anything_else"),), EN if text.isascii() else ZH)


@pytest.mark.parametrize("text", (*NO_CLAIMS_EN, *NO_CLAIMS_ZH))
def test_questions_offers_conditions_and_negations_claim_no_success(text: str) -> None:
    assert not find_false_success(fold_text(text), (), EN if text.isascii() else ZH)


@pytest.mark.parametrize(
    ("text", "act", "claimed"),
    [
        ("It's booked.", "confirm", ""),
        ("It's booked.", "confirm_cancel", "'s booked"),
        ("Your old booking is cancelled.", "confirm", "is cancelled"),
        ("I've put you on the waitlist.", "hold", "I've put you on the waitlist"),
        ("I've moved it to Friday.", "confirm_change", ""),
        ("The Lake King is booked. I have also booked the Tower Suite.", "confirm", "I have also booked"),
        ("I've moved you from the Tower Suite to the Lake King.", "confirm_change", ""),
    ],
)
def test_a_claim_must_be_of_the_kind_and_the_thing_of_the_act(text: str, act: str, claimed: str) -> None:
    assert find_false_success(text, (Act(act=act, entity="Lake King"),), EN) == claimed


@pytest.mark.parametrize(
    ("act", "text", "wrong"),
    [
        ("say_free", "No, it's full on Monday.", True),
        ("say_free", "It isn't available on Monday.", True),
        ("say_free", "抱歉，周一满了。", True),
        ("say_full", "Yes, it is free on Monday.", True),
        ("say_full", "周一还有房。", True),
        ("offer_waitlist", "It is available on Monday. Shall I put you on the waitlist?", True),
        ("say_free", "Yes, it is not fully booked on Monday.", False),
        ("say_free", "还没满，周一可以订。", False),
        ("say_free", "满庭芳周一还有空位。", False),
        ("say_full", "周一已经满了，要不看看周二还有没有？", False),
        ("say_full", "Sorry, nothing is free on Monday.", False),
        ("answer", "The room is free of smoke.", False),
    ],
)
def test_a_day_is_said_to_be_what_the_act_says(act: str, text: str, wrong: bool) -> None:
    assert bool(find_false_day(fold_text(text), (Act(act=act, entity="满庭芳"),))) == wrong


def test_numbers_of_reservations_are_found_but_not_within_names() -> None:
    assert find_references("B1001和W1002，不是X1003。", ()) == ["B1001", "W1002"]
    assert find_references("The H2000 is yours: B1001.", ("H2000",)) == ["B1001"]


def test_sentences_keep_their_marks_and_numbers_end_none() -> None:
    assert split_sentences("It is 6.5 km. Is it? 好的。行") == ["It is 6.5 km.", "Is it?", "好的。", "行"]


def test_what_an_act_tells_must_be_said_but_free_text_may_be_said_otherwise() -> None:
    offer = Act(act="recommend", entity="Lake King", tell={"price": "210", "view": "lake", "cancellation": "day prior"})
    assert [lack.what for lack in find_lacks("Hm.", offer, EN)] == ["entity", "price", "view"]
    assert find_lacks("The Lake King looks on the lake view, two hundred and ten dollars.", offer, EN) == []
    compare = Act(act="compare", entity="a", other="b", tell={"guests": "2"}, tell_other={"guests": "4"})
    assert [lack.value for lack in find_lacks("2 guests in the first.", compare, EN)] == ["4"]


@pytest.mark.parametrize("act", SUCCESSES)
def test_a_success_states_its_number_or_that_it_is_cancelled(act: str) -> None:
    said = Act(act=act, reference="B1001")
    assert [lack.what for lack in find_lacks("Done.", said, EN)] == ["reference"]
    assert find_lacks("Done, B1001.", said, EN) == []
    assert bool(find_lacks("Your booking is cancelled.", said, EN)) == (act != "confirm_cancel")


def test_of_a_change_that_cannot_be_only_the_day_need_be_said() -> None:
    full = Act(act="say_full", entity="Lake King", tell={"check_in_date": "Friday", "nights": "3"})
    assert find_lacks("It is full on Friday.", full, EN) == []
    assert [lack.what for lack in find_lacks("It is full.", full, EN)] == ["check_in_date", "nights"]


def test_words_of_a_turn_that_is_of_no_task_fail_all_and_given_ones_none() -> None:
    lie = ToolTurn(turn_id=0, role="agent", utterance="It's booked, B1001.", acts=(Act(act="close"),))
    assert find_false_words((lie,), ("a", "b"), EN) == {"a": FALSE, "b": FALSE}
    own = lie.model_copy(update={"acts": (Act(act="answer", task="b"),)})
    assert find_false_words((own,), ("a", "b"), EN) == {"a": [], "b": FALSE}
    assert find_false_words((lie.model_copy(update={"given": True}),), ("a",), EN) == {"a": []}
