"""Signals of a stream of many hours: chat and transcript through SSI, its time and memory by the stream's length.

    python -m benchmarks.long_stream [--hours 1 2 4 8] [--a-minute 60] [--json FILE]

The stream is `examples/restaurant_live` over and over: what the host says and what viewers ask, each time by other
viewers, in other words at the end and with small talk between, until there are as many messages a minute as a busy
stream has. Each length is a process of its own with the real sentence encoder. Memory is flat if what eight hours take
is what one takes and the stream itself.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine, measure_peak

EXAMPLE = Path(__file__).parent.parent / "examples" / "restaurant_live"
HOURS = (1.0, 2.0, 4.0, 8.0)
A_MINUTE = 60
ASKS_IN_PLAY = 0.5
"""Share of the viewers' lines of a repetition that are said again in it."""
_LINE = re.compile(r'<d p="([\d.]+),([^"]*)">([^<]*)</d>')
_SMALL_TALK = (
    "hi from {place}", "first time here", "lol {word}", "{word} {word}", "so hungry", "nice {word}", "hello everyone",
    "good evening from {place}", "that looks {word}", "666", "haha {word}", "is anyone from {place}?", "❤❤❤", "wow",
)  # fmt: skip
_PLACES = ("Leeds", "Porto", "Turin", "Cork", "Ghent", "Lyon", "Kiel", "Bergen", "Malmo", "Brno")
_WORDS = ("yummy", "great", "crazy", "tasty", "hot", "cool", "huge", "tiny", "amazing", "fresh", "crispy", "lovely")
_ENDS = ("", "", " please", " thanks", "?", " anyone know", " pls", " just wondering", " sorry if asked")


def write_stream(folder: Path, hours: float, a_minute: int, *, seed: int = 7) -> None:
    """Write a recording of so many hours into a folder.

    Args:
        folder: Gets `transcript.json`, `chat.xml`, profile and pages.
        hours: Length of the stream.
        a_minute: Chat messages a minute.
        seed: Of what is drawn.
    """
    rng = random.Random(seed)
    transcript = json.loads((EXAMPLE / "transcript.json").read_text("utf-8"))
    chat = _LINE.findall((EXAMPLE / "chat.xml").read_text("utf-8"))
    length = max(segment["end"] for segment in transcript["segments"]) + 5.0
    segments, lines = [], []
    for number in range(round(hours * 3600 / length)):
        shift = number * length
        segments += [_shift(segment, shift) for segment in transcript["segments"]]
        asked = [line for line in chat if rng.random() < ASKS_IN_PLAY]
        messages = [(float(at) + shift, text + rng.choice(_ENDS)) for at, _, text in asked]
        for _ in range(max(0, round(length / 60 * a_minute) - len(messages))):
            said = rng.choice(_SMALL_TALK).format(place=rng.choice(_PLACES), word=rng.choice(_WORDS))
            messages.append((shift + rng.uniform(0, length), said))
        for at, text in sorted(messages):
            about = f"{at:.3f},1,25,16777215,{1_760_000_000 + int(at)},0,{rng.getrandbits(32):08x},{len(lines)},10"
            lines.append(f'<d p="{about}">{text}</d>')
    folder.mkdir(parents=True)
    (folder / "transcript.json").write_text(json.dumps({**transcript, "text": "", "segments": segments}), "utf-8")
    (folder / "chat.xml").write_text("<i>\n" + "\n".join(lines) + "\n</i>", "utf-8")
    shutil.copy(EXAMPLE / "profile.json", folder)
    shutil.copytree(EXAMPLE / "pages", folder / "pages")


def _shift(segment: dict[str, Any], by: float) -> dict[str, Any]:
    """Return a segment of speech, its words among it, so many seconds later."""
    times = {name: segment[name] + by for name in ("start", "end") if name in segment}
    words = {"words": [_shift(word, by) for word in segment["words"]]} if "words" in segment else {}
    return {**segment, **times, **words}


def mine(folder: Path) -> dict[str, Any]:
    """Mine the signals of a recording in this process, and return what it took."""
    import streamdial as sd

    begun, cpu = time.perf_counter(), time.process_time()
    found = sd.extract_signals(folder, "restaurant")
    counts = {entry.phase: dict(entry.dropped) for entry in found.counts}
    return {
        "seconds": time.perf_counter() - begun,
        "cpu_seconds": time.process_time() - cpu,
        "rss_mb": measure_peak(),
        "questions": len(found.questions),
        "responses": len(found.responses),
        "pairs": len(found.pairs),
        "knowledge": len(found.knowledge),
        "dropped": counts,
    }


def run(lengths: list[float], a_minute: int) -> dict[str, Any]:
    """Measure streams of several lengths, and return the figures."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="streamdial-long-") as parent:
        for hours in lengths:
            folder = Path(parent) / f"hours_{hours:g}"
            write_stream(folder, hours, a_minute)
            command = [sys.executable, "-m", "benchmarks.long_stream", "--mine", str(folder)]
            told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            rows.append({"hours": hours, "messages": round(hours * 60 * a_minute), **json.loads(told.stdout)})
    first, last = rows[0], rows[-1]
    return {
        "rows": rows,
        "seconds_a_stream_hour": last["seconds"] / last["hours"],
        "time_growth": last["cpu_seconds"] / last["hours"] / (first["cpu_seconds"] / first["hours"]),
        "rss_growth": last["rss_mb"] / first["rss_mb"],
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", nargs="+", type=float, default=list(HOURS))
    parser.add_argument("--a-minute", type=int, default=A_MINUTE)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--mine", type=Path, help="a recording, mined in this process")
    options = parser.parse_args()
    found = (
        mine(options.mine) if options.mine else {"machine": describe_machine(), **run(options.hours, options.a_minute)}
    )
    text = json.dumps(found, indent=2)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
