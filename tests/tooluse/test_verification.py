from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from tool_material import Account

from streamdial.counts import Counts
from streamdial.environment import Tool, Toolbox, ToolCall
from streamdial.environment.tools import ResultField
from streamdial.tooluse import Step, ToolDialogue, ToolTurn, measure_pass_hat, run_tool_dialogue, verify_tasks
from streamdial.tooluse.records import Act

ACCOUNT = Account(shapes={"book": 1.0}, follow_ups=5)


@cache
def _remember() -> list[ToolDialogue]:
    return []


async def make() -> ToolDialogue:
    """One finished dialogue that books, changes and asks, shared by all tests."""
    known = _remember()
    if not known:
        for seed in range(30):
            plan = ACCOUNT.maker.make(seed, Counts("tasks"))
            dialogue = await run_tool_dialogue(ACCOUNT.build_environment(), plan, seed=seed)
            if {"find", "book", "change", "details", "availability"} <= {task.wish.kind for task in dialogue.tasks}:
                known.append(dialogue)
                break
    return known[0]


def judge(dialogue: ToolDialogue, turns: list[ToolTurn]) -> dict[str, tuple[str, ...]]:
    verdicts, _ = verify_tasks(dialogue.tasks, turns, ACCOUNT.database, ACCOUNT.toolbox, ACCOUNT.reader)
    return {verdict.kind: verdict.reasons for verdict in verdicts if not verdict.passed}


def alter(dialogue: ToolDialogue, act: str, change: Callable[[ToolTurn], ToolTurn]) -> list[ToolTurn]:
    return [change(turn) if any(a.act == act for a in turn.acts) else turn for turn in dialogue.turns]


def alter_act(turn: ToolTurn, name: str, /, **changes: object) -> ToolTurn:
    acts = tuple(a.model_copy(update=changes) if a.act == name else a for a in turn.acts)
    return turn.model_copy(update={"acts": acts})


async def test_a_dialogue_that_did_what_was_wanted_passes() -> None:
    dialogue = await make()
    assert dialogue.verified and judge(dialogue, list(dialogue.turns)) == {}
    assert {change.table for change in dialogue.changes} == {"bookings"}


async def test_a_booking_that_was_only_claimed_is_a_made_up_success() -> None:
    dialogue = await make()
    turns = alter(dialogue, "confirm", lambda turn: turn.model_copy(update={"steps": ()}))
    assert set(judge(dialogue, turns)["book"]) >= {
        "missing_change:bookings",
        "call_missing:make_booking",
        "made_up_success",
    }


async def test_a_booking_of_other_values_than_wanted_fails() -> None:
    dialogue = await make()

    def stretch(turn: ToolTurn) -> ToolTurn:
        steps = []
        for step in turn.steps:
            if step.call.name == "make_booking":
                call = step.call.model_copy(update={"arguments": {**step.call.arguments, "nights": 30}})
                row = {**step.result.rows[0], "nights": 30}
                step = step.model_copy(update={"call": call, "result": step.result.model_copy(update={"rows": (row,)})})
            steps.append(step)
        return turn.model_copy(update={"steps": tuple(steps)})

    reasons = judge(dialogue, alter(dialogue, "confirm", stretch))["book"]
    assert {"missing_change:bookings", "unexpected_change:bookings", "made_up_success"} <= set(reasons)


async def test_a_result_nobody_can_get_again_is_found_by_replaying() -> None:
    dialogue = await make()

    def invent(turn: ToolTurn) -> ToolTurn:
        step = turn.steps[0]
        row = {**step.result.rows[0], "price": 1.0}
        forged = step.model_copy(update={"result": step.result.model_copy(update={"rows": (row,)})})
        return turn.model_copy(update={"steps": (forged, *turn.steps[1:])})

    assert "replay_differs" in judge(dialogue, alter(dialogue, "recommend", invent))["find"]


async def test_a_fact_the_database_has_otherwise_is_ungrounded() -> None:
    dialogue = await make()
    turns = alter(dialogue, "recommend", lambda turn: alter_act(turn, "recommend", tell={"price": "1"}))
    assert "ungrounded:price" in judge(dialogue, turns)["find"]


async def test_a_fact_that_is_noted_but_not_said_counts_for_nothing() -> None:
    dialogue = await make()
    turns = alter(dialogue, "answer", lambda turn: turn.model_copy(update={"utterance": "It is lovely."}))
    assert any(reason.startswith("fact_not_told") for reason in judge(dialogue, turns)["details"])


