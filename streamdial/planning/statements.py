"""Statements of an account: single sentences it really said of its things or of itself, and what they state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from streamdial.personas import Knowledge
from streamdial.planning.sentences import (
    MAX_LENGTH,
    SENTENCE,
    clean_answer,
    cut_agreement,
    cut_promise,
    cut_topic,
    join_sentences,
    list_stems,
    names_topic,
    stands_alone,
)
from streamdial.records import AgentResponse, KnowledgeRow, Language
from streamdial.slots import EVERYTHING, SlotReader, states_parts
from streamdial.text import measure_length

SAID = 0.4
"""Share of a known text's stems from which on a sentence says it."""
LONG: dict[Language, int] = {"en": 3, "zh": 6}
"""Words or characters from which on a value in words is known by itself."""
ANSWERING = ("compare", "recover", "propose", "close", "greet")
"""Acts whose sentences answer somebody: of them only what was asked is said again."""
_IT = re.compile(r"it (?!is not\b|was\b)", re.IGNORECASE)
_ROOM = re.compile(r"的?直播间")
_GENERAL: dict[str, dict[Language, re.Pattern[str]]] = {
    "welcome": {
        "en": re.compile(
            r"^(?!.*\b(?:everyone|everybody|tonight|stream|chat)\b).*\bwelcome (?:to|at)\b", re.IGNORECASE
        ),
        "zh": re.compile(r"欢迎来到[^，,。！!]+"),
    },
    "place": {
        "en": re.compile(r"\b(?:you (?:will |can )?find us|we are at|our address|we're at)\b", re.IGNORECASE),
        "zh": re.compile(r"(?:我们(?:店)?(?:就)?在|地址(?:是|在)|位置在)[^。！!？?]+"),
    },
}
"""Sentences about the account itself."""


@dataclass(frozen=True)
class Statement:
    """One sentence of an account about one of its things, or about all of them.

    Attributes:
        text: The sentence.
        entity: What it is about; empty where it holds for everything.
        slots: Slots it states values of.
        act: Agent act of the strategy it follows.
        evidence: Id of the response, or of the row of a page.
        alone: Whether it can be said unasked; else it is an answer to what it states.
    """

    text: str
    entity: str
    slots: tuple[str, ...]
    act: str
    evidence: str
    alone: bool = True


def list_said(text: str, entity: str, knowledge: Knowledge, language: Language) -> list[str]:
    """Return the ids of the texts known of a thing that a sentence says, in other words though it be."""
    said = list_stems(text, language)
    slots = knowledge.pack.slots
    rows = (row for row in knowledge.list_rows(entity) if slots[row.slot].type == "text")
    texts = {row.id: list_stems(row.value, language) for row in rows}
    return [name for name, stems in texts.items() if stems and len(stems & said) >= SAID * len(stems)]


def read_slots(text: str, entities: Sequence[str], knowledge: Knowledge, reader: SlotReader) -> tuple[str, ...] | None:
    """Return the slots a text states values of, or None where one is not what the knowledge base says of the thing.

    Of what a page says in words the text states what it says whole: "You pay $4,000 down, and $519 a month".
    """
    pack = reader.pack
    left_out = {pack.entity_slot, *pack.list_slots(booking=True)}
    texts = _list_texts(text, entities, knowledge, reader)
    values = [mention for mention in reader.find_values(text) if mention.slot not in left_out]
    whole = [row.value for row in texts]
    for mention in values:
        if any(mention.surface in value for value in whole):
            continue  # a part of the page's own words: the money of an instalment is no price
        if len(entities) == 1:
            row = knowledge.get(entities[0], mention.slot)
            if row is None or row.value != mention.value:
                return None
        elif entities:
            return None
        else:
            # What is said of nothing by name holds for everything, or it is about something else.
            rows = [knowledge.get(name, mention.slot) for name in knowledge.entities]
            if any(row is None or row.value != mention.value for row in rows):
                return None
    stated = [mention.slot for mention in values if not any(mention.surface in value for value in whole)]
    stated += _list_unhyphenated(text, entities, knowledge, reader)
    return tuple(dict.fromkeys([*stated, *(row.slot for row in texts)]))


