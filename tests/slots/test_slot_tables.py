from __future__ import annotations

from collections import Counter
from importlib import resources

import pytest
import yaml

from streamdial.domains import load_pack
from streamdial.records import Table
from streamdial.slots import (
    EVERYTHING,
    Fact,
    learn_table_style,
    list_entities,
    match_header,
    parse_value,
    read_cell,
    read_table,
)

CARS = load_pack("automotive")
HOTELS = load_pack("hotel")


def test_a_table_with_one_thing_a_row() -> None:
    table = Table(
        header=("Model", "Price", "Range (WLTP)", "Seats", "Slogan"),
        rows=(("Aster", "$38,900", "480 km", "5", "go"), ("Calder", "n/a", "far", "7 seats", "")),
    )
    facts, dropped = read_table(CARS, table, "en")
    assert facts == [
        Fact("Aster", "price", "38900", 38900.0, "USD", "$38,900"),
        Fact("Aster", "range", "480", 480.0, "km", "480 km"),
        Fact("Aster", "seats", "5", 5.0, "seats", "5"),
        Fact("Calder", "seats", "7", 7.0, "seats", "7 seats"),
    ]
    assert dropped == {"unknown_attribute": 1, "empty_cell": 2, "value_not_in_schema": 1}


def test_a_table_with_one_thing_a_column() -> None:
    table = Table(
        header=("参数", "云帆", "远山"),
        rows=(("指导价", "28.8万元", "31.98万元"), ("续航里程", "620公里", "-"), ("驱动形式", "四驱", "后驱")),
    )
    facts, dropped = read_table(CARS, table, "zh")
    assert {(fact.entity, fact.slot): fact.value for fact in facts} == {
        ("云帆", "price"): "288000",
        ("云帆", "range"): "620",
        ("云帆", "drive"): "awd",
        ("远山", "price"): "319800",
        ("远山", "drive"): "rwd",
    }
    assert dropped == {"empty_cell": 1}
    assert list_entities(CARS, [table], "zh") == ("云帆", "远山")


def test_a_list_of_names_and_values_holds_for_everything() -> None:
    table = Table(
        header=("Item", "Details"), rows=(("Parking", "free parking"), ("Wi-Fi", "free Wi-Fi"), ("Mood", "good"))
    )
    facts, dropped = read_table(HOTELS, table, "en")
    assert facts == [
        Fact(EVERYTHING, "parking", "free", None, None, "free parking"),
        Fact(EVERYTHING, "wifi", "free", None, None, "free Wi-Fi"),
    ]
    assert dropped == {"unknown_attribute": 2}  # the header row is one of them
    assert list_entities(HOTELS, [table], "en") == ()


def test_the_heading_of_a_list_is_no_fact_even_where_it_names_a_slot() -> None:
    table = Table(header=("酒店信息", "说明"), rows=(("停车", "免费停车"),))
    facts, dropped = read_table(HOTELS, table, "zh")
    assert [(fact.slot, fact.value) for fact in facts] == [("parking", "free")]
    assert dropped == {"unknown_attribute": 1}


def test_a_table_nothing_is_known_of_is_counted_cell_by_cell() -> None:
    table = Table(header=("Name", "Goals", "Cards"), rows=(("Ann", "3", "1"), ("Bob", "2", "0")))
    assert read_table(CARS, table, "en") == ([], Counter(unknown_attribute=6))


def test_a_row_without_a_name_is_dropped_whole() -> None:
    table = Table(header=("Model", "Price", "Seats"), rows=(("", "$1,000", "5"),))
    assert read_table(CARS, table, "en") == ([], Counter(empty_cell=3))


