"""Embedded Qdrant against qdrant-client's local mode on disk: what writing and asking cost.

Run it as `python benchmarks/store.py`; `--local-large` measures local mode at the large size too (minutes).
Each engine runs in a process of its own, so that memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from streamdial.store import CollectionSchema, EdgeStore, Point

DIMENSIONS = 384
SLOTS = 20
LIMIT = 10
FIGURES = (
    ("insert_cpu_s", "insert, CPU s"),
    ("insert_wall_s", "insert, s"),
    ("exact_ms", "exact top-10, ms"),
    ("filtered_ms", "filtered top-10, ms"),
    ("build_cpu_s", "HNSW build, CPU s"),
    ("hnsw_ms", "HNSW top-10, ms"),
    ("hnsw_filtered_ms", "HNSW filtered top-10, ms"),
    ("hnsw_recall", "HNSW recall at 10"),
    ("rss_mb", "memory above the data, MB"),
    ("reopen_s", "reopen and first query, s"),
)


def make_vectors(count: int) -> NDArray[np.float32]:
    """Clustered unit vectors, as sentence embeddings are, seeded."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(max(1, count // 50), DIMENSIONS)).astype(np.float32)
    rows = centres[rng.integers(0, len(centres), count)]
    rows += 0.7 * rng.standard_normal(size=rows.shape, dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def make_payload(row: int) -> dict[str, object]:
    """A payload as records have it, one of 20 slots, with a body of 500 characters."""
    return {"slot": f"s{row % SLOTS}", "number": float(row % 1000), "body": f"{row:08d} " + "x" * 491}


def time_queries(ask: Callable[[NDArray[np.float32]], object], queries: NDArray[np.float32]) -> float:
    """Return the median of one query in milliseconds."""
    ask(queries[0])
    spans = []
    for query in queries:
        start = time.perf_counter()
        ask(query)
        spans.append(time.perf_counter() - start)
    return statistics.median(spans) * 1000


def make_queries(vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Stored vectors with noise."""
    rng = np.random.default_rng(1)
    near = vectors[rng.integers(0, len(vectors), count)]
    return near + 0.03 * rng.standard_normal(size=near.shape, dtype=np.float32)


def measure_edge(count: int, folder: Path) -> dict[str, float]:
    """Measure the embedded engine through the project's own interface."""
    vectors = make_vectors(count)
    queries = make_queries(vectors, 100)
    before = psutil.Process().memory_info().rss
    store = EdgeStore(folder, optimize_after=sys.maxsize)
    store.ensure_collection("rows", CollectionSchema({"text": DIMENSIONS}, {"slot": "keyword", "number": "float"}))

    def points() -> Iterator[Point]:
        for row in range(count):
            yield Point(str(uuid.UUID(int=row + 1)), {"text": vectors[row]}, make_payload(row))

    def ask(query: NDArray[np.float32]) -> list[str]:
        return [hit.id for hit in store.query("rows", query, using="text", limit=LIMIT)]

    def ask_filtered(query: NDArray[np.float32]) -> object:
        return store.query("rows", query, using="text", limit=LIMIT, conditions={"slot": "s3"})

    cpu, wall = time.process_time(), time.perf_counter()
    store.upsert("rows", points())
    store.flush()
    figures = {"insert_cpu_s": time.process_time() - cpu, "insert_wall_s": time.perf_counter() - wall}
    figures["exact_ms"] = time_queries(ask, queries)
    figures["filtered_ms"] = time_queries(ask_filtered, queries)
    figures["rss_mb"] = (psutil.Process().memory_info().rss - before) / 1e6
    store.close()
    start = time.perf_counter()
    store = EdgeStore(folder, optimize_after=sys.maxsize)
    exact = [set(ask(queries[0]))]
    figures["reopen_s"] = time.perf_counter() - start
    exact += [set(ask(query)) for query in queries[1:]]
    cpu = time.process_time()
    store.optimize()
    figures["build_cpu_s"] = time.process_time() - cpu
    figures["hnsw_ms"] = time_queries(ask, queries)
    figures["hnsw_filtered_ms"] = time_queries(ask_filtered, queries)
    found = [len(wanted & set(ask(query))) / LIMIT for wanted, query in zip(exact, queries, strict=True)]
    figures["hnsw_recall"] = statistics.mean(found)
    store.close()
    return figures


def measure_local(count: int, folder: Path) -> dict[str, float]:
    """Measure qdrant-client's local mode on disk."""
    from qdrant_client import QdrantClient, models

    warnings.simplefilter("ignore")
    vectors = make_vectors(count)
    queries = make_queries(vectors, 10)
    before = psutil.Process().memory_info().rss
    client = QdrantClient(path=str(folder))
    client.create_collection(
        "rows", vectors_config={"text": models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)}
    )
    chosen = models.Filter(must=[models.FieldCondition(key="slot", match=models.MatchValue(value="s3"))])
    cpu, wall = time.process_time(), time.perf_counter()
    for first in range(0, count, 500):
        rows = range(first, min(first + 500, count))
        client.upsert(
            "rows",
            [
                models.PointStruct(
                    id=str(uuid.UUID(int=row + 1)), vector={"text": vectors[row].tolist()}, payload=make_payload(row)
                )
                for row in rows
            ],
        )
    figures = {"insert_cpu_s": time.process_time() - cpu, "insert_wall_s": time.perf_counter() - wall}
    figures["exact_ms"] = time_queries(
        lambda query: client.query_points("rows", query=query.tolist(), using="text", limit=LIMIT), queries
    )
    figures["filtered_ms"] = time_queries(
        lambda query: client.query_points("rows", query=query.tolist(), using="text", limit=LIMIT, query_filter=chosen),
        queries,
    )
    figures["rss_mb"] = (psutil.Process().memory_info().rss - before) / 1e6
    client.close()
    start = time.perf_counter()
    client = QdrantClient(path=str(folder))
    client.query_points("rows", query=queries[0].tolist(), using="text", limit=LIMIT)
    figures["reopen_s"] = time.perf_counter() - start
    client.close()
    return figures


def run_apart(engine: str, count: int) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--worker", engine, "--sizes", str(count), "--folder", folder]
        root = str(Path(__file__).resolve().parent.parent)
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root}
        )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def describe_machine() -> str:
    """Name the processor, cores, memory and versions."""
    name = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        name = models[0] if models else name
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{package} {version(package)}" for package in ("qdrant-edge-py", "qdrant-client", "numpy"))
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB; Python {platform.python_version()}, {versions}"


