"""Labels of readers: good or bad, and why, as the report page exports them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson

from streamdial.counts import Counts
from streamdial.encodings import decode_text
from streamdial.errors import ConfigurationError
from streamdial.evaluation.comparison import Row
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.metrics.agreement import compute_alpha
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios

SECTION = "Labels"
REASONS_TOLD = 5
"""Reasons of bad labels an evaluation's notes repeat."""


class Label(NamedTuple):
    """What one reader said of a dialogue or of one of its turns.

    Attributes:
        dialogue: Id of the dialogue.
        turn: Number of the turn; None for the dialogue as a whole.
        reader: Who said it: the name of the file.
        good: Whether it is good.
        why: The reader's reason; may be empty.
    """

    dialogue: str
    turn: int | None
    reader: str
    good: bool
    why: str = ""


def read_labels(files: Iterable[Path], counts: Counts, *, talks: Iterable[EvaluatedDialogue]) -> list[Label]:
    """Read the labels that the report page exports as JSONL: `dialogue`, `turn` or null, `label`, `why`.

    The name of a file stands for a reader. Counts get `asked` (lines), `kept` and the drops `unknown_dialogue`,
    `unknown_turn`, `no_label` (neither good nor bad), `twice` (the last counts).

    Args:
        files: The files.
        counts: The report.
        talks: Dialogues the labels may be of.

    Raises:
        ConfigurationError: If a file cannot be read.
    """
    turns = {talk.id: {turn.turn_id for turn in talk.turns} for talk in talks}
    found: dict[tuple[str, int | None, str], Label] = {}
    for file in files:
        for line in _read_lines(file):
            counts.asked += 1
            dialogue, turn, label = line.get("dialogue"), line.get("turn"), line.get("label")
            if dialogue not in turns:
                counts.drop("unknown_dialogue")
            elif turn is not None and turn not in turns[dialogue]:
                counts.drop("unknown_turn")
            elif label not in ("good", "bad"):
                counts.drop("no_label")
            else:
                key = (dialogue, turn, file.stem)
                if key in found:
                    counts.drop("twice")
                found[key] = Label(*key, label == "good", " ".join(str(line.get("why") or "").split()))
    counts.kept += len(found)
    return list(found.values())


def _read_lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        for text in filter(str.strip, decode_text(file.read_bytes()).text.split("\n")):
            line = orjson.loads(text)
            if not isinstance(line, dict) or not isinstance(line.get("dialogue"), str):
                raise TypeError("a line is no object with `dialogue`")
            turn = line.get("turn")
            if turn is not None and (not isinstance(turn, int) or isinstance(turn, bool)):
                raise TypeError("a `turn` is neither a number nor null")
            yield line
    except (OSError, orjson.JSONDecodeError, TypeError) as error:
        raise ConfigurationError(
            f"the labels cannot be read ({type(error).__name__}: {error}).",
            fix="give a file that the report page exported (labels-*.jsonl)",
            where=file.name,
        ) from error


def summarise_labels(labels: Sequence[Label], sets: Sequence[DialogueSet], *, seed: int = 7) -> list[Row]:
    """Return shares of good labels of dialogues and of turns by side, with intervals over dialogues, and agreement.

    Agreement is Krippendorff's alpha, nominal, over what at least two readers labelled.

    Args:
        labels: What readers said.
        sets: The set that is evaluated, and the one it is compared with where there is one.
        seed: Seed of the resamples.
    """
    columns = [_measure_set(labels, known, seed) for known in sets]
    rows = [Row(*figures) for figures in zip(*columns, strict=True)]
    readers = sorted({label.reader for label in labels})
    said = {(label.reader, label.dialogue, label.turn): float(label.good) for label in labels}
    units = list(dict.fromkeys((label.dialogue, label.turn) for label in labels))
    alpha = compute_alpha([[said.get((reader, *unit)) for unit in units] for reader in readers], "nominal")
    reason = "" if alpha is not None else "no two readers labelled the same, or all said the same"
    return [*rows, Row(Statistic("labels_alpha", alpha, unit="alpha, nominal", section=SECTION, reason=reason))]


def _measure_set(labels: Sequence[Label], known: DialogueSet, seed: int) -> list[Statistic]:
    sides = {talk.id: {turn.turn_id: turn.role for turn in talk.turns} for talk in known.talks}
    figures = []
    for name, side in (("good_dialogues", None), ("good_user_turns", "user"), ("good_agent_turns", "agent")):
        by_dialogue: dict[str, list[bool]] = {}
        for label in labels:
            roles = sides.get(label.dialogue)
            if roles is not None and side == (None if label.turn is None else roles[label.turn]):
                by_dialogue.setdefault(label.dialogue, []).append(label.good)
        what: Literal["labels of turns", "labels of dialogues"] = "labels of turns" if side else "labels of dialogues"
        figure = Statistic(name, None, unit=f"share of {what}", section=SECTION)
        held = list(by_dialogue.values())
        ratio = Ratio(figure, [sum(good) for good in held], [len(good) for good in held])
        found = measure_ratios([ratio], seed=seed)[0]
        figures.append(found if held else Statistic(name, None, unit=figure.unit, section=SECTION, reason="no labels"))
    return figures


def list_reasons(labels: Iterable[Label]) -> list[str]:
    """Return the first reasons of bad labels, each with where it was said."""
    told = [label for label in labels if not label.good and label.why]
    return [
        f"bad: {label.dialogue[:8]}{'' if label.turn is None else f', turn {label.turn + 1}'}: {label.why[:120]}"
        for label in told[:REASONS_TOLD]
    ]
