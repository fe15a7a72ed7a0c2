"""How the time of masking and reading grows with the length of nasty text.

    python -m benchmarks.growth [--json FILE]

Each pattern repeats a piece that only looks like what the rules look for. `worst_growth` is the largest ratio of CPU
time from 10,000 to 100,000 characters; 10 is linear. The smaller of two runs counts, for a machine is not alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from streamdial.counts import Counts
from streamdial.errors import StreamDialError
from streamdial.privacy import Pseudonymizer, find_personal_data
from streamdial.sources import ReadContext
from streamdial.sources.reader import list_readers

SIZES = (10_000, 100_000)
PIECES = (
    *(
        "1 ",
        "1-",
        "一",
        "one ",
        "a ",
        "1o",
        "然后1",
        "a1",
        "酒",
        "点a",
        "12 Elm ",
        "微信",
        "QQ ",
        "о",
        "楼1号",
        "路1号",
    ),
    *("13800138000 ", "1234567 then 12345678 ", "(1", "+1 ", "@a", "1,then 2 "),
)
FILES = {
    "danmaku": '<d p="1,1,25,1,1,0,a,1">x<5</d>',
    "live_chat": '{"a": [{"b":1}, ',
    "comments": '{"text": "a", ',
    "transcript": "1\n00:00:01,000 --> 00:00:02,000\nx\n",
    "page": "<div><table><tr><td>1",
}


def measure(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the quicker of two runs."""
    times = []
    for _ in range(2):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def read_file(kind: str, text: str, folder: Path) -> None:
    """Read a file of a kind, whatever comes of it."""
    path = folder / f"x.{kind}"
    path.write_text(text, encoding="utf-8")
    try:
        for _ in list_readers()[kind].read(path, ReadContext(Pseudonymizer(bytes(32)), Counts("growth"))):
            pass
    except StreamDialError as error:
        print(kind, str(error)[:100])


def run() -> dict[str, object]:
    """Return the growth of every pattern, and the worst."""
    find_personal_data("一 1 warm")
    growth: dict[str, float] = {}
    for piece in PIECES:
        small, large = (measure(partial(find_personal_data, (piece * size)[:size])) for size in SIZES)
        growth[f"mask {piece!r}"] = round(large / max(small, 1e-3), 1)
    with tempfile.TemporaryDirectory() as name:
        for kind, piece in FILES.items():
            texts = [("<i>" if kind == "danmaku" else "") + (piece * size)[:size] for size in SIZES]
            small, large = (measure(partial(read_file, kind, text, Path(name))) for text in texts)
            growth[f"read {kind}"] = round(large / max(small, 1e-3), 1)
    return {"worst_growth": max(growth.values()), "growth": growth}


def main() -> None:
    """Measure and print, or write as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    given = parser.parse_args()
    found = run()
    text = json.dumps(found, ensure_ascii=False, indent=1)
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
