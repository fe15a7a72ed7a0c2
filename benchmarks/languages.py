"""Whether short lines of chat in other languages of the Latin script, or in Latin letters, are told from English ones.

    python -m benchmarks.languages [--data ../shared/data] [--json FILE]

The lines are our own, in two halves: the small words were widened with an eye on `dev`. lingua stands beside them where
it is installed (`pip install lingua-language-detector`); its threshold is chosen on `dev`. `languages_english_lost` is
a share of the English lines of `test`; real English ones are those of dialogues and live chat beside the repository.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import print_figures
from benchmarks.machine import describe_machine
from benchmarks.message_lines import DATA, SHARED, fold_line, iterate_texts
from streamdial.text import detect_language

LINES = DATA / "languages.tsv"
THRESHOLDS = (0.1, 0.05, 0.03, 0.02, 0.01)
_FILES = ("sgd/dialogues.jsonl.gz", "multiwoz21/dialogues.jsonl.gz", "live_chat/pytchat/chatreplay.json")
_OTHER_LETTERS = re.compile(r"[^\W\d_a-zA-Z]|://")


class Line(NamedTuple):
    """A line, its language (two letters, `zh` for pinyin) and its half."""

    half: str
    language: str
    text: str


class Score(NamedTuple):
    """Lines of other languages that are told, of how many, and English ones that are lost."""

    told: int
    foreign: int
    lost: int
    english: int


def read_lines() -> list[Line]:
    """Return the labelled lines."""
    return [Line(*row.split("\t")) for row in LINES.read_text("utf-8").splitlines()]


def score_lines(lines: Iterable[Line], is_foreign: Callable[[str], bool]) -> Score:
    """Return what a way of telling makes of lines."""
    counts = Counter((line.language != "en", is_foreign(line.text)) for line in lines)
    told, lost = counts[True, True], counts[False, True]
    return Score(told, told + counts[True, False], lost, lost + counts[False, False])


def is_foreign_here(text: str) -> bool:
    """Tell it as a run does."""
    return detect_language(text) == "other"


def list_real_english(data: Path) -> list[str]:
    """Return real lines in Latin letters; those of these files are English but for a few."""
    texts = {text for name in _FILES if (data / name).is_file() for text in iterate_texts(data / name)}
    folded = (fold_line(text) for text in texts if " " in text)
    return sorted(text for text in folded if 8 < len(text) < 120 and not _OTHER_LETTERS.search(text))


def load_lingua() -> Callable[[str], float] | None:
    """Return how likely lingua holds a text for English; None where it is not installed."""
    try:
        from lingua import Language, LanguageDetectorBuilder
    except ImportError:
        return None
    names = "ENGLISH SPANISH PORTUGUESE FRENCH GERMAN ITALIAN INDONESIAN VIETNAMESE TAGALOG TURKISH DUTCH POLISH"
    detector = LanguageDetectorBuilder.from_languages(*(getattr(Language, name) for name in names.split())).build()
    return lambda text: float(detector.compute_language_confidence(text, Language.ENGLISH))


def measure_languages(data: Path = SHARED) -> dict[str, float]:
    """Return the figures of the test half, and print those of both."""
    halves = {half: [line for line in read_lines() if line.half == half] for half in ("dev", "test")}
    ways: dict[str, Callable[[str], bool]] = {"small words": is_foreign_here}
    if likely := load_lingua():
        english = {line.text: likely(line.text) for lines in halves.values() for line in lines}
        for limit in THRESHOLDS:
            ways[f"lingua, English below {limit}"] = lambda text, limit=limit: english[text] < limit  # type: ignore[misc]
            ways[f"either, below {limit}"] = lambda text, limit=limit: is_foreign_here(text) or english[text] < limit  # type: ignore[misc]
    for name, way in ways.items():
        print(name, {half: tuple(score_lines(lines, way)) for half, lines in halves.items()})
    test = halves["test"]
    for language in sorted({line.language for line in test} - {"en"}):
        own = score_lines([line for line in test if line.language == language], is_foreign_here)
        print(f"  {language}: {own.told} of {own.foreign}")
    score = score_lines(test, is_foreign_here)
    figures = {
        "languages_precision": score.told / max(score.told + score.lost, 1),
        "languages_recall": score.told / max(score.foreign, 1),
        "languages_english_lost": score.lost / max(score.english, 1),
    }
    if real := list_real_english(data):
        lost = [text for text in real if is_foreign_here(text)]
        print("real lines told as foreign:", *lost[:10], sep="\n  ")
        figures |= {"languages_real": float(len(real)), "languages_real_lost": len(lost) / len(real)}
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    print(f"{describe_machine('numpy')}\n")
    figures = measure_languages(given.data)
    print_figures(figures, as_json=False)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
