"""How figures are printed."""

from __future__ import annotations

import json
from collections.abc import Mapping


def print_figures(figures: Mapping[str, float], *, as_json: bool) -> None:
    """Print figures by name, as one line of JSON or as a table."""
    if as_json:
        print(json.dumps(figures))
        return
    print("| figure | value |\n| --- | ---: |")
    for name, value in figures.items():
        print(f"| {name} | {value:g} |")
