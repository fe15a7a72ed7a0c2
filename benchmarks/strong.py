"""What is asked of strong models, and what it costs.

python -m benchmarks.strong [--json]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from benchmarks.strong_prompts import measure_prompts

MEASURES: tuple[Callable[[str], dict[str, float]], ...] = (measure_prompts,)
"""What the benchmark measures; each gets the part of the set of answers."""


def measure_all(split: str = "held") -> dict[str, float]:
    """Return all figures of the benchmark."""
    return {name: value for measure in MEASURES for name, value in measure(split).items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    figures = measure_all()
    if arguments.json:
        print(json.dumps(figures))
        return
    print("| figure | value |\n| --- | ---: |")
    for name, value in figures.items():
        print(f"| {name} | {value:g} |")


if __name__ == "__main__":
    main()
