"""What the transcript guard drops: invented streams with marked loops, and real text in which there are none.

    python -m benchmarks.real_transcripts [--data FOLDER] [--json PATH]

The invented streams (tests/data/transcripts) were written to develop the guard. Real text, where the folder of public
sets is there: its caption files, and the turns of its dialogues one after the other as segments without times; all of
it counts as speech.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.machine import describe_machine
from streamdial.corpora import open_corpus
from streamdial.counts import Counts
from streamdial.models import find_made_up
from streamdial.privacy import Pseudonymizer
from streamdial.records import Segment
from streamdial.sources import read_transcript

ROOT = Path(__file__).resolve().parents[1]
MARKED = ROOT / "tests" / "data" / "transcripts"
DATA = ROOT.parent / "shared" / "data"
CORPORA = ("crosswoz", "multiwoz21", "sgd")
MADE_UP = ("stock_phrase", "repetition_loop", "silence_hallucination", "no_speech")


def measure_loops(data: Path = DATA) -> dict[str, float]:
    """Return the shares of what nobody said that is dropped, and of speech that is.

    Returns:
        `loop_segments_dropped` of the marked segments, `loop_false_drops` of all others, the real ones included,
        `marked_segments`, `speech_segments` and, of these, `real_segments`.
    """
    marked = dropped = spoken = wrong = 0
    labels = json.loads((MARKED / "labels.json").read_text("utf-8"))
    for name, starts in labels.items():
        counts = Counts("transcript")
        kept = {str(each.start) for each in _read(MARKED / name, counts)}
        missed = len(kept & set(starts))
        marked += len(starts)
        dropped += len(starts) - missed
        spoken += counts.asked - len(starts)
        wrong += _count_made_up(counts) - (len(starts) - missed)
    real = 0
    for asked, false in _score_real(data) if data.is_dir() else ():
        real += asked
        wrong += false
    return {
        "loop_segments_dropped": dropped / marked,
        "loop_false_drops": wrong / (spoken + real),
        "marked_segments": marked,
        "speech_segments": spoken + real,
        "real_segments": real,
    }


def _read(path: Path, counts: Counts) -> list[Segment]:
    return read_transcript(path, pseudonyms=Pseudonymizer(bytes(32)), counts=counts)


def _count_made_up(counts: Counts) -> int:
    return sum(counts.dropped[reason] for reason in MADE_UP)


def _score_real(data: Path) -> Iterator[tuple[int, int]]:
    for path in sorted((data / "transcripts").rglob("*")):
        if path.suffix in (".vtt", ".srt", ".xml"):
            counts = Counts("transcript")
            _read(path, counts)
            yield counts.kept + _count_made_up(counts), _count_made_up(counts)
    for name in CORPORA:
        if (path := data / name / "dialogues.jsonl.gz").is_file():
            turns = [(turn.utterance, None) for dialogue in open_corpus(path) for turn in dialogue.turns]
            yield len(turns), sum(reason is not None for reason in find_made_up(turns))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="Folder of the public sets.")
    parser.add_argument("--json", type=Path, help="Write the figures there.")
    given = parser.parse_args()
    figures = {"machine": describe_machine(), **measure_loops(given.data)}
    text = json.dumps(figures, indent=2, ensure_ascii=False)
    print(text)
    if given.json:
        given.json.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
