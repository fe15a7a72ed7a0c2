"""A strong model by script: it plays what the planned agent would do, as calls of functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tool_material import Account

from streamdial.counts import Counts
from streamdial.models import ChatReply, ChatRequest, FunctionCall
from streamdial.testing import ScriptedChatModel
from streamdial.tooluse import Act, DirectToolAgent, ToolDialogue, ToolTurn, run_tool_dialogue
from streamdial.tooluse.records import Mode


def call(name: str, arguments: Mapping[str, Any] | str, text: str = "") -> ChatReply:
    """An answer that calls one function."""
    written = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return ChatReply(text=text, model="scripted", tool_calls=(FunctionCall(id="c", name=name, arguments=written),))


def write_act(act: Act) -> dict[str, Any]:
    """An act as a model hands it over, without the task it knows nothing of."""

    def tell(values: Mapping[str, str]) -> list[dict[str, str]]:
        return [{"slot": slot, "value": value} for slot, value in values.items()]

    known = act.model_dump(include={"act", "entity", "other", "reference"})
    return {**known, "request": act.request, "tell": tell(act.tell), "tell_other": tell(act.tell_other)}


def reply(utterance: str, *acts: Act, reasoning: str = "So I say it.") -> ChatReply:
    """An answer that speaks."""
    spoken = {"reasoning": reasoning, "utterance": utterance, "acts": [write_act(act) for act in acts]}
    return call("reply", spoken)


def play(turns: Sequence[ToolTurn]) -> Callable[[ChatRequest], ChatReply]:
    """A model that reads off a dialogue what comes next: it counts what the request holds of it."""
    spoken = [turn for turn in turns if turn.role == "agent"]

    def answer(request: ChatRequest) -> ChatReply:
        roles = [message.role for message in request.messages]
        turn = spoken[roles.count("user") - 1]
        last = len(roles) - 1 - roles[::-1].index("user")
        made = roles[last:].count("tool")
        if made >= len(turn.steps):
            return reply(turn.utterance, *turn.acts, reasoning=turn.reasoning)
        step = turn.steps[made]
        return call(step.call.name, {"reasoning": step.reasoning, **step.call.arguments})

    return answer


def build_agent(account: Account, model: ScriptedChatModel, **more: Any) -> DirectToolAgent:
    return DirectToolAgent(model, account.toolbox, account.schema, account.pack, account.reader, **more)


async def play_twice(
    account: Account, seed: int, mode: Mode = "user-oriented", **more: Any
) -> tuple[ToolDialogue, ToolDialogue, DirectToolAgent]:
    """A dialogue of the planned agent, the same played by a model, and the agent that played it."""
    world = account.build_environment(**more)
    plan = account.maker.make(seed, Counts("tasks"))
    planned = await run_tool_dialogue(world, plan, seed=seed, mode=mode)
    agent = build_agent(account, ScriptedChatModel(play(planned.turns)), seed=seed)
    return planned, await run_tool_dialogue(world, plan, seed=seed, mode=mode, agent=agent), agent
