from __future__ import annotations

import json
from typing import Any

import pytest

from streamdial.counts import Counts
from streamdial.environment import ProposedTool, Tool, Toolbox, ToolCall, check_tool, propose_tools
from streamdial.errors import ModelError
from streamdial.testing import ScriptedChatModel
from tests.tooluse.tool_material import Account

ACCOUNT = Account()
FREE = next((entity, day) for entity, day, units in ACCOUNT.contents.stock if units)
READING: dict[str, Any] = {
    "name": "rooms_with_view",
    "description": "Rooms with a view, within a budget.",
    "writes": False,
    "parameters": [
        {"name": "view", "type": "text", "description": "the view"},
        {"name": "most", "type": "real", "description": "price", "required": False},
    ],
    "sql": "SELECT room, price FROM entities WHERE view = :view AND (:most IS NULL OR price <= :most)",
    "returns": [{"name": "room", "type": "text"}, {"name": "price", "type": "real"}],
    "example": {"view": "lake"},
}
WRITING: dict[str, Any] = {
    "name": "quick_hold",
    "description": "Hold a room.",
    "writes": True,
    "parameters": [
        {"name": "room", "type": "text", "description": "room"},
        {"name": "day", "type": "text", "description": "day"},
    ],
    "sql": "INSERT INTO holds SELECT 'Q' || (SELECT COUNT(*) FROM holds), room, day, 'held' FROM availability "
    "WHERE room = :room AND day = :day AND free > 0 RETURNING hold_id",
    "returns": [{"name": "hold_id", "type": "text"}],
    "example": {"room": FREE[0], "day": FREE[1]},
}


def check(base: dict[str, Any], **changes: Any) -> Tool | str:
    return check_tool(ProposedTool.model_validate({**base, **changes}), ACCOUNT.database, taken={"search_rooms"})


def test_a_good_reading_tool_is_kept_and_works() -> None:
    tool = check(READING)
    assert isinstance(tool, Tool) and tool.origin == "model" and not tool.writes
    result = Toolbox((tool,)).execute(ToolCall(id="c", name=tool.name, arguments={"view": "lake"}), ACCOUNT.database)
    assert {row["room"] for row in result.rows} == {"Lake King", "Lake Family"}


