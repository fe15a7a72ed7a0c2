"""Dialogues that nearly repeat another one in words, over all thresholds."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streamdial.evaluation.dialogues import EvaluatedDialogue, cut_dialogues
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Role

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
_ROLES: tuple[Role, ...] = ("user", "agent")
_WIDTH = 1024
_BLOCK = 512
_CANDIDATES = 5
_EXACT = 1e-9

Profile = dict[tuple[str, ...], float]


@dataclass(frozen=True)
class _Sides:
    profiles: list[list[Profile]]
    hashed: list[NDArray[np.float32]]


def find_nearest(talks: Sequence[EvaluatedDialogue]) -> NDArray[np.float64]:
    """Return for each dialogue the cosine to the one most like it, the smaller of the two sides', 0 to 1.

    A side is the counts of its token pairs within turns and of single-token turns. Candidates come from hashed counts
    (Weinberger et al. 2009, 1,024 buckets with signs) compared all with all; of the best five the exact cosine is
    taken, so a value can be too small, never too large. A side that says nothing is like no other.
    """
    if len(talks) < 2:
        return np.zeros(len(talks))
    sides = _profile(talks)
    best = np.zeros(len(talks))
    count = min(_CANDIDATES, len(talks) - 1)
    for start in range(0, len(talks), _BLOCK):
        rows = slice(start, start + _BLOCK)
        near = np.minimum(*(side[rows] @ side.T for side in sides.hashed))
        for place in range(len(near)):
            near[place, start + place] = -2.0
        found = np.argpartition(-near, count - 1, axis=1)[:, :count]
        for place, candidates in enumerate(found):
            number = start + place
            best[number] = max(
                min(_compare(side[number], side[other]) for side in sides.profiles) for other in candidates
            )
    return best


def _profile(talks: Sequence[EvaluatedDialogue]) -> _Sides:
    profiles: list[list[Profile]] = []
    hashed: list[NDArray[np.float32]] = []
    places: dict[tuple[str, ...], int] = {}
    for role in _ROLES:
        vectors = np.zeros((len(talks), _WIDTH), dtype=np.float32)
        listed: list[Profile] = []
        for row, talk in enumerate(talks):
            counted: Counter[tuple[str, ...]] = Counter()
            for turn, tokens in zip(talk.turns, talk.tokens, strict=True):
                if turn.role == role:
                    counted.update(pairwise(tokens) if len(tokens) > 1 else [tuple(tokens)])
            counted.pop((), None)
            length = math.sqrt(sum(count * count for count in counted.values()))
            profile = {gram: count / length for gram, count in counted.items()}
            listed.append(profile)
            codes = np.asarray([_hash(gram, places) for gram in profile], dtype=np.int64)
            values = np.fromiter(profile.values(), dtype=np.float64, count=len(profile))
            signed = np.where(codes & 1, values, -values)
            vectors[row] = np.bincount(codes >> 1, weights=signed, minlength=_WIDTH)
        profiles.append(listed)
        hashed.append(vectors)
    return _Sides(profiles, hashed)


def _hash(gram: tuple[str, ...], known: dict[tuple[str, ...], int]) -> int:
    # Python's own hash of a text changes from run to run.
    if gram not in known:
        known[gram] = zlib.crc32("\x1f".join(gram).encode("utf-8", "surrogatepass")) % (2 * _WIDTH)
    return known[gram]


def _compare(left: Profile, right: Profile) -> float:
    small, large = (left, right) if len(left) <= len(right) else (right, left)
    return sum(value * large.get(gram, 0.0) for gram, value in small.items())


def measure_duplicates(
    talks: Sequence[EvaluatedDialogue],
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    size: int | None = None,
    seed: int = 7,
) -> list[Statistic]:
    """Return the share of dialogues with another one at least as near as each threshold, on both sides.

    The larger a set, the nearer the nearest: only equal sizes can be compared. A larger set is cut into parts, and
    dialogues are compared within theirs.

    Args:
        talks: The dialogues.
        thresholds: Cosines of token pairs; 1 is the same words on both sides.
        size: Dialogues of a part; None for one part of all.
        seed: Seed of parts and resamples.
    """
    figures = [Statistic(f"duplicates_at_{threshold:g}", None, unit="share of dialogues") for threshold in thresholds]
    parts = [part for part in cut_dialogues(talks, size, seed) if len(part) > 1]
    if not parts:
        reason = "a duplicate takes two dialogues" if talks else "no dialogues"
        return [replace(figure, reason=reason) for figure in figures]
    nearest = np.concatenate([find_nearest(part) for part in parts])
    ones = np.ones(len(nearest))
    basis = f"{len(parts)} x {size:,} dialogues" if len(parts) > 1 else ""
    return measure_ratios(
        [
            Ratio(replace(figure, basis=basis), nearest >= threshold - _EXACT, ones)
            for figure, threshold in zip(figures, thresholds, strict=True)
        ],
        seed=seed,
    )
