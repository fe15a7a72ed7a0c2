"""Where a stream changes its topic: seams found in dialogues of public sets that were put one behind the other.

    python -m benchmarks.segments [--data ../shared/data] [--split test] [--fit] [--json FILE]

Four to eight dialogues of CrossWOZ (zh) or MultiWOZ (en) make one stream; its seams are known. `bare` are the same
without the turns that greet, thank and close. Told beside TextTiling. Weights and threshold were fitted on the
development half (`--fit`: dialogues of even number), the figures are of the other one.

| figure | what it is |
| --- | --- |
| `seams_f1_LANGUAGE` | F1 of seams found within two turns, one to one |
| `seams_pk_LANGUAGE` | Pk (Beeferman et al. 1999): two turns half a mean part apart are wrongly put together or apart |
| `seams_windowdiff_LANGUAGE` | WindowDiff (Pevzner and Hearst 2002): the number of seams between them is wrong |

`tiling_...` are TextTiling's, `..._bare_...` of the bare streams; `_low` and `_high` the 95% interval of F1, resampled
by stream.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import find_interval, print_figures
from benchmarks.machine import describe_machine
from streamdial.corpora.seeds import open_corpus
from streamdial.models import build_embedder
from streamdial.models.embedding import CachedEmbedder
from streamdial.records import Language, SeedDialogue
from streamdial.strategies.segmentation import describe_gaps, find_seams
from streamdial.text import tokenize

SETS: dict[Language, str] = {"zh": "crosswoz", "en": "multiwoz21"}
CEREMONY = ("greet", "thank", "close")
"""Acts that a bare stream is without."""
TOLERANCE = 2
"""Turns by which a seam may be off."""
DRAWS = 3
"""Orders in which the dialogues of a set are put one behind the other."""
PARTS = (4, 8)
BLOCK = 4
CUT = 1.0
"""Turns of a block of TextTiling, and the standard deviations above the mean from which a valley is deep enough: the
best of 4, 6, 8 and of -0.5 (Hearst's own), 0, 0.5, 1 on the development half."""


class Stream(NamedTuple):
    """Lines in order, and the places at which a new dialogue begins."""

    lines: list[str]
    seams: list[int]


def read_streams(data: Path, language: Language, split: str, *, bare: bool) -> list[Stream]:
    """Return streams made of the dialogues of one half of a set; none where the set is not there."""
    path = data / SETS[language] / "dialogues.jsonl.gz"
    if not path.is_file():
        return []
    half = [seed for seed in open_corpus(path) if is_development(seed) == (split == "dev")]
    told = [[turn.utterance for turn in seed.turns if not (bare and turn.act in CEREMONY)] for seed in half]
    streams = []
    for draw in range(DRAWS):
        rng = random.Random(draw)
        pool = rng.sample(told, len(told))
        while len(pool) >= PARTS[0]:
            count = rng.randint(*PARTS)
            part, pool = pool[:count], pool[count:]
            ends = list(accumulate(map(len, part)))
            streams.append(Stream([line for lines in part for line in lines], ends[:-1]))
    return streams


def is_development(seed: SeedDialogue) -> bool:
    """Tell whether a dialogue is of the half that may be looked at."""
    return int(re.sub(r"\D", "", seed.id) or 0) % 2 == 0


def tile_text(lines: Sequence[str]) -> list[int]:
    """Return the seams TextTiling finds (Hearst 1997), block comparison, with turns in place of token sequences.

    The likeness of the words before and behind each gap, the depth of its valley from the hill on either side, and a
    seam where that is deep, three turns from the next at least.
    """
    words = [Counter(tokenize(line.lower())) for line in lines]
    scores = [
        _compare(sum(words[max(0, gap - BLOCK) : gap], Counter()), sum(words[gap : gap + BLOCK], Counter()))
        for gap in range(1, len(lines))
    ]
    depths = np.asarray([_climb(scores, gap, -1) + _climb(scores, gap, 1) for gap in range(len(scores))])
    least = depths.mean() + CUT * depths.std()
    seams: list[int] = []
    for gap in np.argsort(-depths, kind="stable").tolist():
        if depths[gap] > max(least, 0) and all(abs(gap + 1 - seam) > 3 for seam in seams):
            seams.append(gap + 1)
    return sorted(seams)


def _compare(left: Counter[str], right: Counter[str]) -> float:
    length = np.sqrt(sum(n * n for n in left.values()) * sum(n * n for n in right.values()))
    return float(sum(count * right[word] for word, count in left.items()) / length) if length else 0.0


def _climb(scores: Sequence[float], gap: int, step: int) -> float:
    """Return how far a score lies below the hill on one side."""
    place = gap
    while 0 <= place + step < len(scores) and scores[place + step] >= scores[place]:
        place += step
    return scores[place] - scores[gap]


def count_hits(found: Sequence[int], seams: Sequence[int]) -> int:
    """Return how many seams were found, each by one of its own within the tolerance."""
    left = list(found)
    hits = 0
    for seam in seams:
        near = [place for place in left if abs(place - seam) <= TOLERANCE]
        if near:
            left.remove(min(near, key=lambda place: abs(place - seam)))
            hits += 1
    return hits


def measure_windows(found: Sequence[int], seams: Sequence[int], count: int) -> tuple[float, float]:
    """Return (Pk, WindowDiff) of a stream of some lines; the window is half the mean length of a part."""
    window = max(2, round(count / (len(seams) + 1) / 2))
    pairs = [(place, place + window) for place in range(count - window)]
    true, told = (
        np.asarray([sum(first < seam <= last for seam in places) for first, last in pairs]) for places in (seams, found)
    )
    return float(np.mean((true == 0) != (told == 0))), float(np.mean(true != told))


def measure(name: str, find: Callable[[Sequence[str]], list[int]], streams: Sequence[Stream]) -> dict[str, float]:
    """Return the figures of one way to find seams, over streams."""
    rows, windows = [], []
    for lines, seams in streams:
        found = find(lines)
        rows.append((count_hits(found, seams), len(found), len(seams)))
        windows.append(measure_windows(found, seams, len(lines)))
    counts = np.asarray(rows)
    low, high = find_interval(len(counts), lambda draw: _f1(counts[draw].sum(axis=0)))
    pk, difference = np.mean(windows, axis=0)
    kind, _, rest = name.partition("_")
    return {
        f"{kind}_f1_{rest}": _f1(counts.sum(axis=0)),
        f"{kind}_f1_{rest}_low": low,
        f"{kind}_f1_{rest}_high": high,
        f"{kind}_pk_{rest}": float(pk),
        f"{kind}_windowdiff_{rest}": float(difference),
    }


def _f1(counts: NDArray[np.int64]) -> float:
    hits, found, true = counts
    return float(2 * hits / max(found + true, 1))


def measure_seams(data: Path, split: str = "test") -> dict[str, float]:
    """Return the figures of all streams of a half; none where the sets are not there."""
    embedder = CachedEmbedder(build_embedder("use-multilingual", None))
    figures: dict[str, float] = {}
    for language in SETS:
        for bare in (False, True):
            streams = read_streams(data, language, split, bare=bare)
            name = f"bare_{language}" if bare else language
            if streams:
                figures |= measure(f"seams_{name}", lambda lines, of=language: find_seams(lines, of, embedder), streams)
                figures |= measure(f"tiling_{name}", tile_text, streams)
    return figures


def fit_weights(data: Path) -> tuple[NDArray[np.float64], float]:
    """Return the weights and the bias by logistic regression over the streams of the development half."""
    from sklearn.linear_model import LogisticRegression

    embedder = CachedEmbedder(build_embedder("use-multilingual", None))
    features, labels, weights = [], [], []
    for language in SETS:
        for bare in (False, True):
            streams = read_streams(data, language, "dev", bare=bare)
            rows = [describe_gaps(lines, language, embedder)[1:] for lines, _ in streams]
            begins = [np.isin(np.arange(1, len(lines)), seams) for lines, seams in streams]
            features.append(np.vstack(rows))
            labels.append(np.concatenate(begins))
            weights.append(np.full(len(labels[-1]), 1 / len(labels[-1])))
    share = np.concatenate(weights)
    model = LogisticRegression(C=100, max_iter=1000)
    model.fit(np.vstack(features), np.concatenate(labels), sample_weight=share / share.mean())
    return np.asarray(model.coef_[0]), float(model.intercept_[0])


def main() -> None:
    """Find the seams and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="Folder of the public sets.")
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--fit", action="store_true", help="Print weights fitted on the development half.")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"{describe_machine('numpy')}\n")
    if arguments.fit:
        weights, bias = fit_weights(arguments.data)
        print(f"weights {np.round(weights, 2).tolist()}, bias {bias:.2f}\n")
    figures = measure_seams(arguments.data, arguments.split)
    print_figures(figures, as_json=False)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
