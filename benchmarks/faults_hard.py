"""What hard failures do to a run: an endpoint that is gone or refuses, a disk, a second run, an old folder, the clock.

    python -m benchmarks.faults --part hard --json

Runs of the command line with `guided` meet one failure each while dialogues are made, and are started again when it is
over. `lost` and `doubled` count dialogues of the run in the end against an undisturbed one with the same salt,
`content_equal` is the share that are the same bytes, `code` the exit code of the start that met the failure, `told`
whether its last line says what to do (1 as well where it came through). A failure that cannot be had on this machine
(no file system can be mounted, no C compiler) is skipped, with a word.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.faults_kills import LATENCY, Clean, run_clean
from benchmarks.faults_runs import Begun, CountingEndpoint, Course, begin_run, compare, read_kept
from streamdial.testing import Fault

DIALOGUES = 60
DOWN = 60.0
DISK = "560m"
HOLD = 30.0
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static int find_shift(void) { char *sign = getenv("CLOCK_BACK"); return sign && !access(sign, F_OK) ? 3600 : 0; }
int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*get)(clockid_t, struct timespec *);
    if (!get) get = dlsym(RTLD_NEXT, "clock_gettime");
    int code = get(clock, at);
    if (clock == CLOCK_REALTIME) at->tv_sec -= find_shift();
    return code;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec, at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""
"""The clock of a process, an hour late as soon as there is a file (libfaketime breaks the sleep of Python 3.11)."""


class SkippedError(Exception):
    """A failure cannot be had on this machine."""


class Scene:
    """A run that is to meet a failure.

    Attributes:
        begun: Its folders.
        endpoint: Its endpoint, which is being served.
        down: Seconds for which an endpoint is gone.
        folder: A folder for whatever the failure needs.
    """

    def __init__(self, begun: Begun, clean: Clean, endpoint: CountingEndpoint, dialogues: int, down: float) -> None:
        self.begun, self.endpoint, self.down = begun, endpoint, down
        self.folder = begun.home.parent
        self._clean, self._dialogues = clean, dialogues

    def start(self, *options: str, begun: Begun | None = None, environment: dict[str, str] | None = None) -> Course:
        """Start the run, or start it again."""
        where = begun or self.begun
        return Course(where.out, where.home, self.endpoint.url, self._dialogues, *options, environment=environment)

    def reach(self, course: Course, share: float = 0.3) -> None:
        """Wait until a share of the calls of IDG has been made."""
        course.wait_for_phase("IDG")
        before = self.endpoint.count
        wanted = before + share * max(self._clean.calls - before, 1)
        if not course.wait_until(lambda: self.endpoint.count >= wanted):
            raise RuntimeError(f"the run ended before it could be disturbed: {course.last}")

    def stop_within(self) -> None:
        """Start the run and kill it while dialogues are made."""
        course = self.start()
        self.reach(course)
        course.kill()


class Met(NamedTuple):
    """The start that met the failure: its exit code and its last line."""

    code: int
    last: str


def meet(course: Course) -> Met:
    """Wait for the end of a start and return what it told."""
    return Met(course.end(), course.last)


def lose_endpoint(scene: Scene) -> Met:
    """Nobody listens at the endpoint's address for a while."""
    course = scene.start()
    scene.reach(course)
    scene.endpoint.__exit__(None, None, None)
    time.sleep(scene.down)
    scene.endpoint.__enter__()
    return meet(course)


def refuse_key(scene: Scene) -> Met:
    """The endpoint no longer takes the key."""
    course = scene.start()
    scene.reach(course)
    scene.endpoint.failing = Fault("status", status=401, message="invalid key")
    met = meet(course)
    scene.endpoint.failing = None
    return met


@contextlib.contextmanager
def mount_disk(scene: Scene) -> Iterator[Path]:
    """Have the run on a small file system of its own while the block lasts."""
    disk = scene.folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise SkippedError("no file system can be mounted here")
    there = Begun(disk / "run", scene.begun.home)
    here = scene.begun
    shutil.copytree(here.out, there.out)
    scene.begun = there
    try:
        yield disk
        shutil.rmtree(here.out)
        shutil.copytree(there.out, here.out)
    finally:
        scene.begun = here
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