def test_a_good_writing_tool_is_kept_and_the_database_is_as_before() -> None:
    before = ACCOUNT.database.hash_contents()
    assert isinstance(check(WRITING), Tool)
    assert ACCOUNT.database.hash_contents() == before


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "Rooms!"}, "bad_name"),
        ({"name": "search_rooms"}, "duplicate_name"),
        ({"name": "reply"}, "duplicate_name"),
        ({"example": {"most": 3}}, "bad_example"),
        ({"example": {"view": "lake", "stars": 4}}, "bad_example"),
        ({"sql": "DELETE FROM entities WHERE view = :view AND price <= :most RETURNING room, price"}, "not_read_only"),
        ({"sql": "UPDATE bookings SET status = :view WHERE nights = :most RETURNING room"}, "not_read_only"),
        ({"sql": "SELECT room, price FROM entities WHERE view = :view; DROP TABLE stock"}, "many_statements"),
        ({"sql": "SELECT room, stars FROM entities WHERE view = :view AND price <= :most"}, "unknown_column"),
        ({"sql": "SELECT room, price FROM rooms WHERE view = :view"}, "unknown_table"),
        ({"sql": "SELECT room price FROM WHERE"}, "syntax"),
        ({"sql": "SELECT room, price FROM entities WHERE view = '{view}' AND price <= :most"}, "unbound_parameter"),
        ({"sql": "SELECT room, price FROM entities WHERE view = ':view' AND price <= :most"}, "unbound_parameter"),
        ({"sql": "SELECT room, price FROM entities WHERE view = :view AND price <= :budget"}, "undeclared_parameter"),
        ({"sql": "SELECT room, price FROM entities WHERE view = ? AND price <= ?"}, "binding"),
        ({"example": {"view": "moon"}}, "empty_example"),
        (
            {"sql": "SELECT printf('%.*c', 50000000, 'x') AS room, NULL AS price FROM entities WHERE view = :view "
             "AND (:most IS NULL OR price <= :most)"},
            "empty_example",
        ),
        (
            {"sql": "SELECT replace(printf('%.*c', 60000, 'x'), 'x', 'yy') AS room, price FROM entities "
             "WHERE view = :view AND (:most IS NULL OR price <= :most)"},
            "too_costly",
        ),
        ({"returns": [{"name": "room", "type": "text"}, {"name": "price", "type": "text"}]}, "untyped"),
        ({"returns": [{"name": "room", "type": "text"}]}, "untyped"),
        (
            {"sql": "SELECT a.room, MAX(b.price) AS price FROM entities a, stock b, stock c, stock d, stock e, stock f "
             "WHERE a.view = :view AND a.price > :most"},
            "unknown_column",
        ),
        (
            {"sql": "SELECT a.room, SUM(a.price) AS price FROM entities a, stock b, stock c, stock d, stock e, stock f "
             "WHERE a.view = :view OR a.price > :most"},
            "too_costly",
        ),
    ],
)  # fmt: skip
def test_a_bad_reading_tool_is_dropped_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    assert check(READING, **changes) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sql": "UPDATE entities SET price = 0 WHERE room IN (:room, :day) RETURNING room AS hold_id"}, "forbidden"),
        ({"sql": "DELETE FROM holds WHERE room = :room OR room = :day RETURNING hold_id"}, "forbidden"),
        ({"sql": "SELECT room AS hold_id FROM stock WHERE room = :room AND day = :day"}, "writes_nothing"),
        (
            {"sql": "INSERT INTO holds SELECT 'Q' || (SELECT COUNT(*) FROM holds), :room, :day, 'held' "
             "RETURNING hold_id"},
            "overbooks",
        ),
        (
            {"sql": "INSERT OR REPLACE INTO waitlist SELECT 'W1001', room, day FROM availability "
             "WHERE room = :room AND day = :day RETURNING waitlist_id AS hold_id"},
            "harms_others",
        ),
        (
            {"sql": "INSERT INTO waitlist SELECT 'W1001', room, day FROM availability "
             "WHERE room = :room AND day = :day RETURNING waitlist_id AS hold_id"},
            "constraint",
        ),
        (
            {"sql": "INSERT INTO bookings (booking_id, room, check_in_date, status) SELECT 'X' || COUNT(*), :room, "
             "'Doomsday', 'booked' FROM bookings WHERE :day <> '' RETURNING booking_id AS hold_id"},
            "unknown_day",
        ),
        (
            {"sql": "INSERT INTO waitlist SELECT 'X' || COUNT(*), :room, :day FROM waitlist "
             "RETURNING waitlist_id AS hold_id"},
            "hostile_value",
        ),
    ],
)  # fmt: skip
def test_a_bad_writing_tool_is_dropped_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    assert check(WRITING, **changes) == reason


async def test_a_models_proposals_are_checked_and_counted() -> None:
    answer = json.dumps({"tools": [READING, {**READING, "name": "wipe", "sql": "DELETE FROM stock"}, WRITING, READING]})
    model, counts = ScriptedChatModel([answer]), Counts("tools")
    tools = await propose_tools(model, ACCOUNT.database, ACCOUNT.pack, counts, taken=("search_rooms",), count=4)
    assert [tool.name for tool in tools] == ["rooms_with_view", "quick_hold"]
    assert (counts.asked, counts.made, counts.kept) == (4, 4, 2)
    assert counts.dropped == {"not_read_only": 1, "duplicate_name": 1}
    prompt = model.requests[0].messages[0].content
    assert "CREATE TABLE entities" in prompt and "search_rooms" in prompt
    assert model.requests[0].json_schema is not None


async def test_a_model_without_a_usable_answer_proposes_nothing() -> None:
    counts = Counts("tools")
    model = ScriptedChatModel(["no", "still no"])
    assert await propose_tools(model, ACCOUNT.database, ACCOUNT.pack, counts, count=3) == ()
    assert counts.dropped == {"no_proposal": 3}


async def test_a_call_that_fails_is_no_empty_answer() -> None:
    model = ScriptedChatModel([ModelError("down", transient=True, kind="server")])
    with pytest.raises(ModelError):
        await propose_tools(model, ACCOUNT.database, ACCOUNT.pack, Counts("tools"))
