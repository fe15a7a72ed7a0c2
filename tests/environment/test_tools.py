from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamdial.environment import DomainDatabase, Toolbox, ToolCall, ToolResult
from streamdial.environment.tools import ResultField, Tool, dump_result
from streamdial.errors import ConfigurationError
from tests.tooluse.tool_material import Account


class Desk:
    """A toolbox with a copy of the database to call it on."""

    def __init__(self, account: Account) -> None:
        self.toolbox = account.toolbox
        self.copy: DomainDatabase = account.database.copy()
        stock = {(entity, day): units for entity, day, units in account.contents.stock}
        self.free = [(entity, day) for (entity, day), units in stock.items() if units]
        self.full = [(entity, day) for (entity, day), units in stock.items() if not units]
        self.single = [(entity, day) for (entity, day), units in stock.items() if units == 1]

    def call(self, name: str, **arguments: object) -> ToolResult:
        return self.toolbox.execute(ToolCall(id="c", name=name, arguments=arguments), self.copy)  # type: ignore[arg-type]

    def fail(self, name: str, **arguments: object) -> str:
        failure = self.call(name, **arguments).failure
        assert failure is not None
        return failure.kind

    def book(self, room: str, day: str, **more: object) -> ToolResult:
        return self.call("make_booking", room=room, check_in_date=day, nights=2, arrival_time="3 pm", **more)


@pytest.fixture
def desk() -> Iterator[Desk]:
    yield Desk(Account())


def test_every_tool_is_a_json_schema_function() -> None:
    for name in ("hotel_en", "hotel_zh", "cars_en"):
        for described in Account(name).toolbox.describe():
            function = described["function"]
            assert isinstance(function, dict) and described["type"] == "function"
            jsonschema.Draft202012Validator.check_schema(function["parameters"])
            assert function["description"]


def test_a_search_keeps_to_its_filters_and_puts_the_cheapest_first(desk: Desk) -> None:
    found = desk.call("search_rooms", breakfast="included", price_max=300)
    assert [row["room"] for row in found.rows] == ["Garden Twin", "Lake King", "Lake Family"]
    assert [row["room"] for row in desk.call("search_rooms", guests_min=3, pets="allowed", limit=1).rows] == [
        "Garden Twin"
    ]
    assert desk.call("search_rooms", view="sea").rows == ()


def test_a_search_by_the_day_leaves_out_what_is_full(desk: Desk) -> None:
    room, day = desk.full[0]
    assert room not in {row["room"] for row in desk.call("search_rooms", check_in_date=day, limit=50).rows}


def test_details_and_comparison_return_whole_rows(desk: Desk) -> None:
    (details,) = desk.call("get_room", room="Lake King").rows
    assert (details["cancellation"], details["room_area"]) == ("day prior", 30.0)
    both = desk.call("compare_rooms", first="Lake King", second="City Twin").rows
    assert [row["room"] for row in both] == ["Lake King", "City Twin"]
    assert desk.fail("compare_rooms", first="Lake King", second="Moon Base") == "unknown_entity"


def test_a_booking_takes_one_unit_and_is_given_back_when_it_is_cancelled(desk: Desk) -> None:
    room, day = desk.single[0]
    (booked,) = desk.book(room, day).rows
    assert (booked["booking_id"], booked["nights"], booked["status"]) == ("B1001", 2, "booked")
    assert desk.call("check_availability", room=room, check_in_date=day).rows[0]["free"] == 0
    refused = desk.book(room, day).failure
    assert refused is not None and refused.kind == "sold_out" and not refused.transient
    assert desk.call("cancel_booking", booking_id="B1001").rows[0]["status"] == "cancelled"
    assert desk.fail("cancel_booking", booking_id="B1001") == "unknown_booking"
    assert desk.book(room, day).rows[0]["booking_id"] == "B1002"


def test_a_hold_keeps_the_last_unit_for_whoever_has_its_number(desk: Desk) -> None:
    room, day = desk.single[0]
    assert desk.call("hold_room", room=room, check_in_date=day).rows[0]["hold_id"] == "H1001"
    refused = desk.book(room, day).failure
    assert refused is not None and refused.kind == "sold_out"
    wrong = desk.book(room, day, hold_id="H1002").failure
    assert wrong is not None and wrong.kind == "unknown_hold"
    assert desk.book(room, day, hold_id="H1001").rows[0]["booking_id"] == "B1001"
    again = desk.book(room, day, hold_id="H1001").failure
    assert again is not None and again.kind == "unknown_hold"


