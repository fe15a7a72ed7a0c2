"""How fast dialogues are made: the engine alone and through the Prefect flow, against a mock endpoint.

    python -m benchmarks.engine --json engine.json

The floor is a bare aiohttp loop that asks the same endpoint, in the same run, as many calls with bodies of the same
size: what is left when the engine costs nothing. Efficiency over the floor is the floor's time from the first call to
the last answer divided by ours, CPU over the floor is our CPU seconds divided by the floor's. The efficiency beside it
is the least time that is possible (turns follow each other, and so many calls may be in flight) divided by ours. The
engine is everything but Prefect: prompts, retrieval, structured output, checks, cache, budget, limiter, retries,
journal. Each measurement runs in a process of its own; the endpoint in another. Sentences are embedded by a bag of
hashed tokens, except in the row with the real encoder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.endpoint import EndpointOptions, serve_endpoint, take_figures
from benchmarks.floor import Send, hold_chains, record_posts
from benchmarks.hashed_sentences import use_hashing
from benchmarks.machine import describe_machine, measure_peak

ROOT = Path(__file__).parent.parent
IN_FLIGHT = 64
LATENCY = 0.1
TIMEOUT = 0.5
"""Seconds a call may take where calls hang; five times the endpoint's latency, so that it is told soon."""
SHARD = 64
BODIES = "bodies.jsonl"
"""What one dialogue sent, a call a line; the floor sends the same."""


def build_settings(
    out: Path, url: str, dialogues: int, shard_size: int = SHARD, processes: int = 1, timeout: float = 30.0
) -> Any:  # noqa: ANN401
    """Return the settings of a run on the English example with the mock as its model."""
    from streamdial.pipeline import RunSettings

    return RunSettings(
        domain="automotive",
        sources=(str(ROOT / "examples" / "automotive_live"),),
        out=str(out),
        model="openai/mock",
        api_base=url,
        mode="direct",
        signals="rules",
        dialogues=dialogues,
        concurrency=IN_FLIGHT,
        shard_size=shard_size,
        processes=processes,
        max_turns=26,
        timeout=timeout,
        behaviour_shares={},
    )


class _EmbeddingTime:
    """CPU seconds spent in embedding, counted apart."""

    def __init__(self, run: Any) -> None:  # noqa: ANN401
        self.seconds = 0.0
        embedder = run.embedder
        embed = embedder.embed

        def timed(texts: Any) -> Any:  # noqa: ANN401
            start = time.thread_time()
            try:
                return embed(texts)
            finally:
                self.seconds += time.thread_time() - start

        embedder.embed = timed


async def prepare(out: Path, url: str, settings: Any = None) -> None:  # noqa: ANN401
    """Make signals, personas and blueprints once, and write down who takes part.

    Args:
        out: Folder of the run.
        url: Address of the endpoint.
        settings: The run, where it is another one than this benchmark's.
    """
    from streamdial.files import write_json
    from streamdial.pipeline import close_run, open_run, phases

    settings = settings or build_settings(out, url, 1)
    run = open_run(settings)
    signals = await phases.ingest(run)
    personas = await phases.build_personas(run, signals.recordings)
    blueprints = await phases.build_blueprints(run, personas.agents)
    write_json(out / "people.json", {"users": personas.users, "agents": blueprints.agents})
    await close_run(settings)


async def record_bodies(out: Path, people: dict[str, Any], settings: Any) -> None:  # noqa: ANN401
    """Write down what a dialogue sends, call by call: the floor sends the same."""
    with record_posts() as sent:
        await run_engine(settings, people)
    (out / BODIES).write_bytes(b"\n".join(body for _, body in sent))


async def run_floor(out: Path, url: str, dialogues: int, timeout: float) -> dict[str, Any]:
    """Hold the recorded dialogue again and again: a session, a limit, a history that grows, and nothing else."""
    import orjson

    calls = [orjson.loads(line) for line in (out / BODIES).read_bytes().splitlines()]

    async def talk(send: Send, _: int) -> None:
        said: list[str] = []
        for call in calls:
            messages = [*call["messages"][:-1]]
            if said:
                messages[-1] = {**messages[-1], "content": said[-1]}
            answer = await send({**call, "messages": [*messages, call["messages"][-1]]})
            said.append(orjson.loads(answer["choices"][0]["message"]["content"])["utterance"])

    used = time.process_time()
    await hold_chains(url, range(dialogues), talk, IN_FLIGHT, timeout)
    used = time.process_time() - used
    return {"failed": 0, "kept": dialogues, "cpu_s": used, "embedding_cpu_s": 0.0, "usage": {}}


def read_people(out: Path) -> dict[str, Any]:
    """Return who takes part in a prepared run: ids of users, agents with their blueprints."""
    from streamdial.pipeline import AgentPair

    people = json.loads((out / "people.json").read_text(encoding="utf-8"))
    return {"users": people["users"], "agents": [AgentPair(*pair) for pair in people["agents"]]}


