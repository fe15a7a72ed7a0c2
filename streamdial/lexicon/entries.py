"""Entries of a lexicon, and the files they come in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import orjson

from streamdial.counts import Counts
from streamdial.delimited import find_said_separator, sniff_separator
from streamdial.encodings import detect_encoding
from streamdial.errors import ConfigurationError
from streamdial.text import fold_text

EntryKind = Literal["name", "location", "term"]
ENTRY_KINDS: tuple[EntryKind, ...] = get_args(EntryKind)


class LexiconEntry(NamedTuple):
    """One way to write one thing.

    Attributes:
        form: The spelling that is looked for, at least two characters.
        kind: What it is the name of: something that is sold or sells (`name`), a `location`, a word of the trade
            (`term`).
        canonical: How it is to be written; empty if that is `form` itself.
    """

    form: str
    kind: EntryKind = "name"
    canonical: str = ""


def read_entries(path: Path, counts: Counts) -> Iterator[LexiconEntry]:
    """Read a lexicon's source: `.txt` (a form per line), `.tsv`/`.csv` (form, kind, canonical), `.jsonl` (same keys).

    Args:
        path: The file, in any usual encoding; columns of a `.csv` may be parted by commas, semicolons or tabs.
        counts: Gets `asked`, and drops: `not_text`, `not_json`, `no_form`, `unknown_kind`; the first of each with its
            line in the notes.

    Raises:
        ConfigurationError: If the file is missing or has another ending.
    """
    suffix = path.suffix.lower()
    if suffix not in (".txt", ".tsv", ".csv", ".jsonl"):
        raise ConfigurationError(
            f"a lexicon cannot be read from a {suffix or 'nameless'} file.",
            fix="give a .txt (a form a line), .tsv, .csv or .jsonl file with form, kind and canonical",
            where=str(path),
        )
    try:
        with path.open("rb") as file:
            encoding = detect_encoding(iter(lambda: file.read(1 << 18), b""))
        with path.open(encoding=encoding, errors="replace", newline="\n") as lines:
            separator = sniff_separator(lines) if suffix == ".csv" else "\t"
            lines.seek(0)
            for number, raw in enumerate(lines, 1):
                line = raw.removeprefix("\ufeff").rstrip("\r\n")
                if not line.strip():
                    continue
                if suffix == ".csv" and (said := find_said_separator(line)):
                    separator = said
                    continue
                counts.asked += 1
                entry = _read_line(line, suffix, separator)
                if isinstance(entry, LexiconEntry):
                    yield entry
                elif entry != "heading":
                    if entry not in counts.dropped:
                        counts.note(f"{path.name}, line {number}: {entry.replace('_', ' ')}")
                    counts.drop(entry)
                else:
                    counts.asked -= 1
    except OSError as error:
        raise ConfigurationError(
            f"the lexicon cannot be read: {error.strerror or error}.", fix="check the path", where=str(path)
        ) from error


def _read_line(line: str, suffix: str, separator: str) -> LexiconEntry | str:
    if "\ufffd" in line:
        return "not_text"
    if suffix == ".jsonl":
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            return "not_json"
        if not isinstance(row, dict):
            return "not_json"
        form, kind, canonical = (row.get(key) for key in ("form", "kind", "canonical"))
    elif suffix == ".txt":
        form, kind, canonical = line, None, None
    else:
        cells = next(csv.reader([line], delimiter=separator), [])
        form, kind, canonical = (*cells, "", "", "")[:3]
        if (form, kind) == ("form", "kind"):
            return "heading"
    if not isinstance(form, str) or not (form := fold_text(form)):
        return "no_form"
    if (kind or "name") not in ENTRY_KINDS:
        return "unknown_kind"
    return LexiconEntry(form, kind or "name", fold_text(canonical) if isinstance(canonical, str) else "")
