"""A domain's database in memory: one copy per dialogue, so that writes are real and do not leak."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from streamdial.environment.calls import RowChange
from streamdial.environment.hours import read_hour
from streamdial.environment.schema import Column, Contents, DomainSchema, Row, Scalar
from streamdial.errors import StreamDialError
from streamdial.ids import dump_canonical_json, hash_text

RESERVATIONS = ("bookings", "holds", "waitlist")
"""Tables a tool may write to; what is sold, and how many there are, is not the agent's to change."""
TABLES = ("entities", "stock", *RESERVATIONS)
MAX_STEPS = {False: 1_000_000, True: 50_000}
"""Instructions of SQLite's machine a statement may take, one that writes fewer: a search of a thousand rows takes some
ten thousand, a booking some hundred."""
MAX_PAGES = 1024
"""Pages of 4 kB a database may grow by: a booking takes a hundred bytes."""
_STEPS_PER_CHECK = 5_000
LONGEST = 65_536
"""Bytes a text or a row may have that a statement makes, so that none fills the memory."""
MAX_LETTERS = 10_000_000
"""Letters of all rows a statement may return."""
_FUNCTIONS = frozenset(
    (
        "abs", "avg", "coalesce", "count", "format", "glob", "group_concat", "ifnull", "iif", "instr", "length", "like",
        "lower", "ltrim", "max", "min", "nullif", "printf", "replace", "round", "rtrim", "substr", "substring", "sum",
        "total", "trim", "typeof", "upper", "hour_of",
    )
)  # fmt: skip
_READING = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))
_WRITING = frozenset((sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE))


class StatementRefused(StreamDialError):
    """A statement was not executed, or not to its end.

    Args:
        reason: `not_read_only`, `forbidden`, `syntax`, `unknown_column`, `unknown_table`, `many_statements`, `binding`,
            `constraint`, `too_costly` or `failed`.
        what: What SQLite said.
    """

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(what)
        self.reason = reason


class DomainDatabase:
    """Entities, stock, bookings, holds and waitlist of one account.

    Args:
        schema: Tables and columns.
        contents: Rows and stock to start with; None leaves the tables to `copy`.
    """

    def __init__(self, schema: DomainSchema, contents: Contents | None) -> None:
        self.schema = schema
        # Autocommit: `_guard` opens and closes transactions itself. A database may be made in another thread than the
        # dialogues run in, and each statement is executed from beginning to end in one.
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.create_function("hour_of", 1, _read_hour, deterministic=True)
        if contents is not None:
            self._fill(contents)
            self._limit()
            self._lock()

    def copy(self) -> DomainDatabase:
        """Return a database of its own with the same rows; what is written to one does not show in the other."""
        fresh = DomainDatabase(self.schema, None)
        self._connection.backup(fresh._connection)
        fresh._limit()
        fresh._lock()
        return fresh

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()

    def execute(self, sql: str, values: Mapping[str, Scalar], *, writes: bool = False) -> list[Row]:
        """Execute one statement with bound values and return its rows.

        Reading statements can change nothing; writing ones can insert into and update the tables of `RESERVATIONS`, in
        a transaction that a failure undoes. SQLite's own authorizer decides, not the text of the statement.

        Raises:
            StatementRefused: With the reason, if it may not do what it does, does not parse, does not bind or fails.
        """
        with self._guard(writes):
            try:
                return _read_rows(self._connection.execute(sql, values))
            except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeEncodeError) as error:
                raise StatementRefused(_name_reason(error, writes), str(error)) from error

    def snapshot(self, tables: Sequence[str] = TABLES) -> dict[str, dict[str, Row]]:
        """Return the rows of tables, of all by default: table to the first column's value to the row."""
        taken: dict[str, dict[str, Row]] = {}
        for table in tables:
            rows = [dict(row) for row in self._connection.execute(f"SELECT * FROM {table}")]
            keys = 2 if table == "stock" else 1
            taken[table] = {"/".join(str(value) for value in list(row.values())[:keys]): row for row in rows}
        return taken

    def hash_contents(self) -> str:
        """Return the SHA-256 of all rows: two databases with one hash hold the same."""
        return hash_text(dump_canonical_json(self.snapshot()))

    @contextmanager
    def _guard(self, writes: bool) -> Iterator[None]:
        connection = self._connection
        spent = 0

        def count_steps() -> int:
            nonlocal spent
            spent += _STEPS_PER_CHECK
            return int(spent > MAX_STEPS[writes])

        if writes:
            connection.execute("PRAGMA query_only = OFF")
            connection.execute("BEGIN")
        connection.set_authorizer(_authorize_write if writes else _authorize_read)
        connection.set_progress_handler(count_steps, _STEPS_PER_CHECK)
        done = False
        try:
            yield
            done = True
        finally:
            connection.set_authorizer(None)
            connection.set_progress_handler(None, 0)
            if writes:
                if done:
                    connection.execute("COMMIT")
                elif connection.in_transaction:  # SQLite itself takes back what was interrupted
                    connection.execute("ROLLBACK")
                self._lock()

    def _limit(self) -> None:
        """Let the database grow by `MAX_PAGES` from now on, and texts of statements to `LONGEST`."""
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        self._connection.execute(f"PRAGMA max_page_count = {pages + MAX_PAGES}")

    def _lock(self) -> None:
        """Let nothing be written until `_guard` opens the database for one statement."""
        self._connection.execute("PRAGMA query_only = ON")

    def _fill(self, contents: Contents) -> None:
        schema = self.schema
        self._connection.executescript(write_tables(schema))
        names = [schema.entity, *(column.name for column in schema.columns)]
        self._connection.execute("BEGIN")
        self._connection.executemany(
            f"INSERT INTO entities VALUES ({', '.join(f':{name}' for name in names)})", contents.rows
        )
        self._connection.executemany("INSERT INTO stock VALUES (?, ?, ?)", contents.stock)
        self._connection.execute("COMMIT")


