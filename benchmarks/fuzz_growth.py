"""How the time of masking, readers and checks grows with a nasty text."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from streamdial.claims import find_misstep
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.errors import StreamDialError
from streamdial.privacy import Pseudonymizer, mask_personal_data
from streamdial.slots import SlotReader
from streamdial.sources import ReadContext, detect_kind
from streamdial.sources.reader import list_readers
from streamdial.text import fold_text

SMALL, LARGE = 10_000, 100_000
ROUNDS, MOST_ROUNDS = 2, 15
ENOUGH = 0.2
"""CPU seconds of all rounds of one text: short passes are repeated until then, for their best says more."""
LINEAR, SHORT = 10.0, 0.02
FLOOR = 0.002
"""Seconds below which the clock says nothing: the small size is taken as this."""
PATTERNS = (
    "1 ", "1-", "1.", "a@", "a.b@c.", "@a ", "a, ", "十", "一二三 ", "$1,",
    "1万", "((", "«", "é", "aaaa ", "x y ", "-", "\u3000", "周一", "12:",
)  # fmt: skip


def measure_growth() -> tuple[float, str]:
    """Return the largest ratio of times between both sizes, and where it was; the worst of each kind is printed."""
    found = []
    for name, work in list_work().items():
        worst = max(compare_sizes(name, work, pattern) for pattern in PATTERNS)
        print(f"{worst[0]:8.1f} {worst[1]}", flush=True)
        found.append(worst)
    return max(found)


def compare_sizes(name: str, work: Callable[[str], object], pattern: str) -> tuple[float, str]:
    """Return the ratio of times of one pattern, of ten times the sizes where it is large and the times are short.

    In a few milliseconds what stays in the processor's caches weighs as much as how the time grows.
    """
    for scale in (1, 10):
        small = max(measure(work, pattern * (SMALL * scale // len(pattern))), FLOOR)
        large = measure(work, pattern * (LARGE * scale // len(pattern)))
        if large / small <= LINEAR or small > SHORT:
            break
    return large / small, f"{name} of {pattern!r}: {small:.3f} s, {large:.3f} s"


def measure(work: Callable[[str], object], text: str) -> float:
    """Return the CPU seconds of one pass, the best of two, or of more where a pass is short."""
    best, spent = float("inf"), 0.0
    for number in range(MOST_ROUNDS):
        if number >= ROUNDS and spent >= ENOUGH:
            break
        start = time.process_time()
        work(text)
        took = time.process_time() - start
        best, spent = min(best, took), spent + took
    return best


def list_work() -> dict[str, Callable[[str], object]]:
    """Return what texts are put through."""
    pack = load_pack("automotive")
    reader = SlotReader(pack, "en", ["Meridian", "Cascade"])
    return {
        "mask": mask_personal_data,
        "fold": fold_text,
        "values": reader.find_values,
        "entities": reader.find_entities,
        "manner": lambda text: find_misstep("user", text, "en", ["Meridian"], []),
        "danmaku": lambda text: read_file(".xml", f'<i><d p="1,1,25,1,1,0,a,1">{text.replace("<", "")}</d></i>'),
        "chat": lambda text: read_file(".jsonl", json.dumps({"time": 1, "user": "a", "text": text})),
        "page": lambda text: read_file(".html", f"<html><body><p>{text}</p></body></html>"),
        "subtitles": lambda text: read_file(".srt", f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n"),
    }


def read_file(ending: str, content: str) -> int:
    """Read a file as a source and return how much was read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{ending}"
        path.write_text(content, encoding="utf-8")
        try:
            records = list_readers()[detect_kind(path)].read(path, ReadContext(Pseudonymizer(bytes(32)), Counts("r")))
            return len(list(records))
        except StreamDialError:
            return 0  # nothing to read is an answer, too
