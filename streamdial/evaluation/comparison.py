"""A whole evaluation: one set or two on equal terms, with judges where they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from streamdial.domains import DomainPack
from streamdial.evaluation.anchored import list_anchored, report_drift
from streamdial.evaluation.criteria import Criterion, get_criterion, load_criteria
from streamdial.evaluation.intervals import Figure
from streamdial.evaluation.judges import Combine, Panel, ask_panel
from streamdial.evaluation.questions import Question, build_choice, list_ratings
from streamdial.evaluation.ratings import summarise_choices, summarise_ratings
from streamdial.evaluation.sets import find_limits, find_pack, measure_nearness, measure_set
from streamdial.evaluation.talks import Talk, TalkSet, name_subject, sample_talks
from streamdial.models import ChatModel, Embedder
from streamdial.records import Language, Role

JUDGED = 20
"""Dialogues of each set that judges read: sixteen calls each, for every judge."""
PAIRED = "overall"
"""Criterion by which dialogues of two sets are chosen between, where it is among those that are scored."""
_SIDES: tuple[Role, ...] = ("user", "agent")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        own: The figure of the set.
        other: The same figure of the other; None where there is no other set, or it is about the pair.
    """

    own: Figure
    other: Figure | None = None

    @property
    def apart(self) -> bool | None:
        """Whether the two intervals do not meet; None where one is missing."""
        if self.other is None or None in (self.own.low, self.own.high, self.other.low, self.other.high):
            return None
        assert self.own.low is not None and self.own.high is not None
        assert self.other.low is not None and self.other.high is not None
        return self.own.low > self.other.high or self.other.low > self.own.high


@dataclass(frozen=True)
class Evaluation:
    """What was found.

    Attributes:
        name: Name of the set.
        other: Name of the set it is compared with; empty for none.
        rows: The table.
        notes: Sentences for people: what could not be read, and warnings about judges.
        judged: Every answer of the judges and the anchored items, as JSON values; empty without judges.
        settings: What it was made with.
    """

    name: str
    other: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    judged: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "set": self.name,
            "against": self.other,
            "settings": dict(self.settings),
            "figures": {row.own.key: row.own.to_dict() for row in self.rows},
            "figures_against": {row.other.key: row.other.to_dict() for row in self.rows if row.other},
            "apart": [row.own.key for row in self.rows if row.apart],
            "notes": list(self.notes),
            "judges": dict(self.judged),
        }


async def evaluate(
    own: TalkSet,
    other: TalkSet | None = None,
    *,
    embedder: Embedder | None,
    domain: str | None = None,
    judges: Sequence[ChatModel] = (),
    fresh: Sequence[ChatModel] = (),
    judged: int = JUDGED,
    criteria: Sequence[str] = (),
    combine: Combine = "median",
    before: Mapping[str, Any] | None = None,
    seed: int = 7,
) -> Evaluation:
    """Measure a set, alone or point by point against another one.

    Args:
        own: The set.
        other: Another one; what depends on size is then measured on as much of each, and the other is the reference of
            fidelity.
        embedder: Encoder; None leaves out what needs it.
        domain: Domain pack, by name or path; that of most dialogues by default.
        judges: Models that score a sample of each set.
        fresh: The same models without a cache, for the anchored talks; by default the judges.
        judged: Dialogues of each set that they read.
        criteria: What they score; all by default.
        combine: How a panel's answers become one.
        before: `judges` of an earlier evaluation, to see whether a judge has drifted.
        seed: Seed of samples and resamples.

    Raises:
        ConfigurationError: If there is no such pack or criterion.
        ModelError: If the budget of a judge is used up.
    """
    if other is not None and other.name == own.name:
        other = replace(other, name=f"{other.name} (other)")
    sets = [own] if other is None else [own, other]
    chosen = [get_criterion(key) for key in criteria or load_criteria()]
    packs = [find_pack(own, domain), *(find_pack(known) for known in sets[1:])]
    columns = _measure_all(sets, packs, embedder, seed)
    pair = measure_nearness(own, other, embedder, seed=seed) if other is not None else []
    notes = [f"{known.name}: {note}" for known in sets for note in _describe_reading(known)]
    told: dict[str, Any] = {}
    if judges:
        panel, scores, about_pair, told = await _judge(
            sets, chosen, (judges, fresh or judges), judged, combine, before or {}, seed
        )
        columns = [[*figures, *made] for figures, made in zip(columns, scores, strict=True)]
        pair = [*pair, *about_pair]
        notes += [*panel.warnings, *told["drift_warnings"]]
        notes += [
            f"judge {judge}: missing answers, {_list_counts(missing)}"
            for judge, missing in panel.count_missing().items()
        ]
    settings = {
        "seed": seed,
        "embedder": embedder.model_id if embedder else None,
        "domain": packs[0].id if packs[0] else None,
        "judges": [judge.model_id for judge in judges],
        "criteria": [criterion.key for criterion in chosen] if judges else [],
        "judged": judged if judges else 0,
    }
    rows = [*_pair_up(columns), *(Row(figure) for figure in pair)]
    return Evaluation(own.name, other.name if other else "", tuple(rows), tuple(notes), told, settings)


