"""Extracts the host's answers from corrected speech, and reads the facts in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.records import AgentResponse, Message, Provenance
from streamdial.signals.consistency import check_against_facts, note_unclear
from streamdial.signals.denoising import find_noise, gives_orders
from streamdial.signals.sentences import MAX_GAP, Sentence
from streamdial.signals.threads import ThreadPlace, follow_threads
from streamdial.slots import Facts, SlotReader
from streamdial.text import fold_repeats, fold_text, measure_length

MAX_LENGTH = {"en": 45, "zh": 90}
"""An answer is cut at the first sentence end after this many words or characters."""
PRONOUN_REACH = 3.0
"""Seconds for which "it" still means what was talked about before a pause."""
MIN_LENGTH = {"en": 4, "zh": 6}
_CLAUSE = re.compile(r"(?<=[,;])\s+|(?<=[，；])\s*")
_PRONOUN = re.compile(r"^(?:it|this one|that one|you get|and it)\b|^(?:它|这款|这台|这个)", re.IGNORECASE)


def _split_clauses(sentence: Sentence, reader: SlotReader) -> Iterator[Sentence]:
    """Split a run-on sentence before a clause that names something else; recognisers leave out full stops."""
    groups: list[list[str]] = [[]]
    for clause in _CLAUSE.split(sentence.text):
        named = set(reader.find_entities(clause))
        said = " ".join(groups[-1])
        before = set(reader.find_entities(said))
        if named and len(before) < 2 and ((before and not named <= before) or _tells(said, reader)):
            groups.append([])
        groups[-1].append(clause)
    place, whole = 0, max(len(sentence.text), 1)
    joiner = "" if reader.language == "zh" else " "
    for group in groups:
        text = joiner.join(group)
        start = sentence.start + (sentence.end - sentence.start) * place / whole
        place += len(text) + len(joiner)
        end = sentence.start + (sentence.end - sentence.start) * min(place, whole) / whole
        kept = tuple(change for change in sentence.corrections if change.after in text)
        yield replace(sentence, text=text.rstrip(",，;； "), start=start, end=end, corrections=kept)


def _starts_anew(piece: Sequence[Sentence], sentence: Sentence, reader: SlotReader) -> bool:
    """Tell whether a sentence begins another answer: after a pause, at another name, or when enough was said."""
    said = " ".join(part.text for part in piece)
    length = measure_length(said, reader.language) + measure_length(sentence.text, reader.language)
    named, before = set(reader.find_entities(sentence.text)), set(reader.find_entities(said))
    return (
        sentence.start - piece[-1].end > MAX_GAP
        or sentence.speaker != piece[-1].speaker
        or length > MAX_LENGTH[reader.language]
        or bool(
            named
            and not piece[-1].text.endswith(("?", "？"))
            and ((before and not named & before) or _tells(said, reader))
        )
    )


def _tells(text: str, reader: SlotReader) -> bool:
    # A deposit says something too, though it is no slot's.
    told = any(mention.slot != reader.pack.entity_slot for mention in reader.find_values(text))
    return told or any(reader.list_unclear(text))


def _group(sentences: Iterable[Sentence], reader: SlotReader) -> Iterator[list[Sentence]]:
    piece: list[Sentence] = []
    for whole in sentences:
        for sentence in _split_clauses(whole, reader):
            if piece and _starts_anew(piece, sentence, reader):
                yield piece
                piece = []
            piece.append(sentence)
    if piece:
        yield piece


def _leave_out_orders(sentences: Iterable[Sentence], counts: Counts) -> Iterator[Sentence]:
    """Drop sentences that order a model about before sentences become answers: they must not take others with them."""
    for sentence in sentences:
        if gives_orders(sentence.text):
            counts.asked += 1
            counts.drop("instruction_to_model")
        else:
            yield sentence


def extract_responses(
    sentences: Iterable[Sentence],
    reader: SlotReader,
    facts: Facts,
    counts: Counts,
    *,
    source_id: str,
) -> Iterator[AgentResponse]:
    """Yield the host's answers out of speech.

    Args:
        sentences: What the host said, corrected, in order of time.
        reader: Reads slots of the domain.
        facts: What the account's pages say.
        counts: Gets `asked` (answers found), `kept` and drops: `too_short`, and the reasons of `find_noise`.
        source_id: Id of the recording.
    """
    unclear: Counter[str] = Counter()
    joiner = "" if reader.language == "zh" else " "
    last_entities: tuple[str, ...] = ()
    last_end = 0.0
    for piece in _group(_leave_out_orders(sentences, counts), reader):
        counts.asked += 1
        text = joiner.join(sentence.text for sentence in piece)
        reason = find_noise(text, reader.pack)
        if reason is None and measure_length(text, reader.language) < MIN_LENGTH[reader.language]:
            reason = "too_short"
        if reason:
            counts.drop(reason)
            continue
        counts.kept += 1
        start, end = round(piece[0].start, 2), round(piece[-1].end, 2)
        entities = reader.find_entities(text)
        if not entities and _PRONOUN.match(text) and start - last_end < PRONOUN_REACH and len(last_entities) == 1:
            entities = last_entities
        last_entities, last_end = entities, end
        unclear.update(reader.list_unclear(text))
        mentions = [mention for mention in reader.find_values(text) if mention.slot != reader.pack.entity_slot]
        # Either end of a range alone would be another price than the one told.
        mentions = [mention for mention in mentions if not mention.is_range]
        checked = check_against_facts(mentions, entities, facts)
        said = tuple(dict.fromkeys(segment for sentence in piece for segment in sentence.segments))
        yield AgentResponse(
            id=make_id("response", reader.pack.id, source_id, start, text),
            domain=reader.pack.id,
            language=reader.language,
            provenance=Provenance(source_id=source_id, start=start, end=end, derived_from=said),
            text=text,
            raw_text=joiner.join(dict.fromkeys(sentence.raw for sentence in piece)),
            start=start,
            end=end,
            speaker=piece[0].speaker,
            tells=checked.tells,
            entities=entities,
            corrections=(*(change for sentence in piece for change in sentence.corrections), *checked.corrections),
        )
    note_unclear(unclear, counts)


def extract_replies(
    messages: Iterable[Message],
    reader: SlotReader,
    counts: Counts,
    *,
    source_id: str,
    places: dict[str, ThreadPlace] | None = None,
) -> Iterator[AgentResponse]:
    """Yield what the account wrote itself in chat or comments, as responses.

    Args:
        messages: All messages; only those by the host are looked at.
        reader: Reads slots of the domain.
        counts: Gets `asked`, `kept` and drops by the reasons of `find_noise`.
        source_id: Id of the recording.
        places: Gets the places of comments in their threads, for whoever asks next.
    """
    places = {} if places is None else places
    for message in follow_threads(messages, places):
        if not message.by_host:
            continue
        counts.asked += 1
        text = fold_repeats(fold_text(message.text))
        if reason := find_noise(text, reader.pack):
            counts.drop(reason)
            continue
        counts.kept += 1
        tells = {
            mention.slot: mention.value
            for mention in reader.find_values(text)
            if mention.slot != reader.pack.entity_slot and not mention.is_range
        }
        # "@B, yes" below A's comment answers B, who is found by the thread.
        above = places.get(message.parent) if message.parent and message.mention else None
        answers_parent = above is None or above.by_host or above.author == message.mention
        parents = (message.parent,) if message.parent and answers_parent else ()
        yield AgentResponse(
            id=make_id("response", reader.pack.id, message.id),
            domain=reader.pack.id,
            language=reader.language,
            provenance=Provenance(
                source_id=source_id,
                start=message.time,
                end=message.time,
                url=message.url,
                derived_from=(message.id, *parents),
            ),
            text=text,
            raw_text=message.text,
            start=message.time,
            end=message.time,
            channel="reply",
            tells=tells,
            entities=reader.find_entities(text),
        )
