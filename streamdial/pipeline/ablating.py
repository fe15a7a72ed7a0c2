"""What each part is worth: the same run without one of them, and baselines, measured side by side."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field

from streamdial.errors import NothingLeftError
from streamdial.evaluation import EvaluationOptions, Tracking, TrackingOptions, run_evaluation, run_tracking
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.evaluation.tables import format_value, name_statistic
from streamdial.files import write_atomically, write_json
from streamdial.options import Named
from streamdial.pipeline.pipeline import Pipeline
from streamdial.pipeline.run import words_turns
from streamdial.pipeline.settings import Part, RunSettings
from streamdial.pipeline.source_settings import Group
from streamdial.pipeline.workspace import Workspace

logger = logging.getLogger("streamdial.progress")

AblationCondition = Literal[
    "full",
    "no_blueprint",
    "no_retrieval",
    "no_persona",
    "no_storyline",
    "no_filter",
    "templates_alone",
    "personas_alone",
    "one_prompt",
]
CONDITIONS: tuple[AblationCondition, ...] = get_args(AblationCondition)
LEFT_OUT: Mapping[str, tuple[Part, ...]] = {
    "no_blueprint": ("blueprint",),
    "no_retrieval": ("retrieval",),
    "no_persona": ("persona",),
    "no_storyline": ("storyline",),
    "templates_alone": ("blueprint", "retrieval", "persona", "storyline", "phrases"),
    "personas_alone": ("blueprint", "retrieval", "storyline"),
    "one_prompt": ("blueprint", "retrieval", "storyline"),
}
"""What the run of each condition does without."""
MEASURES = (
    "distinct_2",
    "self_bleu_4",
    "duplicates_at_0.9",
    "vendi",
    "mtld",
    "forms_in_3plus",
    "reaction_share",
    "own_question_share",
    "stream_share_agent",
    "accept_without_offer",
    "dropout_without_cause",
    "covered_paths",
    "covered_strategies",
    "attributes_recovered",
    "wishes_said",
    "claims_supported",
)
"""Measures of the table; the JSON has all."""
OWN_CACHES = ("sides",)
"""What of a run's cache belongs to its own dialogues; the next condition need not pay for the rest again."""


class Ablation(Group):
    """Which conditions are compared, and by what."""

    conditions: Annotated[tuple[AblationCondition, ...], Named("conditions", "--condition")] = Field(
        default=CONDITIONS, description="Condition that is made and measured; all by default."
    )
    real: tuple[str, ...] = Field(
        default=(), description="File or folder of a public set with states, for a tracker trained with each condition."
    )
    scored: Literal["real", "both"] = Field(
        default="both",
        description="Slots that are tracked: all the real dialogues fill, or those both sides fill.",
    )
    tracked_shares: Annotated[tuple[float, ...], Named("tracked_shares", "--share")] = Field(
        default=(0.05, 1.0), description="Shares of the real dialogues the tracker is trained on."
    )
    tracked_seeds: int = Field(default=5, ge=1, description="Seeds of the tracker.")
    judges: Annotated[tuple[str, ...], Named("judges", "--judge")] = Field(
        default=(), description="Model that scores a sample of each condition on the six dimensions."
    )
    judged: int = Field(default=20, ge=1, description="Dialogues of each condition that judges read.")
    judge_api_base: str | None = Field(default=None, description="Address of the judges' endpoint.")


class AblationSettings(RunSettings):
    """Settings of `streamdial ablate`: those of a run, and what is compared."""

    COMMAND: ClassVar[str] = "ablate"
    ORDER: ClassVar[tuple[str, ...]] = (*RunSettings.ORDER, "ablation")

    ablation: Ablation = Field(
        default=Ablation(), title="Ablation", description="Which conditions are compared, and by what."
    )


