from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError
from streamdial.personas import Knowledge, mark_vanished, parse_query, settle_versions, word_row
from streamdial.records import Condition, KnowledgeRow, Language, Provenance
from streamdial.slots import parse_value

CARS, ROOMS = load_pack("automotive"), load_pack("hotel")
FACTS = {
    "Meridian": {"price": "$46,900", "seats": "7", "energy": "electric"},
    "Harvest": {"price": "$39,900", "seats": "7", "energy": "plug-in hybrid"},
    "Cascade": {"price": "$41,500", "seats": "5", "energy": "electric"},
    "": {"warranty": "8 years"},
}


def make_row(
    entity: str, slot: str, text: str, *, url: str | None = "models.html", day: str | None = None, said: bool = False
) -> KnowledgeRow:
    parsed = parse_value(CARS, CARS.slots[slot], text, "en")
    assert parsed is not None
    value, number, unit = parsed
    return KnowledgeRow(
        id=f"{entity}-{slot}-{value}",
        domain="automotive",
        language="en",
        provenance=Provenance(source_id="rec" if said else "page", url=None if said else url),
        entity=entity,
        slot=slot,
        value=value,
        number=number,
        unit=unit,
        text=text,
        observed_at=day,
        confidence=0.8 if said else 1.0,
    )


ROWS = [make_row(entity, slot, text) for entity, facts in FACTS.items() for slot, text in facts.items()]


def condition(slot: str, operator: str, value: str, number: float | None, unit: str | None = None) -> Condition:
    return Condition.model_validate(
        {"slot": slot, "operator": operator, "value": value, "number": number, "unit": unit}
    )


@pytest.mark.parametrize(
    ("text", "language", "conditions"),
    [
        ("seats >= 7 and price <= 300000", "en",
         [condition("seats", ">=", "7", 7), condition("price", "<=", "300000", 300000)]),
        ("座位数≥7且价格≤30万", "zh", [condition("seats", ">=", "7", 7), condition("price", "<=", "300000", 300000)]),
        ("价格不超过30万元，座位至少7座", "zh",
         [condition("price", "<=", "300000", 300000, "CNY"), condition("seats", ">=", "7", 7)]),
        ("price < $40k, power type = electric", "en",
         [condition("price", "<", "40000", 40000, "USD"), condition("energy", "=", "electric", None)]),
        ("energy != 纯电", "zh", [condition("energy", "!=", "electric", None)]),
        ("range at least 500 km", "en", [condition("range", ">=", "500", 500)]),
        ("Price under 40,000 AND Seats is 7", "en",
         [condition("price", "<", "40000", 40000), condition("seats", "=", "7", 7)]),
        ("price between $30k and $40k and seats >= 7", "en",
         [condition("price", ">=", "30000", 30000, "USD"), condition("price", "<=", "40000", 40000, "USD"),
          condition("seats", ">=", "7", 7)]),
        # The bound before takes the scale and the currency of the bound after.
        ("价格在10到20万元之间", "zh",
         [condition("price", ">=", "100000", 100000, "CNY"), condition("price", "<=", "200000", 200000, "CNY")]),
        ("价格9000-1万", "zh", [condition("price", ">=", "9000", 9000), condition("price", "<=", "10000", 10000)]),
        ("seats 5 to 7", "en", [condition("seats", ">=", "5", 5), condition("seats", "<=", "7", 7)]),
        ("price <= USD 30000", "en", [condition("price", "<=", "30000", 30000, "USD")]),
        ("price <= €30000", "en", [condition("price", "<=", "30000", 30000, "EUR")]),
        ("price <= 30.000 €", "en", [condition("price", "<=", "30000", 30000, "EUR")]),
        ("range >= 300 miles", "en", [condition("range", ">=", "482.8", 482.8)]),
    ],
)  # fmt: skip
def test_a_query_becomes_typed_conditions(text: str, language: Language, conditions: list[Condition]) -> None:
    assert list(parse_query(text, CARS, language)) == conditions


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("seats 7", "no operator"),
        ("wings >= 2", "names no attribute"),
        ("energy = steam", "no value of 'energy'"),
        ("range >= 300 kg", "no value of 'range'"),
        ("energy >= electric", "no order"),
        ("price <= -5", "'-5' is negative"),
        ("price <= $-5", "is negative"),
        ("price between -5 and 10", "is negative"),
        ("price <= 30.000", "'30.000' is no value of 'price'"),
        ("price <= 30000 km", "no value of 'price'"),
        ("price between 200 and 100", "ends at 100 before it begins at 200"),
        ("price between 100", 'a range such as "price between 100 and 200"'),
        ("price between 100 and seats >= 7", "'seats >= 7' is no value of 'price'"),
        ("energy between 1 and 2", "no operator"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_with_the_reason(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        parse_query(text, CARS, "en")


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("seats >= 7 and price <= 40000", ["Harvest"]),
        ("seats >= 7", ["Meridian", "Harvest"]),
        ("price > 39900 and price < 46900", ["Cascade"]),
        ("energy != electric", ["Harvest"]),
        ("price <= 50000 CNY", []),
        ("price <= 50000 €", []),
        # It holds for everything, so for each of them.
        ("warranty = 8 years and seats = 5", ["Cascade"]),
        # What K does not know does not hold.
        ("range >= 1", []),
    ],
)
def test_k_is_asked_by_conditions(text: str, entities: list[str]) -> None:
    found = Knowledge(ROWS, CARS).find(parse_query(text, CARS, "en"))
    assert [match.entity for match in found] == entities
    assert all(row.entity in (match.entity, "") for match in found for row in match.rows)


