"""Small data sets of dialogues with tools, made by the loop itself over the accounts of the tool tests."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from streamdial.counts import Counts
from streamdial.environment import EnvironmentRecord, FaultRates, build_environment
from streamdial.exports import DataSet, ToolUseSet
from streamdial.records import REQUESTED, Dialogue, Turn
from streamdial.tooluse import ToolDialogue, ToolTurn, run_tool_dialogue
from streamdial.tooluse.records import Mode
from tests.exports.conftest import MATCH, make_agent, make_blueprint, make_user
from tests.tooluse.tool_material import Account

FAULTS = FaultRates(error=0.1, timeout=0.1, empty=0.1)


def plain(made: ToolDialogue) -> Dialogue:
    """Return the same talk as a dialogue without calls."""
    return Dialogue(
        id=made.id,
        domain=made.domain,
        language=made.language,
        provenance=made.provenance,
        user_persona_id=made.user_persona_id,
        agent_persona_id=made.agent_persona_id,
        blueprint_id="b1",
        turns=tuple(map(_plain_turn, made.turns)),
        path="Success",
        outcome="success",
        stop_reason="blueprint_end",
        match=MATCH,
        seed=made.seed,
    )


def _plain_turn(turn: ToolTurn) -> Turn:
    act = turn.acts[0]
    return Turn(
        turn_id=turn.turn_id,
        role=turn.role,
        utterance=turn.utterance,
        act=act.act,
        inform=act.inform,
        request=dict.fromkeys(act.request, REQUESTED),
        tell=act.tell,
        entity=act.entity,
        realisation="template",
    )


def record_world(account: Account, agent: str = "a1") -> EnvironmentRecord:
    """Return an account's world as it is written down."""
    return build_environment(agent, account.schema, account.contents, account.toolbox.tools)


async def _run_all(account: Account, seeds: range, mode: Mode, max_turns: int) -> list[ToolDialogue]:
    world = account.build_environment(faults=FAULTS, agent_persona_id="a1", id=record_world(account).id)
    made = []
    for seed in seeds:
        plan = account.maker.make(seed, Counts("tasks"))
        dialogue = await run_tool_dialogue(world, plan, seed=seed, mode=mode, max_turns=max_turns)
        made.append(dialogue.model_copy(update={"user_persona_id": "u1"}))
    return made


def run_all(account: Account, seeds: range, mode: Mode, max_turns: int = 120) -> list[ToolDialogue]:
    """Return dialogues; in a thread of its own, as a test with a browser has a loop running already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _run_all(account, seeds, mode, max_turns)).result()


@cache
def _run(name: str, count: int) -> tuple[EnvironmentRecord, tuple[ToolDialogue, ...], tuple[ToolDialogue, ...]]:
    account = Account(name)
    world = record_world(account)
    made = run_all(account, range(count), "user-oriented")
    made += run_all(account, range(count, count + 2), "task-oriented")
    cut = run_all(account, range(90, 92), "user-oriented", max_turns=7)
    verified = tuple(dialogue for dialogue in made if dialogue.verified)
    return world, verified, tuple(dialogue for dialogue in [*made, *cut] if not dialogue.verified)


def make_tool_set(name: str = "hotel_en", count: int = 10) -> DataSet:
    """Return a set of some verified dialogues of one account, in both modes, with two that were cut short apart."""
    world, verified, failed = _run(name, count)
    account = Account(name)
    language = account.language
    change = {"domain": account.pack.id, "constraints": (), "primary_inquiries": ()}
    agent = make_agent("a1", language)
    return DataSet(
        pack=account.pack,
        languages=(language,),
        dialogues=tuple(map(plain, verified)),
        users={"u1": make_user("u1", language).model_copy(update=change)},
        agents={"a1": agent.model_copy(update={"domain": account.pack.id, "knowledge": account.knowledge.rows})},
        blueprints={"b1": make_blueprint("b1", language)},
        tool_use=ToolUseSet({made.id: made for made in verified}, {world.id: world}, failed),
    )
