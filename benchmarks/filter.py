"""The filter at the size of StreamDial: time, memory and edge recall against the bare matrix product, and quality.

Run it as `python benchmarks/filter.py --json filter.json`: about four minutes on two quiet cores. `--size` takes a
smaller set in place of 87,498, `--large` adds 300,000 points for the approximate way (a minute more, 2 GB), `--quality`
measures what is left after filtering alone. semhash is compared where it is installed (`pip install semhash`).

The reference is the float32 product of one side's upper triangle, in blocks, with nothing done to it, measured before
and after the graph in the same process. All is measured in two rounds and the quickest counts.
Memory is that of a process of its own, which reads the vectors from files, builds the graph, clusters and samples; all
it holds counts but the vectors themselves.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path

import numpy as np
from filter_data import Planted, compute_adjusted_rand, plant_groups
from filter_quality import measure_dialogues, measure_kept
from machine import describe_machine, measure_peak
from numpy.typing import NDArray

from streamdial.filtering import (
    Method,
    SimilarityGraph,
    build_similarity_graph,
    find_communities,
    load_vectors,
    sample_dialogues,
    save_vectors,
)
from streamdial.filtering.vectors import SideVectors

STREAMDIAL = 87_498
THRESHOLD = 0.8
Figures = dict[str, float]


def time_product(rows: NDArray[np.float32], block: int = 2048) -> float:
    """Return the seconds of the upper triangle of all products of one side."""
    room = np.empty(block * block, np.float32)
    start = time.perf_counter()
    for top in range(0, len(rows), block):
        for left in range(top, len(rows), block):
            upper, lower = rows[top : top + block], rows[left : left + block]
            out = room[: len(upper) * len(lower)].reshape(len(upper), len(lower))
            np.matmul(upper, lower.T, out=out)
    return time.perf_counter() - start


def time_graph(vectors: SideVectors, method: Method) -> tuple[float, SimilarityGraph]:
    """Return the seconds of a graph, checks of the vectors and all, and the graph."""
    start = time.perf_counter()
    graph = build_similarity_graph(vectors, user_threshold=THRESHOLD, agent_threshold=THRESHOLD, method=method)
    return time.perf_counter() - start, graph


def measure_size(size: int, *, decay: float = 0.0, rounds: int = 2) -> tuple[Figures, Planted, SimilarityGraph]:
    """Return time and recall of each way at one size, the data and the exact graph; the quickest round counts."""
    planted = plant_groups(size, decay=decay)
    vectors = planted.vectors
    time_product(vectors.user[:8192])
    gemm = exact_s = fast_s = pruned_s = math.inf
    for _ in range(rounds):
        gemm = min(gemm, time_product(vectors.user))
        seconds, exact = time_graph(vectors, "exact")
        exact_s = min(exact_s, seconds)
        gemm = min(gemm, time_product(vectors.user))
        seconds, fast = time_graph(vectors, "approximate")
        fast_s = min(fast_s, seconds)
        seconds, pruned = time_graph(vectors, "pruned")
        pruned_s = min(pruned_s, seconds)
    if not np.array_equal(exact.edges, pruned.edges):
        raise AssertionError("the pruned graph is not the exact one")
    known = set(map(tuple, exact.edges.tolist()))
    figures = {
        "gemm_s": gemm,
        "exact_s": exact_s,
        "pruned_s": pruned_s,
        "fast_s": fast_s,
        "exact_over_gemm": exact_s / gemm,
        "pruned_speedup": exact_s / pruned_s,
        "pruned_components": pruned.components or vectors.user.shape[1],
        "fast_speedup": exact_s / fast_s,
        "fast_components": fast.components or vectors.user.shape[1],
        "fast_edge_recall": len(known.intersection(map(tuple, fast.edges.tolist()))) / max(len(known), 1),
        "fast_recall_told": fast.edge_recall,
        "edges": len(known),
    }
    return figures, planted, exact


def measure_clusters(planted: Planted, graph: SimilarityGraph) -> Figures:
    """Return the time of clustering and sampling, and how well the planted groups are found."""
    start = time.perf_counter()
    found = find_communities(graph)
    clustered = time.perf_counter()
    sample_dialogues(graph, found, None)
    sampled = time.perf_counter()
    seeds = [find_communities(graph, seed=seed) for seed in range(1, 5)]
    stability = [compute_adjusted_rand(one, two) for one, two in combinations([found, *seeds], 2)]
    return {
        "cluster_s": clustered - start,
        "sample_s": sampled - clustered,
        "adjusted_rand": compute_adjusted_rand(planted.groups, found),
        "adjusted_rand_components": compute_adjusted_rand(
            planted.groups, find_communities(graph, quality="components")
        ),
        "adjusted_rand_over_seeds": float(np.mean(stability)),
    }


def measure_memory(vectors: SideVectors, method: Method) -> Figures:
    """Return the peak of a process that filters the vectors, above the vectors themselves, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        save_vectors(vectors, Path(folder))
        command = [sys.executable, __file__, "--child", folder, method]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
    told: Figures = json.loads(ran.stdout)
    return told


