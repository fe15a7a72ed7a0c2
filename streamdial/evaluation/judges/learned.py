"""A learned judge: a small regression fitted from scores of judges or people, saved as JSON and used as a metric."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from streamdial.errors import ConfigurationError
from streamdial.evaluation.dialogues import EvaluatedDialogue
from streamdial.evaluation.metrics.agreement import compute_correlation, compute_kappa
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.evaluation.metrics.style_metrics import count_longest_farewell, is_question
from streamdial.files import read_json, write_json
from streamdial.records import FrozenModel, Role

LEAST = 20
"""Scored dialogues from which on a judge of a field is fitted."""
FOLDS = 5
SECTION = "Learned judge"


class Scored(NamedTuple):
    """A score that somebody gave a side of a dialogue."""

    talk: EvaluatedDialogue
    side: Role
    criterion: str
    score: float


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else 0.0


_FEATURES: Mapping[str, Callable[[EvaluatedDialogue, Role, list[str], list[list[str]]], float]] = {
    "turns": lambda talk, side, said, tokens: float(len(talk.turns)),
    "length": lambda talk, side, said, tokens: _mean(len(one) for one in tokens),
    "spread": lambda talk, side, said, tokens: float(np.std([len(one) for one in tokens])) if tokens else 0.0,
    "share": lambda talk, side, said, tokens: sum(map(len, tokens)) / max(sum(map(len, talk.tokens)), 1),
    "types": lambda talk, side, said, tokens: (
        len({token for one in tokens for token in one}) / max(sum(map(len, tokens)), 1)
    ),
    "questions": lambda talk, side, said, tokens: _mean(is_question(text) for text in said),
    "figures": lambda talk, side, said, tokens: _mean(any(mark.isdigit() for mark in text) for text in said),
    "repeats": lambda talk, side, said, tokens: 1 - len(set(said)) / max(len(said), 1),
    "openings": lambda talk, side, said, tokens: len({tuple(one[:2]) for one in tokens}) / max(len(tokens), 1),
    "taken_up": lambda talk, side, said, tokens: _mean(_list_taken_up(talk, side)),
    "farewells": lambda talk, side, said, tokens: float(count_longest_farewell(talk)),
}
"""What a judge sees of a side; of words alone, so that every set has it."""


def _list_taken_up(talk: EvaluatedDialogue, side: Role) -> list[float]:
    """Return the share of its words that each turn of a side takes up from the turn before."""
    return [
        len(set(own) & set(before)) / len(set(own))
        for before, own, turn in zip(talk.tokens, talk.tokens[1:], talk.turns[1:], strict=False)
        if turn.role == side and own
    ]


def list_features(talk: EvaluatedDialogue, side: Role) -> list[float]:
    """Return what a judge sees of one side of a dialogue, a number a feature."""
    chosen = [(turn.utterance, said) for turn, said in zip(talk.turns, talk.tokens, strict=True) if turn.role == side]
    texts, tokens = [text for text, _ in chosen], [said for _, said in chosen]
    return [float(measure(talk, side, texts, tokens)) for measure in _FEATURES.values()]


class FieldJudge(FrozenModel):
    """What was learnt of one criterion and side: score = bias + weights · (features - means) / scales."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    bias: float
    scores: int
    """Scored dialogues it was fitted from."""
    spearman: float | None
    """Rank correlation with the scores, of dialogues it had not seen."""
    kappa: float | None
    """Cohen's kappa, quadratic, of the rounded scores, likewise."""


class LearnedJudge(FrozenModel):
    """Judges by field, `coherence_user`."""

    features: tuple[str, ...]
    fields: dict[str, FieldJudge]

    def score(self, talk: EvaluatedDialogue, field: str) -> float:
        """Return the score of a side of a dialogue, 1 to 5.

        Args:
            talk: The dialogue.
            field: Criterion and side.
        """
        judge = self.fields[field]
        side: Role = "user" if field.endswith("_user") else "agent"
        seen = (np.asarray(list_features(talk, side)) - judge.means) / judge.scales
        return float(np.clip(judge.bias + seen @ np.asarray(judge.weights), 1, 5))


