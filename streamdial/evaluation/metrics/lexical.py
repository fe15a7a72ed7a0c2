"""Lexical diversity beside MTLD: MATTR, HD-D and Yule's K, none of which falls with the length of a text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from streamdial.evaluation.dialogues import EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.evaluation.metrics.mtld import measure_texts
from streamdial.records import Language

WINDOW = 50
"""Tokens of a window of MATTR."""
DRAWN = 42
"""Tokens of a sample of HD-D (McCarthy and Jarvis 2007)."""


def compute_mattr(tokens: Sequence[str], *, window: int = WINDOW) -> float | None:
    """Return the moving-average type-token ratio: the mean over all windows of a size (Covington and McFall 2010).

    Args:
        tokens: The text.
        window: Tokens of a window.

    Returns:
        The mean share of different tokens; None where the text is shorter than a window.
    """
    if len(tokens) < window:
        return None
    counts = Counter(tokens[:window])
    summed = len(counts)
    for gone, come in zip(tokens, tokens[window:], strict=False):
        counts[gone] -= 1
        if not counts[gone]:
            del counts[gone]
        counts[come] += 1
        summed += len(counts)
    return summed / window / (len(tokens) - window + 1)


def compute_hdd(tokens: Sequence[str], *, drawn: int = DRAWN) -> float | None:
    """Return HD-D: the type-token ratio to expect of a random sample (McCarthy and Jarvis 2007).

    By the hypergeometric distribution: each type adds the probability that it is in a sample drawn without putting
    back, divided by the tokens of the sample.

    Args:
        tokens: The text.
        drawn: Tokens of the sample.

    Returns:
        The expected share, 1 where no token comes twice; None where the text is shorter than the sample.
    """
    whole = len(tokens)
    if whole < drawn:
        return None
    samples = math.comb(whole, drawn)
    return sum(1 - math.comb(whole - count, drawn) / samples for count in Counter(tokens).values()) / drawn


def compute_yule_k(tokens: Sequence[str]) -> float | None:
    """Return Yule's characteristic K: how likely two tokens are the same word, times 10,000 (Yule 1944).

    Returns:
        K = 10,000 (sum of squared counts - N) / N²: 0 where no token comes twice, more where few words are used again
        and again; None without a text.
    """
    whole = len(tokens)
    if not whole:
        return None
    return 10_000 * (sum(count * count for count in Counter(tokens).values()) - whole) / whole**2


def measure_lexical(talks: Sequence[EvaluatedDialogue], language: Language, *, seed: int = 7) -> list[Statistic]:
    """Return the means of the three over dialogues, both sides together, with their intervals.

    Dialogues of fewer than 50 tokens are left out and told.
    """
    measures = {
        "mattr": (compute_mattr, "share of the window"),
        "hd_d": (compute_hdd, "share of the sample"),
        "yule_k": (compute_yule_k, "repeats per 10,000 pairs"),
    }
    return measure_texts(measures, talks, language, seed=seed)
