"""Cuts speech into sentences, with their times and the words the recogniser was unsure of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from streamdial.records import Correction, Language, Segment, Word
from streamdial.text import fold_text, measure_length

MAX_GAP = 0.9
"""A pause longer than this (seconds) ends a sentence and an answer."""
MIN_PROBABILITY = 0.5
"""A word the recogniser gave less than this is uncertain."""
LONG = {"en": 30, "zh": 40}
"""Words or characters after which a segment's border ends a sentence the recogniser gave no full stop."""
LONGEST = {"en": 90, "zh": 180}
"""Words or characters after which a sentence is cut wherever it is."""
_SENTENCE_END = re.compile(r"[.!?。！？…]['\"”’)]*$")


@dataclass(frozen=True)
class Sentence:
    """One sentence of speech.

    Attributes:
        text: As corrected.
        raw: As recognised; for a clause cut out of a sentence, the whole sentence.
        start: Seconds from the start of the stream.
        end: Seconds from the start of the stream.
        segments: Ids of the segments it was said in.
        speaker: Who said it, where speakers were told apart.
        corrections: What was changed since it was recognised.
        unsure: Stretches of neighbouring words the recogniser was unsure of, as recognised.
    """

    text: str
    raw: str
    start: float
    end: float
    segments: tuple[str, ...]
    speaker: str | None = None
    corrections: tuple[Correction, ...] = ()
    unsure: tuple[str, ...] = ()


def split_sentences(segments: Iterable[Segment], language: Language) -> Iterator[Sentence]:
    """Yield the sentences of speech in order of time; a sentence may run over several segments.

    Word times give the places; a segment without words is one stretch cut by its punctuation, its time shared out
    by length. Where a recogniser gives no full stops, a long sentence ends at the border of a segment.
    """
    words: list[tuple[Segment, Word]] = []
    length = 0
    for segment in segments:
        for word in segment.words or _make_words(segment):
            if words and _ends_before(segment, word, words[-1], length, language):
                yield _build_sentence(words, language)
                words, length = [], 0
            length += measure_length(word.text, language)
            words.append((segment, word))
            if _SENTENCE_END.search(word.text):
                yield _build_sentence(words, language)
                words, length = [], 0
    if words:
        yield _build_sentence(words, language)


def _ends_before(segment: Segment, word: Word, last: tuple[Segment, Word], length: int, language: Language) -> bool:
    """Tell whether a sentence ends before a word: after a pause, at another voice, or because it is long enough."""
    return (
        word.start - last[1].end > MAX_GAP
        or segment.speaker != last[0].speaker
        or (length >= LONG[language] and segment is not last[0])
        or length >= LONGEST[language]
    )


def _make_words(segment: Segment) -> Iterator[Word]:
    span, whole = segment.end - segment.start, max(len(segment.text), 1)
    for match in re.finditer(r"[^.!?。！？…]+(?:[.!?。！？…]+|$)", segment.text):
        yield Word(
            text=match[0].strip(),
            start=segment.start + span * match.start() / whole,
            end=segment.start + span * match.end() / whole,
        )


def _build_sentence(words: Sequence[tuple[Segment, Word]], language: Language) -> Sentence:
    joiner = "" if language == "zh" else " "
    text = joiner.join(word.text for _, word in words)
    segments = list({id(segment): segment for segment, _ in words}.values())
    captioned = [segment for segment in segments if segment.heard]
    return Sentence(
        text=fold_text(text),
        raw=joiner.join(segment.heard or segment.text for segment in segments) if captioned else text,
        start=words[0][1].start,
        end=words[-1][1].end,
        segments=tuple(dict.fromkeys(segment.id for segment, _ in words)),
        speaker=words[0][0].speaker,
        corrections=tuple(
            Correction(before=segment.heard, after=fold_text(segment.text), reason="caption", evidence=(segment.id,))
            for segment in captioned
            if segment.heard != segment.text
        ),
        unsure=tuple(_find_unsure([word for _, word in words], joiner)),
    )


def _find_unsure(words: Sequence[Word], joiner: str) -> Iterator[str]:
    for unsure, group in groupby(
        words, lambda word: word.probability is not None and word.probability < MIN_PROBABILITY
    ):
        if unsure and (text := joiner.join(fold_text(word.text) for word in group).strip(" ,.!?，。！？")):
            yield text
