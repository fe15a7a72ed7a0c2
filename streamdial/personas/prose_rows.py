"""Rows of knowledge out of prose: of pages with their characters, of speech with its seconds, of viewers' replies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from streamdial.domains import DomainPack
from streamdial.personas.prose_facts import ProseFact, ProseReader
from streamdial.personas.rows import build_row
from streamdial.personas.statements import TESTIMONY, list_experiences, list_statements, name_statement
from streamdial.records import AgentResponse, KnowledgeRow, Message, Page, Provenance, Table
from streamdial.slots import Fact, match_header, read_table
from streamdial.text import fold_text, measure_length

PAGE_CONFIDENCE = 0.9
"""Of what a page says in prose; a table's is 1."""
HOST_CONFIDENCE = 0.8
VIEWER_CONFIDENCE = 0.6
"""Of what a viewer states in reply to another; it holds where nobody else says anything."""
LONGEST_HEADING = {"en": 12, "zh": 20}
"""Words or characters a line without a full stop may have and still be the heading of what follows."""
_STOP = re.compile(r"[.!?;。！？；…][\"'”’)）]*\s*$")
_CELLS = re.compile(r"\s\|\s|^\||\|$")
_ENTRY = re.compile(r"^([^:：|]{2,30})[:：]\s*([^|]{1,80})$")
_LEAST_ENTRIES = 2
"""Lines of "name: value" in a row from which on they are a list, as in a table of two columns."""


def read_page_prose(
    page: Page, reader: ProseReader, dropped: Counter[str], *, observed_at: str | None
) -> Iterator[KnowledgeRow]:
    """Yield what a page says in its paragraphs, with the place of the sentence in characters.

    A line without a full stop is a heading: a thing it names is what the lines below it talk about, until the next
    heading; a title that names exactly one thing is the page's. Lines of "name: value" are read as a table of two
    columns, with attributes that no slot has where one has; sentences of `list_statements` are kept whole. Rows of
    tables and scattered cells are passed over.

    Args:
        page: The page.
        reader: Reads facts; knows the names.
        dropped: Gets what is no fact, by reason.
        observed_at: ISO date of the page, where it is known.
    """
    language = reader.language
    named = reader.reader.find_entities(page.title)
    topic = whole = named[0] if len(named) == 1 else ""
    lines = _place_lines(page.text)
    lists = _find_lists(lines, reader.pack)
    rest = 0
    for number, (start, line) in enumerate(lines):
        text = line.strip()
        if entries := lists.get(number):
            rest = number + len(entries)
            table = Table(header=("", ""), rows=tuple(entries))
            facts, missed = read_table(reader.pack, table, language, free=True)
            missed["unknown_attribute"] -= 1  # the heading the list does not have
            dropped.update(missed)
            last, whole_line = lines[rest - 1]
            for fact in facts:
                shared = fact.slot in reader.pack.slots and reader.pack.slots[fact.slot].shared
                if not topic and not shared and reader.reader.entities:
                    dropped["no_thing"] += 1  # under no heading it is not true of everything that is sold
                    continue
                owned = fact._replace(entity=topic)
                provenance = _point(page, start, last + len(whole_line))
                yield build_prose_row(owned, reader, provenance, page.id, observed_at, PAGE_CONFIDENCE)
        if number < rest or not text or _CELLS.search(text):
            continue
        entry = _ENTRY.match(text) and match_header(reader.pack, re.split("[:：]", text)[0]) is not None
        if not _STOP.search(text) and not entry and measure_length(text, language) <= LONGEST_HEADING[language]:
            named = reader.reader.find_entities(text)
            topic = named[0] if len(named) == 1 else "" if named else whole
            continue
        for said in reader.read(line, dropped, topic=topic, lasting=bool(topic)):
            provenance = _point(page, start + said.start, start + said.end)
            yield build_prose_row(said, reader, provenance, page.id, observed_at, PAGE_CONFIDENCE)
        for thing, first, last in list_statements(line, reader):
            sentence = fold_text(line[first:last])
            stated = Fact(thing, name_statement(sentence), sentence, None, None, sentence)
            provenance = _point(page, start + first, start + last)
            yield build_prose_row(stated, reader, provenance, page.id, observed_at, PAGE_CONFIDENCE)


def _place_lines(text: str) -> list[tuple[int, str]]:
    lines, place = [], 0
    for line in text.split("\n"):
        lines.append((place, line))
        place += len(line) + 1
    return lines


def _point(page: Page, start: int, end: int) -> Provenance:
    return Provenance(source_id=page.source_id, url=page.url, char_start=start, char_end=end, derived_from=(page.id,))


