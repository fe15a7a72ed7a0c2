"""What strategies inside a dialogue change, where the figure is more than a count of turns.

    python -m benchmarks.strategies --strategy mood

| figure | meaning |
| --- | --- |
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
from streamdial.records import Dialogue, UserPersona

SHUFFLES = 200


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
