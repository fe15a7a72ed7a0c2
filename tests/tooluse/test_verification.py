from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from tool_material import Account

from streamdial.counts import Counts
from streamdial.tooluse import ToolDialogue, ToolTurn, measure_pass_hat, run_tool_dialogue, verify_tasks
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
            dialogue = await run_tool_dialogue(ACCOUNT.build_world(), plan, seed=seed)
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
    assert judge(dialogue, turns) == {"availability": ("made_up_availability",)}


async def test_another_thing_than_fits_is_a_wrong_offer() -> None:
    dialogue = await make()
    turns = alter(dialogue, "recommend", lambda turn: alter_act(turn, "recommend", entity="Moon Base", tell={}))
    assert judge(dialogue, turns)["find"] == ("wrong_offer",)
    turns = alter(dialogue, "recommend", lambda turn: alter_act(turn, "recommend", act="recover"))
    assert judge(dialogue, turns)["find"] == ("not_found",)
    turns = alter(dialogue, "recommend", lambda turn: turn.model_copy(update={"acts": (Act(act="close"),)}))
    assert "no_offer" in judge(dialogue, turns)["find"]


async def test_calls_a_task_does_not_allow_fail_it() -> None:
    dialogue = await make()
    find = dialogue.tasks[0].model_copy(
        update={"rubric": dialogue.tasks[0].rubric.model_copy(update={"allowed": ("get_room",)})}
    )
    verdicts, _ = verify_tasks((find,), dialogue.turns, ACCOUNT.database, ACCOUNT.toolbox, ACCOUNT.reader)
    assert "call_not_allowed:search_rooms" in verdicts[0].reasons


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
