from __future__ import annotations

import pytest

from streamdial.counts import Counts
from streamdial.domains import DomainPack, load_pack
from streamdial.personas import Knowledge, extract_knowledge
from streamdial.records import AgentResponse, KnowledgeRow, Page, Provenance, Table


@pytest.fixture
def pack() -> DomainPack:
    return load_pack("automotive")


def build_page(*rows: tuple[str, ...], header: tuple[str, ...] = ("Model", "Price", "Range", "Seats")) -> Page:
    table = Table(header=header, rows=rows)
    return Page(id="page", source_id="page", url="u", title="t", text="t", tables=(table,))


def say(text: str, tells: dict[str, str], *entities: str) -> AgentResponse:
    return AgentResponse(
        id=text,
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="rec", start=1.0, end=2.0),
        text=text,
        raw_text=text,
        start=1.0,
        end=2.0,
        tells=tells,
        entities=entities,
    )


@pytest.fixture
def knowledge(pack: DomainPack) -> Knowledge:
    page = build_page(("Meridian", "$46,900", "540 km", "7"), ("Horizon", "$36,800", "620 km", "5"))
    return Knowledge(extract_knowledge([page], [], pack, "en", Counts("k")), pack)


def test_cells_become_typed_rows_with_units(knowledge: Knowledge) -> None:
    row = knowledge.get("Meridian", "price")
    assert row is not None
    assert (row.value, row.number, row.unit, row.text) == ("46900", 46900.0, "USD", "$46,900")
    assert row.provenance.derived_from == ("page",)


def test_speech_fills_what_no_table_gives_and_never_overrules_one(pack: DomainPack) -> None:
    counts = Counts("k")
    rows = extract_knowledge(
        [build_page(("Meridian", "$46,900", "540 km", "7"))],
        [say("it takes 28 minutes", {"charging_time": "28"}, "Meridian"), say("20", {"price": "20000"}, "Meridian")],
        pack,
        "en",
        counts,
    )
    knowledge = Knowledge(rows, pack)
    charging, price = knowledge.get("Meridian", "charging_time"), knowledge.get("Meridian", "price")
    assert charging is not None
    assert price is not None
    assert charging.provenance.start == 1.0
    assert charging.confidence < 1
    assert price.value == "46900"
    assert counts.dropped == {"other_value_known": 1}


def test_speech_about_two_things_is_no_fact(pack: DomainPack) -> None:
    assert not extract_knowledge([], [say("x", {"range": "5"}, "A", "B")], pack, "en", Counts("k"))


def test_a_row_for_everything_answers_for_each_thing(pack: DomainPack) -> None:
    page = build_page(("Warranty", "8 years"), ("Trade-in", "$1,000"), header=("", ""))
    knowledge = Knowledge(extract_knowledge([page], [], pack, "en", Counts("k")), pack)
    row = knowledge.get("Meridian", "warranty")
    assert row is not None
    assert row.value == "8 years"


@pytest.mark.parametrize(
    ("slot", "value", "met"),
    [
        ("price", "46900", True),
        ("price", "46000", False),
        ("seats", "6", True),
        ("seats", "8", False),
        ("trunk", "1", None),
    ],
)
def test_wishes_are_bounds_of_their_kind(knowledge: Knowledge, slot: str, value: str, met: bool | None) -> None:
    assert knowledge.satisfies("Meridian", slot, value) is met


def test_the_dearest_that_still_fits_is_ranked_first(knowledge: Knowledge) -> None:
    assert [name for name, broken, _ in knowledge.rank({"price": "50000"}) if not broken] == ["Meridian", "Horizon"]


def test_where_nothing_fits_the_nearest_comes_first_with_what_it_breaks(knowledge: Knowledge) -> None:
    (first, broken, miss), *_ = knowledge.rank({"price": "40000", "seats": "7"})
    # Both break one wish: 46,900 misses 40,000 by 17.25 %, 5 seats miss 7 by 28.6 %.
    assert (first, broken) == ("Meridian", ("price",))
    assert miss == pytest.approx(0.1725)


def test_the_same_pages_give_the_same_ids(pack: DomainPack) -> None:
    page = build_page(("Meridian", "$46,900", "540 km", "7"))
    first, second = (extract_knowledge([page], [], pack, "en", Counts("k")) for _ in range(2))
    assert [row.id for row in first] == [row.id for row in second]
    assert all(isinstance(row, KnowledgeRow) for row in first)