def _find_lists(lines: list[tuple[int, str]], pack: DomainPack) -> dict[int, list[tuple[str, str]]]:
    """Return the name-value lists of a page by the number of their first lines.

    A list is `_LEAST_ENTRIES` lines in a row or more, of which a slot has one at least.
    """
    found: dict[int, list[tuple[str, str]]] = {}
    for _, group in groupby(enumerate(lines), lambda numbered: bool(_ENTRY.match(numbered[1][1].strip()))):
        block = [(number, _ENTRY.match(line.strip())) for number, (_, line) in group]
        entries = [(match[1].strip(), match[2].strip()) for _, match in block if match]
        if len(entries) >= _LEAST_ENTRIES and any(match_header(pack, name) is not None for name, _ in entries):
            found[block[0][0]] = entries
    return found


def read_response(
    response: AgentResponse, reader: ProseReader, dropped: Counter[str], *, told_on: str | None, about: str = ""
) -> Iterator[KnowledgeRow]:
    """Yield what a host's answer states, with the seconds of its sentence: an answer's time is shared out by length.

    What was taken out of the answer because a page says otherwise is dropped as `inconsistent`.

    Args:
        response: The answer.
        reader: Reads facts; knows the names.
        dropped: Gets what is no fact, by reason.
        told_on: ISO date of the recording, where it is known.
        about: The one thing the recording is about, until an answer names another.
    """
    wrong = {change.before for change in response.corrections if change.reason == "inconsistent"}
    named = set(reader.reader.find_entities(response.text)) | set(response.entities)
    topic = next(iter(named)) if len(named) == 1 else "" if named else about
    for fact in reader.read(response.text, dropped, topic=topic, lasting=bool(about) and topic == about):
        if fact.text in wrong:
            dropped["inconsistent"] += 1
            continue
        start, end = response.start, response.end
        if start is not None and end is not None:
            whole, span = max(len(response.text), 1), end - start
            start, end = round(start + span * fact.start / whole, 2), round(start + span * fact.end / whole, 2)
        provenance = Provenance(
            source_id=response.provenance.source_id,
            start=start,
            end=end,
            url=response.provenance.url,
            derived_from=(response.id,),
        )
        yield build_prose_row(fact, reader, provenance, response.id, told_on, HOST_CONFIDENCE)


def read_reply(
    message: Message, reader: ProseReader, dropped: Counter[str], *, told_on: str | None
) -> Iterator[KnowledgeRow]:
    """Yield what a viewer states of a thing by its name in reply to another; all else a viewer writes is passed over.

    Args:
        message: The message, masked.
        reader: Reads facts; knows the names.
        dropped: Gets what is no fact, by reason.
        told_on: ISO date of the recording, where it is known.
    """
    if message.by_host or message.parent is None:
        return
    for fact in reader.read(fold_text(message.text), dropped):
        if fact.found != "named":
            dropped["no_thing"] += 1
            continue
        provenance = Provenance(
            source_id=message.source_id,
            start=message.time,
            end=message.time,
            url=message.url,
            derived_from=(message.id,),
        )
        yield build_prose_row(fact, reader, provenance, message.id, told_on, VIEWER_CONFIDENCE)


def read_testimony(
    message: Message, reader: ProseReader, dropped: Counter[str], *, told_on: str | None, about: str = ""
) -> Iterator[KnowledgeRow]:
    """Yield what a viewer tells of a thing in words, each an attribute of its own, so that it replaces nothing.

    Args:
        message: A message that tells of own experience, masked.
        reader: Reads names; knows the pack.
        dropped: Gets `no_experience_in_words` where none is taken.
        told_on: ISO date of the recording, where it is known.
        about: The one thing the recording is about, where a sentence names none.
    """
    found = list(list_experiences(fold_text(message.text), reader, about))
    dropped["no_experience_in_words"] += not found
    for thing, sentence, _, _ in found:
        provenance = Provenance(
            source_id=message.source_id,
            start=message.time,
            end=message.time,
            url=message.url,
            derived_from=(message.id,),
        )
        told = Fact(thing, name_statement(sentence, TESTIMONY), sentence, None, None, sentence)
        yield build_prose_row(told, reader, provenance, message.id, told_on, VIEWER_CONFIDENCE)


def build_prose_row(
    fact: ProseFact | Fact,
    reader: ProseReader,
    provenance: Provenance,
    origin: str,
    observed_at: str | None,
    confidence: float,
) -> KnowledgeRow:
    """Return a fact as a row of knowledge.

    Args:
        fact: The fact.
        reader: What read it; gives pack and language.
        provenance: Where it stands.
        origin: Id of the page, answer or message; part of what decides the row's id.
        observed_at: ISO date of the source, where it is known.
        confidence: How far the source is believed.
    """
    return build_row(
        fact,
        reader.pack,
        reader.language,
        provenance,
        origin=origin,
        observed_at=observed_at,
        confidence=confidence,
    )
