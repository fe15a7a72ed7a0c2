"""The figures of evaluation and delivery together: tracker, measures, report page.

    python -m benchmarks.evaluation [--data FOLDER] [--dialogues N] [--json PATH]

It joins `benchmarks.tracking`, `benchmarks.evaluation_measures` and `benchmarks.report_size`, about five minutes on two
cores. What cannot be measured (no real data beside the repository, no browser) is left out and said.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.evaluation_measures import DIALOGUES, measure_time
from benchmarks.machine import describe_machine
from benchmarks.tracking import DATA, measure_tracking
from streamdial.errors import StreamDialError

ROOT = Path(__file__).resolve().parents[1]
PAGE = ("report_open_s_10000", "report_filter_ms_10000")
HEADLINES = ("tracker_jga", "tracker_slot_f1", "majority_slot_f1", "lookup_slot_f1")


def measure_tracker(data: Path) -> dict[str, float]:
    """Return JGA and slot F1 of the tracker, and slot F1 of what it has to beat: means over the real sets.

    Raises:
        FileNotFoundError: If the real data is not there.
    """
    if not data.is_dir():
        raise FileNotFoundError(f"the real data is not at {data}")
    figures = measure_tracking(data)
    return {name: figures[name] for name in HEADLINES}


def measure_page(dialogues: int) -> dict[str, float]:
    """Return the seconds a report page of many dialogues takes to open, and the milliseconds to filter.

    In a process of its own, so that what was measured before takes no memory from the browser.

    Raises:
        OSError: If there is no browser, or the page cannot be measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "page.json"
        asked = ["--dialogues", str(dialogues), "--json", str(out)]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.report_size", *asked],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if not out.is_file():
            raise OSError((done.stderr.strip() or "nothing was written").splitlines()[-1])
        found = json.loads(out.read_text(encoding="utf-8"))
    return {name: float(found[name]) for name in PAGE}


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures as one flat object")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the real sets")
    parser.add_argument("--dialogues", type=int, default=DIALOGUES, help="dialogues measured and shown")
    given = parser.parse_args()
    print(describe_machine("streamdial", "numpy", "scikit-learn"))
    parts: dict[str, Callable[[], dict[str, float]]] = {
        "tracker": lambda: measure_tracker(given.data),
        "measures": lambda: measure_time(None, given.dialogues)[0],
        "report page": lambda: measure_page(given.dialogues),
    }
    figures: dict[str, float] = {}
    for part, measure in parts.items():
        try:
            found = measure()
        except (OSError, StreamDialError) as error:
            print(f"{part}: not measured, {error}")
            continue
        for name, value in found.items():
            print(f"{name:32} {value:10.3f}")
        sys.stdout.flush()
        figures |= found
    if given.json:
        rounded = {name: round(value, 3) for name, value in figures.items()}
        given.json.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