def _read_hour(text: Scalar) -> float | None:
    """Return the hour a cell names, as SQL asks for it; see `read_hour`."""
    return read_hour(text) if isinstance(text, str) else None


def _read_rows(cursor: sqlite3.Cursor) -> list[Row]:
    rows, letters = [], 0
    for row in cursor:
        rows.append(dict(row))
        letters += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
        if letters > MAX_LETTERS:
            raise StatementRefused("too_costly", f"the rows have more than {MAX_LETTERS} letters")
    return rows


def write_tables(schema: DomainSchema) -> str:
    """Return the statements that make the tables: what a model is shown of the database, too."""
    entity = quote(schema.entity)
    kinds = {"text": "TEXT", "integer": "INTEGER", "real": "REAL"}

    def declare(columns: tuple[Column, ...]) -> str:
        return "".join(f",\n  {quote(column.name)} {kinds[column.type]}" for column in columns)

    day = quote(schema.day)
    return f"""CREATE TABLE entities (
  {entity} TEXT PRIMARY KEY{declare(schema.columns)}
) STRICT;
CREATE TABLE stock (
  {entity} TEXT NOT NULL REFERENCES entities ({entity}),
  day TEXT NOT NULL,
  units INTEGER NOT NULL,
  PRIMARY KEY ({entity}, day)
) STRICT;
CREATE TABLE bookings (
  booking_id TEXT PRIMARY KEY,
  {entity} TEXT NOT NULL REFERENCES entities ({entity}){declare(schema.booking)},
  hold_id TEXT,
  status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled'))
) STRICT;
CREATE TABLE holds (
  hold_id TEXT PRIMARY KEY,
  {entity} TEXT NOT NULL REFERENCES entities ({entity}),
  {day} TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('held', 'used'))
) STRICT;
CREATE TABLE waitlist (
  waitlist_id TEXT PRIMARY KEY,
  {entity} TEXT NOT NULL REFERENCES entities ({entity}),
  {day} TEXT NOT NULL
) STRICT;
CREATE VIEW availability AS
  SELECT s.{entity} AS {entity}, s.day AS day, s.units
    - (SELECT COUNT(*) FROM bookings b WHERE b.{entity} = s.{entity} AND b.{day} = s.day AND b.status = 'booked')
    - (SELECT COUNT(*) FROM holds h WHERE h.{entity} = s.{entity} AND h.{day} = s.day AND h.status = 'held') AS free
  FROM stock s;
CREATE TRIGGER use_hold AFTER INSERT ON bookings WHEN NEW.hold_id IS NOT NULL BEGIN
  UPDATE holds SET status = 'used' WHERE hold_id = NEW.hold_id;
END;
"""


def quote(name: str) -> str:
    """Return an identifier of the schema as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def diff_states(
    before: Mapping[str, Mapping[str, Row]], after: Mapping[str, Mapping[str, Row]]
) -> tuple[RowChange, ...]:
    """Return the rows that differ between two snapshots, by table and key."""
    changes = []
    for table in before:
        for key in sorted({*before[table], *after[table]}):
            old, new = before[table].get(key), after[table].get(key)
            if old != new:
                changes.append(RowChange(table=table, key=key, before=old, after=new))
    return tuple(changes)


def _authorize_read(action: int, first: str | None, second: str | None, base: str | None, inner: str | None) -> int:
    if action in _READING or (action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _authorize_write(action: int, first: str | None, second: str | None, base: str | None, inner: str | None) -> int:
    if action in _WRITING:
        return sqlite3.SQLITE_OK if first in RESERVATIONS else sqlite3.SQLITE_DENY
    return _authorize_read(action, first, second, base, inner)


def _name_reason(error: Exception, writes: bool) -> str:
    text = str(error)
    code = getattr(error, "sqlite_errorname", "")
    if code in ("SQLITE_AUTH", "SQLITE_READONLY") or "not authorized" in text:
        return "forbidden" if writes else "not_read_only"
    for sign, reason in (
        ("no such column", "unknown_column"),
        ("has no column named", "unknown_column"),
        ("no such table", "unknown_table"),
        ("one statement at a time", "many_statements"),
        ("syntax error", "syntax"),
        ("unrecognized token", "syntax"),
        ("incomplete input", "syntax"),
        ("binding", "binding"),
        ("parameter", "binding"),
        ("interrupted", "too_costly"),
        ("too big", "too_costly"),
        ("access to", "not_read_only"),
    ):
        if sign in text.lower():
            return reason
    return "constraint" if code.startswith("SQLITE_CONSTRAINT") else "failed"
