"""Facts that a chat model proposes out of prose: each is taken only if its quote stands in the text and reads back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from streamdial.counts import Counts
from streamdial.domains import Slot
from streamdial.models import ChatMessage, ChatModel, ChatRequest, run_together, try_structured
from streamdial.personas.prose_facts import ProseFact, ProseReader, split_prose
from streamdial.personas.prose_rows import HOST_CONFIDENCE, PAGE_CONFIDENCE, build_prose_row
from streamdial.prompts import hash_prompt, render_prompt
from streamdial.records import AgentResponse, KnowledgeRow, Language, Page, Provenance
from streamdial.slots import EVERYTHING
from streamdial.text import fold_text

_LINES_PER_CALL = 12
_LONGEST_LINE = 600
"""Characters of a line that is shown; what follows is left out."""


class Proposal(BaseModel):
    """One fact the model found in a line."""

    model_config = ConfigDict(extra="forbid")

    line: int
    thing: str = Field(max_length=80)
    attribute: str = Field(max_length=40)
    value: str = Field(max_length=200)
    quote: str = Field(max_length=600)


class Proposals(BaseModel):
    """The model's answer about the lines of one call."""

    model_config = ConfigDict(extra="forbid")

    facts: list[Proposal] = Field(max_length=60)


class _Line(NamedTuple):
    """A line that is shown, what it comes from, and how far what it says is believed."""

    text: str
    before: str
    """The line before it of the same source: what is carried over from it."""
    provenance: Provenance
    origin: str
    observed_at: str | None
    confidence: float


async def propose_rows(
    pages: Sequence[Page],
    responses: Iterable[AgentResponse],
    reader: ProseReader,
    model: ChatModel,
    counts: Counts,
    *,
    told_on: str | None = None,
    read_on: str | None = None,
) -> list[KnowledgeRow]:
    """Return rows of knowledge a model found in the pages' paragraphs and the host's answers, each checked.

    A proposal is a row if its quote stands word for word in the line and its value in the quote, the attribute is one
    of the pack, the thing is known and named in the line or the one before (or the attribute holds for the account),
    no trap of `ProseReader` is sprung, and the value reads back as one of that attribute.

    Args:
        pages: The account's pages.
        responses: The host's answers.
        reader: Knows pack, language and names.
        model: A model that can write structured answers.
        counts: Gets `asked` (proposals), `kept` and drops: `not_quoted`, `unknown_attribute`, `unknown_thing`,
            `not_read_back` and the traps; and `unusable_answer` for each call without a usable answer.
        told_on: ISO date of the recording, where it is known.
        read_on: ISO date on which the pages were fetched.
    """
    lines = [*_list_page_lines(pages, read_on), *_list_spoken_lines(responses, told_on)]
    parts = [lines[start : start + _LINES_PER_CALL] for start in range(0, len(lines), _LINES_PER_CALL)]
    answers = await run_together(_ask(part, reader, model) for part in parts)
    rows: list[KnowledgeRow] = []
    for part, answer in zip(parts, answers, strict=True):
        if answer is None:
            counts.asked += 1
            counts.drop("unusable_answer")
            continue
        for proposal in answer.facts:
            counts.asked += 1
            row = _check(proposal, part, reader, model.model_id)
            if isinstance(row, str):
                counts.drop(row)
            else:
                rows.append(row)
    counts.made = counts.kept = len(rows)
    return rows


def _list_page_lines(pages: Sequence[Page], read_on: str | None) -> Iterator[_Line]:
    for page in pages:
        before, place = "", 0
        for line in page.text.split("\n"):
            start, place = place, place + len(line) + 1
            text = line[:_LONGEST_LINE]
            if text.strip() and " | " not in text and not text.startswith("|"):
                provenance = Provenance(
                    source_id=page.source_id,
                    url=page.url,
                    char_start=start,
                    char_end=start + len(text),
                    derived_from=(page.id,),
                )
                yield _Line(text, before, provenance, page.id, read_on or page.published, PAGE_CONFIDENCE)
            before = text


def _list_spoken_lines(responses: Iterable[AgentResponse], told_on: str | None) -> Iterator[_Line]:
    for response in responses:
        provenance = Provenance(
            source_id=response.provenance.source_id,
            start=response.start,
            end=response.end,
            derived_from=(response.id,),
        )
        before = " ".join(response.entities)
        yield _Line(response.text[:_LONGEST_LINE], before, provenance, response.id, told_on, HOST_CONFIDENCE)


async def _ask(lines: Sequence[_Line], reader: ProseReader, model: ChatModel) -> Proposals | None:
    language = reader.language
    slots = {
        name: (slot.names[language], _describe_values(slot, language))
        for name, slot in reader.pack.slots.items()
        if reader.may_hold(name)
    }
    prompt = render_prompt(
        "knowledge",
        language,
        domain=reader.pack.names[language],
        attributes=slots,
        things=list(reader.reader.entities),
        lines=[line.text for line in lines],
    )
    request = ChatRequest(
        messages=(ChatMessage(role="user", content=prompt),), max_tokens=1500, temperature=0.0, purpose="knowledge"
    )
    return await try_structured(model, request, Proposals)


def _describe_values(slot: Slot, language: Language) -> str:
    if slot.values:
        return ", ".join(spelled[language][0] for spelled in slot.values.values() if spelled.get(language))
    return next(iter(slot.units), "")


def _check(proposal: Proposal, lines: Sequence[_Line], reader: ProseReader, model_id: str) -> KnowledgeRow | str:
    """Return the row a proposal makes, or why it makes none."""
    if not 1 <= proposal.line <= len(lines):
        return "not_quoted"
    line = lines[proposal.line - 1]
    quote, value, thing = (fold_text(text) for text in (proposal.quote, proposal.value, proposal.thing))
    text = fold_text(line.text)
    place = text.find(quote)
    if not quote or not value or place < 0 or value not in quote:
        return "not_quoted"
    if not reader.may_hold(proposal.attribute):
        return "unknown_attribute"
    entity = next((name for name in reader.reader.entities if name.lower() == thing.lower()), EVERYTHING)
    if (thing and not entity) or (not entity and not reader.pack.slots[proposal.attribute].shared):
        return "unknown_thing"
    if entity and entity not in reader.reader.find_entities(f"{fold_text(line.before)} {text}"):
        return "unknown_thing"
    at = place + quote.index(value)
    start, end = next(((start, end) for start, end in split_prose(text) if start <= at < end), (0, len(text)))
    fact = reader.read_back(text[start:end], at - start, value, entity, proposal.attribute)
    if isinstance(fact, str):
        return fact
    return _build(fact, line, reader, model_id)


def _build(fact: ProseFact, line: _Line, reader: ProseReader, model_id: str) -> KnowledgeRow:
    provenance = line.provenance.model_copy(
        update={"model_id": model_id, "prompt_hash": hash_prompt("knowledge", reader.language)}
    )
    return build_prose_row(fact, reader, provenance, line.origin, line.observed_at, line.confidence)
