"""Spans of speech that are uncertain after the lexicon, and a language model's choice among known forms.

Only uncertain spans are shown, only with forms the account's knowledge holds to choose from: the model can pick or
pass, it cannot write.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz import fuzz, process

from streamdial.counts import Counts
from streamdial.lexicon import code_metaphone, fold_characters, is_ordinary, join_letters, spell_sounds
from streamdial.models import ChatMessage, ChatModel, ChatRequest, run_together, try_structured
from streamdial.prompts import render_prompt
from streamdial.records import Correction
from streamdial.signals.consistency import contradicts
from streamdial.signals.correction import Corrector
from streamdial.signals.sentences import Sentence
from streamdial.slots import Facts, SlotReader

DoubtKind = Literal["unsure", "unknown_name", "near_name", "conflict"]
MAX_CANDIDATES = 5
MIN_LIKENESS = 60.0
"""A known form less alike than this (per cent of characters, or of sounds) is no candidate."""
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]{2,}(?: [A-Z0-9][\w'’-]*)*")


class Candidate(NamedTuple):
    """A known form that may have been meant, and what shows it (a page's id; empty for the lexicon)."""

    form: str
    evidence: tuple[str, ...] = ()


class UncertainSpan(NamedTuple):
    """A stretch of a sentence that may have been recognised wrongly.

    Attributes:
        heard: As it stands in the sentence.
        start: Its place in the sentence's text.
        kind: `unsure`: the recogniser gave it a low probability; `unknown_name`: it is written as a name and nobody
            knows it; `near_name`: an ordinary word that sounds like a name; `conflict`: a figure that the account's
            page gives otherwise.
        candidates: The most alike first.
    """

    heard: str
    start: int
    kind: DoubtKind
    candidates: tuple[Candidate, ...]


class Choice(BaseModel):
    """The model's answer to one doubt."""

    model_config = ConfigDict(extra="forbid")

    part: int
    choice: int
    """Number of the candidate, 0 to leave it as it stands."""


class Choices(BaseModel):
    """The model's answer to the doubts of one sentence."""

    model_config = ConfigDict(extra="forbid")

    choices: list[Choice] = Field(max_length=20)


def find_uncertain_spans(
    sentence: Sentence, reader: SlotReader, corrector: Corrector, standing: Facts | None = None
) -> list[UncertainSpan]:
    """Return the uncertain spans of a corrected sentence that could be something known; others are left out.

    Args:
        sentence: A sentence after correction by lexicon.
        reader: Knows the names and reads figures.
        corrector: Knows what may have been meant.
        standing: Facts a figure may be held against, those of pages older than the recording left out; all by default.
    """
    found: list[UncertainSpan] = []
    for doubt in [
        *_find_conflicts(sentence, reader, corrector.facts if standing is None else standing),
        *_find_near_names(sentence, corrector),
        *_find_unknown(sentence, corrector),
    ]:
        free = all(doubt.start + len(doubt.heard) <= o.start or o.start + len(o.heard) <= doubt.start for o in found)
        if doubt.candidates and free:
            found.append(doubt)
    return sorted(found, key=lambda doubt: doubt.start)


def _find_conflicts(sentence: Sentence, reader: SlotReader, facts: Facts) -> Iterator[UncertainSpan]:
    entities = reader.find_entities(sentence.text)
    if len(entities) != 1:
        return
    for mention in reader.find_values(sentence.text):
        known = facts.get((entities[0], mention.slot))
        if known and contradicts(mention, known[0]):
            yield UncertainSpan(mention.surface, mention.start, "conflict", (Candidate(known[0].text, (known[1],)),))


def _find_near_names(sentence: Sentence, corrector: Corrector) -> Iterator[UncertainSpan]:
    for match in corrector.own.find_similar(sentence.text):
        form = corrector.own.get_entry(match.entry).canonical
        heard = sentence.text[match.start : match.end]
        if form not in sentence.text and fold_characters(heard) != fold_characters(form):
            yield UncertainSpan(heard, match.start, "near_name", (_show(form, corrector),))


def _find_unknown(sentence: Sentence, corrector: Corrector) -> Iterator[UncertainSpan]:
    spans: list[tuple[str, int, DoubtKind]] = [
        (text, start, "unsure") for text in sentence.unsure if (start := _find_whole(sentence.text, text)) >= 0
    ]
    spans += [(match[0], match.start(), "unknown_name") for match in _NAME.finditer(sentence.text)]
    for heard, start, kind in spans:
        exact = {heard[match.start : match.end] for match in corrector.own.find_exact(heard)}
        foreign = corrector.market.find_exact(heard) if corrector.market else []
        if heard in exact or foreign or (kind == "unknown_name" and is_ordinary(heard, corrector.language)):
            continue
        yield UncertainSpan(heard, start, kind, _list_candidates(heard, corrector))


def _find_whole(text: str, span: str) -> int:
    """Return where a span stands in a text, not as a part of a longer word; -1 if nowhere."""
    match = re.search(rf"(?<![A-Za-z0-9]){re.escape(span)}(?![A-Za-z0-9])", text)
    return match.start() if match else -1


def _list_candidates(heard: str, corrector: Corrector) -> tuple[Candidate, ...]:
    scored: dict[str, float] = {}
    for key in (str.lower, _sound):
        for form, score, _ in process.extract(
            heard, corrector.forms, scorer=fuzz.ratio, processor=key, score_cutoff=MIN_LIKENESS, limit=MAX_CANDIDATES
        ):
            scored[form] = max(score, scored.get(form, 0.0))
    best = sorted(scored, key=lambda form: (-scored[form], form))[:MAX_CANDIDATES]
    return tuple(_show(form, corrector) for form in best)


def _show(form: str, corrector: Corrector) -> Candidate:
    page = corrector.shown_by.get(form)
    return Candidate(form, (page,) if page else ())


def _sound(text: str) -> str:
    folded = fold_characters(text)
    return code_metaphone(join_letters(folded)) if folded.isascii() else spell_sounds(folded)


async def repair_uncertain_spans(
    sentences: Sequence[Sentence],
    reader: SlotReader,
    corrector: Corrector,
    model: ChatModel,
    counts: Counts,
    *,
    standing: Facts | None = None,
) -> list[Sentence]:
    """Return the sentences with what a model chose for their uncertain spans; those without any cost nothing.

    Args:
        sentences: Sentences of one recording, corrected by lexicon.
        reader: Knows the names and reads figures.
        corrector: Knows what may have been meant.
        model: A language model.
        counts: Gets `asked` (spans shown), `kept` (repaired) and drops: `left_as_heard`, `no_such_choice` (an answer
            that names no candidate), `unusable_answer`, and a conflict the model saw no damage in is `conflict_stands`.
        standing: As for `find_uncertain_spans`.
    """

    def look() -> list[list[UncertainSpan]]:
        return [find_uncertain_spans(sentence, reader, corrector, standing) for sentence in sentences]

    found = await asyncio.to_thread(look)
    places = [place for place, doubts in enumerate(found) if doubts]
    mended = await run_together(
        _repair(sentences[place], found[place], reader, corrector, model, counts) for place in places
    )
    repaired = list(sentences)
    for place, sentence in zip(places, mended, strict=True):
        repaired[place] = sentence
    return repaired


async def _repair(
    sentence: Sentence,
    doubts: Sequence[UncertainSpan],
    reader: SlotReader,
    corrector: Corrector,
    model: ChatModel,
    counts: Counts,
) -> Sentence:
    counts.asked += len(doubts)
    prompt = render_prompt(
        "correction",
        corrector.language,
        domain=reader.pack.names[corrector.language],
        sentence=sentence.text,
        doubts=doubts,
    )
    request = ChatRequest(
        messages=(ChatMessage(role="user", content=prompt),), max_tokens=200, temperature=0.0, purpose="correction"
    )
    answer = await try_structured(model, request, Choices)
    if answer is None:
        counts.drop("unusable_answer", len(doubts))
        return sentence
    chosen = {choice.part: choice.choice for choice in answer.choices}
    text, changes = sentence.text, list(sentence.corrections)
    # From the right, so that the places of the others stay what they are.
    for part, doubt in reversed(list(enumerate(doubts, 1))):
        number = chosen.get(part, 0)
        if not 0 <= number <= len(doubt.candidates):
            counts.drop("no_such_choice")
        elif number == 0:
            counts.drop("conflict_stands" if doubt.kind == "conflict" else "left_as_heard")
        else:
            candidate = doubt.candidates[number - 1]
            text = text[: doubt.start] + candidate.form + text[doubt.start + len(doubt.heard) :]
            changes.append(
                Correction(before=doubt.heard, after=candidate.form, reason="model", evidence=candidate.evidence)
            )
            counts.kept += 1
    counts.made = counts.kept
    return replace(sentence, text=text, corrections=tuple(changes))
