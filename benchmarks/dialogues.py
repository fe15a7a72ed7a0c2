"""What the dialogues of a run are worth, counted without a judge.

    python -m benchmarks.dialogues --json dialogues.json                 # the English example, local model
    python -m benchmarks.dialogues --run runs/demo --json dialogues.json # a run that is there

All dialogues that were made are looked at, those that were dropped as unusable too, before the filter.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine
from streamdial.dialogues.checks import find_confusion, has_value
from streamdial.domains import DomainPack, load_pack
from streamdial.files import read_json, read_lines
from streamdial.models import build_embedder
from streamdial.records import Dialogue, Turn
from streamdial.slots import DONT_CARE, SlotReader
from streamdial.text import tokenize

ROOT = Path(__file__).parent.parent
NEAR = 0.9
"""Cosine of both sides from which on two dialogues count as near-duplicates; that of the filter."""


def read_made(run: Path) -> list[tuple[Dialogue, str | None]]:
    """Return all dialogues of a run in their order, each with the reason it was dropped for, if it was."""
    lines = [line for journal in sorted((run / "dialogues").glob("*.journal")) for line in read_lines(journal)]
    return [(Dialogue.model_validate(line["dialogue"]), line["fault"]) for line in lines]


def measure_faithfulness(turns: Sequence[Turn], pack: DomainPack, language: Any) -> tuple[int, int]:  # noqa: ANN401
    """Return (slot values that stand in the words of their turn, slot values labelled)."""
    reader = SlotReader(pack, language, {turn.entity for turn in turns if turn.entity})
    found = labelled = 0
    for turn in turns:
        for slot, value in (*turn.inform.items(), *turn.tell.items(), *turn.tell_other.items()):
            if value in (DONT_CARE, ""):
                continue
            labelled += 1
            found += has_value(turn.utterance, pack, slot, (value, None), language, reader)
    return found, labelled


def count_duplicates(dialogues: Sequence[Dialogue], embedder: Any) -> float:  # noqa: ANN401
    """Return the share of dialogues that both sides of an earlier one say nearly the same as."""
    sides = []
    for role in ("user", "agent"):
        texts = [[turn.utterance for turn in d.turns if turn.role == role] for d in dialogues]
        rows = [
            np.average(embedder.embed(said), axis=0, weights=[max(len(tokenize(t)), 1) for t in said]) for said in texts
        ]
        matrix = np.asarray(rows)
        sides.append(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))
    near = np.minimum(sides[0] @ sides[0].T, sides[1] @ sides[1].T) >= NEAR
    return float(np.mean([near[row, :row].any() for row in range(len(near))]))


def compute_distinct(dialogues: Sequence[Dialogue], n: int) -> float:
    """Return the share of n-grams that differ, over all utterances (Li et al. 2016)."""
    grams: Counter[tuple[str, ...]] = Counter()
    for dialogue in dialogues:
        for turn in dialogue.turns:
            tokens = tokenize(turn.utterance)
            grams.update(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
    return len(grams) / max(sum(grams.values()), 1)


def measure(run: Path) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the figures of a run: the flat ones, and what is told beside them."""
    made = read_made(run)
    if not made:
        raise SystemExit(f"{run} holds no dialogues")
    dialogues = [dialogue for dialogue, _ in made]
    pack = load_pack(dialogues[0].domain)
    turns = [turn for dialogue in dialogues for turn in dialogue.turns]
    values = [measure_faithfulness(dialogue.turns, pack, dialogue.language) for dialogue in dialogues]
    checks = sum((Counter(dialogue.checks) for dialogue in dialogues), Counter())
    realisations = Counter(turn.realisation for turn in turns)
    same_role = sum(left.role == right.role for d in dialogues for left, right in pairwise(d.turns))
    figures = {
        "ended_on_path": float(np.mean([dialogue.stop_reason == "blueprint_end" for dialogue in dialogues])),
        "evidence_turn_share": float(np.mean([bool(turn.evidence) for turn in turns])),
        "slot_faithfulness": sum(found for found, _ in values) / max(sum(whole for _, whole in values), 1),
        "template_rate": realisations["template"] / len(turns),
        "role_confusion": float(np.mean([find_confusion(turn.role, turn.utterance) for turn in turns])),
        "duplicate_rate": count_duplicates(dialogues, build_embedder("use-multilingual")),
        "mean_turns": len(turns) / len(dialogues),
        "distinct_2": compute_distinct(dialogues, 2),
        "refused_per_turn": sum(checks.values()) / len(turns),
    }
    told = {
        "dialogues": len(dialogues),
        "dropped": Counter(fault for _, fault in made if fault),
        "realisations": realisations,
        "checks": checks,
        "behaviours": Counter(name for dialogue in dialogues for name in dialogue.behaviours),
        "same_role_twice": same_role,
        "model": json.loads(read_json(run / "run.json")["parts"]["model"]),
    }
    return figures, told


async def _make(out: Path, model: str, dialogues: int) -> None:
    from streamdial.flows import stream
    from streamdial.pipeline import RunSettings

    source = str(ROOT / "examples" / "automotive_live")
    await stream(
        RunSettings(
            domain="automotive", sources=(source,), out=str(out), model=model, dialogues=dialogues, min_turns=10
        )
    )


def main() -> None:
    """Make a run if none is named, measure it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="Folder of a run; by default one is made of the English example.")
    parser.add_argument("--model", default="local/qwen2.5-coder-1.5b")
    parser.add_argument("--dialogues", type=int, default=48)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = arguments.run or Path(folder) / "run"
        if arguments.run is None:
            asyncio.run(_make(run, arguments.model, arguments.dialogues))
        figures, told = measure(run)
    print(f"{describe_machine('xllamacpp')}; {told['model']}, {told['dialogues']} dialogues\n")
    print("| figure | value |\n| --- | --- |")
    for name, value in figures.items():
        print(f"| {name} | {value:.3f} |")
    for name in ("realisations", "checks", "behaviours", "dropped"):
        listed = ", ".join(f"{key.replace('_', ' ')} {count}" for key, count in told[name].most_common())
        print(f"\n{name}: {listed or 'none'}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
