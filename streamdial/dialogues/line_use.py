"""Which of the lines a model was shown its words took up: a turn rests on what it used, not on what lay beside."""

from __future__ import annotations

from difflib import SequenceMatcher

from streamdial.records import Language
from streamdial.text import tokenize

LEAST_RUN: dict[Language, int] = {"en": 4, "zh": 6}
"""Words (zh: characters) in a row that nobody hits on by chance."""
WHOLE = 0.6
"""Share of a short line from which on it was taken over."""


def measure_run(text: str, line: str) -> int:
    """Return the longest run of tokens of a line that stands in a text: words, of Chinese characters."""
    said, shown = tokenize(text), tokenize(line)
    return SequenceMatcher(None, said, shown, autojunk=False).find_longest_match().size


def uses_line(text: str, line: str, language: Language) -> bool:
    """Tell whether a text took words of a line: a run that is no chance, or most of a short line.

    Args:
        text: What was said.
        line: A real line that was shown.
        language: Language of both.
    """
    run, least = measure_run(text, line), LEAST_RUN[language]
    return run >= least or (run * 2 >= least and run >= WHOLE * len(tokenize(line)))
