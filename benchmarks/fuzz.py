"""What becomes of damaged files: whether reading them breaks, hangs, or loses what is unharmed without a word.

    python -m benchmarks.fuzz [--files 1000] [--kind NAME] [--show] [--json FILE]

Of each kind files are cut, edited, spliced, robbed of a piece or given a nasty one, and read as a run reads them.

| figure | what it is |
| --- | --- |
| `tracebacks` | files that ended in anything but an error for people |
| `hangs` | files that were not read within 20 seconds |
| `silent_loss` | files of which an unharmed record was not read, with no drop counted, no note and no error |
| `loss_counted` | share of the unharmed records that were not read, all of them in files that say so |
| `worst_growth` | the largest ratio of CPU time from 10,000 to 100,000 characters of a nasty pattern (linear is 10) |
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import signal
import tempfile
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.figures import print_figures
from benchmarks.fuzz_files import (
    MUTATIONS,
    Whole,
    make_ass,
    make_chat_lines,
    make_comments,
    make_csv,
    make_danmaku,
    make_database,
    make_info,
    make_live_chat,
    make_page,
    make_seeds,
    make_srt,
    make_table,
    make_vtt,
    make_whisper,
)
from benchmarks.fuzz_growth import measure_growth
from benchmarks.machine import describe_machine
from streamdial.corpora import read_seeds
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.environment import read_knowledge_file
from streamdial.errors import StreamDialError
from streamdial.privacy import Pseudonymizer
from streamdial.sources import ReadContext, detect_kind
from streamdial.sources.reader import list_readers

SECONDS = 20
PACK = Path(__file__).parents[1] / "examples" / "packs" / "cameras.yaml"


class TookTooLong(BaseException):
    """A file is not read in time; no reader may take it for an error of its own."""


class Outcome(NamedTuple):
    """What became of one file.

    Attributes:
        kind: `read`, `refused`, `traceback`, `hang` or `silent`.
        unharmed: Records that stand in it whole.
        lost: Those of them that were not read.
        told: What was counted and noted, or the traceback.
    """

    kind: str
    unharmed: int
    lost: int
    told: str


def read_source(path: Path, counts: Counts) -> str:
    """Read a file as a source."""
    kind = detect_kind(path)
    if kind == "unknown":
        counts.drop("unknown_kind")  # as a folder's files are
        return ""
    records = list_readers()[kind].read(path, ReadContext(Pseudonymizer(bytes(32)), counts))
    return "\n".join(str(record) for record in records)


def read_table_file(path: Path, counts: Counts) -> str:
    """Read a file as a table of what is sold."""
    known = read_knowledge_file(path, load_pack("automotive"), "en", counts)
    return "\n".join(known.entities)


def read_seed_file(path: Path, counts: Counts) -> str:
    """Read a file as seed dialogues."""
    return "\n".join(str(seed) for seed in read_seeds(path, load_pack("automotive"), "en", counts))


def read_pack_file(path: Path, counts: Counts) -> str:
    """Read a file as a domain pack."""
    return str(load_pack(str(path)).id)


Read = Callable[[Path, Counts], str]
KINDS: dict[str, tuple[Callable[[Path], Whole], Read]] = {
    "danmaku": (lambda folder: make_danmaku(), read_source),
    "chat_lines": (lambda folder: make_chat_lines(), read_source),
    "live_chat": (lambda folder: make_live_chat(), read_source),
    "comments": (lambda folder: make_comments(), read_source),
    "info": (lambda folder: make_info(), read_source),
    "whisper": (lambda folder: make_whisper(), read_source),
    "srt": (lambda folder: make_srt(), read_source),
    "vtt": (lambda folder: make_vtt(), read_source),
    "ass": (lambda folder: make_ass(), read_source),
    "chat_csv": (lambda folder: make_csv(), read_source),
    "page": (lambda folder: make_page(), read_source),
    "table": (lambda folder: make_table(), read_table_file),
    "sqlite": (make_database, read_table_file),
    "seeds": (lambda folder: make_seeds(), read_seed_file),
    "pack": (lambda folder: Whole(PACK.read_bytes(), (), (), ".yaml"), read_pack_file),
}


def mutate(whole: Whole, rng: random.Random) -> bytes:
    """Return a damaged file: one damage, sometimes two."""
    content = whole.content
    for _ in range(rng.choice((1, 1, 2))):
        content = rng.choice(MUTATIONS)(content, rng) or b"\n"
    return content


def list_unharmed(whole: Whole, content: bytes) -> list[str]:
    """Return the tokens of the records that stand whole in a damaged file, none twice.

    Where the beginning is harmed nothing says any more what the file is; what touches a damage may be read otherwise.
    """
    if not content.startswith(whole.frame):
        return []
    return [token for record, token in zip(whole.records, whole.tokens, strict=True) if content.count(record) == 1]


def judge(path: Path, whole: Whole, content: bytes, read: Read) -> Outcome:
    """Read a damaged file and return what became of it."""
    counts, unharmed = Counts("reading"), list_unharmed(whole, content)

    def give_up(number: int, frame: Any) -> None:  # noqa: ANN401
        raise TookTooLong

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SECONDS)
    try:
        text = read(path, counts)
    except TookTooLong:
        return Outcome("hang", len(unharmed), 0, "")
    except StreamDialError as error:
        return Outcome("refused", len(unharmed), len(unharmed), str(error))
    except Exception:  # what is looked for
        return Outcome("traceback", len(unharmed), 0, traceback.format_exc())
    finally:
        signal.alarm(0)
    lost = [token for token in unharmed if token not in text]
    told = f"{dict(counts.dropped)} {counts.notes}"
    silent = bool(lost) and not counts.dropped and not counts.notes
    return Outcome("silent" if silent else "read", len(unharmed), len(lost), f"{lost} {told}")


def fuzz(job: tuple[str, int], count: int, folder: Path, keep: Path | None) -> list[Outcome]:
    """Return what becomes of a share of the files of one kind."""
    name, part = job
    make, read = KINDS[name]
    place = folder / f"{name}{part}"
    place.mkdir()
    whole, rng = make(place), random.Random(f"{name}/{part}")
    path = place / f"file{whole.ending}"
    outcomes = []
    for number in range(count):
        content = mutate(whole, rng)
        path.write_bytes(content)
        outcomes.append(judge(path, whole, content, read))
        if keep is not None and outcomes[-1].kind in ("silent", "traceback", "hang"):
            (keep / f"{name}_{part}_{number}{whole.ending}").write_bytes(content)
    return outcomes


def check_wholes(folder: Path) -> None:
    """Make sure that the files as they should be are read whole, so that a loss is one."""
    for name, (make, read) in KINDS.items():
        place = folder / f"whole_{name}"
        place.mkdir()
        whole = make(place)
        path = place / f"file{whole.ending}"
        path.write_bytes(whole.content)
        outcome = judge(path, whole, whole.content, read)
        if outcome.kind != "read" or outcome.lost:
            raise SystemExit(f"{name}: the whole file is not read whole: {outcome}")


def main() -> None:
    """Read damaged files of all kinds and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000, help="Files of each kind.")
    parser.add_argument("--kind", action="append", choices=KINDS, help="Only these.")
    parser.add_argument("--show", action="store_true", help="Tell of each file that broke, hung or lost.")
    parser.add_argument("--keep", type=Path, help="Folder for those files.")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"{describe_machine('lxml', 'orjson')}\n")
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    names: Sequence[str] = arguments.kind or list(KINDS)
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        check_wholes(Path(folder))
        jobs = list(product(names, range(2)))
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            work = partial(fuzz, count=arguments.files // 2, folder=Path(folder), keep=arguments.keep)
            outcomes = dict(zip(jobs, pool.map(work, jobs, chunksize=1), strict=True))
    everything = [outcome for listed in outcomes.values() for outcome in listed]
    for name in names:
        own = [outcome for (kind, _), listed in outcomes.items() if kind == name for outcome in listed]
        told = {
            kind: sum(one.kind == kind for one in own) for kind in ("read", "refused", "traceback", "hang", "silent")
        }
        print(f"{name:12} {told}")
        for one in own if arguments.show else ():
            if one.kind in ("traceback", "silent", "hang"):
                print(f"  {one.kind}: {one.told[-400:]}")
    figures["files"] = float(len(everything))
    figures["tracebacks"] = float(sum(one.kind == "traceback" for one in everything))
    figures["hangs"] = float(sum(one.kind == "hang" for one in everything))
    figures["silent_loss"] = float(sum(one.kind == "silent" for one in everything))
    unharmed = sum(one.unharmed for one in everything)
    figures["loss_counted"] = sum(one.lost for one in everything if one.kind != "silent") / max(unharmed, 1)
    if arguments.kind is None:
        figures["worst_growth"], worst = measure_growth()
        print(f"worst growth: {worst}")
    print_figures(figures, as_json=False)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