def run_child(folder: str, method: Method) -> None:
    """Filter the vectors of a folder and print the memory it took."""
    mapped = load_vectors(Path(folder))
    # Read whole, into memory of this process: a mapped file's pages come and go.
    user, agent = np.empty(mapped.user.shape, np.float32), np.empty(mapped.agent.shape, np.float32)
    for side, name in ((user, "user"), (agent, "agent")):
        with (Path(folder) / f"{name}.npy").open("rb") as file:
            np.lib.format.read_magic(file)
            np.lib.format.read_array_header_1_0(file)
            file.readinto(side)  # type: ignore[arg-type]
    before = measure_peak()
    vectors = SideVectors(mapped.ids, user, agent)
    _, graph = time_graph(vectors, method)
    built = measure_peak()
    sample_dialogues(graph, find_communities(graph), None)
    data = (user.nbytes + agent.nbytes) / 2**20
    to_mb = 2**20 / 1e6
    print(
        json.dumps(
            {
                "before": (before - data) * to_mb,
                "graph": (built - data) * to_mb,
                "peak": (measure_peak() - data) * to_mb,
            }
        )
    )


def fit_exponent(times: dict[int, float]) -> float:
    """Return the slope of log time over log size."""
    sizes = sorted(times)
    slope, _ = np.polyfit([math.log(size) for size in sizes], [math.log(times[size]) for size in sizes], 1)
    return float(slope)


def print_table(rows: list[tuple[str, Figures]]) -> None:
    """Print figures of several runs, one column a run."""
    names = list(dict.fromkeys(name for _, figures in rows for name in figures))
    print("| | " + " | ".join(title for title, _ in rows) + " |")
    print("| --- |" + " ---: |" * len(rows))
    for name in names:
        cells = [_show(figures[name]) if name in figures else "" for _, figures in rows]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print()


def _show(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def main() -> None:
    """Measure, print tables, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--size", type=int, default=STREAMDIAL)
    parser.add_argument("--large", action="store_true", help="measure the approximate way at 300,000 too")
    parser.add_argument("--quality", action="store_true", help="measure the quality alone")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_child(*options.child)
        return
    packages = ("numpy", "igraph", "leidenalg", "threadpoolctl", "semhash")
    print(describe_machine(*packages), f"OPENBLAS_CORETYPE={os.environ.get('OPENBLAS_CORETYPE', '-')}", "\n")
    figures: Figures = {}
    if not options.quality:
        figures = measure_speed(options.size, large=options.large)
    kept = measure_kept(plant_groups(min(options.size, 30_000)))
    print_table(sorted(kept.items()))
    dialogues = measure_dialogues()
    print_table(sorted(dialogues.items()))
    for source, table in (("vectors", kept), ("dialogues", dialogues)):
        figures |= {f"{source}_{way}_{name}": value for way, row in table.items() for name, value in row.items()}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def measure_speed(size: int, *, large: bool) -> Figures:
    """Return the figures of time, memory and recall, and print their tables."""
    columns: list[tuple[str, Figures]] = []
    for smaller in (10_000, 30_000):
        if smaller < size:
            columns.append((f"{smaller:,}", measure_size(smaller)[0]))
    told, planted, graph = measure_size(size)
    columns.append((f"{size:,}", told))
    told |= measure_clusters(planted, graph)
    for method, name in (("exact", "peak_mb_above_data"), ("approximate", "fast_peak_mb_above_data")):
        told[name] = measure_memory(planted.vectors, method)["peak"]
    del planted, graph
    columns.append((f"{size:,}, decay 0.5", measure_size(size, decay=0.5, rounds=1)[0]))
    fast = {int(title.replace(",", "")): row["fast_s"] for title, row in columns[:-1]}
    exact = {int(title.replace(",", "")): row["exact_s"] for title, row in columns[:-1]}
    if large:
        vectors = plant_groups(300_000).vectors
        seconds, found = time_graph(vectors, "approximate")
        fast[300_000] = seconds
        row = {"fast_s": seconds, "fast_recall_told": found.edge_recall, "edges": len(found.edges)}
        row["fast_peak_mb_above_data"] = measure_memory(vectors, "approximate")["peak"]
        columns.append(("300,000", row))
    print_table(columns)
    figures = {f"{name}_{size}": value for name, value in told.items()}
    figures["adjusted_rand"] = told["adjusted_rand"]
    if len(fast) > 1:
        figures["time_exponent"] = fit_exponent(fast)
        figures["time_exponent_exact"] = fit_exponent(exact)
        print(
            f"time grows as size^{figures['time_exponent']:.2f} (approximate), ^{figures['time_exponent_exact']:.2f}\n"
        )
    return figures


if __name__ == "__main__":
    main()
