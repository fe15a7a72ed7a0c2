"""MTLD: how many tokens a text goes on before its words begin to repeat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from streamdial.evaluation.dialogues import UNITS, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Language

THRESHOLD = 0.72
MIN_TOKENS = 50
"""Shorter texts have no stable figure (McCarthy and Jarvis 2010, section 4)."""


def compute_mtld(tokens: Sequence[str], *, threshold: float = THRESHOLD) -> float | None:
    """Return the measure of textual lexical diversity, the mean of both directions (McCarthy and Jarvis 2010).

    A factor is a stretch of text whose type-token ratio has come down to the threshold; the rest at the end counts by
    how far it has come. MTLD is tokens a factor.

    Args:
        tokens: The text.
        threshold: Type-token ratio that ends a factor.

    Returns:
        The mean length of a factor in tokens; None where no word comes twice, or there is no text.
    """
    factors = [_count_factors(tokens, threshold), _count_factors(tokens[::-1], threshold)]
    if not tokens or not all(factors):
        return None
    return sum(len(tokens) / count for count in factors) / 2


def _count_factors(tokens: Sequence[str], threshold: float) -> float:
    factors = 0.0
    types: set[str] = set()
    count = 0
    for token in tokens:
        types.add(token)
        count += 1
        if len(types) <= threshold * count:
            factors += 1
            types.clear()
            count = 0
    if count:
        factors += (1 - len(types) / count) / (1 - threshold)
    return factors


def measure_mtld(talks: Sequence[EvaluatedDialogue], language: Language, *, seed: int = 7) -> Statistic:
    """Return the mean MTLD of dialogues, both sides together in the order they speak, with its interval.

    Dialogues of fewer than 50 tokens, or without a word that comes twice, are left out and told.
    """
    return measure_texts({"mtld": (compute_mtld, f"{UNITS[language]}s")}, talks, language, seed=seed)[0]


def measure_texts(
    measures: Mapping[str, tuple[Callable[[Sequence[str]], float | None], str]],
    talks: Sequence[EvaluatedDialogue],
    language: Language,
    *,
    seed: int = 7,
) -> list[Statistic]:
    """Return means over dialogues of what is computed from the tokens of a whole dialogue, with their intervals.

    Args:
        measures: By name: what computes a figure (None where it has none), and its unit.
        talks: The dialogues; those of fewer than 50 tokens are left out and told.
        language: Their language.
        seed: Seed of the resamples.
    """
    texts = [[token for turn in talk.tokens for token in turn] for talk in talks]
    figures = []
    for name, (compute, unit) in measures.items():
        values = [compute(tokens) for tokens in texts if len(tokens) >= MIN_TOKENS]
        found = [value for value in values if value is not None]
        if not found:
            reason = f"no dialogue of {MIN_TOKENS} {UNITS[language]}s or more"
            figures.append(Statistic(name, None, unit=unit, language=language, reason=reason))
            continue
        basis = f"{len(found):,} of {len(talks):,} dialogues"
        figure = Statistic(name, None, unit=unit, language=language, basis=basis)
        figures += measure_ratios([Ratio(figure, found, [1.0] * len(found))], seed=seed)
    return figures
