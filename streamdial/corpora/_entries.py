"""Entries of a plan's parts: objects with known fields, named by a field or by their key, or bare texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from streamdial.corpora._terms import find_field, is_number_name
from streamdial.corpora.free_form import Path, Placer, walk_leaves


@dataclass(frozen=True)
class Entry:
    """One entry.

    Attributes:
        path: Place of the object or text.
        title_text: What it is called; empty where nothing says so.
        title_path: Leaf that says so.
        title_key: Place whose key says so, where no leaf does.
        fields: (field, leaf) of everything else it says.
    """

    path: Path
    title_text: str = ""
    title_path: Path | None = None
    title_key: Path | None = None
    fields: tuple[tuple[str, Path], ...] = ()

    def place_title(self, placer: Placer, field: str) -> None:
        """Note that the title stands in a field."""
        if self.title_path is not None:
            placer.place(self.title_path, field)
        elif self.title_key is not None:
            placer.place_key(self.title_key, field)


def find_entries(value: JsonValue, path: Path, part: str) -> Iterator[Entry]:
    """Yield the entries below a place, in order.

    An object with a field of the part is one; its name is its title field, else its key. A text is one too: below a
    key that is a name it says what that means, in a list or below a title's key it is a name itself.

    Args:
        value: What stands at the place.
        path: The place.
        part: `stage`, `node` or `scenario`: whose fields are meant.
    """
    if isinstance(value, str):
        yield _read_text(path, value, part)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from find_entries(inner, (*path, index), part)
    elif isinstance(value, dict):
        known = {key: field for key in value if (field := find_field(part, key))}
        if any(field != "title" for field in known.values()):
            yield _read_object(value, known, path)
        else:
            for key, inner in value.items():
                yield from find_entries(inner, (*path, key), part)


def _read_text(path: Path, text: str, part: str) -> Entry:
    key = path[-1]
    if isinstance(key, int) or len(path) == 1 or find_field(part, key) == "title" or is_number_name(key):
        return Entry(path, title_text=text, title_path=path)
    first = {"stage": "goal", "node": "meaning", "scenario": "manner"}[part]
    return Entry(path, title_text=key, title_key=path, fields=((first, path),))


def _read_object(value: dict[str, JsonValue], known: dict[str, str], path: Path) -> Entry:
    title_key = next((key for key, field in known.items() if field == "title" and isinstance(value[key], str)), None)
    fields = tuple(
        (field, leaf)
        for key, field in known.items()
        if key != title_key
        for leaf, _ in walk_leaves(value[key], (*path, key))
    )
    if title_key is not None:
        return Entry(path, str(value[title_key]), title_path=(*path, title_key), fields=fields)
    name = path[-1]
    if isinstance(name, str) and len(path) > 1 and not is_number_name(name):
        return Entry(path, name, title_key=path, fields=fields)
    return Entry(path, fields=fields)
