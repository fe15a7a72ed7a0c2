"""Finds what a host promises and refuses, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from streamdial.personas.habits import find_words, fold_words, load_habits
from streamdial.records import AgentResponse, Language, Observed
from streamdial.text import find_phrase

MAX_COMMITMENTS = 8
MAX_REFUSALS = 5
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|(?<=[!?;])(?=[\u4e00-\u9fff])")
_FREE_TIME = re.compile(
    r"\b(?:(?:at|on) [\w: ]+|[a-z]+day|morning|afternoon|evening|room|table|slot) (?:is|are) free\b"
)
_QUESTION = re.compile(r"[?？]\s*$|[吗么呢][。！]?$")
_CLAUSE = re.compile(r"[,;:](?!\d)|[，；：、]|\s(?:but|and)\s|但是?|不过")
_REACH = {"en": 24, "zh": 4}
"""Characters before a promise within which a denial turns it round."""
_REACH_AFTER = {"en": 24, "zh": 6}
_POSITIVE = re.compile(r"^(?:不收|不加|不另|无理由|no extra|no hidden)")


def list_commitments(responses: Sequence[AgentResponse]) -> tuple[Observed, ...]:
    """Return the sentences in which an account promises something, each once, at most `MAX_COMMITMENTS`.

    Questions are no promises, and a denial beside the word ("no refund", "不包退", "is not covered") turns it round.
    """
    found: dict[str, list[str]] = {}
    for response in responses:
        for sentence in split_statements(response.text):
            if is_promise(sentence, response.language):
                found.setdefault(sentence, []).append(response.id)
    return _take(found, MAX_COMMITMENTS)


def list_refusals(responses: Sequence[AgentResponse]) -> tuple[Observed, ...]:
    """Return the sentences in which an account says what it does not do, at most `MAX_REFUSALS`."""
    found: dict[str, list[str]] = {}
    for response in responses:
        for sentence in split_statements(response.text):
            if find_words(sentence.replace("能不能", "能否"), load_habits().refusals, response.language):
                found.setdefault(sentence, []).append(response.id)
    return _take(found, MAX_REFUSALS)


def split_statements(text: str) -> Iterator[str]:
    """Yield the sentences of a text that are no questions."""
    for sentence in _SENTENCE.split(text):
        if (stripped := sentence.strip()) and not _QUESTION.search(stripped):
            yield stripped


def is_promise(sentence: str, language: Language) -> bool:
    """Tell whether a sentence has a word of promise that no denial beside it turns round."""
    habits = load_habits()
    for start, end in _cut_clauses(fold_words(sentence)):
        clause = _FREE_TIME.sub("", fold_words(sentence)[start:end])
        for phrase in habits.no_promise.get(language, ()):
            clause = clause.replace(phrase, " " * len(phrase))
        for phrase in habits.promises.get(language, ()):
            place = find_phrase(clause, phrase)
            if place is not None and not _is_denied(clause, place, place + len(phrase), language):
                return True
    return False


def _cut_clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _CLAUSE.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _is_denied(clause: str, start: int, end: int, language: Language) -> bool:
    if _POSITIVE.match(clause[start:end]):
        return False
    denials = load_habits().denials
    before = clause[max(0, start - _REACH[language]) : start]
    after = clause[end : end + _REACH_AFTER[language]]
    return bool(find_words(before, denials, language)) or bool(find_words(after, denials, language))


def _take(found: dict[str, list[str]], most: int) -> tuple[Observed, ...]:
    listed: Iterable[tuple[str, list[str]]] = list(found.items())[:most]
    return tuple(Observed(text=text, evidence=tuple(dict.fromkeys(ids))) for text, ids in listed)
