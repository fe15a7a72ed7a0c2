"""What synthetic dialogues are worth to a state tracker: trained with and without them, scored on real ones."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from streamdial.errors import ConfigurationError
from streamdial.evaluation.state_values import Normaliser, normalise_value
from streamdial.evaluation.states import StateDialogue
from streamdial.evaluation.tracker import LinearTracker, Tracker
from streamdial.evaluation.tracking import TrackingScores, score_states
from streamdial.models import Embedder
from streamdial.records import Dialogue

SHARES = (0.01, 0.05, 0.1, 1.0)
SEEDS = (0, 1, 2)
MEASURES = ("jga", "jga_changing", "f1", "slot_accuracy", "relative_slot_accuracy", "jga_fuzzy", "f1_fuzzy")
REAL = "real"

MakeTracker = Callable[[int], Tracker]
"""Builds an untrained tracker from a seed."""


@dataclass(frozen=True)
class Trial:
    """One way to train, over all seeds.

    Attributes:
        condition: What it was trained on: `real`, `real + filtered`, `filtered`.
        share: Share of the real dialogues it had; 0 where it had none.
        real: Real dialogues it had.
        synthetic: Synthetic dialogues it had.
        seeds: How many seeds.
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
    synthetic: Mapping[str, Sequence[StateDialogue]],
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
        synthetic: Name to set: the filtered one, and others of the same size to compare it with; see
            `draw_subsamples`. An empty set is passed over.
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
    plans: list[tuple[str, float, Sequence[StateDialogue]]] = []
    sets = {name: dialogues for name, dialogues in synthetic.items() if dialogues}
    for share in shares:
        plans.append((REAL, share, ()))
        plans += [(f"{REAL} + {name}", share, dialogues) for name, dialogues in sets.items()]
    plans += [(name, 0.0, dialogues) for name, dialogues in sets.items()]
    trials = []
    for condition, share, added in plans:
        scores = []
        real: list[StateDialogue] = []
        for seed in seeds:
            real = _draw(train, share, seed)
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
            fix="give a real set with states; `split_dialogues` divides it",
        )
    if both := {dialogue.id for dialogue in train} & {dialogue.id for dialogue in test}:
        raise ConfigurationError(
            f"{len(both)} dialogues are trained and scored on, {min(both)} among them.", fix="split by dialogue"
        )
    if wrong := [share for share in shares if not 0 < share <= 1]:
        raise ConfigurationError(f"a share of {wrong[0]} cannot be taken.", fix="give shares above 0, at most 1")
    if not seeds:
        raise ConfigurationError("no seed was given.", fix="give one seed or more")


def draw_subsamples(
    everything: Sequence[Dialogue], size: int, embedder: Embedder, *, seed: int = 0
) -> dict[str, list[str]]:
    """Return ids of two subsamples of the unfiltered dialogues, of the size the filter kept.

    `unfiltered` is drawn at random. `one-sided` drops near-duplicates by one vector for the whole dialogue, both
    sides' words in one text, first come first kept: what SemHash does with a record, with the threshold chosen so that
    as many stay. It sees that two dialogues resemble each other, not that they do so on both sides.

    Args:
        everything: All dialogues that were made.
        size: How many to keep of each; at most all.
        embedder: Gives the vectors.
        seed: Seed of the draw.
    """
    ids = [dialogue.id for dialogue in sorted(everything, key=lambda dialogue: dialogue.id)]
    size = min(size, len(ids))
    drawn = sorted(random.Random(f"{seed}/unfiltered").sample(ids, size))
    return {"unfiltered": drawn, "one-sided": _thin_one_sided(everything, size, embedder)}


def _thin_one_sided(everything: Sequence[Dialogue], size: int, embedder: Embedder) -> list[str]:
    ordered = sorted(everything, key=lambda dialogue: dialogue.id)
    texts = ["\n".join(turn.utterance for turn in dialogue.turns) for dialogue in ordered]
    if not texts:
        return []
    vectors = np.asarray(embedder.embed(texts), dtype=np.float32)
    cosines = vectors @ vectors.T
    low, high = -1.0, 1.0 + 1e-6
    kept = list(range(len(ordered)))
    for _ in range(30):
        middle = (low + high) / 2
        found = _keep_first(cosines, middle)
        # The lowest threshold that keeps enough is the strictest one that can.
        low, high, kept = (low, middle, found) if len(found) >= size else (middle, high, kept)
    return sorted(ordered[place].id for place in kept[:size])


def _keep_first(cosines: np.ndarray[Any, np.dtype[np.float32]], threshold: float) -> list[int]:
    kept: list[int] = []
    for place in range(len(cosines)):
        if not kept or float(cosines[place, kept].max()) < threshold:
            kept.append(place)
    return kept


def render_protocol(trials: Sequence[Trial], *, measures: Sequence[str] = ("jga", "jga_changing", "f1")) -> str:
    """Return trials as a Markdown table: mean ± deviation in percent."""
    heads = ["trained on", "real", "synthetic", *(name.replace("_", " ") for name in measures)]
    lines = [f"| {' | '.join(heads)} |", f"| --- | ---: | ---: |{' ---: |' * len(measures)}"]
    for trial in trials:
        real = f"{trial.real} ({trial.share:.0%})" if trial.share else "–"
        cells = [_format(trial.means[name], trial.deviations[name]) for name in measures]
        lines.append(f"| {' | '.join([trial.condition, real, str(trial.synthetic or '–'), *cells])} |")
    return "\n".join(lines) + "\n"


def _format(mean: float | None, deviation: float | None) -> str:
    if mean is None:
        return "n/a"
    return f"{100 * mean:.1f}" + (f" ± {100 * deviation:.1f}" if deviation is not None else "")
