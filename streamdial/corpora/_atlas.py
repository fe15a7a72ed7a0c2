"""The paths of a plan's flow atlas: named by a field, by their key, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import JsonValue

from streamdial.corpora._terms import find_field
from streamdial.corpora.free_form import ARROW, Path, Placer, Span, split_spans, walk_leaves


@dataclass(frozen=True)
class Way:
    """One path: what it is called, and its steps with their places."""

    steps: tuple[tuple[Path, Span], ...]
    title_text: str = ""
    title_path: Path | None = None
    title_key: Path | None = None

    def place_title(self, placer: Placer, field: str) -> None:
        """Note that the title stands in a field."""
        if self.title_path is not None:
            placer.place(self.title_path, field)
        elif self.title_key is not None:
            placer.place_key(self.title_key, field)


def find_ways(value: JsonValue, path: Path) -> Iterator[Way]:
    """Yield the ways below a place, in order.

    Steps are the parts of a text between arrows, or the texts of a list. A list whose texts have arrows holds a way
    each; the first has the name, the others are further ways under it.
    """
    if isinstance(value, str):
        yield Way(_split(path, value))
    elif isinstance(value, list):
        if any(isinstance(item, dict) and _has_fields(item) for item in value):
            for index, inner in enumerate(value):
                yield from find_ways(inner, (*path, index))
        else:
            yield from _read_steps(value, path)
    elif isinstance(value, dict):
        if _has_fields(value) and (way := _read_object(value, path)):
            yield from way
            return
        for key, inner in value.items():
            ways = list(find_ways(inner, (*path, key)))
            if ways and not isinstance(inner, dict) and not any(way.title_text for way in ways):
                ways[0] = replace(ways[0], title_text=key, title_key=(*path, key))
            yield from ways


def _has_fields(value: dict[str, JsonValue]) -> bool:
    # The values of an object's own fields are texts or steps, those of a list of ways are not.
    return any(find_field("path", key) and not _holds_objects(inner) for key, inner in value.items())


def _holds_objects(value: JsonValue) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))


def _read_object(value: dict[str, JsonValue], path: Path) -> list[Way] | None:
    steps_key = next(
        (k for k, v in value.items() if find_field("path", k) and (isinstance(v, list) or _has_arrow(v))), None
    ) or next((k for k, v in value.items() if find_field("path", k) == "steps" and isinstance(v, str)), None)
    title_key = next(
        (k for k, v in value.items() if k != steps_key and find_field("path", k) == "title" and isinstance(v, str)),
        None,
    )
    if steps_key is None and title_key is None:
        return None
    source = value[steps_key] if steps_key else value[str(title_key)]
    ways = list(find_ways(source, (*path, steps_key or str(title_key))))
    if steps_key and title_key and ways:
        ways[0] = replace(ways[0], title_text=str(value[title_key]), title_path=(*path, title_key))
    elif steps_key and ways and isinstance(path[-1], str) and len(path) > 1:
        ways[0] = replace(ways[0], title_text=path[-1], title_key=path)
    return ways


def _has_arrow(value: JsonValue) -> bool:
    return isinstance(value, str) and ARROW.search(value) is not None


def _read_steps(value: list[JsonValue], path: Path) -> Iterator[Way]:
    leaves = [(leaf, text) for leaf, text in walk_leaves(value, path) if isinstance(text, str)]
    if sum(_has_arrow(text) for _, text in leaves) > len(leaves) / 2:
        for leaf, text in leaves:
            yield Way(_split(leaf, text))
    elif leaves:
        yield Way(tuple((leaf, Span(0, len(text), text)) for leaf, text in leaves))


def _split(path: Path, text: str) -> tuple[tuple[Path, Span], ...]:
    return tuple((path, span) for span in split_spans(text, ARROW))
