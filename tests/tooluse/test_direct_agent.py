from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from scripted_agent import build_agent, call, play, play_twice, reply
from tool_material import ACCOUNTS, Account

from streamdial.counts import Counts
from streamdial.environment import SimulatedTool, SimulatedTools, Tool, Toolbox, ToolCall, load_external_tools
from streamdial.environment.faults import FaultRates
from streamdial.environment.tools import ResultField
from streamdial.errors import ConfigurationError, ModelError
from streamdial.models import CallCache, ChatReply, ChatRequest, FunctionCall, ModelRuntime
from streamdial.models.openai_api import OpenAIChatModel
from streamdial.testing import MockEndpoint, ScriptedChatModel
from streamdial.tooluse import Act, DirectToolAgent, Speech, Step, ToolTurn, run_tool_dialogue
from streamdial.tooluse.direct import MAX_CALLS
from streamdial.tooluse.policies import ToolAgentParts, build_direct
from streamdial.tooluse.replies import NEEDS
from streamdial.tooluse.wording import PhraseWording

ACCOUNT = Account()
FIND = Act(act="ask_offer", task="find", inform={"price": "220", "view": "lake"})
KING = Act(act="recommend", entity="Lake King", tell={"price": "210"})
OFFER = reply("The Lake King has a view of the lake, $210 a night.", KING)
SEARCH = call("search_rooms", {"price_max": 220, "view": "lake"})


class EvaluatedDialogue:
    """One turn of an agent whose model follows a script, over a database of its own."""

    def __init__(self, script: Sequence[str | Exception | ChatReply], *acts: Act, **more: Any) -> None:
        self.model = ScriptedChatModel(script)
        self.agent = build_agent(ACCOUNT, self.model, **more)
        self.turns = [
            ToolTurn(turn_id=0, role="user", utterance="A lake view for $220 at most, please.", acts=acts or (FIND,))
        ]
        self.steps: list[Step] = []
        self.database = ACCOUNT.database.copy()

    async def call(self, name: str, arguments: Mapping[str, Any], reasoning: str, task: str) -> Step:
        made = ToolCall(id=f"call_{len(self.steps) + 1}", name=name, arguments=dict(arguments))
        result = ACCOUNT.toolbox.execute(made, self.database)
        self.steps.append(Step(reasoning=reasoning, call=made, result=result, task=task))
        return self.steps[-1]

    async def speak(self) -> Speech:
        return await self.agent.speak(self.turns, self.call)

    def read_told(self, request: int = -1) -> dict[str, Any]:
        """What the last message of a request tells the model was wrong."""
        message = self.model.requests[request].messages[-1]
        assert message.role == "tool"
        told: dict[str, Any] = json.loads(message.content.strip("«»"))
        return told


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_a_dialogue_played_by_a_model_is_that_of_the_planned_agent_and_verifies(name: str) -> None:
    account = Account(name)
    faults = FaultRates(error=0.05, timeout=0.05, empty=0.05)
    for seed in range(8):
        planned, played, agent = await play_twice(account, seed, faults=faults)
        assert planned.verified and played.verified, played.verdicts
        assert [turn.acts for turn in played.turns] == [turn.acts for turn in planned.turns]
        assert [turn.utterance for turn in played.turns] == [turn.utterance for turn in planned.turns]
        assert [turn.steps for turn in played.turns] == [turn.steps for turn in planned.turns]
        # The planned agent asks for the same wish in the same words; the model is refused and the fallback says so.
        assert set(agent.checks) <= {"repetition"}
        ways = {turn.realisation for turn in played.turns if turn.role == "agent"}
        assert ways == {"direct"} if not agent.checks else ways == {"direct", "template"}


async def test_a_model_that_books_nothing_fails_for_the_very_reason() -> None:
    account = Account(shapes={"book": 1.0}, follow_ups=0)
    plan = account.maker.make(1, Counts("tasks"))
    delay = ScriptedChatModel(
        lambda request: reply(f"Let me {'slowly ' * len(request.messages)}see.", Act(act="anything_else"))
    )
    agent = build_agent(account, delay)
    dialogue = await run_tool_dialogue(account.build_environment(), plan, seed=1, agent=agent, max_turns=60)
    (booked,) = (verdict for verdict in dialogue.verdicts if verdict.kind == "book")
    assert {"missing_change:bookings", "call_missing:make_booking"} <= set(booked.reasons)


