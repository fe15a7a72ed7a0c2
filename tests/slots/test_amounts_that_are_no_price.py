"""Amounts that are no price, and measures that are no attribute of a thing: in messages and in cells."""

from __future__ import annotations

import pytest

from benchmarks.real_quantities import AMOUNTS, judge_amount, measure_quantities, read_forms
from streamdial.domains import DomainPack, Slot, load_pack
from streamdial.records import Language
from streamdial.slots import SlotReader, measures_much

FORMS = read_forms(AMOUNTS)


@pytest.mark.parametrize(
    "form", FORMS, ids=[f"{form['domain']}-{form.get('cell', 'chat')}-{form['text']}" for form in FORMS]
)
def test_an_amount_is_given_to_the_slot_it_is_of_or_to_none(form: dict[str, object]) -> None:
    right, wrong, told = judge_amount(form)
    assert right, told
    assert not wrong, told


def test_the_table_of_amounts_has_all_kinds() -> None:
    assert len(FORMS) >= 100
    assert {form["language"] for form in FORMS} == {"en", "zh"}
    assert {form.get("refused") for form in FORMS} == {None, "other_unit", "ambiguous_number"}
    assert measure_quantities()["amount_forms_right"] == 1.0


@pytest.mark.parametrize(
    ("language", "text", "prices"),
    [
        ("zh", "200万像素", []),
        ("zh", "主播有30万粉丝", []),
        ("zh", "首付大概3万，落地28.98万", ["289800"]),
        ("zh", "预算20万，首付最多8万", ["200000"]),
        ("zh", "28万便宜2万", ["280000"]),
        ("zh", "用券28万", ["280000"]),
        ("zh", "价格含税28万", ["280000"]),
        ("zh", "贷款买20万的车", ["200000"]),
        ("en", "50k followers", []),
        ("en", "a down payment of $5,000 on $38,000", ["38000"]),
        ("en", "$3,000 off $38,000", ["38000"]),
        ("en", "$38,000 plus a $900 destination fee", ["38000"]),
        ("en", "out the door $38,900 including tax", ["38900"]),
        ("en", "I can put 5k down on a 40k car", ["40000"]),
        ("en", "trade in my old car and get something around 30k", ["30000"]),
    ],
)
def test_parts_of_a_price_and_counts_are_none(language: Language, text: str, prices: list[str]) -> None:
    reader = SlotReader(load_pack("automotive"), language)
    assert [mention.value for mention in reader.find_values(text) if mention.slot == "price"] == prices


@pytest.mark.parametrize(
    ("language", "text", "ranges"),
    [
        ("zh", "续航600公里够每天用", ["600"]),
        ("zh", "充一次电跑500公里", ["500"]),
        ("zh", "一个月开2000公里", []),
        ("zh", "二手车开了3万公里", []),
        ("en", "300 miles per charge", ["482.8"]),
        ("en", "range of 300 miles on a full charge every time", ["482.8"]),
        ("en", "needs 500 km of range for my 100 km daily commute", ["500"]),
        ("en", "200 km in winter", ["200"]),
        ("en", "I drive 300 miles on weekends", []),
    ],
)
def test_what_is_driven_is_no_range(language: Language, text: str, ranges: list[str]) -> None:
    reader = SlotReader(load_pack("automotive"), language)
    assert [mention.value for mention in reader.find_values(text) if mention.slot == "range"] == ranges


def add_slots(**slots: dict[str, object]) -> DomainPack:
    """The pack of cars with more slots."""
    cars = load_pack("automotive")
    return cars.model_copy(
        update={"slots": {**cars.slots, **{name: Slot.model_validate(slot) for name, slot in slots.items()}}}
    )


def test_a_pack_that_has_a_slot_for_such_an_amount_gets_it_there() -> None:
    pack = add_slots(
        deposit={"type": "money", "names": {"en": "deposit", "zh": "定金"}},
        consumption={"type": "quantity", "names": {"en": "consumption", "zh": "油耗"}, "units": {"L": ["L", "升"]}},
        warranty_distance={
            "type": "quantity",
            "names": {"en": "warranty distance", "zh": "质保里程"},
            "ask": {"zh": ["质保"]},
            "units": {"km": ["km", "公里"]},
        },
    )
    read = {
        text: [(mention.slot, mention.value) for mention in SlotReader(pack, language).find_values(text)]
        for language, text in (
            ("en", "the price is $38,000 with a $500 deposit"),
            ("zh", "定金5000元"),
            ("zh", "百公里油耗5.5升"),
            ("zh", "续航620公里，质保8年16万公里"),
        )
    }
    assert list(read.values()) == [
        [("price", "38000"), ("deposit", "500")],
        [("deposit", "5000")],
        [("consumption", "5.5")],
        [("range", "620"), ("warranty_distance", "160000")],
    ]


def test_what_is_left_out_is_told() -> None:
    reader = SlotReader(load_pack("automotive"), "zh")
    text = "首付3万，每天通勤60公里，充电5分钟续航200公里，预算20多万"
    assert reader.find_values(text) == []
    assert list(reader.list_unclear(text)) == [
        "ambiguous_number",
        "not_the_price",
        "other_use",
        "part_of_a_charge",
        "part_of_a_charge",
    ]


@pytest.mark.parametrize(
    ("written", "much"),
    [("km", True), ("200公里", True), ("4 people", True), ("weeks", True), ("kWh", False), ("7 seats", False)],
)
def test_everyday_units_are_known_by_their_end(written: str, much: bool) -> None:
    assert measures_much(written) is much
