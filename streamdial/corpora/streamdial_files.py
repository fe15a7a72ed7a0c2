"""StreamDial's files of profiles and plans, entry by entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import JsonValue, ValidationError

from streamdial.corpora._files import read_entries
from streamdial.corpora.streamdial_plans import read_plan
from streamdial.corpora.streamdial_profiles import read_profile
from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.errors import StreamDialError
from streamdial.records import AgentPersona, Blueprint

Read = TypeVar("Read", AgentPersona, Blueprint)
Change = Callable[[str], str]


def read_profiles(
    path: Path, pack: DomainPack, counts: Counts, *, change: Change | None = None
) -> Iterator[AgentPersona]:
    """Yield the agent personas of an `assistant_profile.json`: a list, or an object per line, packed or not.

    Counts get `asked`, `kept` and the drops `broken_line`, `no_id`, `no_body`, `unreadable`, with notes that name them.

    Args:
        path: The file.
        pack: The domain pack.
        counts: The report.
        change: Applied before anything is read, to mask it for instance: to every key, and to every text and number
            with its key before it (`微信号：lisi8888`), since a value alone may not tell what it is.

    Raises:
        ConfigurationError: If the file cannot be read or is no JSON.
    """

    def read(name: str, body: JsonValue, notes: Counts) -> AgentPersona:
        changed = _change_texts(body, change) if change else body
        return read_profile(changed, profile_id=name, pack=pack, counts=notes, file=path.name)

    yield from _read_all(path, ("profile_id", "profile"), read, counts)


def read_plans(path: Path, pack: DomainPack, counts: Counts, *, change: Change | None = None) -> Iterator[Blueprint]:
    """Yield the blueprints of a `dialogue_plan.json`; see `read_profiles`."""

    def read(name: str, body: JsonValue, notes: Counts) -> Blueprint:
        changed = _change_texts(body, change) if change else body
        return read_plan(changed, plan_id=name, pack=pack, counts=notes)

    yield from _read_all(path, ("plan_id", "plan"), read, counts)


def _read_all(
    path: Path, keys: tuple[str, str], read: Callable[[str, JsonValue, Counts], Read], counts: Counts
) -> Iterator[Read]:
    id_key, body_key = keys
    for place, entry in read_entries(path):
        counts.asked += 1
        if isinstance(entry, ValueError):
            _drop(counts, "broken_line", f"{path.name}, line {place}: {entry}")
        elif not isinstance(entry, dict) or not isinstance(entry.get(id_key), str):
            _drop(counts, "no_id", f"{path.name}, entry {place}: no {id_key}")
        elif not isinstance(entry.get(body_key), dict):
            _drop(counts, "no_body", f"{entry[id_key]}: {body_key} is no object")
        elif record := _try(read, entry[id_key], entry[body_key], counts):
            yield record


def _drop(counts: Counts, reason: str, note: str) -> None:
    counts.drop(reason)
    # Half a surrogate pair cannot be printed.
    counts.note(note.encode("utf-8", "backslashreplace").decode())


def _change_texts(value: Any, change: Change, key: str = "") -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return _change_text(value, change, key)
    if isinstance(value, list):
        return [_change_texts(item, change, key) for item in value]
    if isinstance(value, dict):
        changed: dict[str, Any] = {}
        for name, item in value.items():
            changed[_number_key(change(name), changed)] = _change_texts(item, change, name)
        return changed
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = json.dumps(value)
        told = _change_text(text, change, key)
        return value if told == text else told
    return value


def _change_text(text: str, change: Change, key: str) -> str:
    if key:
        before = f"{change(key)}："
        told = change(f"{key}：{text}")
        if told.startswith(before):
            text = told.removeprefix(before)
    return change(text)


def _number_key(key: str, taken: Mapping[str, Any]) -> str:
    """Return a key unlike those before it: of two numbers, both masked, neither takes the other's value."""
    name, number = key, 1
    while name in taken:
        number += 1
        name = f"{key} {number}"
    return name


def _try(read: Callable[[str, JsonValue, Counts], Read], name: str, body: JsonValue, counts: Counts) -> Read | None:
    notes = Counts(counts.phase)
    try:
        record = read(name, body, notes)
    except StreamDialError as error:
        reason = error.what
    except RecursionError:
        reason = "nested too deeply"
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        reason = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    except UnicodeError:
        reason = "a text has half a character in it (a surrogate alone)"
    except ValueError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    else:
        counts.merge(notes)
        counts.keep()
        return record
    _drop(counts, "unreadable", f"{name}: {reason}")
    return None
