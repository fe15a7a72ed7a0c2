"""What SSI, APS and whole runs make of real material, development and test apart.

    python -m benchmarks.real [--json PATH] [--only quantities,messages,...]

Real files are read from the folder of real data beside the repository, split by file; what needs them is left out where
it is not there. Invented material ships with the tests.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.prose_rows import measure_rows
from benchmarks.real_messages import measure_messages
from benchmarks.real_prose import measure_prose
from benchmarks.real_quantities import measure_quantities
from benchmarks.real_recordings import measure_recordings
from benchmarks.real_screening import measure_screening
from benchmarks.real_transcripts import measure_loops

PARTS: dict[str, Callable[[], dict[str, float]]] = {
    "quantities": measure_quantities,
    "messages": measure_messages,
    "screening": measure_screening,
    "prose": lambda: measure_rows() | measure_prose(),
    "transcripts": measure_loops,
    "recordings": measure_recordings,
}
AIMS = {
    "question_precision": ">= 0.80",
    "question_recall": ">= 0.65",
    "constraint_precision": ">= 0.90",
    "quantity_forms_right": "1.0",
    "quantity_values_wrong": "0",
    "amount_forms_right": "1.0",
    "amount_values_wrong": "0",
    "screening_wrong": "0",
    "noise_false_share": "<= 0.01",
    "k_precision_prose": ">= 0.90",
    "loop_segments_dropped": "1.0",
    "loop_false_drops": "<= 0.01",
    "recordings_right": "1.0",
    "wrong_facts": "0",
}


def main() -> None:
    """Measure the parts and print their figures beside the aims."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help=f"Parts, joined by commas: {', '.join(PARTS)}.")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"{describe_machine('pint', 'babel', 'numpy')}\n")
    figures: dict[str, float] = {}
    for name in arguments.only.split(","):
        figures |= PARTS[name]()
    print("\n| figure | value | aim |\n| --- | ---: | ---: |")
    for name, value in figures.items():
        print(f"| {name} | {value:.4g} | {AIMS.get(name, '')} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