def _list_unhyphenated(text: str, entities: Sequence[str], knowledge: Knowledge, reader: SlotReader) -> list[str]:
    """Return the slots of a thing whose value a recogniser wrote without its hyphens: all wheel drive."""
    if len(entities) != 1:
        return []
    lower, found = text.lower(), []
    for row in knowledge.list_rows(entities[0]):
        spelled = knowledge.pack.slots[row.slot].values.get(row.value, {}).get(reader.language, ())
        if any("-" in spelling and spelling.replace("-", " ").lower() in lower for spelling in spelled):
            found.append(row.slot)
    return found


def _list_texts(text: str, entities: Sequence[str], knowledge: Knowledge, reader: SlotReader) -> list[KnowledgeRow]:
    """Return the rows in words of a thing, or of everything, that a text states whole."""
    if len(entities) > 1:
        return []
    about = entities[0] if entities else EVERYTHING
    slots = knowledge.pack.slots
    words = [row for row in knowledge.list_rows(about) if slots[row.slot].type == "text"]
    return [
        row
        for row in words
        if states_parts(text, row.value)
        # A short value is that of its attribute only where this is named: $1,500 may be anything.
        and (measure_length(row.value, reader.language) >= LONG[reader.language] or row.slot in reader.find_asks(text))
    ]


def list_statements(response: AgentResponse, act: str, knowledge: Knowledge, reader: SlotReader) -> Iterator[Statement]:
    """Yield the sentences of a response that state something of one thing, or of all, and those of the account.

    A sentence without a name is about the thing that was named alone before it, where it states a value of that thing;
    what states nothing has to name what it is about. Of a Chinese sentence about two things each clause that begins
    with its thing is one.

    Args:
        response: What was said.
        act: Agent act of the strategy it follows.
        knowledge: What it may not contradict.
        reader: Reads names and slots.
    """
    language = reader.language
    yield from _list_general(response, reader)
    about = ""
    for sentence in (part.strip() for part in SENTENCE[language].split(response.text)):
        named = reader.find_entities(sentence)
        about = named[0] if len(named) == 1 else "" if named else about
        if len(named) > 1 and language == "zh":
            yield from _split_things(sentence, act, response, knowledge, reader)
        text = cut_agreement(clean_answer(sentence, language))
        if not text and about and not named and _IT.match(sentence):
            text = join_sentences([sentence], language)
        text = cut_topic(cut_promise(text) if language == "zh" else text, about)
        booking = set(reader.pack.list_slots(booking=True))
        if not text or any(mention.slot in booking for mention in reader.find_values(text)):
            continue  # nothing to say, or what was arranged with somebody else
        for entity in dict.fromkeys((*named, *(() if named else (about, "")))):
            if len(named) > 1 or (entity and entity not in knowledge.entities):
                continue
            slots = read_slots(text, (entity,) if entity else (), knowledge, reader)
            if slots is None or not (slots or named):
                continue
            if not entity and any(knowledge.get(EVERYTHING, slot) is None for slot in slots):
                continue  # true of each thing, but said of some of them
            alone = bool(named) and stands_alone(text) and act not in ANSWERING
            alone = alone and (text.startswith(entity) or not names_topic(text))
            if alone or (slots and stands_alone(text)):
                yield Statement(text, entity, slots, act, response.id, alone)
                break


def _split_things(
    sentence: str, act: str, response: AgentResponse, knowledge: Knowledge, reader: SlotReader
) -> Iterator[Statement]:
    """Yield the clauses of a sentence about several things that begin with their thing and state a value of it."""
    for clause in re.split("[，,；;。]", sentence):
        named = reader.find_entities(clause)
        if len(named) != 1 or not clause.startswith(named[0]) or not stands_alone(clause):
            continue
        slots = read_slots(clause, named, knowledge, reader)
        if slots:
            yield Statement(f"{clause}。", named[0], slots, act, response.id, alone=False)


def _list_general(response: AgentResponse, reader: SlotReader) -> Iterator[Statement]:
    """Yield the sentences of a response that say who the account is and where."""
    language = reader.language
    for sentence in (part.strip() for part in SENTENCE[language].split(response.text)):
        for what, pattern in _GENERAL.items():
            found = pattern[language].search(sentence)
            if found and not reader.find_entities(sentence) and not reader.find_values(sentence):
                text = sentence if language == "en" else f"{_ROOM.sub('', found[0]).rstrip('。，,')}。"
                if measure_length(text, language) <= MAX_LENGTH[language] // 2:
                    yield Statement(text, "", (), what, response.id)
