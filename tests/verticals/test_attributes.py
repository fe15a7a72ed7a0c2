"""Tables are read without knowing the vertical: things, attributes, types."""

from __future__ import annotations

import pytest

from streamdial.records import Table
from streamdial.verticals.attributes import name_stock, read_attributes, read_unit

TENTS = Table(
    header=("Tent", "Weight (packed)", "Sleeps", "Poles", "Price", "Stock", "Notes"),
    rows=(
        ("Alder 2", "1,900 g", "2 people", "aluminium", "$240", "in stock", "green, grey"),
        ("Birch 3", "2,400 g", "3 people", "aluminium", "$310", "only a few left", "orange"),
        ("Cedar 4", "3,100 g", "4 people", "carbon", "$420", "sold out", "sand, with a porch"),
    ),
)
TOLD = ("The Alder 2 is our lightest.", "how much is the birch 3?", "is the cedar 4 back?")


def turn(table: Table) -> Table:
    """The same table with the things in its first row."""
    grid = list(zip(*(table.header, *table.rows), strict=True))
    return Table(header=grid[0], rows=tuple(grid[1:]))


@pytest.mark.parametrize("table", [TENTS, turn(TENTS)], ids=["things beside", "things above"])
def test_things_and_attributes_are_told_apart_whichever_way_the_table_lies(table: Table) -> None:
    found = read_attributes([table], TOLD, "en")
    assert found.things == ["Alder 2", "Birch 3", "Cedar 4"]
    assert found.entity == "Tent"
    assert {name: (a.type, a.unit) for name, a in found.attributes.items()} == {
        "weight": ("quantity", "g"),
        "sleeps": ("count", "people"),
        "poles": ("category", ""),
        "price": ("money", ""),
        "stock": ("category", ""),
        "notes": ("text", ""),
    }
    assert [name for name, attribute in found.attributes.items() if attribute.stock] == ["stock"]
    assert found.attributes["poles"].values == ("aluminium", "carbon")


def test_a_list_of_names_and_values_is_about_the_account() -> None:
    shop = Table(header=("The shop", "Details"), rows=(("Opening hours", "10 to 6"), ("Repairs", "$20 an hour")))
    found = read_attributes([TENTS, shop], TOLD, "en")
    assert {name for name, attribute in found.attributes.items() if attribute.shared} == {"opening hours", "repairs"}
    assert found.attributes["repairs"].type == "text"


def test_a_price_list_of_two_columns_names_things() -> None:
    prices = Table(header=("Tent", "Price"), rows=(("Alder 2", "$240"), ("Birch 3", "$310")))
    found = read_attributes([prices], (), "en")
    assert (found.things, found.entity) == (["Alder 2", "Birch 3"], "Tent")
    assert found.attributes["price"].type == "money"


def test_one_attribute_in_two_columns_beside_known_things_is_no_list() -> None:
    floor = Table(header=("Tent", "Groundsheet"), rows=(("Alder 2", "none"), ("Birch 3", "sewn in")))
    found = read_attributes([TENTS, floor], TOLD, "en")
    assert not found.attributes["groundsheet"].shared


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("已订满", "sold_out"),
        ("房量紧张", "few_left"),
        ("还有房", "available"),
        ("nearly gone", "few_left"),
        ("湖景", None),
    ],
)
def test_what_a_value_says_of_the_stock_is_known_without_a_pack(text: str, state: str | None) -> None:
    assert name_stock(text) == state


@pytest.mark.parametrize(
    ("text", "unit"), [("310 shots", "shots"), ("50毫升", "毫升"), ("5%", "%"), ("two", ""), ("2 keys, red", "")]
)
def test_the_unit_of_a_cell_is_what_stands_behind_its_only_number(text: str, unit: str) -> None:
    assert read_unit(text) == unit
