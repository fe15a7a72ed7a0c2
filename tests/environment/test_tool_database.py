from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.environment import (
    StatementRefused,
    build_knowledge,
    build_schema,
    diff_states,
    fill_schema,
    read_knowledge_file,
)
from streamdial.errors import ConfigurationError, SourceError
from streamdial.personas import Knowledge
from streamdial.slots import Fact
from tests.tooluse.tool_material import HOTEL_EN, Account

PACK = load_pack("hotel")


def test_columns_are_typed_by_the_packs_slots() -> None:
    schema = Account().schema
    types = {column.name: (column.type, column.bound, column.unit) for column in schema.columns}
    assert types["price"] == ("real", "max", "USD")
    assert types["guests"] == ("integer", "min", "guests")
    assert types["view"] == ("text", "equal", None)
    assert types["cancellation"] == ("text", None, None)
    assert [column.name for column in schema.booking] == ["check_in_date", "nights", "arrival_time"]
    assert (schema.entity, schema.day, schema.price) == ("room", "check_in_date", "price")


def test_what_says_whether_a_thing_can_be_had_becomes_stock_by_the_day() -> None:
    account = Account()
    assert account.schema.get_column("availability") is None
    gone = [units for entity, _, units in account.contents.stock if entity == "Tower Suite"]
    assert gone == [0] * 7
    assert sum(units for entity, _, units in account.contents.stock if entity == "City Twin") > 0


def test_the_stock_follows_the_seed() -> None:
    assert Account(seed=1).contents == Account(seed=1).contents
    assert Account(seed=1).contents.stock != Account(seed=2).contents.stock


def test_a_number_in_another_unit_than_its_column_is_dropped_and_counted() -> None:
    account = Account()
    rows = [
        row.model_copy(update={"unit": "CNY"}) if (row.entity, row.slot) == ("Lake King", "price") else row
        for row in account.knowledge.rows
    ]
    knowledge, counts = Knowledge(rows, account.pack), Counts("database")
    contents = fill_schema(build_schema(knowledge, "en"), knowledge, 1, counts)
    assert counts.asked == counts.made == counts.kept + counts.dropped.total()
    prices = {row["room"]: row["price"] for row in contents.rows}
    assert (prices["Lake King"], prices["City Twin"]) == (None, 110.0)
    assert counts.dropped == {"other_unit": 1}


def test_knowledge_without_anything_sold_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="names nothing that is sold"):
        build_schema(Knowledge((), PACK), "en")


def test_two_dialogues_on_one_database_do_not_see_each_others_writes() -> None:
    database = Account().database
    start = database.hash_contents()
    first, second = database.copy(), database.copy()
    row = "INSERT INTO waitlist VALUES ('W1', 'Lake King', 'Monday') RETURNING waitlist_id"
    assert first.execute(row, {}, writes=True) == [{"waitlist_id": "W1"}]
    assert first.execute("SELECT COUNT(*) AS n FROM waitlist", {}) == [{"n": 1}]
    assert second.execute("SELECT COUNT(*) AS n FROM waitlist", {}) == [{"n": 0}]
    assert second.hash_contents() == database.hash_contents() == start != first.hash_contents()


async def test_a_database_may_be_made_in_another_thread() -> None:
    account = await asyncio.to_thread(Account)
    assert account.database.copy().hash_contents() == Account().database.hash_contents()


