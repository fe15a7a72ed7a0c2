"""How much dialogues differ over a run: arcs, lengths, openings, endings, and when the budget comes up.

python -m benchmarks.dialogue_variety RUN [RUN ...]
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.dialogues import read_made
from streamdial.domains import DomainPack, load_pack
from streamdial.records import Dialogue
from streamdial.text import tokenize


class Variety(NamedTuple):
    """How much dialogues differ.

    Attributes:
        dialogues: How many there are.
        arcs: Share of dialogues whose order of acts no earlier one has.
        turns: Turns of a dialogue: 10th percentile, median, 90th.
        words_user: Tokens of a turn of the user's, likewise; tokens are words, and Chinese characters.
        words_agent: The same of the agent's.
        openings: First acts of both sides, with their number.
        endings: Outcome and last act of the user, likewise.
        budget: Turn in which the user states a price, counted from 1, likewise; 0 where nobody does.
    """

    dialogues: int
    arcs: float
    turns: tuple[float, float, float]
    words_user: tuple[float, float, float]
    words_agent: tuple[float, float, float]
    openings: Counter[str]
    endings: Counter[str]
    budget: Counter[int]


def measure_variety(dialogues: Sequence[Dialogue], pack: DomainPack) -> Variety:
    """Return how much dialogues of one pack differ."""
    arcs = [tuple(act for act, _ in groupby(turn.act for turn in one.turns)) for one in dialogues]
    said = {
        role: [len(tokenize(turn.utterance)) for one in dialogues for turn in one.turns if turn.role == role]
        for role in ("user", "agent")
    }
    return Variety(
        len(dialogues),
        len(set(arcs)) / max(len(arcs), 1),
        _spread([len(one.turns) for one in dialogues]),
        _spread(said["user"]),
        _spread(said["agent"]),
        Counter(", ".join(turn.act for turn in one.turns[:2]) for one in dialogues),
        Counter(f"{one.outcome}, {_find_last(one)}" for one in dialogues),
        Counter(_find_budget(one, pack) for one in dialogues),
    )


def _spread(values: Sequence[int]) -> tuple[float, float, float]:
    low, middle, high = (float(value) for value in np.percentile(values or [0], (10, 50, 90)))
    return low, middle, high


def _find_last(dialogue: Dialogue) -> str:
    return next((turn.act for turn in reversed(dialogue.turns) if turn.role == "user"), "")


def _find_budget(dialogue: Dialogue, pack: DomainPack) -> int:
    stating = (turn.turn_id + 1 for turn in dialogue.turns if turn.role == "user" and pack.price_slot in turn.inform)
    return next(stating, 0)


def print_variety(columns: dict[str, Variety]) -> None:
    """Print a table with a column for each set of dialogues."""
    rows: dict[str, Callable[[Variety], str]] = {
        "dialogues": lambda one: str(one.dialogues),
        "different arcs": lambda one: f"{one.arcs:.2f}",
        "turns": lambda one: _tell(one.turns),
        "tokens of a user's turn": lambda one: _tell(one.words_user),
        "tokens of an agent's turn": lambda one: _tell(one.words_agent),
        "openings": lambda one: _list(one.openings),
        "endings": lambda one: _list(one.endings),
        "turn of the budget": lambda one: _list(dict(sorted(one.budget.items()))),
    }
    print(f"| over a run | {' | '.join(columns)} |\n| --- |{' --- |' * len(columns)}")
    for name, write in rows.items():
        print(f"| {name} | {' | '.join(write(one) for one in columns.values())} |")


def _tell(spread: tuple[float, float, float]) -> str:
    return " / ".join(f"{value:g}" for value in spread)


def _list(counts: dict[str, int] | dict[int, int] | Counter[str] | Counter[int]) -> str:
    ordered = counts.most_common(6) if isinstance(counts, Counter) else list(counts.items())
    return "; ".join(f"{name or 'never'} {count}" for name, count in ordered)


def main() -> None:
    """Measure runs and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    columns = {}
    for run in parser.parse_args().runs:
        dialogues = [dialogue for dialogue, fault in read_made(run) if fault is None]
        if not dialogues:
            parser.error(f"{run} holds no dialogues")
        columns[run.name] = measure_variety(dialogues, load_pack(dialogues[0].domain))
    print_variety(columns)


if __name__ == "__main__":
    main()
