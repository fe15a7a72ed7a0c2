"""Runs the state tracking protocol from paths and names: read, split, train, ask, write."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from streamdial.counts import Counts
from streamdial.evaluation.dst.baselines import LookupTracker, MajorityTracker
from streamdial.evaluation.dst.material import (
    Material,
    TrackingOptions,
    collect_material,
    describe_material,
    list_drops,
)
from streamdial.evaluation.dst.prompted_tracker import run_prompted_protocol
from streamdial.evaluation.dst.protocol import Trial, render_protocol, run_protocol
from streamdial.evaluation.dst.sets import read_made
from streamdial.evaluation.model_pool import open_models
from streamdial.files import write_atomically, write_json
from streamdial.records import Language

logger = logging.getLogger("streamdial.progress")


@dataclass(frozen=True)
class Tracking:
    """What the protocol found.

    Attributes:
        name: Name of the set trained on beside the real ones; empty for none.
        real: Names of the real sets.
        train: Real dialogues that could be trained on.
        test: Real dialogues that were scored on.
        slots: Slots that were scored.
        language: Language of all of them.
        trials: The table: baselines, mixtures, models.
        notes: Sentences for people.
    """

    name: str
    real: tuple[str, ...]
    train: int
    test: int
    slots: tuple[str, ...]
    language: Language
    trials: tuple[Trial, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {**vars(self), "trials": [trial.to_dict() for trial in self.trials]}

    def describe(self) -> str:
        """Return what was trained and scored on, as a sentence."""
        return (
            f"{self.train} real dialogues to train on and {self.test} to score on, of {', '.join(self.real)}"
            f" ({self.language}), {len(self.slots)} slots: {', '.join(self.slots)}."
        )


async def run_tracking(options: TrackingOptions) -> tuple[Tracking, list[Path]]:
    """Run the protocol: baselines, the linear tracker on every mixture, then models by prompt.

    Args:
        options: What to do.

    Returns:
        What was found and the files written.

    Raises:
        ConfigurationError: If a set, a pack or a model cannot be used, or nothing is left to train or score on.
        ModelError: If a call fails, or the budget of the models is used up.
    """
    counts = {part: Counts(part) for part in ("real", "test", "made")}
    made = read_made(Path(options.folder), counts["made"]) if options.folder else None
    notes: list[str] = []
    material = collect_material(options, made, counts, notes)
    output = find_tracking_output(options)
    async with open_models(
        options.models,
        api_base=options.api_base,
        cache_file=output.parent / "tracking_calls.sqlite" if output else None,
        max_tokens=options.max_tokens,
        max_cost=options.max_cost,
    ) as models:
        trials = [*_run_baselines(material, options), *_run_mixtures(material, options)]
        for model in models.cached:
            found, misses = await run_prompted_protocol(
                model,
                material.train,
                material.test,
                describe_material(material),
                shots=options.shots,
                seeds=options.seeds,
                normalise=material.normalise,
            )
            trials += found
            notes.append(
                f"{model.model_id}: of {misses.turns} turns, {misses.unusable} answers could not be read and left the"
                f" state as it was; {misses.unknown_slots} changes were of slots that are not in the schema"
            )
    notes += [f"{part}: {told}" for part, report in counts.items() if (told := list_drops(report))]
    real = tuple(dict.fromkeys(Path(path).resolve().name for path in (*options.real, *options.test)))
    tracking = Tracking(
        name=made.name if made else "",
        real=real,
        train=len(material.train),
        test=len(material.test),
        slots=material.slots,
        language=material.language,
        trials=tuple(trials),
        notes=tuple(notes),
    )
    return tracking, _write(tracking, output) if output else []


def find_tracking_output(options: TrackingOptions) -> Path | None:
    """Return the file of the figures; None where they are only shown."""
    if options.json_path:
        return Path(options.json_path)
    if options.folder is None:
        return None
    folder = Path(options.folder)
    ours = (folder / "run.json").is_file() or (folder / "sessions").is_dir()
    return folder / "evaluation" / "tracking.json" if ours else None


def _run_baselines(material: Material, options: TrackingOptions) -> list[Trial]:
    """Return what looks at nothing, and what looks known values up, both with all real dialogues."""
    trials = []
    for name, kind in (("constant state", MajorityTracker), ("look-up", LookupTracker)):
        (trial,) = run_protocol(
            material.train,
            material.test,
            {},
            material.slots,
            make=lambda seed, kind=kind: kind(normalise=material.normalise),  # type: ignore[misc]
            normalise=material.normalise,
            shares=(1.0,),
            seeds=options.seeds[:1],
        )
        trials.append(replace(trial, condition=name))
    return trials


def _run_mixtures(material: Material, options: TrackingOptions) -> list[Trial]:
    def report(trial: Trial) -> None:
        jga = trial.means["jga"]
        told = f"{trial.condition}, {trial.share:.0%} of the real dialogues" if trial.share else trial.condition
        logger.info("tracking: %s: JGA %s", told, "n/a" if jga is None else f"{jga:.3f}")

    return run_protocol(
        material.train,
        material.test,
        material.synthetic,
        material.slots,
        normalise=material.normalise,
        shares=options.shares,
        seeds=options.seeds,
        report=report,
    )


def _write(tracking: Tracking, path: Path) -> list[Path]:
    table = path.with_suffix(".md")
    title = f"{tracking.name} for tracking {', '.join(tracking.real)}" if tracking.name else ", ".join(tracking.real)
    notes = "".join(f"- {note}\n" for note in tracking.notes)
    write_json(path, tracking.to_dict())
    text = f"# State tracking: {title}\n\n{tracking.describe()} Percent, mean ± deviation over seeds.\n\n"
    write_atomically(table, text + render_protocol(tracking.trials) + (f"\n## Notes\n\n{notes}" if notes else ""))
    return [path, table]
