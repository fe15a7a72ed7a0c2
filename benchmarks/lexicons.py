"""A lexicon of a market's size, made up: names in Chinese and English, and street addresses, with their frequencies.

Chinese names are made of two-character parts, the common ones more often (Zipf), some with what such names end on;
English ones of one to three pronounceable words. Run alone to write one: `python benchmarks/lexicons.py OUT.txt`.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from machine import measure_peak

from streamdial.domains import load_pack, load_seeds
from streamdial.lexicon import LexiconEntry, compile_lexicon, open_lexicon

NAMES, ADDRESSES = 4_100_000, 43_000
_ENDINGS = ("", "", "", "酒店", "版", "套餐", "大床房", "火锅店", "Pro", "庭院")
_ONSETS = (*"bcdfghjklmnprstvwz", "br", "tr", "st", "ch", "sh", "gr", "pl")
_VOWELS = (*"aeiou", "ai", "ea", "oo")
_CODAS = ("", "", "n", "r", "l", "s", "t", "nd", "x")
_STREETS = ("路", "街", "大道", "巷")


def make_entries(names: int = NAMES, addresses: int = ADDRESSES, seed: int = 7) -> Iterator[LexiconEntry]:
    """Yield entries, each form once.

    Args:
        names: Names, five Chinese to three English ones.
        addresses: Street addresses, half in each language.
        seed: Decides all of them.
    """
    rng = random.Random(seed)
    characters = [chr(0x4E00 + place) for place in range(6000)]
    rng.shuffle(characters)
    weights = [1 / (place + 10) for place in range(len(characters))]
    parts = ["".join(pair) for pair in zip(*(rng.choices(characters, weights, k=60_000) for _ in "12"), strict=True)]
    syllables = [onset + vowel + coda for onset in _ONSETS for vowel in _VOWELS for coda in _CODAS]
    seen: set[str] = set()

    def make_word() -> str:
        return "".join(rng.choices(syllables, k=rng.choice((2, 2, 3)))).capitalize()

    def fresh(form: str) -> bool:
        key = form.lower()
        return 2 <= len(form) <= 40 and key not in seen and not seen.add(key)  # type: ignore[func-returns-value]

    made = 0
    while made < names:
        if made % 8 < 5:
            form = "".join(rng.choices(parts, k=rng.choice((1, 2, 2, 3)))) + rng.choice(_ENDINGS)
        else:
            form = " ".join(make_word() for _ in range(rng.choice((1, 2, 2, 3))))
        if fresh(form):
            made += 1
            yield LexiconEntry(form, "name")
    made = 0
    while made < addresses:
        number = rng.randint(1, 999)
        form = f"{rng.choice(parts)}{rng.choice(_STREETS)}{number}号" if made % 2 else f"{number} {make_word()} Street"
        if fresh(form):
            made += 1
            yield LexiconEntry(form, "location")


def make_text(characters: int, language: str, names: list[str], seed: int = 3) -> str:
    """Return talk of a live room: lines of the seed dialogues, every second one with a name of the lexicon."""
    rng = random.Random(seed)
    lines = [
        turn.utterance
        for domain in ("automotive", "hotel", "restaurant")
        for dialogue in load_seeds(load_pack(domain), language)  # type: ignore[arg-type]
        for turn in dialogue.turns
    ]
    text: list[str] = []
    size = 0
    while size < characters:
        line = rng.choice(lines) + (f" {rng.choice(names)}" if rng.random() < 0.5 else "")
        text.append(line)
        size += len(line) + 1
    return "\n".join(text)[:characters]


def _measure(folder: Path) -> dict[str, float]:
    """Open, match, and say what it took; in a process of its own, so that memory is its own."""
    before = measure_peak()
    start = time.perf_counter()
    lexicon = open_lexicon(folder)
    lexicon.find_similar("望湖 Meridian")
    loaded = time.perf_counter() - start
    rng = random.Random(1)
    names = [lexicon.get_entry(rng.randrange(len(lexicon))).canonical for _ in range(20_000)]
    figures = {"entries": float(len(lexicon)), "load_s": loaded, "import_mib": before}
    for language, size in (("zh", 1_700_000), ("en", 5_000_000)):
        text = make_text(size, language, names)
        for half in (2, 1):
            part = text[: len(text) // half]
            start = time.process_time()
            matches = len(lexicon.find_exact(part))
            spent = time.process_time() - start
            figures[f"exact_{language}_mb_per_s" + ("_half" if half == 2 else "")] = len(part.encode()) / 1e6 / spent
        figures[f"exact_{language}_matches"] = float(matches)
        part = text[:200_000]
        start = time.process_time()
        lexicon.find_similar(part)
        figures[f"similar_{language}_chars_per_s"] = len(part) / (time.process_time() - start)
    figures["peak_mib"] = measure_peak()
    return figures


def measure_lexicon(names: int = NAMES, addresses: int = ADDRESSES) -> dict[str, Any]:
    """Compile a lexicon of that size and measure it: seconds to open, MB a second, characters a second, memory."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "market"
        start = time.perf_counter()
        compile_lexicon(make_entries(names, addresses), place)
        compiled = time.perf_counter() - start
        size = sum(file.stat().st_size for file in place.iterdir()) / 2**20
        command = [sys.executable, __file__, "--measure", str(place)]
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {**figures, "compile_s": compiled, "disk_mib": size}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, help="text file to write the forms to")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(_measure(given.measure)))
    elif given.out:
        given.out.write_text("".join(f"{entry.form}\n" for entry in make_entries()), encoding="utf-8")
    else:
        print(json.dumps(measure_lexicon(), indent=2))
