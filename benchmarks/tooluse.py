"""How dense dialogues with tools are, what of them is verified, and how fast they are made against a mock endpoint.

    python -m benchmarks.tooluse --json tooluse.json

Density: the users and agents of both example streams, the same assignments and seeds in either mode, words by real
lines and templates. A user-oriented user takes up more tasks by the rule `additions`; the row without that rule is the
same tasks told otherwise. Verification is by execution, with and without faults of the tools.

Efficiency: as in `benchmarks.engine`, the least time that is possible (the calls of a dialogue follow each other, and
so many may be in flight) divided by the time from the first call to the last answer; in `reworded` the endpoint gives
the line to reword back, in `direct` it plays the agent by tool calls, as it plays both sides of the main loop, which is
measured beside them. The floor is a bare aiohttp loop that sends what `direct` sent, dialogue by dialogue, to the same
endpoint in the same run. Each measurement runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from benchmarks.endpoint import EndpointOptions, serve_endpoint, take_figures
from benchmarks.engine import Bench, read_people
from benchmarks.floor import Send, hold_chains, record_posts
from benchmarks.hashed_sentences import use_hashing
from benchmarks.machine import describe_machine, measure_peak

ROOT = Path(__file__).parent.parent
EXAMPLES = {"automotive": "automotive_live", "hotel": "hotel_live_zh"}
IN_FLIGHT = 64
LATENCY = 0.1
DENSE = 200
"""Dialogues a mode and domain."""
FAST = 200
SENT = "sent.jsonl"
"""What each dialogue sent, a list of calls a line."""
FAULTS = {"error": 0.1, "timeout": 0.05, "empty": 0.05}
ROWS: dict[str, dict[str, Any]] = {
    "task-oriented": {"orientation": "task-oriented"},
    "user-oriented": {},
    "user-oriented, same tasks": {"additions": 0.0},
    "task-oriented, faults": {"orientation": "task-oriented", "faults": FAULTS},
    "user-oriented, faults": {"faults": FAULTS},
}


def build_settings(out: Path, domain: str, url: str = "http://127.0.0.1:1/v1", **more: Any) -> Any:  # noqa: ANN401
    """Return the settings of a run with tools on an example; the model is the mock, or none where nobody asks it."""
    from streamdial.pipeline import ToolUseSettings

    values = {
        "domain": domain,
        "sources": (str(ROOT / "examples" / EXAMPLES[domain]),),
        "out": str(out),
        "model": "openai/mock",
        "api_base": url,
        "mode": "planned",
        "signals": "rules",
        "concurrency": IN_FLIGHT,
        "faults": {"error": 0.0, "timeout": 0.0, "empty": 0.0},
        "timeout": 5.0,
    }
    return ToolUseSettings.model_validate({**values, **more})


async def prepare(settings: Any) -> None:  # noqa: ANN401
    """Make signals, personas, blueprints and environments once, and write down who takes part."""
    from streamdial.files import write_json
    from streamdial.pipeline import close_run, open_run, phases

    run = open_run(settings)
    signals = await phases.ingest(run)
    personas = await phases.build_personas(run, signals.recordings)
    blueprints = await phases.build_blueprints(run, personas.agents)
    environments = await phases.make_environments(run, blueprints.agents)
    people = {"users": personas.users, "agents": environments.agents}
    write_json(Path(settings.out) / "people.json", people)
    await close_run(settings)


async def plan(run: Any, count: int) -> Any:  # noqa: ANN401
    """Return the assignments of a prepared run."""
    from streamdial.pipeline import assign_tool_run

    people = read_people(Path(run.settings.out))
    return await assign_tool_run(run, people["users"], people["agents"], [], count)


async def make_dense(settings: Any, row: dict[str, Any]) -> list[Any]:  # noqa: ANN401
    """Make the dialogues of one row of the density table without a model."""
    from streamdial.counts import Counts
    from streamdial.environment import EnvironmentRecord, FaultRates
    from streamdial.pipeline import close_run, open_run
    from streamdial.pipeline.participants import open_participants
    from streamdial.pipeline.shards import read_assignments
    from streamdial.pipeline.workspace import name_environment
    from streamdial.policies import load_human_rules
    from streamdial.records import MatchScore
    from streamdial.tooluse import ToolDialogueMaker, ToolOptions

    run = open_run(settings)
    planned = await plan(run, DENSE)
    entries = read_assignments(run, planned.name, planned.hash)
    known = open_participants(run, planned.participants, planned.hash, len(entries))
    rules = load_human_rules()
    rates = rules.rates.model_copy(update={"additions": row.get("additions", rules.rates.additions)})
    options = ToolOptions(
        mode=row.get("orientation", "user-oriented"),
        rules=rules.model_copy(update={"rates": rates}),
        faults=FaultRates.model_validate(row.get("faults", {})),
    )
    makers: dict[str, ToolDialogueMaker] = {}
    made = []
    for entry in entries:
        if entry["agent"] not in makers:
            agent = known.get_agent(entry["agent"], entry["blueprint"])
            world = EnvironmentRecord.model_validate_json(run.files.read(name_environment(entry["agent"])))
            bank = known.build_bank(agent, agent.persona.language)
            makers[entry["agent"]] = ToolDialogueMaker(world, run.pack, agent, bank, None, options=options)
        pair = await makers[entry["agent"]].make(
            known.users[entry["user"]],
            seed=entry["seed"],
            record_id=entry["id"],
            match=MatchScore.model_validate(entry["match"]),
            counts=Counts("tasks"),
        )
        made.append(pair.dialogue)
    await close_run(settings)
    return made


async def measure_density_table(folder: Path) -> dict[str, Any]:
    """Return density and leak by row, over both examples."""
    from streamdial.tooluse import measure_density, measure_leak

    settings = {domain: build_settings(folder / domain, domain) for domain in EXAMPLES}
    for each in settings.values():
        await prepare(each)
    table: dict[str, Any] = {}
    for name, row in ROWS.items():
        made = [dialogue for each in settings.values() for dialogue in await make_dense(each, row)]
        leaks = [measure_leak(dialogue) for dialogue in made]
        table[name] = {**measure_density(made)._asdict(), "leak": sum(leaks) / len(leaks), "most": max(leaks)}
    return table


class _Chains:
    """Calls by the dialogue they are for: those of one follow each other."""

    def __init__(self, run: Any) -> None:  # noqa: ANN401
        from streamdial.logs import get_about

        self.calls: Counter[str] = Counter()
        complete = run.model.complete

        async def count(request: Any) -> Any:  # noqa: ANN401
            self.calls[get_about().get("dialogue", "")] += 1
            return await complete(request)

        run.model.complete = count


async def make_fast(settings: Any, url: str) -> dict[str, Any]:  # noqa: ANN401
    """Make all dialogues without Prefect, shard by shard as the flow does, and return what was measured."""
    from streamdial.pipeline import close_run, count_open, make_tool_shard, open_run

    run = open_run(settings)
    planned = await plan(run, FAST)
    chains = _Chains(run)
    size = settings.scale.shard_size
    places = asyncio.Semaphore(1 + -(-count_open(run) // size))
    turns = 0
    await take_figures(url)
    used = time.process_time()

    async def make(first: int) -> None:
        nonlocal turns
        async with places:
            stop = min(first + size, planned.count)
            await make_tool_shard(run, planned.name, planned.hash, first, stop, planned.participants, "")
            for folder in ("tool_dialogues", "unverified"):
                name = run.workspace.name_shard(first, stop).replace("dialogues/", f"{folder}/")
                turns += sum(len(line["turns"]) for line in run.files.read_lines(name))

    await asyncio.gather(*(make(first) for first in range(0, planned.count, size)))
    used = time.process_time() - used
    await close_run(settings)
    least = max(max(chains.calls.values()), math.ceil(chains.calls.total() / IN_FLIGHT)) * LATENCY
    figures = await take_figures(url)
    return {
        **figures,
        "efficiency": least / figures["seconds"],
        "turns": turns,
        "cpu_s": used,
        "rss_mb": measure_peak(),
    }


async def record_calls(settings: Any, url: str) -> None:  # noqa: ANN401
    """Make all dialogues and write down what each sends, call by call: the floor sends the same."""
    sent: dict[str, list[bytes]] = {}
    with record_posts() as posts:
        await make_fast(settings, url)
    for dialogue, body in posts:
        sent.setdefault(dialogue, []).append(body)
    lines = (orjson.dumps([orjson.Fragment(body) for body in bodies]) for bodies in sent.values())
    (Path(settings.out) / SENT).write_bytes(b"\n".join(lines))


async def run_floor(out: Path, url: str) -> dict[str, Any]:
    """Send the recorded calls, those of a dialogue one after the other, and nothing else."""
    chains: list[list[dict[str, Any]]] = [orjson.loads(line) for line in (out / SENT).read_bytes().splitlines()]

    async def talk(send: Send, bodies: list[dict[str, Any]]) -> None:
        for body in bodies:
            await send(body)

    await take_figures(url)
    used = time.process_time()
    await hold_chains(url, chains, talk, IN_FLIGHT)
    used = time.process_time() - used
    figures = await take_figures(url)
    least = max(max(map(len, chains)), math.ceil(sum(map(len, chains)) / IN_FLIGHT)) * LATENCY
    return {**figures, "efficiency": least / figures["seconds"], "turns": 0, "cpu_s": used, "rss_mb": measure_peak()}


def _run_child(child: str, out: Path, url: str = "") -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.tooluse", "--child", child, "--out", str(out), "--url", url]
    log = out.parent / "log"
    with log.open("w", encoding="utf-8") as errors:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, check=False, text=True)
    if done.returncode:
        sys.exit(f"{child} failed:\n{log.read_text(encoding='utf-8')[-4000:]}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _measure(child: str, out: Path, url: str) -> dict[str, Any]:
    use_hashing()
    if child == "density":
        return asyncio.run(measure_density_table(out))
    step, _, mode = child.partition("-")
    more = {"max_turns": 26} if mode == "direct" else {}
    settings = build_settings(out, "automotive", url, mode=mode, **more)
    if step == "make":
        return asyncio.run(make_fast(settings, url))
    if step == "floor":
        return asyncio.run(run_floor(out, url))
    if step == "record":
        asyncio.run(record_calls(settings, url))
        return {}
    asyncio.run(prepare(settings))
    return {}


def _print_density(table: dict[str, Any]) -> None:
    print(f"{DENSE} dialogues of each of {len(EXAMPLES)} domains a row\n")
    columns = {
        "turns": "turns", "calls": "calls", "failed_calls": "failed", "tasks": "tasks", "completed": "done",
        "clarifications": "clarifications", "corrections": "corrections", "verified_tasks": "tasks verified",
        "verified_dialogues": "dialogues verified", "leak": "goal in first turn", "most": "most",
    }  # fmt: skip
    print(f"| mode | {' | '.join(columns.values())} |")
    print(f"| --- |{' --- |' * len(columns)}")
    for name, row in table.items():
        print(f"| {name} | {' | '.join(f'{row[key]:.2f}' for key in columns)} |", flush=True)


def _print_fast(name: str, made: dict[str, Any], used: float) -> None:
    print(
        f"| {name} | {made['efficiency']:.2f} | {made['seconds']:.1f} | {made['calls']} | {made['turns']:.0f} | "
        f"{used:.2f} | {made['max_in_flight']} | {made['rss_mb']:.0f} |",
        flush=True,
    )


def measure_speed(folder: Path) -> dict[str, float]:
    """Measure how fast dialogues are made, print the table, and return the figures."""
    print(f"\n{FAST} dialogues, {IN_FLIGHT} calls in flight, 100 ms latency\n")
    print("| mode | efficiency | s | calls | turns | CPU s / 1,000 turns | calls in flight, most | peak MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    main_loop = Bench(folder).run("engine")
    recorded = folder / "recorded"
    _print_fast("main loop, direct", main_loop, main_loop["cpu_per_1000"])
    fast = {}
    for mode in ("reworded", "direct"):
        # The mode is part of a run's fingerprint, so each is prepared for itself.
        out = folder / mode
        with serve_endpoint(EndpointOptions(LATENCY)) as url:
            _run_child(f"prepare-{mode}", out, url)
            if mode == "direct":
                shutil.copytree(out, recorded)
            fast[mode] = _run_child(f"make-{mode}", out, url)
        made = fast[mode]
        _print_fast(mode, made, 1000 * made["cpu_s"] / made["turns"])
    with serve_endpoint(EndpointOptions(LATENCY)) as url:
        _run_child("record-direct", recorded, url)
        floor = _run_child("floor-direct", recorded, url)
    direct = fast["direct"]
    _print_fast("floor of direct", floor, 1000 * floor["cpu_s"] / direct["turns"])
    return {
        # By calls, as the main loop is measured; reworded dialogues ask the model for little and are bound by the CPU.
        "efficiency": direct["efficiency"],
        "efficiency_reworded": fast["reworded"]["efficiency"],
        "efficiency_main_loop": main_loop["efficiency"],
        "efficiency_tooluse_over_floor": floor["seconds"] / direct["seconds"],
        "cpu_over_floor_tooluse": direct["cpu_s"] / floor["cpu_s"],
    }


def compare_density(table: dict[str, Any]) -> dict[str, float]:
    """Return what tells user-oriented dialogues from task-oriented ones."""
    oriented, baseline, same = (table[row] for row in ("user-oriented", "task-oriented", "user-oriented, same tasks"))
    return {
        "turns_ratio": oriented["turns"] / baseline["turns"],
        "tasks_ratio": oriented["completed"] / baseline["completed"],
        "turns_ratio_same_tasks": same["turns"] / baseline["turns"],
        "verified_share": oriented["verified_tasks"],
        "verified_share_task_oriented": baseline["verified_tasks"],
        "verified_share_faults": table["user-oriented, faults"]["verified_tasks"],
        "verified_share_task_oriented_faults": table["task-oriented, faults"]["verified_tasks"],
    }


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--part", choices=("density", "speed"), help="one of both")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(_measure(arguments.child, arguments.out, arguments.url)))
        return
    print(f"{describe_machine('aiohttp', 'prefect', 'jsonschema')}\n")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.part != "speed":
            (folder / "density").mkdir()
            table = _run_child("density", folder / "density")
            _print_density(table)
            figures |= compare_density(table)
        if arguments.part != "density":
            figures |= measure_speed(folder)
    print()
    for key, value in figures.items():
        print(f"{key}: {value:.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
