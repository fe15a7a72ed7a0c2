"""Free-form JSON: read leaf by leaf into the fields of a record, and written back from them as it came.

Places are JSON pointers (RFC 6901) with a few endings of our own:
`#` the name of the key itself, `#2` the third part of a text that several fields share, `#json` a number or a truth
value whose text stands in the field. A field's pointer may end with `#1`: the second line of that field.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

from streamdial.errors import StreamDialError
from streamdial.records import Layout

Path = tuple[str | int, ...]

ARROW = re.compile(r"\s*(?:→|->|=>|⇒|➔|➡)\s*")
"""What stands between the steps of a way."""

_ABSENT = {
    "", "-", "—", "/", "无", "暂无", "未知", "未体现", "未提及", "未明确", "未提供", "none", "n/a", "unknown",
    "not shown", "not mentioned", "not specified", "not given",
}  # fmt: skip
_WORDS = {"true", "false", "null", "none"}


class Span(NamedTuple):
    """A stretch of a text."""

    start: int
    end: int
    text: str


class Value(NamedTuple):
    """One value of an object that is written as a text: its path there, and where its text stands."""

    path: Path
    span: Span


def is_absent(text: str) -> bool:
    """Tell whether a text says that nothing was seen: empty, a dash, `未体现`, `not shown`."""
    return text.strip().strip("。.").lower() in _ABSENT


def write_pointer(path: Path) -> str:
    """Return the JSON pointer of a place.

    A key that looks like the number of a list's item, or holds `#`, is told apart by `~3` and `~2`.
    """
    return "".join(f"/{_escape(part)}" for part in path)


def _escape(part: str | int) -> str:
    if isinstance(part, int):
        return str(part)
    escaped = part.replace("~", "~0").replace("/", "~1").replace("#", "~2")
    return f"~3{escaped}" if escaped.isdigit() else escaped


def _read_pointer(pointer: str) -> Path:
    return tuple(_unescape(part) for part in pointer.split("/")[1:])


def _unescape(part: str) -> str | int:
    if part.isdigit():
        return int(part)
    return part.removeprefix("~3").replace("~2", "#").replace("~1", "/").replace("~0", "~")


def walk_leaves(body: JsonValue, path: Path = ()) -> Iterator[tuple[Path, JsonValue]]:
    """Yield every place that holds no further places, in order: texts, numbers, truth values, null, empty containers.

    Works without recursion, so that no depth is too deep.
    """
    stack: list[tuple[Path, JsonValue]] = [(path, body)]
    while stack:
        place, value = stack.pop()
        if isinstance(value, dict) and value:
            stack += [((*place, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list) and value:
            stack += [((*place, index), value[index]) for index in range(len(value) - 1, -1, -1)]
        else:
            yield place, value


def read_literal(text: str) -> list[Value]:
    """Return the values of an object written as a Python or JSON literal, each with its place in the text.

    `{'名称': 'A', '座位数': 5, '倒车影像': true}` gives three. A text that is no such literal gives none; a value whose
    text is written with escapes is left out, because no stretch of the text is that value.
    """
    stripped = text.strip()
    if not (stripped.startswith(("{", "[")) and stripped.endswith(("}", "]"))):
        return []
    try:
        tree = ast.parse(stripped, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    offset = len(text) - len(text.lstrip())
    lines = stripped.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def find_place(row: int, column: int) -> int:
        # The parser counts columns in bytes.
        return offset + starts[row - 1] + len(lines[row - 1].encode()[:column].decode())

    found: list[Value] = []
    stack: list[tuple[Path, ast.AST]] = [((), tree)]
    while stack:
        path, node = stack.pop()
        if isinstance(node, ast.Dict):
            inner = [
                ((*path, key.value), value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
            stack += reversed(inner)
        elif isinstance(node, ast.List | ast.Tuple):
            stack += [((*path, index), node.elts[index]) for index in range(len(node.elts) - 1, -1, -1)]
        elif isinstance(node, ast.expr) and (span := _find_span(node, text, find_place)):
            found.append(Value(path, span))
    return found


def _find_span(node: ast.expr, text: str, find_place: Any) -> Span | None:  # noqa: ANN401
    start, end = find_place(node.lineno, node.col_offset), find_place(node.end_lineno, node.end_col_offset)
    written = text[start:end]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return Span(start + 1, end - 1, node.value) if written[1:-1] == node.value else None
    number = isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
    word = isinstance(node, ast.Name) and node.id.lower() in _WORDS
    return Span(start, end, written) if number or word or isinstance(node, ast.Constant) else None


def split_spans(text: str, separator: re.Pattern[str]) -> list[Span]:
    """Return the parts of a text between separators, without the blanks around them; empty parts are left out."""
    parts = []
    start = 0
    for match in [*separator.finditer(text), None]:
        end = match.start() if match else len(text)
        part = text[start:end]
        if part.strip():
            first = start + len(part) - len(part.lstrip())
            parts.append(Span(first, first + len(part.strip()), part.strip()))
        start = match.end() if match else end
    return parts


class Placer:
    """Notes which place of a document went into which field of a record, and makes the layout of it.

    Args:
        body: The document.
    """

    def __init__(self, body: JsonValue) -> None:
        self.leaves: dict[Path, JsonValue] = dict(walk_leaves(body))
        self._whole: dict[Path, str] = {}
        self._parts: dict[Path, list[tuple[int, int, str]]] = {}
        self._keys: dict[Path, str] = {}

    def is_free(self, path: Path) -> bool:
        """Tell whether nothing of a leaf has gone into a field yet."""
        return path not in self._whole and path not in self._parts

    def place(self, path: Path, field: str, span: Span | None = None) -> None:
        """Note that a leaf, or a stretch of it, stands in a field."""
        value = self.leaves[path]
        if span is None or (isinstance(value, str) and (span.start, span.end) == (0, len(value))):
            self._whole[path] = field
        else:
            self._parts.setdefault(path, []).append((span.start, span.end, field))

    def place_key(self, path: Path, field: str) -> None:
        """Note that the name of a key stands in a field."""
        self._keys[path] = field

    def make_layout(self) -> Layout:
        """Return where everything went; what went nowhere is in `rest`."""
        places: dict[str, str] = {write_pointer(path) + "#": field for path, field in self._keys.items()}
        rest: dict[str, JsonValue] = {}
        for path, value in self.leaves.items():
            pointer = write_pointer(path)
            if field := self._whole.get(path):
                places[pointer if isinstance(value, str) else f"{pointer}#json"] = field
            elif path in self._parts and isinstance(value, str):
                for number, (text, field) in enumerate(_cut(value, self._parts[path])):
                    places[f"{pointer}#{number}"] = field
                    if not field:
                        rest[f"{pointer}#{number}"] = text
            else:
                places[pointer] = ""
                rest[pointer] = value
        return Layout(places=places, rest=rest)


def _cut(text: str, parts: list[tuple[int, int, str]]) -> Iterator[tuple[str, str]]:
    last = 0
    for start, end, field in sorted(parts):
        if start > last:
            yield text[last:start], ""
        yield text[start:end], field
        last = end
    if last < len(text):
        yield text[last:], ""


def write_document(record: Mapping[str, Any], layout: Layout) -> JsonValue:
    """Return the document a record was read from, out of the record's fields.

    Args:
        record: The record as JSON values (`model_dump(mode="json")`).
        layout: Where what stands.

    Raises:
        StreamDialError: If a field named by the layout is gone, or two keys of one object now have the same name.
    """
    keys: dict[Path, str] = {}
    leaves: dict[Path, JsonValue] = {}
    for pointer, field in layout.places.items():
        place, _, ending = pointer.partition("#")
        path = _read_pointer(place)
        if pointer.endswith("#"):
            keys[path] = _find_text(record, field)
            continue
        value = _find_text(record, field) if field else layout.rest[pointer]
        if ending == "json":
            leaves[path] = json.loads(str(value))
        elif ending:
            leaves[path] = f"{leaves.get(path, '')}{value}"
        else:
            leaves[path] = value
    return _build(leaves, keys)


def _find_text(record: Mapping[str, Any], field: str) -> str:
    pointer, _, line = field.partition("#")
    value: Any = record
    try:
        for part in _read_pointer(pointer):
            value = value[part]
        text = str(value)
        return text.split("\n")[int(line)] if line else text
    except (KeyError, IndexError, TypeError):
        raise StreamDialError(
            f"the record has no {field}, which its layout names.",
            fix="keep the fields that were read, or drop `layout`",
        ) from None


def _build(leaves: Mapping[Path, JsonValue], keys: Mapping[Path, str]) -> JsonValue:
    if () in leaves:
        return leaves[()]
    root: JsonValue = [] if isinstance(next(iter(leaves))[0], int) else {}
    made: dict[Path, Any] = {(): root}
    for path, value in leaves.items():
        for depth in range(1, len(path) + 1):
            here = path[:depth]
            if here in made:
                continue
            new: Any = value if depth == len(path) else ([] if isinstance(path[depth], int) else {})
            made[here] = new
            holder = made[path[: depth - 1]]
            if isinstance(holder, list):
                holder.append(new)
                continue
            name = keys.get(here, str(here[-1]))
            if name in holder:
                raise StreamDialError(
                    f"two keys of {write_pointer(here[:-1]) or 'the document'} would be {name!r}.",
                    fix="give the fields they come from different texts",
                )
            holder[name] = new
    return root


def count_leaves(layout: Layout) -> tuple[int, int, int]:
    """Return (leaves in fields, leaves in `rest`, leaves that say that nothing was seen).

    A text that went into several fields counts as in fields: what of it is in `rest` stands between them.
    """
    typed: set[str] = set()
    left: dict[str, JsonValue] = {}
    for pointer, field in layout.places.items():
        place, _, ending = pointer.partition("#")
        if pointer.endswith("#"):
            continue
        if field:
            typed.add(place)
        elif not ending:
            left[place] = layout.rest[pointer]
    silent = sum(value in (None, [], {}) or (isinstance(value, str) and is_absent(value)) for value in left.values())
    return len(typed), len(left) - silent, silent
