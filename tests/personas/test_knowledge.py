from __future__ import annotations

from itertools import permutations

import pytest

from streamdial.counts import Counts
from streamdial.domains import DomainPack, load_pack
from streamdial.personas import Knowledge, extract_knowledge, settle_versions
from streamdial.records import AgentResponse, Constraint, KnowledgeRow, Page, Provenance, Table


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


def test_speech_fills_what_no_table_gives_and_is_kept_beside_one_it_contradicts(pack: DomainPack) -> None:
    counts = Counts("k")
    rows = extract_knowledge(
        [build_page(("Meridian", "$46,900", "540 km", "7"))],
        [
            say("it takes 28 minutes", {"charging_time": "28"}, "Meridian"),
            say("It costs $20,000.", {"price": "20000"}, "Meridian"),
        ],
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
    assert counts.dropped == {"replaced": 1}
    assert [(row.value, row.replaced_by) for row in rows if row.slot == "price"] == [
        ("46900", None),
        ("20000", price.id),
    ]


@pytest.mark.parametrize(
    ("page_date", "told_on", "holds"),
    [
        ("2026-03-01", "2026-05-01", "20000"),
        ("2026-05-01", "2026-03-01", "46900"),
        ("2026-05-01", None, "46900"),
        (None, "2026-05-01", "46900"),
        ("2026-05-01T10:00", "2026-05-01", "46900"),
    ],
)
def test_the_newer_fact_holds_where_both_are_dated_else_the_page(
    pack: DomainPack, page_date: str | None, told_on: str | None, holds: str
) -> None:
    page = build_page(("Meridian", "$46,900", "540 km", "7")).model_copy(update={"published": page_date})
    spoken = [say("It costs $20,000.", {"price": "20000"}, "Meridian")]
    rows = extract_knowledge([page], spoken, pack, "en", Counts("k"), told_on=told_on)
    price = Knowledge(rows, pack).get("Meridian", "price")
    assert price is not None
    assert price.value == holds
    assert {row.value for row in rows if row.slot == "price"} == {"46900", "20000"}


def test_pages_without_a_date_get_the_date_they_were_read_on(pack: DomainPack) -> None:
    page = build_page(("Meridian", "$46,900", "540 km", "7"))
    (row, *_) = extract_knowledge([page], [], pack, "en", Counts("k"), read_on="2026-06-01")
    assert row.observed_at == "2026-06-01"


def test_a_page_read_again_replaces_what_it_said_before_and_settling_twice_changes_nothing(pack: DomainPack) -> None:
    old = extract_knowledge([build_page(("Meridian", "$46,900", "540 km", "7"))], [], pack, "en", Counts("k"))
    new_page = build_page(("Meridian", "$45,500", "540 km", "7")).model_copy(update={"id": "page2"})
    new = extract_knowledge([new_page], [], pack, "en", Counts("k"), read_on="2026-06-01")
    settled = settle_versions([*old, *new])
    assert {(row.slot, row.value, row.id in {one.id for one in new}) for row in settled if not row.replaced_by} == {
        ("price", "45500", True),
        ("range", "540", True),
        ("seats", "7", True),
    }
    assert {row.value for row in settled if row.replaced_by} == {"46900", "540", "7"}
    assert settle_versions(settled) == settled


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_holds_does_not_depend_on_the_order_of_the_rows(pack: DomainPack, order: tuple[int, ...]) -> None:
    def build(name: str, value: str, observed_at: str | None, confidence: float) -> KnowledgeRow:
        return KnowledgeRow(
            id=name,
            domain="automotive",
            language="en",
            provenance=Provenance(source_id=name),
            entity="Meridian",
            slot="price",
            value=value,
            text=value,
            observed_at=observed_at,
            confidence=confidence,
        )

    rows = [
        build("old page", "1", "2024-01-01", 1.0),
        build("undated page", "2", None, 1.0),
        build("speech", "3", "2025-01-01", 0.8),
        build("older speech", "4", "2023-01-01", 0.8),
    ]
    settled = settle_versions([rows[place] for place in order])
    assert {row.id: row.replaced_by for row in settled} == {
        "old page": "speech",
        "undated page": "speech",
        "speech": None,
        "older speech": "speech",
    }


def test_speech_about_two_things_is_no_fact(pack: DomainPack) -> None:
    assert not extract_knowledge(
        [], [say("Both have a range of 500 km.", {"range": "500"}, "A", "B")], pack, "en", Counts("k")
    )


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


def test_a_wish_in_another_currency_is_not_compared(pack: DomainPack) -> None:
    page = build_page(("Meridian", "46.900 €", "540 km", "7"), ("Horizon", "36.800 €", "620 km", "5"))
    knowledge = Knowledge(extract_knowledge([page], [], pack, "en", Counts("k")), pack)
    row = knowledge.get("Meridian", "price")
    assert row is not None
    assert (row.number, row.unit, knowledge.describe(row, "en")) == (46900.0, "EUR", "€46,900")
    assert knowledge.satisfies("Meridian", "price", "40000", "EUR") is False
    assert knowledge.satisfies("Meridian", "price", "40000", "USD") is None
    assert knowledge.satisfies("Meridian", "price", "40000") is False  # what names no currency is in the rows' own
    dollars, euros = (Constraint(slot="price", value="40000", unit=unit, evidence=("q",)) for unit in ("USD", "EUR"))
    assert (knowledge.compares(dollars), knowledge.compares(euros)) == (False, True)


def test_what_is_said_in_another_currency_keeps_it(pack: DomainPack) -> None:
    said = say("the Meridian is £39,000 here", {"price": "39000"}, "Meridian")
    (row,) = extract_knowledge([], [said], pack, "en", Counts("k"), things=["Meridian"])
    assert (row.number, row.unit) == (39000.0, "GBP")


def test_the_text_of_a_page_shows_what_the_dots_in_its_table_are(pack: DomainPack) -> None:
    counts = Counts("k")
    page = build_page(("Meridian", "46.900 €", "1.234 km", "7"))
    assert [row.value for row in extract_knowledge([page], [], pack, "en", counts)] == ["46900", "7"]
    assert counts.dropped["ambiguous_number"] == 1
    shown = page.model_copy(update={"text": "Finanzierung ab 1.299,50 € im Monat"})
    rows = extract_knowledge([shown], [], pack, "en", Counts("k"))
    assert [row.value for row in rows] == ["46900", "1234", "7"]


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
