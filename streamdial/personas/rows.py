"""Rows of knowledge out of facts."""

from __future__ import annotations

from collections.abc import Sequence

from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.personas.prose_facts import ProseFact
from streamdial.records import AgentResponse, KnowledgeRow, Language, Page, Provenance, Table
from streamdial.signals import is_said_meanwhile
from streamdial.slots import Fact

SCREEN_CONFIDENCE = 0.95
"""Of what a card on the screen says: read off a picture, and else as good as a page's table."""


def build_row(
    fact: Fact | ProseFact,
    pack: DomainPack,
    language: Language,
    provenance: Provenance,
    *,
    origin: str,
    observed_at: str | None = None,
    confidence: float = 1.0,
) -> KnowledgeRow:
    """Return a fact of a table or of prose as a row of knowledge.

    Args:
        fact: The fact.
        pack: The domain pack.
        language: Language of the source.
        provenance: Where it stands.
        origin: Id of the page or file; part of what decides the row's id.
        observed_at: ISO date of the page, where it is known.
        confidence: How far the source is believed; 1 for a table.
    """
    return KnowledgeRow(
        id=make_id("knowledge", pack.id, origin, fact.entity, fact.slot, fact.value),
        domain=pack.id,
        language=language,
        provenance=provenance,
        entity=fact.entity,
        slot=fact.slot,
        value=fact.value,
        number=fact.number,
        unit=fact.unit,
        text=fact.text,
        observed_at=observed_at,
        confidence=confidence,
    )


def build_table_row(
    fact: Fact,
    page: Page,
    table: Table,
    pack: DomainPack,
    language: Language,
    observed_at: str | None,
    said: Sequence[AgentResponse],
) -> KnowledgeRow:
    """Return a cell as a row; one of a card has its seconds, its place, and the answers that say the same meanwhile.

    Args:
        fact: The cell.
        page: Its page, or the card as a page.
        table: Its table.
        pack: The domain pack.
        language: Language of the page.
        observed_at: ISO date of the page, where it is known.
        said: The host's answers.
    """
    shown = page.shown
    same = [
        response.id
        for response in said
        if shown
        and fact.entity in response.entities
        and response.tells.get(fact.slot) == fact.value
        and is_said_meanwhile(response, shown.start, shown.end)
    ]
    provenance = Provenance(
        source_id=page.source_id,
        start=shown.start if shown else None,
        end=shown.end if shown else None,
        url=page.url or None,
        char_start=table.char_start,
        derived_from=(page.id, *same),
        box=shown.box if shown else None,
    )
    confidence = SCREEN_CONFIDENCE if shown else 1.0
    return build_row(fact, pack, language, provenance, origin=page.id, observed_at=observed_at, confidence=confidence)
