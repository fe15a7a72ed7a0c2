"""All formats of dialogues with tools: the records, their environments, and what trainers and benchmarks read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from streamdial.counts import Counts
from streamdial.environment import EnvironmentRecord, write_tables
from streamdial.environment.database import quote
from streamdial.exports.dataset import DataSet
from streamdial.exports.formats.parts import write_parts
from streamdial.exports.formats.tool_bfcl import write_bfcl
from streamdial.exports.formats.tool_chats import (
    COLUMNS,
    write_messages_jsonl,
    write_openai_jsonl,
    write_tool_sharegpt_jsonl,
)
from streamdial.exports.formats.tool_tau2 import write_tau2
from streamdial.exports.splits import Splits
from streamdial.files import replace_file, write_json, write_lines

UNVERIFIED = "unverified.jsonl"


def write_tool_forms(data: DataSet, splits: Splits, folder: Path) -> tuple[list[Path], list[Counts]]:
    """Write every form of a data set's dialogues with tools below `folder`; nothing where there are none.

        dialogues.jsonl                            complete records, verified; those that failed are in
        unverified.jsonl                           with their reasons
        worlds/<id>.json, <id>.sqlite              schema, contents and tools with their SQL; the database itself
        {openai,messages,sharegpt}/<part>.jsonl    for training, see `tool_chats`
        bfcl_*.jsonl                               multi-turn entries, see `tool_bfcl`
        tau2/<world>/                              tasks with database and policy, see `tool_tau2`

    Returns:
        The files, and what each form was asked, made, kept and dropped.
    """
    used = data.tool_use
    if used is None:
        return [], []
    chats = {"openai": write_openai_jsonl, "messages": write_messages_jsonl, "sharegpt": write_tool_sharegpt_jsonl}
    trained = [
        write_parts(data, splits, folder / name, write, columns=COLUMNS if name == "sharegpt" else None)
        for name, write in chats.items()
    ]
    bfcl, lost_by_bfcl = write_bfcl(data, used, folder)
    tau2, lost_by_tau2 = write_tau2(data, used, folder / "tau2")
    failed = sorted(used.unverified, key=lambda made: made.id)
    written = [
        write_lines(
            folder / "dialogues.jsonl",
            (made.model_dump(mode="json") for made in data.list_tool_dialogues()),
            published=True,
        ),
        write_lines(folder / UNVERIFIED, (made.model_dump(mode="json") for made in failed), published=True),
    ]
    for key, world in sorted(used.worlds.items()):
        written.append(write_json(folder / "worlds" / f"{key}.json", world.model_dump(mode="json"), published=True))
        written.append(write_environment_database(world, folder / "worlds" / f"{key}.sqlite"))
    written += [*(file for files, _ in trained for file in files), *bfcl, *tau2]
    return written, [*(counts for _, counts in trained), lost_by_bfcl, lost_by_tau2]


def write_environment_database(world: EnvironmentRecord, path: Path) -> Path:
    """Write an environment as a SQLite file, as every dialogue finds it, and return the path.

    One library version writes the same bytes for the same environment: the rows go in as the tables have them, in one
    transaction.
    """
    with closing(world.open_database()) as database:
        tables = database.snapshot()
    with (
        replace_file(path, published=True) as temporary,
        closing(sqlite3.connect(temporary, isolation_level=None)) as file,
    ):
        file.execute("PRAGMA journal_mode = MEMORY")
        file.executescript(f"BEGIN; {write_tables(world.database)} COMMIT")
        file.execute("BEGIN")
        for table, rows in tables.items():
            for row in rows.values():
                places = ", ".join("?" * len(row))
                file.execute(f"INSERT INTO {quote(table)} VALUES ({places})", tuple(row.values()))
        file.execute("COMMIT")
    return path
