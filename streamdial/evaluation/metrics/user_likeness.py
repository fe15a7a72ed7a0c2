"""Whether made users talk like real ones: user turns alone, by openings, wishes, lengths and endings."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streamdial.evaluation.dialogues import EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Statistic, measure_spread
from streamdial.evaluation.metrics.style_metrics import is_farewell, is_question
from streamdial.records import Language, Turn

LONGEST = 6
"""Class of the longest turns: 2^6 tokens and more."""
MOST_WISHES = 4
Side = Sequence[tuple[Turn, list[str]]]
"""The user's turns of a dialogue, each with its tokens."""


def list_user_turns(talk: EvaluatedDialogue) -> Side:
    """Return the user's turns of a dialogue with their tokens; silent ones are left out."""
    return [(turn, said) for turn, said in zip(talk.turns, talk.tokens, strict=True) if turn.role == "user" and said]


def _list_openings(side: Side, language: Language) -> list[Hashable]:
    return [(token,) for token in side[0][1][:3]] + [is_question(side[0][0].utterance)]


def _list_wishes(side: Side, language: Language) -> list[Hashable]:
    stated = [min(sum(map(bool, turn.inform.values())), MOST_WISHES) for turn, _ in side]
    return [(_place(number, len(side)), count) for number, count in enumerate(stated)]


def _list_lengths(side: Side, language: Language) -> list[Hashable]:
    sizes = [min(len(said).bit_length(), LONGEST) for _, said in side]
    return [(_place(number, len(side)), size) for number, size in enumerate(sizes)] + [*pairwise(map(str, sizes))]


def _list_endings(side: Side, language: Language) -> list[Hashable]:
    last, said = side[-1]
    return [(token,) for token in said[-3:]] + [is_farewell(last, len(said), language)]


def _place(number: int, whole: int) -> int:
    """Return where a turn stands: first (0), last (2), or between (1)."""
    return 0 if not number else 2 if number == whole - 1 else 1


ASPECTS: Mapping[str, Callable[[Side, Language], list[Hashable]]] = {
    "openings": _list_openings,
    "wishes": _list_wishes,
    "lengths": _list_lengths,
    "endings": _list_endings,
}
"""What users are compared by: how they begin, wishes a turn and length by its place, how they end."""


def compute_likeness(own: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return 1 - the Jensen-Shannon divergence, in bits, of two counts: 1 the same, 0 where nothing is shared."""
    left, right = own / own.sum(), other / other.sum()
    middle = (left + right) / 2
    return 1 - float(_diverge(left, middle) + _diverge(right, middle)) / 2


def _diverge(share: NDArray[np.float64], base: NDArray[np.float64]) -> float:
    held = share > 0
    return float((share[held] * np.log2(share[held] / base[held])).sum())


def measure_user_likeness(
    own: Sequence[EvaluatedDialogue], real: Sequence[EvaluatedDialogue], language: Language, *, seed: int = 7
) -> list[Statistic]:
    """Return how alike the users of two sets are, 0 to 1, each aspect and their mean, and real ones to real ones.

    User LMs (arXiv 2510.06552) and MirrorBench compare simulators with people turn by turn; here distributions are
    compared, so no model is needed. Both sets are cut to the same number of dialogues, for what is rare is shared less
    in a small sample; `user_likeness_real` is one half of the reference against the other at that number, the most
    there is to reach. Wishes are left out where a set labels none.

    Args:
        own: Dialogues, of any language.
        real: Dialogues with real users.
        language: Language that is compared.
        seed: Seed of samples and resamples.
    """
    sides = [
        [side for talk in talks if talk.language == language and (side := list_user_turns(talk))]
        for talks in (own, real)
    ]
    size = min(len(sides[0]), len(sides[1]) // 2)
    names = [*(f"user_likeness_{name}" for name in ASPECTS), "user_likeness", "user_likeness_real"]
    blank = [Statistic(name, None, unit="1 - divergence", language=language) for name in names]
    if size < 2:
        return [replace(figure, reason="too few dialogues of the language") for figure in blank]
    rng = random.Random(seed)
    first = rng.sample(sides[0], size)
    reference = rng.sample(sides[1], 2 * size)
    halves = reference[:size], reference[size:]
    parts = compare_sides(first, halves[0], language, seed)
    apart = compare_sides(halves[1], halves[0], language, seed)
    found = [replace(parts[name], name=f"user_likeness_{name}") if name in parts else None for name in ASPECTS]
    shown = [one or replace(figure, reason="a set labels no wishes") for one, figure in zip(found, blank, strict=False)]
    real_one = replace(apart[""], name="user_likeness_real")
    return [replace(one, language=language) for one in (*shown, replace(parts[""], name="user_likeness"), real_one)]


def compare_sides(own: Sequence[Side], real: Sequence[Side], language: Language, seed: int = 7) -> dict[str, Statistic]:
    """Return the likeness of user turns by aspect, and under "" the mean of those that can be told.

    Args:
        own: User turns of made dialogues.
        real: User turns of real ones; as many dialogues.
        language: Their language.
        seed: Seed of the resamples, over the made dialogues.
    """
    tables = {
        name: _count(own, real, count, language)
        for name, count in ASPECTS.items()
        if name != "wishes" or all(any(turn.inform for side in sides for turn, _ in side) for sides in (own, real))
    }

    def compute(name: str, weights: NDArray[np.int64] | None = None) -> float:
        left, right = tables[name]
        summed = left.sum(axis=0) if weights is None else weights @ left
        return compute_likeness(summed, right.sum(axis=0))

    def resample(name: str) -> Statistic:
        figure = Statistic("", None, unit="1 - divergence")
        chosen = [name] if name else [*tables]
        return measure_spread(
            figure,
            float(np.mean([compute(one) for one in chosen])),
            lambda weights: float(np.mean([compute(one, weights) for one in chosen])),
            len(own),
            bounds=(0.0, 1.0),
            seed=seed,
        )

    return {name: resample(name) for name in (*tables, "")}


def _count(
    own: Sequence[Side], real: Sequence[Side], count: Callable[[Side, Language], list[Hashable]], language: Language
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how often each thing comes in each dialogue of two sets, shape (dialogues, things)."""
    counted = [[Counter(count(side, language)) for side in sides] for sides in (own, real)]
    columns = {
        thing: n for n, thing in enumerate(dict.fromkeys(thing for rows in counted for row in rows for thing in row))
    }
    tables = []
    for rows in counted:
        table = np.zeros((len(rows), len(columns)))
        for number, row in enumerate(rows):
            for thing, times in row.items():
                table[number, columns[thing]] = times
        tables.append(table)
    return tables[0], tables[1]


def shuffle_user_turns(talks: Sequence[EvaluatedDialogue], seed: int = 7) -> list[EvaluatedDialogue]:
    """Return dialogues whose user turns are dealt anew over all places and dialogues: users who follow nothing."""
    pool = [turn for talk in talks for turn in talk.turns if turn.role == "user"]
    dealt = iter(random.Random(seed).sample(pool, len(pool)))
    return [
        replace(talk, turns=tuple(next(dealt) if turn.role == "user" else turn for turn in talk.turns))
        for talk in talks
    ]
