"""What strategies change in dialogues with tools, made without a model from an example stream.

    python -m benchmarks.strategies --strategy clarify

| figure | meaning |
| --- | --- |
| `clarify` | different things an agent offers in a dialogue, with the strategy less without |
| `clarify_verified` | dialogues with it that execution verifies |
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.tooluse import build_settings, plan, prepare
from streamdial.counts import Counts
from streamdial.environment import EnvironmentRecord
from streamdial.pipeline import close_run, open_run
from streamdial.pipeline.participants import open_participants
from streamdial.pipeline.shards import read_assignments
from streamdial.pipeline.workspace import name_environment
from streamdial.records import MatchScore
from streamdial.strategies import Strategy, open_strategy
from streamdial.tooluse import ToolDialogue, ToolDialogueMaker, ToolOptions

OFFERING = ("recommend", "recover")


def compare_clarified(folder: Path, dialogues: int) -> tuple[dict[str, float], list[tuple[float, float]]]:
    """Return how many things are offered in each dialogue with and without the strategy, and how many are verified."""
    settings = build_settings(folder, "hotel")
    asyncio.run(prepare(settings))
    on, off = (asyncio.run(_make(settings, dialogues, one)) for one in ([open_strategy("clarify")], []))
    asked = [np.mean([_count_asked(one) for one in made]) for made in (on, off)]
    figures = {"clarify_verified": float(np.mean([one.verified for one in on]))}
    figures |= {"clarify_asked_on": float(asked[0]), "clarify_asked_off": float(asked[1])}
    return figures, [(_count_offered(one), _count_offered(other)) for one, other in zip(on, off, strict=True)]


async def _make(settings: object, dialogues: int, strategies: Sequence[Strategy]) -> list[ToolDialogue]:
    run = open_run(settings)  # type: ignore[arg-type]
    planned = await plan(run, dialogues)
    entries = read_assignments(run, planned.name, planned.hash)
    known = open_participants(run, planned.participants, planned.hash, len(entries))
    made = []
    for entry in entries:
        agent = known.get_agent(entry["agent"], entry["blueprint"])
        world = EnvironmentRecord.model_validate_json(run.files.read(name_environment(entry["agent"])))
        bank = known.build_bank(agent, agent.persona.language)
        maker = ToolDialogueMaker(world, run.pack, agent, bank, None, options=ToolOptions())
        pair = await maker.make(
            known.users[entry["user"]],
            seed=entry["seed"],
            record_id=entry["id"],
            match=MatchScore.model_validate(entry["match"]),
            counts=Counts("tasks"),
            strategies=strategies,
        )
        made.append(pair.dialogue)
    await close_run(settings)  # type: ignore[arg-type]
    return made


def _count_offered(dialogue: ToolDialogue) -> float:
    acts = (act for turn in dialogue.turns if turn.role == "agent" for act in turn.acts)
    return float(len({act.entity for act in acts if act.act in OFFERING and act.entity}))


def _count_asked(dialogue: ToolDialogue) -> int:
    return sum(act.act == "request" for turn in dialogue.turns if turn.role == "agent" for act in turn.acts)
