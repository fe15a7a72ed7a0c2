"""What the packs bring must not hold the lines it is measured by."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from rapidfuzz import fuzz, process

from streamdial.domains import load_pack
from streamdial.text import fold_text, split_words
from tests.conftest import ROOT

MAX_ALIKE = 85


def fold(text: str) -> str:
    return " ".join(split_words(fold_text(text)))


def count_words(text: str) -> float:
    """Count words; a Chinese character is half a one."""
    return sum(1 if word.isascii() else 0.5 for word in split_words(text))


def walk(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from walk(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from walk(part)


@pytest.mark.parametrize("domain", ["automotive", "hotel", "restaurant"])
def test_no_line_of_a_pack_is_one_of_the_test_sets(domain: str) -> None:
    folder = ROOT / "tests" / "data" / "signals"
    measured = [
        fold(json.loads(line)["text"])
        for name in ("intents", "strategies")
        for line in (folder / f"{name}.test.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    pack = load_pack(domain).model_dump()
    lines = [*walk(pack["intents"]), *walk(pack["strategy_lines"])]
    for strategy in pack["strategies"].values():
        lines += walk(strategy["prototypes"])
    phrases = [pack["topics"], pack["chat"], pack["acts"], pack["strategy_cues"]]
    lines += (text for text in walk(phrases) if count_words(text) > 3)
    alike = [
        line
        for line in lines
        if process.extractOne(fold(line), measured, scorer=fuzz.ratio, score_cutoff=MAX_ALIKE) is not None
    ]
    assert alike == []
