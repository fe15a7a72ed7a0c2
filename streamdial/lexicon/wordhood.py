"""Tells ordinary words, which are usually meant as they were heard, from others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import rjieba
from spellchecker import SpellChecker

from streamdial.records import Language
from streamdial.text import fold_text

MIN_USE = 5e-7
"""English words used less often than this (share of all words) do not count as ordinary."""


@lru_cache(maxsize=1)
def _load_english() -> SpellChecker:
    return SpellChecker()


@lru_cache(maxsize=100_000)
def is_ordinary(word: str, language: Language, *, min_use: float = MIN_USE) -> bool:
    """Tell whether a word is in everyone's dictionary.

    Chinese by the dictionary of jieba (a word that its segmenter leaves whole), English by the word counts of
    pyspellchecker. Case does not matter; a name may well be an ordinary word too.
    """
    word = fold_text(word).lower()
    if language == "zh" and not word.isascii():
        return rjieba.cut(word, False) == [word]
    return get_usage(word) >= min_use


def get_usage(word: str) -> float:
    """Return how often an English word is used, as a share of all words, by the counts of pyspellchecker."""
    return float(_load_english().word_usage_frequency(word.lower()))


def cut_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the words of a Chinese text, in order and without gaps."""
    start = 0
    for word in rjieba.cut(text, False):
        yield start, start + len(word)
        start += len(word)
