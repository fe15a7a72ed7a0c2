"""What orchestration costs: a task a shard, on Prefect with PostgreSQL and Redis.

    python -m benchmarks.flow --json flow.json

1,000 shards of one dialogue of eight turns each, against a mock endpoint without latency: through the flow, and the
same without Prefect; the difference is the overhead. Then a run whose signals are cached is triggered by REST, and the
time to its first model call is taken: worker, new interpreter, imports, and the phases that have nothing to do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.engine import Bench, build_settings
from benchmarks.machine import describe_machine
from streamdial.deployments.services import Services, find_program
from streamdial.testing import MockEndpoint

TURNS = (8,)


def measure_database(services: Services) -> int:
    """Return the size of Prefect's database in bytes."""
    port = str(services.state["postgres_port"])
    environment = {**os.environ, "PGPASSWORD": services.state["database_password"]}
    query = "select pg_database_size('prefect')"
    command = [find_program("psql"), "-h", "127.0.0.1", "-p", port, "-U", "prefect", "-d", "prefect", "-Atc", query]
    return int(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def measure_trigger(services: Services, folder: Path) -> float:
    """Return seconds from the trigger by REST to the first model call of a run whose signals are cached."""
    user, _, password = services.environment["PREFECT_API_AUTH_STRING"].partition(":")
    api = httpx.Client(base_url=services.environment["PREFECT_API_URL"], auth=(user, password), timeout=60)
    deployment = api.get("/deployments/name/stream/stream-automotive").json()["id"]

    def trigger(endpoint: MockEndpoint, dialogues: int) -> tuple[str, float]:
        made = build_settings(folder / "run", endpoint.url, dialogues)
        settings = made.replace(mode="planned", embedder="use-multilingual").model_dump(mode="json")
        asked = time.perf_counter()
        body = {"parameters": {"settings": settings}}
        return api.post(f"/deployments/{deployment}/create_flow_run", json=body).json()["id"], asked

    with MockEndpoint() as endpoint:
        run, _ = trigger(endpoint, 2)
        while api.get(f"/flow_runs/{run}").json()["state_type"] not in ("COMPLETED", "FAILED", "CRASHED"):
            time.sleep(0.5)
        before = endpoint.count
        _, asked = trigger(endpoint, 4)
        while endpoint.count == before:
            time.sleep(0.01)
            if time.perf_counter() - asked > 300:
                sys.exit("the run made no model call in 300 s")
        return time.perf_counter() - asked


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--shards", type=int, default=1000)
    arguments = parser.parse_args()
    print(f"{describe_machine('prefect', 'sqlalchemy', 'asyncpg')}; {arguments.shards} shards\n")
    data = Path(tempfile.mkdtemp(prefix="streamdial-services-", dir="/var/tmp"))
    services = Services(data)
    before = dict(os.environ)
    options: dict[str, Any] = {"dialogues": arguments.shards, "turns": TURNS, "latency": 0.0, "shard_size": 1}
    try:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder))
            plain = bench.run("engine", **options)
            services.start(workers=1)
            os.environ.update(services.environment)
            size = measure_database(services)
            begun = time.perf_counter()
            flow = bench.run("flow", **options)
            whole = time.perf_counter() - begun
            grown = measure_database(services) - size
            first_call = measure_trigger(services, Path(folder) / "triggered")
    finally:
        os.environ.clear()
        os.environ.update(before)
        services.stop()
        shutil.rmtree(data, ignore_errors=True)
    figures = {
        "overhead_s_per_shard": (flow["seconds"] - plain["seconds"]) / arguments.shards,
        "overhead_cpu_s_per_shard": (flow["cpu_s"] - plain["cpu_s"]) / arguments.shards,
        "database_kib_per_shard": grown / 1024 / arguments.shards,
        "trigger_to_first_call_s": first_call,
    }
    print("| what | s, first call to last | CPU s of the flow's process | lost |")
    print("| --- | ---: | ---: | ---: |")
    for name, row in (("without Prefect", plain), ("through the flow", flow)):
        print(f"| {name} | {row['seconds']:.1f} | {row['cpu_s']:.1f} | {row['lost']} |")
    print(f"\nthe flow with its start and end took {whole:.0f} s")
    for name, value in figures.items():
        print(f"{name}: {value:.4f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
