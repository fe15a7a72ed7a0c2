"""One line a turn, as CSV."""

from __future__ import annotations

import csv
from pathlib import Path

from streamdial.counts import Counts
from streamdial.exports import DataSet, Splits, Written


def export_csv(data: DataSet, splits: Splits, folder: Path) -> Written:
    path = folder / "dataset" / "turns.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    lost = Counts("csv export")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for dialogue in data.list_dialogues():
            for turn in dialogue.turns:
                writer.writerow((dialogue.id, turn.role, turn.utterance))
                if turn.evidence:
                    lost.drop("evidence")
    return Written([path], [lost])
