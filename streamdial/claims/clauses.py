"""Clauses of an utterance, and whether each states, asks or only weighs something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_SENTENCE_END = re.compile(r"[!?;。…]+|\.(?!\d|\w)")
_CLAUSE_END = re.compile(
    r",(?!\d{3}(?!\d))|(?<!\d):|:(?!\d)|[—–]| - |\s(?=(?:but|while|whereas|though|although|so that)\b)"
    r"|(?=不过|但是|然而)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:(?:and|so|but|or|then|ok|okay|well|hmm?|hey|hi|also|great|maybe|just|sorry|sure|alright)[, ]+)*"
    r"(?:how|what|which|when|where|who|why|is|are|does|do|did|can|could|would|will|shall|should|may|might|has"
    r"|have(?= you)"
    r"|any chance|any\b|was|were|am i|isn't|aren't|doesn't|won't|can't|couldn't|wouldn't)\b",
    re.IGNORECASE,
)
_ASKS_ZH = re.compile(
    r"吗|呢|多少|多久|多大|多远|几[座个位点晚号]|什么|怎么|哪|是否|(?:不|没有?)$|不行|行不|有没有|能不能|可不可以|好不好|要不要|请问|如何|能谈|么$"
)
_TAG = re.compile(
    r"^(?:right|correct|ok(?:ay)?|yes|no|you know|true|eh|is(?:n't)? (?:it|that|he|she)|are(?:n't)? they"
    r"|does(?:n't)? it|do(?:n't)? they"
    r"|对吧?|是吧|没错吧|好吗|行吗|可以吗|您看(?:怎么样|呢)?|怎么样)$",
    re.IGNORECASE,
)
_PRESUMES = re.compile(
    r"\bdid you know\b|\bdo you know that\b|\b(?:isn't|aren't|wouldn't|doesn't|won't|don't)\b|\bhow about that\b"
    r"|知道吗|知不知道|难道|不是.{1,12}吗",
    re.IGNORECASE,
)
_IFS = re.compile(r"^(?:if|once|when|unless|as soon as|in case|should you)\b|如果|要是|假如|的话$", re.IGNORECASE)


@dataclass(frozen=True)
class Clause:
    """A part of an utterance.

    Attributes:
        sentence: Number of its sentence.
        asks: Whether it is a question; one that takes something for granted ("did you know that ...") is none.
        supposes: Whether it is a condition.
    """

    text: str
    start: int
    end: int
    sentence: int
    asks: bool
    supposes: bool


@lru_cache(maxsize=4096)
def split_clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a folded text in order; their places are those of the text."""
    clauses: list[Clause] = []
    for number, (start, end) in enumerate(_cut(text, 0, len(text), _SENTENCE_END)):
        marked = "?" in text[start:end]
        spans = [span for span in _cut(text, start, end, _CLAUSE_END) if text[span[0] : span[1]].strip(" ,:.!?;。")]
        for place, (first, last) in enumerate(spans):
            words = text[first:last].strip(" ,:.!?;。…")
            final = place == len(spans) - 1
            asks = bool(_ASKS.search(words) and (marked or not final)) if not final else marked
            if final and marked and len(spans) > 1 and _TAG.match(words):
                asks = True
            asks = asks or bool(_ASKS_ZH.search(words)) or bool(_starts_asking(words))
            if _PRESUMES.search(words):
                asks = False
            clauses.append(Clause(text[first:last], first, last, number, asks, bool(_IFS.search(words))))
    # "Did you know, the Calder ..." takes for granted what follows it.
    for place in range(len(clauses) - 1):
        after = clauses[place + 1]
        if _PRESUMES.search(clauses[place].text) and after.sentence == clauses[place].sentence and after.asks:
            clauses[place + 1] = Clause(after.text, after.start, after.end, after.sentence, False, after.supposes)
    return tuple(clauses)


def _starts_asking(words: str) -> bool:
    return bool(
        re.match(
            r"(?:how|what|which|when|where|why|can i|can we|could you"
            r"|any chance)\b",
            words,
            re.IGNORECASE,
        )
    )


def _cut(text: str, start: int, end: int, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    spans, first = [], start
    for found in pattern.finditer(text, start, end):
        if found.start() < first:
            continue
        last = found.end()
        if text[first:last].strip():
            spans.append((first, last))
        first = last
    if text[first:end].strip():
        spans.append((first, end))
    return spans
