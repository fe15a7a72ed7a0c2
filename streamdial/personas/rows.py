"""Rows of knowledge out of facts."""

from __future__ import annotations

from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.personas.prose_facts import ProseFact
from streamdial.records import KnowledgeRow, Language, Provenance
from streamdial.slots import Fact


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
