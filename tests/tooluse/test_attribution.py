from __future__ import annotations

import pytest
from tool_material import ACCOUNTS, Account

from streamdial.counts import Counts
from streamdial.environment import FaultRates, ToolCall
from streamdial.environment.calls import ToolResult
from streamdial.tooluse import Act, Step, ToolTurn, UserSimulator, run_tool_dialogue
from streamdial.tooluse.attribution import SERVED, Attribution
from streamdial.tooluse.plans import ALLOWED, OPENINGS
from streamdial.tooluse.records import Mode, TaskKind, TaskWish

SCHEMA = Account().schema


def say(*acts: Act, role: str = "user") -> ToolTurn:
    return ToolTurn.model_validate({"turn_id": 0, "role": role, "utterance": "...", "acts": acts})


def attribute(*turns: ToolTurn) -> Attribution:
    return Attribution(turns, SCHEMA)


FIND = Act(act="ask_offer", task="find", inform={"price": "200"})
BOOK = Act(act="book", task="book", inform={"check_in": "Monday"})
FREE = Act(act="ask_free", task="free", entity="Lake King", inform={"check_in": "Friday"})
DETAILS = Act(act="ask", task="details", entity="Lake King", request=("bed_type",))


@pytest.mark.parametrize("kind", list(ALLOWED))
def test_the_openings_are_those_of_the_user_simulator(kind: TaskKind) -> None:
    account = Account()
    wish = TaskWish(id="t", kind=kind, asks=("view",))
    user = UserSimulator([wish], ["t"], account.pack, account.schema, None)  # type: ignore[arg-type]
    plan = user.plan(())
    assert plan is not None and OPENINGS[plan.acts[0].act] == kind


def test_a_call_goes_to_the_task_it_is_named_for_whatever_else_is_open() -> None:
    at = attribute(say(FIND, BOOK, FREE, DETAILS))
    assert at.find_for_call("search", {}) == "find"
    assert at.find_for_call("book", {}) == "book"
    assert at.find_for_call("availability", {"check_in": "Monday"}) == "free"
    assert at.find_for_call("details", {}) == "details"
    assert at.find_for_call("waitlist", {}) == "book"


def test_a_call_goes_to_a_task_that_allows_it_then_to_the_first() -> None:
    at = attribute(say(DETAILS, BOOK))
    assert at.find_for_call("availability", {}) == "book"
    assert at.find_for_call("cancel", {}) == "details"
    assert at.find_for_call("other", {}) == "details"


def test_of_two_tasks_of_a_kind_the_one_whose_words_are_in_the_call_is_meant() -> None:
    other = BOOK.model_copy(update={"task": "second", "inform": {"check_in": "Sunday"}})
    at = attribute(say(BOOK, other))
    assert at.find_for_call("book", {"room": "Lake King", "check_in": "Sunday"}) == "second"
    assert at.find_for_call("book", {"room": "Lake King", "check_in": "Tuesday"}) == "book"


def test_the_kind_of_a_task_is_the_one_it_was_taken_up_with() -> None:
    more = Act(act="inform", task="book", inform={"nights": "2"})
    at = attribute(say(BOOK, FIND), say(Act(act="request", request=("nights",)), role="agent"), say(more))
    assert at.find_for_call("book", {}) == at.find_for_call("search", {}) == "book"
    at = attribute(say(BOOK), say(DETAILS, more))
    assert at.find_for_call("availability", {}) == "book"


def test_where_the_user_names_no_task_the_last_one_of_the_talk_is_meant() -> None:
    at = attribute(say(FIND), say(BOOK), say(Act(act="thank")))
    assert at.find_for_call("search", {}) == at.find_for_act(Act(act="recommend")) == "book"
    assert attribute(say(Act(act="greet"))).find_for_call("search", {}) == ""
    assert attribute().find_for_act(Act(act="recommend")) == ""


@pytest.mark.parametrize(
    ("act", "task"),
    [
        (Act(act="recommend", entity="Lake King"), "find"),
        (Act(act="recover", entity="Lake King"), "find"),
        (Act(act="answer", entity="Lake King"), "details"),
        (Act(act="no_answer", request=("size",)), "details"),
        (Act(act="say_full", entity="Lake King"), "free"),
        (Act(act="offer_waitlist"), "book"),
        (Act(act="confirm"), "book"),
        (Act(act="request", request=("nights",)), "book"),
        (Act(act="request", request=("view",)), "find"),
        (Act(act="trouble"), "find"),
        (Act(act="close"), ""),
        (Act(act="anything_else"), ""),
    ],
)
def test_an_act_goes_to_the_task_it_serves(act: Act, task: str) -> None:
    assert attribute(say(FIND, BOOK, FREE, DETAILS)).find_for_act(act) == task


def test_a_success_goes_where_its_call_went() -> None:
    call = ToolCall(id="call_1", name="make_booking")
    step = Step(reasoning="", call=call, result=ToolResult(call_id="call_1", name="make_booking"), task="earlier")
    assert attribute(say(FIND)).find_for_act(Act(act="confirm", reference="B1001"), step) == "earlier"


@pytest.mark.parametrize("mode", ["user-oriented", "task-oriented"])
@pytest.mark.parametrize("name", ACCOUNTS)
async def test_calls_and_acts_of_the_planned_agent_are_attributed_as_it_meant_them(name: str, mode: Mode) -> None:
    account = Account(name)
    world = account.build_environment(faults=FaultRates(error=0.05, empty=0.05))
    right = calls = acts = 0
    for seed in range(40):
        plan = account.maker.make(seed, Counts("tasks"))
        dialogue = await run_tool_dialogue(world, plan, seed=seed, mode=mode)
        for place, turn in enumerate(dialogue.turns):
            if turn.role == "user":
                continue
            at = Attribution(dialogue.turns[:place], account.schema)
            for step in turn.steps:
                tool = account.toolbox.get(step.call.name)
                assert tool is not None
                calls += 1
                right += at.find_for_call(tool.purpose, step.call.arguments) == step.task
            for act in turn.acts:
                acts += 1
                right += at.find_for_act(act) == act.task or act.act == "anything_else"
    assert calls > 80 and acts > 80
    assert right == calls + acts


def test_every_act_served_is_for_a_kind_there_is() -> None:
    assert {kind for kinds in SERVED.values() for kind in kinds} == set(ALLOWED)
