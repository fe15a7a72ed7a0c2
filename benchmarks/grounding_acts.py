"""Grounding acts of people's dialogues, and how well the labeller agrees with labels by hand.

    python -m benchmarks.grounding_acts [--data ../shared/data]

`benchmarks/grounding_labels.csv` has the acts of 100 turns of agents and the 100 of users before them in each set, by
hand, by number of dialogue and turn alone. They are of every second dialogue, from one hand, which wrote the rules as
well after it had read them: kappa is what is to be hoped for at best.
`kappa_ACT_LANGUAGE` is Cohen's kappa, told where the hand found five turns or more; users' turns are labelled for
acknowledgements alone. `grounding_ACT_LANGUAGE` is the share of agents' turns, which `_grounding.yaml` ships.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from benchmarks.dialogues import ROOT
from benchmarks.figures import print_figures
from benchmarks.machine import describe_machine
from streamdial.evaluation.metrics.grounding_acts import ACTS, label_acts, measure_grounding_acts, measure_kappa
from streamdial.evaluation.reading import read_dialogue_set

LABELS = Path(__file__).with_name("grounding_labels.csv")
FEWEST = 5
"""Turns with an act by hand below which no kappa is told."""


def measure(data: Path) -> dict[str, float]:
    """Return shares, kappas and counts; empty where the sets are not at hand."""
    figures: dict[str, float] = {}
    with LABELS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name in sorted({row["set"] for row in rows}):
        if not (data / name).is_dir():
            continue
        known = read_dialogue_set(data / name)
        figures |= {one.key: one.value for one in measure_grounding_acts(known) if one.value is not None}
        talks = {talk.id: talk for talk in known.talks}
        for role in ("agent", "user"):
            mine = [row for row in rows if row["set"] == name and row["role"] == role]
            found = [
                label_acts(talks[row["dialogue"]].turns[int(row["turn"])].utterance, talks[row["dialogue"]].language)
                for row in mine
            ]
            language = talks[mine[0]["dialogue"]].language
            for act in ACTS if role == "agent" else ACTS[:1]:
                hand = [act in row["acts"].split("+") for row in mine]
                kappa = measure_kappa(hand, [act in one for one in found])
                figures[f"hand_{role}_{act}_{language}"] = float(sum(hand))
                if kappa is not None and sum(hand) >= FEWEST:
                    figures[f"kappa_{role}_{act}_{language}"] = kappa
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="Folder of the public sets.")
    arguments = parser.parse_args()
    print(f"{describe_machine('polars')}\n")
    print_figures(measure(arguments.data), as_json=False)


if __name__ == "__main__":
    main()
