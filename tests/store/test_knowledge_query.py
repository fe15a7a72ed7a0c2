from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.ids import make_id
from streamdial.personas import Knowledge, parse_query, word_row
from streamdial.records import KnowledgeRow
from streamdial.store import RecordStore, VectorStore, find_entities
from streamdial.testing import HashingEmbedder
from tests.personas.test_queries import CARS, ROWS, make_row

EMBEDDER = HashingEmbedder(64)
HERE = {"account_id": "dealer"}
OLD = make_row("Cascade", "price", "$29,900").model_copy(update={"replaced_by": "x"})
GONE = make_row("Cascade", "seats", "9").model_copy(update={"gone_since": "2026-03-01"})
ROOF = make_row("Trailer", "seats", "2").model_copy(
    update={"slot": "车顶", "value": "木", "number": None, "unit": None}
)
"""All that is known of the trailer stands under a header the pack has no slot for."""


def fill(store: VectorStore) -> tuple[RecordStore, list[KnowledgeRow]]:
    rows = [row.model_copy(update={"id": make_id("row", row.id)}) for row in (*ROWS, OLD, GONE, ROOF)]
    records = RecordStore(store, EMBEDDER.dimensions)
    vectors = EMBEDDER.embed([word_row(row, CARS) for row in rows])
    records.put("knowledge", rows, {"text": vectors}, lambda _: HERE)
    return records, rows


@pytest.mark.parametrize(
    "query",
    [
        "seats >= 7 and price <= 40000",
        "seats >= 7",
        "price > 39900 and price < 46900",
        "price < 41500",
        "energy != electric",
        "price != 41500",
        "price <= 50000 CNY",
        "warranty = 8 years and seats = 5",
        "range >= 1",
        "warranty = 8 years",
        "price between 39900 and 41500",
    ],
)
def test_the_store_finds_what_k_in_memory_finds(store: VectorStore, query: str) -> None:
    records, rows = fill(store)
    conditions = parse_query(query, load_pack("automotive"), "en")
    expected = {match.entity: match.rows for match in Knowledge(rows, CARS).find(conditions)}
    found = find_entities(records, conditions, where=HERE, slots=CARS.slots)
    assert {hit.entity: hit.rows for hit in found} == expected
    assert find_entities(records, conditions, where={"account_id": "somebody else"}, slots=CARS.slots) == []


def test_meaning_ranks_what_the_conditions_leave(store: VectorStore) -> None:
    records, _ = fill(store)
    conditions = parse_query("seats >= 7", CARS, "en")
    vector = EMBEDDER.embed(["Harvest price"])[0]
    found = find_entities(records, conditions, where=HERE, slots=CARS.slots, vector=vector)
    assert [hit.entity for hit in found] == ["Harvest", "Meridian"]
    assert [row.slot for row in found[0].rows] == ["seats", "price"]
    assert found[0].score is not None
    assert found[0].score > (found[1].score or 0.0)
    # Without conditions the nearest rows decide, and what holds for everything is found under no name.
    words = EMBEDDER.embed(["warranty 8 years"])[0]
    (nearest,) = find_entities(records, where=HERE, slots=CARS.slots, vector=words, limit=1)
    assert (nearest.entity, nearest.rows[0].slot) == ("", "warranty")
    assert find_entities(records, where=HERE, slots=CARS.slots) == []
