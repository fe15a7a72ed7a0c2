"""What personas know, do not know and sound like, in the dialogues of an example.

    python -m benchmarks.strategies --strategy beliefs --strategy dialect

| figure | meaning |
| --- | --- |
| `beliefs` | share told of the attributes a persona did not know, of the things it asks about |
| `dialect` | user's turns with a word of the region, of personas who are given one |
| `profile` | likeness of a user's turns to the lines of their own viewer, less that to each other viewer's lines |
| `profile_traits` | the same by length, end, case, particles and tone of each line, which the strategy goes by |
| `profile_own` | likeness to the lines of their own viewer by these |
| `profile_first` | share of the dialogues whose user is most like their own viewer, of all viewers |
| `dialect_same` | of these, turns whose labels, values and questions are read as without it |
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks.dialogues import read_made
from streamdial.deployments._people import RunPeople
from streamdial.dialogues import GenerationOptions
from streamdial.evaluation.metrics.user_likeness import compare_sides, compute_likeness
from streamdial.personas import Knowledge
from streamdial.pipeline.loading import open_records
from streamdial.policies import count_traits
from streamdial.records import Dialogue, Habit, Language, SeedDialogue, Turn, UserPersona
from streamdial.slots import SlotReader
from streamdial.strategies import OWN_LINES, Strategy, open_strategy
from streamdial.strategies.beliefs import list_beliefs
from streamdial.strategies.dialect import load_dialects
from streamdial.text import find_phrase, tokenize


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


def compare_profiles(on: Path, off: Path) -> tuple[dict[str, float], dict[str, list[tuple[float, float]]]]:
    """Return how like their own viewer users are more than like the others, with and without; figures and pairs.

    What a viewer really wrote and is said again is left out: the rest is made.
    """
    with open_records(on) as (store, _):
        seeds = [seed for seed in store.get("exemplars", SeedDialogue) if seed.origin == "profile"]
    lines = {seed.id: [turn.utterance for turn in seed.turns] for seed in seeds}
    viewers = {move.removeprefix(OWN_LINES): seed.id for seed in seeds for move in seed.turns[0].moves}
    users, made = read_users(on), [read_usable(folder) for folder in (on, off)]
    pairs: dict[str, list[tuple[float, float]]] = {
        name: [] for name in ("profile", "profile_traits", "profile_own", "profile_first")
    }
    for key in (key for key in made[0] if key in made[1] and any(part.turns for part in made[0][key].lineage)):
        language = made[0][key].language
        own = users[made[0][key].user_persona_id].primary_inquiries
        viewer = next(viewers[source] for one in own for source in one.evidence if source in viewers)
        found = [_place_among(one[key], viewer, lines, language) for one in made]
        for name in pairs if all(found) else ():
            pairs[name].append((found[0][name], found[1][name]))
    figures = {"profile_viewers": float(len(lines)), "profile_dialogues": float(len(pairs["profile"]))}
    return figures, pairs


def read_usable(out: Path) -> dict[str, Dialogue]:
    """Return the usable dialogues of a run by id."""
    return {dialogue.id: dialogue for dialogue, fault in read_made(out) if fault is None}


def _place_among(
    dialogue: Dialogue, viewer: str, lines: Mapping[str, list[str]], language: Language
) -> dict[str, float]:
    said = [turn for turn in dialogue.turns if turn.role == "user" and turn.utterance not in lines[viewer]]
    if not said:
        return {}
    traits = count_traits([turn.utterance for turn in said], language)
    side = [(turn, tokenize(turn.utterance)) for turn in said]
    apart = {
        name: compare_sides([side], [[(_write(text), tokenize(text)) for text in texts]], language)[""].value or 0.0
        for name, texts in lines.items()
    }
    near = {name: _compare(traits, count_traits(texts, language)) for name, texts in lines.items()}
    return {
        "profile": apart[viewer] - float(np.mean([value for name, value in apart.items() if name != viewer])),
        "profile_traits": near[viewer] - float(np.mean([value for name, value in near.items() if name != viewer])),
        "profile_own": near[viewer],
        "profile_first": float(near[viewer] == max(near.values())),
    }


def _write(text: str) -> Turn:
    return Turn(turn_id=0, role="user", utterance=text, act="write")


def _compare(one: Mapping[Hashable, int], other: Mapping[Hashable, int]) -> float:
    names = sorted({*one, *other}, key=str)
    left, right = (np.asarray([table.get(name, 0) for name in names], dtype=np.float64) for table in (one, other))
    return compute_likeness(left, right)


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
