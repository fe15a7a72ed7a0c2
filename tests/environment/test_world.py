"""What a world takes: days and hours as people write them, and why something cannot be booked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamdial.domains import load_pack
from streamdial.environment.hours import DAYS, USUAL_HOURS
from streamdial.environment.world import (
    Refusal,
    World,
    find_weekday,
    open_world,
    read_hour,
    read_hours,
    write_hour,
)
from streamdial.personas import Knowledge
from streamdial.records import KnowledgeRow, Language, Provenance
from tests.dialogues import material

RESTAURANT = load_pack("restaurant")


def build_restaurant(language: Language = "en", **facts: str) -> World:
    """A place with one set menu that is always there, and facts that hold for all of it."""
    name = {"en": "Harbour Set", "zh": "海港套餐"}[language]
    listed = [(name, "price", "88"), (name, "availability", "available"), *(("", *fact) for fact in facts.items())]
    rows = [
        KnowledgeRow(
            id=f"k-{slot}",
            entity=entity,
            slot=slot,
            value=value,
            number=float(value) if value.isdigit() else None,
            unit="USD" if value.isdigit() else None,
            text=value,
            domain="restaurant",
            language=language,
            provenance=Provenance(source_id="s", derived_from=()),
        )
        for entity, slot, value in listed
    ]
    return World(Knowledge(rows, RESTAURANT), language)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2 pm", 14),
        ("2pm", 14),
        ("2:30 pm", 14.5),
        ("14:30", 14.5),
        ("9 am", 9),
        ("12 pm", 12),
        ("at noon", 12),
        ("around 7:15 p.m.", 19.25),
        ("3 o'clock", 3),
        ("3 in the afternoon", 15),
        ("8 in the evening", 20),
        ("12 am", 0),
        ("下午两点半", 14.5),
        ("下午3点", 15),
        ("晚上7点", 19),
        ("上午十点", 10),
        ("中午12点", 12),
        ("十五点", 15),
        ("傍晚6:30", 18.5),
        ("after work", None),
        ("晚一点", None),
        ("30 pm", None),
        ("", None),
    ],
)
def test_an_hour_is_read_as_people_write_it(text: str, hour: float | None) -> None:
    assert read_hour(text) == hour


@given(st.integers(0, 47), st.sampled_from(["en", "zh"]))
def test_an_hour_that_was_written_is_read_back(halves: int, language: Language) -> None:
    if 7 <= halves / 2 <= 23.5:
        assert read_hour(write_hour(halves / 2, language)) == halves / 2


@pytest.mark.parametrize(
    ("texts", "hours", "closed"),
    [
        (["9:00-18:00"], (9, 18), set()),
        (["open 10 am to 8 pm, closed on Mondays"], (10, 20), {0}),
        (["We are open from 11:30 until 22:00."], (11.5, 22), set()),
        (["9 am - 5 pm", "not open on Sunday"], (9, 17), {6}),
        (["open 10 to 6"], (10, 18), set()),
        (["营业时间：10:00-21:30，周一店休"], (10, 21.5), {0}),
        (["上午9点到下午6点"], (9, 18), set()),
        (["11:00至22:00，星期天休息"], (11, 22), {6}),
        (["11:00-14:00, 17:00-22:00, closed on Mondays and Tuesdays"], (11, 22), {0, 1}),
        (["Mon-Fri 9:00-18:00"], (9, 18), {5, 6}),
        (["周一、周二休息，17:00-22:00"], (17, 22), {0, 1}),
        (["closed Tuesdays"], USUAL_HOURS, {1}),
        (["call us"], USUAL_HOURS, set()),
        ([], USUAL_HOURS, set()),
    ],
)
def test_opening_hours_are_read_with_the_days_without_any(
    texts: list[str], hours: tuple[float, float], closed: set[int]
) -> None:
    read = read_hours(texts)
    assert ((read.opens, read.closes), read.closed) == (hours, closed)
    assert read.known == (hours != USUAL_HOURS or bool(closed))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Monday", 0),
        ("this Friday", 4),
        ("on sat", 5),
        ("the weekend", 5),
        ("周三", 2),
        ("星期天", 6),
        ("礼拜日下午", 6),
        ("这周末", 5),
        ("Tues", 1),
        ("weds or thurs", 2),
        ("tomorrow", None),
        ("next month", None),
        ("after the wedding", None),
        ("明天", None),
        ("", None),
    ],
)
def test_a_weekday_is_found_in_words_for_a_day(text: str, day: int | None) -> None:
    assert find_weekday(text) == day


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_name_of_a_day_is_that_day(language: Language) -> None:
    assert [find_weekday(name) for name in DAYS[language]] == list(range(7))


@pytest.mark.parametrize(
    ("language", "hours", "closed", "late"),
    [("en", "10:00-15:00, closed on Monday", "Monday", "4 pm"), ("zh", "10:00-15:00，周一店休", "周一", "下午4点")],
)
def test_a_closed_day_and_an_hour_outside_are_refused(language: Language, hours: str, closed: str, late: str) -> None:
    world = build_restaurant(language, opening_hours=hours)
    (name,) = world.knowledge.entities
    day = world.list_days(name)[0]
    early = {"en": "11 am", "zh": "上午11点"}[language]
    assert world.find_refusal(name, day, early) is None
    assert world.find_refusal(name, closed, early) == Refusal("closed_day", closed)
    assert world.find_refusal(name, day, late) == Refusal("out_of_hours", day, 16.0)
    assert world.find_refusal(name, "", "") is None
    assert world.list_hours() == (10, 11, 12, 13, 14)


def test_a_break_between_two_services_is_no_hour_to_come() -> None:
    world = build_restaurant(opening_hours="11:00-14:00, 17:00-22:00")
    (name,) = world.knowledge.entities
    day = world.list_days(name)[0]
    refused = [
        hour for hour in ("noon", "3 pm", "7 pm", "10 pm", "3 o'clock", "7:30") if world.find_refusal(name, day, hour)
    ]
    assert refused == ["3 pm", "10 pm", "3 o'clock"]
    assert world.list_hours(day) == (11, 12, 13, 17, 18, 19, 20, 21)


def test_an_hour_that_may_be_of_the_afternoon_is_taken_for_it() -> None:
    world = World(material.build_knowledge(), "en")
    assert [bool(world.find_refusal("", "", hour)) for hour in ("3 o'clock", "4:30", "3 am", "8")] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_gone_cannot_be_booked_and_what_is_to_be_made_not_be_kept(language: Language) -> None:
    world = World(material.build_knowledge(language), language)
    gone, there, ordered = world.knowledge.entities
    assert [world.is_gone(name) for name in (gone, there, ordered)] == [True, False, False]
    assert [world.can_hold(name) for name in (gone, there, ordered)] == [False, True, False]
    assert world.list_days(gone) == ()
    assert world.find_next_day(gone, DAYS[language][0]) == ""
    refusal = world.find_refusal(gone, DAYS[language][0])
    assert refusal is not None and refusal.reason == "gone"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_full_day_is_refused_and_the_next_free_one_found(language: Language) -> None:
    for seed in range(8):
        world = World(material.build_knowledge(language), language, seed)
        name = world.knowledge.entities[1]
        for day in DAYS[language]:
            free = world.count_free(name, day)
            assert (world.find_refusal(name, day) is None) == (free != 0)
            following = world.find_next_day(name, day)
            assert following in world.list_days(name)
            # None of the days in between is free.
            start, end = DAYS[language].index(day), DAYS[language].index(following)
            between = [DAYS[language][(start + step) % 7] for step in range(1, (end - start - 1) % 7 + 1)]
            assert all(world.count_free(name, other) == 0 for other in between)


def test_a_day_no_calendar_has_is_neither_full_nor_free() -> None:
    world = World(material.build_knowledge(), "en")
    assert world.count_free("Calder", "next month") is None
    assert world.find_refusal("Calder", "next month") is None
    assert world.count_free("Zephyr", "Monday") is None


def test_what_can_be_had_comes_nearest_first_with_the_wishes_it_breaks() -> None:
    world = World(material.build_knowledge(), "en")
    assert world.rank({"seats": "7"}) == [("Model 7", ()), ("Calder", ("seats",))]
    assert world.rank({"seats": "7"}, without=["Model 7"]) == [("Calder", ("seats",))]


def test_an_account_that_sells_nothing_by_name_has_a_world_without_stock() -> None:
    world = World(Knowledge((), material.PACK), "en")
    assert (world.rank({}), world.count_free("", "Monday")) == ([], None)
    assert world.find_refusal("", "Monday", "10 am") is None
    assert world.find_refusal("", "Monday", "8 am") == Refusal("out_of_hours", "Monday", 8.0)


def test_one_knowledge_base_has_one_world() -> None:
    knowledge = material.build_knowledge()
    assert open_world(knowledge, "en") is open_world(knowledge, "en")