def format_table(columns: dict[str, dict[str, float]]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    for key, title in FIGURES:
        cells = [f"{figures[key]:,.2f}" if key in figures else "-" for figures in columns.values()]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 100_000], metavar="POINTS")
    parser.add_argument("--local-large", action="store_true", help="local mode at more than 20,000 points too")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures as one flat object")
    parser.add_argument("--worker", choices=["edge", "local"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        measure = measure_edge if options.worker == "edge" else measure_local
        print(json.dumps(measure(options.sizes[0], options.folder)))
        return
    columns: dict[str, dict[str, float]] = {}
    flat: dict[str, object] = {}
    for count in options.sizes:
        for engine in ("edge", "local"):
            if engine == "local" and count > 20_000 and not options.local_large:
                continue
            figures = run_apart(engine, count)
            columns[f"{engine}, {count:,}"] = figures
            flat |= {f"{engine}_{count}_{key}": round(value, 4) for key, value in figures.items()}
    flat["machine"] = describe_machine()
    print(format_table(columns))
    print(f"\n{DIMENSIONS} dimensions, payload of 500 characters, filter keeps 1 in {SLOTS}; queries are medians.")
    print(f"Machine: {flat['machine']}")
    print(f"Command: python benchmarks/store.py {' '.join(sys.argv[1:])}".rstrip())
    if options.json:
        options.json.write_text(json.dumps(flat, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