def _measure_all(
    sets: Sequence[TalkSet], packs: Sequence[DomainPack | None], embedder: Embedder | None, seed: int
) -> list[list[Figure]]:
    limits = find_limits(sets) if len(sets) > 1 else None
    languages: list[Language] = sorted({language for known in sets for language in known.languages})
    return [
        measure_set(known, embedder=embedder, pack=pack, limits=limits, languages=languages, seed=seed)
        for known, pack in zip(sets, packs, strict=True)
    ]


def _pair_up(columns: Sequence[Sequence[Figure]]) -> list[Row]:
    """Return one row a figure, in the order of the sets; a figure only one of them has says so for the other."""
    if len(columns) == 1:
        return [Row(figure) for figure in columns[0]]
    own, other = ({figure.key: figure for figure in figures} for figures in columns)
    keys = list(dict.fromkeys([*own, *other]))
    rows = []
    for key in keys:
        blank = replace(own.get(key) or other[key], value=None, low=None, high=None, basis="", reason="not in this set")
        rows.append(Row(own.get(key, blank), other.get(key, blank)))
    order = list(dict.fromkeys(row.own.section for row in rows))
    return sorted(rows, key=lambda row: order.index(row.own.section))


def _describe_reading(known: TalkSet) -> list[str]:
    dropped = _list_counts(known.counts.dropped)
    told = [f"{len(known.talks):,} dialogues read"] if known.talks else ["no dialogue could be read"]
    if dropped:
        told.append(f"left out: {dropped}")
    return told + known.counts.notes[:5]


def _list_counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in sorted(counted.items()))


async def _judge(
    sets: Sequence[TalkSet],
    criteria: Sequence[Criterion],
    judges: tuple[Sequence[ChatModel], Sequence[ChatModel]],
    judged: int,
    combine: Combine,
    before: Mapping[str, Any],
    seed: int,
) -> tuple[Panel, list[list[Figure]], list[Figure], dict[str, Any]]:
    """Return the panel, figures of each set and of the pair, and what is written down."""
    samples = [
        [replace(talk, id=name_subject(known.name, talk.id)) for talk in sample_talks(known.talks, judged, seed)]
        for known in sets
    ]
    questions: list[Question] = []
    for known, talks in zip(sets, samples, strict=True):
        questions += list_ratings(talks, criteria, known)
    keys = {criterion.key for criterion in criteria}
    if PAIRED in keys:
        questions += _list_choices(samples)
    languages: list[Language] = sorted({talk.language for talks in samples for talk in talks})
    generators = {talk.model for talks in samples for talk in talks if talk.model}
    panel = await ask_panel(judges[0], questions, combine=combine, generators=generators)
    items = [item for language in languages for item in list_anchored(language)]
    anchored = [item.question for item in items if item.question.criterion in keys]
    scored = await ask_panel(judges[1], anchored)
    earlier = {judge: entry["scores"] for judge, entry in before.get("anchored", {}).items()}
    drift, warnings = report_drift(scored, languages, earlier)
    told = {**panel.to_dict(), "anchored": drift, "drift_warnings": warnings}
    scores = [summarise_ratings(panel, [talk.id for talk in talks], seed=seed) for talks in samples]
    return panel, scores, summarise_choices(panel, seed=seed), told


def _list_choices(samples: Sequence[Sequence[Talk]]) -> list[Question]:
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


def group_rows(evaluation: Evaluation) -> list[tuple[str, list[Row]]]:
    """Return the rows by section, in order."""
    return [(section, list(rows)) for section, rows in groupby(evaluation.rows, key=lambda row: row.own.section)]
