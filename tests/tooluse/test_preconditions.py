"""What holds of every dialogue with tools: each write has its check, and nothing is booked against the world."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from functools import cache

import pytest
from tool_material import ACCOUNTS, MENUS_ZH, Account

from streamdial.counts import Counts
from streamdial.environment import FaultRates, ToolCall
from streamdial.environment.hours import read_hour
from streamdial.environment.schema import DomainSchema
from streamdial.environment.world import open_world
from streamdial.records import Table
from streamdial.tooluse import Act, Step, ToolDialogue, ToolTurn, run_tool_dialogue
from streamdial.tooluse.dialogue_view import DialogueView

HOURS = "11:00-21:00，周一店休"
CLOSED = Table(header=(*MENUS_ZH.header, "营业时间"), rows=tuple((*row, HOURS) for row in MENUS_ZH.rows))
NAMES = (*ACCOUNTS, "menus_closed")
COUNT = 60


@pytest.fixture(autouse=True, scope="module")
def add_account() -> Iterator[None]:
    """A restaurant that is closed on Mondays, beside the accounts of the other tests."""
    ACCOUNTS["menus_closed"] = ("restaurant", "zh", CLOSED)
    yield
    del ACCOUNTS["menus_closed"]


@cache
def _remember(name: str) -> list[ToolDialogue]:
    return []


async def make_all(name: str) -> list[ToolDialogue]:
    known = _remember(name)
    if not known:
        account = Account(name)
        world = account.build_environment(faults=FaultRates(error=0.05, timeout=0.05, empty=0.05))
        for seed in range(COUNT):
            known.append(await run_tool_dialogue(world, account.maker.make(seed, Counts("tasks")), seed=seed))
    return known


def list_calls(dialogue: ToolDialogue, account: Account, purpose: str) -> list[tuple[ToolTurn, Step]]:
    name = account.toolbox.find(purpose).name  # type: ignore[arg-type]
    return [
        (turn, step)
        for turn in dialogue.turns
        for step in turn.steps
        if step.call.name == name and step.result.failure is None and step.result.rows
    ]


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_booked_twice(name: str) -> None:
    account, booked = Account(name), 0
    schema = account.schema
    for dialogue in await make_all(name):
        rows = [change.after for change in dialogue.changes if change.table == "bookings" and change.after]
        standing = Tally((row[schema.entity], row[schema.day]) for row in rows if row["status"] == "booked")
        booked += sum(standing.values())
        assert all(count == 1 for count in standing.values())
        things = [thing for thing, _ in standing]
        assert len(set(things)) == len(things), "a second booking is of another thing"
    assert booked > COUNT / 4


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_booked_on_a_full_or_closed_day_or_out_of_hours(name: str) -> None:
    account = Account(name)
    schema: DomainSchema = account.schema
    times = [column.name for column in schema.booking if account.pack.slots[column.name].type == "time"]
    free = {(entity, day): units for entity, day, units in account.contents.stock}
    world = open_world(account.knowledge, account.language)
    for dialogue in await make_all(name):
        for purpose in ("book", "hold", "change"):
            for _, step in list_calls(dialogue, account, purpose):
                row = step.result.rows[0]
                assert free[str(row[schema.entity]), str(row[schema.day])] > 0
                assert row[schema.day] not in schema.closed
                for time in times if purpose != "hold" and schema.opens is not None else ():
                    assert world.hours.opens <= (read_hour(str(row[time])) or 12.0) < world.hours.closes


@pytest.mark.parametrize("name", NAMES)
async def test_a_booking_or_a_change_is_preceded_by_a_look(name: str) -> None:
    account = Account(name)
    availability, listed = (account.toolbox.find(purpose).name for purpose in ("availability", "list"))
    day = account.schema.day
    changes = 0
    for dialogue in await make_all(name):
        for turn, step in list_calls(dialogue, account, "change"):
            changes += 1
            before = turn.steps[: turn.steps.index(step)]
            assert any(known.call.name == listed and known.result.failure is None for known in before)
            moved = step.call.arguments.get(day)
            looked = [known for known in before if known.call.name == availability]
            assert moved is None or any(known.call.arguments[day] == moved for known in looked)
        steps = [step for turn in dialogue.turns for step in turn.steps]
        for _, step in list_calls(dialogue, account, "book"):
            asked = [known.call for known in steps[: steps.index(step)] if known.call.name == availability]
            looked = any(call.arguments[day] == step.call.arguments[day] for call in asked)
            assert step.call.arguments.get("hold_id") or looked
    assert changes > 3


@pytest.mark.parametrize("name", NAMES)
async def test_a_cancellation_is_asked_back_and_confirmed(name: str) -> None:
    account = Account(name)
    for dialogue in await make_all(name):
        for turn, step in list_calls(dialogue, account, "cancel"):
            asked, said = dialogue.turns[turn.turn_id - 2], dialogue.turns[turn.turn_id - 1]
            assert [act.act for act in said.acts] == ["affirm"]
            asking = next(known for known in _walk_back(dialogue, turn) if known.acts[0].act == "ask_cancel")
            assert asking.acts[0].reference == step.call.arguments["booking_id"]
            assert asked.role == "agent"


def _walk_back(dialogue: ToolDialogue, turn: ToolTurn) -> Iterator[ToolTurn]:
    return reversed([known for known in dialogue.turns[: turn.turn_id] if known.role == "agent"])


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_full_or_closed_comes_with_an_alternative(name: str) -> None:
    seen = 0
    for dialogue in await make_all(name):
        for turn in dialogue.turns:
            names = {act.act for act in turn.acts}
            if turn.role == "agent" and names & {"say_full", "say_closed"}:
                seen += 1
                if "offer_day" not in names and "offer_waitlist" not in names:
                    assert sum(step.call.name == "check_availability" for step in turn.steps) > 2, "looked on in vain"
    assert seen > 5


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_asked_twice(name: str) -> None:
    account = Account(name)
    for dialogue in await make_all(name):
        known: set[str] = set()
        for turn, after in zip(dialogue.turns, dialogue.turns[1:], strict=False):
            wishes = [act for act in turn.acts if not any(account.pack.slots[s].booking for s in act.request)]
            if turn.role == "agent":
                asked = {slot for act in wishes if act.act == "request" for slot in act.request}
                assert not asked & known
                # A search that failed is said again, and then a question may come once more.
                known |= asked if not any(act.act == "trouble" for act in after.acts) else set()
            else:
                known |= {slot for act in turn.acts for slot in act.inform}


def test_a_call_outside_the_opening_hours_is_refused_with_its_reason() -> None:
    account = Account("menus_closed")
    tool = account.toolbox.find("book")
    first = account.knowledge.entities[0]
    free = next(day for entity, day, units in account.contents.stock if entity == first and units)

    def book(day: str, time: str) -> str:
        arguments = {"set_menu": first, "visit_date": day, "visit_time": time, "party_size": 2}
        result = account.toolbox.execute(ToolCall(id="c", name=tool.name, arguments=arguments), account.database.copy())
        return result.failure.kind if result.failure else ""

    assert account.schema.closed == ("周一",) and "周一" not in account.schema.days
    assert book("周一", "下午6点") == "closed_day"
    assert book(free, "晚上10点") == "out_of_hours"
    assert book(free, "下午6点") == ""


@pytest.mark.parametrize("name", NAMES)
async def test_thoughts_say_something_and_have_many_forms(name: str) -> None:
    thoughts = [
        thought
        for dialogue in await make_all(name)
        for turn in dialogue.turns
        if turn.role == "agent"
        for thought in (turn.reasoning, *(step.reasoning for step in turn.steps))
    ]
    assert all(thought.strip() for thought in thoughts)
    (_, most) = Tally(thoughts).most_common(1)[0]
    assert most / len(thoughts) < 0.05


def test_a_goodbye_fits_what_happened() -> None:
    def end(*acts: Act) -> str:
        turns = [ToolTurn(turn_id=place, role="agent", utterance="-", acts=(act,)) for place, act in enumerate(acts)]
        return DialogueView(turns, "", 0).find_ending()

    booked = Act(act="confirm", reference="B1001")
    assert end() == "told"
    assert end(booked) == "success"
    assert end(booked, Act(act="confirm_cancel", reference="B1001")) == "cancelled"
    assert end(Act(act="waitlisted", reference="W1001")) == "waiting"
    assert end(Act(act="hold", reference="H1001")) == "kept"
    assert end(Act(act="waitlisted", reference="W1001"), booked) == "success"
