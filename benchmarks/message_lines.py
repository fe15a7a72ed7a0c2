"""Lines labelled by what they are: invented ones of the repository, and real ones beside it, which only labels ship of.

Real lines are found again in the folder of public sets by the SHA-1 of their text; without the folder there are none.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from streamdial.privacy import mask_personal_data
from streamdial.signals.denoising import fold_message, is_prose

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data" / "signals"
SHARED = ROOT.parent / "shared" / "data"
_LENGTH = 300
"""Characters of a real line that were labelled."""
_DANMAKU = re.compile(r"<d[^>]*>([^<]*)</d>")


class LabelledLine(NamedTuple):
    """A line, what it is, and where it comes from: a file of real lines, or `own`."""

    text: str
    kind: str
    file: str


def hash_line(text: str) -> str:
    """Return the name a real line is known by: 16 digits of the SHA-1 of its text, spaces folded."""
    return hashlib.sha1(" ".join(text[:_LENGTH].split()).encode(), usedforsecurity=False).hexdigest()[:16]


def read_own_lines(part: str) -> list[LabelledLine]:
    """Return the invented lines of a part, `dev` or `test`."""
    path = DATA / f"message_kinds.{part}.jsonl"
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [LabelledLine(row["text"], row["kind"], "own") for row in rows]


def read_real_lines(part: str, folder: Path = SHARED) -> list[LabelledLine]:
    """Return the real lines of a part whose texts are at hand, in the order of their labels."""
    with (DATA / "message_kinds_real.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["part"] == part]
    texts: dict[tuple[str, str], str] = {}
    for name in {row["file"].partition("#")[0] for row in rows}:
        if (folder / name).is_file():
            texts |= {(name, hash_line(text)): text[:_LENGTH] for text in iterate_texts(folder / name)}
    keyed = ((row, (row["file"].partition("#")[0], row["sha1"])) for row in rows)
    return [LabelledLine(texts[key], row["kind"], row["file"]) for row, key in keyed if key in texts]


def iterate_texts(path: Path) -> Iterator[str]:
    """Yield the texts of a real file, whatever its format, without blanks around them."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            yield from (cell.strip() for row in csv.reader(file) for cell in row)
        return
    body = path.read_bytes()
    text = (gzip.decompress(body) if path.suffix == ".gz" else body).decode("utf-8", "replace")
    if path.suffix == ".xml":
        yield from (html.unescape(line).strip() for line in _DANMAKU.findall(text))
        return
    try:
        values = [json.loads(text)]
    except json.JSONDecodeError:
        values = [json.loads(line) for line in text.splitlines() if line.strip()]
    yield from (string.strip() for string in _walk(values))


def _walk(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _walk(part)


def fold_line(text: str) -> str:
    """Return a line as a run sees it: masked, without emotes and mentions, folded."""
    return fold_message(mask_personal_data(text))


def read_constraints(part: str, domain: str) -> list[dict[str, Any]]:
    """Return the lines of a part and domain that are labelled with the values wished for."""
    rows = [json.loads(line) for line in (DATA / f"constraints.{part}.jsonl").read_text("utf-8").splitlines()]
    return [row for row in rows if row["domain"] == domain]


def list_comments(folder: Path = SHARED) -> list[str]:
    """Return the real comments that are prose, each once; nobody advertises in those of these files."""
    texts: dict[str, None] = {}
    for name in ("RunningIntoSea_commentdata.jsonl.gz", "bilibili_comments_lvlh2.csv"):
        path = folder / "comments" / name
        texts |= dict.fromkeys(iterate_texts(path)) if path.is_file() else {}
    return [text for text in texts if is_prose(fold_line(text))]
