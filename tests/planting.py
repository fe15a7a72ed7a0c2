"""Lines planted into all that a recording holds, runs made of it, and everything a run has written, as text."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from html import escape
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape as escape_xml

import polars as pl

from streamdial.models.build import ModelChoice
from streamdial.models.embedding import CachedEmbedder
from streamdial.pipeline import Pipeline
from streamdial.pipeline.run import Run, open_run
from streamdial.store import open_store
from streamdial.testing import HashingEmbedder, ScriptedChatModel

PLACES = ("chat", "comments", "speech", "page", "profile")
_NOT_XML = {code: "" for code in range(32) if code not in (9, 10, 13)}


def plant_chat(source: Path, lines: Sequence[str], authors: Sequence[str] = ()) -> None:
    """Add viewers' lines to the bullet chat, one a second."""
    path = source / "chat.xml"
    rows = []
    for number, line in enumerate(lines):
        name = authors[number % len(authors)].translate(_NOT_XML).replace(",", ";") if authors else ""
        author = escape_xml(name[:60], {'"': "&quot;", "\n": " "}) or number
        place = f"{5 + number}.500,1,25,16777215,1760001000,0,{author},{950000000 + number},10"
        rows.append(f'<d p="{place}">{escape_xml(line.translate(_NOT_XML))}</d>\n')
    path.write_text(path.read_text("utf-8").replace("</i>", "".join(rows) + "</i>"), "utf-8")


def plant_comments(source: Path, lines: Sequence[str], authors: Sequence[str] = ()) -> None:
    """Add comments, by authors of these names."""
    with (source / "comments.jsonl").open("a", encoding="utf-8") as file:
        for number, line in enumerate(lines):
            author = authors[number % len(authors)] if authors else f"reader {number}"
            row = {"id": f"planted{number}", "parent": "root", "author": author, "text": line, "like_count": 1}
            file.write(json.dumps(row, ensure_ascii=number % 2 == 0) + "\n")


def plant_speech(source: Path, lines: Sequence[str]) -> None:
    """Add what the host says, a while after the end of the talk."""
    path = source / "transcript.json"
    talk = json.loads(path.read_text("utf-8"))
    end = max(segment["end"] for segment in talk["segments"])
    for number, line in enumerate(lines):
        start = end + 20 + 4 * number
        talk["segments"].append({"start": start, "end": start + 3, "text": line})
    path.write_text(json.dumps(talk, ensure_ascii=False), "utf-8")


def plant_page(source: Path, lines: Sequence[str], title: str = "其他") -> None:
    """Add a page with a paragraph a line, every other line in a table, too."""
    texts = [escape(line.translate(_NOT_XML)) for line in lines]
    table = "".join(f"<tr><td>{number}</td><td>{text}</td></tr>" for number, text in enumerate(texts) if number % 2)
    body = "".join(f"<p>{text}</p>" for text in texts)
    head = f"<head><meta charset='utf-8'><title>{escape(title.translate(_NOT_XML))}</title></head>"
    page = f"<html lang='zh'>{head}<body><h1>{escape(title.translate(_NOT_XML))}</h1>{body}<table><tr><th>n</th>"
    (source / "pages" / "planted.html").write_text(f"{page}<th>text</th></tr>{table}</table></body></html>", "utf-8")


def plant_profile(source: Path, lines: Sequence[str]) -> None:
    """Add lines to what the account says of itself."""
    path = source / "profile.json"
    profile = json.loads(path.read_text("utf-8"))
    profile["bio"] += "\n" + "\n".join(lines)
    profile["services"] += list(lines)
    path.write_text(json.dumps(profile, ensure_ascii=False), "utf-8")


def make_planned_run(
    source: Path,
    out: Path,
    domain: str,
    prepare: Callable[[Run[Any]], None] | None = None,
    **given: Any,
) -> None:
    """Make a run of all phases without a model, with an encoder that is quick."""
    options = {"mode": "planned", "signals": "rules", "min_turns": 4, "screen": "keep", "dialogues": 6, **given}
    with Pipeline(domain=domain, sources=[str(source)], out=str(out), **options) as making:
        run = open_run(making.settings)
        run.choice = ModelChoice(ScriptedChatModel(lambda request: "", model_id="none"), "planned", 64)
        run.workspace.vectors.parent.mkdir(parents=True, exist_ok=True)
        run.embedder = CachedEmbedder(HashingEmbedder(512), run.workspace.vectors)
        if prepare is not None:
            prepare(run)
        making.filter()


def read_everything(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every file of a folder, and what is packed in it, as name and text.

    Bytes as they lie; gzip, Parquet, SQLite and the points of the vector store are decoded as well.
    """
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name, raw = str(path.relative_to(folder)), _read_written(path)
        yield name, raw.replace(b"\0", b"").decode("utf-8", "replace")
        yield f"{name} (name)", name
        if raw[:2] == b"\x1f\x8b":
            yield f"{name} (gzip)", gzip.decompress(raw).decode("utf-8", "replace")
        if raw[:4] == b"PAR1":
            yield f"{name} (Parquet)", json.dumps(pl.read_parquet(path).to_dicts(), ensure_ascii=False, default=str)
        if raw[:15] == b"SQLite format 3":
            yield f"{name} (SQLite)", "\n".join(_read_sqlite(path))
    if (folder / "store").is_dir():
        yield "store (points)", "\n".join(_read_store(folder / "store"))


def _read_written(path: Path) -> bytes:
    """Return the bytes that were ever written: the store's files are large and nearly empty."""
    parts = []
    with path.open("rb") as file:
        place, size = 0, path.stat().st_size
        while place < size:
            try:
                place = os.lseek(file.fileno(), place, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(file.fileno(), place, os.SEEK_HOLE)
            file.seek(place)
            parts.append(file.read(end - place))
            place = end
    return b"".join(parts)


def _read_sqlite(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                for cell in row:
                    if isinstance(cell, bytes):
                        yield _unpack(cell).decode("utf-8", "replace")
                    else:
                        yield str(cell)


def _unpack(cell: bytes) -> bytes:
    try:
        return zlib.decompress(cell)
    except zlib.error:
        return cell


def _read_store(folder: Path) -> Iterator[str]:
    store = open_store(folder)
    try:
        for collection in sorted(path.name for path in folder.iterdir() if path.is_dir()):
            for point in store.scroll(collection):
                yield json.dumps(point.payload, ensure_ascii=False)
    finally:
        store.close()
