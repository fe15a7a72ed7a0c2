"""Figures of a data set that the data card and the report both show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from streamdial.exports.anonymity import Anonymity, measure_anonymity
from streamdial.exports.dataset import DataSet


@dataclass(frozen=True)
class Figures:
    """Counts of a data set.

    Attributes:
        dialogues: Dialogues in the set.
        turns: Turns of all dialogues.
        mean_turns: Turns a dialogue; 0 where there are none.
        users: User personas.
        agents: Agent personas.
        blueprints: Blueprints.
        knowledge: Rows of K, those of every agent.
        entities: Different entities in K.
        evidenced: Share of the turns that name at least one piece of evidence, 0 to 1.
        outcomes: Dialogues by outcome, the most frequent first.
        behaviours: Dialogues that show a behaviour, by behaviour; one dialogue may show several.
        stops: Dialogues by stop reason.
        realisations: Turns by the way their wording came about.
        languages: Dialogues by language.
        anonymity: How well accounts hide among each other by their metadata.
    """

    dialogues: int
    turns: int
    mean_turns: float
    users: int
    agents: int
    blueprints: int
    knowledge: int
    entities: int
    evidenced: float
    outcomes: dict[str, int]
    behaviours: dict[str, int]
    stops: dict[str, int]
    realisations: dict[str, int]
    languages: dict[str, int]
    anonymity: Anonymity


def count_figures(data: DataSet) -> Figures:
    """Return the figures of a data set."""
    turns = [turn for dialogue in data.dialogues for turn in dialogue.turns]
    count = len(data.dialogues)
    rows = [row for agent in data.agents.values() for row in agent.knowledge]
    return Figures(
        dialogues=count,
        turns=len(turns),
        mean_turns=round(len(turns) / count, 2) if count else 0.0,
        users=len(data.users),
        agents=len(data.agents),
        blueprints=len(data.blueprints),
        knowledge=len(rows),
        entities=len({row.entity for row in rows}),
        evidenced=round(sum(bool(turn.evidence) for turn in turns) / len(turns), 4) if turns else 0.0,
        outcomes=_rank(Counter(dialogue.outcome for dialogue in data.dialogues)),
        behaviours=_rank(Counter(behaviour for dialogue in data.dialogues for behaviour in dialogue.behaviours)),
        stops=_rank(Counter(dialogue.stop_reason for dialogue in data.dialogues)),
        realisations=_rank(Counter(turn.realisation for turn in turns)),
        languages=_rank(Counter(dialogue.language for dialogue in data.dialogues)),
        anonymity=measure_anonymity(data.accounts),
    )


def _rank(counter: Mapping[Any, int]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def flatten_settings(value: Any, name: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Yield the leaves of nested settings as (`a.b.c`, text); a list of plain values is one leaf."""
    if isinstance(value, Mapping):
        for key in sorted(value, key=str):
            yield from flatten_settings(value[key], f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple)):
        if any(isinstance(entry, (Mapping, list, tuple)) for entry in value):
            for number, entry in enumerate(value, start=1):
                yield from flatten_settings(entry, f"{name}.{number}")
        else:
            yield name, ", ".join(str(entry) for entry in value)
    else:
        yield name, "none" if value is None else str(value)
