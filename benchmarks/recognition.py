"""Correction against labelled damage, and the recogniser's error rate on the example streams before and after it."""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from machine import measure_peak

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.models import build_transcriber
from streamdial.records import Language
from streamdial.signals import prepare_recording
from streamdial.signals.correction import Corrector
from streamdial.signals.numerals import write_numerals
from streamdial.slots import Fact, parse_value
from streamdial.sources import open_recordings, read_recording

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = (
    ("automotive_live", "automotive", "en"),
    ("hotel_live_zh", "hotel", "zh"),
    ("restaurant_live", "restaurant", "en"),
)


def build_correctors(contexts: Mapping[str, Mapping[str, Any]]) -> dict[str, Corrector]:
    """Return a corrector for each labelled account, keyed `domain.language`."""
    correctors = {}
    for key, context in contexts.items():
        domain, _, language = key.partition(".")
        pack = load_pack(domain)
        facts = {}
        for fact in context["facts"]:
            slot = fact["slot"] if fact["slot"] in pack.slots else "price"
            if value := parse_value(pack, pack.slots[slot], fact["value"], language):  # type: ignore[arg-type]
                facts[fact["entity"], slot] = (Fact(fact["entity"], slot, *value, fact["value"]), "page")
        correctors[key] = Corrector(
            pack,
            language,  # type: ignore[arg-type]
            names=context["names"],
            locations=context["locations"],
            terms=context["terms"],
            facts=facts,
        )
    return correctors


def score_correction(lines: Iterable[Mapping[str, Any]], contexts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Score correction on labelled transcripts.

    A damaged entity is recovered if its right form stands in the corrected text; a sound one is damaged if its form
    no longer does.

    Returns:
        `recovered` and `damaged` as shares, `damaged_entities` and `sound_entities` as counts, and by `kinds`
        (kind and language) how many were recovered of how many.
    """
    correctors = build_correctors(contexts)
    asked: Counter[tuple[str, bool]] = Counter()
    right: Counter[tuple[str, bool]] = Counter()
    for line in lines:
        text, _ = correctors[f"{line['domain']}.{line['language']}"].correct(line["text"])
        for entity in line["entities"]:
            key = (f"{entity['kind']} {line['language']}", entity["damaged"])
            asked[key] += 1
            right[key] += entity["right"] in text
    damaged = sum(count for (_, hurt), count in asked.items() if hurt)
    sound = asked.total() - damaged
    recovered = sum(count for (_, hurt), count in right.items() if hurt)
    kept = right.total() - recovered
    return {
        "recovered": recovered / damaged,
        "damaged": (sound - kept) / sound,
        "damaged_entities": damaged,
        "sound_entities": sound,
        "kinds": {
            kind: (right[kind, True], asked[kind, True]) for kind in sorted({kind for kind, hurt in asked if hurt})
        },
    }


def _read_script(folder: Path) -> str:
    with (folder.parent / "scripts" / folder.name / "script.tsv").open(encoding="utf-8", newline="") as file:
        return " ".join(row["text"] for row in csv.DictReader(file, delimiter="\t"))


def _normalise(text: str, corrector: Corrector) -> str:
    """Return a text as it is compared: figures in one form, no punctuation, one case."""
    written = write_numerals(text, corrector.figures)[0].lower()
    return " ".join(re.sub(r"(?<=\d),(?=\d{3})|[^\w\s.$]|\.(?!\d)|\bdollars\b|\$", "", written).split())


def _measure_example(name: str, domain: str, language: Language) -> dict[str, float]:
    """Recognise one example and compare with its script; in a process of its own, so that memory is its own."""
    import jiwer

    folder = ROOT / "examples" / name
    (files,) = open_recordings((str(folder),), salt=b"benchmark" * 4, counts=Counts("sources"))
    transcriber = None if files.transcripts else build_transcriber("faster-whisper", "whisper-base")
    start = time.perf_counter()
    recording = read_recording(
        files, transcriber=transcriber, language=language, salt=b"benchmark" * 4, counts=Counts("reading")
    )
    spent = time.perf_counter() - start
    prepared = prepare_recording(recording, load_pack(domain))
    measure = jiwer.cer if language == "zh" else jiwer.wer
    joiner = "" if language == "zh" else " "
    said = _normalise(_read_script(folder), prepared.corrector)
    before = _normalise(joiner.join(segment.text for segment in recording.segments), prepared.corrector)
    after = _normalise(joiner.join(sentence.text for sentence in prepared.sentences), prepared.corrector)
    if language == "zh":
        said, before, after = (text.replace(" ", "") for text in (said, before, after))
    figures = {
        "error_before": float(measure(said, before)),
        "error_after": float(measure(said, after)),
        "peak_mib": measure_peak(),
    }
    if transcriber:
        figures["real_time_factor"] = spent / max(segment.end for segment in recording.segments)
    return figures


def measure_examples() -> dict[str, dict[str, float]]:
    """Return, for each example stream, error rate before and after correction, real-time factor and memory."""
    results = {}
    for name, _, _ in EXAMPLES:
        done = subprocess.run([sys.executable, __file__, name], check=True, capture_output=True, text=True)
        results[name] = json.loads(done.stdout.splitlines()[-1])
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=[name for name, _, _ in EXAMPLES], help="example stream that is measured")
    chosen = parser.parse_args().name
    wanted = next(example for example in EXAMPLES if example[0] == chosen)
    print(json.dumps(_measure_example(*wanted)))  # type: ignore[arg-type]