def test_the_difference_of_two_states_is_the_rows_that_differ() -> None:
    copy = Account().database.copy()
    before = copy.snapshot()
    copy.execute("INSERT INTO holds VALUES ('H1', 'Lake King', 'Monday', 'held')", {}, writes=True)
    between = copy.snapshot()
    copy.execute("UPDATE holds SET status = 'used'", {}, writes=True)
    (new,) = diff_states(before, between)
    (changed,) = diff_states(between, copy.snapshot())
    assert (new.table, new.key, new.before) == ("holds", "H1", None)
    assert changed.before is not None and changed.after is not None
    assert (changed.before["status"], changed.after["status"]) == ("held", "used")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DELETE FROM entities", "not_read_only"),
        ("INSERT INTO waitlist VALUES ('W1', 'Lake King', 'Monday')", "not_read_only"),
        ("DROP TABLE stock", "not_read_only"),
        ("PRAGMA query_only = OFF", "not_read_only"),
        ("ATTACH 'other.db' AS other", "not_read_only"),
        ("SELECT load_extension('evil')", "not_read_only"),
        ("SELECT 1; DELETE FROM entities", "many_statements"),
        ("SELECT stars FROM entities", "unknown_column"),
        ("SELECT * FROM guests", "unknown_table"),
        ("SELEC 1", "syntax"),
        ("SELECT :room", "binding"),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n", "too_costly"),
    ],
)
def test_a_reading_statement_can_do_nothing_but_read(sql: str, reason: str) -> None:
    database = Account().database
    start = database.hash_contents()
    with pytest.raises(StatementRefused) as refused:
        database.execute(sql, {})
    assert refused.value.reason == reason
    assert database.hash_contents() == start


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("UPDATE entities SET price = 1", "forbidden"),
        ("UPDATE stock SET units = 99", "forbidden"),
        ("DELETE FROM bookings", "forbidden"),
        ("INSERT INTO waitlist VALUES ('W1', 'No Such Room', 'Monday')", "constraint"),
        ("INSERT INTO bookings (booking_id, room, status) VALUES ('B1', 'Lake King', 'dreamt')", "constraint"),
    ],
)
def test_a_writing_statement_can_write_reservations_alone(sql: str, reason: str) -> None:
    database = Account().database
    start = database.hash_contents()
    with pytest.raises(StatementRefused) as refused:
        database.execute(sql, {}, writes=True)
    assert refused.value.reason == reason
    assert database.hash_contents() == start
    assert database.execute("SELECT 1 AS one", {}) == [{"one": 1}]


def write_csv(folder: Path, lines: list[str]) -> Path:
    path = folder / "rooms.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_csv_file_becomes_typed_knowledge_and_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    path = write_csv(tmp_path, ["room,price,guests,bed,stars", "Loft,$99,2,king bed,4", "Attic,$80,many,twin beds,3"])
    counts = Counts("file")
    knowledge = read_knowledge_file(path, PACK, "en", counts)
    assert knowledge.entities == ("Loft", "Attic")
    price = knowledge.get("Loft", "price")
    assert price is not None and (price.number, price.unit) == (99.0, "USD")
    assert counts.dropped == {"unknown_attribute": 2, "value_not_in_schema": 1}
    assert (counts.asked, counts.kept) == (8, 5)


def test_personal_data_in_a_table_is_masked_and_counted(tmp_path: Path) -> None:
    lines = [
        "room,price,view",
        "Loft 13812345678,$99,lake",
        "Attic,$80,jane.doe@mail.example.com",
        "12 Mill Road,$70,sea",
    ]
    counts = Counts("table")
    knowledge = read_knowledge_file(write_csv(tmp_path, lines), PACK, "en", counts)
    assert knowledge.entities == ("Loft [PHONE]", "Attic", "12 Mill Road")
    assert not any("138" in row.model_dump_json() or "@" in row.model_dump_json() for row in knowledge.rows)
    assert counts.notes == ["personal data was masked in 2 cells of the table"]
    clean = Counts("table")
    read_knowledge_file(write_csv(tmp_path, ["room,price,view", "Loft,$99,lake"]), PACK, "en", clean)
    assert not clean.notes


def test_parquet_and_sqlite_files_give_the_same_knowledge_as_their_table(tmp_path: Path) -> None:
    frame = pl.DataFrame([dict(zip(HOTEL_EN.header, row, strict=True)) for row in HOTEL_EN.rows])
    frame.write_parquet(tmp_path / "rooms.parquet")
    with closing(sqlite3.connect(tmp_path / "rooms.db")) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.execute(f"CREATE TABLE rooms ({', '.join(HOTEL_EN.header)})")
        connection.executemany(f"INSERT INTO rooms VALUES ({', '.join('?' * 10)})", HOTEL_EN.rows)
        connection.commit()
    expected = [(row.entity, row.slot, row.value) for row in Account().knowledge.rows]
    for name in ("rooms.parquet", "rooms.db"):
        knowledge = read_knowledge_file(tmp_path / name, PACK, "en", Counts("file"))
        assert [(row.entity, row.slot, row.value) for row in knowledge.rows] == expected


