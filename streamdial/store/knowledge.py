"""Queries the knowledge base through Qdrant: conditions on slots as payload filters, and the meaning of a text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streamdial.records import Condition, KnowledgeRow
from streamdial.store._protocol import Conditions, Range, Vector
from streamdial.store.records import RecordStore

_ROWS_PER_ENTITY = 20
"""Nearest rows looked at for each entity wanted: an entity has many, and they lie near each other."""


class EntityHit(NamedTuple):
    """An entity that was found.

    Attributes:
        entity: Its name; empty for rows about everything the account sells.
        rows: The row that fulfils each condition, then the nearest row where a meaning was asked for.
        score: Cosine of the nearest row, -1 to 1; None where no meaning was asked for.
    """

    entity: str
    rows: tuple[KnowledgeRow, ...]
    score: float | None = None


def find_entities(
    store: RecordStore,
    conditions: Sequence[Condition] = (),
    *,
    where: Conditions,
    slots: Iterable[str],
    vector: Vector | None = None,
    limit: int = 10,
) -> list[EntityHit]:
    """Return the entities that fulfil all conditions, by name, or the nearest first where a vector is given.

    A row is one attribute, so each condition is one filtered search and the entities found by all are what is wanted.
    A row about everything counts for each entity that has none of its own; rows that no longer hold count for none.

    Args:
        store: The run's records.
        conditions: What must hold, see `streamdial.personas.parse_query`.
        where: Payload fields that tell whose knowledge it is: `account_id`, `domain`, ...
        slots: Attributes of the domain pack. A row under another header can be read and found by its meaning, and what
            is known of it alone is no entity that something about everything counts for, as in `Knowledge.find`.
        vector: Embedding of what is looked for by its meaning, shape (dimensions,).
        limit: Maximum number of entities to return.
    """
    holding = {**where, "holds": True}
    known_slots = sorted(slots)
    found: dict[str, tuple[KnowledgeRow, ...]] | None = None
    for condition in conditions:
        rows = _find_rows(store, condition, holding, known_slots)
        if found is None:
            found = {entity: (row,) for entity, row in rows.items()}
        else:
            found = {entity: (*known, rows[entity]) for entity, known in found.items() if entity in rows}
        if not found:
            return []
    if vector is None:
        return [EntityHit(entity, rows) for entity, rows in sorted((found or {}).items())][:limit]
    among: Conditions = {**holding, "entity": sorted(found)} if found is not None else holding
    hits: dict[str, EntityHit] = {}
    for row, score in store.find("knowledge", KnowledgeRow, vector, limit=limit * _ROWS_PER_ENTITY, conditions=among):
        if row.entity not in hits:
            hits[row.entity] = EntityHit(row.entity, (*(found or {}).get(row.entity, ()), row), score)
    return list(hits.values())[:limit]


def _find_rows(
    store: RecordStore, condition: Condition, holding: Conditions, slots: Sequence[str]
) -> dict[str, KnowledgeRow]:
    """Return the row that fulfils a condition, by entity."""
    attribute: Conditions = {**holding, "slot": condition.slot}
    if condition.unit is not None:
        attribute = {**attribute, "unit": condition.unit}
    rows = _get(store, {**attribute, **_make_filter(condition)})
    if condition.operator == "!=":
        same = {row.id for row in rows}
        rows = [row for row in _get(store, attribute) if row.id not in same]
    found = {row.entity: row for row in rows}
    general = found.pop("", None)
    if general is not None:
        own = {row.entity for row in _get(store, {**holding, "slot": condition.slot})}
        rest = {row.entity for row in _get(store, {**holding, "slot": slots})} - own - {""}
        found |= dict.fromkeys(rest, general)
    return found


def _get(store: RecordStore, conditions: Conditions) -> Iterable[KnowledgeRow]:
    return store.get("knowledge", KnowledgeRow, conditions=conditions)


def _make_filter(condition: Condition) -> dict[str, str | Range]:
    """Return the payload filter of a condition; that of `!=` finds what is equal."""
    number = condition.number
    if number is None:
        return {"value": condition.value}
    match condition.operator:
        case ">=":
            return {"number": Range(gte=number)}
        case "<=":
            return {"number": Range(lte=number)}
        case ">":
            return {"number": Range(gte=math.nextafter(number, math.inf))}
        case "<":
            return {"number": Range(lte=math.nextafter(number, -math.inf))}
        case _:
            return {"number": Range(gte=number, lte=number)}
