"""What personas know, do not know and sound like, in the dialogues of an example.

    python -m benchmarks.strategies --strategy beliefs --strategy dialect

| figure | meaning |
| --- | --- |
| `beliefs` | share told of the attributes a persona did not know, of the things it asks about |
| `dialect` | user's turns with a word of the region, of personas who are given one |
| `dialect_same` | of these, turns whose labels, values and questions are read as without it |
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks.dialogues import read_made
from streamdial.deployments._people import RunPeople
from streamdial.dialogues import GenerationOptions
from streamdial.personas import Knowledge
from streamdial.pipeline.loading import open_records
from streamdial.records import Dialogue, Habit, UserPersona
from streamdial.slots import SlotReader
from streamdial.strategies import Strategy, open_strategy
from streamdial.strategies.beliefs import list_beliefs
from streamdial.strategies.dialect import load_dialects
from streamdial.text import find_phrase


def read_users(out: Path) -> dict[str, UserPersona]:
    """Return the users of a run by id."""
    with open_records(out) as (store, _):
        return {user.id: user for user in store.get("personas", UserPersona)}


def measure_unknown(
    dialogue: Dialogue, agents: Mapping[str, Knowledge], users: Mapping[str, UserPersona]
) -> float | None:
    """Return which share of what its user did not know of the things it is about was told; None where nothing was."""
    user, knowledge = users[dialogue.user_persona_id], agents[dialogue.agent_persona_id]
    things = {turn.entity for turn in dialogue.turns if turn.role == "user" and turn.entity}
    wanted = {
        (thing, slot)
        for thing in things
        for slot in list_beliefs(user.does_not_know, thing, knowledge, dialogue.language)
    }
    told = {(turn.entity, slot) for turn in dialogue.turns for slot in turn.tell}
    return len(wanted & told) / len(wanted) if wanted else None


def compare_dialects(out: Path, dialogues: int) -> tuple[dict[str, float], list[tuple[float, float]]]:
    """Return how personas who are given a region sound, with and without the strategy, dialogue by dialogue."""
    people = RunPeople.read(out, None)
    begun = [one for one, fault in read_made(out) if fault is None and one.user_persona_id in people.users][:dialogues]
    regions = cycle(sorted(load_dialects()[begun[0].language]))
    pairs, same = [], []
    for number, (dialogue, region) in enumerate(zip(begun, regions, strict=False)):
        user = people.users[dialogue.user_persona_id]
        habit = Habit(kind=region, words=(region,), evidence=user.objective.evidence)
        user = user.model_copy(update={"style": user.style.model_copy(update={"dialect": (habit,)})})
        own = set(load_dialects()[dialogue.language][region].values())
        on, off = (_make(people, dialogue, user, number, chosen) for chosen in ([open_strategy("dialect")], []))
        agent, _ = people.find_agent(dialogue)
        reader = SlotReader(people.pack, dialogue.language, Knowledge(agent.knowledge, people.pack).entities)
        pairs.append((_count_own(on, own), _count_own(off, own)))
        same += [
            (turn.act, turn.inform, turn.request, _read(reader, turn.utterance))
            == (before.act, before.inform, before.request, _read(reader, before.utterance))
            for turn, before in zip(on.turns, off.turns, strict=False)
            if "dialect" in turn.by
        ]
    return {"dialect_same": float(np.mean(same)), "dialect_turns": float(len(same))}, pairs


def _make(
    people: RunPeople, dialogue: Dialogue, user: UserPersona, number: int, strategies: Sequence[Strategy]
) -> Dialogue:
    agent, blueprint = people.find_agent(dialogue)
    options = GenerationOptions(realisation="planned")
    maker = people.build_maker(agent, blueprint, dialogue.language, None, options=options)
    made, _ = asyncio.run(
        maker.make(
            user,
            path=dialogue.path,
            seed=dialogue.seed,
            record_id=dialogue.id,
            match=dialogue.match,
            number=number,
            strategies=strategies,
        )
    )
    return made


def _count_own(dialogue: Dialogue, words: set[str]) -> float:
    turns = [turn.utterance.lower() for turn in dialogue.turns if turn.role == "user"]
    return float(np.mean([any(find_phrase(text, word.lower()) is not None for word in words) for text in turns]))


def _read(reader: SlotReader, text: str) -> tuple[object, ...]:
    return [(one.slot, one.value) for one in reader.find_values(text)], reader.find_asks(text)
