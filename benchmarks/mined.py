"""What the strategies that mine recordings change in the dialogues of a run, on against off, without a model.

Both runs have the same users but for those whom the strategy found, so dialogues are not compared one by one: its
dialogues stand against all of the run without. Intervals are resampled by dialogue, each side for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import ROUNDS
from streamdial.records import Dialogue, UserQuestion

Figure = Callable[[Dialogue, Mapping[str, UserQuestion]], float | None]


def count_asked(dialogue: Dialogue, questions: Mapping[str, UserQuestion]) -> float:
    """Return how many turns ask what viewers of the stream asked."""
    return float(
        sum(
            turn.role == "user" and turn.act in ("ask", "compare", "object") and turn.evidence[0] in questions
            for turn in dialogue.turns
            if turn.evidence
        )
    )


def begins_with_host(dialogue: Dialogue, questions: Mapping[str, UserQuestion]) -> float:
    """Return 1 where a line of the host about a thing comes first, and what viewers asked at it behind, else 0."""
    first, second = dialogue.turns[:2]
    return float(first.role == "agent" and bool(first.entity) and any(one in questions for one in second.evidence))


MEASURES: dict[str, Figure] = {"segments": count_asked, "scenes": begins_with_host}


def compare_sides(name: str, on: Sequence[float], off: Sequence[float]) -> dict[str, float]:
    """Return the difference of two means that are not of pairs, with its 95% interval."""
    rng = np.random.default_rng(7)

    def resample(values: Sequence[float]) -> NDArray[np.float64]:
        drawn = rng.integers(len(values), size=(ROUNDS, len(values)))
        return np.asarray(values)[drawn].mean(axis=1)

    low, high = np.quantile(resample(on) - resample(off), (0.025, 0.975))
    return {
        name: float(np.mean(on) - np.mean(off)),
        f"{name}_on": float(np.mean(on)),
        f"{name}_off": float(np.mean(off)),
        f"{name}_low": float(low),
        f"{name}_high": float(high),
        f"{name}_dialogues": float(len(on)),
    }


def compare_mined(
    name: str,
    on: Sequence[Dialogue],
    off: Sequence[Dialogue],
    questions: Mapping[str, UserQuestion],
) -> dict[str, float]:
    """Return what a strategy changes in its own figure.

    Args:
        name: The strategy.
        on: The dialogues of a run with it; those it has a part in count.
        off: The dialogues of the run without.
        questions: The questions of both, by id.
    """
    figure = MEASURES[name]
    sides = []
    for dialogues in ([one for one in on if any(part.name == name for part in one.lineage)], off):
        values = (figure(dialogue, questions) for dialogue in dialogues)
        sides.append([value for value in values if value is not None])
    return compare_sides(name, *sides)
