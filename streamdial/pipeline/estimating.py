"""What the phases of a run cost, measured on a few dialogues, and what a whole run would cost by that."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from streamdial.files import read_json, write_json
from streamdial.pipeline.run import Run

GROWING = ("IDG",)
"""Phases whose work grows with the dialogues as it was measured on the first of them."""
SECONDS_A_DIALOGUE = {"DF": 0.012, "export": 0.007}
"""What a dialogue adds to phases that take most of their time to begin while dialogues are few: encoder, pairs and
files of 400 dialogues less those of 20, on two cores of an AMD EPYC (docs/scale.md)."""
_USED = ("calls", "prompt_tokens", "completion_tokens", "dollars")
_COLUMNS = ("phase", "calls", "tokens in", "tokens out", "cost", "time")


@dataclass(frozen=True)
class PhaseCost:
    """What a phase took.

    Attributes:
        phase: SSI, APS, CB, IDG, DF or export.
        seconds: Time from its begin to its end.
        growing: Seconds of them that grow with the dialogues.
        dialogues: Dialogues it was measured on; 0 of a phase that is done once.
        calls: Model calls; those answered from the cache are none.
        prompt_tokens: Tokens of prompts, as the endpoint tells them or estimated.
        completion_tokens: Tokens of answers.
        dollars: What it cost; 0 where no price is known.
    """

    phase: str
    seconds: float = 0.0
    growing: float = 0.0
    dialogues: int = 0
    calls: float = 0
    prompt_tokens: float = 0
    completion_tokens: float = 0
    dollars: float = 0.0

    def scale(self, wanted: int, at_once: int) -> PhaseCost:
        """Return what it takes for more dialogues; a phase that is done once takes the same.

        Args:
            wanted: Dialogues asked for.
            at_once: Dialogues that are made side by side, for as many wait for a model: time grows only beyond that.
        """
        if not self.dialogues:
            return self
        if self.phase in SECONDS_A_DIALOGUE:
            added = SECONDS_A_DIALOGUE[self.phase] * (wanted - self.dialogues)
            return replace(self, seconds=max(0.0, self.seconds + added), dialogues=wanted)
        factor = wanted / self.dialogues
        waves = max(1.0, wanted / max(self.dialogues, at_once)) if at_once > 1 else factor
        return PhaseCost(
            self.phase,
            self.seconds + self.growing * (waves - 1),
            self.growing * waves,
            wanted,
            round(self.calls * factor),
            round(self.prompt_tokens * factor),
            round(self.completion_tokens * factor),
            self.dollars * factor,
        )


@dataclass(frozen=True)
class Estimate:
    """What a run would take.

    Attributes:
        dialogues: Dialogues asked for.
        measured: Dialogues it was learnt from.
        phases: What each phase takes.
        priced: Whether the price of the model is known.
    """

    dialogues: int
    measured: int
    phases: tuple[PhaseCost, ...]
    priced: bool

    @property
    def total(self) -> PhaseCost:
        """What all phases take together."""
        names = ("seconds", "growing", *_USED)
        return PhaseCost("total", **{name: sum(getattr(part, name) for part in self.phases) for name in names})

    def list_rows(self) -> list[tuple[str, ...]]:
        """Return the table for people, its head first and the total last."""
        rows = [
            (
                part.phase,
                f"{part.calls:,.0f}",
                f"{part.prompt_tokens:,.0f}",
                f"{part.completion_tokens:,.0f}",
                f"${part.dollars:,.2f}" if self.priced or part.dollars else "-" if not part.calls else "not known",
                _tell_time(part.seconds),
            )
            for part in (*self.phases, self.total)
        ]
        return [_COLUMNS, *rows]

    def __str__(self) -> str:
        """Return it as a table of plain text."""
        rows = self.list_rows()
        widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
            for row in rows
        ]
        return "\n".join([f"Estimate for {self.dialogues:,} dialogues, learnt from {self.measured}:", *lines])

    def _repr_html_(self) -> str:
        """Return it as a notebook shows it."""
        head, *rows = self.list_rows()
        cells = "".join(f"<th>{name}</th>" for name in head)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        return (
            f"<table><caption>{self.dialogues:,} dialogues, by {self.measured}</caption><tr>{cells}</tr>{body}</table>"
        )


class Meter:
    """Measures what the phases of a run take."""

    def __init__(self) -> None:
        self.costs: dict[str, PhaseCost] = {}

    @contextmanager
    def measure(self, phase: str, run: Run) -> Iterator[None]:
        """Measure a phase; nothing is noted of one that fails."""
        before, begun = _read_usage(run, phase), time.perf_counter()
        yield
        after, seconds = _read_usage(run, phase), time.perf_counter() - begun
        made = run.shared.get("participants")
        growing = min(seconds, made[1].progress.seconds) if phase == "IDG" and made else seconds
        used = {name: getattr(after, name) - getattr(before, name) for name in _USED}
        counted = phase in GROWING or phase in SECONDS_A_DIALOGUE
        self.costs[phase] = PhaseCost(
            phase,
            seconds,
            growing if phase in GROWING else 0.0,
            run.settings.dialogues.count if counted else 0,
            **used,
        )


def _tell_time(seconds: float) -> str:
    """Return a length of time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _read_usage(run: Run, phase: str) -> PhaseCost:
    """Return what the models of a run were used for so far."""
    usages = [model.usage for model in run.list_models()]
    return PhaseCost(
        phase,
        calls=sum(sum(usage.calls.values()) for usage in usages),
        prompt_tokens=sum(usage.prompt_tokens for usage in usages),
        completion_tokens=sum(usage.completion_tokens for usage in usages),
        dollars=sum(usage.dollars for usage in usages),
    )


def estimate_costs(costs: Sequence[PhaseCost], wanted: int, *, at_once: int = 1, priced: bool = False) -> Estimate:
    """Return what a run would take by what a part of it took.

    What is done once stays as it is, filter and export grow by a rate; calls, tokens and money of the dialogues grow
    with their number. Where models word them they are made side by side, so time grows only once more are asked for
    than may be open.

    Args:
        costs: What the phases took.
        wanted: Dialogues asked for.
        at_once: Dialogues that may be made side by side; 1 where code makes them.
        priced: Whether the price of the model is known.
    """
    measured = max((cost.dialogues for cost in costs), default=0)
    return Estimate(
        wanted,
        measured,
        tuple(cost.scale(wanted, at_once if cost.phase == "IDG" else 1) for cost in costs),
        priced,
    )


def count_side_by_side(run: Run) -> int:
    """Return how many dialogues wait for a model at a time; 1 where code makes them."""
    return run.model.gate.maximum if run.words_turns else 1


def keep_costs(run: Run, costs: Sequence[PhaseCost]) -> list[PhaseCost]:
    """Keep what phases took in the folder of a run, and return it.

    A phase whose answer was there already took next to nothing now; it keeps what it took when it was done.

    Args:
        run: The run.
        costs: What they took now.
    """
    path = run.workspace.root / "costs.json"
    known = {cost["phase"]: PhaseCost(**cost) for cost in read_json(path)} if path.is_file() else {}
    kept = [max(cost, known.get(cost.phase, cost), key=lambda one: one.seconds) for cost in costs]
    write_json(path, [asdict(cost) for cost in kept])
    return kept