async def test_an_invented_booking_is_refused_told_and_in_the_end_not_said() -> None:
    book = Act(act="book", task="book", entity="Lake King", inform={"check_in_date": "Tuesday"})
    lie = reply("It's booked! The number is B1001.", Act(act="confirm", entity="Lake King", reference="B1001"))
    words = reply("Good news, I've booked it for you.", Act(act="answer", entity="Lake King"))
    hidden = reply("Good news, I've booked it for you.", Act(act="anything_else"))
    talk = EvaluatedDialogue([lie, hidden, words], book)
    speech = await talk.speak()
    assert speech.acts[0].act == "request" and "booked" not in speech.utterance
    assert speech.realisation == "template"
    assert talk.agent.checks == {"made_up_success": 2, "incomplete_act": 1}
    assert talk.read_told(1) == {
        "error": "made_up_success",
        "message": "no call of yours has brought about confirm B1001; call the function first",
    }


async def test_a_refused_reply_may_be_put_right() -> None:
    wrong = reply("The Lake King, $199 a night.", KING.model_copy(update={"tell": {"price": "199"}}))
    talk = EvaluatedDialogue([SEARCH, wrong, OFFER])
    speech = await talk.speak()
    assert (speech.utterance, speech.realisation) == ("The Lake King has a view of the lake, $210 a night.", "direct")
    assert speech.acts == (KING.model_copy(update={"task": "find"}),)
    assert speech.reasoning == "So I say it."
    assert talk.read_told()["error"] == "invented_value" and "it is 210" in talk.read_told()["message"]
    assert [step.task for step in talk.steps] == ["find"]


async def test_arguments_that_are_no_json_object_are_told_and_not_sent_back() -> None:
    talk = EvaluatedDialogue([call("search_rooms", '{"price_max": 22'), call("search_rooms", "[1]"), SEARCH, OFFER])
    assert (await talk.speak()).realisation == "direct"
    assert talk.agent.checks == {"broken_arguments": 2} and len(talk.steps) == 1
    assert talk.read_told(1) == {"error": "broken_arguments", "message": 'no JSON object: {"price_max": 22'}
    # Endpoints read the arguments of earlier calls again, and refuse a request whose JSON is broken.
    assert [m.tool_calls[0].arguments for m in talk.model.requests[2].messages if m.tool_calls] == ["{}", "{}"]


async def test_numbers_json_does_not_know_are_no_arguments() -> None:
    talk = EvaluatedDialogue([call("search_rooms", '{"price_max": NaN}'), SEARCH, OFFER])
    await talk.speak()
    assert talk.agent.checks == {"broken_arguments": 1}


async def test_a_function_there_is_not_comes_back_as_a_failure_and_is_recorded() -> None:
    talk = EvaluatedDialogue([call("run_sql", {"sql": "DROP TABLE entities"}), SEARCH, OFFER])
    assert (await talk.speak()).realisation == "direct"
    assert talk.agent.checks == {"unknown_tool": 1}
    assert [step.call.name for step in talk.steps] == ["run_sql", "search_rooms"]
    assert talk.read_told(1)["error"] == "unknown_tool"


async def test_a_call_with_wrong_arguments_is_corrected() -> None:
    talk = EvaluatedDialogue([call("search_rooms", {"price": "cheap"}), SEARCH, OFFER])
    assert (await talk.speak()).realisation == "direct"
    assert talk.agent.checks == {"invalid_arguments": 1}
    assert talk.read_told(1)["error"] == "invalid_arguments"


async def test_what_is_thought_of_a_call_is_recorded_apart_from_its_arguments() -> None:
    thought = call("search_rooms", {"reasoning": "By the wishes.", "view": "lake", "price_max": 220})
    beside = call("get_room", {"room": "Lake King"}, text="To be sure.")
    talk = EvaluatedDialogue([thought, beside, OFFER])
    await talk.speak()
    assert [step.reasoning for step in talk.steps] == ["By the wishes.", "To be sure."]
    assert talk.steps[0].call.arguments == {"view": "lake", "price_max": 220}
    shown = [m.tool_calls[0].arguments for m in talk.model.requests[-1].messages if m.tool_calls]
    assert [json.loads(arguments)["reasoning"] for arguments in shown] == ["By the wishes.", "To be sure."]


