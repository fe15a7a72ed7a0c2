from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from streamdial.errors import StoreError
from streamdial.store import CollectionSchema, EdgeStore, Point

SCHEMA = CollectionSchema(vectors={"text": 8}, indexes={"slot": "keyword"})


def make_points(first: int, count: int) -> list[Point]:
    vectors = np.random.default_rng(first).normal(size=(count, 8)).astype(np.float32)
    return [
        Point(str(uuid.UUID(int=first + row)), {"text": vectors[row]}, {"slot": f"s{row % 3}", "ok": True})
        for row in range(count)
    ]


def run_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def test_reopening_reads_everything_back(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path / "store")
    store.ensure_collection("cars", SCHEMA)
    store.upsert("cars", make_points(1, 30))
    before = list(store.scroll("cars"))
    store.close()
    again = EdgeStore(tmp_path / "store")
    assert list(again.scroll("cars")) == before
    assert again.count("cars", {"slot": "s1", "ok": True}) == 10
    again.ensure_collection("cars", SCHEMA)
    again.close()


def test_the_folder_is_closed_to_others(tmp_path: Path) -> None:
    EdgeStore(tmp_path / "deep" / "store").close()
    assert stat.S_IMODE((tmp_path / "deep" / "store").stat().st_mode) == 0o700


def test_a_second_process_is_told_who_holds_the_store(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from streamdial.store import EdgeStore\n"
        "store = EdgeStore(Path(sys.argv[1])); print('ready', flush=True); sys.stdin.read()"
    )
    other = run_python(code, str(tmp_path))
    assert other.stdout is not None
    assert other.stdin is not None
    try:
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(StoreError, match=rf"process {other.pid} .*QDRANT_URL"):
            EdgeStore(tmp_path)
    finally:
        other.stdin.close()
        other.wait(timeout=20)
        other.stdout.close()
    EdgeStore(tmp_path).close()


def test_a_killed_process_loses_nothing_it_wrote(tmp_path: Path) -> None:
    code = (
        "import sys, time, uuid, numpy; from pathlib import Path\n"
        "from streamdial.store import CollectionSchema, EdgeStore, Point\n"
        "store = EdgeStore(Path(sys.argv[1])); store.ensure_collection('cars', CollectionSchema({'text': 2}))\n"
        "row = numpy.ones(2, dtype='float32')\n"
        "store.upsert('cars', [Point(str(uuid.UUID(int=n + 1)), {'text': row}, {'n': n}) for n in range(700)])\n"
        "print('written', flush=True); time.sleep(60)"
    )
    other = run_python(code, str(tmp_path))
    assert other.stdout is not None
    assert other.stdin is not None
    assert other.stdout.readline() == "written\n"
    os.kill(other.pid, signal.SIGKILL)
    other.wait(timeout=20)
    other.stdout.close()
    other.stdin.close()
    store = EdgeStore(tmp_path)
    assert [point.payload["n"] for point in store.scroll("cars")] == list(range(700))
    store.close()


def test_handles_of_one_process_share_the_folder(tmp_path: Path) -> None:
    first, second = EdgeStore(tmp_path), EdgeStore(tmp_path)
    first.ensure_collection("cars", SCHEMA)
    first.upsert("cars", make_points(1, 3))
    assert second.count("cars") == 3
    first.close()
    assert second.count("cars") == 3
    second.close()


def test_a_half_made_collection_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".cars.new" / "segments").mkdir(parents=True)
    store = EdgeStore(tmp_path)
    store.ensure_collection("cars", SCHEMA)
    assert store.count("cars") == 0
    store.close()


def test_threads_may_write_and_read_at_once(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path)
    store.ensure_collection("cars", SCHEMA)

    def work(number: int) -> int:
        store.upsert("cars", make_points(1 + 100 * number, 100))
        return len(store.query("cars", np.ones(8, dtype=np.float32), using="text", limit=5))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [5] * 8
    assert store.count("cars") == 800
    store.close()


def test_graphs_built_after_many_writes_find_what_exact_search_finds(tmp_path: Path) -> None:
    points = make_points(1, 2000)
    exact, built = EdgeStore(tmp_path / "exact"), EdgeStore(tmp_path / "built", optimize_after=1000)
    for store in (exact, built):
        store.ensure_collection("cars", SCHEMA)
        store.upsert("cars", points)
    query = np.ones(8, dtype=np.float32)
    wanted = [hit.id for hit in exact.query("cars", query, using="text", limit=10, conditions={"slot": "s1"})]
    exact.optimize()
    for store in (exact, built):
        found = [hit.id for hit in store.query("cars", query, using="text", limit=10, conditions={"slot": "s1"})]
        assert len(set(found) & set(wanted)) >= 9
        assert store.count("cars") == 2000
        store.close()


def test_a_damaged_collection_gives_one_line(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path)
    store.ensure_collection("cars", SCHEMA)
    store.close()
    (tmp_path / "cars" / "edge_config.json").write_text("{", "utf-8")
    again = EdgeStore(tmp_path)
    with pytest.raises(StoreError) as caught:
        again.count("cars")
    assert "\n" not in str(caught.value)
    again.close()


def test_a_folder_that_cannot_be_made_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StoreError, match="cannot be made"):
        EdgeStore(tmp_path / "file" / "store")
