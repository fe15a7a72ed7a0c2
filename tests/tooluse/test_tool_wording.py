from __future__ import annotations

import pytest
from tool_material import ACCOUNTS, Account

from streamdial.counts import Counts
from streamdial.dialogues import LineBank
from streamdial.errors import ModelError
from streamdial.testing import EchoChatModel, HashingEmbedder, ScriptedChatModel
from streamdial.tooluse import Act, PhraseWording, PlannedWording, run_tool_dialogue

ACCOUNT = Account()
TELL = Act(act="recommend", entity="Lake King", tell={"price": "210", "view": "lake"})


def build(model: ScriptedChatModel, counts: Counts) -> PlannedWording:
    templates = PhraseWording(ACCOUNT.schema, ACCOUNT.pack)
    return PlannedWording(templates, ACCOUNT.reader, LineBank((), HashingEmbedder()), counts, model=model)


async def word(act: Act, *replies: str, role: str = "agent") -> tuple[str, Counts]:
    counts = Counts("wording")
    words = await build(ScriptedChatModel(replies), counts).word(role, [act], ())  # type: ignore[arg-type]
    return words.text, counts


def say(act: Act, role: str = "agent", name: str = "hotel_en") -> str:
    account = Account(name)
    return PhraseWording(account.schema, account.pack).word_act(role, act)  # type: ignore[arg-type]


def test_values_are_written_with_their_units_and_numbers_of_bookings_are_told() -> None:
    booked = {"check_in_date": "Friday", "nights": "2", "arrival_time": "3 pm"}
    text = say(Act(act="confirm", entity="Lake King", tell=booked, reference="B1001"))
    assert all(value in text for value in ("Friday", "2 nights", "3 pm", "B1001"))
    assert "$210" in say(TELL)
    assert "568元" in say(Act(act="recommend", entity="望湖大床房", tell={"price": "568"}), name="hotel_zh")


@pytest.mark.parametrize("name", ACCOUNTS)
def test_every_act_of_either_side_has_words(name: str) -> None:
    day = Account(name).schema.day
    entity = Account(name).knowledge.entities[0]
    for act in ("ask_free", "change", "cancel", "affirm", "ask_waitlist", "book", "ask_hold", "thank", "ask_offer"):
        assert say(
            Act(act=act, entity=entity, inform={day: "Friday"} if act in ("ask_free", "change") else {}), "user", name
        )
    for act in (
        "say_free",
        "say_full",
        "say_closed",
        "offer_day",
        "ask_cancel",
        "already_booked",
        "offer_waitlist",
        "waitlisted",
        "trouble",
        "no_booking",
        "close",
        "greet",
    ):
        assert say(Act(act=act, entity=entity, tell={day: "Friday"}), "agent", name)


async def test_a_rewording_that_keeps_the_facts_is_said() -> None:
    base = say(TELL)
    text, counts = await word(TELL, base.replace("I'd", "I would").replace("would suit", "might suit"))
    assert "Lake King" in text and "$210" in text and "lake view" in text
    assert (counts.asked, counts.kept, dict(counts.dropped)) == (1, 1, {})


async def test_a_rewording_that_loses_or_invents_a_fact_is_not_said() -> None:
    text, counts = await word(TELL, "The Lake King is lovely.", "The Lake King has a lake view for $99 a night.")
    assert "$210" in text
    assert counts.kept == 0 and sum(counts.dropped.values()) == 2


async def test_a_customers_line_stays_about_the_customer() -> None:
    book = Act(act="book", entity="City Twin")
    text, counts = await word(book, "I'd make the booking for the City Twin for you.", "A booking for it.", role="user")
    assert counts.dropped["other_address"] == 1 and "for you" not in text


async def test_what_was_written_is_never_reworded() -> None:
    confirm = Act(act="confirm", entity="Lake King", tell={"check_in_date": "Friday"}, reference="B1001")
    text, counts = await word(confirm)
    assert "B1001" in text and counts.asked == 0


async def test_an_empty_answer_falls_back_and_a_broken_call_does_not() -> None:
    counts = Counts("wording")
    empty = ModelError("nothing", transient=False, kind="empty")
    wording = build(ScriptedChatModel([empty, empty]), counts)
    assert "Lake King" in (await wording.word("agent", [TELL], ())).text
    assert counts.dropped == {"empty": 2}
    down = build(ScriptedChatModel([ModelError("down", transient=True, kind="server")]), counts)
    with pytest.raises(ModelError):
        await down.word("agent", [TELL], ())


async def test_a_whole_dialogue_worded_by_a_model_is_verified_as_well() -> None:
    counts = Counts("wording")
    world = ACCOUNT.build_environment(wording=build(EchoChatModel(), counts))
    dialogue = await run_tool_dialogue(world, ACCOUNT.maker.make(4, Counts("tasks")), seed=4)
    assert dialogue.verified and counts.asked > 3