async def test_words_without_a_call_are_asked_for_as_a_reply() -> None:
    talk = EvaluatedDialogue([ChatReply(text="Which view do you like?", model="m"), SEARCH, OFFER])
    assert (await talk.speak()).realisation == "direct"
    assert talk.agent.checks == {"no_call": 1} and talk.read_told(1)["message"] == "speak by calling reply"


async def test_a_reply_beside_calls_waits_for_their_results() -> None:
    both = SEARCH.model_copy(update={"tool_calls": (*OFFER.tool_calls, *SEARCH.tool_calls)})
    talk = EvaluatedDialogue([both, OFFER])
    assert (await talk.speak()).realisation == "direct"
    assert talk.agent.checks == {"early_reply": 1} and len(talk.steps) == 1


async def test_calls_come_to_an_end() -> None:
    talk = EvaluatedDialogue([SEARCH] * (MAX_CALLS + 2) + [OFFER])
    assert (await talk.speak()).realisation == "direct"
    assert len(talk.steps) == MAX_CALLS and talk.agent.checks == {"too_many_calls": 2}
    endless = EvaluatedDialogue([SEARCH] * (MAX_CALLS + 3))
    assert (await endless.speak()).realisation == "template"


async def test_what_was_written_is_told_once_where_the_model_finds_no_words() -> None:
    booked = Act(act="book", task="book", entity="Lake King", inform={})
    broken = call("reply", {"utterance": "Done"})
    talk = EvaluatedDialogue([call("make_booking", {"room": "Lake King", **find_free()}), *[broken] * 3], booked)
    speech = await talk.speak()
    assert [step.call.name for step in talk.steps] == ["make_booking"]
    (act,) = speech.acts
    assert (act.act, act.task, act.entity, act.reference) == ("confirm", "book", "Lake King", "B1001")
    assert act.tell == {name: str(value) for name, value in find_free().items()}
    assert "B1001" in speech.utterance and speech.realisation == "template"
    assert talk.agent.checks == {"malformed": 3}


async def test_the_fallback_does_not_look_up_again_what_was_found() -> None:
    planned = EvaluatedDialogue([ModelError("empty", transient=False, kind="empty")])
    await planned.speak()
    same = planned.steps[0].call
    talk = EvaluatedDialogue([call(same.name, same.arguments), ModelError("empty", transient=False, kind="empty")])
    speech = await talk.speak()
    assert speech.acts[0].act == "recommend" and len(talk.steps) == len(planned.steps) == 1


@pytest.mark.parametrize("kind", ["empty", "malformed", "truncated"])
async def test_where_the_model_gives_nothing_usable_the_fallback_speaks(kind: str) -> None:
    talk = EvaluatedDialogue([ModelError("no use", transient=False, kind=kind)])
    assert (await talk.speak()).acts[0].act == "recommend"
    assert talk.agent.checks == {kind: 1}


async def test_a_call_that_fails_for_another_reason_ends_the_dialogue() -> None:
    talk = EvaluatedDialogue([ModelError("over", transient=False, kind="budget")])
    with pytest.raises(ModelError, match="over"):
        await talk.speak()


async def test_the_talk_only_grows_so_that_a_prefix_cache_serves_it() -> None:
    _, _, agent = await play_twice(Account(), 8)
    assert isinstance(agent.model, ScriptedChatModel)
    requests = agent.model.requests
    assert len(requests) == 28 and not agent.checks
    for earlier, later in pairwise(requests):
        assert later.tools == earlier.tools and later.tool_choice == "required"
        assert len(later.messages) == len(earlier.messages) + 2
        assert later.messages[: len(earlier.messages)] == earlier.messages


async def test_what_functions_return_stands_between_its_delimiters() -> None:
    talk = EvaluatedDialogue([SEARCH, OFFER])
    await talk.speak()
    (result,) = (m.content for m in talk.model.requests[-1].messages if m.role == "tool")
    assert result.startswith("«{") and result.endswith("}»") and "Lake King" in result


def test_a_tool_that_is_called_like_the_function_to_speak_by_is_refused() -> None:
    field = ResultField(name="x", type="text")
    toolbox = Toolbox([Tool(name="reply", description="", returns=(field,), sql="SELECT 1")])
    with pytest.raises(ConfigurationError, match="'reply'"):
        DirectToolAgent(ScriptedChatModel([]), toolbox, ACCOUNT.schema, ACCOUNT.pack, ACCOUNT.reader)