def test_files_that_hold_nothing_of_the_domain_are_refused_with_what_they_hold(tmp_path: Path) -> None:
    path = write_csv(tmp_path, ["planet,moons", "Mars,2"])
    with pytest.raises(SourceError, match="columns are planet, moons"):
        read_knowledge_file(path, PACK, "en", Counts("file"))
    broken = tmp_path / "rooms.db"
    broken.write_bytes(b"no database at all, only text" * 50)
    with pytest.raises(SourceError, match="no SQLite database"):
        read_knowledge_file(broken, PACK, "en", Counts("file"))
    with pytest.raises(SourceError, match=r"files of type '\.txt' are not read"):
        read_knowledge_file(tmp_path / "rooms.txt", PACK, "en", Counts("file"))


def test_what_holds_for_everything_is_known_of_each_entity() -> None:
    account = Account()
    general = account.knowledge.rows[-1].model_copy(update={"id": "x", "entity": "", "slot": "wifi", "value": "free"})
    knowledge = Knowledge((*account.knowledge.rows, general), PACK)
    contents = fill_schema(build_schema(knowledge, "en"), knowledge, 1, Counts("database"))
    assert {row["wifi"] for row in contents.rows} == {"free"}


def test_a_slot_named_like_one_of_the_tables_columns_is_refused() -> None:
    pack = PACK.model_copy(update={"slots": {**PACK.slots, "status": PACK.slots["pets"]}})
    row = Account().knowledge.rows[0].model_copy(update={"slot": "status", "value": "allowed"})
    with pytest.raises(ConfigurationError, match="slot 'status' cannot be a column"):
        build_schema(Knowledge((row,), pack), "en")


def test_facts_keep_where_they_are_from() -> None:
    fact = Fact("Loft", "price", "99", 99.0, "USD", "$99")
    (row,) = build_knowledge([fact], PACK, "en", "source", url="rooms.csv").rows
    assert (row.provenance.source_id, row.provenance.url, row.number) == ("source", "rooms.csv", 99.0)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT replace(printf('%.*c', 60000, 'x'), 'x', 'yy') AS t",
        "SELECT printf('%.*c', 60000, 'x') AS t FROM stock, stock s",
    ],
)
def test_what_would_fill_the_memory_is_too_costly(sql: str) -> None:
    with closing(Account().database.copy()) as copy, pytest.raises(StatementRefused) as refused:
        copy.execute(sql, {})
    assert refused.value.reason == "too_costly"


def test_a_statement_that_writes_without_end_is_stopped_and_leaves_nothing() -> None:
    many = ", ".join(f"entities e{number}" for number in range(6))
    names = " || ".join(f"e{number}.room" for number in range(6))
    sql = f"INSERT INTO waitlist SELECT {names}, e0.room, 'Monday' FROM {many} RETURNING waitlist_id"
    with closing(Account().database.copy()) as copy:
        before = copy.snapshot()
        with pytest.raises(StatementRefused) as refused:
            copy.execute(sql, {}, writes=True)
        assert refused.value.reason == "too_costly" and copy.snapshot() == before
        copy.execute("INSERT INTO waitlist VALUES ('W1', 'Lake King', 'Monday')", {}, writes=True)


def test_json_lines_and_a_table_of_attributes_give_the_same_knowledge(tmp_path: Path) -> None:
    wide = tmp_path / "rooms.jsonl"
    wide.write_text('{"name": "Loft", "price": 99, "bed_type": "king bed"}\n{"name": "Attic", "price": 80}\n', "utf-8")
    long = write_csv(
        tmp_path,
        ["note,entity,slot,value", ",Loft,price,$99", ",Loft,bed_type,king bed", ",Attic,price,80", ",Loft,price,$70"],
    )
    counts = Counts("file")
    told = [
        [(row.entity, row.slot, row.value) for row in read_knowledge_file(path, PACK, "en", counts).rows]
        for path in (wide, long)
    ]
    assert told[0] == told[1] == [("Loft", "price", "99"), ("Loft", "bed_type", "king"), ("Attic", "price", "80")]
    assert counts.dropped["given_twice"] == 1