def measure_cpu() -> float:
    """Return the CPU seconds of this process and of those it started that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


async def run_engine(settings: Any, people: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """Make all dialogues without Prefect, shard by shard as the flow does."""
    from streamdial.pipeline import assign_run, close_run, count_open, make_shard, open_run
    from streamdial.pipeline.workers import open_pool

    run = open_run(settings)
    planned = await assign_run(run, people["users"], people["agents"], settings.dialogues.count)
    embedding = _EmbeddingTime(run)
    size = settings.scale.shard_size
    places = asyncio.Semaphore(run.processes * (1 + -(-count_open(run) // size)))
    failed, kept, usage, used = 0, 0, {}, measure_cpu()

    async def make(first: int) -> None:
        nonlocal failed, kept, usage
        async with places:
            stop = min(first + size, planned.count)
            made = await make_shard(run, planned.name, planned.hash, first, stop, planned.participants, "")
            failed += len(made.failed)
            kept += made.counts[0].kept
            usage = made.usage

    async with open_pool(run, planned.count):
        await asyncio.gather(*(make(first) for first in range(0, planned.count, size)))
    used = measure_cpu() - used
    await close_run(settings)
    return {"failed": failed, "kept": kept, "cpu_s": used, "embedding_cpu_s": embedding.seconds, "usage": usage}


async def run_flow(settings: Any, people: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """Make all dialogues through the Prefect flow."""
    from streamdial.flows.phases import generate_dialogues, with_workers
    from streamdial.pipeline import close_run, open_run

    open_run(settings).prepare()
    used = measure_cpu()
    made = await with_workers(generate_dialogues, settings)(settings, people["users"], people["agents"])
    used = measure_cpu() - used
    await close_run(settings)
    kept = sum(report.kept for report in made.counts)
    return {"failed": len(made.failed), "kept": kept, "cpu_s": used, "embedding_cpu_s": 0.0, "usage": made.usage}


def measure(arguments: argparse.Namespace) -> None:
    """Run one measurement in this process and print its figures as JSON."""
    if arguments.embedder == "hashing":
        use_hashing()
    out = Path(arguments.out)
    settings = build_settings(
        out, arguments.url, arguments.dialogues, arguments.shard_size, arguments.processes, arguments.timeout
    )
    if arguments.child == "prepare":
        asyncio.run(prepare(out, arguments.url))
        print("{}")
        return
    people = read_people(out)
    if arguments.child == "record":
        asyncio.run(record_bodies(out, people, settings))
        print("{}")
        return
    works: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
        "floor": lambda: run_floor(out, arguments.url, arguments.dialogues, arguments.timeout),
        "engine": lambda: run_engine(settings, people),
        "flow": lambda: run_flow(settings, people),
    }

    async def all_of_it() -> dict[str, Any]:
        await take_figures(arguments.url)
        made = await works[arguments.child]()
        return {**made, **await take_figures(arguments.url)}

    figures = asyncio.run(all_of_it())
    print(json.dumps({**figures, "rss_mb": measure_peak()}))


class Bench:
    """Runs measurements, each in its own processes and on its own copy of the prepared run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._prepared: dict[str, Path] = {}

    def _start(
        self,
        child: str,
        out: Path,
        url: str,
        dialogues: int,
        turns: tuple[int, ...],
        embedder: str,
        shard_size: int = SHARD,
        processes: int = 1,
        timeout: float = 30.0,
    ) -> Any:  # noqa: ANN401
        command = [sys.executable, "-m", "benchmarks.engine", "--child", child, "--out", str(out), "--url", url]
        command += ["--dialogues", str(dialogues), "--embedder", embedder, "--turns", *map(str, turns)]
        command += ["--shard-size", str(shard_size), "--processes", str(processes), "--timeout", str(timeout)]
        log = self._folder / "log"
        with log.open("w", encoding="utf-8") as errors:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, check=False, text=True)
        if done.returncode:
            sys.exit(f"{child} failed:\n{log.read_text(encoding='utf-8')[-4000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def run(
        self,
        child: str,
        *,
        dialogues: int = 200,
        turns: tuple[int, ...] = (16,),
        latency: float = LATENCY,
        fault_share: float = 0.0,
        embedder: str = "hashing",
        shard_size: int = SHARD,
        processes: int = 1,
    ) -> dict[str, Any]:
        """Return the figures of one measurement."""
        import shutil

        if embedder not in self._prepared:
            prepared = self._folder / f"prepared-{embedder}"
            with serve_endpoint(EndpointOptions(latency=0)) as url:
                self._start("prepare", prepared, url, 1, (16,), embedder)
                recorded = self._folder / f"recorded-{embedder}"
                shutil.copytree(prepared, recorded)
                self._start("record", recorded, url, 1, (16,), embedder)
            (recorded / BODIES).rename(prepared / BODIES)
            self._prepared[embedder] = prepared
        out = self._folder / "run"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(self._prepared[embedder], out)
        timeout = TIMEOUT if fault_share else 30.0
        with serve_endpoint(EndpointOptions(latency, fault_share, turns)) as url:
            figures = self._start(child, out, url, dialogues, turns, embedder, shard_size, processes, timeout)
        # The mean length of the dialogues; with two lengths each is about as frequent.
        figures["turns"] = dialogues * sum(turns) / len(turns)
        least = max(max(turns), math.ceil(figures["turns"] / IN_FLIGHT)) * latency
        figures["efficiency"] = least / figures["seconds"] if latency else None
        figures["lost"] = dialogues - figures["kept"]
        figures["cpu_per_1000"] = 1000 * (figures["cpu_s"] - figures["embedding_cpu_s"]) / figures["turns"]
        return figures


