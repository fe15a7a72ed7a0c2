"""A whole evaluation: of one set, or of two on equal terms, with judges where they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import DialogueSet
from streamdial.evaluation.judges.judging import Judging, judge_sets
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.evaluation.sets import find_limits, find_pack, measure_nearness, measure_set
from streamdial.ids import hash_text
from streamdial.models import Embedder
from streamdial.records import Language


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        own: The figure of the set.
        other: The same figure of the other; None where there is no other set, or it is about the pair.
    """

    own: Statistic
    other: Statistic | None = None

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
    own: DialogueSet,
    other: DialogueSet | None = None,
    *,
    embedder: Embedder | None,
    domain: str | None = None,
    judging: Judging | None = None,
    seed: int = 7,
) -> Evaluation:
    """Measure a set, alone or point by point against another one.

    Args:
        own: The set.
        other: Another one; what depends on size is then measured on as much of each, and the other is the reference of
            fidelity.
        embedder: Encoder; None leaves out what needs it.
        domain: Domain pack, by name or path; that of most dialogues by default.
        judging: What judges are asked; nothing by default.
        seed: Seed of samples and resamples.

    Raises:
        ConfigurationError: If there is no such pack or criterion.
        ModelError: If the budget of a judge is used up.
    """
    if other is not None and other.name == own.name:
        other = replace(other, name=f"{other.name} (other)")
    sets = [own] if other is None else [own, other]
    judging = judging or Judging()
    criteria = judging.list_criteria()  # a wrong name is told before anything is measured
    packs = [find_pack(own, domain), *(find_pack(known) for known in sets[1:])]
    columns = _measure_all(sets, packs, embedder, seed)
    pair = measure_nearness(own, other, embedder, seed=seed) if other is not None else []
    notes = [f"{known.name}: {note}" for known in sets for note in _describe_reading(known)]
    answers: dict[str, Any] = {}
    if judging.judges:
        judged = await judge_sets(sets, judging, seed=seed)
        columns = [[*figures, *made] for figures, made in zip(columns, judged.columns, strict=True)]
        pair, notes, answers = [*pair, *judged.pair], [*notes, *judged.notes], judged.answers
    settings = {
        "seed": seed,
        "dialogues": _hash_dialogues(sets),
        "embedder": embedder.model_id if embedder else None,
        "domain": packs[0].id if packs[0] else None,
        "judges": [judge.model_id for judge in judging.judges],
        "criteria": [criterion.key for criterion in criteria] if judging.judges else [],
        "judged": judging.judged if judging.judges else 0,
        "guide": judging.guide.name if judging.judges and judging.guide else None,
    }
    rows = _order_rows([*_pair_up(columns), *(Row(figure) for figure in pair)])
    return Evaluation(own.name, other.name if other else "", tuple(rows), tuple(notes), answers, settings)


def _hash_dialogues(sets: Sequence[DialogueSet]) -> str:
    """Return a hash of all that is said, by which an evaluation knows that an earlier one was of the same dialogues."""
    lines = (f"{talk.id}\n{turn.utterance}" for known in sets for talk in known.talks for turn in talk.turns)
    return hash_text("\n".join(lines))[:16]


def _measure_all(
    sets: Sequence[DialogueSet], packs: Sequence[DomainPack | None], embedder: Embedder | None, seed: int
) -> list[list[Statistic]]:
    limits = find_limits(sets) if len(sets) > 1 else None
    languages: list[Language] = sorted({language for known in sets for language in known.languages})
    return [
        measure_set(known, embedder=embedder, pack=pack, limits=limits, languages=languages, seed=seed)
        for known, pack in zip(sets, packs, strict=True)
    ]


def _pair_up(columns: Sequence[Sequence[Statistic]]) -> list[Row]:
    """Return one row a figure, in the order of the sets; a figure only one of them has says so for the other."""
    if len(columns) == 1:
        return [Row(figure) for figure in columns[0]]
    own, other = ({figure.key: figure for figure in figures} for figures in columns)
    keys = list(dict.fromkeys([*own, *other]))
    rows = []
    for key in keys:
        blank = replace(own.get(key) or other[key], value=None, low=None, high=None, basis="", reason="not in this set")
        rows.append(Row(own.get(key, blank), other.get(key, blank)))
    return rows


def _order_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a section together, sections in the order in which they come up."""
    order = list(dict.fromkeys(row.own.section for row in rows))
    return sorted(rows, key=lambda row: order.index(row.own.section))


def _describe_reading(known: DialogueSet) -> list[str]:
    dropped = _list_counts(known.counts.dropped)
    told = [f"{len(known.talks):,} dialogues read"] if known.talks else ["no dialogue could be read"]
    if dropped:
        told.append(f"left out: {dropped}")
    return told + known.counts.notes[:5]


def _list_counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in sorted(counted.items()))


def group_rows(evaluation: Evaluation) -> list[tuple[str, list[Row]]]:
    """Return the rows by section, in order."""
    return [(section, list(rows)) for section, rows in groupby(evaluation.rows, key=lambda row: row.own.section)]
