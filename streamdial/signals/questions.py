"""Questions and wishes with a clear intent, out of denoised messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.records import Language, Provenance, UserQuestion
from streamdial.signals.denoising import CleanMessage
from streamdial.slots import SlotMention, SlotReader
from streamdial.text import contains_phrase, detect_language, measure_length

_QUESTION = re.compile(
    r"[?？]|^(?:what|whats|which|who|when|where|why|how|is|are|does|do|did|can|could|would|will|should|any|got)\b"
    r"|\b(?:how much|how many|how long|how far|what about|can i|can you|is there|is it|does it|do you)\b"
    r"|吗|呢|多少|多久|几|怎么|什么|哪|是否|有没有|能不能|可以.*么|行不行",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:i need|i want|i'm looking|im looking|looking for|we need|we are|we're|i have|my budget|budget|under|need a"
    r"|want a|i'd like|id like|must have|prefer)\b"
    r"|想要|想买|想找|想订|需要|预算|要一|求|最好|打算|准备|家里|我们",
    re.IGNORECASE,
)
_PLEASE = re.compile(r"\b(?:pls|plz|please)\b|求|请问|麻烦", re.IGNORECASE)
_FIXED_ORDER = ("negotiate", "object", "book", "compare", "ask_offer", "defer", "thank", "greet")
MAX_LENGTH = {"en": 60, "zh": 120}
"""A message longer than this (words, characters) is no question to a host."""


def is_question(text: str) -> bool:
    """Tell whether a text asks something, by mark or by question word."""
    return bool(_QUESTION.search(text))


def classify_act(reader: SlotReader, text: str, *, asks: tuple[str, ...], mentions: list[SlotMention]) -> str | None:
    """Return the user act of a text, or None if it shows no intent.

    Phrases of the pack decide first (negotiate, object, book, compare, ask_offer, defer, thank, greet), then a
    question about a slot, then a stated wish.
    """
    lower = f" {text.lower()} "
    phrases = reader.pack.acts.get("user", {})
    shown = {
        act
        for act, texts in phrases.items()
        if any(contains_phrase(lower, phrase) for group in texts.values() for phrase in group)
    }
    entity_slot = reader.pack.entity_slot
    entities = {mention.value for mention in mentions if mention.slot == entity_slot}
    stated = [mention for mention in mentions if mention.slot != entity_slot]
    if "compare" in shown and len(entities) < 2:
        shown.discard("compare")
    if "book" in shown and not (stated or is_question(text) or entities):
        shown.discard("book")
    for act in _FIXED_ORDER[:4]:
        if act in shown:
            return act
    if ("ask_offer" in shown or entity_slot in asks) and not (entities and set(asks) - {entity_slot}):
        return "ask_offer"
    if asks and (is_question(text) or _PLEASE.search(text) or _is_terse(text, reader)):
        return "ask"
    counted = any(reader.pack.slots[mention.slot].constraint and mention.value[:1].isdigit() for mention in stated)
    if stated and (_WISH.search(text) or counted or len(stated) >= 2):
        return "inform"
    if entities and is_question(text):
        return "ask"
    return next((act for act in _FIXED_ORDER[5:] if act in shown), None)


def _is_terse(text: str, reader: SlotReader) -> bool:
    """Tell whether a text is a question by being nothing but its topic: `horizon price`."""
    return reader.language == "en" and measure_length(text, "en") <= 4


def extract_questions(
    messages: Iterable[CleanMessage],
    reader: SlotReader,
    counts: Counts,
    *,
    source_id: str,
) -> Iterator[UserQuestion]:
    """Yield a signal for each message that shows a clear intent.

    Args:
        messages: Denoised chat and comments; what the account itself wrote is left to the responses.
        reader: Reads slots of the domain.
        counts: Gets `asked`, `kept` and drops: `by_host`, `other_language`, `too_long`, `no_intent`, `small_talk`.
        source_id: Id of the recording.
    """
    for message, text in messages:
        counts.asked += 1
        reason, question = _judge(message.by_host, text, reader)
        if question is None:
            counts.drop(reason)
            continue
        act, asks, mentions = question
        counts.kept += 1
        entity_slot = reader.pack.entity_slot
        yield UserQuestion(
            id=make_id("question", reader.pack.id, message.id),
            domain=reader.pack.id,
            language=_pick_language(text, reader.language),
            provenance=Provenance(
                source_id=source_id, start=message.time, end=message.time, derived_from=(message.id,)
            ),
            text=text,
            raw_text=message.text,
            asker=message.author,
            time=message.time,
            act=act,
            asks=asks,
            slots={mention.slot: mention.value for mention in mentions if mention.slot != entity_slot},
            entities=tuple(dict.fromkeys(mention.value for mention in mentions if mention.slot == entity_slot)),
        )


def _judge(
    by_host: bool, text: str, reader: SlotReader
) -> tuple[str, tuple[str, tuple[str, ...], list[SlotMention]] | None]:
    if by_host:
        return "by_host", None
    if detect_language(text) == "other":
        return "other_language", None
    if measure_length(text, reader.language) > MAX_LENGTH[reader.language]:
        return "too_long", None
    asks, mentions = reader.find_asks(text), reader.find_values(text)
    act = classify_act(reader, text, asks=asks, mentions=mentions)
    if act is None:
        return "no_intent", None
    if act in ("greet", "thank", "defer"):
        return "small_talk", None
    return "", (act, tuple(slot for slot in asks if slot != reader.pack.entity_slot), mentions)


def _pick_language(text: str, default: Language) -> Language:
    found = detect_language(text)
    return default if found == "other" else found
