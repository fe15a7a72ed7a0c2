"""Tables given by the user: CSV, TSV, JSON lines, Parquet or SQLite, read as knowledge by the pack's headers."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from streamdial.counts import Counts
from streamdial.delimited import read_rows
from streamdial.domains import DomainPack
from streamdial.encodings import decode_text
from streamdial.errors import SourceError
from streamdial.ids import make_id
from streamdial.personas import Knowledge, build_row
from streamdial.privacy import mask_personal_data
from streamdial.records import Language, Provenance, Table
from streamdial.slots import Fact, match_header, read_table

_SQLITE = (".db", ".sqlite", ".sqlite3")
MOST_NOTED = 5
_LONG = ("entity", "slot", "value")
_ENTITY = ("entity", "name", "名称")


def read_knowledge_file(path: Path, pack: DomainPack, language: Language, counts: Counts) -> Knowledge:
    """Return the knowledge in a table of a file: one row per entity, columns named as the pack's headers or slots.

    A table with the columns `entity`, `slot` and `value` (and others, which are not read) has one row per attribute
    instead. Of an attribute given twice for a thing the first holds, in either form; the others are counted as
    `given_twice`, and a note names those that say something else. So does one where prices are in several currencies.

    Personal data in its cells is masked as in a page of the account; the address of a shop is public.

    Args:
        path: A .csv, .tsv, .jsonl, .ndjson, .parquet, .db, .sqlite or .sqlite3 file; of a database the table with
            most known columns is read, and nothing is written to it.
        pack: The domain pack; types, units and values are those of its slots.
        language: Language of the values.
        counts: Gets `asked`, `made`, `kept`, the reasons of `read_table` for cells that cannot be read, and a note on
            cells that were masked.

    Raises:
        SourceError: If the file cannot be read, or holds no column the pack knows.
    """
    given = _read_sqlite(path, pack) if path.suffix.lower() in _SQLITE else _read_frame(path, counts)
    table = _name_columns(_mask_cells(_widen(given, counts), counts), pack, language)
    facts, dropped = read_table(pack, table, language)
    counts.asked += len(facts) + sum(dropped.values())
    counts.dropped.update(dropped)
    facts = _keep_first(facts, counts)
    _note_currencies(facts, pack, counts)
    counts.keep(len(facts))
    if not facts:
        raise SourceError(
            f"no cell fits the {pack.id} pack; the columns are {', '.join(table.header)}.",
            fix=f"name the columns as the pack does: {', '.join(_list_headers(pack, language))}",
            where=path.name,
        )
    source = make_id("knowledge_file", path.name, [list(table.header), *(list(row) for row in table.rows)])
    return build_knowledge(facts, pack, language, source, url=path.name)


def _keep_first(facts: Iterable[Fact], counts: Counts) -> list[Fact]:
    """Return the facts of a table, of each attribute of a thing the first one."""
    known: dict[tuple[str, str], Fact] = {}
    others: list[str] = []
    for fact in facts:
        first = known.setdefault((fact.entity.lower(), fact.slot), fact)
        if first is fact:
            continue
        counts.drop("given_twice")
        if (first.value, first.unit) != (fact.value, fact.unit):
            others.append(f"{fact.entity}, {fact.slot}: {first.text} holds, {fact.text} is given as well")
    if others:
        more = f"; and {len(others) - MOST_NOTED} more" if len(others) > MOST_NOTED else ""
        counts.note(f"given twice: {'; '.join(others[:MOST_NOTED])}{more}")
    return list(known.values())


def _note_currencies(facts: Iterable[Fact], pack: DomainPack, counts: Counts) -> None:
    units = Counter(fact.unit for fact in facts if pack.slots[fact.slot].type == "money" and fact.unit)
    if len(units) > 1:
        told = ", ".join(f"{unit} {count}" for unit, count in units.most_common())
        counts.note(f"prices are in several currencies, which are not compared with each other: {told}")


def build_knowledge(
    facts: Iterable[Fact], pack: DomainPack, language: Language, source: str, *, url: str | None = None
) -> Knowledge:
    """Return facts of one table as knowledge.

    Args:
        facts: What `streamdial.slots.read_table` found.
        pack: The domain pack.
        language: Language of the table.
        source: Id of where the table is from.
        url: Where it is to be found, if anywhere.
    """
    provenance = Provenance(source_id=source, url=url)
    rows = [build_row(fact, pack, language, provenance, origin=source) for fact in facts]
    return Knowledge(rows, pack)


def _mask_cells(table: Table, counts: Counts) -> Table:
    rows = tuple(tuple(mask_personal_data(cell, keep_public_addresses=True) for cell in row) for row in table.rows)
    before = (cell for row in table.rows for cell in row)
    changed = sum(cell != masked for cell, masked in zip(before, (c for row in rows for c in row), strict=True))
    if changed:
        counts.note(f"personal data was masked in {changed} cells of the table")
    return Table(header=table.header, rows=rows)


def _widen(table: Table, counts: Counts) -> Table:
    """Return a table of entity, slot and value as one with a row per entity; another table as it is."""
    header = [cell.strip().lower() for cell in table.header]
    if not set(_LONG) <= set(header):
        return table
    places = [header.index(name) for name in _LONG]
    cells: dict[str, dict[str, str]] = {}
    for row in table.rows:
        entity, slot, value = (row[place].strip() for place in places)
        if slot in cells.setdefault(entity, {}):
            counts.asked += 1
            counts.drop("given_twice")
        else:
            cells[entity][slot] = value
    slots = list(dict.fromkeys(slot for known in cells.values() for slot in known))
    rows = tuple((entity, *(known.get(slot, "") for slot in slots)) for entity, known in cells.items())
    return Table(header=("entity", *slots), rows=rows)


def _name_columns(table: Table, pack: DomainPack, language: Language) -> Table:
    """Return a table whose columns that are named as slots of the pack have the slots' names in the language."""
    names = {name: slot.names[language] for name, slot in pack.slots.items()}
    names |= {word: names[pack.entity_slot] for word in _ENTITY if match_header(pack, word) is None}
    return Table(header=tuple(names.get(cell.strip().lower(), cell) for cell in table.header), rows=table.rows)


