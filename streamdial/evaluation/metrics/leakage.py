"""Leakage: long runs of source text, and personal data, which must not be in a set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.privacy import find_personal_data
from streamdial.records import Language, Turn
from streamdial.text import tokenize

RUN: Mapping[Language, int] = {"en": 13, "zh": 20}
"""Tokens in a row that are taken over and not alike by chance: 13 words (Brown et al. 2020, appendix C), 20 characters.
"""


def list_runs(tokens: Sequence[str], length: int) -> Iterable[tuple[str, ...]]:
    """Return the runs of tokens of a length, in order; none of a shorter text."""
    return zip(*(tokens[shift:] for shift in range(length)), strict=False)


def collect_runs(texts: Iterable[str], language: Language) -> set[tuple[str, ...]]:
    """Return all runs of texts that count as taken over."""
    return {run for text in texts for run in list_runs(tokenize(text), RUN[language])}


def has_run(tokens: Sequence[str], runs: set[tuple[str, ...]], language: Language) -> bool:
    """Tell whether a text shares a run with others."""
    return any(run in runs for run in list_runs(tokens, RUN[language]))


def measure_source_overlap(known: DialogueSet, *, seed: int = 7) -> list[Statistic]:
    """Return the share of turns with a run of 13 words or 20 characters of the source, and of those not taken from it.

    `source_overlap` counts all turns, real lines too, which are meant to be the source's; `source_overlap_worded` those
    that a model or a template worded.

    Args:
        known: The set; its evidence is the source.
        seed: Seed of the resamples.
    """
    figures = [
        Statistic("source_overlap", None, unit="share of turns"),
        Statistic("source_overlap_worded", None, unit="share of worded turns"),
    ]
    if not known.evidence:
        return [Statistic(figure.name, None, unit=figure.unit, reason="no source text") for figure in figures]
    runs = {language: collect_runs(known.evidence.values(), language) for language in known.languages}
    rows = []
    for talk in known.talks:
        found = [has_run(said, runs[talk.language], talk.language) for said in talk.tokens]
        worded = [_is_worded(turn) for turn in talk.turns]
        both = sum(taken and own for taken, own in zip(found, worded, strict=True))
        rows.append((sum(found), len(found), both, sum(worded)))
    taken, turns, copied, own = zip(*rows, strict=True) if rows else ((), (), (), ())
    missing = "no turn was worded by a model or a template"
    return measure_ratios(
        [Ratio(figures[0], taken, turns), Ratio(figures[1], copied, own, missing)],
        seed=seed,
    )


def _is_worded(turn: Turn) -> bool:
    return turn.realisation in ("model", "template", "direct")


def measure_shared_runs(
    own: Sequence[EvaluatedDialogue], other: Sequence[EvaluatedDialogue], *, seed: int = 7
) -> Statistic:
    """Return the share of dialogues that share a run of 13 words or 20 characters with another set.

    Args:
        own: Dialogues of the set.
        other: Dialogues of the other.
        seed: Seed of the resamples.
    """
    runs: dict[Language, set[tuple[str, ...]]] = {"en": set(), "zh": set()}
    for talk in other:
        for said in talk.tokens:
            runs[talk.language].update(list_runs(said, RUN[talk.language]))
    hits = [any(has_run(said, runs[talk.language], talk.language) for said in talk.tokens) for talk in own]
    figure = Statistic("shared_with_other", None, unit="share of dialogues")
    return measure_ratios([Ratio(figure, hits, [1] * len(own))], seed=seed)[0]


def measure_personal_data(talks: Sequence[EvaluatedDialogue], *, seed: int = 7) -> Statistic:
    """Return the share of turns in which personal data is found; an agent may tell where the shop is."""

    @cache  # many turns are the same in many dialogues
    def has_any(text: str, public: bool) -> bool:
        return bool(find_personal_data(text, keep_public_addresses=public))

    hits = [sum(has_any(turn.utterance, turn.role == "agent") for turn in talk.turns) for talk in talks]
    figure = Statistic("personal_data", None, unit="share of turns")
    return measure_ratios([Ratio(figure, hits, [len(talk.turns) for talk in talks])], seed=seed)[0]
