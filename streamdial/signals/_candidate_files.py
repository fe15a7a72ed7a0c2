"""Files of candidates: JSONL, Parquet and CSV with whatever columns they have, read lazily into one shape."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
import polars as pl

from streamdial.counts import Counts
from streamdial.errors import SourceError

KINDS = ("account", "room", "video", "page")
NUMBERS = ("viewers", "comments", "followers", "duration")
TEXTS = (
    "id", "kind", "platform", "url", "name", "title", "description", "bio", "tags", "categories", "certification",
    "services",
)  # fmt: skip
COLUMNS = (*TEXTS, *NUMBERS, "comment_samples")

_FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".csv": "csv", ".tsv": "csv"}
_NAMED_LINES = 3
_SAMPLED_LINES = 2000
_QUOTED = r'"(?:[^"\\]|\\.)*"'


def read_candidates(paths: Sequence[Path], counts: Counts) -> pl.LazyFrame:
    """Read candidates into texts, numbers (Float64), `comment_samples` (a list) and `source` (the file's name).

    Args:
        paths: JSONL, Parquet or CSV files; a column that one of them lacks is empty there.
        counts: Gets `bad_line` for lines that are no JSON object, and notes on those and on absent columns.

    Raises:
        SourceError: If a file is missing, of another format, or has no column `id` or `kind`.
    """
    if not paths:
        raise SourceError("no file of candidates was given.", fix="name at least one JSONL, Parquet or CSV file")
    return pl.concat([_read_file(path, counts) for path in paths])


def _read_file(path: Path, counts: Counts) -> pl.LazyFrame:
    if not path.is_file():
        raise SourceError("there is no such file.", where=str(path))
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        raise SourceError(
            f"candidates in {path.suffix or 'a file without suffix'} cannot be read.",
            fix="use JSONL, Parquet or CSV",
            where=str(path),
        )
    try:
        lazy = {"jsonl": _scan_lines, "parquet": _scan_parquet, "csv": _scan_csv}[kind](path, counts)
        names = lazy.collect_schema().names()
        lazy = lazy.select(name for name in names if name in COLUMNS)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise SourceError(f"the candidates cannot be read: {reason}", where=str(path)) from error
    if absent := [name for name in ("id", "kind") if name not in names]:
        raise SourceError(
            f"the column {absent[0]!r} is missing; there are {', '.join(names[:12])}.",
            fix="every candidate needs an id and a kind: account, room, video or page",
            where=str(path),
        )
    if absent := [name for name in COLUMNS if name not in names]:
        counts.note(f"{path.name}: without {', '.join(absent)}")
        lazy = lazy.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    return lazy.select(
        *(pl.col(name).str.strip_chars() for name in TEXTS if name != "kind"),
        pl.col("kind").str.strip_chars().str.to_lowercase(),
        *(_read_number(name) for name in NUMBERS),
        _read_samples(),
        source=pl.lit(path.name),
    )


def _scan_lines(path: Path, counts: Counts) -> pl.LazyFrame:
    names: dict[str, None] = {}
    lines = 0
    with path.open("rb") as file:
        for line in file:
            lines += bool(line.strip())
            if lines <= _SAMPLED_LINES and isinstance(row := _load_line(line), dict):
                names.update(dict.fromkeys(row))
    # Lists and numbers come out as their JSON text.
    schema = {name: pl.String for name in COLUMNS if name in names}
    if not schema:
        raise SourceError("holds no JSON objects in lines.", where=str(path))
    try:
        table = pl.read_ndjson(path, schema=schema)
    except pl.exceptions.PolarsError:
        table = None
    if table is None or table.height != lines:
        table = pl.read_ndjson(_drop_bad_lines(path, counts), schema=schema)
    return table.lazy()


def _drop_bad_lines(path: Path, counts: Counts) -> bytes:
    good, bad = bytearray(), []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if isinstance(_load_line(line), dict):
                good += line.removeprefix(b"\xef\xbb\xbf").strip() + b"\n"
            elif line.strip():
                bad.append(number)
    if not bad:
        return bytes(good)
    counts.asked += len(bad)
    counts.drop("bad_line", len(bad))
    told = ", ".join(str(number) for number in bad[:_NAMED_LINES])
    more = f" and {len(bad) - _NAMED_LINES} more" if len(bad) > _NAMED_LINES else ""
    counts.note(f"{path.name}: no JSON object in line {told}{more}")
    return bytes(good)


def _load_line(line: bytes) -> object:
    try:
        return orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None


def _scan_parquet(path: Path, _: Counts) -> pl.LazyFrame:
    lazy = pl.scan_parquet(path)
    kept = []
    for name, kind in lazy.collect_schema().items():
        if name in COLUMNS:
            column = pl.col(name)
            is_list = isinstance(kind, pl.List | pl.Array)
            # A list of texts becomes lines; each is a text of its own for tags and for comments.
            kept.append(column.cast(pl.List(pl.String)).list.join("\n") if is_list else column.cast(pl.String))
    return lazy.select(kept)


def _scan_csv(path: Path, counts: Counts) -> pl.LazyFrame:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        heading = file.readline()
    separator = max(",\t;", key=heading.count)

    def read(quote: str | None) -> pl.DataFrame:
        return pl.read_csv(
            path,
            separator=separator,
            quote_char=quote,
            infer_schema=False,
            truncate_ragged_lines=True,
            encoding="utf8-lossy",
        )

    try:
        lazy = read('"').lazy()
    except pl.exceptions.PolarsError:
        counts.note(f"{path.name}: a quotation mark is never closed; the file was read as if quotes meant nothing")
        lazy = read(None).lazy()
    return lazy


def _read_number(name: str) -> pl.Expr:
    """Read 1200, "1,200", "1.2万" and "3.4k"; what is no number is none."""
    text = pl.col(name).str.strip_chars(' "').str.to_lowercase().str.replace_all(",", "")
    unit = text.str.extract(r"([万w千k亿m])\+?$")
    factor = unit.replace_strict(
        {"万": 1e4, "w": 1e4, "千": 1e3, "k": 1e3, "亿": 1e8, "m": 1e6}, default=1.0, return_dtype=pl.Float64
    )
    value = text.str.extract(r"^(\d+(?:\.\d+)?)[万w千k亿m]?\+?$").cast(pl.Float64, strict=False)
    return (value * factor).alias(name)


def _read_samples() -> pl.Expr:
    """Return the sample of comments as a list: the strings of a JSON list, or the lines of a text."""
    text = pl.col("comment_samples")
    quoted = text.str.extract_all(_QUOTED)
    return pl.when(text.str.starts_with("[")).then(quoted).otherwise(text.str.split("\n"))
