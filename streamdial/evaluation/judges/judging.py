"""Judging one set or two: a sample of each is rated, checked against statements, and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue, draw_dialogues, name_subject
from streamdial.evaluation.judges.anchors import list_anchored, report_drift
from streamdial.evaluation.judges.criteria import Criterion, get_criterion, load_criteria
from streamdial.evaluation.judges.panel import Combine, Panel, ask_panel
from streamdial.evaluation.judges.questions import (
    Question,
    build_checklist,
    build_choice,
    list_ratings,
    list_requirements,
)
from streamdial.evaluation.judges.ratings import summarise_checklists, summarise_choices, summarise_ratings
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.models import ChatModel, run_together
from streamdial.records import Language, Role

JUDGED = 20
"""Dialogues of each set that judges read: eighteen calls each, for every judge."""
PAIRED = "overall"
"""Criterion by which dialogues of two sets are chosen between, where it is among those that are scored."""
REQUIREMENTS = "requirements"
_SIDES: tuple[Role, ...] = ("user", "agent")


@dataclass(frozen=True)
class Judging:
    """Whom to ask, and what.

    Attributes:
        judges: Models that score a sample of each set; nothing is asked without one.
        fresh: The same models without a cache, for the anchored dialogues; the judges where it is empty.
        judged: Dialogues of each set that they read.
        criteria: Keys of what they score; all where it is empty.
        combine: How a panel's answers become one.
        requirements: Whether each dialogue is also checked against what its own persona and path ask for.
        guide: Real dialogues of which each rating is shown one, as a measure of what is good; None for none.
        before: `judges` of an earlier evaluation, to see whether a judge has drifted.
    """

    judges: Sequence[ChatModel] = ()
    fresh: Sequence[ChatModel] = ()
    judged: int = JUDGED
    criteria: Sequence[str] = ()
    combine: Combine = "median"
    requirements: bool = False
    guide: DialogueSet | None = None
    before: Mapping[str, Any] = field(default_factory=dict)

    def list_criteria(self) -> list[Criterion]:
        """Return what is scored.

        Raises:
            ConfigurationError: If there is no criterion of a name.
        """
        return [get_criterion(key) for key in self.criteria or load_criteria()]


class Judged(NamedTuple):
    """What the judges said.

    Attributes:
        columns: Figures of each set.
        pair: Figures about the two together.
        answers: Every answer and the anchored dialogues, as JSON values.
        notes: Sentences for people.
    """

    columns: list[list[Statistic]]
    pair: list[Statistic]
    answers: dict[str, Any]
    notes: list[str]


async def judge_sets(sets: Sequence[DialogueSet], judging: Judging, *, seed: int = 7) -> Judged:
    """Ask the judges about a sample of each set, and about the anchored dialogues.

    Args:
        sets: One set, or two that are compared.
        judging: Whom to ask, and what.
        seed: Seed of the samples and the resamples.

    Raises:
        ConfigurationError: If there is no criterion of a name.
        ModelError: If the budget of a judge is used up.
    """
    criteria = judging.list_criteria()
    samples = [
        [
            replace(talk, id=name_subject(known.name, talk.id))
            for talk in draw_dialogues(known.talks, judging.judged, seed)
        ]
        for known in sets
    ]
    languages: list[Language] = sorted({talk.language for talks in samples for talk in talks})
    guides = judging.guide.talks if judging.guide else ()
    questions: list[Question] = []
    for known, talks in zip(sets, samples, strict=True):
        questions += list_ratings(talks, criteria, known, guides=guides)
        questions += _list_checklists(talks, known) if judging.requirements else []
    keys = {criterion.key for criterion in criteria}
    if PAIRED in keys:
        questions += _list_choices(samples)
    generators = {talk.model for talks in samples for talk in talks if talk.model}
    items = [item.question for language in languages for item in list_anchored(language)]
    panel, anchored = await run_together(
        [
            ask_panel(judging.judges, questions, combine=judging.combine, generators=generators),
            ask_panel(judging.fresh or judging.judges, [item for item in items if item.criterion in keys]),
        ]
    )
    earlier = {judge: entry["scores"] for judge, entry in judging.before.get("anchored", {}).items()}
    drift, drifted = report_drift(anchored, languages, earlier)
    columns = []
    for talks in samples:
        subjects = [talk.id for talk in talks]
        columns.append(
            [*summarise_ratings(panel, subjects, seed=seed), *summarise_checklists(panel, subjects, seed=seed)]
        )
    notes = [*panel.warnings, *drifted, *_describe_missing(panel), *_describe_unguided(judging.guide, languages)]
    answers = {**panel.to_dict(), "anchored": drift, "drift_warnings": drifted}
    return Judged(columns, summarise_choices(panel, seed=seed), answers, notes)


def _list_checklists(talks: Sequence[EvaluatedDialogue], known: DialogueSet) -> list[Question]:
    """Return what each dialogue is checked against, by side; nothing for those without persona and blueprint."""
    return [
        build_checklist(talk, items, name=REQUIREMENTS, side=side)
        for talk in talks
        for side in _SIDES
        if (items := list_requirements(talk, side, known))
    ]


def _list_choices(samples: Sequence[Sequence[EvaluatedDialogue]]) -> list[Question]:
    """Return choices between dialogues of two sets, of the same language, in both orders."""
    if len(samples) < 2:
        return []
    criterion = get_criterion(PAIRED)
    questions: list[Question] = []
    for language in sorted({talk.language for talk in samples[0]}):
        left, right = ([talk for talk in talks if talk.language == language] for talks in samples)
        for mine, theirs in zip(left, right, strict=False):
            for side in _SIDES:
                questions += build_choice(mine, theirs, criterion, side)
    return questions


def _describe_missing(panel: Panel) -> list[str]:
    return [
        f"judge {judge}: missing answers, "
        + ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in sorted(missing.items()))
        for judge, missing in panel.count_missing().items()
    ]


def _describe_unguided(guide: DialogueSet | None, languages: Sequence[Language]) -> list[str]:
    if guide is None:
        return []
    missing = [language for language in languages if language not in guide.languages]
    return [f"{guide.name} has no dialogue in {language}: those are judged without a measure" for language in missing]