def fit_judge(scored: Iterable[Scored], *, seed: int = 7) -> LearnedJudge:
    """Return a judge learnt from scores; a field with fewer than 20 dialogues, or one score alone, is left out.

    Several scores of one dialogue are averaged. Ridge regression over standardised features, its strength chosen by
    leave-one-out; agreement is that of dialogues in folds it was not fitted on.

    Args:
        scored: Scores of judges or people.
        seed: Seed of the folds.

    Raises:
        ConfigurationError: If nothing can be learnt from them.
    """
    by_field: dict[str, dict[str, list[Scored]]] = defaultdict(lambda: defaultdict(list))
    for one in scored:
        by_field[f"{one.criterion}_{one.side}"][one.talk.id].append(one)
    fields = {}
    for field, talks in sorted(by_field.items()):
        scores = np.asarray([fmean(one.score for one in given) for given in talks.values()])
        if len(talks) >= LEAST and len(set(scores)) > 1:
            seen = np.asarray([list_features(given[0].talk, given[0].side) for given in talks.values()])
            fields[field] = _fit_field(seen, scores, seed)
    if not fields:
        most = max(map(len, by_field.values()), default=0)
        raise ConfigurationError(
            f"no judge can be learnt: the field with most scores has {most} dialogues.",
            fix=f"have {LEAST} or more scored, with more than one score among them",
        )
    return LearnedJudge(features=tuple(_FEATURES), fields=fields)


def _fit_field(seen: NDArray[np.float64], scores: NDArray[np.float64], seed: int) -> FieldJudge:
    # Half a second to import; scoring needs none of it.
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(-1, 4, 11)))
    told = np.clip(cross_val_predict(model, seen, scores, cv=KFold(FOLDS, shuffle=True, random_state=seed)), 1, 5)
    model.fit(seen, scores)
    scaler, ridge = model[0], model[1]
    return FieldJudge(
        weights=tuple(map(float, ridge.coef_)),
        means=tuple(map(float, scaler.mean_)),
        scales=tuple(map(float, scaler.scale_)),
        bias=float(ridge.intercept_),
        scores=len(scores),
        spearman=compute_correlation(list(map(float, told)), list(map(float, scores)), "spearman"),
        kappa=compute_kappa(list(np.rint(told)), list(np.rint(scores)), weights="quadratic"),
    )


def list_votes(judged: Mapping[str, Any], talks: Mapping[str, EvaluatedDialogue]) -> list[Scored]:
    """Return the combined ratings of a panel.

    Args:
        judged: What `Panel.to_dict` told.
        talks: The dialogues, by what they are called in it.
    """
    return [
        Scored(talks[entry["subjects"][0]], entry["side"], entry["criterion"], float(entry["value"]))
        for entry in judged.get("answers", ())
        if entry["kind"] == "rating" and entry["value"] is not None and entry["subjects"][0] in talks
    ]


def write_judge(judge: LearnedJudge, path: Path) -> Path:
    """Write a judge as JSON."""
    return write_json(path, judge.model_dump(mode="json"))


def read_judge(path: Path) -> LearnedJudge:
    """Read a judge.

    Raises:
        ConfigurationError: If the file is none, or one of other features than this version knows.
    """
    try:
        judge = LearnedJudge.model_validate(read_json(path))
    except (OSError, ValueError, ValidationError) as error:
        raise ConfigurationError(
            f"no learned judge can be read ({type(error).__name__}).", fix="write one with --fit-judge", where=str(path)
        ) from error
    if judge.features != tuple(_FEATURES):
        raise ConfigurationError(
            "the judge was learnt by another version.", fix="learn it anew with --fit-judge", where=str(path)
        )
    return judge


def measure_learned(judge: LearnedJudge, talks: Sequence[EvaluatedDialogue], *, seed: int = 7) -> list[Statistic]:
    """Return the mean score of each field over dialogues, with how far the judge agrees with whom it learnt from."""
    figures = []
    for field, one in judge.fields.items():
        rho, kappa = ("n/a" if value is None else f"{value:.2f}" for value in (one.spearman, one.kappa))
        basis = f"learnt from {one.scores:,} dialogues; unseen: rho {rho}, kappa {kappa}"
        figure = Statistic(f"{field}_learned", None, unit="score 1-5", section=SECTION, basis=basis)
        figures += measure_ratios(
            [Ratio(figure, [judge.score(t, field) for t in talks], [1.0] * len(talks))], seed=seed
        )
    return figures
