"""The state tracking protocol: a tracker trained with and without synthetic dialogues, scored on real ones."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from streamdial.errors import ConfigurationError
from streamdial.evaluation.dst.linear_tracker import LinearTracker, Tracker
from streamdial.evaluation.dst.scores import TrackingScores, score_states
from streamdial.evaluation.dst.states import StateDialogue
from streamdial.evaluation.dst.values import Normaliser, normalise_value

SHARES = (0.01, 0.05, 0.1, 1.0)
SEEDS = (0, 1, 2)
MEASURES = ("jga", "jga_changing", "f1", "slot_accuracy", "relative_slot_accuracy", "jga_fuzzy", "f1_fuzzy")
REAL = "real"

MakeTracker = Callable[[int], Tracker]
"""Builds an untrained tracker from a seed."""
Synthetic = Mapping[str, Sequence[StateDialogue]]
"""Name to set."""


@dataclass(frozen=True)
class Trial:
    """One way to train, over all seeds.

    Attributes:
        condition: What it was trained on: `real`, `real + filtered`, `filtered`.
        share: Share of the real dialogues it had; 0 where it had none.
        real: Real dialogues it had.
        synthetic: Synthetic dialogues it had; of the last seed, where seeds draw their own.
        seeds: How many seeds had something to train on.
        means: Mean of each measure; None where a seed had no value.
        deviations: Standard deviation over the seeds (of a sample); None with one seed.
    """

    condition: str
    share: float
    real: int
    synthetic: int
    seeds: int
    means: dict[str, float | None]
    deviations: dict[str, float | None]

    def to_dict(self) -> dict[str, Any]:
        """Return the trial as JSON values."""
        return asdict(self)


def run_protocol(
    train: Sequence[StateDialogue],
    test: Sequence[StateDialogue],
    synthetic: Synthetic | Callable[[int], Synthetic],
    slots: Sequence[str],
    *,
    make: MakeTracker | None = None,
    normalise: Normaliser = normalise_value,
    shares: Sequence[float] = SHARES,
    seeds: Sequence[int] = SEEDS,
    report: Callable[[Trial], None] | None = None,
) -> list[Trial]:
    """Train a tracker on each mixture and score it on real dialogues it has not seen.

    For each share of the real dialogues: those alone, then with each synthetic set. Then each synthetic set alone. A
    seed draws its own part of the real dialogues, the same for all mixtures, and seeds the tracker.

    Args:
        train: Real dialogues to train on.
        test: Real dialogues to score on.
        synthetic: Name to set: the filtered one, and others of the same size to compare it with; or a function that
            draws them by a seed, see `draw_subsamples`. An empty set is passed over.
        slots: The schema.
        make: Builds a tracker; the linear one by default.
        normalise: How values are made comparable.
        shares: Shares of the real dialogues, each above 0 and at most 1; at least one dialogue is taken.
        seeds: Seeds.
        report: Called with each trial as it is done.

    Raises:
        ConfigurationError: If there is nothing to train or score on, a share cannot be taken, or a dialogue is both
            trained and scored on.
    """
    _check(train, test, shares, seeds)
    build = make or (lambda seed: LinearTracker(normalise=normalise, seed=seed))
    drawn = {seed: synthetic(seed) if callable(synthetic) else synthetic for seed in seeds}
    names = list(dict.fromkeys(name for sets in drawn.values() for name, dialogues in sets.items() if dialogues))
    plans: list[tuple[str, float, str]] = []
    for share in shares:
        plans += [(REAL, share, ""), *((f"{REAL} + {name}", share, name) for name in names)]
    plans += [(name, 0.0, name) for name in names]
    trials = []
    for condition, share, name in plans:
        scores = []
        real: Sequence[StateDialogue] = ()
        added: Sequence[StateDialogue] = ()
        for seed in seeds:
            real, added = _draw(train, share, seed), drawn[seed].get(name, ())
            if not real and not added:
                continue  # this seed drew nothing that can be trained on
            tracker = build(seed)
            tracker.fit([*real, *added])
            scores.append(score_states(test, [tracker.predict(d) for d in test], slots, normalise=normalise))
        trial = summarise_trial(condition, share, len(real), len(added), scores)
        trials.append(trial)
        if report:
            report(trial)
    return trials


def summarise_trial(condition: str, share: float, real: int, synthetic: int, scores: Sequence[TrackingScores]) -> Trial:
    """Return mean and deviation of scores over seeds as a trial."""
    means: dict[str, float | None] = {}
    deviations: dict[str, float | None] = {}
    for name in MEASURES:
        found = [value for score in scores if (value := getattr(score, name)) is not None]
        whole = len(found) == len(scores)
        means[name] = statistics.fmean(found) if found and whole else None
        deviations[name] = statistics.stdev(found) if whole and len(found) > 1 else None
    return Trial(condition, share, real, synthetic, len(scores), means, deviations)


def _draw(train: Sequence[StateDialogue], share: float, seed: int) -> list[StateDialogue]:
    if not share:
        return []
    shuffled = random.Random(f"{seed}/real").sample(list(train), len(train))
    return shuffled[: max(1, round(share * len(train)))]


def _check(
    train: Sequence[StateDialogue], test: Sequence[StateDialogue], shares: Sequence[float], seeds: Sequence[int]
) -> None:
    if not train or not test:
        raise ConfigurationError(
            f"there are {len(train)} real dialogues to train on and {len(test)} to score on.",
            fix="give a set of real dialogues with states, enough to be split",
        )
    if both := {dialogue.id for dialogue in train} & {dialogue.id for dialogue in test}:
        raise ConfigurationError(
            f"{len(both)} dialogues are trained and scored on, {min(both)} among them.", fix="split by dialogue"
        )
    if wrong := [share for share in shares if not 0 < share <= 1]:
        raise ConfigurationError(f"a share of {wrong[0]} cannot be taken.", fix="give shares above 0, at most 1")
    if not seeds:
        raise ConfigurationError("no seed was given.", fix="give one seed or more")


SHOWN = ("jga", "jga_changing", "f1", "relative_slot_accuracy", "jga_fuzzy")
"""Measures of the table; the JSON has all."""


def list_cells(trials: Sequence[Trial], measures: Sequence[str] = SHOWN) -> list[list[str]]:
    """Return trials as the cells of a table, the heading first: mean ± deviation in percent."""
    rows = [["trained on", "real", "synthetic", *(name.replace("_", " ") for name in measures)]]
    for trial in trials:
        real = f"{trial.real} ({trial.share:.0%})" if trial.share else str(trial.real or "–")
        cells = [_format(trial.means[name], trial.deviations[name]) for name in measures]
        rows.append([trial.condition, real, str(trial.synthetic or "–"), *cells])
    return rows


def render_protocol(trials: Sequence[Trial], *, measures: Sequence[str] = SHOWN) -> str:
    """Return trials as a Markdown table: mean ± deviation in percent."""
    heads, *rows = ["| " + " | ".join(cells) + " |" for cells in list_cells(trials, measures)]
    return "\n".join([heads, f"| --- | ---: | ---: |{' ---: |' * len(measures)}", *rows]) + "\n"


def _format(mean: float | None, deviation: float | None) -> str:
    if mean is None:
        return "n/a"
    return f"{100 * mean:.1f}" + (f" ± {100 * deviation:.1f}" if deviation is not None else "")
