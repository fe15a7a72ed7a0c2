"""What faults do to dialogues: odd endpoints, kills, and hard failures.

    python -m benchmarks.faults --json
    python -m benchmarks.faults --part kills --kills 20 --dialogues 100
    python -m benchmarks.faults --part peculiarities --share 5 --mode guided --only thoughts

The parts `kills` and `hard` are those of `faults_kills.py` and `faults_hard.py`. Odd endpoints: each peculiarity at 5%
and 20% of the calls, and as the way of the endpoint always.

Dialogues of `guided` and direct dialogues with tools are made against the mock endpoint of `streamdial.testing`, whose
model words every turn as told. `lost` counts dialogues that were not made, `polluted` turns with something in them that
is no wording (the mock marks it), `over_clean` is the time of a run divided by the mean of the clean ones before and
after it, and `calls_over_clean` the same of the calls, which does not depend on what else the machine does. What is no
way of an endpoint but a failure of it (`AILING`) is not played as a constant.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import tooluse
from benchmarks.endpoint import answer_tools
from benchmarks.engine import ROOT, prepare, read_people
from benchmarks.faults_hard import CASES, DOWN, measure_hard
from benchmarks.faults_hard import DIALOGUES as HARD
from benchmarks.faults_kills import KILLS, measure_kills
from benchmarks.hashed_sentences import use_hashing
from benchmarks.machine import describe_machine
from streamdial.models import ChatMessage, ChatRequest
from streamdial.testing import PECULIARITIES, Fault, MockEndpoint, ObedientModel
from streamdial.testing.peculiarities import POLLUTION

DIALOGUES = 200
LATENCY = 0.05
IN_FLIGHT = 32
SHARD = 64
SHARES = {"5": 0.05, "20": 0.2, "always": 1.0}
AILING = ("error_with_200", "wait_of_a_day")
MODES = ("guided", "tools")
PARTS = ("peculiarities", "kills", "hard")
MARKS = (POLLUTION, "<|", "<think", "</think", "```", "Assistant:")


def build_settings(mode: str, out: Path, url: str, dialogues: int) -> Any:  # noqa: ANN401
    """Return the settings of a run of one mode."""
    from streamdial.pipeline import RunSettings

    if mode == "tools":
        given = {"mode": "direct", "max_turns": 26, "dialogues": dialogues, "concurrency": IN_FLIGHT}
        return tooluse.build_settings(out, "automotive", url, **given, shard_size=SHARD)
    return RunSettings.model_validate(
        {
            "domain": "automotive",
            "sources": (str(ROOT / "examples" / "automotive_live"),),
            "out": str(out),
            "model": "openai/mock",
            "api_base": url,
            "mode": "guided",
            "signals": "rules",
            "dialogues": dialogues,
            "concurrency": IN_FLIGHT,
            "shard_size": SHARD,
            "timeout": 20.0,
        }
    )


_OBEDIENT = ObedientModel()


def answer(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
    """Return what the model says: of guided prompts the turns as told, with functions a search and then a reply."""
    if tools := body.get("tools"):
        return answer_tools(body["messages"], tools)
    messages = tuple(ChatMessage(role=m["role"], content=m["content"] or "") for m in body["messages"])
    said = _OBEDIENT._replies(ChatRequest(messages=messages))  # type: ignore[operator]
    return str(said)


def draw_faults(name: str, share: float) -> Any:  # noqa: ANN401
    """Return which calls show a peculiarity: the same share of them in every run."""
    draw = random.Random(11)
    return lambda number, body: Fault("peculiar", name=name) if name and draw.random() < share else None


async def prepare_mode(mode: str, folder: Path) -> None:
    """Make all that comes before the dialogues, once."""
    async with MockEndpoint(answer) as endpoint:
        settings = build_settings(mode, folder, endpoint.url, 1)
        await (tooluse.prepare(settings) if mode == "tools" else prepare(folder, endpoint.url, settings))


async def measure(mode: str, prepared: Path, name: str, share: float, dialogues: int) -> dict[str, float]:
    """Make the dialogues of one run and return its figures."""
    out = prepared.with_name(f"{mode}-run")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(prepared, out)
    try:
        async with MockEndpoint(answer, latency=LATENCY, faults=draw_faults(name, share)) as endpoint:
            begun = time.perf_counter()
            lost, made, polluted = await _make(mode, build_settings(mode, out, endpoint.url, dialogues), dialogues)
            seconds = time.perf_counter() - begun
            calls = endpoint.count
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return {"lost": lost, "made": made, "polluted": polluted, "seconds": seconds, "calls": calls}


async def _make(mode: str, settings: Any, dialogues: int) -> tuple[int, int, int]:  # noqa: ANN401
    """Return how many dialogues were lost or left, how many were made, and how many turns are polluted."""
    from streamdial.pipeline import assign_run, close_run, count_open, make_shard, make_tool_shard, open_run

    run = open_run(settings)
    people = read_people(Path(settings.out))
    if mode == "tools":
        planned = await tooluse.plan(run, dialogues)
    else:
        planned = await assign_run(run, people["users"], people["agents"], dialogues)
    places = asyncio.Semaphore(1 + -(-count_open(run) // SHARD))
    make_one = make_tool_shard if mode == "tools" else make_shard
    lost = made = polluted = 0

    async def make(first: int) -> None:
        nonlocal lost, made, polluted
        async with places:
            stop = min(first + SHARD, planned.count)
            shard = await make_one(run, planned.name, planned.hash, first, stop, planned.participants, "")
            lost += len(shard.failed) + shard.left
            for line in _read_lines(mode, run, first, stop):
                made += 1
                polluted += sum(any(mark in turn["utterance"] for mark in MARKS) for turn in line["turns"])

    await asyncio.gather(*(make(first) for first in range(0, planned.count, SHARD)))
    await close_run(settings)
    return lost, made, polluted


def _read_lines(mode: str, run: Any, first: int, stop: int) -> list[dict[str, Any]]:  # noqa: ANN401
    name = run.workspace.name_shard(first, stop)
    if mode == "tools":
        names = (name.replace("dialogues/", f"{folder}/") for folder in ("tool_dialogues", "unverified"))
        return [line for each in names for line in run.files.read_lines(each)]
    return list(run.files.read_lines(name))


async def measure_mode(mode: str, folder: Path, names: list[str], dialogues: int) -> dict[str, float]:
    """Return the figures of one mode, by peculiarity and share, and the worst of each."""
    prepared = folder / mode
    await prepare_mode(mode, prepared)
    await measure(mode, prepared, "", 0.0, IN_FLIGHT)  # what is loaded at first is no matter of the endpoint
    clean = await measure(mode, prepared, "", 0.0, dialogues)
    found: dict[str, float] = {}
    worst = {"lost": 0.0, "polluted": 0.0, "over_clean": 0.0, "calls_over_clean": 0.0}
    for name in names:
        for label, share in SHARES.items():
            if share == 1.0 and name in AILING:
                continue
            run = await measure(mode, prepared, name, share, dialogues)
            before, clean = clean, await measure(mode, prepared, "", 0.0, dialogues)
            over = {
                each: 2 * run[key] / (before[key] + clean[key])
                for each, key in (("over_clean", "seconds"), ("calls_over_clean", "calls"))
            }
            row = {"lost": run["lost"], "polluted": run["polluted"], **over}
            found |= {f"{mode}_{name}_{label}_{key}": round(value, 3) for key, value in row.items()}
            for key in ("lost", "polluted"):
                worst[key] += row[key]
            if label == "5":
                worst |= {key: max(worst[key], row[key]) for key in over}
            print(f"| {mode} | {name} | {label} | {' | '.join(f'{value:.3g}' for value in row.values())} |", flush=True)
    return {f"{mode}_{key}": round(value, 3) for key, value in worst.items()} | {f"{mode}_made": clean["made"]} | found


def measure_peculiarities(folder: Path, modes: list[str], names: list[str], dialogues: int) -> dict[str, float]:
    """Return the figures of peculiarities: of each, of each mode, and of all together."""
    use_hashing()
    print(f"{dialogues} dialogues, {LATENCY:g} s a call\n")
    print("| mode | peculiarity | share | lost | polluted | over clean | calls over clean |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |", flush=True)
    figures: dict[str, float] = {}
    for mode in modes:
        figures |= asyncio.run(measure_mode(mode, folder, names, dialogues))
    total = {key: sum(figures[f"{mode}_{key}"] for mode in modes) for key in ("lost", "polluted")}
    most = {key: max(figures[f"{mode}_{key}"] for mode in modes) for key in ("over_clean", "calls_over_clean")}
    return {**total, **most, **figures}


def main() -> None:
    """Measure and print the tables; the last line is the figures as JSON where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", action="append", choices=PARTS, help="what is measured; all by default")
    parser.add_argument("--dialogues", type=int, help=f"of each run; {DIALOGUES} by default, {HARD} for hard failures")
    parser.add_argument("--only", action="append", choices=(*PECULIARITIES, *CASES), help="peculiarities and failures")
    parser.add_argument("--mode", action="append", choices=MODES, help="of peculiarities; both by default")
    parser.add_argument("--share", action="append", choices=tuple(SHARES), help="of peculiarities; all by default")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--down", type=float, default=DOWN, help="seconds for which the endpoint is gone")
    arguments = parser.parse_args()
    only = arguments.only or [*PECULIARITIES, *CASES]
    for label in set(SHARES) - set(arguments.share or SHARES):
        del SHARES[label]
    print(f"{describe_machine('aiohttp', 'prefect', 'qdrant-edge-py')}\n")
    found: list[dict[str, float]] = []
    for part in arguments.part or PARTS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if part == "kills":
                found.append(measure_kills(folder, arguments.dialogues or DIALOGUES, arguments.kills))
            elif part == "hard" and (cases := [case for case in only if case in CASES]):
                found.append(measure_hard(folder, arguments.dialogues or HARD, arguments.down, cases))
            elif part == "peculiarities" and (names := [each for each in only if each in PECULIARITIES]):
                modes = arguments.mode or list(MODES)
                found.append(measure_peculiarities(folder, modes, names, arguments.dialogues or DIALOGUES))
    figures = {key: value for each in found for key, value in each.items()}
    for key in ("lost", "doubled"):
        figures[key] = sum(each.get(key, 0.0) for each in found)
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