@dataclass(frozen=True)
class ConditionResult:
    """What one condition gave.

    Attributes:
        name: The condition.
        made: Usable dialogues that were made.
        kept: Those the filter kept, which are measured.
        figures: Every measure, by its key.
        tracked: Share of the real dialogues to (mean, deviation) of the joint goal accuracy of a tracker trained on
            them and this set.
    """

    name: str
    made: int
    kept: int
    figures: Mapping[str, Statistic] = field(default_factory=dict)
    tracked: Mapping[float, tuple[float | None, float | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class AblationResult:
    """The comparison.

    Attributes:
        results: One for each condition, the full run first where it is among them.
        real: The tracker's figures with the real dialogues alone, by share.
        notes: Sentences for people.
    """

    results: tuple[ConditionResult, ...]
    real: Mapping[float, tuple[float | None, float | None]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def render(self) -> str:
        """Return the table as Markdown: a row a measure, a column a condition."""
        names = [result.name for result in self.results]
        rows = [["measure", *(name.replace("_", " ") for name in names)]]
        rows.append(["dialogues made", *(str(result.made) for result in self.results)])
        rows.append(["kept by the filter", *(str(result.kept) for result in self.results)])
        for key in _list_keys(self.results):
            figures = [result.figures.get(key) for result in self.results]
            known = next(figure for figure in figures if figure is not None)
            rows.append([name_statistic(known), *(format_value(one) if one else "n/a" for one in figures)])
        for share in self.real:
            cells = [_write_tracked(result.tracked.get(share)) for result in self.results]
            rows.append([f"tracker's JGA, with {share:.0%} real ({_write_tracked(self.real[share])} alone)", *cells])
        heads, *body = ["| " + " | ".join(row) + " |" for row in rows]
        rule = f"| --- |{' ---: |' * len(names)}"
        notes = "".join(f"\n- {note}" for note in self.notes)
        return "\n".join([heads, rule, *body]) + "\n" + (f"{notes}\n" if notes else "")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        results = [
            {
                **{key: value for key, value in vars(one).items() if key not in ("figures", "tracked")},
                "figures": {key: asdict(figure) for key, figure in one.figures.items()},
                "tracked": {str(share): pair for share, pair in one.tracked.items()},
            }
            for one in self.results
        ]
        return {
            "results": results,
            "real": {str(share): pair for share, pair in self.real.items()},
            "notes": self.notes,
        }


async def run_ablation(settings: AblationSettings) -> tuple[AblationResult, list[Path]]:
    """Make the same run under each condition, measure each set, and write the comparison.

    Seeds, size and sources are the same; each condition lies in a folder of its own below `out`, and one that is
    finished is not made again. Model calls of ingestion and personas are paid for once. `no_filter` is as many
    dialogues as the full run kept, taken as they come.

    Args:
        settings: The run and what is compared.

    Returns:
        The comparison, and the files written: `ablation.md` and `ablation.json`.

    Raises:
        ConfigurationError: If a setting is wrong; a condition without a usable dialogue is told in the notes.
        ModelError: If a model fails for good.
    """
    root, asked = Path(settings.out), settings.ablation
    plain = RunSettings.model_validate(settings.model_dump(exclude={"ablation"}, exclude_unset=True))
    results: list[ConditionResult] = []
    notes: list[str] = []
    real: Mapping[float, tuple[float | None, float | None]] = {}
    # What the others are compared with, and what the set without a filter is as large as, comes first.
    conditions = [name for name in dict.fromkeys(asked.conditions) if name != "one_prompt" or words_turns(plain)]
    if len(conditions) < len(set(asked.conditions)):
        notes.append("one_prompt needs a model that words the turns (--model, --mode): it was left out")
    for name in sorted(conditions, key=lambda name: name != "full"):
        folder = root / name
        whole = (results[0].kept if results and results[0].name == "full" else 0) or settings.dialogues.count
        run = _settle(plain, name, folder, whole)
        _lend_caches(root / results[0].name if results else None, run)
        logger.info("ablation: %s", name.replace("_", " "))
        try:
            made, kept = await _make(run)
        except NothingLeftError as error:
            notes.append(f"{name} gave no usable dialogue: {error.what}")
            results.append(ConditionResult(name, 0, 0))
            continue
        evaluation, _ = await run_evaluation(
            EvaluationOptions(
                folder=str(folder),
                judges=asked.judges,
                judged=asked.judged,
                api_base=asked.judge_api_base,
                embedder=settings.models.embedder,
                seed=settings.dialogues.seed,
            )
        )
        figures = {row.own.key: row.own for row in evaluation.rows}
        tracked: Mapping[float, tuple[float | None, float | None]] = {}
        if asked.real:
            tracking, _ = await run_tracking(_settle_tracking(settings, folder))
            tracked, real = _read_tracking(tracking)
            notes += [note for note in tracking.notes if note not in notes and note.startswith("slots")]
        results.append(ConditionResult(name, made, kept, figures, tracked))
    result = AblationResult(tuple(results), real, tuple(notes))
    table, figures_file = root / "ablation.md", root / "ablation.json"
    write_atomically(table, f"# Ablation\n\nBrackets are 95% intervals, resampled by dialogue.\n\n{result.render()}")
    write_json(figures_file, result.to_dict())
    return result, [table, figures_file]


def _settle(plain: RunSettings, name: str, folder: Path, whole: int) -> RunSettings:
    """Return the settings of a condition's run.

    Args:
        plain: The run as it is asked for.
        name: The condition.
        folder: Its folder.
        whole: Dialogues of a set without a filter.
    """
    changed: dict[str, Any] = {"out": str(folder), "leave_out": LEFT_OUT.get(name, ())}
    if name == "no_filter":
        changed |= {"dialogues": whole, "user_threshold": 1.0, "agent_threshold": 1.0}
    if name == "templates_alone":
        changed |= {"mode": "planned", "strategy": ()}
    if name == "one_prompt":
        changed |= {"mode": "direct", "user_policy": name, "agent_policy": name, "strategy": ()}
    return plain.replace(**changed)


def _settle_tracking(settings: AblationSettings, folder: Path) -> TrackingOptions:
    asked = settings.ablation
    return TrackingOptions(
        folder=str(folder),
        real=asked.real,
        scored=asked.scored,
        shares=asked.tracked_shares,
        seeds=tuple(range(asked.tracked_seeds)),
        embedder=settings.models.embedder,
    )


def _lend_caches(before: Path | None, settings: RunSettings) -> None:
    """Give a new condition what the first one worked out and paid for."""
    if before is None or Path(settings.out).exists() or not (before / "cache").is_dir():
        return
    own = Workspace.open(settings).root / "cache"
    shutil.copytree(before / "cache", own, ignore=shutil.ignore_patterns(*OWN_CACHES), dirs_exist_ok=True)


async def _make(settings: RunSettings) -> tuple[int, int]:
    """Make a run and return how many dialogues were made and kept."""
    pipeline = Pipeline(settings)
    try:
        kept = await pipeline.filter_async()
        return len(kept.all), len(kept.kept)
    finally:
        pipeline.close()


def _read_tracking(
    tracking: Tracking,
) -> tuple[dict[float, tuple[float | None, float | None]], dict[float, tuple[float | None, float | None]]]:
    """Return joint goal accuracies by share: of the real dialogues with the set, and alone."""
    both: dict[float, tuple[float | None, float | None]] = {}
    alone: dict[float, tuple[float | None, float | None]] = {}
    for trial in tracking.trials:
        found = (trial.means["jga"], trial.deviations["jga"])
        if trial.condition == "real":
            alone[trial.share] = found
        elif trial.condition in ("real + filtered", "real + synthetic"):
            both[trial.share] = found
    return both, alone


def _write_tracked(found: tuple[float | None, float | None] | None) -> str:
    if found is None or found[0] is None:
        return "n/a"
    return f"{100 * found[0]:.1f}" + (f" ± {100 * found[1]:.1f}" if found[1] is not None else "")


def _list_keys(results: Sequence[ConditionResult]) -> list[str]:
    """Return the measures of the table: those chosen, and what judges said."""
    known = {key: figure for result in results for key, figure in result.figures.items()}
    chosen = [key for name in MEASURES for key, figure in known.items() if figure.name == name]
    return [*chosen, *(key for key, figure in known.items() if figure.section == "Judges")]