def test_simulated_tools_are_offered_beside_the_others() -> None:
    weather = SimulatedTool(name="get_weather", description="Weather.", returns=(ResultField(name="sky", type="text"),))
    tools = SimulatedTools(ACCOUNT.toolbox, (weather,), ScriptedChatModel([]), "en")
    agent = build_agent(ACCOUNT, ScriptedChatModel([]), tools=tools)
    names = [function["function"]["name"] for function in agent.offered]  # type: ignore[index, call-overload]
    assert names[-2:] == ["get_weather", "reply"] and len(names) == len(ACCOUNT.toolbox.tools) + 2


async def test_over_http_a_dialogue_is_made_and_made_again_from_the_cache(tmp_path: Path) -> None:
    account = Account("hotel_zh")
    plan = account.maker.make(5, Counts("tasks"))
    planned = await run_tool_dialogue(account.build_environment(), plan, seed=5)
    script = play(planned.turns)

    def answer(body: Mapping[str, Any]) -> Mapping[str, Any]:
        assert body["tool_choice"] == "required" and len(body["tools"]) == len(account.toolbox.tools) + 1
        messages = [{"role": m["role"], "content": m["content"] or ""} for m in body["messages"]]
        message = script(ChatRequest.model_validate({"messages": messages}))
        return {"content": None, "tool_calls": [write_call(one) for one in message.tool_calls]}

    cache = CallCache(tmp_path / "calls.sqlite")
    made = []
    async with MockEndpoint(answer) as endpoint:
        for _ in range(2):
            model = ModelRuntime(OpenAIChatModel("m", endpoint.url), cache=cache)
            agent = DirectToolAgent(model, account.toolbox, account.schema, account.pack, account.reader, seed=5)
            made.append(await run_tool_dialogue(account.build_environment(), plan, seed=5, agent=agent))
            await model.aclose()
        assert endpoint.count == len(cache)
    cache.close()
    assert made[0] == made[1] and made[0].verified
    assert [turn.acts for turn in made[0].turns] == [turn.acts for turn in planned.turns]


def write_call(one: FunctionCall) -> dict[str, Any]:
    return {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}


def find_free() -> dict[str, Any]:
    """What a booking of the Lake King needs, on a day it is free."""
    schema = ACCOUNT.schema
    day = next(day for name, day, units in ACCOUNT.contents.stock if name == "Lake King" and units)
    rest = {column.name: 2 if column.type == "integer" else "2" for column in schema.booking}
    return {**rest, schema.day: day}


@pytest.mark.parametrize("name", ["hotel_en", "hotel_zh"])
def test_the_prompt_says_what_every_act_means(name: str) -> None:
    account = Account(name)
    system = build_agent(account, ScriptedChatModel([]))._system.content
    assert all(f"\n- {act}" in system for act in NEEDS)
    assert "check_in_date" in system and account.schema.days[0] in system


async def test_an_agent_calls_a_tool_of_the_users_own_and_may_say_what_it_returned(tmp_path: Path) -> None:
    path = tmp_path / "tools.py"
    path.write_text(
        'def list_ferries(day: str) -> list:\n    "Ferries of a day."\n    return [day, 17]\n', encoding="utf-8"
    )
    world = ACCOUNT.build_environment(external=load_external_tools(path))
    plan = ACCOUNT.maker.make(0, Counts("tasks"))
    script = [
        call("list_ferries", {"day": "Monday"}),
        reply("There are 17 ferries on Monday.", Act(act="anything_else")),
    ]

    def answer(request: ChatRequest) -> str | ChatReply:
        return script.pop(0) if script else "nothing of use"

    model = ScriptedChatModel(answer)
    agent = build_direct(ToolAgentParts(world, PhraseWording(ACCOUNT.schema, ACCOUNT.pack), ACCOUNT.reader, 0, model))
    made = await run_tool_dialogue(world, plan, seed=0, agent=agent)
    first = next(turn for turn in made.turns if turn.role == "agent")
    assert first.utterance == "There are 17 ferries on Monday."
    assert [(step.call.name, step.result.origin) for step in first.steps] == [("list_ferries", "external")]
    assert first.steps[0].result.rows == ({"value": "Monday"}, {"value": 17})
    assert made.tools[-1]["function"]["name"] == "list_ferries"  # type: ignore[index,call-overload]
    assert made.verified, made.verdicts
