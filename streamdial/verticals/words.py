"""Words of a vertical: what its material says more often than general chat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from math import log

from streamdial.domains import get_shared
from streamdial.files import load_yaml
from streamdial.lexicon import cut_words, get_usage
from streamdial.records import Language
from streamdial.text import split_words

_PSEUDO = 0.5
"""Added to each count, so that what general chat never says has odds, too."""
_COMMON = 2e-4
"""An English word used more often than this (share of all words) names no vertical."""
_LONGEST_KIND = 5
_COUNTED = re.compile(r"[一二两三四五六七八九十几半百千多周]")
"""Characters that count or tell the day."""
_HAN = re.compile(r"[\u4e00-\u9fff]{2,6}")
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-z]+|[A-Z]+\d\w*)(?: (?:[A-Z][\w-]*|\d+\w*))*")
_EN_WORD = re.compile(r"[a-z][a-z'-]*[a-z]")


@cache
def _list_small(language: Language) -> frozenset[str]:
    """Return words that name nothing a vertical is about."""
    text = resources.files("streamdial.verticals").joinpath("_small_words.yaml").read_text(encoding="utf-8")
    return frozenset(load_yaml(text)[language])


def list_words(text: str, language: Language) -> Iterator[str]:
    """Yield the words of a text that may name something: lower case, no small words, no figures.

    In Chinese those of two to six characters, as jieba cuts them.
    """
    if language == "zh":
        for start, end in cut_words(text):
            word = text[start:end]
            if _HAN.fullmatch(word) and word not in _list_small("zh") and not _COUNTED.search(word):
                yield word
        return
    for word in split_words(text):
        if len(word) > 2 and _EN_WORD.fullmatch(word) and word not in _list_small("en"):
            yield word


def list_pairs(text: str) -> Iterator[str]:
    """Yield the pairs of English words that stand side by side and may name something: memory card."""
    words = split_words(text)
    for left, right in pairwise(words):
        if all(len(word) > 2 and word.isalpha() and word not in _list_small("en") for word in (left, right)):
            yield f"{left} {right}"


def find_names(told: Iterable[str], lines: Sequence[str]) -> list[str]:
    """Return what host and pages call by a capitalised name in the middle of sentences and viewers speak of, too.

    For material without a table, in English; the commonest first.

    Args:
        told: What host and pages say.
        lines: Lines of viewers.
    """
    found = Counter(match[0] for text in told for match in _NAME.finditer(text))
    spoken = " | ".join(lines).lower()
    kept = [name for name, count in found.most_common() if count > 1 and f" {name.lower()}" in f" {spoken}"]
    kept = [name for name in kept if not set(split_words(name)) <= _list_small("en")]
    return [name for name in kept if not any(name != other and name in other for other in kept)]


def list_kinds(names: Sequence[str], lines: Iterable[str], language: Language) -> list[str]:
    """Return what the names of things end with in Chinese, where the kind stands last, and viewers say by itself: 面霜.

    Args:
        names: Names of things.
        lines: Lines of viewers.
        language: Their language; there are none in English.
    """
    if language != "zh":
        return []
    ends = [name[[*cut_words(name)][-1][0] :] for name in names]
    alone = "\n".join(line for line in lines if not any(name in line for name in names))
    return [end for end in dict.fromkeys(ends) if 1 < len(end) < _LONGEST_KIND and end in alone]


@cache
def _list_shared(language: Language) -> frozenset[str]:
    """Return the words of the lists all verticals share: they show an act or a mood and name no vertical."""
    body = get_shared()
    groups = [*body["acts"]["user"].values(), *(texts for name, texts in body["chat"].items() if name != "off_topic")]
    return frozenset(word.lower() for texts in groups for word in texts.get(language, ()))


@cache
def _count_general(language: Language) -> Counter[str]:
    """Return how often general chat uses a word."""
    lines = get_shared()["intents"]["none"].get(language, [])
    return Counter(word for line in lines for word in list_words(line, language))


def score_words(texts: Iterable[str], language: Language) -> dict[str, float]:
    """Return the log-odds of the words of a material against general chat; greater is more the vertical's own.

    English words that everybody uses all the time are left out.

    Args:
        texts: Lines of the material.
        language: Their language.
    """
    own: Counter[str] = Counter()
    for text in texts:
        own.update(set(list_words(text, language)))
    general = _count_general(language)
    sizes = own.total() + 1, general.total() + 1
    return {
        word: log((count + _PSEUDO) / sizes[0]) - log((general[word] + _PSEUDO) / sizes[1])
        for word, count in own.items()
        if language == "zh" or get_usage(word) < _COMMON
    }


def rank_topics(questions: Sequence[str], told: Sequence[str], language: Language, names: Iterable[str]) -> list[str]:
    """Return words viewers ask about, the surest first.

    A word is one if it stands in a question and is more this material's than general chat's, and somebody else says it
    too: the host, a page, or another viewer. Pairs of words that come together twice are topics of their own.

    Args:
        questions: Lines of viewers that ask or wish.
        told: What host and pages say.
        language: Their language.
        names: Names of things, which are no topics.
    """
    named = {word for name in names for word in list_words(name, language)}
    named |= _list_shared(language)
    scores = score_words([*questions, *told], language)
    asked = Counter(word for line in questions for word in set(list_words(line, language)))
    known = Counter(word for line in told for word in set(list_words(line, language)))
    found = {
        word: scores[word] + log(1 + asked[word])
        for word in asked
        if word in scores and scores[word] > 0 and word not in named and asked[word] + known[word] > 1
    }
    return sorted(found, key=lambda word: (-found[word], word))
