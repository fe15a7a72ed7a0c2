from __future__ import annotations

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.records import Page, Profile
from streamdial.signals import find_things

CARS, HOTELS = load_pack("automotive"), load_pack("hotel")
REPEATED = ["The range of the Larkspur is 500 km", "I like the Larkspur", "the Larkspur costs $40,000"]


def test_a_name_said_three_times_near_an_attribute_is_a_thing() -> None:
    (thing,) = find_things(CARS, "en", speech=REPEATED)
    assert thing == ("Larkspur", "repeated", 3)


@pytest.mark.parametrize(
    ("speech", "reason"),
    [
        (REPEATED[:2], "seen_too_seldom"),
        (["I like the Larkspur"] * 3, "no_attribute_near"),
        (["the Internet has a range of prices"] * 3, "not_a_name"),
        (["the WLTP range"] * 3, None),
    ],
)
def test_what_is_seldom_far_from_attributes_or_no_name_is_dropped(speech: list[str], reason: str | None) -> None:
    counts = Counts("things")
    assert find_things(CARS, "en", speech=speech, counts=counts) == []
    assert counts.dropped == ({reason: 1} if reason else {})


def test_a_title_a_heading_and_a_service_need_one_mention() -> None:
    page = Page(
        id="p",
        source_id="p",
        url="",
        title="All cars | Dealer",
        text="Tamarind: the quick one\nThe Tamarind has a range of 400 km.\nContact Us\nCall us.",
    )
    profile = Profile(id="a", source_id="a", name="Dealer", services=("Test drives of the Zephyr X9",))
    found = find_things(CARS, "en", title="Driving the new Volta S1 Pro", pages=[page], profile=profile)
    assert [(thing.name, thing.reason) for thing in found] == [
        ("Volta S1 Pro", "title"),
        ("Tamarind", "heading"),
        ("Zephyr X9", "service"),
    ]


def test_what_stands_before_a_chinese_name_is_cut_off() -> None:
    speech = ["今天给大家介绍云驰L，续航620公里", "云驰L的价格很好", "我们看云驰L"]
    assert [thing.name for thing in find_things(CARS, "zh", speech=speech)] == ["云驰L"]
    rooms = ["看看竹影大床房", "竹影大床房一晚420元", "推荐竹影大床房"]
    assert [thing.name for thing in find_things(HOTELS, "zh", chat=rooms)] == ["竹影大床房"]


def test_brackets_and_model_patterns_name_things() -> None:
    speech = [
        "ID.4续航500公里",
        "这个ID.4",
        "ID.4多少钱",
        "《晨光》的价格",
        "看《晨光》",
        "《晨光》不错",
        "4S店价格",
        "4S店",
        "4S店",
    ]
    assert {thing.name for thing in find_things(CARS, "zh", speech=speech)} == {"ID.4", "晨光"}


def test_the_account_itself_is_no_thing() -> None:
    profile = Profile(id="a", source_id="a", name="Harbour M7 Dealer")
    assert find_things(CARS, "en", title="Harbour M7 Dealer live", profile=profile) == []
