"""What kills do to a run: SIGKILL of its whole process group at random moments of every phase, then the same command.

    python -m benchmarks.faults --part kills --json

Runs of the command line with `guided` are killed ten times each: once while starting, twice before the dialogues, six
times while dialogues are made, once after. `lost` and `doubled` count dialogues against an undisturbed run with the
same salt, `content_equal` the share of them that are the same bytes, `set_equal` the share of runs whose published
set is. `paid_twice` counts calls whose answer was kept before a kill and that were asked again; those in flight then
are told apart by what the cache of the killed run holds.
"""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from benchmarks.faults_runs import (
    PHASES,
    Begun,
    CountingEndpoint,
    Course,
    Kept,
    begin_run,
    compare,
    list_finished,
    read_kept,
)

KILLS = 50
LATENCY = 0.3
PER_RUN = 10
IN_IDG = 6


class Clean(NamedTuple):
    """The undisturbed run: what it made, its calls, and how long each phase took, in seconds."""

    kept: Kept
    calls: int
    seconds: dict[str, float]


def run_clean(begun: Begun, folder: Path, dialogues: int) -> Clean:
    """Let a run go through undisturbed."""
    copy = begun.copy(folder, "clean")
    with CountingEndpoint(latency=LATENCY) as endpoint:
        course = Course(copy.out, copy.home, endpoint.url, dialogues)
        begins = {"start": time.monotonic()}
        for phase in PHASES:
            course.wait_for_phase(phase)
            begins[phase] = time.monotonic()
        code = course.end()
        ends = [*list(begins.values())[1:], time.monotonic()]
        if code:
            raise RuntimeError(f"the undisturbed run ended with {code}: {course.last}")
        seconds = {phase: end - begin for (phase, begin), end in zip(begins.items(), ends, strict=True)}
        return Clean(read_kept(copy.out), endpoint.count, seconds)


def plan_kills(draw: random.Random, number: int) -> list[tuple[str, float]]:
    """Return the kills of one run in order: the phase and how far into it, as a share."""
    before = [("SSI", draw.random()), draw.choice([("APS", draw.random()), ("CB", draw.random())])]
    within = sorted(("IDG", draw.uniform(0.02, 0.97)) for _ in range(IN_IDG))
    after = [draw.choice([("DF", draw.random()), ("export", draw.random())])]
    planned = [*before, *within, *after]
    planned.insert(draw.randrange(len(planned)), ("start", draw.random()))
    return planned[:number]


def kill_run(begun: Begun, clean: Clean, dialogues: int, planned: list[tuple[str, float]]) -> dict[str, float]:
    """Kill one run as planned, let it end, and return its figures."""
    kills: Counter[str] = Counter()
    finished: set[int] = set()
    twice = 0
    with CountingEndpoint(latency=LATENCY) as endpoint:
        for phase, share in [*planned, ("", 0.0)]:
            asked = endpoint.count
            course = Course(begun.out, begun.home, endpoint.url, dialogues)
            if phase and _wait_to_kill(course, endpoint, clean, phase, share):
                kills[course.find_phase()] += 1
                course.kill()
            else:
                course.end()
            twice += sum(number in finished for number in endpoint.list_calls(asked))
            finished |= list_finished(begun.out)
            print(
                f"| {phase} {share:.2f} | {course.find_phase()} | {course.process.returncode} | {twice} |", flush=True
            )
        if course.process.returncode:
            print(f"the last start ended with {course.process.returncode}: {course.last}", flush=True)
    figures = compare(clean.kept, read_kept(begun.out))
    in_idg = kills.pop("IDG", 0)
    return {**figures, "kills": in_idg + kills.total(), "kills_idg": in_idg, "paid_twice": twice}


def _wait_to_kill(course: Course, endpoint: CountingEndpoint, clean: Clean, phase: str, share: float) -> bool:
    """Wait until a run is to be killed; False if it has ended before."""
    if phase == "IDG":
        return course.wait_for_phase("IDG") and course.wait_until(lambda: endpoint.count >= share * clean.calls)
    if phase != "start" and not course.wait_for_phase(phase):
        return False
    until = time.monotonic() + share * clean.seconds[phase]
    return course.wait_until(lambda: time.monotonic() >= until)


def measure_kills(folder: Path, dialogues: int, kills: int, seed: int = 7) -> dict[str, float]:
    """Return the figures of all killed runs together."""
    begun = begin_run(folder, dialogues)
    clean = run_clean(begun, folder, dialogues)
    told = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in clean.seconds.items())
    print(f"undisturbed: {len(clean.kept.lines)} dialogues, {clean.calls} calls, {told}\n", flush=True)
    print("| killed at | was in | code | paid twice |\n| --- | --- | ---: | ---: |", flush=True)
    draw = random.Random(seed)
    runs = []
    for number in range(-(-kills // PER_RUN)):
        copy = begun.copy(folder, f"killed-{number}")
        planned = plan_kills(draw, min(PER_RUN, kills - PER_RUN * number))
        runs.append(kill_run(copy, clean, dialogues, planned))
        print(f"run {number + 1}: {runs[-1]}", flush=True)
    totals = {key: sum(run[key] for run in runs) for key in ("kills", "kills_idg", "lost", "doubled", "paid_twice")}
    means = {key: statistics.mean(run[key] for run in runs) for key in ("content_equal", "set_equal")}
    return {**totals, **means}