def _write_row(name: str, figures: dict[str, Any]) -> str:
    efficiency = f"{figures['efficiency']:.2f}" if figures["efficiency"] else "-"
    return (
        f"| {name} | {efficiency} | {figures['seconds']:.1f} | {figures['cpu_per_1000']:.2f} | "
        f"{1000 * figures['embedding_cpu_s'] / figures['turns']:.2f} | {figures['prefix_reuse']:.2f} | "
        f"{figures['lost']} | {figures['rss_mb']:.0f} |"
    )


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true", help="Leave out the 10,000 dialogues and the real encoder.")
    parser.add_argument("--child", choices=["prepare", "record", "floor", "engine", "flow"], help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--dialogues", type=int, default=200, help=argparse.SUPPRESS)
    parser.add_argument("--turns", type=int, nargs="+", default=[16], help=argparse.SUPPRESS)
    parser.add_argument("--embedder", default="hashing", help=argparse.SUPPRESS)
    parser.add_argument("--shard-size", type=int, default=SHARD, help=argparse.SUPPRESS)
    parser.add_argument("--processes", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--timeout", type=float, default=30.0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        measure(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        rows: dict[str, dict[str, Any]] = {}

        def take(name: str, child: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401
            rows[name] = bench.run(child, **options)
            print(_write_row(name, rows[name]), flush=True)
            return rows[name]

        print(f"{describe_machine('aiohttp', 'prefect', 'orjson')}\n")
        print(f"200 dialogues of 16 turns, {IN_FLIGHT} calls in flight, 100 ms latency unless told otherwise\n")
        print("| what | efficiency | s | CPU s / 1,000 turns | embedding | prefix reuse | lost | peak MiB |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        floor = take("floor", "floor")
        clean = take("engine", "engine")
        idle = take("floor, no latency", "floor", latency=0.0)
        quick = take("engine, no latency", "engine", latency=0.0)
        troubled = take("floor, 5% faults", "floor", fault_share=0.05)
        faults = take("engine, 5% faults", "engine", fault_share=0.05)
        flow = take("flow", "flow")
        both = take("engine, 2 processes", "engine", processes=2)
        alone = take("1,000 dialogues, no latency", "engine", dialogues=1000, latency=0.0)
        spread = take("1,000 dialogues, no latency, 2 processes", "engine", dialogues=1000, latency=0.0, processes=2)
        figures = {
            "efficiency_engine": clean["efficiency"],
            "efficiency_flow": flow["efficiency"],
            "efficiency_over_floor": floor["seconds"] / clean["seconds"],
            "efficiency_flow_over_floor": floor["seconds"] / flow["seconds"],
            "cpu_over_floor": clean["cpu_per_1000"] / floor["cpu_per_1000"],
            "cpu_over_floor_no_latency": quick["cpu_per_1000"] / idle["cpu_per_1000"],
            "cpu_over_floor_flow": flow["cpu_per_1000"] / floor["cpu_per_1000"],
            "efficiency_2_over_floor": floor["seconds"] / both["seconds"],
            "processes_speedup_2": alone["seconds"] / spread["seconds"],
            "cpu_s_per_1000_turns": clean["cpu_per_1000"],
            "prefix_reuse": clean["prefix_reuse"],
            "lost_with_faults": faults["lost"],
            "faults_over_clean": faults["seconds"] / clean["seconds"],
            "faults_over_clean_floor": troubled["seconds"] / floor["seconds"],
            "efficiency_faults_over_floor": troubled["seconds"] / faults["seconds"],
        }
        if not arguments.quick:
            encoder = take("engine, real encoder", "engine", embedder="real")
            figures["efficiency_engine_encoder"] = encoder["efficiency"]
            small = take("1,000 x 17, no latency", "engine", dialogues=1000, turns=(16, 18), latency=0.0)
            large = take("10,000 x 17, no latency", "engine", dialogues=10_000, turns=(16, 18), latency=0.0)
            # Who takes part is loaded once; over 3,200 turns that weighs, over 170,000 it does not.
            figures["cpu_s_per_1000_turns"] = large["cpu_per_1000"]
            figures |= {"rss_mb_1000": small["rss_mb"], "rss_mb_10000": large["rss_mb"]}
        print()
        for name, value in figures.items():
            print(f"{name}: {value:.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