async def test_an_availability_nobody_looked_up_is_made_up() -> None:
    dialogue = await make()

    def turn_round(turn: ToolTurn) -> ToolTurn:
        acts = tuple(
            a.model_copy(update={"act": {"say_free": "say_full", "say_full": "say_free"}.get(a.act, a.act)})
            for a in turn.acts
        )
        return turn.model_copy(update={"acts": acts})

    turns = [turn_round(turn) for turn in dialogue.turns]
    assert judge(dialogue, turns) == {"availability": ("made_up_availability", "claims_in_words")}


async def test_another_thing_than_fits_is_a_wrong_offer() -> None:
    dialogue = await make()
    turns = alter(dialogue, "recommend", lambda turn: alter_act(turn, "recommend", entity="Moon Base", tell={}))
    assert judge(dialogue, turns)["find"] == ("wrong_offer", "words_lack:entity")
    turns = alter(dialogue, "recommend", lambda turn: alter_act(turn, "recommend", act="recover"))
    assert judge(dialogue, turns)["find"] == ("not_found",)
    turns = alter(dialogue, "recommend", lambda turn: turn.model_copy(update={"acts": (Act(act="close"),)}))
    assert "no_offer" in judge(dialogue, turns)["find"]


async def test_a_write_the_task_does_not_allow_fails_it() -> None:
    dialogue = await make()
    book = next(task for task in dialogue.tasks if task.wish.kind == "book")
    rubric = book.rubric.model_copy(update={"allowed": ("search_rooms",)})
    verdicts, _ = verify_tasks(
        (book.model_copy(update={"rubric": rubric}),),
        dialogue.turns,
        ACCOUNT.database,
        ACCOUNT.toolbox,
        ACCOUNT.reader,
    )
    assert verdicts[0].reasons == ("call_not_allowed:make_booking",)


CHEAPEST = Tool(
    name="cheapest_room",
    description="",
    returns=(ResultField(name="room", type="text"),),
    sql="SELECT room FROM entities ORDER BY price LIMIT 1",
    origin="model",
)


async def test_a_tool_a_model_made_may_be_used_to_read() -> None:
    dialogue = await make()
    toolbox = Toolbox((*ACCOUNT.toolbox.tools, CHEAPEST))
    call = ToolCall(id="call_900", name="cheapest_room")
    turns = list(dialogue.turns)
    place = next(place for place, turn in enumerate(turns) if turn.steps)
    (first, *rest) = turns[place].steps
    assert first.call.name == "search_rooms"
    extra = Step(reasoning="", call=call, result=toolbox.execute(call, ACCOUNT.database), task=first.task)
    for steps in ((first, *rest, extra), (extra, *rest)):
        turns[place] = turns[place].model_copy(update={"steps": steps})
        verdicts, _ = verify_tasks(dialogue.tasks, turns, ACCOUNT.database, toolbox, ACCOUNT.reader)
        assert not [verdict.reasons for verdict in verdicts if not verdict.passed]


async def test_a_tool_a_model_made_may_bring_about_the_change_a_task_expects() -> None:
    dialogue = await make()
    make_booking = ACCOUNT.toolbox.find("book")
    quick = make_booking.model_copy(update={"name": "quick_book", "purpose": "other", "origin": "model"})
    toolbox = Toolbox((*ACCOUNT.toolbox.tools, quick))

    def replace(turn: ToolTurn) -> ToolTurn:
        steps = tuple(
            step.model_copy(
                update={
                    "call": step.call.model_copy(update={"name": "quick_book"}),
                    "result": step.result.model_copy(update={"name": "quick_book"}),
                }
            )
            if step.call.name == make_booking.name
            else step
            for step in turn.steps
        )
        return turn.model_copy(update={"steps": steps})

    turns = [replace(turn) for turn in dialogue.turns]
    verdicts, changes = verify_tasks(dialogue.tasks, turns, ACCOUNT.database, toolbox, ACCOUNT.reader)
    assert all(verdict.passed for verdict in verdicts) and changes == dialogue.changes
    find = [task for task in dialogue.tasks if task.wish.kind == "find"]
    astray = [
        turn.model_copy(
            update={"steps": tuple(step.model_copy(update={"task": find[0].wish.id}) for step in turn.steps)}
        )
        for turn in turns
    ]
    verdicts, _ = verify_tasks(find, astray, ACCOUNT.database, toolbox, ACCOUNT.reader)
    assert "call_not_allowed:quick_book" in verdicts[0].reasons


