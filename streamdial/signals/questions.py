"""Extracts questions and wishes with a clear intent from denoised messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.records import Language, Provenance, UserQuestion
from streamdial.signals.consistency import note_unclear
from streamdial.signals.denoising import CleanMessage
from streamdial.signals.intents import IntentDecision, SecondOpinion, judge_texts
from streamdial.slots import SlotReader
from streamdial.text import detect_language

_BATCH = 256


def extract_questions(
    messages: Iterable[CleanMessage],
    reader: SlotReader,
    counts: Counts,
    *,
    source_id: str,
    opinion: SecondOpinion | None = None,
) -> Iterator[UserQuestion]:
    """Yield a signal for each message that shows a clear and authentic intent; messages are taken 256 at a time.

    Args:
        messages: Denoised chat and comments; what the account itself wrote is left to the responses.
        reader: Reads slots of the domain.
        counts: Gets `asked`, `kept` and drops: `by_host`, and the reasons of `intents.IntentDecision`.
        source_id: Id of the recording.
        opinion: Second opinion on what the rules leave open; without it they decide alone.
    """
    stream = iter(messages)
    unclear: Counter[str] = Counter()
    while batch := list(islice(stream, _BATCH)):
        counts.asked += len(batch)
        viewers = [clean for clean in batch if not clean.message.by_host]
        if len(viewers) < len(batch):
            counts.drop("by_host", len(batch) - len(viewers))
        decisions = judge_texts([clean.text for clean in viewers], reader, opinion)
        for clean, decision in zip(viewers, decisions, strict=True):
            if decision.act is None:
                counts.drop(decision.reason or "no_intent")
                continue
            counts.kept += 1
            unclear.update(reader.list_unclear(clean.text))
            yield _build_question(clean, decision, decision.act, reader, source_id)
    note_unclear(unclear, counts)


def count_echoes(questions: Iterable[UserQuestion], echoes: Mapping[str, int], counts: Counts) -> list[UserQuestion]:
    """Return the questions with the number of other viewers that asked them again, and note the sum.

    Args:
        questions: Questions of one recording.
        echoes: Message id to number, as `denoise_messages` counted it; complete once its messages are consumed.
        counts: Gets the note.
    """
    counted = []
    again = times = 0
    for question in questions:
        if number := echoes.get(question.provenance.derived_from[0], 0):
            question = question.model_copy(update={"echoes": number})
            again, times = again + 1, times + number
        counted.append(question)
    if again:
        counts.note(f"asked again by other viewers: {again} of the questions, {times} times in all")
    return counted


def _build_question(
    clean: CleanMessage, decision: IntentDecision, act: str, reader: SlotReader, source_id: str
) -> UserQuestion:
    message, text = clean
    entity_slot = reader.pack.entity_slot
    parents = (message.parent,) if message.parent else ()
    return UserQuestion(
        id=make_id("question", reader.pack.id, message.id),
        domain=reader.pack.id,
        language=_pick_language(text, reader.language),
        provenance=Provenance(
            source_id=source_id,
            start=message.time,
            end=message.time,
            url=message.url,
            derived_from=(message.id, *parents),
        ),
        text=text,
        raw_text=message.text,
        asker=message.author,
        time=message.time,
        act=act,
        asks=decision.asks,
        slots={mention.slot: mention.value for mention in decision.mentions if mention.slot != entity_slot},
        entities=tuple(dict.fromkeys(mention.value for mention in decision.mentions if mention.slot == entity_slot)),
    )


def _pick_language(text: str, default: Language) -> Language:
    found = detect_language(text)
    return default if found == "other" else found
