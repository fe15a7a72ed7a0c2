"""Statistics of a data set, and of its dialogues with tools, that the data card and the report both show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from streamdial.exports.anonymity import Anonymity, measure_anonymity
from streamdial.exports.dataset import DataSet, ToolUseSet
from streamdial.records import Turn
from streamdial.tooluse import Density, ToolDialogue, measure_density

_BASES = {
    "question": "stream",
    "response": "stream",
    "pair": "stream",
    "knowledge": "stream",
    "thread": "stream",
    "given": "given",
    "seed": "seed",
}
"""Kind of evidence to what a turn with it rests on."""


@dataclass(frozen=True)
class Statistics:
    """Counts of a data set.

    Attributes:
        dialogues: Dialogues in the set.
        turns: Turns of all dialogues.
        mean_turns: Turns per dialogue; 0 where there are none.
        users: User personas.
        agents: Agent personas.
        blueprints: Blueprints.
        knowledge: Rows of knowledge, those of every agent.
        entities: Different entities in the knowledge bases.
        evidenced: Share of the turns that name at least one piece of evidence, 0 to 1.
        outcomes: Dialogues by outcome, the most frequent first.
        behaviours: Dialogues that show a behaviour, by behaviour; one dialogue may show several.
        stops: Dialogues by stop reason.
        realisations: Turns by the way their wording came about.
        bases: Turns by what they rest on: `stream` (a question, an answer or a fact of the sources), `given` (a given
            profile or plan), `seed` (a seed dialogue alone), `model` (a model's words without evidence), `inventory`
            (the package's own phrases alone).
        languages: Dialogues by language.
        mechanisms: Dialogues by strategy of the run that had a part in them.
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
    bases: dict[str, int]
    languages: dict[str, int]
    mechanisms: dict[str, int]
    anonymity: Anonymity


def count_statistics(data: DataSet) -> Statistics:
    """Return the statistics of a data set."""
    turns = [turn for dialogue in data.dialogues for turn in dialogue.turns]
    count = len(data.dialogues)
    rows = [row for agent in data.agents.values() for row in agent.knowledge]
    return Statistics(
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
        bases=_rank(count_bases(data, turns)),
        languages=_rank(Counter(dialogue.language for dialogue in data.dialogues)),
        mechanisms=_rank(Counter(one.name for dialogue in data.dialogues for one in dialogue.lineage)),
        anonymity=measure_anonymity(data.accounts),
    )


def count_bases(data: DataSet, turns: Iterable[Turn]) -> Counter[str]:
    """Return how many turns rest on the stream, on what was given, on seed dialogues alone, on nothing mined.

    A turn of several kinds of evidence counts for the first of these. A strategy or the account's profile is no
    evidence of what is said. See `Statistics.bases`.
    """
    given = {row.id for agent in data.agents.values() if agent.layout for row in agent.knowledge}
    kinds = {key: _BASES.get(item.kind, "") for key, item in data.evidence.items()} | dict.fromkeys(given, "given")
    counted: Counter[str] = Counter()
    for turn in turns:
        found = {kinds.get(source, "") for source in turn.evidence}
        unsupported = "model" if turn.realisation in ("model", "direct") else "inventory"
        counted[next((basis for basis in ("stream", "given", "seed") if basis in found), unsupported)] += 1
    return counted


@dataclass(frozen=True)
class ToolStatistics:
    """Counts of a set of dialogues with tools.

    Attributes:
        dialogues: Dialogues with tools in the set.
        worlds: Environments they took place in.
        origins: Tools by where they come from; `simulated` ones have no database behind them.
        density: Means per dialogue of the set, by mode.
        verified: Dialogues of which every task passed, those among them that the filter left out.
        failed: Dialogues of which one did not, or that broke off; they are kept apart.
        kinds: Tasks of the set and of the failed dialogues: kind to how many were taken up and how many passed.
        recoveries: The same of those that cannot be met, by what they must end in.
        reasons: Failed tasks by reason, the most frequent first; `no_task` counts dialogues without one,
            `not_finished` those that broke off though all their tasks passed.
    """

    dialogues: int
    worlds: int
    origins: dict[str, int]
    density: dict[str, Density]
    verified: int
    failed: int
    kinds: dict[str, tuple[int, int]]
    recoveries: dict[str, tuple[int, int]]
    reasons: dict[str, int]

    @property
    def verified_share(self) -> float:
        """Share of the dialogues that were verified, 0 to 1; 0 where there are none."""
        return self.verified / (self.verified + self.failed) if self.verified + self.failed else 0.0


def count_tool_statistics(data: DataSet) -> ToolStatistics | None:
    """Return the statistics of a data set's dialogues with tools; None where it has none."""
    used = data.tool_use
    if used is None:
        return None
    made, failed = data.list_tool_dialogues(), list(used.unverified)
    verdicts = [verdict for dialogue in (*made, *failed) for verdict in dialogue.verdicts]
    reasons = Counter(reason for verdict in verdicts for reason in {text.partition(":")[0] for text in verdict.reasons})
    reasons["no_task"] = sum(not dialogue.verdicts for dialogue in failed)
    reasons["not_finished"] = sum(dialogue.verified for dialogue in failed)
    modes = sorted({dialogue.mode for dialogue in made})
    return ToolStatistics(
        dialogues=len(made),
        worlds=len(used.worlds),
        origins=_count_origins(made, used),
        density={mode: measure_density([dialogue for dialogue in made if dialogue.mode == mode]) for mode in modes},
        verified=len(made) + len(data.dropped),
        failed=len(failed),
        kinds=_count_passes((verdict.kind, verdict.passed) for verdict in verdicts),
        recoveries=_count_passes((verdict.recovery, verdict.passed) for verdict in verdicts if verdict.recovery),
        reasons=_rank(+reasons),
    )


def _count_origins(made: Iterable[ToolDialogue], used: ToolUseSet) -> dict[str, int]:
    """Return the number of tools by origin: all of the environments, and those beside them that were called."""
    origins = Counter[str](tool.origin for world in used.worlds.values() for tool in world.tools)
    steps = (step for dialogue in made for turn in dialogue.turns for step in turn.steps)
    beside = {(step.call.name, step.result.origin) for step in steps if not step.result.repeatable}
    origins.update(origin for _, origin in beside)
    return _rank(+origins)


def _count_passes(entries: Iterable[tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    taken, passed = Counter[str](), Counter[str]()
    for key, done in entries:
        taken[key] += 1
        passed[key] += done
    return {key: (count, passed[key]) for key, count in _rank(taken).items()}


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
