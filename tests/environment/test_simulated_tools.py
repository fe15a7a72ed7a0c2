from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.environment import SimulatedTool, SimulatedTools, ToolCall, load_simulated_tools
from streamdial.environment.tools import Parameter, ResultField
from streamdial.errors import ConfigurationError
from streamdial.testing import ScriptedChatModel
from streamdial.tooluse import PlannedAgent, Speech, Step, ToolTurn, list_template_names, run_tool_dialogue
from streamdial.tooluse.agent import Caller
from tests.tooluse.tool_material import Account

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
    first = await tools.begin((), 1).call(ask(), ACCOUNT.database)
    other = await tools.begin((), 1).call(ask(), ACCOUNT.database)
    assert first.rows != other.rows and "sunny" not in model.requests[1].messages[0].content
    history = (Step(reasoning="", call=ask(), result=first),)
    assert (await tools.begin(history, 1).call(ask(number=9), ACCOUNT.database)).rows == first.rows


async def test_each_dialogue_asks_with_its_own_seed() -> None:
    model = ScriptedChatModel([SUNNY] * 3)
    tools = build(model)
    for seed in (1, 2, 1):
        await tools.begin((), seed).call(ask(), ACCOUNT.database)
    first, other, again = (request.seed for request in model.requests)
    assert first == again != other


GIVEN = """
- name: get_weather
  description: The weather at the hotel on a day.
  parameters: [{name: day, type: text, required: true}]
  returns: [{name: sky, type: text}, {name: degrees, type: real}]
  most_rows: 1
  rules: [degrees are Celsius]
"""


def test_simulated_tools_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text(GIVEN, encoding="utf-8")
    (tool,) = load_simulated_tools(path, taken=("get_room",))
    assert tool.model_copy(update={"description": WEATHER.description}) == WEATHER


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("get_weather", "get_room", "'get_room' is the name of another tool"),
        ("get_weather", "reply", "'reply' is the name of another tool"),
        ("get_weather", "get weather", "0.name: String should match pattern"),
        ("{name: sky, type: text}", "{name: sky, type: colour}", "0.returns.0.type: Input should be"),
        ("name: sky", "name: _sky", "0: '_sky' is no plain name"),
        ("name: sky", "name: degrees", "0: 'degrees' comes twice"),
        ("- name", "name", "mapping values are not allowed"),
        (GIVEN, GIVEN + GIVEN, "'get_weather' is the name of another tool"),
        (GIVEN, "", "Input should be a valid"),
    ],
)
def test_a_file_of_simulated_tools_that_cannot_be_used_says_so_in_one_line(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text(GIVEN.replace(before, after), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=re.escape(told)) as caught:
        load_simulated_tools(path, taken=("get_room",))
    assert "\n" not in str(caught.value) and "tools.yaml" in str(caught.value)


def test_a_file_of_simulated_tools_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "tools.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("tools.yaml", "nothing.yaml"):
        with pytest.raises(ConfigurationError, match=f"{name} cannot be used"):
            load_simulated_tools(tmp_path / name)


def test_the_names_of_the_tools_from_templates_are_known_before_there_is_a_database() -> None:
    assert list_template_names("room") == tuple(tool.name for tool in ACCOUNT.toolbox.tools)


async def test_an_agent_may_use_simulated_tools_and_the_verdicts_stay_those_of_the_database() -> None:
    class Chatty(PlannedAgent):
        async def speak(self, turns: Sequence[ToolTurn], call: Caller) -> Speech:
            await call("get_weather", {"day": "Monday"}, "I look out of the window.", turns[-1].acts[0].task)
            return await super().speak(turns, call)

    world = ACCOUNT.build_environment(simulated=build(ScriptedChatModel([SUNNY])))
    plan = ACCOUNT.maker.make(4, Counts("tasks"))
    agent = Chatty(ACCOUNT.toolbox, ACCOUNT.schema, ACCOUNT.pack, seed=4)
    dialogue = await run_tool_dialogue(world, plan, seed=4, agent=agent)
    origins = {step.result.origin for turn in dialogue.turns for step in turn.steps}
    assert dialogue.verified and origins == {"simulated", "template"}
    assert [tool["function"]["name"] for tool in dialogue.tools][-1] == "get_weather"  # type: ignore[index, call-overload]
