"""Expressions that look for their words first find what `re` finds."""

from __future__ import annotations

import importlib
import json
import random
import re

import pytest

from streamdial.claims import lexicon
from streamdial.patterns import FilteredPattern, FilteredTable, compile_filtered, list_needed
from streamdial.records import Language
from tests.conftest import ROOT

MODULES = (
    *(f"streamdial.claims.{name}" for name in ("manner", "stock", "facts", "offers", "wishes", "figures", "mentions")),
    *(f"streamdial.privacy.{name}" for name in ("masking", "_cues", "_handles", "_places", "_networks")),
    *(f"streamdial.slots.{name}" for name in ("quantities", "clocks", "purposes", "reader")),
)


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        (r"\bsold out\b|\bgone\b", [{"sold out", "gone"}]),
        (r"n['’]t (?:go|do)\b", [{"n't go", "n't do", "n’t go", "n’t do"}]),
        (r"colou?r", [{"color", "colour"}]),
        (r"\d{3} km", [{" km"}, {"\\d"}]),
        (r"(?:ab)+c?", [{"ab"}]),
        (r"(?<=a)b(?!c)", [{"b"}]),
        (r"[a-z]+", []),
        (r"(?:one|.)", []),
        (r"x*", []),
    ],
)
def test_what_a_match_must_contain(source: str, needed: list[set[str]]) -> None:
    assert [set(words) for words in list_needed(source)] == needed


def list_patterns() -> list[FilteredPattern]:
    found = {}
    for name in MODULES:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, FilteredPattern):
                found[value.source, value.flags] = value
            elif isinstance(value, FilteredTable):
                found |= {(pattern.source, pattern.flags): pattern for pattern, _ in value._rows}
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        deals = lexicon.compile_deals(language)
        found[deals.source, deals.flags] = deals
        found |= {(p.source, p.flags): p for p, _ in lexicon.list_paraphrases(language)._rows}
    return list(found.values())


def list_texts() -> list[str]:
    """Lines of the examples, whole and cut, and pieces of the expressions themselves, in odd spellings too."""
    draw = random.Random(7)
    texts = []
    for path in sorted((ROOT / "examples").glob("*/*.jsonl")):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:60]]
        texts += [str(line.get("text") or line.get("message") or line) for line in lines if isinstance(line, dict)]
    words = [
        word
        for pattern in list_patterns()
        for words in list_needed(pattern.source, pattern.flags)
        for word in sorted(words)[:6]
    ]
    for _ in range(400):
        piece = " ".join(draw.choice(words) for _ in range(draw.randint(1, 6)))
        odd = (piece.replace("s", "ſ"), piece.replace("i", "İ"))
        texts.append(draw.choice((piece, piece.upper(), piece.title(), *odd)))
    return texts


def test_nothing_is_missed() -> None:
    texts = list_texts()
    tried = matched = 0
    for pattern in list_patterns():
        plain = re.compile(pattern.source, pattern.flags)
        for text in texts:
            expected = [match.span() for match in plain.finditer(text)]
            assert [match.span() for match in pattern.finditer(text)] == expected, (pattern.source[:80], text)
            tried += 1
            matched += bool(expected)
    assert tried > 50_000
    assert matched > 500


def test_an_expression_read_after_a_text_was_looked_through_is_tried_on_it() -> None:
    text = "a text with the word quixotic-7781"
    assert compile_filtered("with").search(text)
    assert compile_filtered("quixotic-7781").search(text)
    rows = [("a", compile_filtered("quixotic-7781")), ("b", compile_filtered("zyx-1"))]
    table = FilteredTable(rows, lambda row: row[1])
    assert [name for name, pattern in table.select(text) if pattern.search(text)] == ["a"]


def test_an_expression_is_not_compiled_for_a_text_without_its_words() -> None:
    text = "another text, with the word quixotic-7782 and the number 5"
    assert compile_filtered("another").search(text)
    lacking = [compile_filtered(source) for source in ("zyx-[23]", r"quixotic-7782.*zyx-4", r"y{3}\d")]
    for pattern in lacking:
        assert pattern.search(text) is None
        assert list(FilteredTable([pattern], lambda row: row).select(text)) == []
        assert "pattern" not in vars(pattern)
    assert compile_filtered(r"number \d").search(text)


def test_a_table_gives_its_rows_in_order() -> None:
    rows = [compile_filtered(word) for word in ("gamma", "alpha", "beta")]
    table = FilteredTable(rows, lambda row: row)
    assert [row.source for row in table.select("Alpha and GAMMA")] == ["gamma", "alpha"]


def test_letters_that_re_takes_for_others_are_no_reason_to_pass_over_a_match() -> None:
    for source, text in (("stock", "ſtock"), ("μ5", "µ5"), ("fiß", "FIẞ"), ("ok", "O\u212a"), ("no", "n\u1c82")):
        expected = re.search(source, text, re.IGNORECASE)
        found = compile_filtered(source, re.IGNORECASE).search(text)
        assert (found is None) == (expected is None), (source, text)
