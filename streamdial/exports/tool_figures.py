"""Figures of dialogues with tools that the data card and the report both show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from streamdial.exports.dataset import DataSet, ToolUseSet
from streamdial.tooluse import Density, ToolDialogue, measure_density


@dataclass(frozen=True)
class ToolFigures:
    """Counts of a set of dialogues with tools.

    Attributes:
        dialogues: Dialogues with tools in the set.
        worlds: Databases they took place over.
        origins: Tools by where they come from; `simulated` ones have no database behind them.
        density: Means a dialogue of the set, by mode.
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


def count_tool_figures(data: DataSet) -> ToolFigures | None:
    """Return the figures of a data set's dialogues with tools; None where it has none."""
    used = data.tool_use
    if used is None:
        return None
    made, failed = data.list_tool_dialogues(), list(used.unverified)
    verdicts = [verdict for dialogue in (*made, *failed) for verdict in dialogue.verdicts]
    reasons = Counter(reason for verdict in verdicts for reason in {text.partition(":")[0] for text in verdict.reasons})
    reasons["no_task"] = sum(not dialogue.verdicts for dialogue in failed)
    reasons["not_finished"] = sum(dialogue.verified for dialogue in failed)
    modes = sorted({dialogue.mode for dialogue in made})
    return ToolFigures(
        dialogues=len(made),
        worlds=len(used.worlds),
        origins=_count_origins(made, used),
        density={mode: measure_density([dialogue for dialogue in made if dialogue.mode == mode]) for mode in modes},
        verified=len(made) + len(data.dropped),
        failed=len(failed),
        kinds=_count_passes((verdict.kind, verdict.passed) for verdict in verdicts),
        recoveries=_count_passes((verdict.recovery, verdict.passed) for verdict in verdicts if verdict.recovery),
        reasons=_rank(reasons),
    )


def list_simulated(made: ToolDialogue, used: ToolUseSet) -> list[str]:
    """Return the names of the functions a dialogue was given that its world does not have."""
    known = {tool.name for tool in used.worlds[made.world].tools}
    functions = [tool["function"] for tool in made.tools]
    names = [str(function["name"]) for function in functions if isinstance(function, dict)]
    return [name for name in names if name not in known]


def _count_origins(made: Iterable[ToolDialogue], used: ToolUseSet) -> dict[str, int]:
    origins = Counter[str](tool.origin for world in used.worlds.values() for tool in world.tools)
    origins["simulated"] += len({name for dialogue in made for name in list_simulated(dialogue, used)})
    return _rank(origins)


def _count_passes(entries: Iterable[tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    taken, passed = Counter[str](), Counter[str]()
    for key, done in entries:
        taken[key] += 1
        passed[key] += done
    return {key: (count, passed[key]) for key, count in _rank(taken).items()}


def _rank(counter: Counter[str]) -> dict[str, int]:
    return {key: count for key, count in sorted(counter.items(), key=lambda item: (-item[1], item[0])) if count}
