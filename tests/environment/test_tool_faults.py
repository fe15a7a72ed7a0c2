from __future__ import annotations

from collections import Counter

import pytest

from streamdial.environment import FaultRates, FaultyTools, ToolCall
from streamdial.tooluse import Step
from tests.tooluse.tool_material import Account

ACCOUNT = Account()


def build(rates: FaultRates, seed: int = 1, steps: tuple[Step, ...] = ()) -> FaultyTools:
    return FaultyTools(ACCOUNT.toolbox, rates, seed, searches=("search_rooms",), steps=steps)


def ask(number: int, name: str = "search_rooms") -> ToolCall:
    arguments = {"room": "Lake King"} if name == "get_room" else {"price_max": float(number)}
    return ToolCall(id=f"call_{number}", name=name, arguments=arguments)


async def test_without_rates_nothing_goes_wrong() -> None:
    results = [await build(FaultRates()).call(ask(number), ACCOUNT.database) for number in range(50)]
    assert all(result.failure is None and result.fault is None for result in results)


async def test_each_fault_comes_about_as_often_as_its_rate_says() -> None:
    tools = build(FaultRates(error=0.2, timeout=0.1, empty=0.3))
    counts = Counter([(await tools.call(ask(number), ACCOUNT.database)).fault for number in range(2000)])
    assert counts["error"] == pytest.approx(400, abs=60)
    assert counts["timeout"] == pytest.approx(200, abs=45)
    assert counts["empty"] == pytest.approx(600, abs=70)


async def test_only_searches_come_back_empty() -> None:
    tools = build(FaultRates(empty=1.0))
    assert (await tools.call(ask(1), ACCOUNT.database)).fault == "empty"
    assert (await tools.call(ask(2, "get_room"), ACCOUNT.database)).fault is None


async def test_a_call_that_fails_may_be_tried_again_and_wrote_nothing() -> None:
    copy = ACCOUNT.database.copy()
    before = copy.hash_contents()
    tools = build(FaultRates(timeout=1.0, timeout_seconds=7, most_in_a_row=2))
    room, day, _ = next(entry for entry in ACCOUNT.contents.stock if entry[2])
    calls = [ToolCall(id=f"c{n}", name="hold_room", arguments={"room": room, "check_in_date": day}) for n in range(3)]
    first, second = [await tools.call(call, copy) for call in calls[:2]]
    for result in (first, second):
        assert result.failure is not None and result.failure.transient and result.failure.kind == "timeout"
        assert result.seconds == 7
    assert copy.hash_contents() == before
    assert (await tools.call(calls[2], copy)).rows[0]["hold_id"] == "H1001"


async def test_the_same_seed_and_calls_meet_the_same_faults_wherever_they_are_continued() -> None:
    rates = FaultRates(error=0.3, timeout=0.2)
    calls = [ask(number % 3).model_copy(update={"id": f"call_{number}"}) for number in range(40)]
    whole = build(rates)
    results = [await whole.call(call, ACCOUNT.database) for call in calls]
    steps = tuple(Step(reasoning="", call=c, result=r) for c, r in zip(calls, results, strict=True))
    for cut in (0, 7, 23):
        rest = build(rates, steps=steps[:cut])
        assert [await rest.call(call, ACCOUNT.database) for call in calls[cut:]] == results[cut:]