def test_a_conflict_between_sources_is_kept_and_an_older_state_of_a_page_is_none() -> None:
    page, said = make_row("Meridian", "price", "$46,900"), make_row("Meridian", "price", "$45,000", said=True)
    older = make_row("Harvest", "price", "$38,000", day="2026-01-01")
    newer = make_row("Harvest", "price", "$39,900", day="2026-02-01")
    (dispute,) = Knowledge(settle_versions([page, said, older, newer]), CARS).list_disputes()
    assert dispute.holds == page
    assert [row.value for row in dispute.others] == ["45000"]


def test_a_fact_its_page_no_longer_gives_does_not_hold_any_more() -> None:
    seats, price = make_row("Meridian", "seats", "7"), make_row("Meridian", "price", "$46,900")
    elsewhere = make_row("Cascade", "price", "$41,500", url="cascade.html")
    marked = settle_versions(mark_vanished([seats, price, elsewhere], [price], "2026-03-01"))
    assert {row.id: row.holds for row in marked} == {seats.id: False, price.id: True, elsewhere.id: True}
    assert Knowledge(marked, CARS).get("Meridian", "seats") is None
    # What another source says takes its place, and so does the page itself once it says it again.
    said = make_row("Meridian", "seats", "6", said=True)
    assert [row.value for row in settle_versions([*marked, said]) if row.holds and row.slot == "seats"] == ["6"]
    again = make_row("Meridian", "seats", "7", day="2026-04-01")
    assert [row.value for row in settle_versions([*marked, again]) if row.holds and row.slot == "seats"] == ["7"]


def test_a_page_that_gives_no_fact_at_all_takes_nothing_back() -> None:
    assert mark_vanished(ROWS, [], "2026-03-01") == ROWS


def test_a_row_is_found_by_what_it_is_about() -> None:
    assert word_row(ROWS[0], CARS) == "Meridian price: $46,900"
    assert word_row(ROWS[-1], CARS) == "warranty: 8 years"


def test_what_to_write_instead_is_told_once() -> None:
    with pytest.raises(ConfigurationError) as told:
        parse_query("seats >= 7 miles", CARS, "en")
    units = str(told.value).split("a number in ")[1].split(", ")
    assert len(units) == len(set(units))


def test_a_day_with_dashes_is_no_range() -> None:
    assert list(parse_query("check_in_date = 2026-03-01", ROOMS, "en")) == [
        condition("check_in_date", "=", "2026-03-01", None)
    ]
