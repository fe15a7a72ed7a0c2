"""Joined dialogues: whether one person could have had them, and how long they are.

    python -m benchmarks.strategies --strategy join

| figure | meaning |
| --- | --- |
| `join` | share of the joined dialogues that are coherent, minus that of as many random pairs joined likewise |
| `join_turns` | turns of a joined dialogue; `join_single` of the dialogues of the run |

Coherent: no wish of the second half contradicts one of the first, no attribute of a thing is told with two values, no
question that was answered is asked again, no line is said twice. Counted over the finished turns.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from streamdial.domains import DomainPack, load_pack
from streamdial.files import read_lines
from streamdial.pipeline.loading import open_records
from streamdial.records import Dialogue, Turn
from streamdial.slots import DONT_CARE


def is_coherent(turns: Sequence[Turn], cut: int, pack: DomainPack) -> bool:
    """Tell whether a dialogue whose second need begins at a turn could be held by one person."""
    wishes: list[dict[str, str]] = [{}, {}]
    told: dict[tuple[str, str], str] = {}
    lines = [turn.utterance.casefold() for turn in turns]
    if len(set(lines)) < len(lines):
        return False
    for number, turn in enumerate(turns):
        if turn.role == "user":
            if any((turn.entity, slot) in told for slot in turn.request) and number >= cut and turn.act == "ask":
                return False
            if turn.act != "book":
                wishes[number >= cut] |= {slot: value for slot, value in turn.inform.items() if value != DONT_CARE}
        elif turn.act not in ("confirm", "hold", "refuse"):
            for slot, value in turn.tell.items():
                if told.setdefault((turn.entity, slot), value) != value:
                    return False
    before, after = wishes
    kinds = {slot for slot, schema in pack.slots.items() if schema.constraint == "equal" or schema.type == "count"}
    return not any(slot in after and after[slot] != value for slot, value in before.items() if slot in kinds)


def measure_join(out: Path, seed: int = 7) -> dict[str, float]:
    """Return the figures of a run with joined dialogues."""
    with open_records(out) as (_, domain):
        pack = load_pack(domain)
    lines = [line for shard in sorted((out / "dialogues").glob("*.jsonl")) for line in read_lines(shard)]
    made = [Dialogue.model_validate(line) for line in lines]
    joined = [(one, part.turns[0]) for one in made for part in one.lineage if part.name == "join" and part.parents]
    single = [one for one in made if not one.goals]
    ended = [one for one in single if one.outcome == "success"]
    draw = random.Random(seed)
    random_pairs = []
    for _ in joined:
        first, second = draw.choice(ended), draw.choice(single)
        cut = next(n for n, turn in enumerate(first.turns, 1) if turn.act == "confirm")
        random_pairs.append(is_coherent((*first.turns[:cut], *second.turns), cut, pack))
    right = [is_coherent(one.turns, cut, pack) for one, cut in joined]
    return {
        "join": float(np.mean(right) - np.mean(random_pairs)),
        "join_on": float(np.mean(right)),
        "join_off": float(np.mean(random_pairs)),
        "join_made": float(len(joined)),
        "join_of": float(len(single)),
        "join_turns": float(np.mean([len(one.turns) for one, _ in joined])),
        "join_single": float(np.mean([len(one.turns) for one in single])),
    }