def test_the_column_of_names_need_not_be_the_first() -> None:
    table = Table(
        header=("Price per night", "Room", "Breakfast"), rows=(("$120", "Garden Room", "breakfast included"),)
    )
    facts, _ = read_table(HOTELS, table, "en")
    assert [(fact.entity, fact.slot, fact.value) for fact in facts] == [
        ("Garden Room", "price", "120"),
        ("Garden Room", "breakfast", "included"),
    ]


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("Price", "price"),
        ("Price (USD):", "price"),
        ("fast charge (10-80%)", "charging_time"),
        ("价格：", "price"),
        ("官方指导价（万元）", "price"),
        ("electric range", "range"),
        ("Battery warranty", "warranty"),
        ("colourful", None),
        ("", None),
        ("（备注）", None),
    ],
)
def test_headers_are_matched_without_units_and_colons(text: str, slot: str | None) -> None:
    assert match_header(CARS, text) == slot


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        ("price", "38,900 (excl. tax)", ("38900", 38900.0, "USD")),
        ("price", "¥280,000", ("280000", 280000.0, "CNY")),
        ("range", "up to 480 km", ("480", 480.0, "km")),
        ("body_type", "Crossover", ("suv", None, None)),
        ("body_type", "rocket", None),
        ("seats", "many", None),
        ("warranty", "8 years", ("8 years", None, None)),
        ("warranty", "—", None),
        ("drive", "AWD", ("awd", None, None)),
        ("range", "300 miles", ("482.8", 482.8, "km")),
        ("charging_time", "6.5 hours", ("390", 390.0, "min")),
        ("charging_time", "half an hour", ("30", 30.0, "min")),
        ("charging_time", "1 h 30 min", ("90", 90.0, "min")),
        ("charging_time", "10-80% in 28 min", ("28", 28.0, "min")),
        ("price", "₹1,46,999", ("146999", 146999.0, "INR")),
        ("price", "€68.490,00", ("68490", 68490.0, "EUR")),
        ("price", "CHF 45'000", ("45000", 45000.0, "CHF")),
        ("price", "950W", ("9500000", 9500000.0, "USD")),
        ("price", "300 pounds", ("300", 300.0, "GBP")),
    ],
)
def test_cells_are_normalised_or_refused(slot: str, text: str, value: tuple[object, ...] | None) -> None:
    assert parse_value(CARS, CARS.slots[slot], text, "en") == value


@pytest.mark.parametrize(
    ("slot", "text", "reason"),
    [
        ("price", "12.98-16.98万", "range"),
        ("seats", "5 to 7", "range"),
        ("range", "1.234 km", "ambiguous_number"),
        ("price", "500 kr", "ambiguous_number"),
        ("battery", "75 hp", "other_unit"),
        ("trunk", "480 kg", "other_unit"),
        ("price", "8 years", "other_unit"),
        ("price", "-5", "negative"),
        ("seats", "many", "value_not_in_schema"),
        ("price", "call 555-123-4567", "value_not_in_schema"),
    ],
)
def test_a_cell_that_does_not_fit_says_why(slot: str, text: str, reason: str) -> None:
    assert read_cell(CARS, CARS.slots[slot], text, "en") == reason
    assert parse_value(CARS, CARS.slots[slot], text, "en") is None


def test_of_a_range_that_is_wished_for_the_end_that_bounds_the_wish_counts() -> None:
    def read(slot: str, text: str) -> object:
        return parse_value(CARS, CARS.slots[slot], text, "zh", wish=True)

    assert read("price", "12-16万") == ("160000", 160_000.0, "CNY")
    assert read("range", "500到600公里") == ("500", 500.0, "km")
    assert read("seats", "5-7座") == ("5", 5.0, "座")
    assert read("seats", "五六口人") == ("6", 6.0, "座") or read("seats", "五六口人") == ("6", 6.0, "seats")


def test_a_table_shows_what_its_dots_are_and_counts_what_is_no_fact() -> None:
    table = Table(
        header=("Model", "Price", "Range", "Trunk"),
        rows=(("Aster", "68.490,00 €", "1.234 km", "480 L"), ("Calder", "30.000–40.000 €", "610 km", "300 kg")),
    )
    facts, dropped = read_table(CARS, table, "en")
    assert facts == [
        Fact("Aster", "price", "68490", 68490.0, "EUR", "68.490,00 €"),
        Fact("Aster", "range", "1234", 1234.0, "km", "1.234 km"),
        Fact("Aster", "trunk", "480", 480.0, "L", "480 L"),
        Fact("Calder", "range", "610", 610.0, "km", "610 km"),
    ]
    assert dropped == {"range": 1, "other_unit": 1}
    alone = Table(header=("Model", "Range", "Seats"), rows=(("Aster", "1.234 km", "5"),))
    assert read_table(CARS, alone, "en")[1] == {"ambiguous_number": 1}
    style = learn_table_style([alone], "Ab 68.490,00 € ab Werk")
    assert [fact.value for fact in read_table(CARS, alone, "en", style)[0]] == ["1234", "5"]


def test_a_unit_in_a_header_holds_for_the_figures_below_it() -> None:
    table = Table(
        header=("车型", "指导价（万元）", "续航(km)"),
        rows=(("云帆", "12.98", "620"), ("远山", "16.98-19.98", "700公里")),
    )
    facts, dropped = read_table(CARS, table, "zh")
    assert [(fact.entity, fact.slot, fact.value) for fact in facts] == [
        ("云帆", "price", "129800"),
        ("云帆", "range", "620"),
        ("远山", "range", "700"),
    ]
    assert dropped == {"range": 1}