def test_a_change_leaves_the_rest_as_it_is_and_needs_a_free_day(desk: Desk) -> None:
    room, day, other = next((r, d, full) for r, d in desk.free for name, full in desk.full if name == r)
    desk.book(room, day)
    assert desk.call("change_booking", booking_id="B1001", nights=4).rows[0]["check_in_date"] == day
    assert desk.fail("change_booking", booking_id="B1001", check_in_date=other) == "sold_out"
    assert [row["nights"] for row in desk.call("list_bookings").rows] == [4]


def test_the_waitlist_is_for_days_that_are_full(desk: Desk) -> None:
    room, day = desk.full[0]
    assert desk.call("join_waitlist", room=room, check_in_date=day).rows[0]["waitlist_id"] == "W1001"
    room, day = desk.free[0]
    assert desk.fail("join_waitlist", room=room, check_in_date=day) == "still_available"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search_rooms", {"price_max": "cheap"}),
        ("search_rooms", {"stars": 4}),
        ("search_rooms", {"view": "moon"}),
        ("get_room", {}),
        ("check_availability", {"room": "Lake King", "check_in_date": "Someday"}),
        ("make_booking", {"room": "Lake King", "check_in_date": "Monday", "nights": 1.5, "arrival_time": "3 pm"}),
    ],
)
def test_arguments_that_do_not_fit_the_schema_are_refused(desk: Desk, name: str, arguments: dict[str, object]) -> None:
    assert desk.fail(name, **arguments) == "invalid_arguments"


def test_a_function_there_is_not_is_a_failure_an_agent_can_read(desk: Desk) -> None:
    assert dump_result(desk.call("fly")) == '{"error":"unknown_tool","message":"there is no function \'fly\'"}'


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40) | st.sampled_from(["' OR '1'='1", "x'; DROP TABLE entities; --", "Lake King' --", "%"]))
def test_no_text_in_an_argument_becomes_part_of_a_statement(text: str) -> None:
    desk = Desk(SHARED)
    before = desk.copy.hash_contents()
    for name, arguments in (
        ("get_room", {"room": text}),
        ("compare_rooms", {"first": text, "second": "Lake King"}),
        ("hold_room", {"room": text, "check_in_date": "Monday"}),
        ("cancel_booking", {"booking_id": text}),
    ):
        assert desk.fail(name, **arguments) in ("unknown_entity", "unknown_booking", "failed")
    assert desk.copy.hash_contents() == before
    desk.copy.close()


SHARED = Account()


def test_an_arrival_time_is_kept_as_it_was_written(desk: Desk) -> None:
    room, day = desk.free[0]
    text = "3 pm'); DELETE FROM bookings; --"
    booked = desk.call("make_booking", room=room, check_in_date=day, nights=1, arrival_time=text)
    assert booked.rows[0]["arrival_time"] == text
    assert len(desk.call("list_bookings").rows) == 1


def test_values_sqlite_cannot_hold_are_failures_and_no_crash(desk: Desk) -> None:
    assert desk.fail("get_room", room="\ud800") == "failed"
    assert desk.fail("search_rooms", limit=2**70) == "failed"


def test_a_result_that_is_not_as_declared_is_a_failure(desk: Desk) -> None:
    wrong = Tool(
        name="count_rooms",
        description="",
        returns=(ResultField(name="rooms", type="text"),),
        sql="SELECT COUNT(*) AS rooms FROM entities",
    )
    result = Toolbox((wrong,)).execute(ToolCall(id="c", name="count_rooms"), desk.copy)
    assert result.failure is not None and result.failure.kind == "untyped"


def test_two_tools_of_one_name_are_refused(desk: Desk) -> None:
    with pytest.raises(ConfigurationError, match="two tools have one name"):
        Toolbox((*desk.toolbox.tools, desk.toolbox.tools[0]))
    with pytest.raises(ConfigurationError, match="no tool serves the purpose 'other'"):
        desk.toolbox.find("other")


def test_sqlite_is_new_enough_for_strict_tables_and_returning() -> None:
    assert sqlite3.sqlite_version_info >= (3, 37)