def fill_disk(scene: Scene) -> Met:
    """The disk is full, and later it is not."""
    with mount_disk(scene) as disk:
        course = scene.start()
        scene.reach(course)
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
            while file.write(b"\0" * (1 << 20)):
                pass
        met = meet(course)
        (disk / "filler").unlink()
        scene.start().end()
    return met


def forbid_writing(scene: Scene) -> Met:
    """The folder of a run that was killed can be read only, and later written again."""
    with mount_disk(scene) as disk:
        scene.stop_within()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        met = meet(scene.start())
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        scene.start().end()
    return met


def start_twice(scene: Scene) -> Met:
    """A second run is started in the folder of one that runs; it is the second's end that counts."""
    first = scene.start()
    scene.reach(first, 0.1)
    # Long enough that the first is still at it when the second has begun.
    scene.endpoint.answer_after(HOLD)
    other = Begun(scene.begun.out, scene.folder / "second" / "prefect")
    shutil.copytree(scene.folder.parent / "begun" / "prefect", other.home)
    met = meet(scene.start(begun=other))
    scene.endpoint.answer_after(LATENCY)
    if first.end():
        raise RuntimeError(f"the first of two runs ended, too: {first.last}")
    return met


def take_older_folder(scene: Scene) -> Met:
    """The folder was made by an older version; then by this one again."""
    scene.stop_within()
    marker = scene.begun.out / "run.json"
    known = marker.read_text(encoding="utf-8")
    older = json.loads(known)
    older["parts"]["version"] = "0.0.1"
    marker.write_text(json.dumps(older), encoding="utf-8")
    met = meet(scene.start())
    marker.write_text(known, encoding="utf-8")
    return met


def put_clock_back(scene: Scene) -> Met:
    """The clock of the machine goes back by an hour."""
    library, sign = scene.folder / "clock.so", scene.folder / "back"
    command = ["cc", "-shared", "-fPIC", "-O2", "-x", "c", "-", "-o", str(library), "-ldl"]
    try:
        subprocess.run(command, input=CLOCK.encode(), capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SkippedError("there is no C compiler for a clock that can be put back") from error
    course = scene.start(environment={"LD_PRELOAD": str(library), "CLOCK_BACK": str(sign)})
    scene.reach(course)
    sign.touch()
    return meet(course)


CASES: dict[str, Callable[[Scene], Met]] = {
    "endpoint_down": lose_endpoint,
    "key_refused": refuse_key,
    "disk_full": fill_disk,
    "read_only": forbid_writing,
    "two_runs": start_twice,
    "older_version": take_older_folder,
    "clock_back": put_clock_back,
}


def measure_hard(
    folder: Path, dialogues: int = DIALOGUES, down: float = DOWN, only: list[str] | None = None
) -> dict[str, float]:
    """Return the figures of each failure, and of all together."""
    begun = begin_run(folder, dialogues)
    clean = run_clean(begun, folder, dialogues)
    print(f"undisturbed: {len(clean.kept.lines)} dialogues, {clean.calls} calls\n", flush=True)
    print("| failure | code | then | lost | doubled | equal | last line |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |", flush=True)
    figures: dict[str, float] = {}
    for name in only or list(CASES):
        scene_folder = begun.copy(folder, name)
        with CountingEndpoint(latency=LATENCY) as endpoint:
            scene = Scene(scene_folder, clean, endpoint, dialogues, down)
            try:
                met = CASES[name](scene)
            except SkippedError as error:
                print(f"| {name} | skipped: {error} | | | | | |", flush=True)
                continue
            again = scene.start("--retry-failed")
            after = again.end()
        row = compare(clean.kept, read_kept(scene.begun.out))
        told = float(met.code == 0 or _says_what_to_do(met.last))
        row |= {"code": met.code, "code_after": after, "told": told}
        figures |= {f"{name}_{key}": value for key, value in row.items()}
        cells = (name, met.code, after, row["lost"], row["doubled"], row["content_equal"], met.last[-300:])
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
    totals = {
        key: sum(value for name, value in figures.items() if name.endswith(f"_{key}")) for key in ("lost", "doubled")
    }
    untold = sum(value == 0 for name, value in figures.items() if name.endswith("_told"))
    return {**totals, "hard_untold": untold, **figures}


def _says_what_to_do(line: str) -> bool:
    return "To fix:" in line or "the same command" in line or "--retry-failed" in line
