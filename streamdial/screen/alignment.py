"""Burnt-in captions beside recognised speech: of the two readings of what was said, the better one; both are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import ratio

from streamdial.records import Segment, Word
from streamdial.text import fold_text

AGREES = 50.0
"""Likeness (0 to 100) from which on a caption and what was heard are the same words."""
VERBATIM_SHARE = 0.6
"""Share of the captions beside speech that has to agree for the captions to be what is said, word by word."""
SURE = 0.9
"""Confidence of a caption's reading from which on it counts more than a recogniser's doubt."""
_REACH = 0.6
"""Seconds a caption may come before its words or stay after them."""
_NOISE = re.compile(r"[^\w]+")
_MARK = re.compile(r"[,.!?;:，。！？；：、…]")


class Aligned(NamedTuple):
    """Speech with its captions.

    Attributes:
        segments: What was said, in order of time; each with the other reading of it.
        verbatim: Whether the captions are what is said; else they were left out, as slogans are.
        corrected: Captions that took the place of what was heard.
        added: Captions where nothing was heard.
    """

    segments: list[Segment]
    verbatim: bool
    corrected: int = 0
    added: int = 0


def align_captions(captions: Sequence[Segment], heard: Sequence[Segment], joiner: str) -> Aligned:
    """Put captions and recognised speech together.

    Words that were heard belong to the caption seen in the middle of them. Where a caption and its words agree, or the
    recogniser was unsure of them, the caption is taken if it was read surely; else what was heard stays. Captions
    that do not agree with the speech on the whole are no transcript, and none of them is taken.

    Args:
        captions: Captions in order of time.
        heard: What a recogniser heard, in order of time; may be empty.
        joiner: What stands between words of the language: nothing in Chinese.
    """
    if not captions:
        return Aligned(list(heard), verbatim=False)
    if not heard:
        return Aligned(list(captions), verbatim=True, added=len(captions))
    words = [(segment, word) for segment in heard for word in segment.words or _share_out(segment)]
    found: list[list[tuple[Segment, Word]]] = [[] for _ in captions]
    free: list[tuple[Segment, Word]] = []
    at = 0
    for segment, word in words:
        middle = (word.start + word.end) / 2
        while at < len(captions) - 1 and captions[at].end + _REACH < middle:
            at += 1
        near = [number for number in (at, at + 1) if number < len(captions) and _reaches(captions[number], middle)]
        if near:
            found[min(near, key=lambda number: _stand_off(captions[number], middle))].append((segment, word))
        else:
            free.append((segment, word))
    said = [joiner.join(word.text.strip() for _, word in group) for group in found]
    alike = [_compare(caption.text, text) if text else 0.0 for caption, text in zip(captions, said, strict=True)]
    if sum(value >= AGREES for value in alike) < VERBATIM_SHARE * sum(map(bool, said)):
        return Aligned(list(heard), verbatim=False)
    segments = _collect(free, joiner)
    corrected = added = 0
    shown = [caption.text for caption in captions]
    for number, (caption, text, group) in enumerate(zip(captions, said, found, strict=True)):
        if not group:
            segments.append(caption)
            added += 1
            continue
        doubts = [word.probability for _, word in group if word.probability is not None]
        unsure = bool(doubts) and min(doubts) < 0.5
        sure = (caption.confidence or 0.0) >= SURE
        if sure and (alike[number] >= AGREES or unsure):
            differs = _NOISE.sub("", fold_text(caption.text)) != _NOISE.sub("", fold_text(text))
            corrected += differs
            written = _punctuate(number, shown, said, joiner)
            update = {"text": written, "heard": text, "speaker": group[0][0].speaker}
            segments.append(caption.model_copy(update=update))
        else:
            segments += [kept.model_copy(update={"shown": caption.text}) for kept in _collect(group, joiner)]
    return Aligned(sorted(segments, key=lambda segment: segment.start), True, corrected, added)


def _punctuate(number: int, shown: Sequence[str], said: Sequence[str], joiner: str) -> str:
    """Return a caption with the marks that were heard: a recogniser writes sentences, captions have no marks.

    It is compared together with the captions beside it, for a word at its border may stand with either of them.
    """
    caption = shown[number]
    if _MARK.search(caption):
        return caption
    near = range(max(number - 1, 0), min(number + 2, len(shown)))
    heard = joiner.join(said[other] for other in near if said[other])
    begin = sum(len(shown[other] + joiner) for other in near if other < number)
    written = caption
    for place, marks in sorted(_place_marks(heard, joiner.join(shown[other] for other in near)).items(), reverse=True):
        if begin < place <= begin + len(caption):
            at = place - begin
            written = written[:at] + marks + written[at:]
    return written


def _place_marks(heard: str, shown: str) -> dict[int, str]:
    """Return the marks of what was heard by the place in what is shown behind which they belong."""
    letters: list[str] = []
    marks: dict[int, str] = {}
    for sign in heard:
        if _MARK.match(sign):
            marks[len(letters)] = marks.get(len(letters), "") + sign
        else:
            letters.append(sign)
    places = {0: 0, len(letters): len(shown)}
    for step in Levenshtein.opcodes("".join(letters), shown):
        if step.tag in ("equal", "replace"):
            places |= {place: step.dest_start + place - step.src_start for place in range(step.src_start, step.src_end)}
        places[step.src_end] = step.dest_end
    placed: dict[int, str] = {}
    for place, signs in marks.items():
        placed[places[place]] = placed.get(places[place], "") + signs
    return placed


def _compare(one: str, other: str) -> float:
    return ratio(_NOISE.sub("", fold_text(one)).lower(), _NOISE.sub("", fold_text(other)).lower())


def _reaches(caption: Segment, second: float) -> bool:
    return caption.start - _REACH <= second <= caption.end + _REACH


def _stand_off(caption: Segment, second: float) -> float:
    return max(caption.start - second, second - caption.end, 0.0)


def _share_out(segment: Segment) -> list[Word]:
    """Return the words of a segment that came without any, its time shared out by length."""
    pieces = re.findall(r"\S+", segment.text) if " " in segment.text else list(segment.text)
    whole, place, words = max(sum(map(len, pieces)), 1), 0, []
    for piece in pieces:
        start = segment.start + (segment.end - segment.start) * place / whole
        place += len(piece)
        end = segment.start + (segment.end - segment.start) * place / whole
        words.append(Word(text=piece, start=start, end=end))
    return words


def _collect(words: Sequence[tuple[Segment, Word]], joiner: str) -> list[Segment]:
    """Return words as the parts of the segments they were heard in."""
    parts: list[Segment] = []
    last: str | None = None
    for segment, word in words:
        if segment.id == last and word.start - parts[-1].end < 1.0:
            before = parts[-1]
            parts[-1] = before.model_copy(
                update={
                    "end": word.end,
                    "text": joiner.join((before.text, word.text.strip())),
                    "words": (*before.words, word) if before.words else (),
                }
            )
        else:
            own = (word,) if segment.words else ()
            parts.append(
                segment.model_copy(
                    update={"start": word.start, "end": word.end, "text": word.text.strip(), "words": own}
                )
            )
        last = segment.id
    return parts
