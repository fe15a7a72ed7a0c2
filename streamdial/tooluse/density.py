"""Density of dialogues with tools: how much happens in one, and how much of it was verified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streamdial.tooluse.records import ToolDialogue, ToolTurn


class Density(NamedTuple):
    """Means per dialogue, and shares of all tasks.

    Attributes:
        dialogues: How many there are.
        turns: Turns of both sides.
        calls: Calls of tools, those that failed among them.
        failed_calls: Calls that returned a failure.
        tasks: Tasks the user took up.
        completed: Tasks that passed.
        clarifications: Questions of the agent about what is wanted.
        corrections: Wishes the user changed, and words it put right.
        verified_tasks: Share of the tasks that passed, 0 to 1.
        verified_dialogues: Share of the dialogues of which every task passed, 0 to 1.
    """

    dialogues: int
    turns: float
    calls: float
    failed_calls: float
    tasks: float
    completed: float
    clarifications: float
    corrections: float
    verified_tasks: float
    verified_dialogues: float


def measure_density(dialogues: Sequence[ToolDialogue]) -> Density:
    """Return the density of some dialogues; history that was given to them does not count.

    Raises:
        ValueError: If there is none.
    """
    if not dialogues:
        raise ValueError("no dialogues to measure")
    count = len(dialogues)
    made = [[turn for turn in dialogue.turns if not turn.given] for dialogue in dialogues]
    verdicts = [verdict for dialogue in dialogues for verdict in dialogue.verdicts]
    passed = sum(verdict.passed for verdict in verdicts)
    return Density(
        dialogues=count,
        turns=sum(map(len, made)) / count,
        calls=sum(len(turn.steps) for turns in made for turn in turns) / count,
        failed_calls=sum(
            step.result.failure is not None for turns in made for turn in turns for step in turn.steps
        ) / count,
        tasks=len(verdicts) / count,
        completed=passed / count,
        clarifications=sum(_count_clarifications(turns) for turns in made) / count,
        corrections=sum(_count_corrections(turns) for turns in made) / count,
        verified_tasks=passed / len(verdicts) if verdicts else 0.0,
        verified_dialogues=sum(dialogue.verified for dialogue in dialogues) / count,
    )  # fmt: skip


def measure_leak(dialogue: ToolDialogue) -> float:
    """Return the share of a dialogue's wishes that stands in the user's first turn, 0 to 1; 0 where there are none.

    A wish is a slot of a task the user took up with the value wanted in the end.
    """
    wishes = {(task.wish.id, *wish) for task in dialogue.tasks for wish in task.wish.wishes.items()}
    first = next((turn for turn in dialogue.turns if turn.role == "user" and not turn.given), None)
    if not wishes or first is None:
        return 0.0
    return len(wishes & {(act.task, *said) for act in first.acts for said in act.inform.items()}) / len(wishes)


def _count_clarifications(turns: Iterable[ToolTurn]) -> int:
    return sum(act.act in ("request", "propose") for turn in turns if turn.role == "agent" for act in turn.acts)


def _count_corrections(turns: Iterable[ToolTurn]) -> int:
    return sum(act.act == "revise" or bool(act.slip) for turn in turns if turn.role == "user" for act in turn.acts)