async def test_words_that_say_less_than_their_acts_fail_their_task() -> None:
    dialogue = await make()

    def mute(turn: ToolTurn) -> ToolTurn:
        return turn.model_copy(update={"utterance": "Hm."})

    lacks = {
        "recommend": ("find", "words_lack:entity"),
        "confirm": ("book", "words_lack:reference"),
        "confirm_change": ("change", "words_lack:reference"),
        "say_free": ("availability", "words_lack:check_in_date"),
        "answer": ("details", "words_lack:"),
    }
    for act, (kind, reason) in lacks.items():
        if any(a.act == act for turn in dialogue.turns for a in turn.acts):
            assert any(found.startswith(reason) for found in judge(dialogue, alter(dialogue, act, mute))[kind]), act


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        (" By the way, your number is B4711.", "made_up_reference"),
        (" By the way, I have cancelled the Tower Suite.", "claims_in_words"),
        (" Booking confirmed, you are all set!", "claims_in_words"),
    ],
)
async def test_a_lie_beside_what_is_true_fails_the_task_of_its_turn(lie: str, reason: str) -> None:
    dialogue = await make()
    turns = alter(dialogue, "recommend", lambda turn: turn.model_copy(update={"utterance": turn.utterance + lie}))
    assert reason in judge(dialogue, turns)["find"]
    last = dialogue.turns[-1].model_copy(update={"role": "agent", "utterance": lie, "acts": (Act(act="close"),)})
    failed = judge(dialogue, [*dialogue.turns, last])
    assert set(failed) == {task.wish.kind for task in dialogue.tasks}
    assert all(reason in reasons for reasons in failed.values())
    given = last.model_copy(update={"given": True})
    assert judge(dialogue, [*dialogue.turns, given]) == {}


async def test_what_a_simulated_tool_says_is_no_booking_and_no_free_day() -> None:
    dialogue = await make()

    def simulate(turn: ToolTurn) -> ToolTurn:
        steps = (
            step.model_copy(update={"result": step.result.model_copy(update={"origin": "simulated"})})
            for step in turn.steps
        )
        return turn.model_copy(update={"steps": tuple(steps)})

    failed = judge(dialogue, [simulate(turn) for turn in dialogue.turns])
    assert {"made_up_success", "made_up_reference"} <= set(failed["book"])
    assert "made_up_availability" in failed["availability"]


@pytest.mark.parametrize("name", ["hotel_zh", "cars_en", "menus_zh"])
async def test_no_lie_and_no_silence_stays_verified(name: str) -> None:
    account = Account(name)
    lie = (
        "另外，已为您预订了套房，编号B4711。" if account.language == "zh" else " I have booked the suite, number B4711."
    )
    for seed in range(10):
        plan = account.maker.make(seed, Counts("tasks"))
        dialogue = await run_tool_dialogue(account.build_environment(), plan, seed=seed)
        assert dialogue.verified
        for words in ("{said}" + lie, "嗯。"):
            turns = [
                turn.model_copy(update={"utterance": words.format(said=turn.utterance)})
                if turn.role == "agent"
                else turn
                for turn in dialogue.turns
            ]
            verdicts, _ = verify_tasks(dialogue.tasks, turns, account.database, account.toolbox, account.reader)
            assert not [verdict for verdict in verdicts if verdict.passed]


async def test_a_write_for_no_task_fails_all() -> None:
    dialogue = await make()

    def orphan(turn: ToolTurn) -> ToolTurn:
        steps = tuple(step.model_copy(update={"task": ""}) for step in turn.steps)
        return turn.model_copy(update={"steps": steps})

    failed = judge(dialogue, alter(dialogue, "confirm_change", orphan))
    assert set(failed) == {task.wish.kind for task in dialogue.tasks}
    assert all("stray_write" in reasons for reasons in failed.values())


def test_pass_hat_is_the_chance_that_k_repeats_all_pass() -> None:
    trials = {"a": [True, True, True, False], "b": [True, False, False, False]}
    # a: 3/4 and 3/6; b: 1/4 and 0.
    assert measure_pass_hat(trials, 1) == pytest.approx(0.5)
    assert measure_pass_hat(trials, 2) == pytest.approx(0.25)
    assert measure_pass_hat(trials, 4) == 0.0
    assert measure_pass_hat({"a": [True] * 3}, 3) == 1.0


@pytest.mark.parametrize(("trials", "k"), [({}, 1), ({"a": [True]}, 2), ({"a": [True]}, 0)])
def test_pass_hat_of_too_few_repeats_is_refused(trials: dict[str, list[bool]], k: int) -> None:
    with pytest.raises(ValueError, match="repeats of every task"):
        measure_pass_hat(trials, k)
