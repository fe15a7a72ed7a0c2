"""Extracts questions and wishes with a clear intent from denoised messages, and keeps what viewers tell each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.records import Language, Provenance, UserQuestion
from streamdial.signals.consistency import note_unclear
from streamdial.signals.denoising import CleanMessage
from streamdial.signals.intents import IntentDecision, SecondOpinion, judge_texts
from streamdial.slots import SlotReader
from streamdial.text import detect_language

MOST_SMALL_TALK = 500
"""Lines of small talk that are kept of a recording."""
_SMALL_TALK = ("small_talk", "chatter", "reaction")
_BATCH = 256


class ToldLine(NamedTuple):
    """Something a viewer told others: an experience or an advice; it makes no user signal.

    Attributes:
        message_id: The message.
        text: Its text, masked and folded.
        time: Seconds from the start of the stream; None for a comment.
        author: Pseudonym.
        parent: Id of the message it answers.
        confidence: How sure its kind is, 0 to 1.
    """

    message_id: str
    text: str
    time: float | None
    author: str | None
    parent: str | None
    confidence: float


@dataclass
class ToldLines:
    """What viewers tell: `testimony` of own experience, `advice` to others, and `small_talk`, the first of it."""

    testimony: list[ToldLine] = field(default_factory=list)
    advice: list[ToldLine] = field(default_factory=list)
    small_talk: list[ToldLine] = field(default_factory=list)

    def add(self, clean: CleanMessage, decision: IntentDecision) -> None:
        """Keep a message that was dropped for being one of these; others are left."""
        kinds = {"testimony": self.testimony, "advice": self.advice, **dict.fromkeys(_SMALL_TALK, self.small_talk)}
        lines = kinds.get(decision.reason or "")
        if lines is not None and (lines is not self.small_talk or len(lines) < MOST_SMALL_TALK):
            message, text = clean
            sure = decision.kind.confidence if decision.kind else 0.0
            line = ToldLine(message.id, text, message.time, message.author, message.parent, round(sure, 4))
            lines.append(line)


def extract_questions(
    messages: Iterable[CleanMessage],
    reader: SlotReader,
    counts: Counts,
    *,
    source_id: str,
    opinion: SecondOpinion | None = None,
    told: ToldLines | None = None,
) -> Iterator[UserQuestion]:
    """Yield a signal for each message that shows a clear and authentic intent; messages are taken 256 at a time.

    Args:
        messages: Denoised chat and comments; what the account itself wrote is left to the responses.
        reader: Reads slots of the domain.
        counts: Gets `asked`, `kept` and drops: `by_host`, and the reasons of `intents.IntentDecision`.
        source_id: Id of the recording.
        opinion: Second opinion on what the rules leave open; without it they decide alone.
        told: Gets the testimonies and advice of viewers.
    """
    stream = iter(messages)
    unclear: Counter[str] = Counter()
    while batch := list(islice(stream, _BATCH)):
        counts.asked += len(batch)
        viewers = [clean for clean in batch if not clean.message.by_host]
        if len(viewers) < len(batch):
            counts.drop("by_host", len(batch) - len(viewers))
        live = [clean.message.kind != "comment" for clean in viewers]
        decisions = judge_texts([clean.text for clean in viewers], reader, opinion, live=live)
        for clean, decision in zip(viewers, decisions, strict=True):
            if decision.act is None:
                counts.drop(decision.reason or "no_intent")
                if told is not None:
                    told.add(clean, decision)
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
