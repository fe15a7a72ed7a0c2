from __future__ import annotations

from collections.abc import Sequence

import pytest
from tool_material import Account

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.testing import ScriptedChatModel
from streamdial.tooluse import (
    PlannedAgent,
    SimulatedTool,
    SimulatedTools,
    Speech,
    Step,
    ToolCall,
    ToolTurn,
    run_tool_dialogue,
)
from streamdial.tooluse.agent import Caller
from streamdial.tooluse.tools import Parameter, ResultField

ACCOUNT = Account()
WEATHER = SimulatedTool(
    name="get_weather",
    description="Weather at the hotel.",
    parameters=(Parameter(name="day", type="text", required=True),),
    returns=(ResultField(name="sky", type="text"), ResultField(name="degrees", type="real")),
    most_rows=1,
    rules=("degrees are Celsius",),
)
SUNNY = '{"rows": [{"sky": "sunny", "degrees": 21.5}]}'


def build(model: ScriptedChatModel) -> SimulatedTools:
    return SimulatedTools(ACCOUNT.toolbox, (WEATHER,), model, "en", seed=3)


def ask(day: object = "Monday", number: int = 1) -> ToolCall:
    return ToolCall(id=f"c{number}", name="get_weather", arguments={"day": day})  # type: ignore[dict-item]


async def test_an_answer_is_marked_as_simulated_and_touches_no_database() -> None:
    before = ACCOUNT.database.hash_contents()
    model = ScriptedChatModel([SUNNY])
    result = await build(model).call(ask(), ACCOUNT.database)
    assert result.origin == "simulated" and result.rows == ({"sky": "sunny", "degrees": 21.5},)
    assert ACCOUNT.database.hash_contents() == before
    assert "degrees are Celsius" in model.requests[0].messages[0].content


async def test_the_same_call_gets_the_same_answer_and_later_ones_see_it() -> None:
    model = ScriptedChatModel([SUNNY, SUNNY])
    tools = build(model)
    first, again = await tools.call(ask(), ACCOUNT.database), await tools.call(ask(number=2), ACCOUNT.database)
    assert first.rows == again.rows and again.call_id == "c2" and len(model.requests) == 1
    await tools.call(ask("Tuesday"), ACCOUNT.database)
    assert "sunny" in model.requests[1].messages[0].content


@pytest.mark.parametrize(
    "answer",
    ['{"rows": [{"sky": "sunny"}]}', '{"rows": [{"sky": 1, "degrees": "warm"}]}', f"{SUNNY[:-2]}, {SUNNY[10:-2]}]}}"],
)
async def test_an_answer_that_breaks_the_contract_twice_is_a_failure(answer: str) -> None:
    result = await build(ScriptedChatModel([answer, answer])).call(ask(), ACCOUNT.database)
    assert result.failure is not None and result.failure.kind == "contract_broken"
    assert result.origin == "simulated"


async def test_wrong_arguments_cost_no_call() -> None:
    model = ScriptedChatModel([])
    result = await build(model).call(ask(3), ACCOUNT.database)
    assert result.failure is not None and result.failure.kind == "invalid_arguments" and not model.requests


async def test_other_calls_go_to_the_database() -> None:
    call = ToolCall(id="c", name="get_room", arguments={"room": "Lake King"})
    result = await build(ScriptedChatModel([])).call(call, ACCOUNT.database)
    assert result.origin == "template" and result.rows[0]["price"] == 210.0


def test_a_simulated_tool_hides_no_real_one() -> None:
    hidden = WEATHER.model_copy(update={"name": "get_room"})
    with pytest.raises(ConfigurationError, match="has the name of another one"):
        SimulatedTools(ACCOUNT.toolbox, (hidden,), ScriptedChatModel([]), "en")
    assert len(build(ScriptedChatModel([])).describe()) == len(ACCOUNT.toolbox.tools) + 1


async def test_a_dialogue_of_its_own_knows_the_answers_of_its_history_alone() -> None:
    model = ScriptedChatModel([SUNNY, SUNNY.replace("sunny", "rainy")])
    tools = build(model)
    first = await tools.begin().call(ask(), ACCOUNT.database)
    other = await tools.begin().call(ask(), ACCOUNT.database)
    assert first.rows != other.rows and "sunny" not in model.requests[1].messages[0].content
    history = (Step(reasoning="", call=ask(), result=first),)
    assert (await tools.begin(history).call(ask(number=9), ACCOUNT.database)).rows == first.rows


async def test_an_agent_may_use_simulated_tools_and_the_verdicts_stay_those_of_the_database() -> None:
    class Chatty(PlannedAgent):
        async def speak(self, turns: Sequence[ToolTurn], call: Caller) -> Speech:
            await call("get_weather", {"day": "Monday"}, "I look out of the window.", turns[-1].acts[0].task)
            return await super().speak(turns, call)

    world = ACCOUNT.build_world(simulated=build(ScriptedChatModel([SUNNY])))
    plan = ACCOUNT.maker.make(4, Counts("tasks"))
    agent = Chatty(ACCOUNT.toolbox, ACCOUNT.schema, ACCOUNT.pack, seed=4)
    dialogue = await run_tool_dialogue(world, plan, seed=4, agent=agent)
    origins = {step.result.origin for turn in dialogue.turns for step in turn.steps}
    assert dialogue.verified and origins == {"simulated", "template"}
    assert [tool["function"]["name"] for tool in dialogue.tools][-1] == "get_weather"  # type: ignore[index, call-overload]
