"""What strategies inside a dialogue change, where the figure is more than a count of turns.

    python -m benchmarks.strategies --strategy mood

| figure | meaning |
| --- | --- |
| `support` | share of the agent's turns behind a complaint or a letdown that begin with a word on it |
| `mood` | share of dialogues whose mood before the last decision has the sign of the ending; off: endings shuffled |
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import view_dialogue
from streamdial.evaluation.metrics.satisfaction import SIGNS, agrees_with_ending, list_levels
from streamdial.personas import Knowledge
from streamdial.records import Dialogue, UserPersona
from streamdial.strategies.support import list_labels
from streamdial.strategies.turn_events import WEIGHTS, find_event

SHUFFLES = 200

TAKEN_UP = ("react:react.objection.", "react:react.support.", "react:react.insist")
"""What takes up how somebody feels about what was said."""


def measure_support(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float | None:
    """Return the share of an agent's turns behind a complaint or letdown that begin with a word on it; None without."""
    pack, turns = agents[dialogue.agent_persona_id].pack, dialogue.turns
    owed = []
    for number in range(2, len(turns)):
        said, before = turns[number - 1], turns[: number - 1]
        if turns[number].role != "agent" or said.role != "user":
            continue
        event = find_event(before, {}, pack) if before[-1].role == "agent" else ""
        if list_labels(said, event if WEIGHTS.get(event, 0) < 0 else "", stated=False):
            owed.append(any(name.startswith(TAKEN_UP) for name in turns[number].moves))
    return float(np.mean(owed)) if owed else None


def compare_moods(
    made: Sequence[Dialogue], users: Mapping[str, UserPersona], pack: DomainPack
) -> list[tuple[float, float]]:
    """Return whether the mood of each dialogue agrees with its ending, and how often with those of the others."""
    talks = [view_dialogue(one) for one in made if one.outcome in SIGNS]
    levels = [list_levels(talk, users[talk.user].constraints, pack) for talk in talks]
    rng = random.Random(7)
    endings = [talk.outcome for talk in talks]
    pairs = []
    for talk, found in zip(talks, levels, strict=True):
        own = agrees_with_ending(talk, found)
        drawn = [agrees_with_ending(replace(talk, outcome=one), found) for one in rng.choices(endings, k=SHUFFLES)]
        if own is not None:
            pairs.append((float(own), float(np.mean([bool(one) for one in drawn]))))
    return pairs
