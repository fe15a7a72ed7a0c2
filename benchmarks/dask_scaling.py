"""How the making of dialogues grows with Dask workers: one, two and four on this machine, one limit for all of them.

    python -m benchmarks.dask_scaling --json dask_scaling.json

1,000 dialogues of 16 turns in `direct` through the flow, against a mock endpoint without latency, on a Prefect server
of its own. Seconds run from the first call to the last answer. Each worker is a process with one thread; more of them
than cores shows what waiting and handing out cost, not what more machines would bring.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.endpoint import EndpointOptions, serve_endpoint, take_figures
from benchmarks.engine import ROOT, SHARD, build_settings, prepare, read_people, run_flow
from benchmarks.hashed_sentences import use_hashing
from benchmarks.machine import describe_machine

DIALOGUES = 1000


def run_on_workers(out: Path, url: str, dialogues: int, workers: int) -> dict[str, Any]:
    """Make all dialogues on Dask workers of this machine and return the figures; 0 workers is the flow without Dask."""
    use_hashing()
    settings = build_settings(out, url, dialogues)
    people = read_people(out)

    async def make(address: str | None) -> dict[str, Any]:
        await take_figures(url)
        made = await run_flow(settings.replace(dask=address), people)
        return {**made, **await take_figures(url)}

    if not workers:
        return asyncio.run(make(None))
    from distributed import LocalCluster
    from prefect.settings import PREFECT_API_URL
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        # Without an address each worker would start a server of its own.
        os.environ["PREFECT_API_URL"] = str(PREFECT_API_URL.value())
        cluster: Any = LocalCluster  # untyped
        with cluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
            return asyncio.run(make(cluster.scheduler_address))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--dialogues", type=int, default=DIALOGUES)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2, 4])
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        print(json.dumps(run_on_workers(arguments.out, arguments.url, arguments.dialogues, arguments.child)))
        return
    print(f"{describe_machine('prefect', 'prefect-dask', 'distributed')}\n")
    print(f"{arguments.dialogues} dialogues of 16 turns, {SHARD} a shard\n\n| workers | s | turns / s | kept |")
    print("| ---: | ---: | ---: | ---: |")
    figures = []
    with tempfile.TemporaryDirectory() as folder, serve_endpoint(EndpointOptions(latency=0)) as url:
        prepared, out = Path(folder) / "prepared", Path(folder) / "run"
        use_hashing()
        asyncio.run(prepare(prepared, url))
        for workers in arguments.workers:
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(prepared, out)
            command = [sys.executable, "-m", "benchmarks.dask_scaling", "--child", str(workers), "--out", str(out)]
            command += ["--url", url, "--dialogues", str(arguments.dialogues)]
            # A home of its own: Prefect would take the shards of the row before from its cache.
            environment = {**os.environ, "PREFECT_HOME": str(Path(folder) / f"prefect-{workers}")}
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(done.stderr[-4000:])
            made = json.loads(done.stdout.splitlines()[-1])
            row = {"workers": workers, "seconds": made["seconds"], "kept": made["kept"], "calls": made["calls"]}
            figures.append(row)
            print(
                f"| {workers} | {row['seconds']:.1f} | {row['calls'] / row['seconds']:.0f} | {row['kept']} |",
                flush=True,
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