def _list_headers(pack: DomainPack, language: Language) -> list[str]:
    return [next(iter(slot.headers.get(language, ())), name) for name, slot in pack.slots.items() if not slot.booking]


def _read_frame(path: Path, counts: Counts) -> Table:
    import polars as pl

    try:
        match path.suffix.lower():
            case ".csv" | ".tsv":
                return _read_delimited(path, counts)
            case ".parquet":
                frame = pl.read_parquet(path)
            case ".jsonl" | ".ndjson":
                frame = pl.read_ndjson(path, infer_schema_length=None)
            case other:
                raise SourceError(
                    f"files of type {other!r} are not read.",
                    fix="give a .csv, .tsv, .jsonl, .parquet, .db or .sqlite file",
                    where=path.name,
                )
    except (OSError, csv.Error, pl.exceptions.PolarsError) as error:
        raise SourceError(f"cannot be read as a table: {error}", fix="check the file", where=path.name) from error
    return _build_table(frame.columns, frame.iter_rows())


def _read_delimited(path: Path, counts: Counts) -> Table:
    decoded = decode_text(path.read_bytes())
    if decoded.replaced:
        counts.note(f"{path.name}: {decoded.replaced} places were not valid {decoded.encoding} and were replaced.")
    header, *rows = list(read_rows(decoded.text)) or [[]]
    width = len(header)
    odd = sum(len(row) != width for row in rows)
    if odd:
        counts.note(
            f"{path.name}: {odd} rows have more or fewer cells than the heading; those beyond it were left out."
        )
    return _build_table([cell.strip() for cell in header], [(row + [""] * width)[:width] for row in rows])


def _read_sqlite(path: Path, pack: DomainPack) -> Table:
    if not path.is_file():
        raise SourceError("there is no such file.", fix="check the path", where=path.name)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            tables = []
            for name in names:
                quoted = name.replace('"', '""')
                cursor = connection.execute(f'SELECT * FROM "{quoted}"')
                tables.append(_build_table([column[0] for column in cursor.description], cursor))
    except (sqlite3.Error, UnicodeDecodeError) as error:  # a damaged schema is told in bytes of no encoding
        raise SourceError(f"is no SQLite database: {error}", fix="check the file", where=path.name) from error
    if not tables:
        raise SourceError("the database has no table.", fix="give one with a table of what is sold", where=path.name)
    return max(tables, key=lambda table: sum(match_header(pack, cell) is not None for cell in table.header))


def _build_table(header: list[str], rows: Iterable[Sequence[object]]) -> Table:
    cells = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows)
    return Table(header=tuple(header), rows=cells)