def test_a_thing_whose_only_price_is_a_range_is_still_sold() -> None:
    table = Table(header=("车型", "指导价", "颜色"), rows=(("云帆", "12.98-16.98万", ""),))
    assert list_entities(CARS, [table], "zh") == ("云帆",)


def test_the_longer_spelling_wins_so_that_no_breakfast_is_not_breakfast() -> None:
    slot = HOTELS.slots["breakfast"]
    assert parse_value(HOTELS, slot, "不含早餐", "zh") == ("not_included", None, None)
    assert parse_value(HOTELS, slot, "breakfast not included", "en") == ("not_included", None, None)


def test_an_attribute_that_no_slot_has_is_kept_under_its_own_name_where_one_is_known() -> None:
    table = Table(
        header=("Model", "Price", "Ground clearance (mm)", "Keys"),
        rows=(("Aster", "$20,000", "180 mm", "2 keys, one red"), ("Briar", "$25,000", "-", "")),
    )
    facts, dropped = read_table(CARS, table, "en", free=True)
    assert [(fact.entity, fact.slot, fact.value, fact.number, fact.unit) for fact in facts] == [
        ("Aster", "price", "20000", 20000.0, "USD"),
        ("Aster", "ground clearance", "180 mm", 180.0, "mm"),
        ("Aster", "keys", "2 keys, one red", None, None),
        ("Briar", "price", "25000", 25000.0, "USD"),
    ]
    assert dropped == {"empty_cell": 2}
    kept, dropped = read_table(CARS, table, "en")
    assert {fact.slot for fact in kept} == {"price"}
    assert dropped == {"unknown_attribute": 2, "empty_cell": 2}


def test_a_table_of_unknown_attributes_alone_gives_nothing() -> None:
    table = Table(header=("Name", "Office"), rows=(("A", "B"), ("C", "D"), ("E", "F")))
    facts, dropped = read_table(CARS, table, "en", free=True)
    assert facts == []
    assert dropped == {"unknown_attribute": 4}


@pytest.mark.parametrize(
    ("header", "slots"),
    [
        (("Modell", "Preis", "Reichweite (WLTP)", "Sitze", "Kofferraumvolumen"), ("price", "range", "seats", "trunk")),
        (("Modèle", "Prix", "Autonomie", "Nombre de places", "Coffre"), ("price", "range", "seats", "trunk")),
    ],
)
def test_german_and_french_headers_are_known(header: tuple[str, ...], slots: tuple[str, ...]) -> None:
    table = Table(header=header, rows=(("Aster", "$20000", "500 km", "5", "430 L"),))
    assert tuple(fact.slot for fact in read_table(CARS, table, "en")[0]) == slots


def test_every_foreign_header_belongs_to_a_slot_of_a_pack() -> None:
    folder = resources.files("streamdial.domains")
    headers = yaml.safe_load(folder.joinpath("_foreign_headers.yaml").read_text(encoding="utf-8"))
    packs = [load_pack(name) for name in ("automotive", "hotel", "restaurant")]
    assert set(headers) <= {name for pack in packs for name in pack.slots}
    for pack in packs:
        for name, slot in pack.slots.items():
            assert slot.foreign_headers == tuple(headers.get(name, ()))


@pytest.mark.parametrize(
    ("header", "cells", "slot"),
    [
        ("Akumulator", ("60 kWh", "84 kWh"), "battery"),
        ("", ("430 km", "505 km"), "range"),
        ("Przebieg", ("430 km", "505 km"), None),
        ("Akumulator", ("60 kWh", "84"), None),
        ("Akumulator", ("60 kWh", "-"), None),
    ],
)
def test_a_column_under_an_unknown_header_is_read_by_its_values(
    header: str, cells: tuple[str, str], slot: str | None
) -> None:
    table = Table(
        header=("Model", "Price", header), rows=(("Aster", "$20000", cells[0]), ("Briar", "$25000", cells[1]))
    )
    facts = [fact for fact in read_table(CARS, table, "en")[0] if fact.slot != "price"]
    assert {fact.slot for fact in facts} == ({slot} if slot else set())


def test_a_slot_that_another_column_has_is_not_read_by_values() -> None:
    table = Table(
        header=("Model", "Battery", "Akumulator"), rows=(("Aster", "60 kWh", "61 kWh"), ("Briar", "84 kWh", "85 kWh"))
    )
    assert [fact.value for fact in read_table(CARS, table, "en")[0]] == ["60", "84"]
