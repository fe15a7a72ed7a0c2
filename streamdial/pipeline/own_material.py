"""Writes what a caller has in memory as the files of a recording, so that it is read like any other."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from streamdial.errors import ConfigurationError

_COLUMNS = {
    "time": ("time", "start", "timestamp", "seconds", "t"),
    "user": ("user", "author", "name", "nickname", "sender"),
    "text": ("text", "message", "content", "comment"),
}
KINDS = ("chat", "comments", "transcript", "pages", "profile")


def write_material(material: Mapping[str, Any], folder: Path) -> str:
    """Write material of a recording into a folder, and return the folder.

    Args:
        material: By kind. `chat`, `comments` and `transcript`: mappings a row, or a polars or pandas data frame; the
            times are seconds from the begin of the stream. `pages`: HTML or plain texts. `profile`: a mapping.
        folder: An empty folder.

    Raises:
        ConfigurationError: If a kind is unknown, or a row has no text, or a chat line no time.
    """
    unknown = [kind for kind in material if kind not in KINDS]
    if unknown:
        raise ConfigurationError(f"there is no kind of material {unknown[0]!r}.", fix=f"one of: {', '.join(KINDS)}")
    if (chat := material.get("chat")) is not None:
        rows = [_choose_columns(row, "chat", ("time", "user", "text")) for row in list_rows(chat)]
        with (folder / "chat.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["time", "user", "text"])
            writer.writeheader()
            writer.writerows(rows)
    if (comments := material.get("comments")) is not None:
        lines = [json.dumps(row, ensure_ascii=False) for row in _list_comments(comments)]
        (folder / "comments.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if (transcript := material.get("transcript")) is not None:
        segments = list_rows(transcript)
        for segment in segments:
            _require(segment, "transcript", ("start", "text"))
        body = json.dumps({"segments": segments}, ensure_ascii=False)
        (folder / "transcript.json").write_text(body, encoding="utf-8")
    for number, page in enumerate(_list_pages(material.get("pages"))):
        ending = "html" if "<" in page else "txt"
        (folder / "pages").mkdir(exist_ok=True)
        (folder / "pages" / f"{number:03d}.{ending}").write_text(page, encoding="utf-8")
    if (profile := material.get("profile")) is not None:
        (folder / "profile.json").write_text(json.dumps(dict(profile), ensure_ascii=False), encoding="utf-8")
    return str(folder)


def write_table(table: Any, folder: Path) -> str:  # noqa: ANN401
    """Write mappings a row, or a data frame, as a table of things into a folder, and return the file.

    Raises:
        ConfigurationError: If it is something else, or empty.
    """
    rows = list_rows(table)
    if not rows:
        raise ConfigurationError("the table has no rows.", fix="give a row for each thing")
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def list_rows(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return the rows of mappings or of a data frame of polars or pandas, as mappings.

    Raises:
        ConfigurationError: If it is something else.
    """
    if hasattr(table, "to_dicts"):
        rows: list[dict[str, Any]] = table.to_dicts()
        return rows
    if hasattr(table, "to_dict"):
        rows = table.to_dict("records")
        return rows
    if isinstance(table, Iterable) and not isinstance(table, str | bytes | Mapping):
        listed = list(table)
        if all(isinstance(row, Mapping) for row in listed):
            return [dict(row) for row in listed]
    raise ConfigurationError(
        f"a table is wanted, and this is {type(table).__name__}.", fix="give mappings a row, or a data frame"
    )


def _list_pages(pages: Any) -> list[str]:  # noqa: ANN401
    if pages is None:
        return []
    return [pages] if isinstance(pages, str) else [str(page) for page in pages]


def _list_comments(comments: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    rows = list_rows(comments)
    named = [{**row, **_choose_columns(row, "comments", ("text",), also=("user",))} for row in rows]
    return [
        {"id": str(row.get("id", number)), "author": str(row.get("user", "")), **row}
        for number, row in enumerate(named, 1)
    ]


def _choose_columns(
    row: Mapping[str, Any], kind: str, wanted: tuple[str, ...], also: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return a row by the names of the readers; a chat line of nobody is of nobody."""
    found = {}
    for name in (*wanted, *also):
        given = next((column for column in _COLUMNS[name] if row.get(column) is not None), None)
        if given is not None:
            found[name] = row[given]
        elif name == "user":
            found[name] = ""
        else:
            _require(row, kind, (name,))
    return found


def _require(row: Mapping[str, Any], kind: str, names: tuple[str, ...]) -> None:
    missing = [name for name in names if row.get(name) is None]
    if missing:
        raise ConfigurationError(
            f"a row of {kind} has no {missing[0]}: {dict(row)!r}"[:200] + ".",
            fix=f"name its columns {', '.join(_COLUMNS)} (of a transcript start, end, text)",
        )
