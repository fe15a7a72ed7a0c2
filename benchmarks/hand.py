"""How the product lies in the hand: import, help, first line, preview, what a data set weighs and offers, wheel, docs.

    python -m benchmarks.hand --json hand.json

Times are those of this machine, the median of several processes; the others are counts. `docs_broken_links` are the
warnings of the site's strict build, `public_names_documented` the share of what `import streamdial` offers, and of the
public methods of it, that has a docstring and stands in the reference of the site.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import streamdial as sd
from benchmarks.machine import describe_machine

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "restaurant_live"
DIALOGUES = 24
TIMES = 5


def measure_process(*command: str) -> float:
    """Return the median time of a process, in seconds."""
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def measure_first_line(folder: Path) -> float:
    """Return the seconds from the start of `streamdial run` to its first line."""
    command = [sys.executable, "-m", "streamdial.deployments.cli", "run", "--domain", "restaurant"]
    command += ["--source", str(EXAMPLE), "--out", str(folder / "first")]
    begun = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        taken = time.perf_counter() - begun
        process.terminate()
        process.stderr.read()
    return taken


def measure_wrong_source(folder: Path) -> tuple[float, bool]:
    """Return the seconds until a source that is not there is told, and whether a run was left behind."""
    command = [sys.executable, "-m", "streamdial.deployments.cli", "run", "--domain", "restaurant"]
    command += ["--source", str(folder / "nowhere"), "--out", str(folder / "none")]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode, done.stdout
    return time.perf_counter() - begun, (folder / "none").exists()


def count_configs(data_set: Path) -> int:
    """Return how many configurations of a data set `load_dataset` opens, each with rows in its first part."""
    from datasets import get_dataset_config_names, load_dataset

    names = get_dataset_config_names(str(data_set))
    for name in names:
        parts = load_dataset(str(data_set), name)
        assert len(parts[next(iter(parts))]), name
    return len(names)


def weigh_sessions(data_set: Path, dialogues: int) -> float:
    """Return the kilobytes a dialogue takes in `sessions/`."""
    return sum(path.stat().st_size for path in (data_set / "sessions").rglob("*") if path.is_file()) / 1000 / dialogues


def list_wheel(folder: Path) -> set[str]:
    """Return the top-level names of the wheel."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" not in name}


def build_site(folder: Path) -> int:
    """Build the documentation, and return how many warnings its strict build has."""
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    )
    return len(re.findall(r"^WARNING", done.stderr, re.MULTILINE))


def list_undocumented(reference: str) -> tuple[list[str], int]:
    """Return the public names without a docstring or without a place in the reference, and how many there are in all.

    Args:
        reference: The page of the reference, as HTML.
    """
    missing, asked = [], 0
    for name in sd.__all__:
        if name.startswith("__"):
            continue
        thing = getattr(sd, name)
        asked += 1
        if not inspect.getdoc(thing) or f"{thing.__module__}.{thing.__qualname__}" not in reference:
            missing.append(name)
        for member, value in vars(thing).items() if inspect.isclass(thing) else ():
            if member.startswith("_") or not (inspect.isfunction(value) or isinstance(value, property)):
                continue
            asked += 1
            if not inspect.getdoc(value):
                missing.append(f"{name}.{member}")
    return missing, asked


def measure() -> dict[str, float]:
    """Return all figures."""
    python = sys.executable
    bare = measure_process(python, "-c", "pass")
    figures: dict[str, float] = {
        "import_s": measure_process(python, "-c", "import streamdial") - bare,
        "help_s": measure_process(python, "-m", "streamdial.deployments.cli", "--help"),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures["first_line_s"] = measure_first_line(folder)
        figures["wrong_source_s"], left = measure_wrong_source(folder)
        figures["wrong_source_leaves_a_run"] = float(left)
        begun = time.perf_counter()
        sd.preview(EXAMPLE, domain="restaurant", dialogues=2)
        figures["preview_s"] = time.perf_counter() - begun
        made = sd.run(EXAMPLE, domain="restaurant", dialogues=DIALOGUES, out=folder / "run")
        data_set = folder / "run" / "dataset"
        figures["sessions_kb_a_dialogue"] = weigh_sessions(data_set, len(made.dialogues))
        figures["load_dataset_configs"] = count_configs(data_set)
        figures["wheel_top_level"] = len(list_wheel(folder / "wheel"))
        figures["docs_broken_links"] = build_site(folder / "site")
        missing, asked = list_undocumented((folder / "site" / "api.html").read_text(encoding="utf-8"))
    for one in missing:
        print(f"not documented: {one}", file=sys.stderr)
    figures["public_names_documented"] = 1 - len(missing) / asked
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = measure()
    print(f"{describe_machine('datasets', 'mkdocs-material')}\n\n| figure | value |\n| --- | ---: |")
    for name, value in figures.items():
        print(f"| `{name}` | {value:g} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
